// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/sums.h"

#include <netinet/in.h>
#include <string.h>

#include "flow/step.h"

#define REORDER_NS 3000000 /* where no round trip was seen; Wireshark's value */

static void add_gap(struct fosr_sums *s, __u64 own)
{
	__u64 gap = own > s->last ? own - s->last : 0;

	if (s->packets[0] + s->packets[1]) {
		if (gap < s->gap_min || s->packets[0] + s->packets[1] == 1)
			s->gap_min = gap;
		if (gap > s->gap_max)
			s->gap_max = gap;
		s->gap_sum += gap;
	}
	if (own > s->last)
		s->last = own;
}

/* From the opener's SYN to what it says next: a round trip, wherever between the ends the capture was made. */
static void measure_rtt(struct fosr_sums *s, const struct fosr_seen *seen, __u8 dir, __u64 own)
{
	if (dir != FOSR_FWD || s->rtt_ns)
		return;
	if (seen->flags & FOSR_TCP_SYN) {
		s->syn_at = own;
	} else if (s->syn_at && s->packets[FOSR_BWD]) {
		s->rtt_ns = own > s->syn_at ? own - s->syn_at : 1;
		s->syn_at = 0;
	}
}

static void add_order(struct fosr_sums *s, __u8 dir, enum fosr_tcpseq_kind kind, __u64 age_ns)
{
	/* A loss is mended no sooner than a round trip after what followed it has passed. */
	if (kind == FOSR_TCPSEQ_FILL && age_ns < (s->rtt_ns ? s->rtt_ns : REORDER_NS))
		s->reordered[dir]++;
	else if (kind == FOSR_TCPSEQ_FILL || kind == FOSR_TCPSEQ_OLD || kind == FOSR_TCPSEQ_PART)
		s->retransmitted[dir]++;
}

static void add_tcp(struct fosr_sums *s, const struct fosr_seen *seen, __u8 dir, __u64 own)
{
	s->flags[dir] |= seen->all_flags;
	s->zero_windows[dir] += !seen->window && !(seen->flags & (FOSR_TCP_SYN | FOSR_TCP_FIN | FOSR_TCP_RST));
	measure_rtt(s, seen, dir, own);
}

void fosr_sums_add(struct fosr_sums *s, const struct fosr_seen *seen, __u8 dir, enum fosr_tcpseq_kind kind,
	__u32 age_us, __u64 own, __u64 ts)
{
	if (!(s->packets[0] + s->packets[1])) {
		memcpy(s->vlan, seen->vlan, sizeof(s->vlan));
		s->vlans = seen->vlans;
	}
	if (!s->packets[dir])
		s->ttl[dir] = seen->ttl;
	add_gap(s, own);
	if (seen->l4 == IPPROTO_TCP) {
		add_tcp(s, seen, dir, own);
		add_order(s, dir, kind, (__u64)age_us * 1000);
	}
	if (ts > s->end_ns)
		s->end_ns = ts;
	s->packets[dir]++;
	s->payload[dir] += seen->len;
	s->frame[dir] += seen->frame;
}
