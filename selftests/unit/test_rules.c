// SPDX-License-Identifier: GPL-3.0-or-later
#include <netinet/in.h>

#include "fidelity/rules.h"
#include "flow/step.h"
#include "frame.h"
#include "tap.h"

#define S FOSR_TCP_SYN
#define A FOSR_TCP_ACK
#define F FOSR_TCP_FIN
#define R FOSR_TCP_RST
#define BIT(rule) (1u << FOSR_RULE_##rule)

/* ---- One packet. */

static __u32 judged(struct frame *f, __u32 caplen, __u32 origlen)
{
	struct fosr_pkt pkt;

	if (fosr_parse_eth(f->data, f->data + caplen, &pkt) != FOSR_PARSE_OK ||
		fosr_parse_l4(f->data, f->data + caplen, FOSR_PARSE_F_SNAPPED, &pkt) != FOSR_PARSE_OK)
		return UINT32_MAX;
	return fosr_rules_packet(&pkt, f->data, caplen, origlen);
}

/* RFC 9293 and 768: over the pseudo header and the segment, word by word. */
static void put_checksum(struct frame *f, int version, __u8 proto, __u32 len)
{
	__u8 sum[2048] = {0}, *ip = f->data + f->l3, *at = f->data + f->l4 + (proto == IPPROTO_TCP ? 16 : 6);
	__u32 n = version == 6 ? 32 : 8;

	frame_put16(at, 0);
	memcpy(sum, ip + (version == 6 ? 8 : 12), n);
	frame_put16(sum + n, proto);
	frame_put16(sum + n + 2, len);
	memcpy(sum + n + 4, f->data + f->l4, len);
	frame_put16(at, frame_checksum(sum, n + 4 + len));
}

static void test_packet(int version)
{
	struct frame f = {0};
	struct frame_spec udp = {
		.version = version, .proto = IPPROTO_UDP, .body = frame_udp, .body_len = sizeof(frame_udp)};
	struct frame_spec tcp = {
		.version = version, .proto = IPPROTO_TCP, .body = frame_tcp, .body_len = sizeof(frame_tcp)};
	__u8 *udp_len;

	frame_build(&f, &tcp);
	ok(judged(&f, f.len, f.len) == BIT(CHECKSUM), "IPv%d: TCP without its checksum", version);
	ok(judged(&f, f.len - 3, f.len) == 0, "of which nothing is known when bytes are missing");
	put_checksum(&f, version, IPPROTO_TCP, sizeof(frame_tcp));
	ok(judged(&f, f.len, f.len) == 0, "with it");
	ok(judged(&f, f.len - 3, f.len - 3) == BIT(LENGTHS), "a frame shorter than its packet");
	f.data[f.len - 1] ^= 1;
	ok(judged(&f, f.len, f.len) == BIT(CHECKSUM), "one bit changed");
	frame_build(&f, &udp);
	ok(judged(&f, f.len, f.len) == (version == 6 ? BIT(CHECKSUM) : 0), "UDP without checksum, which IPv4 allows");
	put_checksum(&f, version, IPPROTO_UDP, sizeof(frame_udp));
	ok(judged(&f, f.len, f.len) == 0, "UDP with it");
	udp_len = f.data + f.l4 + 4;
	frame_put16(udp_len, sizeof(frame_udp) - 2);
	put_checksum(&f, version, IPPROTO_UDP, sizeof(frame_udp) - 2);
	ok(judged(&f, f.len, f.len) & BIT(LENGTHS), "UDP shorter than its packet");
	if (version == 4) {
		frame_build(&f, &udp);
		f.data[f.l3 + 8]--;
		ok(judged(&f, f.len, f.len) == BIT(CHECKSUM), "a TTL changed without the header's checksum");
	}
}

/* ---- One connection. */

struct line {
	__u8 dir, flags;
	__u32 seq, ack, len;
	__u32 broken;
};

static bool plays(const struct line *l, size_t n)
{
	struct fosr_rule_state s = {0};

	for (size_t i = 0; i < n; i++) {
		const struct fosr_rule_segment seg = {l[i].seq, l[i].ack, l[i].len, l[i].flags};
		__u32 broken = fosr_rules_segment_feed(&s, l[i].dir, &seg);

		if (broken != l[i].broken) {
			printf("# line %zu: 0x%x, expected 0x%x\n", i, broken, l[i].broken);
			return false;
		}
	}
	return true;
}

#define PLAYS(what, ...) \
	do { \
		static const struct line lines_[] = {__VA_ARGS__}; \
		ok(plays(lines_, FOSR_ARRAY_SIZE(lines_)), what); \
	} while (0)

static void test_connection(void)
{
	PLAYS("a whole connection breaks nothing", {0, S, 99, 0, 0, 0}, {1, S | A, 499, 100, 0, 0},
		{0, A, 100, 500, 0, 0}, {0, A, 100, 500, 50, 0}, {1, A, 500, 150, 1000, 0}, {0, F | A, 150, 1500, 0, 0},
		{1, F | A, 1500, 151, 0, 0}, {0, A, 151, 1501, 0, 0});
	PLAYS("nor does one that is seen from its middle, across the end of numbers", {0, A, 0xfffffff0, 700, 32, 0},
		{1, A, 700, 16, 10, 0}, {0, A, 16, 710, 1, 0});
	PLAYS("nor do a repeated SYN, repeated data and a keep-alive", {0, S, 99, 0, 0, 0}, {0, S, 99, 0, 0, 0},
		{1, S | A, 499, 100, 0, 0}, {0, A, 100, 500, 50, 0}, {0, A, 100, 500, 50, 0}, {1, A, 499, 150, 0, 0});
	PLAYS("nor does a refusal", {0, S, 99, 0, 0, 0}, {1, R | A, 0, 100, 0, 0});
	PLAYS("data before the handshake", {0, S, 99, 0, 0, 0}, {0, A, 100, 500, 50, BIT(HANDSHAKE)});
	PLAYS("an answer to another SYN", {0, S, 99, 0, 0, 0}, {1, S | A, 499, 7, 0, BIT(HANDSHAKE)});
	PLAYS("bytes left out, told once", {0, A, 100, 500, 50, 0}, {0, A, 160, 500, 50, BIT(SEQUENCE)},
		{0, A, 210, 500, 5, 0});
	PLAYS("bytes acknowledged that were never sent, told once", {0, A, 100, 500, 50, 0},
		{1, A, 500, 151, 0, BIT(ACK)}, {1, A, 500, 151, 1, 0});
	PLAYS("data after a FIN", {0, F | A, 100, 500, 0, 0}, {0, A, 101, 500, 5, BIT(TEARDOWN)});
	PLAYS("but not what was sent before it, again", {0, A, 100, 500, 50, 0}, {0, F | A, 150, 500, 0, 0},
		{0, A, 100, 500, 50, 0});
	PLAYS("data after a reset", {0, R, 100, 0, 0, 0}, {0, A, 101, 500, 5, BIT(TEARDOWN)});
	PLAYS("no flags, FIN without ACK, SYN with FIN, RST with FIN", {0, 0, 100, 0, 0, BIT(FLAGS)},
		{0, F, 100, 0, 0, BIT(FLAGS)}, {1, S | F, 100, 0, 0, BIT(FLAGS)}, {1, R | F, 100, 0, 0, BIT(FLAGS)});
}

int main(void)
{
	test_packet(4);
	test_packet(6);
	test_connection();
	return done();
}
