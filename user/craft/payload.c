// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include <fosr/csum.h>

#include "base/mix.h"
#include "craft/grammar.h"

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

WIDE __u64 fosr_random_put(__u8 *p, __u32 len, __u64 seed)
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

static __u64 fill_random(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	return fosr_random_put(p, len, at->seed);
}

/* The sizes of the campaign, but nothing in them. */
static __u64 fill_none(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	memset(p, 0, len);
	return 0;
}

/* What the profile keeps, which craft.c sees to; this is for packets that it keeps none for. */
static __u64 fill_kept(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	return fill_random(at, p, len);
}

/* A payload of the service as far as there is a grammar for it. */
static __u64 fill_coherent(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	return fosr_dns_put(at, p, len) ? fosr_csum_add(0, p, len) : fill_random(at, p, len);
}

/* One row per payload: its name, and fill_NAME(). */
#define PAYLOADS(row) row(random) row(none) row(kept) row(coherent)

#define OPS(name_) {#name_, fill_##name_},
#define NAME(name_) #name_,

static const struct fosr_payload_ops payloads[] = {PAYLOADS(OPS)};
const char *const fosr_payload_name[] = {PAYLOADS(NAME) NULL};

const struct fosr_payload_ops *fosr_payload_find(const char *name)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(payloads); i++)
		if (!strcmp(payloads[i].name, name))
			return &payloads[i];
	return NULL;
}
