// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include <fosr/csum.h>

#include "craft/craft.h"
#include "grammar/fill.h"

static __u64 fill_random(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	return fosr_random_put(p, len, at->seed);
}

/* The sizes of the campaign, but nothing in them. */
static __u64 fill_none(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	memset(p, 0, len);
	return 0;
}

/* What the profile keeps, which craft.c sees to; this is for packets that it keeps none for. */
static __u64 fill_kept(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	return fill_random(at, p, len);
}

static const char *name_of(const struct fosr_payload_at *at, __u8 dir)
{
	__u16 host = at->flow->end[dir].host;

	return host < at->craft->hosts ? at->craft->names[host] : "";
}

/* A payload of the service as far as there is a grammar for it. */
static __u64 fill_coherent(const struct fosr_payload_at *at, __u8 *p, __u32 len)
{
	const struct fosr_said *said = &at->numbers->said;
	struct fosr_speech m = {
		.flow = at->flow,
		.name = {name_of(at, FOSR_FWD), name_of(at, FOSR_BWD)},
		.seed = at->flow_seed,
		.time_ns = said->time_ns,
		.turn = said->turn,
		.answers = said->answers,
		.before = said->before,
		.len = said->len,
		.first = {said->first[FOSR_FWD], said->first[FOSR_BWD]},
		.opening = {said->opening[FOSR_FWD], said->opening[FOSR_BWD]},
		.dir = at->step->dir,
	};

	fosr_grammar_window(at->craft->grammar[at->flow->service], &m, said->off, len, p);
	return fosr_csum_add(0, p, len);
}

/* One row per payload: its name, for fill_NAME() as well, and whether it has messages. */
#define PAYLOADS(row) row(coherent, true) row(random, false) row(none, false) row(kept, false)

#define OPS(name_, messages_) {.name = #name_, .messages = messages_, .fill = fill_##name_},
#define NAME(name_, messages_) #name_,

static const struct fosr_payload_ops payloads[] = {PAYLOADS(OPS)};
const char *const fosr_payload_name[] = {PAYLOADS(NAME) NULL};

const struct fosr_payload_ops *fosr_payload_find(const char *name)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(payloads); i++)
		if (!strcmp(payloads[i].name, name))
			return &payloads[i];
	return NULL;
}
