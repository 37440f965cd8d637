/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Vantage points: captures read together, packet by packet in order of time. Each capture is a point, and in a pcapng
 * file each interface that has packets; or all are parts of one point.
 */
#ifndef FOSR_CAMPAIGN_VANTAGE_H
#define FOSR_CAMPAIGN_VANTAGE_H

#include "base/vec.h"
#include "ingest/capture.h"

#define FOSR_POINTS_MAX 64
#define FOSR_POINT_NAME 160

struct fosr_point {
	char name[FOSR_POINT_NAME]; /* "b.pcapng", or "b.pcapng:eth0" where the file has several */
	__u32 source; /* the capture */
	__u32 iface;
};

struct fosr_source {
	const char *path;
	struct fosr_capture *capture;
	struct fosr_capture_pkt pkt; /* the next one */
	__u64 read; /* packets, with that one */
	bool more;
	FOSR_VEC(__u32) point; /* per interface: 1 + its point, 0 as long as it has none */
};

struct fosr_vantage {
	bool join;
	struct fosr_source *source;
	size_t sources;
	struct fosr_source *last; /* whose packet the caller has */
	FOSR_VEC(struct fosr_point) points;
};

struct fosr_vantage_pkt {
	const struct fosr_capture_pkt *pkt; /* its bytes are lent until the next call */
	__u32 point;
	__u32 source;
	__u64 number; /* in its capture, from 1 */
};

/* Paths are borrowed. join: all are parts of one point. After an error it is to be closed all the same. */
int fosr_vantage_open(struct fosr_vantage *v, const char *const *captures, size_t n, bool join, struct fosr_err *err);

/* 1 and the earliest of the captures' next packets, 0 when all have ended, or -errno. Points may become more. */
int fosr_vantage_next(struct fosr_vantage *v, struct fosr_vantage_pkt *out, struct fosr_err *err);

/* Bytes read of all captures, and in all as far as it is known. */
void fosr_vantage_progress(const struct fosr_vantage *v, __u64 *done, __u64 *total);

void fosr_vantage_close(struct fosr_vantage *v);

#endif
