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

static void add_hole(struct fosr_tcpseq *s, __u32 from, __u32 to, __u32 since_us)
{
	if (s->holes == FOSR_TCPSEQ_HOLES)
		drop_hole(s, 0);
	s->hole[s->holes].from = from;
	s->hole[s->holes].to = to;
	s->hole[s->holes].since_us = since_us;
	s->holes++;
}

/* How much of [from, to) lies in hole i, which shrinks, splits or goes. */
static __u32 fill_hole(struct fosr_tcpseq *s, int i, __u32 from, __u32 to, __u32 now_us)
{
	__u32 lo = s->hole[i].from, hi = s->hole[i].to, since_us = s->hole[i].since_us;
	__u32 a = before(from, lo) ? lo : from, b = before(hi, to) ? hi : to;

	if (!before(a, b))
		return 0;
	s->age_us = now_us - since_us;
	if (a == lo && b == hi) {
		drop_hole(s, i);
	} else if (a == lo) {
		s->hole[i].from = b;
	} else {
		s->hole[i].to = a;
		if (b != hi)
			add_hole(s, b, hi, since_us);
	}
	return b - a;
}

static __u32 fill_holes(struct fosr_tcpseq *s, __u32 from, __u32 to, __u32 now_us)
{
	__u32 fresh = 0;

	/* Backwards: a hole that goes, or one that is added, leaves those below in place; see add_hole() for a full
	 * list. */
	for (int i = s->holes - 1; i >= 0; i--)
		if (i < s->holes)
			fresh += fill_hole(s, i, from, to, now_us);
	return fresh;
}

enum fosr_tcpseq_kind fosr_tcpseq_feed(
	struct fosr_tcpseq *s, __u32 seq, __u32 len, bool control, __u32 now_us, __u32 *fresh)
{
	__u32 end = seq + len, ahead = seq - s->next, behind = s->next - seq, filled = 0;
	bool early = before(s->next, seq), late = before(seq, s->next);

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
	if (early)
		add_hole(s, s->next, seq, now_us);
	if (late)
		filled = fill_holes(s, seq, before(end, s->next) ? end : s->next, now_us);
	*fresh = filled;
	if (before(s->next, end)) {
		*fresh += end - (late ? s->next : seq);
		s->next = end;
	}
	if (!*fresh)
		return FOSR_TCPSEQ_OLD;
	if (late)
		return filled ? FOSR_TCPSEQ_FILL : FOSR_TCPSEQ_PART;
	return early ? FOSR_TCPSEQ_AHEAD : FOSR_TCPSEQ_NEW;
}
