// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/tcpseq.h"

#include <string.h>

static bool before(__u32 a, __u32 b)
{
	return (__s32)(a - b) < 0;
}

static void drop_hole(struct fosr_tcpseq *s, int i)
{
	s->holes--;
	memmove(&s->hole[i], &s->hole[i + 1], (size_t)(s->holes - i) * sizeof(s->hole[0]));
}

static void add_hole(struct fosr_tcpseq *s, __u32 from, __u32 to)
{
	if (s->holes == FOSR_TCPSEQ_HOLES)
		drop_hole(s, 0);
	s->hole[s->holes].from = from;
	s->hole[s->holes].to = to;
	s->holes++;
}

/* How much of [from, to) lies in hole i, which shrinks, splits or goes. */
static __u32 fill_hole(struct fosr_tcpseq *s, int i, __u32 from, __u32 to)
{
	__u32 lo = s->hole[i].from, hi = s->hole[i].to;
	__u32 a = before(from, lo) ? lo : from, b = before(hi, to) ? hi : to;

	if (!before(a, b))
		return 0;
	if (a == lo && b == hi) {
		drop_hole(s, i);
	} else if (a == lo) {
		s->hole[i].from = b;
	} else {
		s->hole[i].to = a;
		if (b != hi)
			add_hole(s, b, hi);
	}
	return b - a;
}

static __u32 old_part(struct fosr_tcpseq *s, __u32 from, __u32 to)
{
	__u32 fresh = 0;

	/* Backwards: a hole that goes, or one that is added, leaves those below in place; see add_hole() for a full
	 * list. */
	for (int i = s->holes - 1; i >= 0; i--)
		if (i < s->holes)
			fresh += fill_hole(s, i, from, to);
	return fresh;
}

enum fosr_tcpseq_kind fosr_tcpseq_feed(struct fosr_tcpseq *s, __u32 seq, __u32 len, bool control, __u32 *fresh)
{
	__u32 end = seq + len, ahead = seq - s->next, behind = s->next - seq;

	*fresh = len;
	if (!s->known || (ahead > FOSR_TCPSEQ_WINDOW && behind > FOSR_TCPSEQ_WINDOW)) {
		s->known = 1;
		s->holes = 0;
		s->next = end;
		return FOSR_TCPSEQ_NEW;
	}
	if (!control && len <= 1 && behind == 1) {
		*fresh = 0;
		return FOSR_TCPSEQ_KEEPALIVE;
	}
	if (!len)
		return FOSR_TCPSEQ_NEW;
	if (before(s->next, seq))
		add_hole(s, s->next, seq);
	*fresh = before(seq, s->next) ? old_part(s, seq, before(end, s->next) ? end : s->next) : 0;
	if (before(s->next, end)) {
		*fresh += end - (before(seq, s->next) ? s->next : seq);
		s->next = end;
	}
	return *fresh ? FOSR_TCPSEQ_NEW : FOSR_TCPSEQ_OLD;
}
