/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Timed automata of packet actions, as learned (tadam_fit.c) or imported, before they are tensors of the family tadam.
 * One automaton per (service, end state): states are numbered from 0, where walks begin; an edge is one packet, or the
 * end of the flow.
 */
#ifndef FOSR_MODEL_AUTOMATON_H
#define FOSR_MODEL_AUTOMATON_H

#include "base/err.h"
#include "base/vec.h"
#include "math/quant.h"
#include "math/tensor.h"

#define FOSR_AUTOMATON_STATES 4096 /* at most, per automaton */
#define FOSR_AUTOMATON_END 0xffff /* an edge's action: the flow ends, `to` means nothing */

struct fosr_edge {
	__u16 from, to;
	__u16 action; /* fosr_action(), or FOSR_AUTOMATON_END */
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
	__u16 service;
	__u8 l4;
	__u8 end_state; /* enum fosr_end_state: what every path of it ends in */
	__u32 states;
	__u32 first_edge, edges; /* sorted by from */
	__u32 weight; /* flows it was made from */
	__u32 noise_q32[FOSR_NOISES];
};

struct fosr_automata {
	FOSR_VEC(struct fosr_automaton) list; /* at most one per (service, end state) */
	FOSR_VEC(struct fosr_edge) edge;
	FOSR_VEC(struct fosr_quant) gap, size;
	FOSR_VEC(__u8) payload; /* bytes of kept payloads, side by side */
	FOSR_VEC(__u32) payload_end; /* of payload i; it begins where the one before ends */
};

/* As tensors `prefix.*`; checks what fosr_model_tadam.load() checks. */
int fosr_automata_save(
	const char *prefix, const struct fosr_automata *a, struct fosr_tensors *out, struct fosr_err *err);

void fosr_automata_free(struct fosr_automata *a);

#endif
