// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/score.h"

#include <netinet/in.h>

#define NONE UINT16_MAX

struct reading {
	const struct fosr_score_opts *o;
	size_t file;
};

static void progress(void *arg, __u64 done, __u64 total)
{
	struct reading *r = arg;

	if (r->o->progress)
		r->o->progress(r->o->arg, r->file, done, total);
}

static int read_captures(
	struct fosr_dataset *d, struct reading *r, struct fosr_score_result *result, struct fosr_err *err)
{
	struct fosr_ingest in;
	int ret = 0;

	fosr_ingest_init(&in, d);
	in.progress = progress;
	in.progress_arg = r;
	for (; r->file < r->o->n && !ret; r->file++)
		ret = fosr_ingest_file(&in, r->o->captures[r->file], err);
	result->ingest = in.stats;
	fosr_ingest_free(&in);
	return ret;
}

/* The profile's index of a service, and in result->unknown what became of it if it has none. */
static int translate_one(const struct fosr_service *s, size_t flows, const struct fosr_services *to,
	struct fosr_score_result *result, __u16 *index)
{
	int i = fosr_services_find(to, s->name, s->l4);
	struct fosr_score_unknown *u;

	*index = (__u16)i;
	if (i >= 0 || !flows)
		return 0;
	i = fosr_services_find(to, s->l4 == IPPROTO_UDP ? "other-udp" : "other-tcp", s->l4);
	*index = i < 0 ? NONE : (__u16)i;
	u = fosr_vec_push(&result->unknown);
	if (!u)
		return -ENOMEM;
	*u = (struct fosr_score_unknown){.service = *s, .flows = flows, .skipped = i < 0};
	return 0;
}

int fosr_score_translate(struct fosr_dataset *d, const struct fosr_services *to, struct fosr_score_result *result)
{
	size_t *flows = calloc(d->services.list.n + 1, sizeof(*flows)), kept = 0;
	__u16 *index = calloc(d->services.list.n + 1, sizeof(*index));
	int ret = flows && index ? 0 : -ENOMEM;

	for (size_t i = 0; i < d->flows.n && !ret; i++)
		flows[d->flows.v[i].service]++;
	for (size_t s = 0; s < d->services.list.n && !ret; s++)
		ret = translate_one(&d->services.list.v[s], flows[s], to, result, &index[s]);
	for (size_t i = 0; i < d->flows.n && !ret; i++) {
		struct fosr_sample_flow f = d->flows.v[i];

		f.service = index[f.service];
		if (f.service == NONE)
			continue;
		result->packets += f.packets[0] + f.packets[1];
		d->flows.v[kept++] = f;
	}
	if (!ret)
		d->flows.n = result->flows = kept;
	free(flows);
	free(index);
	return ret;
}

int fosr_score_captures(const struct fosr_profile *p, const struct fosr_score_opts *o, struct fosr_score_result *result,
	struct fosr_err *err)
{
	struct reading r = {.o = o};
	struct fosr_dataset d = {0};
	int ret;

	*result = (struct fosr_score_result){0};
	ret = read_captures(&d, &r, result, err);
	if (!ret && fosr_score_translate(&d, &p->services, result))
		ret = fosr_err(err, -ENOMEM, "out of memory");
	if (!ret && !d.flows.n)
		ret = fosr_err(err, -ENODATA, "no flow in the captures that the profile has a service for");
	for (int stage = 0; stage < FOSR_MODEL_STAGES && !ret; stage++) {
		const struct fosr_model *m = &p->model[stage];

		result->scored[stage] = m->ops->score;
		if (m->ops->score)
			ret = m->ops->score(m, &d, &result->score[stage], err);
	}
	fosr_dataset_free(&d);
	return ret;
}

void fosr_score_free(struct fosr_score_result *result)
{
	fosr_vec_free(&result->unknown);
}
