/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sensor's program (bpf/untag.bpf.c) on an interface where a sensor or a capture listens; see xdp/attach.h. */
#ifndef FOSR_XDP_SENSOR_H
#define FOSR_XDP_SENSOR_H

#include <fosr/abi.h>

#include "xdp/attach.h"

struct fosr_sensor_opts {
	enum fosr_xdp_mode mode;
	bool replace;
	/* Only tags that are made with one of these come off; 0 keys: whatever has the shape of a tag. */
	__u32 keys;
	const struct fosr_campaign_key *key;
	const struct fosr_secret *secret;
};

/* See fosr_attach(). */
int fosr_sensor_attach(
	const char *ifname, const struct fosr_sensor_opts *o, struct fosr_attached *result, struct fosr_err *e);
int fosr_sensor_detach(const char *ifname, bool *was, struct fosr_err *e);

/* *attached, and if so its counters by enum fosr_count. */
int fosr_sensor_status(const char *ifname, bool *attached, __u64 count[FOSR_COUNTERS], struct fosr_err *e);

#endif
