// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Printing: LPD (RFC 1179), whose first message is a command and whose next ones are files and octets of consent, and
 * what printers take as it comes (PJL around PCL, JetDirect). Files take the size.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

enum { PRINT = 2, STATE = 4, DATA_FILE = 3 };

static void job_put(struct fosr_pen *p, const struct fosr_speech *m, __u64 seed)
{
	struct fosr_text t = {0};
	__u32 room, n;

	/* A count, the file's name, and the file with a zero behind it. */
	fosr_text_add(&t, " dfA%03u", (__u32)(m->seed % 1000));
	room = m->len - 1 - t.n - 6 - 1 - 1;
	n = fosr_counted(room);
	fosr_pen_u8(p, DATA_FILE);
	fosr_pen_print(p, "%u", n);
	fosr_text_put(p, &t);
	fosr_pen_word(p, 6 + room - n - fosr_digits(n), m->seed);
	fosr_pen_u8(p, '\n');
	fosr_pen_lines(p, n, seed);
	fosr_pen_u8(p, 0);
}

void fosr_say_lpd(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);

	if (m->dir == FOSR_BWD) {
		if (m->len > 8)
			fosr_pen_lines(p, m->len, seed);
		else
			fosr_pen_zero(p, m->len);
	} else if (m->turn && m->len >= 40) {
		job_put(p, m, seed);
	} else if (m->len >= 3) {
		fosr_pen_u8(p, m->len < 40 ? PRINT : STATE);
		fosr_pen_word(p, m->len - 2 > 30 ? 8 : m->len - 2, m->seed);
		if (m->len - 2 > 30) {
			fosr_pen_u8(p, ' ');
			fosr_pen_letters(p, fosr_pen_room(p) - 1, seed);
		}
		fosr_pen_u8(p, '\n');
	} else {
		fosr_pen_zero(p, m->len);
	}
}

void fosr_say_jetdirect(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char begin[] = "\033%-12345X@PJL JOB NAME=\"document\"\r\n@PJL SET RESOLUTION=600\r\n"
				    "@PJL ENTER LANGUAGE=PCL\r\n\033E",
			  end[] = "\033E\033%-12345X@PJL EOJ\r\n\033%-12345X", ask[] = "@PJL INFO ID\r\n",
			  code[] = "@PJL USTATUS DEVICE\r\nCODE=10001\r\nDISPLAY=\"";
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	__u32 frame = (__u32)(strlen(begin) + strlen(end));

	if (m->dir == FOSR_BWD && m->len > sizeof(code) + 4) {
		fosr_pen_text(p, code);
		fosr_pen_word(p, m->len - (__u32)strlen(code) - 3, seed);
		fosr_pen_text(p, "\"\r\n");
	} else if (m->dir == FOSR_FWD && m->len > frame) {
		fosr_pen_text(p, begin);
		fosr_pen_random(p, m->len - frame, seed);
		fosr_pen_text(p, end);
	} else if (m->len >= sizeof(ask) + 2) {
		fosr_pen_text(p, ask);
		fosr_pen_lines(p, fosr_pen_room(p), seed);
	} else {
		fosr_pen_blank(p, m->len);
	}
}
