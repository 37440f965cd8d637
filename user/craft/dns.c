// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A query's size decides how long its name is; an answer knows the size of the query that it answers, makes the same
 * name again, and has as many records as fill its own size.
 */
#include <linux/in.h>
#include <string.h>

#include <fosr/csum.h>

#include "base/mix.h"
#include "craft/grammar.h"

#define PORT_DNS 53
#define PORT_MDNS 5353
#define PORT_LLMNR 5355

#define HEADER 12
#define QUESTION 4 /* type and class, behind the name */
#define NAME_MAX 255
#define RECORD 12 /* a pointer to the name, type, class, time to live, length */
#define ROOT_RECORD 11 /* the same with the name of the root */
#define ADDRESSES_MAX 4

enum { TYPE_A = 1, TYPE_NULL = 10, TYPE_TXT = 16, TYPE_AAAA = 28, CLASS_IN = 1 };

#define FLAGS_QUERY 0x0100 /* recursion desired */
#define FLAGS_ANSWER 0x8180 /* recursion available */
#define FLAGS_MDNS_ANSWER 0x8400 /* authoritative */
#define NAME_ERROR 3

static char letter(__u64 x)
{
	return "abcdefghijklmnopqrstuvwxyz0123456789"[x % 36];
}

/* A name of n bytes with its length bytes and the root's, n > 1: labels of up to a dozen letters, none of them empty.
 */
static void name_put(__u8 *p, __u32 n, __u64 seed)
{
	__u32 left = n - 1;

	for (__u32 i = 0; left; i++) {
		__u64 x = fosr_mix64(seed + i);
		__u32 len = 2 + (__u32)(x % 11);

		/* The last label takes what is left, and never leaves a single byte behind. */
		if (len + 3 > left - 1)
			len = left - 1;
		*p++ = (__u8)len;
		for (__u32 k = 0; k < len; k++)
			*p++ = (__u8)letter(fosr_mix64(x + k));
		left -= len + 1;
	}
	*p = 0;
}

/* The question that a query of `len` bytes asks; its own bytes, 0 when there is no room for one. */
static __u32 question_put(__u8 *p, __u32 len, __u64 seed)
{
	__u32 name = len < HEADER + QUESTION ? 0 : (__u32)fosr_min_u64(len - HEADER - QUESTION, NAME_MAX);

	if (name < 1 || name == 2)
		return 0;
	if (name == 1)
		*p = 0;
	else
		name_put(p, name, seed);
	fosr_put16(p + name, seed >> 60 & 1 ? TYPE_AAAA : TYPE_A);
	fosr_put16(p + name + 2, CLASS_IN);
	return name + QUESTION;
}

static __u8 *record_put(__u8 *p, __u16 type, __u32 ttl, __u32 len)
{
	fosr_put16(p, 0xc000 | HEADER);
	fosr_put16(p + 2, type);
	fosr_put16(p + 4, CLASS_IN);
	fosr_put32(p + 6, ttl);
	fosr_put16(p + 10, (__u16)len);
	return p + RECORD;
}

/* Strings of up to 255 letters that fill n > 0 bytes. */
static void text_put(__u8 *p, __u32 n, __u64 seed)
{
	while (n) {
		__u32 len = (__u32)fosr_min_u64(n - 1, 255);

		*p++ = (__u8)len;
		for (__u32 i = 0; i < len; i++)
			*p++ = (__u8)letter(fosr_mix64(seed + i + n));
		n -= len + 1;
	}
}

/* Addresses while there is room for them, then a text that takes the rest. Returns the number of records. */
static __u16 answers_put(__u8 *p, __u32 left, __u64 seed)
{
	__u16 n = 0;

	while (n < ADDRESSES_MAX && (left == RECORD + 4 || left >= RECORD + 4 + RECORD + 1)) {
		__u64 x = fosr_mix64(seed + n);

		p = record_put(p, TYPE_A, 300, 4);
		fosr_put32(p, 0xcb007100 | (__u8)x); /* 203.0.113.0/24, RFC 5737 */
		p += 4;
		left -= RECORD + 4;
		n++;
	}
	if (left > RECORD) {
		text_put(record_put(p, TYPE_TXT, 300, left - RECORD), left - RECORD, seed);
		return n + 1;
	}
	if (left == RECORD) {
		record_put(p, TYPE_NULL, 300, 0);
		return n + 1;
	}
	memset(p, 0, left); /* no record is so short */
	return n;
}

/* What no question and no answer takes: a text of the root, among the additional records. Returns how many, 0 or 1. */
static __u16 rest_put(__u8 *p, __u32 left, __u64 seed)
{
	if (left < ROOT_RECORD + 1) {
		memset(p, 0, left); /* no record is so short */
		return 0;
	}
	memset(p, 0, ROOT_RECORD);
	fosr_put16(p + 1, TYPE_TXT);
	fosr_put16(p + 3, CLASS_IN);
	fosr_put16(p + 9, (__u16)(left - ROOT_RECORD));
	text_put(p + ROOT_RECORD, left - ROOT_RECORD, seed);
	return 1;
}

static void query_put(const struct fosr_payload_at *at, __u8 *p, __u32 len, __u64 seed)
{
	__u32 asked = question_put(p + HEADER, len, seed);

	fosr_put16(p + 4, !!asked);
	fosr_put16(p + 10, rest_put(p + HEADER + asked, len - HEADER - asked, seed));
}

static void answer_put(const struct fosr_payload_at *at, __u8 *p, __u32 len, __u64 seed)
{
	__u32 query = at->numbers->ack >> 16;
	__u32 asked = query <= len ? question_put(p + HEADER, query, seed) : 0;
	__u32 left = len - HEADER - asked;
	__u16 n = asked ? answers_put(p + HEADER + asked, left, seed) : 0;

	if (!asked)
		fosr_put16(p + 10, rest_put(p + HEADER, left, seed));
	fosr_put16(p + 2, fosr_get16(p + 2) | (n ? 0 : NAME_ERROR));
	fosr_put16(p + 4, !!asked);
	fosr_put16(p + 6, n);
}

bool fosr_dns_put(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	__u16 port = at->flow->end[FOSR_BWD].port;
	bool answer = at->step->dir == FOSR_BWD, multicast = port == PORT_MDNS;
	__u32 number = answer ? (at->numbers->ack & 0xffff) - 1 : at->numbers->seq;
	__u64 seed = fosr_mix64(at->flow_seed + number);

	if (at->flow->l4 != IPPROTO_UDP || len < HEADER ||
		(port != PORT_DNS && port != PORT_MDNS && port != PORT_LLMNR))
		return false;
	memset(p, 0, HEADER);
	fosr_put16(p, multicast ? 0 : (__u16)seed);
	fosr_put16(p + 2,
		answer			   ? multicast		       ? FLAGS_MDNS_ANSWER
						    : port == PORT_DNS ? FLAGS_ANSWER
								       : 0x8000
			: port == PORT_DNS ? FLAGS_QUERY
					   : 0);
	if (answer)
		answer_put(at, p, len, seed);
	else
		query_put(at, p, len, seed);
	return true;
}
