// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Profiles from bytes: as they are, and, because nearly all of them die of their digest, once more with the digest made
 * right (profilekit.h), so that what stands behind it is reached. Whatever is then accepted has to draw and walk.
 */
#include "../unit/profilekit.h"
#include "base/mix.h"

#define FLOWS 200
#define STEPS 200
#define STARTS 50

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void arrivals(const struct fosr_model *m)
{
	for (__u64 w = 0; w < 20; w++) {
		struct fosr_arrivals a = {.rng = fosr_rng(1, w, FOSR_STAGE_ARRIVALS, 0),
			.window = 347230800 + w * 900,
			.scale_q32 = w % 3 == 1 ? 1ULL << 32
				: w % 3 == 2	? 100ULL << 32
						: UINT64_MAX,
			.offset_ns = ((__s64)w - 10) * 3600 * (__s64)FOSR_NS_PER_S};
		__u64 before = a.window * FOSR_WINDOW_NS;

		for (int i = 0; i < STARTS && m->ops->next_start(m, &a); i++) {
			require(a.start_ns >= before && a.start_ns < (a.window + 1) * FOSR_WINDOW_NS);
			before = a.start_ns;
		}
	}
	m->ops->per_day_q16(m);
	require(m->ops->busiest_q32(m));
}

static void walk(const struct fosr_model *m, const struct fosr_flow *f)
{
	struct fosr_track t = {.l4 = f->l4};
	struct fosr_walk w;

	fosr_walk_begin(&w, f);
	for (__u32 i = 0; i < STEPS && fosr_walk_more(&w); i++) {
		struct fosr_rng r = fosr_rng(1, f->id, FOSR_STAGE_STEP, i);
		__u32 left[2] = {w.left[0], w.left[1]};
		struct fosr_step s;

		m->ops->next_step(m, &r, &w, &s);
		require(s.dir <= FOSR_BWD && left[s.dir] && w.left[s.dir] == left[s.dir] - 1 && !(s.gap_ns >> 62));
		require(fosr_track_allows(&t, f->end_state, s.dir, s.flags, s.len, left[s.dir]));
		fosr_track_feed(&t, s.dir, s.flags);
	}
	require(fosr_walk_more(&w) || fosr_track_state(&t) == f->end_state);
}

static void flows(const struct fosr_profile *p)
{
	__u16 pairs[FOSR_SERVICES_MAX];
	const struct fosr_flow_limits limits = {.pairs = pairs};

	for (__u64 i = 0; i < FLOWS; i++) {
		struct fosr_rng r = fosr_rng(1, i, FOSR_STAGE_FLOW, 0);
		struct fosr_flow f = {.id = i, .start_ns = i * 600 * FOSR_NS_PER_S};

		for (size_t s = 0; s < FOSR_SERVICES_MAX; s++)
			pairs[s] = (__u16)fosr_mix64(i * FOSR_SERVICES_MAX + s);
		if (!fosr_flow_draw(p->model, &r, i % 2 ? &limits : NULL, f.start_ns, &f))
			continue;
		require(f.service < p->services.list.n && f.l4 == p->services.list.v[f.service].l4);
		require(f.roles < FOSR_ROLES * FOSR_ROLES && (i % 2 == 0 || pairs[f.service] >> f.roles & 1));
		require(fosr_end_state_fits(f.end_state, f.l4) && !(fosr_flow_to_group(f.roles) && f.packets[1]));
		walk(&p->model[FOSR_STEPS], &f);
	}
}

static bool one(const void *buf, size_t size)
{
	struct fosr_profile *p = NULL;
	struct fosr_err err = {0};
	int ret = fosr_profile_from(buf, size, "fuzz", &p, &err);
	char text[200];

	require(!ret == !!p);
	if (!p) {
		require(err.code == ret && !strncmp(err.text, "fuzz: ", 6));
		return false;
	}
	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++) {
		p->model[stage].ops->describe(&p->model[stage], text, sizeof(text));
		if (p->model[stage].ops->dot)
			free(p->model[stage].ops->dot(&p->model[stage]));
	}
	arrivals(&p->model[FOSR_ARRIVALS]);
	flows(p);
	fosr_profile_free(p);
	return true;
}

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size)
{
	void *buf = malloc(size ? size : 1); /* aligned as a profile has to be, and of its exact size */

	require(buf);
	memcpy(buf, bytes, size);
	if (!one(buf, size) && kit_redigest(buf, size))
		one(buf, size);
	free(buf);
	return 0;
}
