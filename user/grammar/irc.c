// SPDX-License-Identifier: GPL-3.0-or-later
/* IRC (RFC 1459, RFC 2812): a message is a line of at most 512 bytes; long ones are many. Texts take the size. */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/mail.h"

#define LINE_MOST 300
#define ROW 120

static void client_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_text(p, "PRIVMSG #linux :");
	fosr_pen_letters(p, size - 18, fosr_mix64(seed + row));
	fosr_pen_text(p, "\r\n");
}

static void server_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_text(p, "NOTICE #linux :");
	fosr_pen_letters(p, size - 17, fosr_mix64(seed + row));
	fosr_pen_text(p, "\r\n");
}

/* The longest beginning of a line that leaves room for a letter. */
static const char *beginning(const char *const *list, __u32 count, __u32 n, __u64 seed)
{
	for (__u32 i = 0; i < count; i++) {
		const char *s = list[(seed + i) % count];

		if (strlen(s) + 3 <= n)
			return s;
	}
	return NULL;
}

static void line_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	static const char *const opening[] = {"NICK ", "USER guest 0 * :"},
				 *const said[] = {"PRIVMSG #linux :", "PING :", "JOIN #", "WHO #"};
	static const char *const welcome[] = {":irc.example.com NOTICE AUTH :", "NOTICE * :", "PING :"};
	static const char *const heard[] = {":bob!~bob@192.0.2.7 PRIVMSG #linux :", ":irc.example.com 372 me :- ",
		"PONG :", ":carol!~c@192.0.2.9 JOIN :#"};
	const char *s;

	if (m->dir == FOSR_FWD)
		s = m->turn > 1 ? beginning(said, FOSR_ARRAY_SIZE(said), n, seed)
				: beginning(opening, FOSR_ARRAY_SIZE(opening), n, m->turn);
	else
		s = m->turn ? beginning(heard, FOSR_ARRAY_SIZE(heard), n, seed)
			    : beginning(welcome, FOSR_ARRAY_SIZE(welcome), n, 0);
	if (!s) {
		fosr_pen_blank(p, n);
		return;
	}
	n -= (__u32)strlen(s) + 2;
	fosr_pen_text(p, s);
	if (m->dir == FOSR_FWD && !m->turn && n > 40) {
		fosr_pen_word(p, 8, m->seed);
		fosr_pen_text(p, "\r\nUSER guest 0 * :");
		n -= 26;
	}
	if (s[strlen(s) - 1] == '#')
		fosr_pen_word(p, n, seed);
	else
		fosr_pen_words(p, n, seed);
	fosr_pen_text(p, "\r\n");
}

void fosr_say_irc(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	__u32 rows = m->len > LINE_MOST ? (m->len - LINE_MOST) / ROW + 1 : 0;

	line_put(p, m, m->len - rows * ROW, seed);
	fosr_pen_rows(p, rows, ROW, m->dir == FOSR_FWD ? client_row : server_row, seed);
}
