// SPDX-License-Identifier: GPL-3.0-or-later
/* DNS payloads of every size, read by libc's resolver, which shares nothing with what wrote them. */
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/grammar.h"
#include "tap.h"

#define MOST 1500
#define HEADER 12

struct message {
	__u8 bytes[MOST];
	__u32 len;
	ns_msg msg;
};

/* A datagram of `len` bytes of a flow to that service; before it, a query of `query` bytes was sent. */
static void make(struct message *m, const char *service, bool answer, __u32 len, __u32 query, __u64 flow_seed)
{
	struct fosr_flow f = {.l4 = IPPROTO_UDP};
	struct fosr_speech speech = {.flow = &f,
		.name = {"", ""},
		.seed = flow_seed,
		.answers = answer && query ? 0 : FOSR_SAID_NOTHING,
		.before = query,
		.len = len,
		.dir = answer ? FOSR_BWD : FOSR_FWD};
	/* At the end of a block of its own, for sanitizers. */
	__u8 *p = malloc(len);

	fosr_grammar_window(fosr_grammar_find(service, IPPROTO_UDP), &speech, 0, len, p);
	m->len = len;
	memcpy(m->bytes, p, len);
	free(p);
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
		make(&m, "dns", false, len, 0, len);
		good &= sound(&m);
		/* A name of two bytes there is none. */
		if (len >= HEADER + 5 && len != HEADER + 6)
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
			make(&q, "dns", false, queries[i], 0, 7);
			make(&a, "dns", true, len, queries[i], 7);
			good &= sound(&a);
			if (len < queries[i] + 12)
				continue;
			sound(&q);
			matches &= ns_msg_id(q.msg) == ns_msg_id(a.msg) && question(&q, asked) &&
				question(&a, answered) && !strcmp(asked, answered) && ns_msg_getflag(a.msg, ns_f_qr);
			filled &= ns_msg_count(a.msg, ns_s_an) + ns_msg_count(a.msg, ns_s_ns) +
					ns_msg_count(a.msg, ns_s_ar) >
				0;
		}
	ok(good, "answers of 12 to 1500 bytes to queries of seven sizes can be read");
	ok(matches, "an answer that has room for a record has the id and the question of its query");
	ok(filled, "and records");
}

static void test_others(void)
{
	struct message m;

	make(&m, "mdns", true, 100, 40, 1);
	ok(sound(&m) && !ns_msg_id(m.msg) && ns_msg_getflag(m.msg, ns_f_aa),
		"multicast DNS has no id, and its answers are authoritative");
	make(&m, "llmnr", false, 40, 0, 1);
	ok(sound(&m) && !ns_msg_getflag(m.msg, ns_f_rd), "LLMNR wants no recursion");
	make(&m, "dns", false, 40, 0, 1);
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
