// SPDX-License-Identifier: GPL-3.0-or-later
/* DNS payloads of every size, read by libc's resolver, which shares nothing with what wrote them. */
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "craft/grammar.h"
#include "tap.h"

#define MOST 1500
#define HEADER 12

struct message {
	__u8 bytes[MOST];
	__u32 len;
	ns_msg msg;
};

/* A packet of a flow to that port, `len` bytes of payload; before it, a query of `query` bytes was sent. */
static bool make(struct message *m, __u16 port, bool answer, __u32 len, __u32 query, __u64 flow_seed)
{
	struct fosr_flow f = {.l4 = IPPROTO_UDP, .end[1].port = port};
	struct fosr_step s = {.len = (__u16)len, .dir = answer ? FOSR_BWD : FOSR_FWD};
	struct fosr_numbers n = {.ack = answer ? query << 16 | 1 : 0};
	/* At the end of a block of its own, for sanitizers. */
	__u8 *p = malloc(len);
	bool made = fosr_dns_put(
		&(struct fosr_payload_at){.flow = &f, .step = &s, .numbers = &n, .flow_seed = flow_seed}, p, len);

	m->len = len;
	memcpy(m->bytes, p, len);
	free(p);
	return made;
}

/* All sections can be read; what is behind them is zero, and shorter than any record. */
static bool sound(struct message *m)
{
	static const ns_sect sections[] = {ns_s_qd, ns_s_an, ns_s_ns, ns_s_ar};
	const __u8 *end = m->bytes + HEADER;

	/* ns_initparse() takes no trailing bytes: where the records end is found by trying. */
	for (__u32 cut = 0; cut < 12 && m->len - cut >= HEADER; cut++) {
		if (cut && m->bytes[m->len - cut])
			return false;
		if (ns_initparse(m->bytes, (int)(m->len - cut), &m->msg))
			continue;
		for (size_t i = 0; i < FOSR_ARRAY_SIZE(sections); i++)
			for (int k = 0; k < ns_msg_count(m->msg, sections[i]); k++) {
				ns_rr rr;

				if (ns_parserr(&m->msg, sections[i], k, &rr))
					return false;
			}
		return end <= m->bytes + m->len;
	}
	return false;
}

static bool question(struct message *m, char name[NS_MAXDNAME])
{
	ns_rr rr;

	if (ns_msg_count(m->msg, ns_s_qd) != 1 || ns_parserr(&m->msg, ns_s_qd, 0, &rr))
		return false;
	snprintf(name, NS_MAXDNAME, "%s", ns_rr_name(rr));
	return true;
}

static void test_queries(void)
{
	bool good = true, asks = true;
	struct message m;
	char name[NS_MAXDNAME];

	for (__u32 len = HEADER; len < 600; len++) {
		good &= make(&m, 53, false, len, 0, len) && sound(&m);
		/* A name of two bytes there is none. */
		if (len >= HEADER + 5 && len != HEADER + 6 && len <= 271)
			asks &= question(&m, name) && ns_msg_getflag(m.msg, ns_f_qr) == 0;
	}
	ok(good, "queries of 12 to 600 bytes can be read");
	ok(asks, "and those of 17 bytes and more ask one question");
}

static void test_answers(void)
{
	static const __u32 queries[] = {17, 28, 33, 44, 60, 100, 271};
	bool good = true, matches = true, filled = true;
	struct message q, a;
	char asked[NS_MAXDNAME], answered[NS_MAXDNAME];

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(queries); i++)
		for (__u32 len = HEADER; len < MOST; len++) {
			make(&q, 53, false, queries[i], 0, 7);
			good &= make(&a, 53, true, len, queries[i], 7) && sound(&a);
			if (len < queries[i])
				continue;
			sound(&q);
			matches &= ns_msg_id(q.msg) == ns_msg_id(a.msg) && question(&q, asked) &&
				question(&a, answered) && !strcmp(asked, answered) && ns_msg_getflag(a.msg, ns_f_qr);
			filled &= len < queries[i] + 12 ||
				(ns_msg_count(a.msg, ns_s_an) > 0 && ns_msg_getflag(a.msg, ns_f_rcode) == 0);
		}
	ok(good, "answers of 12 to 1500 bytes to queries of seven sizes can be read");
	ok(matches, "an answer that has room for it has the id and the question of its query");
	ok(filled, "and records, if it is longer by one");
}

static void test_others(void)
{
	struct message m;

	ok(!make(&m, 80, false, 100, 0, 1), "a packet to another port is no query");
	ok(!make(&m, 53, false, HEADER - 1, 0, 1), "nor is one that has no room for a header");
	ok(make(&m, 5353, true, 100, 40, 1) && sound(&m) && !ns_msg_id(m.msg) && ns_msg_getflag(m.msg, ns_f_aa),
		"multicast DNS has no id, and its answers are authoritative");
	ok(make(&m, 5355, false, 40, 0, 1) && sound(&m) && !ns_msg_getflag(m.msg, ns_f_rd), "LLMNR wants no recursion");
	make(&m, 53, false, 40, 0, 1);
	m.bytes[4] = 1;
	ok(!sound(&m), "a count that is wrong is seen");
}

int main(void)
{
	test_queries();
	test_answers();
	test_others();
	return done();
}
