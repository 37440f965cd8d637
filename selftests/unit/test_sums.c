// SPDX-License-Identifier: GPL-3.0-or-later
/* Flows as pcap2flow sees them: sums instead of a data set. */
#include <stdlib.h>

#include "craftcap.h"
#include "ingest/ingest.h"
#include "tap.h"

#define F FOSR_TCP_FIN
#define S FOSR_TCP_SYN
#define R FOSR_TCP_RST
#define P FOSR_TCP_PSH
#define A FOSR_TCP_ACK
#define MS 1000ULL

static struct cap cap;
static struct fosr_dataset data;
static struct fosr_ingest in;
static struct fosr_err err;

static struct taken {
	struct fosr_live live;
	struct fosr_sums sums;
} got[16];
static size_t flows;
static int refuse;

static int take(void *arg, const struct fosr_live *f, const struct fosr_sums *s)
{
	if (refuse)
		return fosr_err(&err, -ENOSPC, "no room");
	if (flows < FOSR_ARRAY_SIZE(got))
		got[flows] = (struct taken){*f, *s};
	flows++;
	return 0;
}

/* Every packet is in a flow, or has a reason. */
static int read_cap(void)
{
	struct fosr_capture *c;
	__u64 fates = 0, sums = 0;
	int ret;

	fosr_ingest_free(&in);
	fosr_ingest_init(&in, &data);
	in.assembler.taker = (struct fosr_flow_taker){.flow = take};
	flows = 0;
	memset(&err, 0, sizeof(err));
	ret = fosr_capture_stream(&c, fmemopen(cap.b, cap.n, "rb"), "made", &err);
	if (ret)
		return ret;
	ret = fosr_ingest_capture(&in, c, &err);
	fosr_capture_close(c);
	if (ret)
		return ret;
	for (int i = 0; i < FOSR_PKT_FATES; i++)
		fates += in.stats.fate[i];
	for (size_t i = 0; i < flows; i++)
		sums += got[i].sums.packets[0] + got[i].sums.packets[1];
	if (fates != in.stats.packets || sums != in.stats.fate[FOSR_PKT_KEPT] || in.stats.flows_kept != flows ||
		data.flows.n || data.steps.n)
		ok(0, "every packet is accounted for, and none is kept");
	return ret;
}

static struct pkt tcp(__u64 us, int back, __u8 flags, __u32 seq, __u32 len)
{
	return (struct pkt){.us = us,
		.src = back ? 210 : 1,
		.dst = back ? 1 : 210,
		.sport = back ? 443 : 40000,
		.dport = back ? 40000 : 443,
		.proto = 6,
		.flags = flags,
		.seq = seq,
		.len = len,
		.link = 1,
		.window = 1000};
}

static void add(struct pkt p)
{
	put_pkt(&cap, &p);
}

static void add_tcp(__u64 us, int back, __u8 flags, __u32 seq, __u32 len)
{
	add(tcp(us, back, flags, seq, len));
}

/* A round trip of 20 ms. */
static void add_handshake(void)
{
	cap_begin(&cap, 1);
	add_tcp(0, 0, S, 100, 0);
	add_tcp(15 * MS, 1, S | A, 500, 0);
	add_tcp(20 * MS, 0, A, 101, 0);
}

static void test_session(void)
{
	const struct fosr_sums *s = &got[0].sums;

	add_handshake();
	add_tcp(21 * MS, 0, P | A, 101, 200);
	add_tcp(40 * MS, 1, A, 501, 1000);
	add_tcp(50 * MS, 0, F | A, 301, 0);
	add_tcp(60 * MS, 1, F | A, 1501, 0);
	add_tcp(61 * MS, 0, A | 0x40, 302, 0);
	ok(!read_cap() && flows == 1, "a session is one flow");
	ok(s->packets[0] == 5 && s->packets[1] == 3 && s->payload[0] == 200 && s->payload[1] == 1000,
		"packets and payload");
	ok(s->frame[0] == 5 * 54 + 200 && s->frame[1] == 3 * 54 + 1000, "bytes of frames");
	ok(s->flags[0] == (S | A | P | F | 0x40) && s->flags[1] == (S | A | F),
		"flags, also those that are not modelled");
	ok(s->ttl[0] == 64 && s->ttl[1] == 64 && !s->vlans, "TTL; no VLAN");
	ok(s->gap_min == 1000000 && s->gap_max == 19000000 && s->gap_sum == 61000000, "gaps");
	ok(s->end_ns == 1000000ULL * FOSR_NS_PER_S + 61000000, "end");
	ok(!s->retransmitted[0] && !s->retransmitted[1] && !s->reordered[0] && !s->reordered[1] && !s->zero_windows[0],
		"nothing sent again, late or without a window");
	ok(fosr_track_state(&got[0].live.track) == FOSR_SF, "end state");
}

static void order_is(__u64 again, __u64 late, __u64 packets, const char *what)
{
	const struct fosr_sums *s = &got[0].sums;

	ok(!read_cap() && flows == 1 && s->retransmitted[0] == again && s->reordered[0] == late &&
			s->packets[0] == packets && !s->retransmitted[1] && !s->reordered[1],
		"%s", what);
}

static void test_order(void)
{
	add_handshake();
	add_tcp(30 * MS, 0, A, 101, 500);
	add_tcp(31 * MS, 0, A, 101, 500);
	order_is(1, 0, 4, "a segment that was seen was sent again, and counts");
	ok(got[0].sums.payload[0] == 1000, "so do its bytes");
	add_tcp(32 * MS, 0, A, 501, 200);
	order_is(2, 0, 5, "so was one whose beginning was seen");
	add_tcp(33 * MS, 0, A, 700, 1);
	order_is(2, 0, 6, "a keep-alive was not");
	add_handshake();
	add_tcp(30 * MS, 0, A, 601, 500);
	add_tcp(31 * MS, 0, A, 101, 500);
	order_is(0, 1, 4, "a hole filled within the round trip is reordering");
	add_handshake();
	add_tcp(30 * MS, 0, A, 601, 500);
	add_tcp(31 * MS, 0, A, 1101, 500);
	add_tcp(51 * MS, 0, A, 101, 500);
	order_is(1, 0, 5, "filled later, what was lost has been sent again");
	cap_begin(&cap, 1);
	add_tcp(30 * MS, 0, A, 101, 100);
	add_tcp(31 * MS, 0, A, 301, 100);
	add_tcp(33 * MS, 0, A, 201, 50);
	add_tcp(35 * MS, 0, A, 251, 50);
	order_is(1, 1, 4, "without a handshake the limit is 3 ms");
	add_handshake();
	add_tcp(30 * MS, 1, S | A, 500, 0);
	ok(!read_cap() && got[0].sums.retransmitted[1] == 1 && got[0].sums.packets[1] == 2, "a SYN-ACK sent again");
	cap_begin(&cap, 1);
	add_tcp(0, 0, S, 100, 0);
	add_tcp(1000 * MS, 0, S, 100, 0);
	order_is(1, 0, 2, "a SYN sent again");
}

static void test_window(void)
{
	struct pkt p = tcp(40 * MS, 1, A, 501, 0);

	add_handshake();
	p.window = 0;
	add(p);
	p.flags = R;
	add(p);
	ok(!read_cap() && got[0].sums.zero_windows[1] == 1 && !got[0].sums.zero_windows[0],
		"a closed window counts, that of a reset means nothing");
}

static void test_others(void)
{
	struct pkt p = {.src = 1, .dst = 2, .sport = 5000, .dport = 53, .proto = 17, .len = 30, .link = 1, .vlans = 2};

	cap_begin(&cap, 1);
	add(p);
	ok(!read_cap() && got[0].sums.vlans == 2 && got[0].sums.vlan[0] == 100 && got[0].sums.vlan[1] == 101,
		"VLAN ids, outer first");
	ok(got[0].sums.frame[0] == 14 + 8 + 20 + 8 + 30 && !got[0].sums.packets[1] && !got[0].sums.flags[0],
		"one datagram");
	cap_begin(&cap, 1);
	p = tcp(0, 0, S, 1, 0);
	p.group_mac = 1;
	add(p);
	fosr_put32(cap.b + 24 + 16 + 14 + 16, 0xe00000fb);
	add_tcp(1, 1, A, 1, 0);
	fosr_put32(cap.b + cap.n - 20 - 8, 0xe00000fc);
	ok(!read_cap() && flows == 2, "what learning leaves out, TCP to a group and what a group sends, is here");
	cap_begin(&cap, 1);
	p = tcp(0, 0, P | A, 1, 1000);
	p.snap = 990;
	add(p);
	p.len = 40000;
	p.seq = 1001;
	p.snap = 0;
	add(p);
	ok(!read_cap() && got[0].sums.payload[0] == 41000 && got[0].sums.frame[0] == 41000 + 2 * 54 &&
			got[0].sums.packets[0] == 2,
		"a snapped packet counts in full, a large segment is one packet");
	add_tcp(5000000, 0, A, 41001, 0);
	add_tcp(4000000, 1, A, 1, 0);
	ok(!read_cap() && got[0].sums.end_ns == 1000005ULL * FOSR_NS_PER_S && !got[0].sums.gap_min,
		"the end is the latest time; who comes late has gap 0");
	refuse = 1;
	ok(read_cap() == -ENOSPC && !strcmp(err.text, "no room"), "what the taker says ends the reading");
	refuse = 0;
}

int main(void)
{
	test_session();
	test_order();
	test_window();
	test_others();
	fosr_ingest_free(&in);
	fosr_dataset_free(&data);
	return done();
}
