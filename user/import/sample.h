/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flows of a profile, one service at a time, without a network: what an import has to know of models by their output.
 */
#ifndef FOSR_IMPORT_SAMPLE_H
#define FOSR_IMPORT_SAMPLE_H

#include "profile/profile.h"

#define FOSR_SAMPLE_PACKETS 4000 /* of a flow, at most, that are looked at */

struct fosr_sample {
	struct fosr_flow flow;
	__u64 bytes[2]; /* payload each way */
	__u64 duration_ns;
	bool whole; /* false: the flow has more packets than were looked at; the sums are scaled up */
};

/*
 * Flow number i of a service of the profile; the same for the same i. Steps are appended to d->steps unless d is NULL.
 * False when the model cannot draw such a flow, or memory is out.
 */
bool fosr_import_sample(
	const struct fosr_profile *p, __u16 service, __u32 i, struct fosr_dataset *d, struct fosr_sample *s);

#endif
