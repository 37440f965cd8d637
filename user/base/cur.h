/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A cursor over hostile bytes. Every read is checked; the first one that would leave the buffer sets `bad`, after which
 * all reads give 0 and the position stays at the end, so that loops end. Nothing is ever cast onto the buffer.
 */
#ifndef FOSR_BASE_CUR_H
#define FOSR_BASE_CUR_H

#include <string.h>

#include "base/types.h"

struct fosr_cur {
	const __u8 *base; /* borrowed: the caller keeps the buffer alive */
	size_t len;
	size_t pos;
	bool bad;
};

static inline struct fosr_cur fosr_cur(const void *base, size_t len)
{
	return (struct fosr_cur){.base = base, .len = len};
}

static inline size_t fosr_cur_left(const struct fosr_cur *c)
{
	return c->len - c->pos;
}

/* n bytes at the cursor, or NULL (and `bad`) when fewer are left. */
static inline const __u8 *fosr_cur_take(struct fosr_cur *c, size_t n)
{
	const __u8 *p = c->base + c->pos;

	if (c->bad || n > c->len - c->pos) {
		c->bad = true;
		c->pos = c->len;
		return NULL;
	}
	c->pos += n;
	return p;
}

static inline void fosr_cur_skip(struct fosr_cur *c, size_t n)
{
	(void)fosr_cur_take(c, n);
}

static inline __u8 fosr_cur_u8(struct fosr_cur *c)
{
	const __u8 *p = fosr_cur_take(c, 1);

	return p ? *p : 0;
}

static inline __u16 fosr_cur_be16(struct fosr_cur *c)
{
	const __u8 *p = fosr_cur_take(c, 2);

	return p ? (__u16)(p[0] << 8 | p[1]) : 0;
}

static inline __u32 fosr_cur_be32(struct fosr_cur *c)
{
	const __u8 *p = fosr_cur_take(c, 4);

	return p ? (__u32)p[0] << 24 | (__u32)p[1] << 16 | (__u32)p[2] << 8 | p[3] : 0;
}

static inline __u64 fosr_cur_be64(struct fosr_cur *c)
{
	__u64 high = fosr_cur_be32(c);

	return high << 32 | fosr_cur_be32(c);
}

static inline __u16 fosr_cur_le16(struct fosr_cur *c)
{
	const __u8 *p = fosr_cur_take(c, 2);

	return p ? (__u16)(p[1] << 8 | p[0]) : 0;
}

static inline __u32 fosr_cur_le32(struct fosr_cur *c)
{
	const __u8 *p = fosr_cur_take(c, 4);

	return p ? (__u32)p[3] << 24 | (__u32)p[2] << 16 | (__u32)p[1] << 8 | p[0] : 0;
}

static inline __u64 fosr_cur_le64(struct fosr_cur *c)
{
	__u64 lo = fosr_cur_le32(c);

	return lo | (__u64)fosr_cur_le32(c) << 32;
}

#endif
