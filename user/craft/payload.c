// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/mix.h"
#include "craft/craft.h"

#define LANES 4

static __u64 little_endian(__u64 x)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? x : __builtin_bswap64(x);
}

/*
 * Four xorshift64 generators (Marsaglia 2003) side by side: shifts and exclusive-ors only, which every vector unit does
 * on four or eight lanes at once.
 */
static void fill_random(__u8 *p, __u32 len, __u64 seed)
{
	__u64 lane[LANES], out[LANES];

	for (int i = 0; i < LANES; i++)
		lane[i] = fosr_mix64(seed + (__u64)(i + 1) * 0x9e3779b97f4a7c15ULL) | 1;
	for (__u32 at = 0; at < len; at += sizeof(out)) {
		__u32 n = len - at < sizeof(out) ? len - at : (__u32)sizeof(out);

		for (int i = 0; i < LANES; i++) {
			lane[i] ^= lane[i] << 13;
			lane[i] ^= lane[i] >> 7;
			lane[i] ^= lane[i] << 17;
			out[i] = little_endian(lane[i]);
		}
		if (n == sizeof(out))
			memcpy(p + at, out, sizeof(out));
		else
			memcpy(p + at, out, n);
	}
}

/* The sizes of the campaign, but nothing in them. */
static void fill_none(__u8 *p, __u32 len, __u64 seed)
{
	memset(p, 0, len);
}

/* One row per payload: its name, and fill_NAME(). */
#define PAYLOADS(row) row(random) row(none)

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
