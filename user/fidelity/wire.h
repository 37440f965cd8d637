/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What flow assembly does not keep of a capture: headers, broken rules, the series of packets over time. */
#ifndef FOSR_FIDELITY_WIRE_H
#define FOSR_FIDELITY_WIRE_H

#include "base/u64map.h"
#include "fidelity/side.h"
#include "fosr/tag.h"

struct fosr_wire_live {
	struct fosr_wire_flow flow;
	struct fosr_rule_state rules;
	__u8 addr[16]; /* of the one who sent first */
	__u16 port;
	__u64 last_ns;
};

struct fosr_wire {
	struct fosr_side *side;
	const struct fosr_side_limits *limits;
	struct fosr_services *services; /* borrowed */
	struct fosr_secret secret;
	struct fosr_u64map by_key;
	FOSR_VEC(struct fosr_wire_live) live;
	bool oom;
	__u32 file;
	/* The series of the capture at hand. */
	double bin[FOSR_SERIES_CHUNK];
	__u64 start_ns, last_ns; /* of bin[0]; of the latest packet */
	bool running;
};

void fosr_wire_init(struct fosr_wire *w, struct fosr_side *side, const struct fosr_side_limits *limits,
	struct fosr_services *services);

/* A tap of fosr_ingest: arg is the wire. Lack of memory is kept in oom. */
void fosr_wire_packet(void *arg, int link, const struct fosr_capture_pkt *pkt);

/* The end of a file. */
void fosr_wire_end_file(struct fosr_wire *w);
void fosr_wire_free(struct fosr_wire *w);

/* A place for the next of a stream of which at most `limit` are kept: its index, or limit or more for none. */
__u64 fosr_reservoir(__u64 seed, __u64 seen, __u32 limit);

#endif
