/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Model families behind one ops struct. A profile names a family for each stage; a family fills the hooks of the stages
 * that it can serve. A model is read-only after load(): threads share it, and all that a walk changes is in the walk.
 *
 * Adding a family: one file that defines its ops, one row in model.c.
 */
#ifndef FOSR_MODEL_MODEL_H
#define FOSR_MODEL_MODEL_H

#include "base/err.h"
#include "base/rng.h"
#include "flow/dataset.h"
#include "flow/endstate.h"
#include "flow/flow.h"
#include "flow/step.h"
#include "math/tensor.h"

enum fosr_model_stage {
	FOSR_ARRIVALS, /* when flows start */
	FOSR_FLOWS, /* who, what, how much */
	FOSR_STEPS, /* the packets, one after the other */
	FOSR_MODEL_STAGES,
};

extern const char *const fosr_model_stage_name[FOSR_MODEL_STAGES];

/* One window of arrivals on its way. */
struct fosr_arrivals {
	struct fosr_rng rng;
	__u64 window; /* since the Unix epoch, FOSR_WINDOW_NS each */
	__u64 scale_q32; /* rate asked for / rate learned */
	__u64 elapsed_q32; /* expected flows before the last start */
	__u64 start_ns; /* out: the next start */
	__s64 offset_ns; /* local time - UTC in this window */
	__u64 own; /* the family's */
};

/* What the network file can offer, for exact conditioning: bit r of pairs[service] says that some two different hosts
 * can play the role pair r (opener * FOSR_ROLES + responder) of that service. */
struct fosr_flow_limits {
	const __u16 *pairs; /* one per service of the vocabulary */
};

/* One flow's packets on their way. */
struct fosr_walk {
	__u32 left[2]; /* packets still to send, each way */
	__u32 step; /* index of the next one */
	__u16 last[2]; /* the action before, and the one before that */
	__u16 service;
	__u8 l4;
	__u8 end_state;
	__u8 bytes_class[2]; /* of the flow */
	__u8 duration_class;
	__u8 spoken; /* bit d: the end of that direction has had payload */
	__u16 own[2]; /* the family's: a state, say; 0 at first */
	struct fosr_track track;
};

/* Log likelihood of data that a model has not seen. Of arrivals an item is a flow, of flows a flow, of steps a packet.
 */
struct fosr_score {
	double bits; /* -log2 of the likelihood, summed over the items */
	__u64 items;
};

struct fosr_model {
	const struct fosr_model_ops *ops;
	const char *prefix; /* of its tensors: the stage */
	void *priv; /* the family's own */
};

struct fosr_model_ops {
	const char *name; /* as the profile has it */
	bool serves[FOSR_MODEL_STAGES];
	const char *help; /* a few words for people */

	/* Learns from data and writes the tensors. No priv is made: load() reads what fit() wrote. */
	int (*fit)(const char *prefix, const struct fosr_dataset *d, struct fosr_tensors *out, struct fosr_err *err);
	/* Checks every value that later hooks rely on: tensors come from hostile files. */
	int (*load)(struct fosr_model *m, const struct fosr_tensors *set, const struct fosr_services *services,
		struct fosr_err *err);
	void (*release)(struct fosr_model *m);

	/* The next start in a->window: true and a->start_ns, or false when the window is over. */
	bool (*next_start)(const struct fosr_model *m, struct fosr_arrivals *a);
	/* Flows per day that the model means by scale_q32 = 1, Q16: the mean of a week. */
	__u64 (*per_day_q16)(const struct fosr_model *m);
	/* Flows that it expects of its busiest window at that scale, Q32. */
	__u64 (*busiest_q32)(const struct fosr_model *m);
	/* Fills service, l4, roles, end[1].port, end_state, packets, bytes_class, duration_class of f, whose start_ns
	 * is set; local_ns is the same in the campaign's time zone. False when the limits leave no service. */
	bool (*draw_flow)(const struct fosr_model *m, struct fosr_rng *r, const struct fosr_flow_limits *limits,
		__u64 local_ns, struct fosr_flow *f);
	/* Optional, of a model of steps: moves packets[] of f to the nearest counts that its walks can have, at least
	 * one packet; what it leaves alone it can walk. */
	void (*settle)(const struct fosr_model *m, struct fosr_flow *f);
	/* The next packet, while w->left has any. Lengths are the model's: the caller cuts them at the MTU. */
	void (*next_step)(const struct fosr_model *m, struct fosr_rng *r, struct fosr_walk *w, struct fosr_step *s);
	/* Optional, of a model of steps: the payloads that fosr_step.payload counts. */
	struct fosr_kept (*kept)(const struct fosr_model *m);
	/* How well the model foretells the data. Not on the generation path: libm is allowed. */
	int (*score)(
		const struct fosr_model *m, const struct fosr_dataset *d, struct fosr_score *s, struct fosr_err *err);
	/* Optional: the structure as a graph in DOT (Graphviz), to be freed; NULL when memory is out. */
	char *(*dot)(const struct fosr_model *m);
	/* Numbers for people, as "key: value" lines appended to text. */
	void (*describe)(const struct fosr_model *m, char *text, size_t size);
};

/* The family of that name that serves the stage, or NULL. */
const struct fosr_model_ops *fosr_model_find(const char *name, enum fosr_model_stage stage);

/* The i-th family, NULL past the last. */
const struct fosr_model_ops *fosr_model_family(size_t i);

/* Raises the counts to what the end state needs at least. Every draw_flow() result goes through it. */
void fosr_flow_settle(struct fosr_flow *f);

/* Draws a flow, and has the model of steps settle its counts. models: one per stage. False: see draw_flow. */
bool fosr_flow_draw(const struct fosr_model models[FOSR_MODEL_STAGES], struct fosr_rng *r,
	const struct fosr_flow_limits *limits, __u64 local_ns, struct fosr_flow *f);

void fosr_walk_begin(struct fosr_walk *w, const struct fosr_flow *f);

/* Takes a packet out of the walk's counts and tells the tracker; every next_step() ends with it. */
void fosr_walk_take(struct fosr_walk *w, const struct fosr_step *s);

static inline bool fosr_walk_more(const struct fosr_walk *w)
{
	return w->left[0] | w->left[1];
}

#endif
