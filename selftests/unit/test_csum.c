// SPDX-License-Identifier: GPL-3.0-or-later
/* fosr/csum.h against a checksum written as RFC 1071 says it, word by word. */
#include <stdlib.h>
#include <string.h>

#include <fosr/csum.h>

#include "tap.h"
#include "unit/frame.h"

static void fill(__u8 *p, __u32 n)
{
	for (__u32 i = 0; i < n; i++)
		p[i] = (__u8)random();
}

static void every_length(void)
{
	__u8 buf[300];
	int bad = 0;

	for (__u32 at = 0; at < 8; at++)
		for (__u32 n = 0; n + at < sizeof(buf); n++) {
			fill(buf, sizeof(buf));
			bad += fosr_csum_finish(fosr_csum_add(0, buf + at, n)) != frame_checksum(buf + at, n);
		}
	ok(!bad, "every length up to 292 at every alignment: %d differ", bad);
}

static void long_and_full(void)
{
	static __u8 buf[65536];

	memset(buf, 0xff, sizeof(buf));
	ok(fosr_csum_fold(fosr_csum_add(0, buf, sizeof(buf))) == 0xffff, "64 KiB of ones: no carry is lost");
	ok(fosr_csum_fold(fosr_csum_add(0, buf, 0)) == 0, "nothing sums to 0");
	ok(fosr_csum_fold(~0ULL) == 0xffff, "the largest partial sum folds");
}

static void pieces(void)
{
	__u8 buf[101];
	int bad = 0;

	fill(buf, sizeof(buf));
	for (__u32 cut = 0; cut < sizeof(buf); cut += 2)
		bad += fosr_csum_finish(fosr_csum_add(fosr_csum_add(0, buf, cut), buf + cut, sizeof(buf) - cut)) !=
			frame_checksum(buf, sizeof(buf));
	ok(!bad, "even pieces add up to the whole");
}

/* RFC 1071, section 3: 00 01 f2 03 f4 f5 f6 f7 sum to ddf2. */
static void published(void)
{
	const __u8 rfc[8] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	ok(fosr_csum_fold(fosr_csum_add(0, rfc, 8)) == 0xddf2, "the example of RFC 1071");
	ok(fosr_csum_fold(fosr_csum_words(0, rfc, 4)) == 0xddf2, "the same, by words");
	/* RFC 1624, section 4: check dd2f, 5555 becomes 3285, result 0000. */
	ok(fosr_csum_update(0xdd2f, 0x5555, 0x3285) == 0x0000, "the example of RFC 1624");
}

static void update(void)
{
	__u8 h[20];
	int bad = 0, lost = 0;

	for (int i = 0; i < 20000; i++) {
		__u16 old, new = (__u16)random(), check;
		__u32 at = 2 * ((__u32)random() % 10);

		fill(h, sizeof(h));
		h[0] = 0x45;
		at += at == 10 || !at ? 2 : 0;
		frame_put16(h + 10, 0);
		frame_put16(h + 10, frame_checksum(h, 20));
		old = (__u16)frame_get16(h + at);
		check = fosr_csum_update((__u16)frame_get16(h + 10), old, new);
		frame_put16(h + at, new);
		frame_put16(h + 10, 0);
		bad += check != frame_checksum(h, 20);
	}
	for (unsigned int check = 0; check <= 0xffff; check++) {
		__u64 gone = (__u64)random() % 0x100000, come = (__u64)random() % 0x100000;

		lost += fosr_csum_update(fosr_csum_update((__u16)check, gone, come), come, gone) != check;
	}
	ok(!bad, "an update gives what computing it anew gives: %d differ", bad);
	ok(!lost, "every check, right or wrong, comes back when an update is undone: %d do not", lost);
}

static void udp(void)
{
	/* 10.0.0.1 -> 10.0.0.2, ports 1 and 2, no data. */
	__u8 src[16] = {10, 0, 0, 1}, dst[16] = {10, 0, 0, 2}, seg[8] = {0, 1, 0, 2, 0, 8, 0, 0}, whole[48] = {0};
	__u64 sum = fosr_csum_add(fosr_csum_pseudo4(src, dst, 17, 8), seg, 8);

	memcpy(whole, src, 4);
	memcpy(whole + 4, dst, 4);
	whole[9] = 17;
	whole[11] = 8;
	memcpy(whole + 12, seg, 8);
	ok(fosr_csum_finish_udp(sum) == frame_checksum(whole, 20), "UDP over IPv4");
	memset(whole, 0, sizeof(whole));
	src[15] = 7;
	memcpy(whole, src, 16);
	memcpy(whole + 16, dst, 16);
	whole[35] = 8;
	whole[39] = 17;
	memcpy(whole + 40, seg, 8);
	sum = fosr_csum_add(fosr_csum_pseudo6(src, dst, 17, 8), seg, 8);
	ok(fosr_csum_finish_udp(sum) == frame_checksum(whole, 48), "UDP over IPv6");
	ok(fosr_csum_finish(0xffff) == 0 && fosr_csum_finish_udp(0xffff) == 0xffff, "UDP sends 0 as 0xffff");
}

int main(void)
{
	srandom(1);
	published();
	every_length();
	long_and_full();
	pieces();
	update();
	udp();
	return done();
}
