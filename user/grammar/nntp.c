// SPDX-License-Identifier: GPL-3.0-or-later
/* NNTP (RFC 3977): questions are a line; answers a line with a code, or an article that ends with a dot. */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/mail.h"

#define LINE_MOST 120
#define QUESTION 24

static void question_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	(void)seed;
	(void)size;
	fosr_pen_print(p, "ARTICLE %014u\r\n", 100000 + row);
}

static void client_put(struct fosr_pen *p, const struct fosr_speech *m, __u64 seed)
{
	static const char *const verbs[] = {"GROUP", "ARTICLE", "GROUP", "HEAD", "BODY"};
	__u32 rows = m->len > LINE_MOST ? (m->len - LINE_MOST) / QUESTION + 1 : 0, n = m->len - rows * QUESTION;

	if (n == 6)
		fosr_pen_text(p, seed & 1 || m->turn < 4 ? "DATE\r\n" : "LIST\r\n");
	else if (n == 13)
		fosr_pen_text(p, "MODE READER\r\n");
	else if (m->turn < 2 && n >= 17)
		fosr_command_put(p, m->turn ? "AUTHINFO PASS" : "AUTHINFO USER", n, seed);
	else if (n >= 11)
		fosr_command_put(p, FOSR_PICK(verbs, m->turn), n, seed);
	else
		fosr_pen_blank(p, n);
	fosr_pen_rows(p, rows, QUESTION, question_row, seed);
}

/* A welcome, what is said to a name and to a password, or what a group has. */
static void line_put(struct fosr_pen *p, const struct fosr_speech *m, __u64 seed)
{
	static const char *const codes[] = {"381", "281"}, *const texts[] = {"PASS required", "Ok"};
	bool first = m->answers == FOSR_SAID_NOTHING, user = !first && m->answers < 2;
	const char *code = first ? "200" : user ? codes[m->answers] : "211";
	const char *text = first ? "NNTP Service Ready" : user ? texts[m->answers] : "42 1000 1041 misc";

	fosr_reply_put(p, code, m->len >= strlen(text) + 6 ? text : "ready", m->len, seed);
}

void fosr_say_nntp(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	__u32 head;

	if (m->dir == FOSR_FWD) {
		client_put(p, m, seed);
	} else if (m->answers == FOSR_SAID_NOTHING || m->answers < 2 || m->len < LINE_MOST) {
		line_put(p, m, seed);
	} else {
		head = 40;
		fosr_reply_put(p, "220", "1041 <a@example.com>", head, seed);
		fosr_mail_put(p, m, m->len - head - 3, seed);
		fosr_pen_text(p, ".\r\n");
	}
}
