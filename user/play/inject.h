/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plays the local hosts' ends of a campaign on real interfaces. Algorithm `fast` sends every step when its planned time
 * has come, whatever the other end does. `reliable` sends it when, moreover, every earlier step of the other end has
 * arrived; it asks for what does not come, sends again what is asked for, and gives a flow up after a while.
 */
#ifndef FOSR_PLAY_INJECT_H
#define FOSR_PLAY_INJECT_H

#include "play/engine.h"
#include "campaign/plan.h"
#include "play/recording.h"
#include "math/histo.h"

enum fosr_inject_algo {
	FOSR_RELIABLE,
	FOSR_FAST,
};

/* A flow that was given up. */
struct fosr_lost_flow {
	__u64 id;
	__u32 missing; /* steps for a local end that never came */
	__u32 unsent; /* steps of a local end that were not sent for that reason */
	__u32 addr; /* of the other end: IPv4, host order */
};

/* The injector of another machine. */
struct fosr_met {
	__u32 addr; /* one that it plays: IPv4, host order */
	__u64 delay_ns; /* there and back; UINT64_MAX: not measured */
	__s64 offset_ns; /* its clock less ours */
	bool silent; /* it stopped saying anything before the end */
	bool other; /* it plays another campaign: shut out */
	__u8 digest[FOSR_DIGEST_LEN]; /* of that */
};

#define FOSR_LOST_FLOWS_MAX 65536 /* that are listed */

struct fosr_inject_opts {
	enum fosr_inject_algo algo;
	__u64 give_up_ns; /* a flow of which nothing comes for so long is given up */
	bool when_ready; /* start when all hosts of the network are played and ready, instead of at start_ns */
	const char *const *devs;
	size_t devs_n;
	const char *const *hosts; /* local by name */
	size_t hosts_n;
	__u64 start_ns; /* wall clock (Unix) at which the campaign's start is played; 0: as soon as possible */
	enum fosr_engine_kind engine;
	__u64 speed_q16; /* campaign time per wall time; 0: as planned; FOSR_ENGINE_MAX: as fast as it goes */
	__u32 rx_ring; /* frames that may wait to be received, per queue; 0: as struct fosr_xsk_opts has it */
	__u32 busy_poll_us; /* receiving asks the card itself, for so long; 0: interrupts do */
	bool unguarded; /* send without a guard; nothing is received, and kernels will answer */
	const char *outfile; /* capture of what was sent and received; or NULL */
	const struct fosr_format *format; /* of it */
	__u64 record_ring; /* bytes between the injector and the thread that writes it */
	bool untaint; /* it has no taint: tags or bits are taken off */
	const struct fosr_log *log;
	void (*progress)(void *arg, __u64 sent, __u64 time_ns); /* now and then; or NULL */
	void *arg;
};

struct fosr_inject_result {
	const char *engine; /* what sent */
	char why[256]; /* it was chosen; "" when it was asked for */
	__u64 started_ns; /* wall clock of the campaign's start */
	__u64 planned; /* packets that local hosts have to send */
	__u64 sent; /* of them, once each */
	__u64 undelivered; /* of them, not counted by the interfaces: lost between the engine and the wire */
	__u64 sending_ns; /* from the campaign's start to the last packet */
	__u64 late; /* sent more than FOSR_ENGINE_LATE_NS after their time */
	struct fosr_histo lateness; /* ns between a packet's planned time and its being handed to the kernel; without
				     * those withheld */
	__u64 expected; /* packets for local hosts */
	__u64 received; /* of those, each once */
	__u64 repeated; /* not counting copies */
	__u64 copies; /* repeats that say so: sent again */
	__u64 resent; /* frames sent again */
	__u64 withheld; /* packets that waited for the other end */
	struct fosr_histo waited; /* ns between a withheld packet's planned time and its being sent */
	__u64 skipped; /* packets of flows that a predecessor of this run had played to the end */
	__u64 lost_flows; /* given up; the first of them are listed */
	FOSR_VEC(struct fosr_lost_flow) lost;
	FOSR_VEC(struct fosr_met) met;
	struct fosr_histo arrival; /* ns between packets' planned times and their being seen by the guard; empty at top
				    * speed. The difference to the sender's clock is in it. */
	__u64 early; /* of those: before their time, 0 there */
	__u64 foreign; /* good tags of other campaigns, or for hosts that are not here */
	__u64 rx_dropped; /* lost in this machine's receive rings, which hold */
	__u32 rx_ring; /* so many frames each */
	size_t hosts; /* local ones */
	struct fosr_recording_result recording; /* all zero without one */
};

/*
 * 0 when the campaign was played to its end; what did not arrive is in result. -EINTR, -ENETDOWN and others with the
 * reason, and result filled as far as it went. Free it with fosr_inject_release().
 */
int fosr_inject(const struct fosr_campaign *c, const struct fosr_inject_opts *o, struct fosr_inject_result *result,
	struct fosr_err *err);
void fosr_inject_release(struct fosr_inject_result *result);

#endif
