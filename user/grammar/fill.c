// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/fill.h"

#include <string.h>

#include <fosr/csum.h>

#include "base/mix.h"

#define STREAM 0x9e3779b97f4a7c15ULL

/* Four generators side by side; where vectors are narrower they are split up: the same integers either way. */
typedef __u64 lanes __attribute__((vector_size(32)));

/* Writes the four numbers, little endian on every machine; what they are as words of memory goes into the sum. */
static inline void put(__u8 *p, const lanes *numbers, lanes *sum)
{
	lanes x = *numbers;

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		for (int i = 0; i < 4; i++)
			x[i] = __builtin_bswap64(x[i]);
	memcpy(p, &x, sizeof(x));
	*sum += (x & 0xffffffff) + (x >> 32);
}

/* xorshift64 (Marsaglia 2003): shifts and exclusive-ors only, which every vector unit has. */
static inline void next(lanes *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
}

static inline void begin(lanes *x, __u64 seed, int first)
{
	for (int i = 0; i < 4; i++)
		(*x)[i] = fosr_mix64(seed + (__u64)(first + i + 1) * STREAM) | 1;
}

/* Compiled twice on x86-64, and chosen once when the program starts. */
#ifdef __x86_64__
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

/* Long payloads have two of them, which do not wait for each other. */
#define LONG 256

static WIDE __u64 random_put(__u8 *p, __u32 len, __u64 seed)
{
	lanes x = {0}, y = {0}, sum = {0}, other = {0};
	__u8 last[sizeof(lanes)];

	begin(&x, seed, 0);
	if (len >= LONG) {
		begin(&y, seed, 4);
		for (; len >= 2 * sizeof(x); len -= 2 * sizeof(x), p += 2 * sizeof(x)) {
			next(&x);
			next(&y);
			put(p, &x, &sum);
			put(p + sizeof(x), &y, &other);
		}
		sum += other;
	}
	for (; len >= sizeof(x); len -= sizeof(x), p += sizeof(x)) {
		next(&x);
		put(p, &x, &sum);
	}
	next(&x);
	put(last, &x, &other);
	memcpy(p, last, len);
	return fosr_csum_add(FOSR_BE16(fosr_csum_fold(sum[0] + sum[1] + sum[2] + sum[3])), last, len);
}

#define LOW_NIBBLES 0x0f0f0f0f0f0f0f0fULL
#define FROM_A 0x6161616161616161ULL

static inline void letters(__u8 *p, lanes *x)
{
	lanes l;

	next(x);
	l = (*x >> 4 & LOW_NIBBLES) + FROM_A;
	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		for (int i = 0; i < 4; i++)
			l[i] = __builtin_bswap64(l[i]);
	memcpy(p, &l, sizeof(l));
}

static WIDE void letters_put(__u8 *p, __u32 len, __u64 seed)
{
	__u8 last[sizeof(lanes)];
	lanes x = {0};

	begin(&x, seed, 0);
	for (; len >= sizeof(x); len -= sizeof(x), p += sizeof(x))
		letters(p, &x);
	letters(last, &x);
	memcpy(p, last, len);
}

/* What is compiled twice is of this file alone: clang 14 gives the choice another name than the function's. */
__u64 fosr_random_put(__u8 *p, __u32 len, __u64 seed)
{
	return random_put(p, len, seed);
}

void fosr_letters_put(__u8 *p, __u32 len, __u64 seed)
{
	letters_put(p, len, seed);
}
