// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/rng.h"
#include "tap.h"

/* Random123 1.14, tests/kat_vectors, the rows "philox4x32 10". */
static void test_vectors(void)
{
	static const struct {
		__u32 ctr[4], key[2], out[4];
	} rows[] = {
		{{0}, {0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff},
			{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
			{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		__u32 out[4];

		fosr_philox4x32(rows[i].ctr, rows[i].key, out);
		ok(!memcmp(out, rows[i].out, sizeof(out)), "Philox 4x32-10, known answer %zu: %08x %08x %08x %08x", i,
			out[0], out[1], out[2], out[3]);
	}
}

/* The stream is the blocks' words in order; a 64-bit word is two of them, the first on top. */
static void test_order(void)
{
	struct fosr_rng a = fosr_rng(0x1122334455667788ULL, 0x99aabbccddeeff00ULL, FOSR_STAGE_STEP, 7), b = a;
	const __u32 key[2] = {0x55667788, 0x11223344};
	__u32 out[12];
	int same = 1, wide = 1;

	for (__u32 block = 0; block < 3; block++) {
		const __u32 ctr[4] = {7, FOSR_STAGE_STEP << 24 | block, 0xddeeff00, 0x99aabbcc};

		fosr_philox4x32(ctr, key, out + 4 * block);
	}
	for (int i = 0; i < 12; i++)
		same &= fosr_rng_u32(&a) == out[i];
	for (int i = 0; i < 12; i += 2)
		wide &= fosr_rng_u64(&b) == ((__u64)out[i] << 32 | out[i + 1]);
	ok(same, "a stream is its blocks, word by word: key, flow, stage and index stand where they should");
	ok(wide, "64 bits are two words, the first on top");
}

static int by_value(const void *x, const void *y)
{
	__u64 a = *(const __u64 *)x, b = *(const __u64 *)y;

	return (a > b) - (a < b);
}

/* First words of many streams: all different, as 64-bit words are (a repeat in 10^5 has a chance of 3 in 10^10). */
static void test_streams(void)
{
	static const enum fosr_stage stage[] = {FOSR_STAGE_ARRIVALS, FOSR_STAGE_FLOW, FOSR_STAGE_BIND, FOSR_STAGE_STEP,
		FOSR_STAGE_CRAFT, FOSR_STAGE_REPORT};
	enum {
		FLOWS = 60,
		INDICES = 60,
		KEYS = 4,
		STAGES = FOSR_ARRAY_SIZE(stage),
		N = FLOWS * INDICES * KEYS * STAGES
	};
	static __u64 word[N];
	size_t n = 0;
	int all = 1;

	for (__u64 key = 0; key < KEYS; key++)
		for (__u64 flow = 0; flow < FLOWS; flow++)
			for (__u32 index = 0; index < INDICES; index++)
				for (size_t s = 0; s < STAGES; s++) {
					struct fosr_rng r =
						fosr_rng(key << 31, flow % 2 ? flow << 32 : flow, stage[s], index);

					word[n++] = fosr_rng_u64(&r);
				}
	qsort(word, N, sizeof(*word), by_value);
	for (size_t i = 1; i < N; i++)
		all &= word[i] != word[i - 1];
	ok(all, "%d streams of different (key, flow, stage, index) begin differently", N);
}

/* Chi-square of n equally likely cells: mean n - 1, variance 2 (n - 1). Six deviations are allowed; a fixed stream
 * cannot fail by chance. */
static void test_below(__u32 n, __u32 draws)
{
	struct fosr_rng r = fosr_rng(42, n, FOSR_STAGE_FLOW, 0);
	__u32 *count = calloc(n, sizeof(*count)), out = 0;
	double chi = 0, mean = (double)draws / n, excess;

	for (__u32 i = 0; i < draws; i++) {
		__u32 x = fosr_rng_below(&r, n);

		if (x < n)
			count[x]++;
		else
			out++;
	}
	ok(!out, "below(%u) stays below %u", n, n);
	for (__u32 i = 0; i < n; i++)
		chi += (count[i] - mean) * (count[i] - mean) / mean;
	excess = chi - (n - 1);
	ok(excess * excess <= 36 * 2.0 * (n - 1), "below(%u) is even: chi-square %.1f, %u expected", n, chi, n - 1);
	free(count);
}

static void test_ends(void)
{
	struct fosr_rng r = fosr_rng(1, 2, FOSR_STAGE_FLOW, 0);
	__u32 least = UINT32_MAX, most = 0;
	int zero = 1;

	for (int i = 0; i < 100000; i++) {
		__u32 x = fosr_rng_below(&r, UINT32_MAX);

		least = x < least ? x : least;
		most = x > most ? x : most;
		zero &= fosr_rng_below(&r, 1) == 0;
	}
	ok(zero, "below(1) is 0");
	ok(least < 1000000 && most > UINT32_MAX - 1000000 && most < UINT32_MAX, "below(2^32 - 1) reaches both ends");
}

int main(void)
{
	test_vectors();
	test_order();
	test_streams();
	test_below(2, 100000);
	test_below(3, 100000);
	test_below(10, 100000);
	test_below(1000, 1000000);
	test_below(65536, 2000000);
	test_ends();
	return done();
}
