// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/punctual.h"

#include <stdlib.h>

#include "base/mix.h"

int fosr_punctual_open(struct fosr_punctual *p)
{
	p->place = calloc(FOSR_PUNCTUAL_PLACES, sizeof(*p->place));
	return p->place ? 0 : -ENOMEM;
}

void fosr_punctual_close(struct fosr_punctual *p)
{
	free(p->place);
	p->place = NULL;
}

static void measure(struct fosr_punctual *p, __u64 due, __u64 when)
{
	p->early += when < due;
	fosr_histo_add(&p->late, when > due ? when - due : 0);
}

static void meet(struct fosr_punctual *p, const struct fosr_punctual_place *half)
{
	struct fosr_punctual_place *other;

	if (!p->place)
		return;
	other = &p->place[fosr_mix64(half->flow ^ fosr_mix64(half->step)) % FOSR_PUNCTUAL_PLACES];
	if (!other->time_ns || other->flow != half->flow || other->step != half->step ||
		other->arrived == half->arrived) {
		*other = *half;
		return;
	}
	if (half->arrived)
		measure(p, other->time_ns, half->time_ns);
	else
		measure(p, half->time_ns, other->time_ns);
	other->time_ns = 0;
}

void fosr_punctual_planned(struct fosr_punctual *p, __u64 flow, __u32 step, __u64 due_ns)
{
	meet(p, &(struct fosr_punctual_place){.flow = flow, .time_ns = due_ns, .step = step});
}

void fosr_punctual_arrived(struct fosr_punctual *p, __u64 flow, __u32 step, __u64 when_ns)
{
	meet(p, &(struct fosr_punctual_place){.flow = flow, .time_ns = when_ns, .step = step, .arrived = true});
}
