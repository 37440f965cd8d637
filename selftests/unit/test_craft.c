// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The bytes of plans: every header field and checksum by code of the test's own, TCP's numbers by a small checker that
 * knows nothing of craft.c, and a digest that pins all of it. Run from the root of the repository.
 */
#include <glob.h>
#include <linux/in.h>
#include <string.h>
#include <unistd.h>

#include "base/u64map.h"
#include "frame.h"
#include "plankit.h"

#define ETH 14
#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16
#define STACKS_DF 12 /* the first row of fosr_stacks that lets its packets be fragmented */

static const char *label;

static __u32 get32(const __u8 *p)
{
	return (__u32)frame_get16(p) << 16 | frame_get16(p + 2);
}

/* Where the headers are: behind Ethernet, and its VLAN tag. */
static __u32 l3_of(const __u8 *frame)
{
	return frame_get16(frame + 12) == 0x8100 ? ETH + 4 : ETH;
}

static __u32 l4_of(const __u8 *frame)
{
	return l3_of(frame) + (frame[l3_of(frame)] >> 4 == 6 ? 40 : 20);
}

static __u8 proto_of(const __u8 *frame)
{
	const __u8 *ip = frame + l3_of(frame);

	return ip[0] >> 4 == 6 ? ip[6] : ip[9];
}

/* RFC 9293 3.1, RFC 768, RFC 8200 8.1: the sum over pseudo header and segment; 0 when it is right. */
static unsigned int l4_checksum(const __u8 *frame, __u32 len)
{
	__u8 pseudo[40 + FOSR_MTU_MAX + 1] = {0};
	const __u8 *ip = frame + l3_of(frame);
	__u32 addrs = ip[0] >> 4 == 6 ? 32 : 8;

	memcpy(pseudo, ip + (addrs == 32 ? 8 : 12), addrs);
	pseudo[addrs + 1] = proto_of(frame);
	frame_put16(pseudo + addrs + 2, len);
	memcpy(pseudo + addrs + 4, frame + l4_of(frame), len);
	return frame_checksum(pseudo, addrs + 4 + len);
}

static const char *check_ip4(const struct fosr_end *from, const struct fosr_end *to, const __u8 *ip, __u32 len)
{
	bool df = from->stack < STACKS_DF;

	if (ip[0] != 0x45 || ip[1] || frame_get16(ip + 6) != (df ? 0x4000 : 0) || ip[8] != from->ttl || !ip[8])
		return "IPv4 header";
	if (memcmp(ip + 12, from->addr.b, 4) || memcmp(ip + 16, to->addr.b, 4))
		return "IPv4 addresses";
	if (frame_get16(ip + 2) != len)
		return "IPv4 length";
	return frame_checksum(ip, 20) ? "IPv4 checksum" : NULL;
}

static const char *check_ip6(const struct fosr_end *from, const struct fosr_end *to, const __u8 *ip, __u32 len)
{
	if (ip[0] != 0x60 || ip[1] & 0xf0 || ip[7] != from->ttl || !ip[7])
		return "IPv6 header";
	if (memcmp(ip + 8, from->addr.b, 16) || memcmp(ip + 24, to->addr.b, 16))
		return "IPv6 addresses";
	return frame_get16(ip + 4) + 40 == len ? NULL : "IPv6 length";
}

/* Ethernet and IP as the flow has them. NULL, or what is wrong. */
static const char *check_ip(const struct fosr_planned *p, const __u8 *frame, __u32 len, __u32 mtu)
{
	const struct fosr_flow *f = &p->live->flow;
	const struct fosr_end *from = &f->end[p->packet->step.dir], *to = &f->end[!p->packet->step.dir];
	bool ip6 = f->end[0].addr.family == 6;
	__u32 l3 = l3_of(frame);

	if (memcmp(frame, to->mac, 6) || memcmp(frame + 6, from->mac, 6) ||
		frame_get16(frame + l3 - 2) != (ip6 ? 0x86dd : 0x0800))
		return "Ethernet header";
	if ((l3 == ETH + 4) != !!f->vlan || (f->vlan && frame_get16(frame + ETH) != f->vlan))
		return "VLAN tag";
	if (from->mac[0] & 1)
		return "a group as the sender";
	if (proto_of(frame) != f->l4)
		return "protocol";
	if (len - l3 > mtu - (ip6 ? 32 : 28))
		return "no room left for a tag";
	return (ip6 ? check_ip6 : check_ip4)(from, to, frame + l3, len - l3);
}

static const char *check_udp(const struct fosr_planned *p, const __u8 *udp, __u32 len)
{
	if (frame_get16(udp + 4) != len || len != 8u + p->packet->step.len)
		return "UDP length";
	return frame_get16(udp + 6) ? NULL : "UDP without a checksum";
}

/* The options' kinds in order as letters: m(ss), n(op), w(indow scale), s(ack permitted), t(imestamps), e(nd). */
static bool read_options(const __u8 *p, __u32 len, char kinds[41])
{
	static const char letter[] = "enmws...t";
	static const __u8 size[] = {1, 1, 4, 3, 2, 0, 0, 0, 10};

	for (__u32 i = 0; i < len; i += size[p[i]], kinds++) {
		if (p[i] >= sizeof(size) || !size[p[i]] || (size[p[i]] > 1 && p[i + 1] != size[p[i]]))
			return false;
		*kinds = letter[p[i]];
	}
	*kinds = '\0';
	return true;
}

/* What p0f's database and the systems' sources have for a SYN of each (p0f.fp 3.09b). */
static const char *syn_options(enum fosr_os os)
{
	switch (os) {
	case FOSR_OS_WINDOWS:
		return "mnwnns";
	case FOSR_OS_MACOS:
	case FOSR_OS_IOS:
		return "mnwnntsee";
	case FOSR_OS_FREEBSD:
		return "mnwst";
	case FOSR_OS_LWIP:
	case FOSR_OS_VXWORKS:
		return "m";
	default:
		return "mstnw";
	}
}

static const char *check_options(const struct fosr_planned *p, const __u8 *tcp, __u32 hlen, __u32 mtu)
{
	const struct fosr_flow *f = &p->live->flow;
	__u32 mss = mtu - (f->end[0].addr.family == 6 ? 60 : 40);
	__u8 dir = p->packet->step.dir;
	char kinds[41];

	if (!read_options(tcp + 20, hlen - 20, kinds))
		return "TCP options";
	if (!(tcp[13] & SYN))
		return !*kinds || !strcmp(kinds, "nnt") ? NULL : "options of a segment without SYN";
	if (tcp[20] != 2 || frame_get16(tcp + 22) != mss)
		return "TCP segment size";
	return dir || !strcmp(kinds, syn_options(fosr_stacks[f->end[0].stack].os)) ? NULL : "options of a SYN";
}

static const char *check_tcp(const struct fosr_planned *p, const __u8 *tcp, __u32 len, __u32 mtu)
{
	__u32 hlen = (__u32)(tcp[12] >> 4) * 4;

	if (tcp[12] & 15 || tcp[13] != p->packet->step.flags || frame_get16(tcp + 18))
		return "TCP header";
	if (hlen < 20 || len != hlen + p->packet->step.len)
		return "TCP length";
	if (!frame_get16(tcp + 14) != !!(tcp[13] & RST))
		return "TCP window";
	return check_options(p, tcp, hlen, mtu);
}

static const char *check_frame(const struct fosr_planned *p, const __u8 *frame, __u32 len, __u32 mtu)
{
	const struct fosr_end *from = &p->live->flow.end[p->packet->step.dir],
			      *to = &p->live->flow.end[!p->packet->step.dir];
	__u32 l4 = l4_of(frame);
	const char *bad = check_ip(p, frame, len, mtu);

	if (bad)
		return bad;
	if (frame_get16(frame + l4) != from->port || frame_get16(frame + l4 + 2) != to->port)
		return "ports";
	if (l4_checksum(frame, len - l4))
		return "checksum of TCP or UDP";
	return p->live->flow.l4 == IPPROTO_TCP ? check_tcp(p, frame + l4, len - l4, mtu)
					       : check_udp(p, frame + l4, len - l4);
}

/* --- TCP's numbers: what both ends of one flow have said so far --- */

struct talk {
	bool spoke[2]; /* has sent a packet that says where it stands */
	bool told[2]; /* the other end has acknowledged something of this one */
	__u32 isn[2], next[2];
	__u32 acked[2]; /* of this end's numbers, by the other */
	__u32 echoed[2]; /* the last timestamp of each end */
	__u16 window[2];
};

static bool after(__u32 a, __u32 b)
{
	return (__s32)(a - b) > 0;
}

/* Sequence number and length of one segment. */
static const char *feed_seq(struct talk *t, int d, __u32 seq, __u8 flags, __u32 payload)
{
	if (flags & RST && !t->spoke[d] && !seq)
		return t->spoke[!d] ? NULL : "a reset of nothing"; /* RFC 9293 3.10.7.1 */
	if (flags & SYN) {
		if (t->spoke[d] && (seq != t->isn[d] || t->next[d] != seq + 1))
			return "a SYN repeated with another number, or after data";
		t->isn[d] = seq;
		t->next[d] = seq + 1 + payload;
	} else if (!t->spoke[d]) {
		/* Nobody saw its SYN: it stands where the other end said, if that has said anything. */
		if (t->told[d] && seq != t->acked[d])
			return "it does not begin where the other end waits for it";
		t->isn[d] = seq;
		t->next[d] = seq + payload + !!(flags & FIN);
	} else {
		if (seq != t->next[d])
			return "a segment does not begin where the last one ended";
		t->next[d] += payload + !!(flags & FIN);
	}
	t->spoke[d] = true;
	return NULL;
}

static const char *feed_ack(struct talk *t, int d, __u32 ack, __u8 flags)
{
	if (!(flags & ACK))
		return ack ? "a number acknowledged without ACK" : NULL;
	if (t->spoke[!d] && after(ack, t->next[!d]))
		return "more acknowledged than was sent";
	if (t->told[!d] && after(t->acked[!d], ack))
		return "an acknowledgement goes back";
	t->acked[!d] = ack;
	t->told[!d] = true;
	return NULL;
}

/* A pure acknowledgement of nothing new tells of another window, or a real stack would not have sent it. */
static const char *feed_window(struct talk *t, int d, const __u8 *tcp, bool again, __u32 payload)
{
	__u16 window = (__u16)frame_get16(tcp + 14), before = t->window[d];

	t->window[d] = window;
	return again && !payload && tcp[13] == ACK && window == before ? "an acknowledgement twice" : NULL;
}

/* Timestamps do not go back, and what is echoed is the other end's last one. */
static const char *feed_times(struct talk *t, int d, const __u8 *tcp)
{
	__u32 now = get32(tcp + 24);

	if ((tcp[12] >> 4) != 8 || tcp[20] != 1 || tcp[22] != 8)
		return NULL;
	if (t->echoed[d] && after(t->echoed[d], now))
		return "a timestamp goes back";
	if (t->echoed[!d] && get32(tcp + 28) != t->echoed[!d])
		return "a timestamp that was not sent is echoed";
	t->echoed[d] = now;
	return NULL;
}

static const char *feed(struct talk *t, int d, const __u8 *frame, __u32 len)
{
	const __u8 *tcp = frame + l4_of(frame);
	__u32 payload = len - l4_of(frame) - (__u32)(tcp[12] >> 4) * 4, ack = get32(tcp + 8);
	const char *bad;
	bool again;

	if (proto_of(frame) != IPPROTO_TCP)
		return NULL;
	again = t->spoke[d] && t->told[!d] && t->acked[!d] == ack && ack;
	bad = feed_ack(t, d, ack, tcp[13]);
	if (!bad)
		bad = feed_window(t, d, tcp, again, payload);
	if (!bad)
		bad = feed_times(t, d, tcp);
	return bad ? bad : feed_seq(t, d, get32(tcp + 4), tcp[13], payload);
}

/* The checker itself finds what is wrong. */
static void test_checker(void)
{
	struct talk t = {0};

	ok(!feed_seq(&t, 0, 99, SYN, 0) && !feed_ack(&t, 1, 100, SYN | ACK) && !feed_seq(&t, 1, 500, SYN | ACK, 0),
		"checker: a handshake");
	ok(feed_ack(&t, 1, 101, ACK) && feed_ack(&t, 1, 99, ACK), "checker: more than was sent, less than before");
	ok(feed_seq(&t, 0, 99, ACK, 5) && feed_seq(&t, 0, 101, ACK, 5) && !feed_seq(&t, 0, 100, ACK, 5),
		"checker: a gap");
	ok(!feed_seq(&t, 0, 105, FIN | ACK, 3) && feed_seq(&t, 0, 108, ACK, 0) && !feed_seq(&t, 0, 109, ACK, 0),
		"checker: FIN takes a number");
	ok(!feed_window(&t, 0, (const __u8[20]){[13] = ACK, [15] = 9}, false, 0) &&
			feed_window(&t, 0, (const __u8[20]){[13] = ACK, [15] = 9}, true, 0) &&
			!feed_window(&t, 0, (const __u8[20]){[13] = ACK, [15] = 10}, true, 0),
		"checker: the same said twice");
	ok(feed_ack(&t, 0, 7, 0) && !feed_ack(&t, 0, 0, 0), "checker: no number without ACK");
	t = (struct talk){0};
	ok(!feed_ack(&t, 0, 1000, ACK) && !feed_seq(&t, 0, 5, ACK, 0) && feed_seq(&t, 1, 999, ACK, 0) &&
			!feed_seq(&t, 1, 1000, ACK, 0),
		"checker: an end whose SYN nobody saw begins where it is waited for");
}

struct talks {
	FOSR_VEC(struct talk) list;
	struct fosr_u64map by_flow;
};

static struct talk *talk_of(struct talks *talks, __u64 flow)
{
	const __u32 *i = fosr_u64map_get(&talks->by_flow, flow);

	if (i)
		return &talks->list.v[*i];
	fosr_u64map_put(&talks->by_flow, flow, (__u32)talks->list.n);
	return fosr_vec_push(&talks->list);
}

static void test_bytes(struct fosr_campaign_spec spec)
{
	struct fosr_campaign *c = campaign_of(&spec);
	__u32 mtu = c->craft.mtu, headroom = fosr_campaign_headroom(c, true),
	      room = headroom + fosr_craft_frame_max(mtu);
	__u32 longest = 0;
	struct fosr_plan *plan = plan_of(c, NULL, NULL);
	const char *bad = NULL, *bad_tcp = NULL, *bad_tag = NULL;
	__u8 *block = malloc(room);
	struct fosr_err err = {0};
	struct talks talks = {0};
	struct fosr_planned p;
	__u64 n = 0, cut;

	while (!bad && !bad_tcp && fosr_plan_next(plan, &p, &err) > 0) {
		__u8 *frame = block + headroom, *tainted;
		__u32 len, l3;

		memset(block, 0xa5, room);
		len = fosr_plan_craft(plan, p.packet, frame);
		bad = check_frame(&p, frame, len, mtu);
		bad_tcp = feed(talk_of(&talks, p.live->flow.id), p.packet->step.dir, frame, len);
		tainted = fosr_campaign_taint(
			c, &(struct fosr_tag){.flow = p.live->flow.id, .step = p.packet->index}, frame, &len);
		l3 = l3_of(tainted);
		if (len - l3 > mtu || tainted < block)
			bad_tag = "too long";
		if (tainted[l3] >> 4 == 4 && frame_checksum(tainted + l3, (tainted[l3] & 15u) * 4))
			bad_tag = "their checksum is wrong";
		longest = len - l3 > longest ? len - l3 : longest;
		n++;
	}
	ok(n > 1000 && !bad, "%s, MTU %u: %llu packets are well formed%s%s", label, mtu, n, bad ? ", but: " : "",
		bad ? bad : "");
	ok(!bad_tcp, "%s, MTU %u: numbers of %zu flows add up%s%s", label, mtu, talks.list.n, bad_tcp ? ", but: " : "",
		bad_tcp ? bad_tcp : "");
	ok(!bad_tag, "%s, MTU %u: tainted packets keep to the MTU (%u of %u)%s", label, mtu, longest, mtu,
		bad_tag ? bad_tag : "");
	cut = fosr_plan_stats(plan).clamped;
	ok(mtu > 576 || cut, "%s, MTU %u: %llu payloads were cut", label, mtu, cut);
	ok(!cut == (longest < mtu), "%s, MTU %u: to what fits, and no shorter", label, mtu);
	fosr_u64map_free(&talks.by_flow);
	fosr_vec_free(&talks.list);
	fosr_plan_free(plan);
	fosr_campaign_free(c);
	free(block);
}

static void test_refusals(void)
{
	static const __u32 mtus[] = {1, 575, 9001, 65536};
	struct fosr_campaign_spec spec = {.profile = "office", .network = "small-office", .packets = 1};
	struct fosr_campaign *c;
	struct fosr_err err = {0};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(mtus); i++) {
		spec.mtu = mtus[i];
		ok(fosr_campaign_open(&spec, &c, &err) == -EINVAL && strstr(err.text, "576 to 9000"), "MTU %u: %s",
			mtus[i], err.text);
	}
	spec.mtu = 0;
	spec.payload = "poetry";
	ok(fosr_campaign_open(&spec, &c, &err) == -EINVAL && strstr(err.text, "poetry"), "payload: %s", err.text);
	spec.payload = NULL;
	spec.packets = 0;
	ok(fosr_campaign_open(&spec, &c, &err) == -EINVAL, "no end: %s", err.text);
}

/*
 * What a seed means, for good: SHA-256 over time (8 bytes, little endian), length (4) and bytes of every packet of ten
 * minutes with seed 0 on small-office. The same with every compiler and on every machine.
 *
 * One line per profile that comes with the program; those of model families are in test_families.c. A change of the
 * generator, of a profile or of small-office.yaml changes them, and then every campaign anybody has noted down. If that
 * is meant, run this test: the digests that it found stand in its output. Put them here, and say so in CHANGELOG.md.
 */
static const struct golden {
	const char *profile, *digest;
} goldens[] = {
	{"office", "64fc7d00dc7b23ec4ace98afccc43e061e7e2bb5bd8e7f110494adea1bda233d"},
	{"profiles/iot.fosr", "4fa8f07d5941ab292ea112b785c484228e715c88ca792921834d142e00f9058c"},
};

static void test_golden(const struct golden *g)
{
	const struct fosr_campaign_spec spec = {
		.profile = g->profile, .network = "small-office", .duration_ns = 600 * FOSR_NS_PER_S};
	struct fosr_campaign *c = campaign_of(&spec);
	struct fosr_plan *plan = plan_of(c, NULL, NULL);
	__u8 head[12], digest[FOSR_DIGEST_LEN], *frame = malloc(fosr_craft_frame_max(c->craft.mtu));
	struct fosr_digest *d = fosr_digest_new();
	char hex[FOSR_DIGEST_HEX];
	struct fosr_err err = {0};
	struct fosr_planned p;

	while (fosr_plan_next(plan, &p, &err) > 0) {
		__u32 len = fosr_plan_craft(plan, p.packet, frame);

		for (int i = 0; i < 8; i++)
			head[i] = (__u8)(p.time_ns >> 8 * i);
		for (int i = 0; i < 4; i++)
			head[8 + i] = (__u8)(len >> 8 * i);
		fosr_digest_add(d, head, sizeof(head));
		fosr_digest_add(d, frame, len);
	}
	fosr_digest_end(d, digest);
	fosr_digest_hex(digest, hex);
	ok(!strcmp(hex, g->digest), "golden: ten minutes of %s, seed 0, are the packets that they have always been",
		g->profile);
	printf("# found %s\n", hex);
	fosr_plan_free(plan);
	fosr_campaign_free(c);
	free(frame);
}

/* Each profile of the repository, by its file or by the name of the built-in one. */
static bool has_golden(const char *file)
{
	const char *base = strrchr(file, '/') + 1;
	size_t len = strlen(base) - strlen(".fosr");

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(goldens); i++) {
		const char *name = goldens[i].profile;

		if (!strcmp(name, file) || (strlen(name) == len && !strncmp(name, base, len)))
			return true;
	}
	return false;
}

static void test_all_golden(void)
{
	glob_t found;

	if (glob("profiles/*.fosr", 0, NULL, &found)) {
		ok(1, "golden: every profile has a line # SKIP profiles/ is not in this folder");
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		ok(has_golden(found.gl_pathv[i]), "golden: %s has a line in goldens[] of %s", found.gl_pathv[i],
			__FILE__);
	ok(!has_golden("profiles/none.fosr") && !has_golden("profiles/offic.fosr"), "golden: no other has one");
	globfree(&found);
}

int main(void)
{
	static const __u32 mtus[] = {576, 1500, 9000};

	test_checker();
	test_refusals();
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(goldens); i++) {
		label = goldens[i].profile;
		if (strchr(label, '/') && access(label, R_OK)) {
			ok(1, "%s # SKIP it is not in this folder", label);
			continue;
		}
		for (size_t k = 0; k < FOSR_ARRAY_SIZE(mtus); k++)
			test_bytes((struct fosr_campaign_spec){.profile = label,
				.network = "small-office",
				.duration_ns = 1800 * FOSR_NS_PER_S,
				.mtu = mtus[k],
				.taint = FOSR_TAINT_OPTION});
		test_golden(&goldens[i]);
	}
	test_all_golden();
	return done();
}
