/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624), and the byte access the other headers share.
 *
 * A partial sum is a plain number: the sum of big-endian 16-bit words, folded or not, never complemented. A check is
 * the complement, in host order, as it is put into a header with fosr_put16(). Checks never come out as 0xffff except
 * where they went in so.
 */
#ifndef FOSR_CSUM_H
#define FOSR_CSUM_H

#include <linux/types.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

/* BPF loads whole words from packets at any alignment; user space goes through memcpy, which is as fast and defined. */
#ifdef __bpf__
#define FOSR_LOAD(type, p) (*(const type *)(p))
#define FOSR_STORE(type, p, v) (*(type *)(p) = (v))
#else
#define FOSR_LOAD(type, p) \
	({ \
		type load_; \
		__builtin_memcpy(&load_, (p), sizeof(load_)); \
		load_; \
	})
#define FOSR_STORE(type, p, v) \
	({ \
		type store_ = (v); \
		__builtin_memcpy((p), &store_, sizeof(store_)); \
	})
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FOSR_BE16(x) __builtin_bswap16(x)
#define FOSR_BE32(x) __builtin_bswap32(x)
#define FOSR_BE64(x) __builtin_bswap64(x)
#define FOSR_LE32(x) (x)
#else
#define FOSR_BE16(x) (x)
#define FOSR_BE32(x) (x)
#define FOSR_BE64(x) (x)
#define FOSR_LE32(x) __builtin_bswap32(x)
#endif

static __always_inline __u16 fosr_get16(const __u8 *p)
{
	return FOSR_BE16(FOSR_LOAD(__u16, p));
}

static __always_inline __u32 fosr_get32(const __u8 *p)
{
	return FOSR_BE32(FOSR_LOAD(__u32, p));
}

static __always_inline __u64 fosr_get64(const __u8 *p)
{
	return (__u64)fosr_get32(p) << 32 | fosr_get32(p + 4);
}

static __always_inline void fosr_put16(__u8 *p, __u16 v)
{
	FOSR_STORE(__u16, p, FOSR_BE16(v));
}

static __always_inline void fosr_put32(__u8 *p, __u32 v)
{
	FOSR_STORE(__u32, p, FOSR_BE32(v));
}

static __always_inline void fosr_put64(__u8 *p, __u64 v)
{
	fosr_put32(p, v >> 32);
	fosr_put32(p + 4, (__u32)v);
}

/* Any partial sum down to 16 bits; 0 only if it was 0. */
static __always_inline __u16 fosr_csum_fold(__u64 sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (__u16)sum;
}

/* The check to put into a header, from the partial sum of everything it covers (its own field counted as 0). */
static __always_inline __u16 fosr_csum_finish(__u64 sum)
{
	return (__u16)~fosr_csum_fold(sum);
}

/* UDP sends a computed 0 as 0xffff, because 0 says "no checksum" (RFC 768). */
static __always_inline __u16 fosr_csum_finish_udp(__u64 sum)
{
	__u16 check = fosr_csum_finish(sum);

	return check ? check : 0xffff;
}

/*
 * Adds len bytes at buf, any length and alignment, to a partial sum. An odd last byte counts as if a zero followed it
 * (RFC 1071), so of several pieces only the last may be odd. Not for BPF, where the length must be constant.
 */
static __always_inline __u64 fosr_csum_add(__u64 sum, const void *buf, __u64 len)
{
	const __u8 *p = buf;
	__u64 acc = 0; /* words in memory order: swapped once at the end instead of once per word (RFC 1071, 2(B)) */

#ifndef __bpf__
	/* Two sums side by side: neither waits for the other. */
	if (len >= 64) {
		typedef __u64 fosr_words __attribute__((vector_size(32)));
		fosr_words a = {0}, b = {0}, w[2];

		for (; len >= 64; len -= 64, p += 64) {
			__builtin_memcpy(w, p, sizeof(w));
			a += (w[0] & 0xffffffff) + (w[0] >> 32);
			b += (w[1] & 0xffffffff) + (w[1] >> 32);
		}
		a += b;
		acc = a[0] + a[1] + a[2] + a[3];
	}
#endif
	for (; len >= 8; len -= 8, p += 8) {
		__u64 w = FOSR_LOAD(__u64, p);

		acc += (w & 0xffffffff) + (w >> 32);
	}
	for (; len >= 2; len -= 2, p += 2)
		acc += FOSR_LOAD(__u16, p);
	sum += FOSR_BE16(fosr_csum_fold(acc));
	return len ? sum + (__u64)(*p << 8) : sum;
}

/* The partial sum of n 16-bit words, n a constant: for headers, in BPF as well. */
static __always_inline __u64 fosr_csum_words(__u64 sum, const __u8 *p, __u32 n)
{
	__u32 i;

#ifdef __bpf__
#pragma unroll
#endif
	for (i = 0; i < n; i++)
		sum += fosr_get16(p + 2 * i);
	return sum;
}

/* The pseudo-headers of TCP and UDP (RFC 9293 3.1, RFC 768, RFC 8200 8.1): addresses as on the wire, segment length. */
static __always_inline __u64 fosr_csum_pseudo4(const __u8 *src, const __u8 *dst, __u8 proto, __u32 len)
{
	return (__u64)proto + len + fosr_get32(src) + fosr_get32(dst);
}

static __always_inline __u64 fosr_csum_pseudo6(const __u8 *src, const __u8 *dst, __u8 proto, __u32 len)
{
	return fosr_csum_words(fosr_csum_words((__u64)proto + len, src, 8), dst, 8);
}

/*
 * The check after words summing to `gone` have been replaced by words summing to `come` (RFC 1624, equation 3).
 * 0xffff, which no sender computes over a header that is not all zero, stays 0xffff: so the update is invertible for
 * every check, right or wrong, and strip gives back what insert found.
 */
static __always_inline __u16 fosr_csum_update(__u16 check, __u64 gone, __u64 come)
{
	__u64 sum = (__u16)~check;

	if (check == 0xffff)
		return check;
	return fosr_csum_finish(sum + (__u16)~fosr_csum_fold(gone) + come);
}

#endif
