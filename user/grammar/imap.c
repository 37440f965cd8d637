// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * IMAP (RFC 3501): a command has a tag that its answer repeats; LOGIN, then what has the size; long ones append a mail
 * as a literal that is not waited for (RFC 7888). Long answers are mails as literals, or lists of flags.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/mail.h"

#define TAG 5 /* with the space behind it */
#define LINE_MOST 160
#define LITERAL 1000 /* an answer that is longer is a mail */
#define FETCHED 42

static void tag_put(struct fosr_pen *p, __u32 turn)
{
	fosr_pen_print(p, "A%03u ", turn % 1000);
}

static void append_put(struct fosr_pen *p, const struct fosr_speech *m, __u64 seed)
{
	__u32 room = m->len - TAG - (__u32)strlen("APPEND \"Sent\" (\\Seen) {+}\r\n\r\n"), n = fosr_counted(room);

	/* A byte that the number does not need is a letter of the folder's name. */
	fosr_pen_print(p, "APPEND \"Sent%s\" (\\Seen) {%u+}\r\n", n + fosr_digits(n) < room ? "s" : "", n);
	fosr_mail_put(p, m, n, seed);
	fosr_pen_text(p, "\r\n");
}

static void client_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const four[] = {"NOOP", "IDLE"};
	static const char *const verbs[] = {"SELECT", "EXAMINE", "CREATE", "SUBSCRIBE", "SELECT"};
	static const char *const fits[] = {"CHECK", "LOGOUT", "EXPUNGE", "SELECT x"};
	__u64 seed = fosr_mix64(m->seed + m->turn);
	__u32 n = m->len - TAG;

	if (m->len < TAG + 6) {
		if (m->len == 6)
			fosr_pen_text(p, "DONE\r\n");
		else
			fosr_pen_blank(p, m->len);
		return;
	}
	if (!m->turn && m->len == 14) {
		fosr_pen_text(p, "1 capability\r\n");
		return;
	}
	tag_put(p, m->turn);
	if (m->len > LINE_MOST) {
		append_put(p, m, seed);
	} else if (n == 12) {
		fosr_pen_text(p, "CAPABILITY\r\n");
	} else if (!m->turn && n >= 14) {
		fosr_pen_text(p, "LOGIN ");
		fosr_pen_word(p, (n - 9) / 2, m->seed);
		fosr_pen_u8(p, ' ');
		fosr_pen_word(p, n - 9 - (n - 9) / 2, seed);
		fosr_pen_text(p, "\r\n");
	} else if (n >= 24 && seed & 1) {
		fosr_pen_text(p, "UID FETCH ");
		for (__u32 i = 0; i < n - 20; i++)
			fosr_pen_u8(p, i % 5 == 4 && i + 1 < n - 20 ? ',' : '1' + (__u32)(seed >> i % 50) % 9);
		fosr_pen_text(p, " (FLAGS)\r\n");
	} else if (n >= 13) {
		fosr_command_put(p, FOSR_PICK(verbs, seed >> 8), n, seed);
	} else {
		fosr_pen_text(p, n == 6 ? FOSR_PICK(four, seed) : n < 11 ? fits[n - 7] : "SELECT xy");
		fosr_pen_text(p, "\r\n");
	}
}

static void fetched_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	(void)size;
	fosr_pen_print(p, "* %u FETCH (UID %u FLAGS (\\Seen))\r\n", 1000 + row % 9000,
		1000000 + (__u32)(seed & 0xffff) * 64 + row % 4000000);
}

/* An untagged answer of n bytes: a mail, n > LITERAL. */
static void literal_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	__u32 room = n - (__u32)strlen("* 12 FETCH (UID 1234 BODY[] {}\r\n)\r\n"), len = fosr_counted(room);

	fosr_pen_print(p, "* 12 FETCH (UID 1234%s BODY[] {%u}\r\n", len + fosr_digits(len) < room ? "0" : "", len);
	fosr_mail_put(p, m, len, seed);
	fosr_pen_text(p, ")\r\n");
}

static void server_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn + 1000);
	bool asked = m->answers != FOSR_SAID_NOTHING;
	__u32 n = m->len, rows = 0;

	if (n < 10) {
		if (n >= 7)
			fosr_line_put(p, "* OK", n, seed);
		else
			fosr_pen_blank(p, n);
		return;
	}
	if (!asked) {
		fosr_pen_text(p, "* OK ");
		fosr_line_put(
			p, n >= 60 ? "[CAPABILITY IMAP4rev1 LITERAL+ IDLE] Dovecot ready." : "IMAP4rev1", n - 5, seed);
		return;
	}
	if (n > LITERAL && seed & 1) {
		__u32 last = 5 + 3 + 25 + (__u32)(seed >> 8) % 4;

		literal_put(p, m, n - last, seed);
		n = last;
	} else if (n > LINE_MOST) {
		rows = (n - 40) / FETCHED;
		fosr_pen_rows(p, rows, FETCHED, fetched_row, seed);
		n -= rows * FETCHED;
	}
	tag_put(p, m->answers);
	fosr_pen_text(p, "OK");
	if (n > 9) {
		fosr_pen_u8(p, ' ');
		fosr_line_put(p, n >= 24 ? "Fetch completed" : "done", n - TAG - 3, seed);
	} else {
		fosr_pen_text(p, "\r\n");
	}
}

void fosr_say_imap(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->dir == FOSR_FWD)
		client_put(m, p);
	else
		server_put(m, p);
}
