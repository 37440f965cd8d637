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

static const char *label;

static __u32 get32(const __u8 *p)
{
	return (__u32)frame_get16(p) << 16 | frame_get16(p + 2);
}

/* RFC 9293 3.1, RFC 768: the sum over pseudo header and segment; 0 when it is right. */
static unsigned int l4_checksum(const __u8 *ip, __u32 len)
{
	__u8 pseudo[12 + FOSR_MTU_MAX + 1] = {0};

	memcpy(pseudo, ip + 12, 8);
	pseudo[9] = ip[9];
	frame_put16(pseudo + 10, len);
	memcpy(pseudo + 12, ip + 20, len);
	return frame_checksum(pseudo, 12 + len);
}

/* Ethernet and IPv4 as the flow has them. NULL, or what is wrong. */
static const char *check_ip(const struct fosr_planned *p, const __u8 *frame, __u32 len, __u32 mtu)
{
	const struct fosr_end *from = &p->live->flow.end[p->packet->step.dir],
			      *to = &p->live->flow.end[!p->packet->step.dir];
	const __u8 *ip = frame + ETH;

	if (memcmp(frame, to->mac, 6) || memcmp(frame + 6, from->mac, 6) || frame_get16(frame + 12) != 0x0800)
		return "Ethernet header";
	if (from->mac[0] & 1)
		return "a group as the sender";
	if (ip[0] != 0x45 || ip[1] || frame_get16(ip + 6) != 0x4000 || ip[8] != from->ttl || !ip[8])
		return "IPv4 header";
	if (ip[9] != p->live->flow.l4 || memcmp(ip + 12, from->addr.b, 4) || memcmp(ip + 16, to->addr.b, 4))
		return "addresses or protocol";
	if (frame_get16(ip + 2) != len - ETH)
		return "IPv4 length";
	if (len - ETH > mtu - 28)
		return "no room left for a tag";
	return frame_checksum(ip, 20) ? "IPv4 checksum" : NULL;
}

static const char *check_udp(const struct fosr_planned *p, const __u8 *udp, __u32 len)
{
	if (frame_get16(udp + 4) != len || len != 8u + p->packet->step.len)
		return "UDP length";
	return frame_get16(udp + 6) ? NULL : "UDP without a checksum";
}

static const char *check_tcp(const struct fosr_planned *p, const __u8 *tcp, __u32 len, __u32 mtu)
{
	__u32 hlen = (__u32)(tcp[12] >> 4) * 4;

	if (tcp[12] & 15 || tcp[13] != p->packet->step.flags || frame_get16(tcp + 18))
		return "TCP header";
	if (hlen != (tcp[13] & SYN ? 28 : 20) || len != hlen + p->packet->step.len)
		return "TCP length";
	if (!frame_get16(tcp + 14))
		return "TCP window";
	if (tcp[13] & SYN && (tcp[20] != 2 || tcp[21] != 4 || frame_get16(tcp + 22) != mtu - 40))
		return "TCP segment size";
	if (tcp[13] & SYN && (tcp[24] != 1 || tcp[25] != 3 || tcp[26] != 3 || tcp[27] > 14))
		return "TCP window scale";
	return NULL;
}

static const char *check_frame(const struct fosr_planned *p, const __u8 *frame, __u32 len, __u32 mtu)
{
	const struct fosr_end *from = &p->live->flow.end[p->packet->step.dir],
			      *to = &p->live->flow.end[!p->packet->step.dir];
	const __u8 *l4 = frame + ETH + 20;
	const char *bad = check_ip(p, frame, len, mtu);

	if (bad)
		return bad;
	if (frame_get16(l4) != from->port || frame_get16(l4 + 2) != to->port)
		return "ports";
	if (l4_checksum(frame + ETH, len - ETH - 20))
		return "checksum of TCP or UDP";
	return p->live->flow.l4 == IPPROTO_TCP ? check_tcp(p, l4, len - ETH - 20, mtu)
					       : check_udp(p, l4, len - ETH - 20);
}

/* --- TCP's numbers: what both ends of one flow have said so far --- */

struct talk {
	bool spoke[2]; /* has sent a packet that says where it stands */
	bool told[2]; /* the other end has acknowledged something of this one */
	__u32 isn[2], next[2];
	__u32 acked[2]; /* of this end's numbers, by the other */
	__u16 ip_id[2];
	bool any[2];
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

static const char *feed(struct talk *t, int d, const __u8 *frame, __u32 len)
{
	const __u8 *ip = frame + ETH, *tcp = ip + 20;
	__u32 payload = len - ETH - 20 - (__u32)(tcp[12] >> 4) * 4;
	const char *bad;

	if (t->any[d] && (__u16)(t->ip_id[d] + 1) != frame_get16(ip + 4))
		return "the IP identification does not count";
	t->any[d] = true;
	t->ip_id[d] = (__u16)frame_get16(ip + 4);
	if (ip[9] != IPPROTO_TCP)
		return NULL;
	bad = feed_ack(t, d, get32(tcp + 8), tcp[13]);
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
	__u32 mtu = c->craft.mtu, room = fosr_campaign_headroom(c) + fosr_craft_frame_max(mtu), longest = 0;
	struct fosr_plan *plan = plan_of(c, NULL, NULL);
	const char *bad = NULL, *bad_tcp = NULL, *bad_tag = NULL;
	__u8 *block = malloc(room);
	struct fosr_err err = {0};
	struct talks talks = {0};
	struct fosr_planned p;
	__u64 n = 0, cut;

	while (!bad && !bad_tcp && fosr_plan_next(plan, &p, &err) > 0) {
		__u8 *frame = block + fosr_campaign_headroom(c), *tainted;
		__u32 len;

		memset(block, 0xa5, room);
		len = fosr_plan_craft(plan, p.packet, frame);
		bad = check_frame(&p, frame, len, mtu);
		bad_tcp = feed(talk_of(&talks, p.live->flow.id), p.packet->step.dir, frame, len);
		tainted = fosr_campaign_taint(
			c, &(struct fosr_tag){.flow = p.live->flow.id, .step = p.packet->index}, frame, &len);
		if (len - ETH > mtu || tainted < block || frame_checksum(tainted + ETH, (tainted[ETH] & 15u) * 4))
			bad_tag = "too long, or its checksum is wrong";
		longest = len > longest ? len : longest;
		n++;
	}
	ok(n > 1000 && !bad, "%s, MTU %u: %llu packets are well formed%s%s", label, mtu, n, bad ? ", but: " : "",
		bad ? bad : "");
	ok(!bad_tcp, "%s, MTU %u: numbers of %zu flows add up%s%s", label, mtu, talks.list.n, bad_tcp ? ", but: " : "",
		bad_tcp ? bad_tcp : "");
	ok(!bad_tag, "%s, MTU %u: tainted packets keep to the MTU (%u of %u)%s", label, mtu, longest - ETH, mtu,
		bad_tag ? bad_tag : "");
	cut = fosr_plan_stats(plan).clamped;
	ok(mtu > 576 || cut, "%s, MTU %u: %llu payloads were cut", label, mtu, cut);
	ok(!cut == (longest - ETH < mtu), "%s, MTU %u: to what fits, and no shorter", label, mtu);
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
	{"office", "66ccf7cdb67be18c6a0bac3633ba5f7154cba66ff013cb913f46b5dc50c95fae"},
	{"profiles/iot.fosr", "630398f2eae4115008edc8152aff722e71ddc1d6c68f18145167cae1f39c3f4c"},
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
