// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>

#include "craftcap.h"
#include "fosr/tag.h"
#include "memcapture.h"
#include "tap.h"

static struct cap plain, tagged, out;
static struct fosr_rewrite_stats stats;
static struct fosr_err err;

static struct memcapture m;
static __u8 tag_flags; /* of the tags that are put on */

/* All at once, and, which has to come to the same, 7 bytes at a time. */
static int rewrite(const struct cap *in, __u8 taint, bool only)
{
	struct fosr_rewrite r = {.name = "made", .taint = taint, .only_tagged = only};
	struct fosr_err again = {0};
	int ret, ret7;

	memset(&err, 0, sizeof(err));
	m.step = 0;
	ret = memcapture_run(&m, &r, in->b, in->n, &err);
	stats = r.stats;
	out.n = m.out.n;
	memcpy(out.b, m.out.v, m.out.n);
	m.step = 7;
	ret7 = memcapture_run(&m, &r, in->b, in->n, &again);
	if (ret7 != ret ||
		(!ret &&
			(m.out.n != out.n || memcmp(out.b, m.out.v, out.n) || memcmp(&stats, &r.stats, sizeof(stats)))))
		ok(0, "in small steps: %d %s, at once %d %s", ret7, again.text, ret, err.text);
	return ret;
}

static int same(const struct cap *a, const struct cap *b)
{
	return a->n == b->n && !memcmp(a->b, b->b, a->n);
}

/* The frame of p behind to->n; its length. */
static __u32 put_frame(struct cap *to, const struct pkt *p, bool tag)
{
	const struct fosr_tag t = {.flow = 77, .campaign = 5, .step = 3, .flags = tag_flags};
	static const struct fosr_secret secret = {1, 2};
	static struct cap one;
	struct fosr_pkt parsed;
	__u32 len, longer;
	__u8 *frame;

	one.n = 64;
	put_pkt(&one, p);
	frame = one.b + 64 + 16;
	len = (__u32)(one.n - 64 - 16);
	if (p->link == 1)
		fosr_parse_eth(frame, frame + len, &parsed);
	else
		fosr_parse_ip(frame, frame + len,
			p->link == 113		 ? 16
				: p->link == 276 ? 20
				: p->link == 0	 ? 4
						 : 0,
			&parsed);
	longer = tag ? fosr_tag_insert(frame, len, &parsed, &t, &secret) : len;
	memcpy(to->b + to->n, frame - (longer - len), longer);
	to->n += longer;
	return longer;
}

static const struct pkt kinds[] = {
	{.us = 1, .src = 1, .dst = 2, .sport = 5000, .dport = 53, .proto = 17, .len = 33, .link = 1},
	{.us = 2,
		.src = 1,
		.dst = 2,
		.sport = 5000,
		.dport = 80,
		.proto = 6,
		.flags = 16,
		.len = 700,
		.link = 1,
		.vlans = 2},
	{.us = 3, .src = 1, .dst = 2, .sport = 5000, .dport = 53, .proto = 17, .len = 34, .v6 = 1, .link = 1},
	{.us = 4,
		.src = 1,
		.dst = 210,
		.sport = 5000,
		.dport = 80,
		.proto = 6,
		.flags = 2,
		.link = 1,
		.v6 = 1,
		.vlans = 1},
};

/* Classic pcap of all kinds over a link type; every other packet untouched; big-endian, or both turned round. */
static void turn32(struct cap *c, size_t at)
{
	fosr_put32(c->b + at, __builtin_bswap32(fosr_get32(c->b + at)));
}

static void classic(struct cap *c, int link, bool tag, bool little, __u32 magic)
{
	cap_begin(c, (__u32)link);
	fosr_put32(c->b, magic);
	for (size_t i = 0; i < 2 * FOSR_ARRAY_SIZE(kinds); i++) {
		struct pkt p = kinds[i / 2];
		size_t at = cap_open(c);

		p.link = link;
		put_frame(c, &p, tag && i % 2);
		cap_close(c, at, p.us, 100);
		for (int k = 0; little && k < 4; k++)
			turn32(c, at + 4 * (size_t)k);
	}
	if (!little)
		return;
	turn32(c, 0);
	turn32(c, 16);
	turn32(c, 20);
	c->b[4] = 2;
	c->b[5] = 0;
	c->b[6] = 4;
	c->b[7] = 0;
}

static void test_classic(void)
{
	static const int links[] = {1, 113, 276, 101, 0};
	static const __u32 magics[] = {0xa1b2c3d4, 0xa1b23c4d};

	for (size_t l = 0; l < FOSR_ARRAY_SIZE(links); l++)
		for (int v = 0; v < 4; v++) {
			classic(&plain, links[l], false, v & 1, magics[v / 2]);
			classic(&tagged, links[l], true, v & 1, magics[v / 2]);
			ok(!rewrite(&tagged, FOSR_UNTAINT_OPTION, false) && same(&out, &plain) && stats.stripped == 4 &&
					stats.packets == 8 && stats.written == 8,
				"pcap, link type %d, %s-endian, %s", links[l], v & 1 ? "little" : "big",
				v / 2 ? "ns" : "us");
		}
	for (size_t l = 0; l < FOSR_ARRAY_SIZE(links); l++) {
		tag_flags = FOSR_TAG_F_CONTROL;
		classic(&tagged, links[l], true, false, magics[0]);
		ok(!rewrite(&tagged, FOSR_UNTAINT_OPTION, false) && stats.control == 4 && stats.packets == 8 &&
				stats.written == 4,
			"link type %d: frames between injectors are left out", links[l]);
		tag_flags = FOSR_TAG_F_RETRANS;
		classic(&tagged, links[l], true, false, magics[0]);
		ok(!rewrite(&tagged, FOSR_UNTAINT_OPTION, false) && !stats.control && stats.written == 8,
			"link type %d: what was sent again is not", links[l]);
	}
	tag_flags = 0;
	classic(&plain, 1, false, true, magics[0]);
	classic(&tagged, 1, true, true, magics[0]);
	ok(!rewrite(&plain, FOSR_UNTAINT_OPTION | FOSR_UNTAINT_EVIL_BIT, false) && same(&out, &plain) &&
			!stats.stripped,
		"untagged files are copied");
	ok(!rewrite(&tagged, FOSR_UNTAINT_EVIL_BIT, false) && same(&out, &tagged),
		"tags stay when only the evil bit goes");
	ok(!rewrite(&tagged, FOSR_UNTAINT_OPTION, true) && stats.written == 4 && stats.packets == 8 && out.n < plain.n,
		"only the tagged ones");
	ok(!rewrite(&plain, FOSR_UNTAINT_OPTION, true) && out.n == 24, "none tagged: a header alone");
}

static void test_evil(void)
{
	struct fosr_pkt pkt;

	classic(&plain, 1, false, false, 0xa1b2c3d4);
	tagged = plain;
	fosr_parse_eth(tagged.b + 40, tagged.b + tagged.n, &pkt);
	fosr_evil_set(tagged.b + 40, tagged.b + tagged.n, &pkt, 1);
	ok(!same(&tagged, &plain), "the evil bit is set");
	ok(!rewrite(&tagged, FOSR_UNTAINT_OPTION, false) && same(&out, &tagged), "it stays unless asked for");
	ok(!rewrite(&tagged, FOSR_UNTAINT_EVIL_BIT, false) && same(&out, &plain) && stats.cleared == 1, "it goes");
	ok(!rewrite(&tagged, FOSR_UNTAINT_OPTION | FOSR_UNTAINT_EVIL_BIT, true) && stats.written == 1,
		"it counts as taint");
}

static bool ng_little;

static void ng32(struct cap *c, __u32 v)
{
	put32(c, ng_little ? __builtin_bswap32(v) : v);
}

static void ng16(struct cap *c, __u16 v)
{
	put16(c, ng_little ? __builtin_bswap16(v) : v);
}

static size_t ng_open(struct cap *c, __u32 type)
{
	size_t at = c->n;

	ng32(c, type);
	ng32(c, 0);
	return at;
}

static void ng_close(struct cap *c, size_t at)
{
	__u32 len = (__u32)(c->n - at + 4);

	fosr_put32(c->b + at + 4, ng_little ? __builtin_bswap32(len) : len);
	ng32(c, len);
}

static void ng_section(struct cap *c)
{
	size_t at = ng_open(c, 0x0a0d0d0a);

	ng32(c, 0x1a2b3c4d);
	ng16(c, 1);
	ng16(c, 0);
	ng32(c, 0xffffffff);
	ng32(c, 0xffffffff);
	ng_close(c, at);
}

static void ng_interface(struct cap *c, __u16 link, __u32 snaplen)
{
	size_t at = ng_open(c, 1);

	ng16(c, link);
	ng16(c, 0);
	ng32(c, snaplen);
	ng_close(c, at);
}

/* An Enhanced Packet Block (6), or the obsolete one (2), with an option behind the packet. */
static void ng_packet(struct cap *c, __u32 type, __u16 index, const struct pkt *p, bool tag)
{
	size_t at = ng_open(c, type), head;
	__u32 len;

	if (type == 2)
		ng16(c, index), ng16(c, 0);
	else
		ng32(c, index);
	ng32(c, 1);
	ng32(c, 2);
	head = c->n;
	put_zeros(c, 8);
	len = put_frame(c, p, tag);
	fosr_put32(c->b + head, ng_little ? __builtin_bswap32(len) : len);
	fosr_put32(c->b + head + 4, ng_little ? __builtin_bswap32(len) : len);
	put_zeros(c, -c->n & 3);
	ng16(c, 1);
	ng16(c, 4);
	put32(c, 0x61626364);
	ng32(c, 0);
	ng_close(c, at);
}

static void ng_simple(struct cap *c, const struct pkt *p, bool tag, __u32 missing)
{
	size_t at = ng_open(c, 3), head = c->n;
	__u32 len;

	put_zeros(c, 4);
	len = put_frame(c, p, tag) + missing;
	fosr_put32(c->b + head, ng_little ? __builtin_bswap32(len) : len);
	put_zeros(c, -c->n & 3);
	ng_close(c, at);
}

static void ng_file(struct cap *c, bool tag)
{
	struct pkt raw = kinds[0];
	size_t at;

	raw.link = 101;
	c->n = 0;
	for (int s = 0; s < 2; s++) {
		ng_little = s;
		ng_section(c);
		ng_interface(c, 1, 0);
		ng_interface(c, 101, 65535);
		ng_interface(c, 105, 65535);
		for (size_t i = 0; i < FOSR_ARRAY_SIZE(kinds); i++)
			ng_packet(c, i % 2 ? 2 : 6, 0, &kinds[i], tag);
		ng_packet(c, 6, 1, &raw, tag);
		ng_packet(c, 6, 2, &raw, false);
		ng_simple(c, &kinds[1], tag, 0);
		at = ng_open(c, 0x0bad);
		put32(c, 0x12345678);
		ng_close(c, at);
	}
}

static void test_pcapng(void)
{
	ng_file(&plain, false);
	ng_file(&tagged, true);
	ok(!rewrite(&tagged, FOSR_UNTAINT_OPTION, false), "pcapng is read: %s", err.text);
	ok(same(&out, &plain), "both byte orders, all packet blocks, other blocks as they are");
	ok(stats.stripped == 12 && stats.packets == 14 && stats.other_link == 2, "counted");
	ok(!rewrite(&plain, FOSR_UNTAINT_OPTION | FOSR_UNTAINT_EVIL_BIT, false) && same(&out, &plain),
		"an untagged one is copied");
	plain.n = 0;
	ng_section(&plain);
	ng_interface(&plain, 1, 75 + 28);
	ng_simple(&plain, &kinds[0], true, 9);
	ok(!rewrite(&plain, FOSR_UNTAINT_OPTION, false) && same(&out, &plain) && stats.unfit == 1,
		"a snapped Simple Packet Block keeps its tag, and says so");
	plain.n = 0;
	ng_section(&plain);
	ng_packet(&plain, 6, 0, &kinds[0], true);
	ok(rewrite(&plain, FOSR_UNTAINT_OPTION, false) == -EINVAL && strstr(err.text, "byte 28"), "%s", err.text);
}

/* Cut at every length: never anything but an error, unless the cut falls between two records. */
static void test_cut(void)
{
	int bad = 0, clean = 0;
	size_t all;

	for (int ng = 0; ng < 2; ng++) {
		if (ng)
			ng_file(&tagged, true);
		else
			classic(&tagged, 1, true, true, 0xa1b2c3d4);
		all = tagged.n;
		for (tagged.n = 0; tagged.n < all; tagged.n++) {
			int ret = rewrite(&tagged, FOSR_UNTAINT_OPTION | FOSR_UNTAINT_EVIL_BIT, false);

			clean += !ret;
			bad += ret && (!err.text[0] || !strstr(err.text, "made"));
		}
		ok(!bad && clean == (ng ? 23 : 8), "%s cut at any byte: one clear error (%d whole)",
			ng ? "pcapng" : "pcap", clean);
		clean = 0;
	}
}

static void test_snapped(void)
{
	struct fosr_pkt pkt;
	__u32 full, caplen;
	__u8 frame[2048];
	int bad = 0;

	/* Whatever the snap length: the tag goes as a whole, or the frame stays as it is and is counted. */
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(kinds); i++) {
		plain.n = tagged.n = 0;
		put_frame(&plain, &kinds[i], false);
		full = put_frame(&tagged, &kinds[i], true);
		fosr_parse_eth(tagged.b, tagged.b + full, &pkt);
		for (caplen = 0; caplen <= full; caplen++) {
			struct fosr_untaint_item item = {
				.caplen = caplen, .link = FOSR_LINK_ETH, .taint = FOSR_UNTAINT_OPTION};
			bool cut;

			memcpy(frame, tagged.b, caplen);
			fosr_rewrite_strip(frame, &item, 1);
			cut = item.found == FOSR_UNTAINT_CUT;
			if (item.gone)
				bad += item.found != FOSR_UNTAINT_STRIPPED ||
					memcmp(frame + item.gone, plain.b, caplen - item.gone);
			else
				bad += memcmp(frame, tagged.b, caplen) || caplen >= pkt.tag_off + fosr_tag_len(&pkt) ||
					(caplen > pkt.tag_off + 2 && !cut) || (caplen <= pkt.tag_off && item.found);
		}
	}
	ok(!bad, "snapped at any byte");
}

static void test_refusals(void)
{
	struct fosr_rewrite r = {.name = "made", .taint = FOSR_UNTAINT_OPTION};

	classic(&plain, 1, false, true, 0xa1b2c3d4);
	m.refuse = -ENOSPC;
	ok(memcapture_run(&m, &r, plain.b, plain.n, &err) == -ENOSPC, "a write error ends it");
	m.refuse = 0;
	memset(plain.b + 24 + 8, 0x7f, 4);
	ok(rewrite(&plain, FOSR_UNTAINT_OPTION, false) == -EFBIG && strstr(err.text, "byte 24"), "%s", err.text);
	classic(&plain, 105, false, false, 0xa1b2c3d4);
	ok(rewrite(&plain, FOSR_UNTAINT_OPTION, false) == -EPROTONOSUPPORT, "%s", err.text);
	plain.b[0] = 0x1f;
	plain.b[1] = 0x8b;
	ok(rewrite(&plain, FOSR_UNTAINT_OPTION, false) == -EINVAL && strstr(err.text, "gunzip"), "%s", err.text);
	memset(plain.b, 0, 64);
	ok(rewrite(&plain, FOSR_UNTAINT_OPTION, false) == -EINVAL && strstr(err.text, "magic"), "%s", err.text);
}

int main(void)
{
	test_classic();
	test_evil();
	test_pcapng();
	test_cut();
	test_snapped();
	test_refusals();
	return done();
}
