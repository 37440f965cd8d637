/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays the local hosts' ends of a campaign on real interfaces: algorithm `fast`, which sends every step when its
 * planned time has come, whatever the other end does.
 */
#ifndef FOSR_CAMPAIGN_INJECT_H
#define FOSR_CAMPAIGN_INJECT_H

#include "base/file.h"
#include "campaign/engine.h"
#include "campaign/plan.h"
#include "math/histo.h"
#include "sink/writer.h"

struct fosr_inject_opts {
	const char *const *devs;
	size_t devs_n;
	const char *const *hosts; /* local by name */
	size_t hosts_n;
	__u64 start_ns; /* wall clock (Unix) at which the campaign's start is played; 0: as soon as possible */
	enum fosr_engine_kind engine;
	__u64 speed_q16; /* campaign time per wall time; 0: as planned; FOSR_ENGINE_MAX: as fast as it goes */
	bool unguarded; /* send without a guard; nothing is received, and kernels will answer */
	const char *outfile; /* capture of what was sent and received, as on the wire; or NULL */
	const struct fosr_log *log;
	void (*progress)(void *arg, __u64 sent, __u64 time_ns); /* now and then; or NULL */
	void *arg;
};

struct fosr_inject_result {
	const char *engine; /* what sent */
	char why[256]; /* it was chosen; "" when it was asked for */
	__u64 started_ns; /* wall clock of the campaign's start */
	__u64 planned; /* packets that local hosts have to send */
	__u64 sent;
	__u64 undelivered; /* of them, not counted by the interfaces: lost between the engine and the wire */
	__u64 sending_ns; /* from the campaign's start to the last packet */
	__u64 late; /* sent more than FOSR_ENGINE_LATE_NS after their time */
	struct fosr_histo lateness; /* ns between a packet's planned time and its being handed to the kernel */
	__u64 expected; /* packets for local hosts */
	__u64 received; /* of those, each once */
	__u64 repeated;
	__u64 foreign; /* good tags of other campaigns, or for hosts that are not here */
	__u64 rx_dropped; /* lost in this machine's receive ring */
	size_t hosts; /* local ones */
	char kept[FOSR_PATH_MAX]; /* interrupted: the recording stands under this name */
};

/*
 * 0 when everything planned was sent; what did not arrive is in result. -EINTR, -ENETDOWN and others with the reason,
 * and result filled as far as it went.
 */
int fosr_inject(const struct fosr_campaign *c, const struct fosr_inject_opts *o, struct fosr_inject_result *result,
	struct fosr_err *err);

#endif
