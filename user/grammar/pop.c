// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * POP3 (RFC 1939): USER, PASS, then what has the size that is wanted: questions without an argument, with the number of
 * a mail, or many deletions one after the other (RFC 2449 PIPELINING). Answers of more than a line's size are mails.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/mail.h"

#define LINE_MOST 90
#define DELETION 11
#define LISTED 10

static bool logs_in(__u32 turn, __u32 len)
{
	return turn < 2 && len >= 8 && len <= LINE_MOST;
}

static void deletion_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	(void)size;
	(void)seed;
	fosr_pen_print(p, "DELE %u\r\n", 1000 + row % 9000);
}

static void client_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const bare[] = {"STAT\r\n", "UIDL\r\n", "LIST\r\n", "NOOP\r\n", "QUIT\r\n", "CAPA\r\n"};
	__u64 seed = fosr_mix64(m->seed + m->turn);
	__u32 rows, n = m->len;

	if (!m->turn && n >= 26 && n <= LINE_MOST) {
		fosr_command_put(p, "AUTH PLAIN", n, seed);
		return;
	}
	if (logs_in(m->turn, n)) {
		fosr_command_put(p, m->turn ? "PASS" : "USER", n, seed);
		return;
	}
	if (n < 6 || n == 7) {
		fosr_pen_blank(p, n);
		return;
	}
	rows = n < 18 ? 0 : (n - 8) / DELETION;
	n -= rows * DELETION;
	if (n == 6) {
		fosr_pen_text(p, FOSR_PICK(bare, m->turn));
	} else {
		fosr_pen_text(p, seed & 3 ? "RETR " : "DELE ");
		for (__u32 i = 7; i < n; i++)
			fosr_pen_u8(p, '1' + (__u32)(seed >> i) % 9);
		fosr_pen_text(p, "\r\n");
	}
	fosr_pen_rows(p, rows, DELETION, deletion_row, seed);
}

static void listed_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	(void)size;
	fosr_pen_print(p, "%u %u\r\n", 100 + row % 900, 1000 + (__u32)(fosr_mix64(seed + row) % 9000));
}

static void server_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const servers[] = {"Dovecot ready.", "POP3 server ready", "Dovecot (Ubuntu) ready.",
		"The Microsoft Exchange POP3 service is ready."};
	bool asked = m->answers != FOSR_SAID_NOTHING, listing = asked && m->before == 6;
	__u64 seed = fosr_mix64(m->seed + m->turn + 1000);
	__u32 n = m->len, rows;
	struct fosr_text t = {0};

	if (n < 5) {
		fosr_pen_blank(p, n);
		return;
	}
	if (n <= LINE_MOST || !asked || logs_in(m->answers, m->before)) {
		/* Behind a +OK that answers RETR stands a number. */
		bool no = n > 5 && asked && !listing && !logs_in(m->answers, m->before);

		if (no) {
			fosr_pen_text(p, "-ERR");
			if (n > 6)
				fosr_pen_u8(p, ' ');
			if (n > 6)
				fosr_line_put(p, "No such message", n - 5, seed);
			else
				fosr_pen_text(p, "\r\n");
			return;
		}
		fosr_pen_text(p, "+OK");
		if (n > 5)
			fosr_pen_u8(p, ' ');
		if (n > 5)
			fosr_line_put(p, asked ? "Logged in." : FOSR_PICK(servers, m->seed >> 8), n - 4, seed);
		else
			fosr_pen_text(p, "\r\n");
		return;
	}
	fosr_text_add(&t, "+OK %u octets\r\n", n);
	fosr_text_put(p, &t);
	n -= t.n + 3;
	rows = listing ? n / LISTED : 0;
	if (listing) {
		fosr_pen_rows(p, rows, LISTED, listed_row, seed);
		n -= rows * LISTED;
		fosr_pen_lines(p, n, seed);
	} else {
		fosr_mail_put(p, m, n, seed);
	}
	fosr_pen_text(p, ".\r\n");
}

void fosr_say_pop3(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->dir == FOSR_FWD)
		client_put(m, p);
	else
		server_put(m, p);
}
