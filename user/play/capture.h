/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture of the tagged frames that guarded interfaces take in, which are invisible to captures by the kernel: an
 * AF_XDP socket on every receive queue, and a recording. What is lost is counted to the frame.
 */
#ifndef FOSR_PLAY_CAPTURE_H
#define FOSR_PLAY_CAPTURE_H

#include "play/recording.h"

#define FOSR_CAPTURE_RING 32768 /* frames per receive queue, by default */
#define FOSR_CAPTURE_RING_MIN 64
#define FOSR_CAPTURE_RING_MAX 131072

struct fosr_capture_opts {
	const char *const *devs;
	size_t devs_n;
	const struct fosr_campaign
		*c; /* whose key the guards are taught for as long as it runs; or NULL: what they know */
	__u32 ring; /* frames per receive queue, within the limits above; rounded up to a power of two */
	__u64 duration_ns; /* 0: no limit */
	__u64 frames; /* 0: no limit */
	struct fosr_recording_opts recording; /* its ring is for several queues, whose frames have to be put in order */
	void (*progress)(void *arg, __u64 frames); /* now and then, at once when it is ready; or NULL */
	void *arg;
};

struct fosr_capture_result {
	__u64 received, bytes; /* frames, as they came in */
	__u64 control; /* of them, frames between injectors, which are not recorded */
	__u64 rx_dropped; /* more frames, for which there was no room in the receive rings */
	__u32 ring; /* frames per receive queue */
	size_t queues;
	struct fosr_recording_result recording;
};

/*
 * Until a limit, or, where there is none, a signal: 0. -EINTR when a signal came before the limit, and others with the
 * reason; what there is of the file is kept then.
 */
int fosr_capture(const struct fosr_capture_opts *o, struct fosr_capture_result *result, struct fosr_err *err);

#endif
