// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/wire.h"

#include <string.h>
#include <sys/random.h>

#include "base/rng.h"
#include "fidelity/load.h"
#include "flow/step.h"
#include "ingest/dissect.h"

void fosr_wire_init(struct fosr_wire *w, struct fosr_side *side, const struct fosr_side_limits *limits,
	struct fosr_services *services)
{
	memset(w, 0, sizeof(*w));
	w->side = side;
	w->limits = limits;
	w->services = services;
	/* No result depends on the key; without randomness it is only easier to slow us down. */
	if (getrandom(&w->secret, sizeof(w->secret), 0) < 0)
		w->secret = (struct fosr_secret){1, 2};
}

void fosr_wire_free(struct fosr_wire *w)
{
	fosr_vec_free(&w->live);
	fosr_u64map_free(&w->by_key);
}

__u64 fosr_reservoir(__u64 seed, __u64 seen, __u32 limit)
{
	struct fosr_rng r = fosr_rng(seed, seen, FOSR_STAGE_REPORT, 1);

	return seen < limit ? seen : fosr_rng_u64(&r) % (seen + 1);
}

static void keep(struct fosr_wire *w, const struct fosr_wire_flow *f)
{
	__u64 at = fosr_reservoir(w->limits->seed, w->side->wires_seen++, w->limits->flows);

	if (at >= w->limits->flows)
		return;
	if (at >= w->side->wires.n && !fosr_vec_push(&w->side->wires))
		w->oom = true;
	else
		w->side->wires.v[at] = *f;
}

static void keep_all(struct fosr_wire *w)
{
	for (size_t i = 0; i < w->live.n; i++)
		keep(w, &w->live.v[i].flow);
	w->live.n = 0;
	fosr_u64map_free(&w->by_key);
}

void fosr_wire_end_file(struct fosr_wire *w)
{
	keep_all(w);
	fosr_load_end(w);
	w->file++;
}

static __u64 key_of(const struct fosr_wire *w, const struct fosr_pkt *pkt)
{
	int order = memcmp(pkt->src, pkt->dst, 16);
	bool swap = order ? order > 0 : pkt->sport > pkt->dport;
	__u64 words[5];

	memcpy(words, swap ? pkt->dst : pkt->src, 16);
	memcpy(words + 2, swap ? pkt->src : pkt->dst, 16);
	words[4] = (__u64)(swap ? pkt->dport : pkt->sport) << 32 | (__u64)(swap ? pkt->sport : pkt->dport) << 16 |
		pkt->l4_proto;
	return fosr_siphash(&w->secret, words, 5);
}

static __u16 service_of(struct fosr_wire *w, __u8 l4, __u16 port)
{
	const char *name = fosr_service_by_port(l4, port);
	int i = fosr_services_add(w->services, name, l4, fosr_service_port(name, l4));

	if (i == -ENOMEM)
		w->oom = true;
	return i < 0 ? FOSR_NO_SERVICE : (__u16)i;
}

static struct fosr_wire_live *begin(struct fosr_wire *w, const struct fosr_pkt *pkt, __u64 key, bool answer, __u64 ts)
{
	struct fosr_wire_live *l;

	if (w->live.n >= FOSR_WIRE_LIVE)
		keep_all(w);
	l = fosr_vec_push(&w->live);
	if (!l || fosr_u64map_put(&w->by_key, key, (__u32)(w->live.n - 1))) {
		w->oom = true;
		return NULL;
	}
	memcpy(l->addr, answer ? pkt->dst : pkt->src, 16);
	l->port = answer ? pkt->dport : pkt->sport;
	l->flow = (struct fosr_wire_flow){
		.start_ns = ts,
		.file = w->file,
		.service = service_of(w, pkt->l4_proto, answer ? pkt->sport : pkt->dport),
		.l4 = pkt->l4_proto,
	};
	return l;
}

/* The flow of a packet: the one that is known, or a new one if that is over. */
static struct fosr_wire_live *flow_of(struct fosr_wire *w, const struct fosr_pkt *pkt, __u8 flags, __u64 ts)
{
	__u64 key = key_of(w, pkt);
	__u32 *known = fosr_u64map_get(&w->by_key, key);
	struct fosr_wire_live *l = known ? &w->live.v[*known] : NULL;
	__u8 open = flags & (FOSR_TCP_SYN | FOSR_TCP_ACK);
	bool tcp = pkt->l4_proto == FOSR_PROTO_TCP;
	__u64 idle = tcp ? FOSR_INGEST_IDLE_TCP_NS : FOSR_INGEST_IDLE_UDP_NS;

	if (l &&
		(ts > l->last_ns + idle ||
			(tcp && open == FOSR_TCP_SYN && (l->rules.end[0].known || l->rules.end[1].known))))
		l = NULL;
	if (!l)
		l = begin(w, pkt, key, tcp && open == (FOSR_TCP_SYN | FOSR_TCP_ACK), ts);
	if (l)
		l->last_ns = ts;
	return l;
}

static void account(struct fosr_wire *w, const struct fosr_pkt *pkt, const struct fosr_capture_pkt *frame, __u32 broken)
{
	bool tcp = pkt->l4_proto == FOSR_PROTO_TCP;
	const __u8 *ip = frame->data + pkt->l3_off, *l4 = frame->data + pkt->l4_off;
	struct fosr_wire_live *l = flow_of(w, pkt, tcp ? l4[13] : 0, frame->ts_ns);
	struct fosr_rule_segment seg;
	__u8 dir;

	if (!l)
		return;
	dir = !(l->port == pkt->sport && !memcmp(l->addr, pkt->src, 16));
	if (!l->flow.seen[dir]) {
		l->flow.seen[dir] = true;
		l->flow.ttl[dir] = pkt->ip_version == 4 ? ip[8] : ip[7];
		l->flow.window[dir] = tcp ? fosr_get16(l4 + 14) : 0;
	}
	if (tcp) {
		seg = fosr_rules_segment(pkt, frame->data);
		broken |= fosr_rules_segment_feed(&l->rules, dir, &seg);
	}
	l->flow.packets++;
	l->flow.broken += broken != 0;
	l->flow.rules |= broken;
}

/* A packet whose lengths do not let it be read is a flow of its own. */
static void unreadable(struct fosr_wire *w, __u64 ts)
{
	const struct fosr_wire_flow f = {.start_ns = ts,
		.packets = 1,
		.broken = 1,
		.rules = 1u << FOSR_RULE_LENGTHS,
		.file = w->file,
		.service = FOSR_NO_SERVICE};

	keep(w, &f);
}

void fosr_wire_packet(void *arg, int link, const struct fosr_capture_pkt *frame)
{
	struct fosr_wire *w = arg;
	struct fosr_pkt pkt;
	enum fosr_parse res;
	bool group;

	fosr_load_packet(w, frame->ts_ns);
	res = fosr_link_parse(link, frame->data, frame->caplen, &pkt, &group);
	if (res == FOSR_PARSE_OK)
		res = fosr_parse_l4(frame->data, frame->data + frame->caplen, FOSR_PARSE_F_SNAPPED, &pkt);
	if (res == FOSR_PARSE_MALFORMED)
		unreadable(w, frame->ts_ns);
	if (res == FOSR_PARSE_OK)
		account(w, &pkt, frame, fosr_rules_packet(&pkt, frame->data, frame->caplen, frame->origlen));
}
