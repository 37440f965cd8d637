/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a connection ended, in Zeek's words (conn.log, conn_state). The same rules read captures and steer generation:
 * each state is a set of events that must happen and a set that must not.
 */
#ifndef FOSR_FLOW_ENDSTATE_H
#define FOSR_FLOW_ENDSTATE_H

#include "base/types.h"
#include "flow/flow.h"

enum fosr_end_state {
	FOSR_SF, /* opened, closed by both; UDP: both sent */
	FOSR_S0, /* attempt, no answer; UDP: only the opener sent */
	FOSR_REJ, /* attempt, reset by the responder */
	FOSR_S1, /* opened, not closed */
	FOSR_S2, /* opened, closed by the opener only */
	FOSR_S3, /* opened, closed by the responder only */
	FOSR_RSTO, /* opened, reset by the opener */
	FOSR_RSTR, /* opened, reset by the responder */
	FOSR_RSTOS0, /* attempt, reset by the opener before any answer */
	FOSR_RSTRH, /* a SYN-ACK then a reset by the responder, no SYN seen */
	FOSR_SH, /* attempt, FIN by the opener, no SYN-ACK seen */
	FOSR_SHR, /* SYN-ACK then FIN by the responder, no SYN seen */
	FOSR_OTH, /* no SYN seen */
	FOSR_END_STATES,
};

extern const char *const fosr_end_state_name[FOSR_END_STATES];

/* Events, one bit each. */
#define FOSR_EV_SYN 0x01 /* opener: SYN without ACK */
#define FOSR_EV_SYNACK 0x02 /* responder: SYN with ACK */
#define FOSR_EV_FIN_FWD 0x04
#define FOSR_EV_FIN_BWD 0x08
#define FOSR_EV_RST_FWD 0x10 /* only when no reset came before from the other side, and not after both FINs */
#define FOSR_EV_RST_BWD 0x20
#define FOSR_EV_OTHER_FWD 0x40 /* anything else: data, pure ACKs */
#define FOSR_EV_OTHER_BWD 0x80

struct fosr_track {
	__u8 events; /* FOSR_EV_* so far */
	__u8 l4;
	__u16 sent[2]; /* packets each way, saturating */
};

/* Takes note of one packet, and says which events it brought (new or repeated). */
__u8 fosr_track_feed(struct fosr_track *t, __u8 dir, __u8 flags);

/* The state a flow is in if nothing more comes; FOSR_OTH also for sets of events that no rule describes. */
enum fosr_end_state fosr_track_state(const struct fosr_track *t);

/*
 * Generation: may `dir` send `flags` with `len` payload bytes now, when the flow has to end in `goal` and this end may
 * send `left` more packets, this one included?
 */
bool fosr_track_allows(
	const struct fosr_track *t, enum fosr_end_state goal, __u8 dir, __u8 flags, __u32 len, __u32 left);

/*
 * A packet that is allowed: direction and flags (no payload) that bring the flow nearer to `goal`. There always is one
 * while left[0] + left[1] > 0, if the counts began at no less than fosr_end_state_least() (0 for a responder that may
 * not send) and every packet so far was allowed; and taking it on and on ends in `goal` with both counts used up.
 */
void fosr_track_default(
	const struct fosr_track *t, enum fosr_end_state goal, const __u32 left[2], __u8 *dir, __u8 *flags);

/* Can a flow of this protocol end so? UDP knows SF and S0 only. */
bool fosr_end_state_fits(enum fosr_end_state goal, __u8 l4);

/* How many packets each end must send at least for the flow to end in `goal`; may_bwd tells if the responder may. */
void fosr_end_state_least(enum fosr_end_state goal, __u8 l4, __u32 least[2], bool *may_bwd);

#endif
