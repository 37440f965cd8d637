/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One side of a comparison: what is held of its captures. Every flow is cut to the same number of packets; of more
 * flows than the limit a uniform sample is kept (reservoir, Vitter's algorithm R), by a seed. Memory is bounded by
 * both, and by a record per flow of the file at hand.
 */
#ifndef FOSR_FIDELITY_SIDE_H
#define FOSR_FIDELITY_SIDE_H

#include "base/vec.h"
#include "fidelity/rules.h"
#include "ingest/ingest.h"

#define FOSR_SERIES_BIN_NS (FOSR_NS_PER_S / 10)
#define FOSR_SERIES_CHUNK 1024 /* bins; at least FOSR_SERIES_LEAST are worth a transform */
#define FOSR_SERIES_LEAST 64
#define FOSR_SERIES_SCALES 10 /* log2 of the chunk */
#define FOSR_SERIES_CHUNKS 16384 /* kept of one side */
#define FOSR_WIRE_LIVE (1u << 16) /* connections whose rules are followed at once */
#define FOSR_NO_SERVICE UINT16_MAX

/* A flow, as the flow assembler has it. */
struct fosr_fid_flow {
	__u64 start_ns, duration_ns; /* of all its packets, as the counts are */
	__u64 bytes[2];
	__u64 copy; /* hash of the packets that are kept, gaps in microseconds */
	struct fosr_step *steps; /* kept of them; owned */
	__u32 packets[2];
	__u32 kept;
	__u32 file;
	__u16 service; /* index in the vocabulary that both sides share */
	__u16 port; /* the responder's */
	__u8 l4;
	__u8 end_state;
};

/* A flow as the wire has it, headers and all: nothing is left out or taken apart. */
struct fosr_wire_flow {
	__u64 start_ns;
	__u32 packets, broken; /* broken: those that break a rule */
	__u32 rules; /* all those broken */
	__u32 file;
	__u16 service; /* FOSR_NO_SERVICE: of packets without ports */
	__u16 window[2]; /* of each end's first packet */
	__u8 ttl[2];
	bool seen[2]; /* the end sent something */
	__u8 l4;
};

/* Packets per tenth of a second, transformed. */
struct fosr_chunk {
	__u64 start_ns;
	double packets;
	double energy[FOSR_SERIES_SCALES]; /* sum over details */
	__u32 bins; /* a power of two */
	__u32 file;
};

struct fosr_side {
	FOSR_VEC(struct fosr_fid_flow) flows;
	FOSR_VEC(struct fosr_wire_flow) wires;
	FOSR_VEC(struct fosr_chunk) chunks;
	float busiest[FOSR_SERIES_CHUNK]; /* of the chunk with most packets; zero where no chunk is whole */
	double busiest_packets;
	struct fosr_ingest_stats stats;
	__u64 flows_seen, wires_seen, chunks_seen; /* before sampling */
	__u32 files;
};

struct fosr_side_limits {
	__u32 flows; /* kept of a side */
	__u32 packets; /* kept of a flow */
	__u64 seed;
};

struct fosr_side_progress {
	void (*fn)(void *arg, size_t file, __u64 done, __u64 total); /* may be NULL */
	void *arg;
	size_t first; /* number of the first file */
};

/*
 * Adds captures to a side (zeroed before the first). Services are added to the vocabulary. 0 or -errno, -EINTR when
 * interrupted; the side is to be freed in any case.
 */
int fosr_side_read(struct fosr_side *side, const struct fosr_side_limits *limits, struct fosr_services *services,
	const char *const *captures, size_t n, const struct fosr_side_progress *progress, struct fosr_err *err);

/* The same for a data set in memory, as file number `file`; the wire and the series stay empty. 0 or -ENOMEM. */
int fosr_side_add(
	struct fosr_side *side, const struct fosr_side_limits *limits, const struct fosr_dataset *d, __u32 file);

void fosr_side_free(struct fosr_side *side);

#endif
