// SPDX-License-Identifier: GPL-3.0-or-later
#include "flow/endstate.h"

#include <netinet/in.h>

#include "flow/step.h"

#define SYN FOSR_EV_SYN
#define SYNACK FOSR_EV_SYNACK
#define FIN_F FOSR_EV_FIN_FWD
#define FIN_B FOSR_EV_FIN_BWD
#define RST_F FOSR_EV_RST_FWD
#define RST_B FOSR_EV_RST_BWD
#define OTHER_F FOSR_EV_OTHER_FWD
#define OTHER_B FOSR_EV_OTHER_BWD
#define OPENED (SYN | SYNACK)
#define FINS (FIN_F | FIN_B)
#define RSTS (RST_F | RST_B)
#define OTHERS (OTHER_F | OTHER_B)
#define BEGUN (FINS | RSTS | OTHERS) /* any packet that is not of the opening handshake */

const char *const fosr_end_state_name[FOSR_END_STATES] = {
	"SF", "S0", "REJ", "S1", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"};

/* No two rules hold for the same set of events. */
static const struct rule {
	__u8 require;
	__u8 forbid;
} rules[FOSR_END_STATES] = {
	[FOSR_SF] = {OPENED | FINS, RSTS},
	[FOSR_S0] = {SYN, SYNACK | BEGUN},
	[FOSR_REJ] = {SYN | RST_B, SYNACK | FINS | RST_F | OTHERS},
	[FOSR_S1] = {OPENED, FINS | RSTS},
	[FOSR_S2] = {OPENED | FIN_F, FIN_B | RSTS},
	[FOSR_S3] = {OPENED | FIN_B, FIN_F | RSTS},
	[FOSR_RSTO] = {OPENED | RST_F, RST_B},
	[FOSR_RSTR] = {OPENED | RST_B, RST_F},
	[FOSR_RSTOS0] = {SYN | RST_F, SYNACK | FINS | RST_B | OTHER_B},
	[FOSR_RSTRH] = {SYNACK | RST_B, SYN | FINS | RST_F},
	[FOSR_SH] = {SYN | FIN_F, SYNACK | FIN_B | RSTS | OTHER_B},
	[FOSR_SHR] = {SYNACK | FIN_B, SYN | FIN_F | RSTS},
	[FOSR_OTH] = {0, OPENED},
};

/* The events that one end can bring. */
static const __u8 own[2] = {SYN | FIN_F | RST_F | OTHER_F, SYNACK | FIN_B | RST_B | OTHER_B};

static __u8 reset_event(const struct fosr_track *t, __u8 dir)
{
	__u8 mine = own[dir] & RSTS;

	if (t->events & mine)
		return mine;
	if (t->events & RSTS || (t->events & FINS) == FINS)
		return 0;
	return mine;
}

static __u8 events_of(const struct fosr_track *t, __u8 dir, __u8 flags)
{
	if (t->l4 != IPPROTO_TCP)
		return 0;
	if (flags & FOSR_TCP_RST)
		return reset_event(t, dir);
	if (flags & FOSR_TCP_SYN) {
		if (dir == FOSR_FWD && !(flags & FOSR_TCP_ACK))
			return SYN;
		if (dir == FOSR_BWD && flags & FOSR_TCP_ACK)
			return SYNACK;
	}
	return own[dir] & (flags & FOSR_TCP_FIN ? FINS : OTHERS);
}

__u8 fosr_track_feed(struct fosr_track *t, __u8 dir, __u8 flags)
{
	__u8 ev = events_of(t, dir, flags);

	t->events |= ev;
	if (t->sent[dir] != UINT16_MAX)
		t->sent[dir]++;
	return ev;
}

enum fosr_end_state fosr_track_state(const struct fosr_track *t)
{
	if (t->l4 != IPPROTO_TCP)
		return t->sent[FOSR_BWD] ? FOSR_SF : FOSR_S0;
	for (int s = 0; s < FOSR_END_STATES; s++)
		if ((t->events & rules[s].require) == rules[s].require && !(t->events & rules[s].forbid))
			return s;
	return FOSR_OTH;
}

bool fosr_end_state_fits(enum fosr_end_state goal, __u8 l4)
{
	return l4 == IPPROTO_TCP ? goal < FOSR_END_STATES : goal == FOSR_SF || goal == FOSR_S0;
}

/* Where more than the handshake has to happen, the opener has to go on after the SYN-ACK; its FIN or RST will do. */
static bool owes_ack(const struct fosr_track *t, const struct rule *rule, __u8 dir)
{
	return dir == FOSR_FWD && (rule->require & OPENED) == OPENED && rule->require != OPENED && !(t->events & BEGUN);
}

/* Packets that this end still has to send for the rule. */
static __u32 owed(const struct fosr_track *t, const struct rule *rule, __u8 dir)
{
	__u8 missing = rule->require & ~t->events & own[dir];
	__u32 n = (__u32)__builtin_popcount(missing);

	if (!(missing & (FINS | RSTS)) && owes_ack(t, rule, dir))
		n++;
	return n;
}

void fosr_end_state_least(enum fosr_end_state goal, __u8 l4, __u32 least[2], bool *may_bwd)
{
	struct fosr_track none = {.l4 = l4};

	if (l4 != IPPROTO_TCP) {
		least[FOSR_FWD] = 1;
		least[FOSR_BWD] = goal == FOSR_SF;
		*may_bwd = goal == FOSR_SF;
		return;
	}
	for (__u8 dir = 0; dir < 2; dir++)
		least[dir] = owed(&none, &rules[goal], dir);
	if (goal == FOSR_OTH)
		least[FOSR_FWD] = 1;
	*may_bwd = (rules[goal].forbid & own[FOSR_BWD]) != own[FOSR_BWD];
}

/* Flags that no sane end puts together, and payload where none belongs. */
static bool well_formed(__u8 flags, __u32 len)
{
	if (flags & FOSR_TCP_SYN)
		return !(flags & ~(FOSR_TCP_SYN | FOSR_TCP_ACK)) && !len;
	if (flags & FOSR_TCP_RST)
		return !(flags & ~(FOSR_TCP_RST | FOSR_TCP_ACK)) && !len;
	return flags & FOSR_TCP_ACK && !(flags & ~FOSR_TCP_FLAGS);
}

/* What the handshake asks of a packet that would bring ev. */
static bool in_order(const struct fosr_track *t, const struct rule *rule, enum fosr_end_state goal, __u8 dir, __u8 ev)
{
	__u8 hand = rule->require & OPENED;

	if (ev & SYN)
		return goal == FOSR_REJ || !(t->events & (SYNACK | BEGUN));
	if (ev & SYNACK)
		return hand & SYNACK && (t->events & hand & SYN) == (hand & SYN) && !(t->events & BEGUN);
	if ((t->events & hand) != hand)
		return false;
	if (goal == FOSR_OTH && dir == FOSR_BWD)
		return t->sent[FOSR_FWD] != 0;
	return !(dir == FOSR_BWD && hand == OPENED && !(t->events & BEGUN));
}

/* What an end may still do after a FIN or a reset. */
static bool after_end(const struct fosr_track *t, const struct rule *rule, __u8 dir, __u8 flags, __u32 len, __u8 ev)
{
	__u8 due_reset = rule->require & ~t->events & RSTS;

	if (t->events & own[dir] & RSTS)
		return (ev & RSTS) != 0;
	if (ev & RSTS && due_reset)
		return true;
	if (t->events & own[dir] & FINS)
		return flags == FOSR_TCP_ACK && !len;
	if (ev & FINS)
		/* A reset after both FINs would be no event any more. */
		return !(t->events & RSTS) && !(due_reset && t->events & FINS);
	return true;
}

static bool tcp_allows(
	const struct fosr_track *t, enum fosr_end_state goal, __u8 dir, __u8 flags, __u32 len, __u32 left)
{
	const struct rule *rule = &rules[goal];
	__u8 ev = events_of(t, dir, flags);
	__u8 missing = rule->require & ~t->events & own[dir];

	if (!well_formed(flags, len) || !ev || ev & rule->forbid || (flags & FOSR_TCP_SYN && !(ev & OPENED)))
		return false;
	if (!in_order(t, rule, goal, dir, ev) || !after_end(t, rule, dir, flags, len, ev))
		return false;
	if (left > owed(t, rule, dir))
		return true;
	return ev & missing || (!(missing & BEGUN) && owes_ack(t, rule, dir) && ev & BEGUN);
}

bool fosr_track_allows(
	const struct fosr_track *t, enum fosr_end_state goal, __u8 dir, __u8 flags, __u32 len, __u32 left)
{
	if (!left)
		return false;
	if (t->l4 == IPPROTO_TCP)
		return tcp_allows(t, goal, dir, flags, len, left);
	return !flags && (dir == FOSR_FWD || (goal == FOSR_SF && t->sent[FOSR_FWD]));
}

static bool try(const struct fosr_track *t, enum fosr_end_state goal, __u8 d, __u8 f, const __u32 left[2], __u8 *dir,
	__u8 *flags)
{
	*dir = d;
	*flags = f;
	return fosr_track_allows(t, goal, d, f, 0, left[d]);
}

void fosr_track_default(
	const struct fosr_track *t, enum fosr_end_state goal, const __u32 left[2], __u8 *dir, __u8 *flags)
{
	/* FIN and RST behind ACK: they come when nothing else may. Repeats of the handshake come last. */
	static const __u8 order[] = {FOSR_TCP_ACK, FOSR_TCP_FIN | FOSR_TCP_ACK, FOSR_TCP_RST | FOSR_TCP_ACK,
		FOSR_TCP_SYN, FOSR_TCP_SYN | FOSR_TCP_ACK};
	__u8 first = left[FOSR_BWD] > left[FOSR_FWD] ? FOSR_BWD : FOSR_FWD;

	if (t->l4 != IPPROTO_TCP) {
		*flags = 0;
		*dir = first && t->sent[FOSR_FWD] ? FOSR_BWD : left[FOSR_FWD] ? FOSR_FWD : FOSR_BWD;
		return;
	}
	if (!(t->events & SYN) && try(t, goal, FOSR_FWD, FOSR_TCP_SYN, left, dir, flags))
		return;
	if (!(t->events & SYNACK) && try(t, goal, FOSR_BWD, FOSR_TCP_SYN | FOSR_TCP_ACK, left, dir, flags))
		return;
	for (int i = 0; i < 2; i++)
		for (size_t k = 0; k < FOSR_ARRAY_SIZE(order); k++)
			if (try(t, goal, first ^ i, order[k], left, dir, flags))
				return;
}
