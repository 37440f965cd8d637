// SPDX-License-Identifier: GPL-3.0-or-later
#include "flow/community.h"

#include <string.h>

#include "base/digest.h"

static void base64(const __u8 *p, size_t len, char *out)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		__u32 left = (__u32)(len - i);
		__u32 word = (__u32)p[i] << 16 | (left > 1 ? (__u32)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);

		*out++ = digit[word >> 18];
		*out++ = digit[word >> 12 & 63];
		*out++ = left > 1 ? digit[word >> 6 & 63] : '=';
		*out++ = left > 2 ? digit[word & 63] : '=';
	}
	*out = 0;
}

/* The end with the smaller (address, port) comes first. */
static bool in_order(const struct fosr_flow *f, size_t addr_len)
{
	int c = memcmp(f->end[0].addr.b, f->end[1].addr.b, addr_len);

	return c < 0 || (c == 0 && f->end[0].port <= f->end[1].port);
}

char *fosr_community_id(const struct fosr_flow *f, char id[FOSR_COMMUNITY_ID])
{
	size_t addr_len = f->end[0].addr.family == 6 ? 16 : 4;
	__u8 text[2 + 2 * 16 + 2 + 4] = {0}, hash[FOSR_SHA1_LEN]; /* begins with the seed, 0 */
	int first = in_order(f, addr_len) ? 0 : 1;
	__u8 *p = text + 2;

	for (int i = 0; i < 2; i++, p += addr_len)
		memcpy(p, f->end[first ^ i].addr.b, addr_len);
	*p++ = f->l4;
	*p++ = 0;
	for (int i = 0; i < 2; i++) {
		*p++ = (__u8)(f->end[first ^ i].port >> 8);
		*p++ = (__u8)f->end[first ^ i].port;
	}
	fosr_sha1(text, (size_t)(p - text), hash);
	memcpy(id, "1:", 2);
	base64(hash, sizeof(hash), id + 2);
	return id;
}
