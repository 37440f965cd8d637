/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ASN.1 in BER (X.690). Every element is written for a size that it shall take with tag and length: sizes are decided
 * from the outside in, and the innermost string takes what is left. Lengths are as short as they can be, but where the
 * shortest would leave a byte (130, 259 ...).
 */
#ifndef FOSR_GRAMMAR_BER_H
#define FOSR_GRAMMAR_BER_H

#include "grammar/pen.h"

enum {
	FOSR_BER_BOOLEAN = 0x01,
	FOSR_BER_INTEGER = 0x02,
	FOSR_BER_BITS = 0x03,
	FOSR_BER_STRING = 0x04,
	FOSR_BER_NULL = 0x05,
	FOSR_BER_OID = 0x06,
	FOSR_BER_ENUMERATED = 0x0a,
	FOSR_BER_TIME = 0x18,
	FOSR_BER_GENERAL = 0x1b,
	FOSR_BER_SEQUENCE = 0x30,
	FOSR_BER_SET = 0x31,
};

/* Tag and length of an element that takes `total` bytes; at least 2. */
static inline __u32 fosr_ber_header(__u32 total)
{
	return total <= 0x7f + 2 ? 2 : total <= 0xff + 3 ? 3 : total <= 0xffff + 4 ? 4 : total <= 0xffffff + 5 ? 5 : 6;
}

/* What an element of n bytes of content takes. */
static inline __u32 fosr_ber_size(__u32 n)
{
	return n + (n <= 0x7f ? 2 : n <= 0xff ? 3 : n <= 0xffff ? 4 : n <= 0xffffff ? 5 : 6);
}

/* The element's content, `total` bytes with tag and length; of no more than is left in p. */
struct fosr_pen fosr_ber_part(struct fosr_pen *p, __u32 tag, __u32 total);

/* The same with a length that is `extra` bytes longer than it need be (0 to 4), as BER allows. */
struct fosr_pen fosr_ber_wide(struct fosr_pen *p, __u32 tag, __u32 total, __u32 extra);

/* An integer in as few bytes as it needs, and what it takes. */
void fosr_ber_int(struct fosr_pen *p, __u32 tag, __u32 v);
__u32 fosr_ber_int_size(__u32 v);

void fosr_ber_bytes(struct fosr_pen *p, __u32 tag, const void *bytes, __u32 n);
void fosr_ber_text(struct fosr_pen *p, __u32 tag, const char *text);

#endif
