/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Timed automata in Fos-R's JSON (automata/NAME.json), as they stand there: nothing is repaired yet. An edge is a
 * packet or, where `end` holds, the end of the flow ("$", into the accepting state). Its payloads are lengths, some
 * with bytes.
 */
#ifndef FOSR_IMPORT_AUTOMATON_JSON_H
#define FOSR_IMPORT_AUTOMATON_JSON_H

#include "base/err.h"
#include "base/vec.h"

#define FOSR_TA_STATES 1024
#define FOSR_TA_EDGES 16384
#define FOSR_TA_PAYLOADS (4u << 20) /* of all edges */
#define FOSR_TA_PAYLOAD 65535 /* bytes of one */
#define FOSR_TA_PORTS 64
#define FOSR_TA_NAME 64
#define FOSR_TA_NONE UINT64_MAX

struct fosr_ta_payload {
	__u64 at; /* in bytes[], or FOSR_TA_NONE: only its length is known */
	__u32 len;
	__u32 edge;
	double weight;
};

struct fosr_ta_edge {
	__u32 from, to;
	bool end;
	__u8 dir, flags; /* FOSR_FWD or FOSR_BWD; FOSR_TCP_* */
	double p; /* among the edges out of `from` */
	__u64 count; /* flows of the training data that took it */
	double mu[2], cov[2][2]; /* of gap and payload size, in the file's units */
	__u32 payload, payloads; /* in payload[]; 0: the packet has none */
};

struct fosr_ta {
	char service[FOSR_TA_NAME]; /* lower case: l7protocol, or else metadata's automaton_name; may be empty */
	char input_file[FOSR_TA_NAME]; /* what it was learned from */
	__u8 l4;
	__u32 states, initial, accepting;
	double noise[4]; /* as enum fosr_noise has them */
	__u32 port[FOSR_TA_PORTS], ports; /* select_dst_ports */
	FOSR_VEC(struct fosr_ta_edge) edge;
	FOSR_VEC(struct fosr_ta_payload) payload;
	FOSR_VEC(__u8) bytes;
};

/* name stands in messages. 0 and an automaton to be freed, or -EINVAL, -EFBIG, -ENOMEM and nothing to free. */
int fosr_ta_parse(struct fosr_ta *a, const void *data, size_t len, const char *name, struct fosr_err *err);
void fosr_ta_free(struct fosr_ta *a);

#endif
