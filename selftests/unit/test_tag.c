// SPDX-License-Identifier: GPL-3.0-or-later
/* fosr/tag.h: SipHash against its published vectors and libcrypto, the layout byte by byte, and the round trip. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/params.h>

#include <fosr/tag.h>

#include "tap.h"
#include "unit/frame.h"

static const __u8 key_bytes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const struct fosr_tag sample = {
	.campaign = 0xdeadbeef, .flow = 0x0123456789abcdef, .step = 0x01020304, .flags = 2, .key_id = 9};

static void fill(__u8 *p, __u32 n)
{
	for (__u32 i = 0; i < n; i++)
		p[i] = (__u8)random();
}

/* libcrypto's SipHash-2-4 with an 8-byte result, as a little-endian number. */
static __u64 reference(const __u8 *key, const __u8 *msg, size_t len)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	size_t size = 8;
	OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t("size", &size), OSSL_PARAM_construct_end()};
	__u8 out[8] = {0};
	__u64 v = 0;

	if (!EVP_MAC_init(ctx, key, 16, params) || !EVP_MAC_update(ctx, msg, len) || !EVP_MAC_final(ctx, out, &size, 8))
		ok(0, "libcrypto computes a SipHash");
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	for (int i = 7; i >= 0; i--)
		v = v << 8 | out[i];
	return v;
}

static void siphash(void)
{
	/* vectors_sip64 of the reference implementation, key 00..0f, message 00.. of 0, 8, 16 ... 56 bytes. */
	static const __u64 vectors[8] = {0x726fdb47dd0e0e31, 0x93f5f5799a932462, 0x3f2acc7f57c29bdb, 0xb8ad50c6f649af94,
		0x7127512f72f27cce, 0x0e3ea96b5304a7d0, 0xe612a3cb9ecba951, 0xb78dbfaf3a8d83bd};
	struct fosr_secret secret = fosr_secret_load(key_bytes);
	__u8 msg[56];
	__u64 words[7];
	int bad = 0;

	for (int i = 0; i < 56; i++)
		msg[i] = (__u8)i;
	for (__u32 n = 0; n < 7; n++)
		words[n] = fosr_le64(msg + 8 * n);
	for (__u32 n = 0; n < 8; n++)
		ok(fosr_siphash(&secret, words, n) == vectors[n], "SipHash-2-4 of %u bytes", 8 * n);
	for (int i = 0; i < 1000; i++) {
		__u8 key[16];

		fill(key, 16);
		fill(msg, 56);
		secret = fosr_secret_load(key);
		for (__u32 n = 0; n < 7; n++)
			words[n] = fosr_le64(msg + 8 * n);
		bad += fosr_siphash(&secret, words, i % 8) != reference(key, msg, 8 * (i % 8));
	}
	ok(!bad, "a thousand random ones agree with libcrypto: %d do not", bad);
}

/* The message as the documentation lays it out, put together byte by byte. */
static void mac_message(void)
{
	const __u8 head[24] = {0x12, 9, 17, 4, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
		1, 2, 3, 4, 0, 0, 0, 0};
	struct fosr_pkt pkt = {.ip_version = 4, .l4_proto = 17};
	struct fosr_secret secret = fosr_secret_load(key_bytes);
	__u8 msg[56];

	for (int i = 0; i < 16; i++) {
		pkt.src[i] = (__u8)(i < 4 ? 0xa0 + i : 0);
		pkt.dst[i] = (__u8)(i < 4 ? 0xb0 + i : 0);
	}
	memcpy(msg, head, 24);
	memcpy(msg + 24, pkt.src, 4);
	memcpy(msg + 28, pkt.dst, 4);
	ok(fosr_tag_mac(&sample, &secret, &pkt) == reference(key_bytes, msg, 32), "the mac of an IPv4 packet");
	fill(pkt.src, 16);
	fill(pkt.dst, 16);
	pkt.ip_version = msg[3] = 6;
	memcpy(msg + 24, pkt.src, 16);
	memcpy(msg + 40, pkt.dst, 16);
	ok(fosr_tag_mac(&sample, &secret, &pkt) == reference(key_bytes, msg, 56), "the mac of an IPv6 packet");
}

#define CHANGES(what, change) \
	do { \
		struct fosr_tag t = sample; \
		struct fosr_pkt p = pkt; \
		struct fosr_secret s = secret; \
		change; \
		ok(fosr_tag_mac(&t, &s, &p) != mac, "another " what " is another mac, IPv%d", version); \
	} while (0)

static void mac_covers(int version)
{
	struct fosr_pkt pkt = {.ip_version = (__u8)version, .l4_proto = 6, .src = {10, 0, 0, 1}, .dst = {10, 0, 0, 2}};
	struct fosr_secret secret = {1, 2};
	__u64 mac = fosr_tag_mac(&sample, &secret, &pkt);

	CHANGES("campaign", t.campaign ^= 1U << 31);
	CHANGES("flow", t.flow ^= 1ULL << 63);
	CHANGES("step", t.step ^= 1);
	CHANGES("flag", t.flags ^= 1);
	CHANGES("key id", t.key_id ^= 0x80);
	CHANGES("source", p.src[version == 4 ? 3 : 15] ^= 1);
	CHANGES("destination", p.dst[version == 4 ? 3 : 15] ^= 1);
	CHANGES("protocol", p.l4_proto = 17);
	CHANGES("IP version", p.ip_version = (__u8)(10 - version));
	CHANGES("key", s.k0 ^= 1);
	CHANGES("key's second half", s.k1 ^= 1ULL << 63);
	CHANGES("order of the addresses", memcpy(p.src, pkt.dst, 16); memcpy(p.dst, pkt.src, 16));
}

/* Inserts into f; returns where the longer frame begins, or NULL. */
static __u8 *insert(struct frame *f, __u32 *len, struct fosr_pkt *pkt)
{
	struct fosr_secret secret = fosr_secret_load(key_bytes);

	if (fosr_parse_eth(f->data, f->data + f->len, pkt) != FOSR_PARSE_OK)
		return NULL;
	*len = fosr_tag_insert(frame_start(f), f->len, pkt, &sample, &secret);
	return *len ? frame_start(f) - fosr_tag_len(pkt) : NULL;
}

static void layout4(void)
{
	const __u8 want[20] = {
		222, 28, 0x12, 9, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 1, 2, 3, 4};
	const __u8 foreign[8] = {0x94, 4, 0, 0, 1, 1, 1, 0};
	struct frame_spec s = {
		.vlans = 1, .proto = 17, .opts = foreign, .opts_len = 8, .body = frame_udp, .body_len = 12};
	struct fosr_pkt pkt;
	struct frame f, was;
	__u32 len = 0;
	__u8 *t;

	frame_build(&f, &s);
	was = f;
	t = insert(&f, &len, &pkt);
	ok(t && len == was.len + 28 && !memcmp(t, was.data, 18), "IPv4: the link header stays in front");
	ok(t[18] == 0x4e && frame_get16(t + 20) == 20 + 28 + 8 + 12, "header length and total length");
	ok(!frame_checksum(t + 18, 56), "the header's checksum is right");
	ok(!memcmp(t + 38, want, 20), "the tag is the first option");
	ok(!memcmp(t + 66, foreign, 8) && !memcmp(t + 74, frame_udp, 12), "the other options and the payload follow");
	ok(t[22] == was.data[22] && !memcmp(t + 26, was.data + 26, 2) && !memcmp(t + 30, was.data + 30, 8),
		"the other fields are as they were");
}

static void layout6(void)
{
	const __u8 want[24] = {17, 3, 0x1e, 26, 0x12, 9, 0xde, 0xad, 0xbe, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
		0xcd, 0xef, 1, 2, 3, 4};
	const __u8 hop[8] = {17, 0, 5, 2, 0, 0, 1, 0};
	struct frame_spec s = {.version = 6, .proto = 17, .body = frame_udp, .body_len = 12};
	struct fosr_pkt pkt;
	struct frame f;
	__u32 len = 0;
	__u8 *t;

	frame_build(&f, &s);
	t = insert(&f, &len, &pkt);
	ok(t && len == f.len + 32 && frame_get16(t + 18) == 44 && t[20] == 60, "IPv6: payload length and next header");
	ok(!memcmp(t + 54, want, 22) && t[84] == 1 && t[85] == 0 && !memcmp(t + 86, frame_udp, 12),
		"the tag is a Destination Options header of its own");
	s.proto = 0;
	s.opts = hop;
	s.opts_len = 8;
	frame_build(&f, &s);
	t = insert(&f, &len, &pkt);
	ok(t && t[20] == 0 && t[54] == 60 && !memcmp(t + 55, hop + 1, 7) && t[62] == 17 && t[64] == 0x1e,
		"behind a Hop-by-Hop header if there is one");
}

/* A random packet: version, VLANs, options or extension headers, transport, padding, and at times a wrong checksum. */
static void random_frame(struct frame *f)
{
	static const __u8 exts[5][32] = {{0}, {17, 0, 5, 2, 0, 0, 1, 0}, {17, 1}, {60, 0, 1, 4, 0, 0, 0, 0, 17},
		{44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 0x11}};
	static const __u8 first[5] = {17, 0, 60, 0, 60}, lengths[5] = {0, 8, 16, 16, 16};
	struct frame_spec s = {.vlans = (int)(random() % 3), .version = random() % 2 ? 4 : 6};
	__u8 opts[40], body[400];
	size_t kind = (size_t)random() % 5;

	fill(body, sizeof(body));
	s.body = body;
	s.body_len = (__u32)random() % sizeof(body);
	s.padding = (__u32)random() % 8;
	s.proto = (__u8)random();
	s.frag = (__u16)random();
	memset(opts, 1, sizeof(opts));
	if (s.version == 4) {
		s.opts_len = 4 * ((__u32)random() % 11);
		fill(opts, random() % 2 ? s.opts_len : 0);
		s.opts = opts;
	} else {
		s.opts = exts[kind];
		s.opts_len = lengths[kind];
		s.proto = first[kind];
	}
	frame_build(f, &s);
	if (s.version == 4 && random() % 4 == 0)
		frame_put16(f->data + f->l3 + 10, random() % 2 ? 0xffff : (unsigned int)random() & 0xffff);
}

static void round_trip(void)
{
	int refused = 0, wrong = 0, macs = 0, tagged = 0, check = 0;

	for (int i = 0; i < 50000; i++) {
		struct fosr_secret secret = fosr_secret_load(key_bytes);
		struct fosr_pkt pkt, again;
		struct fosr_tag got;
		struct frame f, was;
		__u32 len = 0;
		__u64 mac;
		__u8 *t;
		bool right;

		random_frame(&f);
		was = f;
		right = !frame_checksum(f.data + f.l3, f.l4 - f.l3);
		t = insert(&f, &len, &pkt);
		if (!t) {
			refused++;
			wrong += memcmp(was.data, f.data, f.len) || (pkt.ip_version == 4 && pkt.ihl <= 8);
			continue;
		}
		tagged++;
		if (fosr_parse_eth(t, t + len, &again) != FOSR_PARSE_OK ||
			fosr_tag_decode(t, t + len, &again, &got, &mac)) {
			wrong++;
			continue;
		}
		macs += memcmp(&got, &sample, sizeof(got)) || mac != fosr_tag_mac(&got, &secret, &again);
		check += pkt.ip_version == 4 && right && frame_get16(was.data + was.l3 + 10) != 0xffff &&
			frame_checksum(t + again.l3_off, 4U * again.ihl);
		len = fosr_tag_strip(t, len, &again);
		wrong += len != was.len || memcmp(f.data, was.data, was.len);
	}
	ok(!wrong, "strip(insert(x)) == x for %d random packets (%d had no room): %d differ", tagged, refused, wrong);
	ok(tagged > 20000 && refused > 500, "there were enough of both");
	ok(!macs, "the tag and its mac come back");
	ok(!check, "a right header checksum stays right: %d wrong", check);
}

static void not_ours(const char *what, const struct frame *f)
{
	struct frame now = *f;
	struct fosr_pkt pkt;

	ok(fosr_parse_eth(now.data, now.data + now.len, &pkt) == FOSR_PARSE_OK && !pkt.tag_off &&
			fosr_tag_strip(now.data, now.len, &pkt) == now.len && !memcmp(&now, f, sizeof(now)),
		"not ours, not changed: %s", what);
}

static void foreign(void)
{
	__u8 opt[40] = {222, 28, 0x10}, ext[32] = {17, 3, 0x1e, 26, 0x10};
	struct frame_spec s4 = {.proto = 17, .opts = opt, .opts_len = 28, .body = frame_udp, .body_len = 12};
	struct frame_spec s6 = {
		.version = 6, .proto = 60, .opts = ext, .opts_len = 32, .body = frame_udp, .body_len = 12};
	struct fosr_pkt pkt;
	struct frame f;

	frame_build(&f, &s4);
	ok(fosr_parse_eth(f.data, f.data + f.len, &pkt) == FOSR_PARSE_OK && pkt.tag_off == 34, "control: this is ours");
	f.data[36] = 0x20;
	not_ours("version 2", &f);
	f.data[36] = 0x10;
	f.data[35] = 24;
	not_ours("another length", &f);
	f.data[35] = 0;
	not_ours("length 0", &f);
	f.data[35] = 28;
	f.data[34] = 94;
	not_ours("another experiment number", &f);
	s4.opts_len = 24;
	frame_build(&f, &s4);
	not_ours("a tag longer than the header", &f);
	s4.opts_len = 32;
	memmove(opt + 4, opt, 28);
	memset(opt, 1, 4);
	frame_build(&f, &s4);
	not_ours("the tag is not the first option", &f);
	ext[30] = 1;
	frame_build(&f, &s6);
	ok(fosr_parse_eth(f.data, f.data + f.len, &pkt) == FOSR_PARSE_OK && pkt.tag_off == 54, "control: so is this");
	f.data[58] = 0x20;
	not_ours("version 2, IPv6", &f);
	f.data[58] = 0x10;
	f.data[57] = 24;
	not_ours("another length, IPv6", &f);
	f.data[57] = 26;
	f.data[84] = 0;
	not_ours("another option instead of the padding", &f);
	f.data[84] = 1;
	f.data[20] = 0;
	not_ours("in a Hop-by-Hop header", &f);
}

static void room(void)
{
	__u8 opt[40];
	struct frame_spec s = {.proto = 17, .opts = opt, .body = frame_udp, .body_len = 12};
	struct fosr_pkt pkt;
	struct frame f;
	__u32 len;

	memset(opt, 1, sizeof(opt));
	for (s.opts_len = 0; s.opts_len <= 40; s.opts_len += 4) {
		frame_build(&f, &s);
		ok(!insert(&f, &len, &pkt) == (s.opts_len > 12), "%u bytes of options leave %sroom", s.opts_len,
			s.opts_len > 12 ? "no " : "");
	}
	s.opts_len = 0;
	frame_build(&f, &s);
	frame_put16(f.data + 16, 0xffff - 28);
	ok(insert(&f, &len, &pkt), "the longest packet that can be tagged");
	frame_build(&f, &s);
	frame_put16(f.data + 16, 0xffff - 27);
	ok(!insert(&f, &len, &pkt), "one byte more cannot");
	s.version = 6;
	frame_build(&f, &s);
	ok(insert(&f, &len, &pkt), "IPv6 is tagged once");
	ok(fosr_parse_eth(frame_start(&f) - 32, f.data + f.len, &pkt) == FOSR_PARSE_OK && !fosr_tag_has_room(&pkt),
		"not twice");
}

static void evil(void)
{
	struct frame_spec s = {.proto = 17, .frag = 0x4000, .body = frame_udp, .body_len = 12};
	struct fosr_pkt pkt;
	struct frame f, was;
	__u8 *end;

	frame_build(&f, &s);
	was = f;
	end = f.data + f.len;
	fosr_parse_eth(f.data, end, &pkt);
	ok(!fosr_evil_get(f.data, end, &pkt), "not evil");
	ok(!fosr_evil_set(f.data, end, &pkt, 1) && fosr_evil_get(f.data, end, &pkt), "evil");
	ok(f.data[20] == 0xc0 && !frame_checksum(f.data + 14, 20), "one bit, and the checksum");
	ok(!fosr_evil_set(f.data, end, &pkt, 0) && !memcmp(&f, &was, sizeof(f)), "and back");
	s.version = 6;
	frame_build(&f, &s);
	fosr_parse_eth(f.data, end, &pkt);
	ok(fosr_evil_set(f.data, f.data + f.len, &pkt, 1) && !fosr_evil_get(f.data, f.data + f.len, &pkt),
		"IPv6 has no such bit");
}

int main(void)
{
	srandom(2);
	siphash();
	mac_message();
	mac_covers(4);
	mac_covers(6);
	layout4();
	layout6();
	round_trip();
	foreign();
	room();
	evil();
	return done();
}
