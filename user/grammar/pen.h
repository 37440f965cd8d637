/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes a message of which only a window is wanted: what falls outside is counted, not written. Grammars write whole
 * messages, from the first byte to the last, and never look at the window.
 *
 * fosr_pen_room() and fosr_pen_at() let a grammar reckon with what is left; writing beyond the message's end is cut.
 */
#ifndef FOSR_GRAMMAR_PEN_H
#define FOSR_GRAMMAR_PEN_H

#include <string.h>

#include "base/types.h"

struct fosr_pen {
	__u8 *out; /* where the window's bytes go */
	__u32 from, to; /* the window, in bytes of the message */
	__u32 at; /* the next byte's place in the message */
	__u32 len; /* of the message */
};

static inline __u32 fosr_pen_at(const struct fosr_pen *p)
{
	return p->at;
}

/* Bytes until the end of the message. */
static inline __u32 fosr_pen_room(const struct fosr_pen *p)
{
	return p->len - p->at;
}

/* The part of the next n bytes that is wanted: where it goes, from which of the n on (*skip) and how many. NULL: none.
 * The pen moves on by n, or to the end of the message. */
static inline __u8 *fosr_pen_take(struct fosr_pen *p, __u32 n, __u32 *skip, __u32 *count)
{
	__u32 begin = p->at, end, lo, hi;

	n = n < fosr_pen_room(p) ? n : fosr_pen_room(p);
	end = begin + n;
	p->at = end;
	lo = begin > p->from ? begin : p->from;
	hi = end < p->to ? end : p->to;
	if (lo >= hi)
		return NULL;
	*skip = lo - begin;
	*count = hi - lo;
	return p->out + (lo - p->from);
}

static inline void fosr_pen_bytes(struct fosr_pen *p, const void *bytes, __u32 n)
{
	__u32 skip, count;
	__u8 *to;

	/* Mostly all of it is wanted: of a constant length that is a store. */
	if (p->at >= p->from && p->at < p->to && n <= p->to - p->at) {
		memcpy(p->out + (p->at - p->from), bytes, n);
		p->at += n;
		return;
	}
	to = fosr_pen_take(p, n, &skip, &count);
	if (to)
		memcpy(to, (const __u8 *)bytes + skip, count);
}

static inline void fosr_pen_text(struct fosr_pen *p, const char *text)
{
	fosr_pen_bytes(p, text, (__u32)strlen(text));
}

static inline void fosr_pen_u8(struct fosr_pen *p, __u32 v)
{
	fosr_pen_bytes(p, &(__u8){(__u8)v}, 1);
}

/* Big endian, as protocols of the IETF are. */
static inline void fosr_pen_be16(struct fosr_pen *p, __u32 v)
{
	fosr_pen_bytes(p, (__u8[]){(__u8)(v >> 8), (__u8)v}, 2);
}

static inline void fosr_pen_be24(struct fosr_pen *p, __u32 v)
{
	fosr_pen_bytes(p, (__u8[]){(__u8)(v >> 16), (__u8)(v >> 8), (__u8)v}, 3);
}

static inline void fosr_pen_be32(struct fosr_pen *p, __u32 v)
{
	fosr_pen_be16(p, v >> 16);
	fosr_pen_be16(p, v & 0xffff);
}

static inline void fosr_pen_be64(struct fosr_pen *p, __u64 v)
{
	fosr_pen_be32(p, (__u32)(v >> 32));
	fosr_pen_be32(p, (__u32)v);
}

/* Little endian, as Microsoft's are. */
static inline void fosr_pen_le16(struct fosr_pen *p, __u32 v)
{
	fosr_pen_bytes(p, (__u8[]){(__u8)v, (__u8)(v >> 8)}, 2);
}

static inline void fosr_pen_le32(struct fosr_pen *p, __u32 v)
{
	fosr_pen_le16(p, v & 0xffff);
	fosr_pen_le16(p, v >> 16);
}

static inline void fosr_pen_le64(struct fosr_pen *p, __u64 v)
{
	fosr_pen_le32(p, (__u32)v);
	fosr_pen_le32(p, (__u32)(v >> 32));
}

void fosr_pen_zero(struct fosr_pen *p, __u32 n);

/*
 * The next n bytes as a message of their own, for what is carried in something (records, messages with a length before
 * them): p is behind them at once. fosr_pen_end() fills with zeroes what its writer left.
 */
static inline struct fosr_pen fosr_pen_part(struct fosr_pen *p, __u32 n)
{
	__u32 begin = p->at, lo, hi;
	struct fosr_pen part = {0};

	part.len = n < fosr_pen_room(p) ? n : fosr_pen_room(p);
	p->at += part.len;
	lo = begin > p->from ? begin : p->from;
	hi = p->at < p->to ? p->at : p->to;
	if (lo < hi) {
		part.out = p->out + (lo - p->from);
		part.from = lo - begin;
		part.to = hi - begin;
	}
	return part;
}

static inline void fosr_pen_end(struct fosr_pen *p)
{
	fosr_pen_zero(p, fosr_pen_room(p));
}

/* Nothing of the next n bytes is wanted: whatever costs much to write may be left out by fosr_pen_skip(). */
static inline bool fosr_pen_unseen(const struct fosr_pen *p, __u32 n)
{
	return p->at >= p->to || p->at + n <= p->from;
}

static inline void fosr_pen_skip(struct fosr_pen *p, __u32 n)
{
	p->at += n < fosr_pen_room(p) ? n : fosr_pen_room(p);
}

/* As printf; at most FOSR_PEN_LINE bytes, which is an error of the grammar that its test finds. */
#define FOSR_PEN_LINE 512
void FOSR_PRINTF(2, 3) fosr_pen_print(struct fosr_pen *p, const char *fmt, ...);

/*
 * What has no structure, fast: n random bytes (ciphertext, compressed data); n lower-case letters; n bytes of lines of
 * 72 letters that end in CR LF, the last one too (n = 1: one letter). The bytes depend on the seed and on where the
 * window begins, so they are the same whenever the same packet is made.
 */
void fosr_pen_random(struct fosr_pen *p, __u32 n, __u64 seed);
void fosr_pen_letters(struct fosr_pen *p, __u32 n, __u64 seed);
void fosr_pen_lines(struct fosr_pen *p, __u32 n, __u64 seed);

/*
 * Random bytes that do not depend on the window, for what is said twice (session ids, keys, names' letters): slower.
 */
void fosr_pen_secret(struct fosr_pen *p, __u32 n, __u64 seed);

/* The same for letters and digits. */
void fosr_pen_word(struct fosr_pen *p, __u32 n, __u64 seed);

#endif
