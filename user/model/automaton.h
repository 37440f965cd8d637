/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Timed automata of packet actions, as learned (tadam_fit.c) or imported, before they are tensors of the family tadam.
 * One automaton per (service, end state), or for all services of a protocol: states are numbered from 0, where walks
 * begin; an edge is one packet, or the end of the flow.
 *
 * Every path from state 0 keeps to the end-state rules (flow/endstate.h), and an end comes only where the rules say
 * end_state: so all paths into a state have brought the same set of events. fosr_automata_add() makes an automaton that
 * is so out of one that is not.
 */
#ifndef FOSR_MODEL_AUTOMATON_H
#define FOSR_MODEL_AUTOMATON_H

#include "base/err.h"
#include "base/vec.h"
#include "flow/endstate.h"
#include "flow/service.h"
#include "flow/step.h"
#include "math/quant.h"
#include "math/tensor.h"

#define FOSR_AUTOMATON_STATES 4096 /* at most, per automaton */
#define FOSR_AUTOMATA_STATES 16384 /* at most, of all automata together */
#define FOSR_AUTOMATA_EDGES 65536 /* the same */
#define FOSR_AUTOMATA_MAX (FOSR_SERVICES_MAX * FOSR_END_STATES + 2 * FOSR_END_STATES)
#define FOSR_AUTOMATON_END 0xffff /* an edge's action: the flow ends, `to` means nothing */
/*
 * An edge's action, out of state 0 only, and then of all its edges: no packet; a flow whose fosr_bytes_class() are f
 * and b begins in `to`, and one of other classes where the nearest classes begin. weight: flows.
 */
#define FOSR_AUTOMATON_CLASS 0x800
#define FOSR_AUTOMATON_CLASSES 0x8ff /* the last of them */
#define FOSR_AUTOMATON_ANY 0xffff /* a service: what services without an automaton of their own share */

static inline __u16 fosr_automaton_class(__u8 f, __u8 b)
{
	return (__u16)(FOSR_AUTOMATON_CLASS | (f & 15) << 4 | (b & 15));
}

static inline bool fosr_automaton_is_class(__u16 action)
{
	return action >= FOSR_AUTOMATON_CLASS && action <= FOSR_AUTOMATON_CLASSES;
}

struct fosr_edge {
	__u16 from, to;
	__u16 action; /* fosr_action(), FOSR_AUTOMATON_END, or fosr_automaton_class() */
	__u32 weight; /* relative to the other edges out of `from`, > 0 */
	__u32 gap, size; /* index in the automata's tables; the size table keeps to the action's class */
	__u32 payload_first, payload_n; /* payloads that were kept for it, index in the automata's list */
};

/* What sequences suffer beyond the automaton's paths (TADAM's noise model), per packet, Q32; their sum is below 1. */
enum fosr_noise {
	FOSR_NOISE_ADDITION,
	FOSR_NOISE_REEMISSION,
	FOSR_NOISE_TRANSPOSITION,
	FOSR_NOISE_DELETION,
	FOSR_NOISES
};

struct fosr_automaton {
	__u16 service; /* or FOSR_AUTOMATON_ANY */
	__u8 l4;
	__u8 end_state; /* enum fosr_end_state: what every path of it ends in */
	__u32 states;
	__u32 first_edge, edges; /* sorted by from */
	__u32 weight; /* flows it was made from */
	__u32 noise_q32[FOSR_NOISES];
};

struct fosr_automata {
	FOSR_VEC(struct fosr_automaton) list; /* at most one per (service, end state), by l4 for FOSR_AUTOMATON_ANY */
	FOSR_VEC(struct fosr_edge) edge; /* of one automaton after the other */
	FOSR_VEC(struct fosr_quant) gap, size;
	FOSR_VEC(__u8) payload; /* bytes of kept payloads, side by side */
	FOSR_VEC(__u32) payload_end; /* of payload i; it begins where the one before ends */
};

/*
 * Appends what m and its edges (m->edges of them, in any order; m->first_edge is not used) may do under the rules of
 * m->end_state: each state is split by the events that led to it; edges that the rules forbid, ends in another end
 * state, and what leads nowhere are left out. Tables are a's own and must be there already. -ENOENT when no path is
 * left, -E2BIG past FOSR_AUTOMATON_STATES, -ENOMEM; a is unchanged then.
 */
int fosr_automata_add(
	struct fosr_automata *a, const struct fosr_automaton *m, const struct fosr_edge *edge, struct fosr_err *err);

/*
 * What the rules know of a flow in state 0 is key 0. The key after one more edge, or FOSR_AUTOMATON_FORBIDDEN when the
 * rules forbid it there.
 */
#define FOSR_AUTOMATON_FORBIDDEN UINT32_MAX
__u32 fosr_automaton_follow(__u32 key, const struct fosr_automaton *m, __u16 action);

/* The keys of all states of an automaton that was checked: 0 or -ENOMEM. */
int fosr_automaton_keys(const struct fosr_automaton *m, const struct fosr_edge *edge, __u32 *key);

/* Everything that a walk relies on: 0 or -EINVAL. `prefix` is for the message. */
int fosr_automata_check(const struct fosr_automata *a, const char *prefix, struct fosr_err *err);

/* As tensors `prefix.*`; checks what fosr_automata_load() checks. */
int fosr_automata_save(
	const char *prefix, const struct fosr_automata *a, struct fosr_tensors *out, struct fosr_err *err);

/* The reverse, a copy. What is in a must be freed also after an error. */
int fosr_automata_load(struct fosr_automata *a, const char *prefix, const struct fosr_tensors *set,
	const struct fosr_services *services, struct fosr_err *err);

void fosr_automata_free(struct fosr_automata *a);

#endif
