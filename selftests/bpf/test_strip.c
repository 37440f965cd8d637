// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * strip_batch over thousands of frames per call: tagged, evil, untagged, of every link type, damaged and cut at random;
 * what it makes of each is what user space makes of it, byte for byte. Frames over the end of its memory are left.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ingest/rewrite.h"
#include "tap.h"
#include "unit/frame.h"
#include "xdp/strip.h"

#define SIZE (1u << 20)

static struct fosr_strip *strip;
static __u8 *buf; /* mapped twice */
static __u8 user[SIZE], was[SIZE];
static struct fosr_untaint_item item[FOSR_UNTAINT_ITEMS], mine[FOSR_UNTAINT_ITEMS];

static const __u8 hop[8] = {17, 0, 5, 2, 0, 0, 1, 0};
static const struct frame_spec kinds[] = {
	{.proto = 17, .body = frame_udp, .body_len = 12},
	{.proto = 6, .body = frame_tcp, .body_len = 25},
	{.vlans = 1, .proto = 6, .body = frame_tcp, .body_len = 25},
	{.vlans = 2, .proto = 17, .body = frame_udp, .body_len = 12},
	{.proto = 17, .opts = (const __u8 *)"\x94\4\0\0", .opts_len = 4, .body = frame_udp, .body_len = 12},
	{.proto = 17, .frag = 0x8005, .body = frame_udp, .body_len = 12},
	{.proto = 17, .frag = 0x8000, .body = frame_udp, .body_len = 12, .padding = 9},
	{.version = 6, .proto = 17, .body = frame_udp, .body_len = 12},
	{.version = 6, .opts = hop, .opts_len = 8, .body = frame_udp, .body_len = 12},
	{.vlans = 2, .version = 6, .proto = 6, .body = frame_tcp, .body_len = 25},
};

/* A frame at p, tagged or not; its length. */
static __u32 put(__u8 *p, const struct frame_spec *s, bool tag)
{
	const struct fosr_tag t = {.campaign = 0xdecade, .flow = 42, .step = 7, .flags = (__u8)(random() % 4)};
	const struct fosr_secret secret = {(__u64)random(), 2};
	struct fosr_pkt pkt;
	struct frame f;
	__u8 *data;
	__u32 len;

	frame_build(&f, s);
	data = frame_start(&f);
	len = f.len;
	if (tag && fosr_parse_eth(data, data + len, &pkt) == FOSR_PARSE_OK && fosr_tag_has_room(&pkt)) {
		len = fosr_tag_insert(data, len, &pkt, &t, &secret);
		data -= fosr_tag_len(&pkt);
	}
	memcpy(p, data, len);
	return len;
}

/* The same frame on another link: what stands for its Ethernet header. */
static __u32 relink(__u8 *p, __u32 len, __u8 link)
{
	static const __u32 head[] = {0, 14, 16, 20, 0, 4};
	__u8 type[2], frame[2048];

	if (link < FOSR_LINK_SLL || link > FOSR_LINK_NULL || len < 14)
		return len;
	memcpy(type, p + 12, 2);
	memcpy(frame, p + 14, len - 14);
	memset(p, 0, head[link]);
	if (link == FOSR_LINK_SLL)
		memcpy(p + 14, type, 2);
	if (link == FOSR_LINK_SLL2)
		memcpy(p, type, 2);
	if (link == FOSR_LINK_NULL)
		p[0] = type[0] == 0x86 ? 10 : 2;
	memcpy(p + head[link], frame, len - 14);
	return len - 14 + head[link];
}

/* n frames behind each other, of all kinds; `harm`: damaged and cut, most of them. Returns the bytes used. */
static __u32 fill(__u32 n, bool harm)
{
	__u32 at = 0;

	for (__u32 i = 0; i < n; i++) {
		const struct frame_spec *s = &kinds[(size_t)random() % FOSR_ARRAY_SIZE(kinds)];
		__u8 link = random() % 3 ? FOSR_LINK_ETH : (__u8)(random() % 7);
		__u32 len = relink(was + at, put(was + at, s, random() % 3), link);

		for (long k = harm ? random() % 4 : 0; k > 0; k--)
			was[at + (__u32)random() % len] = (__u8)random();
		if (harm && random() % 4 == 0)
			len = (__u32)random() % len + 1;
		item[i] = (struct fosr_untaint_item){
			.off = at, .caplen = len, .link = link, .taint = (__u8)(random() % 2 ? 1 : random() % 8)};
		at += len + (__u32)random() % 20;
	}
	return at;
}

static int differences(__u32 n, __u32 used, __u64 found[16])
{
	int bad = 0;

	for (__u32 i = 0; i < n; i++) {
		bad += item[i].found != mine[i].found || item[i].gone != mine[i].gone;
		found[item[i].found & 15]++;
	}
	return bad + !!memcmp(buf, user, used);
}

static void test_same(const char *what, bool harm)
{
	struct fosr_err err = {0};
	__u64 found[16] = {0};
	int bad = 0, ret = 0;

	for (int round = 0; round < 20 && !ret; round++) {
		__u32 n = round ? (__u32)random() % FOSR_UNTAINT_ITEMS + 1 : FOSR_UNTAINT_ITEMS, used = fill(n, harm);

		memcpy(buf, was, SIZE);
		memcpy(user, was, SIZE);
		memcpy(mine, item, sizeof(mine));
		ret = fosr_strip_run(strip, 0, item, n, &err);
		for (__u32 i = 0; i < n; i++)
			if (item[i].pad)
				fosr_rewrite_strip(buf, &item[i], 1);
		fosr_rewrite_strip(user, mine, n);
		bad += differences(n, used, found);
	}
	ok(!ret && !bad, "%s: kernel and user space do the same (%s)", what, err.text);
	ok(found[0] && found[FOSR_UNTAINT_STRIPPED] && found[FOSR_UNTAINT_CLEARED] &&
			found[FOSR_UNTAINT_STRIPPED | FOSR_UNTAINT_CLEARED] && found[FOSR_UNTAINT_HELD],
		"%s: with and without tags and evil bits", what);
	if (harm)
		ok(found[FOSR_UNTAINT_CUT], "%s: some tags were cut", what);
}

/* A frame that runs over the end of the memory, and offsets that count from near there. */
static void test_over_the_end(void)
{
	struct fosr_untaint_item two[2] = {{.link = FOSR_LINK_ETH, .taint = FOSR_UNTAINT_OPTION},
		{.link = FOSR_LINK_ETH, .taint = FOSR_UNTAINT_OPTION}};
	const size_t base = SIZE - 30;
	struct fosr_err err = {0};
	__u8 plain[2048];
	__u32 len;

	two[0].caplen = put(buf + base, &kinds[0], true);
	two[1].off = 1000;
	two[1].caplen = put(buf + base + 1000, &kinds[0], true);
	len = put(plain, &kinds[0], false);
	ok(!fosr_strip_run(strip, base, two, 2, &err), "frames around the end: %s", err.text);
	ok(two[0].pad && !two[1].pad, "the first, whose window is not whole, is left to the caller");
	fosr_rewrite_strip(buf + base, &two[0], 1);
	ok(two[0].gone == FOSR_TAG_LEN4 && !memcmp(buf + base + two[0].gone, plain, len), "who does the same");
	ok(two[1].gone == FOSR_TAG_LEN4 && !memcmp(buf + base + 1000 + two[1].gone, plain, len),
		"the second is found at the beginning");
}

/* What is behind the list's end is not touched, whatever was there before. */
static void test_stale(void)
{
	struct fosr_untaint_item three[9] = {0};
	struct fosr_err err = {0};
	__u32 len = 0;

	for (int i = 0; i < 9; i++) {
		len = put(buf + 200 * i, &kinds[0], true);
		three[i] = (struct fosr_untaint_item){
			.off = 200 * (__u32)i, .caplen = len, .link = FOSR_LINK_ETH, .taint = FOSR_UNTAINT_OPTION};
	}
	fosr_strip_run(strip, 0, three, 9, &err);
	for (int i = 0; i < 9; i++)
		put(buf + 200 * i, &kinds[0], true);
	memcpy(user, buf, 2000);
	fosr_strip_run(strip, 0, three, 1, &err);
	ok(memcmp(buf, user, len) && !memcmp(buf + 200, user + 200, 1600), "one frame asked for, one frame changed");
}

int main(void)
{
	struct fosr_err err = {0};
	int ret;

	if (geteuid())
		skip_all("needs root: run sudo make check");
	ret = fosr_strip_open(&strip, SIZE, &err);
	if (ret == -EPERM)
		skip_all("BPF programs may not be loaded here");
	ok(!ret, "the verifier accepts strip_batch: %s", err.text);
	if (ret)
		return done();
	buf = mmap(NULL, 2 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < 2; i++)
		if (mmap(buf + i * SIZE, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fosr_strip_fd(strip),
			    0) == MAP_FAILED)
			skip_all("its memory cannot be mapped");
	srandom(4);
	test_same("whole frames", false);
	test_same("damaged and cut frames", true);
	test_over_the_end();
	test_stale();
	fosr_strip_close(strip);
	return done();
}
