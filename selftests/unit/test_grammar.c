// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Every grammar, for messages of all sizes, in all turns: it writes as many bytes as it was asked for, no byte outside
 * of a window, the same bytes again, and in two windows what it writes in one, as far as it is the grammar's (bulk
 * depends on where its packet begins).
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/grammar.h"
#include "tap.h"

#define TCP 1
#define UDP 2
#define BOTH (TCP | UDP)
#define SHORT 700
#define LONG 70000

#define ROW(service, l4, name) {service, l4, fosr_say_##name},

static const struct row {
	const char *service;
	int l4;
	fosr_grammar_fn *say;
} rows[] = {FOSR_GRAMMARS(ROW)};

static struct fosr_flow flow = {.start_ns = 1736154000ULL * FOSR_NS_PER_S, .end = {{.port = 40000}, {.port = 443}}};

static struct fosr_speech speech(__u64 seed, __u32 turn, __u8 dir, __u32 len)
{
	return (struct fosr_speech){.flow = &flow,
		.name = {"laptop.internal", "www.example.com"},
		.seed = seed,
		.time_ns = flow.start_ns,
		.turn = turn / 2,
		.answers = turn ? (turn - 1) / 2 : FOSR_SAID_NOTHING,
		.before = turn ? 60 + (__u32)(seed % 900) : 0,
		.first = {turn ? 20 + (__u32)(seed % 700) : 0, turn > 1 ? 20 + (__u32)(seed * 7 % 1300) : 0},
		.opening = {20 + (__u32)(seed % 50), seed % 3 ? 0 : 10 + (__u32)(seed % 400)},
		.len = len,
		.dir = dir};
}

/* The bytes at the end of a block of their own, for sanitizers; `before` was there, so that what is not written is
 * seen.
 */
static __u8 *window_over(const struct row *r, const struct fosr_speech *m, __u32 off, __u32 len, int before)
{
	__u8 *p = malloc(len ? len : 1);

	memset(p, before, len);

	fosr_grammar_window(r->say, m, off, len, p);
	return p;
}

static __u8 *window(const struct row *r, const struct fosr_speech *m, __u32 off, __u32 len)
{
	return window_over(r, m, off, len, 0);
}

/* What the pen has counted when the grammar is done. */
static __u32 written(const struct row *r, const struct fosr_speech *m)
{
	__u8 none;
	struct fosr_pen pen = {.out = &none, .len = m->len};

	r->say(m, &pen);
	return fosr_pen_at(&pen);
}

static bool sound(const struct row *r, const struct fosr_speech *m)
{
	__u8 *whole = window(r, m, 0, m->len), *again = window_over(r, m, 0, m->len, 0xa5);
	__u8 *first = window(r, m, 0, m->len / 2);
	bool good = !memcmp(whole, again, m->len) && written(r, m) <= m->len;

	/* A window at the start has the same bytes as the whole, which begins there as well. */
	good &= !m->len || !memcmp(whole, first, m->len / 2 < 8 ? m->len / 2 : 8);
	free(window(r, m, m->len / 2, m->len - m->len / 2));
	free(whole);
	free(again);
	free(first);
	return good;
}

static bool all_sizes(const struct row *r, __u8 l4)
{
	bool good = true;

	flow.l4 = l4;
	for (__u32 turn = 0; turn < 12; turn++)
		for (__u8 dir = 0; dir < 2; dir++) {
			for (__u32 len = 0; len < SHORT; len++) {
				struct fosr_speech m = speech(len * 31 + turn, turn, dir, len);

				good &= sound(r, &m);
			}
			for (__u32 len = SHORT; len < LONG && l4 == IPPROTO_TCP; len = len * 5 / 3 + 1) {
				struct fosr_speech m = speech(len, turn, dir, len);

				good &= sound(r, &m);
			}
		}
	return good;
}

int main(void)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		if (rows[i].l4 & TCP)
			ok(all_sizes(&rows[i], IPPROTO_TCP), "%s over TCP", rows[i].service);
		if (rows[i].l4 & UDP)
			ok(all_sizes(&rows[i], IPPROTO_UDP), "%s over UDP", rows[i].service);
	}
	ok(fosr_grammar_find("nonesuch", IPPROTO_TCP) == fosr_grammar_find("other-tcp", IPPROTO_TCP) &&
			!fosr_grammar_has("nonesuch", IPPROTO_TCP) && fosr_grammar_has("dns", IPPROTO_UDP),
		"a service without a grammar has that of the others");
	return done();
}
