// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A capture of one service as its grammar says it, without a profile: flows of random sizes and turns, for the judges.
 *
 *	talk SERVICE tcp|udp client|server FLOWS SEED FILE [LEAST]
 *
 * client or server: who speaks first. LEAST: no message is shorter (20). TCP has its handshake, segments of 1400 bytes,
 *and both FINs.
 */
#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "craft/craft.h"
#include "flow/service.h"

#define SEGMENT 1400
#define GAP_NS 1000000

static const char *const names[] = {"laptop.internal", "www.example.com"};

static struct fosr_craft craft = {.key = 1, .mtu = 1500, .names = names, .hosts = 2};
static FILE *out;
static __u64 now_ns = 1736154000ULL * FOSR_NS_PER_S;

struct talk {
	struct fosr_flow flow;
	struct fosr_conn conn;
	__u32 index;
};

static void put32(__u32 v)
{
	fwrite(&v, sizeof(v), 1, out);
}

static void send_step(struct talk *t, __u8 dir, __u8 flags, __u32 len, __u32 message)
{
	struct fosr_step s = {.dir = dir, .flags = flags, .len = (__u16)len};
	__u8 frame[2048];
	struct fosr_numbers n;
	__u32 size;

	now_ns += GAP_NS;
	fosr_conn_take(&t->conn, &t->flow, &s, now_ns, message, &n);
	size = fosr_craft_packet(&craft, &t->flow, &t->conn, &s, &n, t->index++, frame);
	put32((__u32)(now_ns / FOSR_NS_PER_S));
	put32((__u32)(now_ns % FOSR_NS_PER_S));
	put32(size);
	put32(size);
	fwrite(frame, size, 1, out);
}

static void say(struct talk *t, __u8 dir, __u32 len)
{
	if (t->flow.l4 == IPPROTO_UDP) {
		send_step(t, dir, 0, len, 0);
		return;
	}
	for (__u32 at = 0; at < len; at += SEGMENT)
		send_step(t, dir, FOSR_TCP_ACK | FOSR_TCP_PSH, (__u32)fosr_min_u64(SEGMENT, len - at), len);
	send_step(t, !dir, FOSR_TCP_ACK, 0, 0);
}

static __u32 least = 20;

static __u32 some_len(struct fosr_rng *r, bool udp)
{
	switch (fosr_rng_below(r, 8)) {
	case 0:
		return fosr_rng_below(r, 40);
	case 1:
	case 2:
	case 3:
		return 40 + fosr_rng_below(r, 200);
	case 4:
	case 5:
		return 200 + fosr_rng_below(r, 1200);
	default:
		return udp ? 60 + fosr_rng_below(r, 1300) : 200 + fosr_rng_below(r, 40000);
	}
}

static void flow(__u32 i, __u16 port, __u8 l4, __u8 first, struct fosr_rng *r)
{
	struct talk t = {.flow = {.id = i + 1, .l4 = l4, .start_ns = now_ns}};
	__u32 turns = 2 + fosr_rng_below(r, 10);
	__u8 dir = first;

	for (int d = 0; d < 2; d++)
		t.flow.end[d] = (struct fosr_end){.addr = {4, {10, (__u8)d, (__u8)(i >> 8), (__u8)i}},
			.port = d ? port : (__u16)(32768 + i % 28000),
			.host = (__u16)d,
			.mac = {2, 0, 0, 0, 0, (__u8)(d + 1)},
			.ttl = 64};
	fosr_stack_settle(&t.flow);
	fosr_conn_begin(&t.conn, &craft, &t.flow);
	if (l4 == IPPROTO_TCP) {
		send_step(&t, FOSR_FWD, FOSR_TCP_SYN, 0, 0);
		send_step(&t, FOSR_BWD, FOSR_TCP_SYN | FOSR_TCP_ACK, 0, 0);
		send_step(&t, FOSR_FWD, FOSR_TCP_ACK, 0, 0);
	}
	for (; turns--; dir ^= 1)
		say(&t, dir, (__u32)fosr_max_u64(some_len(r, l4 == IPPROTO_UDP), least));
	if (l4 == IPPROTO_TCP) {
		send_step(&t, FOSR_FWD, FOSR_TCP_FIN | FOSR_TCP_ACK, 0, 0);
		send_step(&t, FOSR_BWD, FOSR_TCP_FIN | FOSR_TCP_ACK, 0, 0);
		send_step(&t, FOSR_FWD, FOSR_TCP_ACK, 0, 0);
	}
}

int main(int argc, char **argv)
{
	static const __u32 head[] = {0xa1b23c4d, 0x00040002, 0, 0, 65535, 1};
	struct fosr_rng r;
	__u8 l4, first;

	if (argc < 7 || argc > 8)
		return 2;
	if (argc == 8)
		least = (__u32)strtoul(argv[7], NULL, 10);
	l4 = strcmp(argv[2], "udp") ? IPPROTO_TCP : IPPROTO_UDP;
	first = strcmp(argv[3], "server") ? FOSR_FWD : FOSR_BWD;
	craft.payload = fosr_payload_find("coherent");
	craft.grammar[0] = fosr_grammar_find(argv[1], l4);
	r = fosr_rng(strtoull(argv[5], NULL, 10), 1, FOSR_STAGE_FLOW, 0);
	out = fopen(argv[6], "wb");
	if (!out)
		return 1;
	fwrite(head, sizeof(head), 1, out);
	for (__u32 i = 0; i < strtoul(argv[4], NULL, 10); i++)
		flow(i, fosr_service_port(argv[1], l4), l4, first, &r);
	return fclose(out) ? 1 : 0;
}
