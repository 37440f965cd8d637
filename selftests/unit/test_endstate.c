// SPDX-License-Identifier: GPL-3.0-or-later
#include <netinet/in.h>
#include <string.h>

#include "flow/endstate.h"
#include "flow/step.h"
#include "tap.h"

#define F FOSR_TCP_FIN
#define S FOSR_TCP_SYN
#define R FOSR_TCP_RST
#define P FOSR_TCP_PSH
#define A FOSR_TCP_ACK
#define WALKS 20000

static __u64 seed = 88172645463325252ULL;

static __u32 draw(__u32 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (__u32)(seed >> 33) % n;
}

/* A conversation in words: "S" from the opener, "<SA" from the responder. */
static enum fosr_end_state read_flow(const char *words)
{
	struct fosr_track t = {.l4 = IPPROTO_TCP};
	char text[128], *save = NULL;

	snprintf(text, sizeof(text), "%s", words);
	for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		__u8 dir = *w == '<', flags = 0;

		for (w += dir; *w; w++)
			flags |= *w == 'S' ? S : *w == 'A' ? A : *w == 'F' ? F : *w == 'R' ? R : *w == 'P' ? P : 0;
		fosr_track_feed(&t, dir, flags);
	}
	return fosr_track_state(&t);
}

static void test_reading(void)
{
	static const struct {
		const char *words;
		enum fosr_end_state state;
	} rows[] = {
		{"S <SA A PA <PA FA <FA A", FOSR_SF},
		{"S <SA A FA <FA R", FOSR_SF},
		{"S", FOSR_S0},
		{"S S S", FOSR_S0},
		{"S <RA", FOSR_REJ},
		{"S <RA S <RA", FOSR_REJ},
		{"S <SA A PA <A", FOSR_S1},
		{"S <SA A FA <A", FOSR_S2},
		{"S <SA A <FA A", FOSR_S3},
		{"S <SA R", FOSR_RSTO},
		{"S <SA A FA RA", FOSR_RSTO},
		{"S <SA A <FA PA <R", FOSR_RSTR},
		{"S <SA A R <R", FOSR_RSTO},
		{"S R", FOSR_RSTOS0},
		{"<SA <R", FOSR_RSTRH},
		{"S FA", FOSR_SH},
		{"<SA <FA", FOSR_SHR},
		{"A <PA", FOSR_OTH},
		{"PA FA <FA", FOSR_OTH},
		{"S PA", FOSR_OTH},
		{"", FOSR_OTH},
	};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		enum fosr_end_state got = read_flow(rows[i].words);

		ok(got == rows[i].state, "\"%s\" reads as %s (%s)", rows[i].words, fosr_end_state_name[rows[i].state],
			fosr_end_state_name[got]);
	}
}

static void test_one_rule(void)
{
	/* Each set of events: take it as the whole story, and see that the answer does not depend on table order. */
	int seen[FOSR_END_STATES] = {0}, all = 1;

	for (int ev = 0; ev < 256; ev++) {
		struct fosr_track t = {.l4 = IPPROTO_TCP, .events = (__u8)ev};

		seen[fosr_track_state(&t)]++;
	}
	for (int s = 0; s < FOSR_END_STATES; s++)
		all &= seen[s] > 0;
	ok(all, "every state is reached by some set of events");
}

struct walk {
	struct fosr_track t;
	enum fosr_end_state goal;
	__u32 left[2];
	__u8 fin[2], ack, synack;
};

static int any_allowed(const struct walk *w, __u8 *dir, __u8 *flags, __u32 *len)
{
	for (int tries = 0; tries < 40; tries++) {
		*dir = (__u8)draw(2);
		*flags = w->t.l4 == IPPROTO_TCP ? (__u8)draw(64) : 0;
		*len = draw(3) ? 0 : draw(1460);
		if (fosr_track_allows(&w->t, w->goal, *dir, *flags, *len, w->left[*dir]))
			return 1;
	}
	return 0;
}

/* What holds for each packet of any generated TCP flow, said independently of the rule table. */
static const char *nonsense(const struct walk *w, __u8 dir, __u8 flags, __u32 len)
{
	if (!flags || flags > FOSR_TCP_FLAGS)
		return "flags 0 or unknown";
	if (flags & (S | R) && len)
		return "SYN or RST with payload";
	if (flags & S && (dir == FOSR_BWD) != !!(flags & A))
		return "SYN by the responder or SYN-ACK by the opener";
	if (!(flags & (S | R | A)))
		return "no ACK";
	if (w->fin[dir] && !(flags & R) && (flags != A || len))
		return "more than an ACK after FIN";
	if (flags & S && w->ack)
		return "handshake repeated after it was over";
	if (dir == FOSR_BWD && w->synack && !w->ack && !(flags & S) && w->goal != FOSR_RSTRH && w->goal != FOSR_SHR)
		return "responder goes on before the opener's ACK";
	if (dir == FOSR_FWD && w->synack && flags & S)
		return "SYN after SYN-ACK";
	return NULL;
}

static void take(struct walk *w, __u8 dir, __u8 flags)
{
	fosr_track_feed(&w->t, dir, flags);
	w->left[dir]--;
	w->fin[dir] |= !!(flags & F);
	w->synack |= dir == FOSR_BWD && flags & S;
	w->ack |= dir == FOSR_FWD && w->synack && !(flags & S);
}

/* One flow: random choices for a while, then the default to the end. NULL, or what went wrong. */
static const char *play(struct walk *w, __u32 free_steps)
{
	const char *bad;
	__u8 dir, flags;
	__u32 len;

	for (; w->left[0] + w->left[1]; free_steps -= !!free_steps) {
		len = 0;
		if (!free_steps || !any_allowed(w, &dir, &flags, &len)) {
			len = 0;
			fosr_track_default(&w->t, w->goal, w->left, &dir, &flags);
			if (!fosr_track_allows(&w->t, w->goal, dir, flags, 0, w->left[dir]))
				return "the default packet is not allowed";
		}
		bad = w->t.l4 == IPPROTO_TCP ? nonsense(w, dir, flags, len) : NULL;
		if (bad)
			return bad;
		take(w, dir, flags);
	}
	return fosr_track_state(&w->t) == w->goal ? NULL : "the end state is not the goal";
}

static void test_goal(enum fosr_end_state goal, __u8 l4)
{
	const char *bad = NULL;
	__u32 least[2], i;
	struct walk w;
	bool may_bwd;

	fosr_end_state_least(goal, l4, least, &may_bwd);
	for (i = 0; i < WALKS && !bad; i++) {
		/* Small counts exhaustively at first, then any. */
		__u32 more[2] = {i < 256 ? i % 16 : draw(40), i < 256 ? i / 16 : draw(40)};

		memset(&w, 0, sizeof(w));
		w.t.l4 = l4;
		w.goal = goal;
		w.left[0] = least[0] + more[0];
		w.left[1] = may_bwd ? least[1] + more[1] : 0;
		bad = play(&w, i % 3 ? draw(80) : 0);
	}
	ok(!bad, "%s flows of %s end as asked%s%s", l4 == IPPROTO_TCP ? "TCP" : "UDP", fosr_end_state_name[goal],
		bad ? ": " : "", bad ? bad : "");
}

static void test_refusals(void)
{
	struct fosr_track t = {.l4 = IPPROTO_TCP};

	ok(!fosr_track_allows(&t, FOSR_SF, FOSR_FWD, A, 0, 9), "SF begins with SYN");
	ok(!fosr_track_allows(&t, FOSR_OTH, FOSR_FWD, S, 0, 9), "OTH has no SYN");
	ok(!fosr_track_allows(&t, FOSR_OTH, FOSR_BWD, A, 0, 9), "the first packet is the opener's");
	fosr_track_feed(&t, FOSR_FWD, S);
	ok(fosr_track_allows(&t, FOSR_SF, FOSR_FWD, S, 0, 9), "SYN repeated");
	ok(!fosr_track_allows(&t, FOSR_SF, FOSR_FWD, S, 0, 1), "not with the last packet, which has to be the FIN");
	ok(!fosr_track_allows(&t, FOSR_SF, FOSR_BWD, R | A, 0, 9), "SF is not reset");
	ok(fosr_track_allows(&t, FOSR_REJ, FOSR_BWD, R | A, 0, 9), "REJ is");
	ok(!fosr_track_allows(&t, FOSR_S0, FOSR_BWD, S | A, 0, 9), "S0 has no answer");
	fosr_track_feed(&t, FOSR_BWD, S | A);
	ok(!fosr_track_allows(&t, FOSR_SF, FOSR_FWD, S, 0, 9), "no SYN after SYN-ACK");
	ok(!fosr_track_allows(&t, FOSR_SF, FOSR_BWD, P | A, 5, 9), "no data from the responder before the ACK");
	ok(!fosr_track_allows(&t, FOSR_SF, FOSR_FWD, A, 0, 1), "only FIN when one is left");
	ok(fosr_track_allows(&t, FOSR_SF, FOSR_FWD, F | P | A, 100, 1), "which may ride on data");
	fosr_track_feed(&t, FOSR_FWD, F | A);
	ok(!fosr_track_allows(&t, FOSR_SF, FOSR_FWD, P | A, 5, 9), "no data after the own FIN");
	ok(fosr_track_allows(&t, FOSR_SF, FOSR_BWD, P | A, 5, 9), "data from the other end");
	ok(!fosr_track_allows(&t, FOSR_SF, FOSR_BWD, A, 0, 0), "nothing when nothing is left");
}

int main(void)
{
	test_reading();
	test_one_rule();
	test_refusals();
	for (int goal = 0; goal < FOSR_END_STATES; goal++)
		test_goal(goal, IPPROTO_TCP);
	test_goal(FOSR_SF, IPPROTO_UDP);
	test_goal(FOSR_S0, IPPROTO_UDP);
	ok(!fosr_end_state_fits(FOSR_RSTO, IPPROTO_UDP) && fosr_end_state_fits(FOSR_S0, IPPROTO_UDP) &&
			fosr_end_state_fits(FOSR_RSTO, IPPROTO_TCP),
		"UDP knows SF and S0 only");
	return done();
}
