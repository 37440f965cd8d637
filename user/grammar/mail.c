// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/mail.h"

#include "base/mix.h"

#define LINE_MOST 200
#define ROW 72
#define CODED 78 /* a line of base64 */
#define ATTACHED 4000 /* a mail that is longer may have one */

void fosr_line_put(struct fosr_pen *p, const char *text, __u32 n, __u64 seed)
{
	__u32 len = (__u32)strlen(text), rest = n - 2;

	if (len > rest)
		len = 0;
	fosr_pen_bytes(p, text, len);
	rest -= len;
	if (rest > 1 && len) {
		fosr_pen_u8(p, ' ');
		rest--;
	}
	if (rest == 1 && len)
		fosr_pen_u8(p, '.');
	else
		fosr_pen_words(p, rest, seed);
	fosr_pen_text(p, "\r\n");
}

/* The code is in the seed's upper half. */
static void reply_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_print(p, "%03u-", (__u32)(seed >> 32));
	fosr_pen_words(p, size - 6, fosr_mix64(seed + row));
	fosr_pen_text(p, "\r\n");
}

void fosr_reply_put(struct fosr_pen *p, const char *code, const char *text, __u32 n, __u64 seed)
{
	__u32 number = (__u32)((code[0] - '0') * 100 + (code[1] - '0') * 10 + code[2] - '0'), rows = 0;

	if (n < 5) {
		fosr_pen_blank(p, n);
		return;
	}
	if (n > LINE_MOST)
		rows = (n - LINE_MOST) / ROW + 1;
	fosr_pen_rows(p, rows, ROW, reply_row, (__u64)number << 32 | (seed & 0xffffffff));
	n -= rows * ROW;
	fosr_pen_text(p, code);
	if (n == 5) {
		fosr_pen_text(p, "\r\n");
		return;
	}
	fosr_pen_u8(p, ' ');
	fosr_line_put(p, text, n - 4, seed);
}

void fosr_command_put(struct fosr_pen *p, const char *verb, __u32 n, __u64 seed)
{
	fosr_pen_text(p, verb);
	fosr_pen_u8(p, ' ');
	fosr_pen_word(p, n - (__u32)strlen(verb) - 3, seed);
	fosr_pen_text(p, "\r\n");
}

static void coded_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_word(p, size - 2, fosr_mix64(seed + row));
	fosr_pen_text(p, "\r\n");
}

static void text_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_words(p, size - 2, fosr_mix64(seed + row));
	fosr_pen_text(p, "\r\n");
}

/* n bytes of lines of words, n > 2. */
static void prose_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 rows = (n - 3) / ROW;

	fosr_pen_rows(p, rows, ROW, text_row, seed);
	text_row(p, rows, n - rows * ROW, seed);
}

static void fields(struct fosr_text *t, const struct fosr_speech *m, __u32 n, bool attached, __u64 seed)
{
	static const char *const people[] = {"alice", "bob", "carol", "dave", "erin", "frank", "newsletter", "noreply"};
	static const char *const subjects[] = {"Re: Meeting", "Invoice", "Report of last week", "Fwd: Agenda", "Hello",
		"Order", "Notes", "Your account"};
	struct fosr_text date = {0};

	fosr_text_date(&date, m->time_ns);
	fosr_text_fit(t, n, "From: %s@example.com\r\n", FOSR_PICK(people, seed));
	fosr_text_fit(t, n, "To: %s@example.org\r\n", FOSR_PICK(people, seed >> 3));
	fosr_text_fit(t, n, "Date: %s +0000\r\n", date.s);
	fosr_text_fit(t, n, "MIME-Version: 1.0\r\n");
	if (attached)
		fosr_text_fit(t, n,
			"Content-Type: application/pdf; name=\"scan%04u.pdf\"\r\nContent-Transfer-Encoding: base64\r\n",
			(__u32)(seed >> 20) % 10000);
	else
		fosr_text_fit(t, n, "Content-Type: text/plain; charset=utf-8\r\n");
	fosr_text_fit(t, n, "Message-ID: <%08x.%04x@example.com>\r\n", (__u32)seed, (__u32)(seed >> 48));
	fosr_text_fit(t, n, "Subject: %s", FOSR_PICK(subjects, seed >> 6));
}

void fosr_mail_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	bool attached = n > ATTACHED && seed >> 60 & 1;
	struct fosr_text t = {0};
	__u32 rest, rows = 0;

	if (n < 24) {
		/* No fields, and a body. */
		if (n > 4)
			fosr_pen_text(p, "\r\n");
		fosr_pen_lines(p, n > 4 ? n - 2 : n, seed);
		return;
	}
	/* The subject is the last field, and takes what the body's lines leave. */
	fields(&t, m, n > 40 ? n - 28 : 0, attached, seed);
	if (!t.n || t.s[t.n - 1] == '\n')
		fosr_text_add(&t, "Subject: ");
	rest = n - t.n - 4;
	if (attached)
		rows = rest / CODED;
	fosr_text_put(p, &t);
	if (attached || rest < 3) {
		fosr_pen_words(p, rest - rows * CODED, seed);
		rest = 0;
	}
	fosr_pen_text(p, "\r\n\r\n");
	fosr_pen_rows(p, rows, CODED, coded_row, seed);
	if (rest)
		prose_put(p, rest, seed);
}
