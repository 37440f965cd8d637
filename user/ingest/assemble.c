// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/assemble.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>

#include "ingest/live.h"

#define EV_HANDSHAKE (FOSR_EV_SYN | FOSR_EV_SYNACK)

void fosr_assembler_init(struct fosr_assembler *a, struct fosr_dataset *data, struct fosr_ingest_stats *stats)
{
	memset(a, 0, sizeof(*a));
	a->data = data;
	a->stats = stats;
	a->first_flow = data->flows.n;
	a->oldest[0] = a->oldest[1] = a->newest[0] = a->newest[1] = FOSR_LIVE_NONE;
	/* Nothing that is learned depends on the key; without randomness it is only easier to slow us down. */
	if (getrandom(&a->secret, sizeof(a->secret), 0) < 0)
		a->secret = (struct fosr_secret){1, 2};
}

void fosr_assembler_free(struct fosr_assembler *a)
{
	for (size_t i = 0; i < a->live.n; i++)
		fosr_vec_free(&a->live.v[i].steps);
	fosr_vec_free(&a->live);
	fosr_vec_free(&a->sums);
	fosr_vec_free(&a->unused);
	fosr_vec_free(&a->peers);
	fosr_vec_free(&a->ends);
	fosr_u64map_free(&a->by_key);
	fosr_u64map_free(&a->by_addr);
}

static __u8 dir_of(const struct fosr_live *f, const struct fosr_seen *s)
{
	return !(s->port[0] == f->port[0] && !memcmp(s->addr[0].b, f->addr[0].b, 16));
}

/* Does this SYN begin a connection anew, on ports that were used before? */
static bool reopens(const struct fosr_live *f, const struct fosr_seen *s)
{
	if (f->l4 != IPPROTO_TCP || (s->flags & (FOSR_TCP_SYN | FOSR_TCP_ACK | FOSR_TCP_RST)) != FOSR_TCP_SYN)
		return false;
	return dir_of(f, s) == FOSR_BWD || (f->has_isn ? f->isn != s->seq : (f->track.events & ~FOSR_EV_SYNACK) != 0);
}

/* A handshake that is over is not repeated but retransmitted. SYNs that are refused one after the other are attempts.
 */
static bool stale_handshake(const struct fosr_live *f, __u8 ev)
{
	__u8 over = f->track.events & ~(EV_HANDSHAKE | FOSR_EV_RST_BWD);

	return (ev & EV_HANDSHAKE) && (f->track.events & ev) &&
		(over || f->track.events & (ev == FOSR_EV_SYN ? FOSR_EV_SYNACK : FOSR_EV_RST_BWD));
}

static int add_step(struct fosr_assembler *a, struct fosr_live *f, __u8 dir, __u8 flags, __u32 len, __u64 gap)
{
	struct fosr_step *st = fosr_vec_push(&f->steps);

	if (!st)
		return -ENOMEM;
	st->gap_ns = gap;
	st->len = (__u16)len;
	st->dir = dir;
	st->flags = flags;
	f->packets[dir]++;
	f->bytes[dir] += len;
	a->live_steps++;
	return 0;
}

/* One step, or several where an offload (or IP) carried more than a packet holds: FIN and PSH go with the last. */
static int add_steps(struct fosr_assembler *a, struct fosr_live *f, __u8 dir, __u8 flags, __u32 len, __u64 own)
{
	__u32 most = f->l4 == IPPROTO_TCP ? FOSR_INGEST_TCP_PAYLOAD : FOSR_INGEST_UDP_PAYLOAD;
	__u64 gap = 0;
	int ret = 0;

	if (own >= f->last_step) {
		gap = f->steps.n ? own - f->last_step : 0;
		f->last_step = own;
	} else {
		a->stats->late++;
	}
	for (; len > most && !ret; len -= most, gap = 0) {
		ret = add_step(a, f, dir, flags & ~(FOSR_TCP_PSH | FOSR_TCP_FIN), most, gap);
		a->stats->split++;
	}
	return ret ? ret : add_step(a, f, dir, flags, len, gap);
}

/* What of the segment is new: *len is cut to it. */
static enum fosr_pkt_fate weigh_tcp(struct fosr_assembler *a, struct fosr_live *f, const struct fosr_seen *s, __u8 dir,
	__u64 own, __u32 *len, enum fosr_tcpseq_kind *kind)
{
	__u8 control = s->flags & (FOSR_TCP_SYN | FOSR_TCP_FIN | FOSR_TCP_RST);
	__u32 fin = s->flags & FOSR_TCP_FIN && !(control & ~FOSR_TCP_FIN), fresh, us = (__u32)(own / 1000);

	if (control & (FOSR_TCP_SYN | FOSR_TCP_RST)) {
		if (control & FOSR_TCP_SYN)
			*kind = fosr_tcpseq_feed(&f->seq[dir], s->seq, s->len + 1, true, us, &fresh);
		*len = 0;
		return FOSR_PKT_KEPT;
	}
	*kind = fosr_tcpseq_feed(&f->seq[dir], s->seq, s->len + fin, control, us, &fresh);
	switch (*kind) {
	case FOSR_TCPSEQ_OLD:
		return FOSR_PKT_RETRANSMISSION;
	case FOSR_TCPSEQ_KEEPALIVE:
		a->stats->keepalives++;
		*len = 0;
		return FOSR_PKT_KEPT;
	default:
		a->stats->trimmed += fresh < s->len + fin;
		*len = fresh < s->len ? fresh : s->len;
		return FOSR_PKT_KEPT;
	}
}

static enum fosr_pkt_fate judge_tcp(struct fosr_assembler *a, struct fosr_live *f, const struct fosr_seen *s, __u8 dir,
	__u64 own, __u32 *len, enum fosr_tcpseq_kind *kind)
{
	struct fosr_track trial = f->track;
	__u8 was = f->track.events, ev = fosr_track_feed(&trial, dir, s->flags);

	if (ev & FOSR_EV_SYN && !(was & FOSR_EV_SYN)) {
		f->isn = s->seq;
		f->has_isn = true;
	}
	if (!stale_handshake(f, ev))
		return weigh_tcp(a, f, s, dir, own, len, kind);
	*kind = FOSR_TCPSEQ_OLD;
	return FOSR_PKT_RETRANSMISSION;
}

static bool steps_full(const struct fosr_assembler *a, __u32 len)
{
	return a->data->steps.n + a->live_steps + len / FOSR_INGEST_TCP_PAYLOAD >= FOSR_INGEST_STEPS;
}

static int keep_packet(struct fosr_assembler *a, struct fosr_live *f, const struct fosr_seen *s, __u8 dir, __u32 len,
	__u64 own, enum fosr_pkt_fate *fate)
{
	if (f->steps.n >= FOSR_INGEST_FLOW_PACKETS)
		*fate = FOSR_PKT_FLOW_FULL;
	else if (steps_full(a, len))
		*fate = FOSR_PKT_STEPS_FULL;
	else
		return add_steps(a, f, dir, s->l4 == IPPROTO_TCP ? s->flags : 0, len, own);
	return 0;
}

static int feed_flow(struct fosr_assembler *a, __u32 index, const struct fosr_seen *s, __u64 own, __u64 ts)
{
	enum fosr_tcpseq_kind kind = FOSR_TCPSEQ_NEW;
	enum fosr_pkt_fate fate = FOSR_PKT_KEPT;
	struct fosr_live *f = &a->live.v[index];
	__u8 dir = dir_of(f, s);
	__u32 len = s->len;
	int ret = 0;

	/* Who answers is no group: some made captures have a broadcast MAC address everywhere. */
	f->group &= dir == FOSR_FWD;
	if (f->group && f->l4 == IPPROTO_TCP && !a->taker.flow)
		fate = FOSR_PKT_GROUP;
	else if (f->l4 == IPPROTO_TCP)
		fate = judge_tcp(a, f, s, dir, own, &len, &kind);
	if (fate == FOSR_PKT_KEPT)
		fosr_track_feed(&f->track, dir, s->flags);
	if (a->taker.flow) {
		fosr_sums_add(&a->sums.v[index], s, dir, kind, f->seq[dir].age_us, own, ts);
		fate = FOSR_PKT_KEPT;
	} else if (fate == FOSR_PKT_KEPT) {
		ret = keep_packet(a, f, s, dir, len, own, &fate);
	}
	a->stats->fate[fate]++;
	return ret;
}

int fosr_assembler_packet(struct fosr_assembler *a, const struct fosr_seen *seen, __u64 now, __u64 own, __u64 ts)
{
	__u64 key = fosr_live_key(a, seen);
	__u32 *known, index;
	int ret;

	if (seen->group_sends && !a->taker.flow) {
		a->stats->fate[FOSR_PKT_MALFORMED]++;
		return 0;
	}
	ret = fosr_live_expire(a, now);
	if (ret)
		return ret;
	known = fosr_u64map_get(&a->by_key, key);
	index = known ? *known : 0;
	if (known && reopens(&a->live.v[index], seen)) {
		a->stats->flows_reused++;
		known = NULL;
		ret = fosr_live_finish(a, index);
	}
	if (!ret && !known)
		ret = fosr_live_begin(a, seen, key, now, own, ts, &index);
	if (ret)
		return ret;
	fosr_live_touch(a, index, now);
	a->stats->snapped += seen->snapped;
	return feed_flow(a, index, seen, own, ts);
}

int fosr_assembler_end(struct fosr_assembler *a)
{
	int ret = fosr_live_finish_all(a);

	fosr_live_settle_roles(a);
	return ret;
}
