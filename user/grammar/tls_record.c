// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Records (RFC 8446 5). Those of data are as long as the program at this end writes: full ones, pages, or what fits in
 * a packet; the last one takes the rest, and shares it with the one before it where it would be too short.
 */
#include "base/mix.h"
#include "grammar/tls.h"

#define DATA_LEAST (TLS_RECORD + 18) /* a byte, its type, and the tag */
#define TAG 17
#define WHOLE (TLS_RECORD + 16384 + TAG)

void fosr_tls_record_put(struct fosr_pen *p, __u32 type, __u32 version, __u32 n)
{
	fosr_pen_u8(p, type);
	fosr_pen_be16(p, version);
	fosr_pen_be16(p, n);
}

void fosr_tls_sealed_put(struct fosr_pen *p, __u32 type, __u32 n, __u64 seed)
{
	fosr_tls_record_put(p, type, TLS_12, n - TLS_RECORD);
	fosr_pen_random(p, n - TLS_RECORD, seed);
}

/* Records that nobody wants to see, in big steps. */
static __u32 skip_records(struct fosr_pen *p, __u32 n, __u32 each)
{
	for (__u32 step = 1 << 20; step; step >>= 4)
		while (n / each > step && step * (__u64)each <= UINT32_MAX / 2 && fosr_pen_unseen(p, step * each)) {
			fosr_pen_skip(p, step * each);
			n -= step * each;
		}
	return n;
}

static __u32 record_len(__u64 seed)
{
	static const __u16 lens[] = {
		WHOLE, WHOLE, WHOLE, 8192 + TAG + TLS_RECORD, 4096 + TAG + TLS_RECORD, 1369 + TAG + TLS_RECORD};

	return lens[(seed >> 32) % FOSR_ARRAY_SIZE(lens)];
}

static void one_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	fosr_tls_sealed_put(p, TLS_DATA, n, seed + n);
}

/* What is written in small pieces first (frames of HTTP/2, headers), as far as it is there. */
static __u32 small_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	for (__u32 pieces = seed & 3; pieces && n > 6 * DATA_LEAST; pieces--) {
		__u32 len = DATA_LEAST + 6 + (__u32)(fosr_mix64(seed + pieces) % fosr_min_u64(n / 3, 400));

		if (n - len < DATA_LEAST)
			break;
		one_put(p, len, seed);
		n -= len;
	}
	return n;
}

void fosr_tls_data_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 each = record_len(seed);

	n = small_put(p, n, seed);
	n = skip_records(p, n, each);
	while (n) {
		__u32 len = n <= each ? n : n - each < DATA_LEAST ? each - DATA_LEAST : each;

		if (n <= TLS_RECORD) {
			fosr_pen_zero(p, n);
			return;
		}
		if (fosr_pen_unseen(p, n)) {
			fosr_pen_skip(p, n);
			return;
		}
		one_put(p, len, seed);
		n -= len;
	}
}
