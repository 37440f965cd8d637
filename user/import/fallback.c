// SPDX-License-Identifier: GPL-3.0-or-later
/* Packets of services that the imported models know nothing of, out of another profile. */
#include <netinet/in.h>
#include <stdio.h>

#include "import/build.h"
#include "import/sample.h"

#define FLOWS 400 /* per service, that automata are learned from */

/* Flows of the services in `use`, as if they had been captured. */
static int act(const struct fosr_profile *p, const bool *use, struct fosr_dataset *d, struct fosr_err *err)
{
	for (size_t k = 0; k < p->services.list.n; k++) {
		const struct fosr_service *s = &p->services.list.v[k];

		if (fosr_services_add(&d->services, s->name, s->l4, s->port) != (int)k)
			return fosr_err(err, -ENOMEM, "out of memory");
		for (__u32 i = 0; i < FLOWS && use[k]; i++) {
			struct fosr_sample x;
			size_t first = d->steps.n;
			struct fosr_sample_flow *f;

			if (!fosr_import_sample(p, (__u16)k, i, d, &x) || !x.whole) {
				d->steps.n = first;
				continue;
			}
			f = fosr_vec_push(&d->flows);
			if (!f)
				return fosr_err(err, -ENOMEM, "out of memory");
			*f = (struct fosr_sample_flow){
				.start_ns = i * FOSR_NS_PER_S,
				.bytes = {x.bytes[0], x.bytes[1]},
				.packets = {x.flow.packets[0], x.flow.packets[1]},
				.first = (__u32)first,
				.service = (__u16)k,
				.port = x.flow.end[FOSR_BWD].port,
				.l4 = x.flow.l4,
				.end_state = x.flow.end_state,
				.roles = x.flow.roles,
			};
		}
	}
	return 0;
}

/* The automata of a profile that has some; else those that its flows teach. */
static int automata(const struct fosr_profile *p, const bool *use, struct fosr_automata *a, struct fosr_err *err)
{
	const char *prefix = fosr_model_stage_name[FOSR_STEPS];
	const struct fosr_model_ops *tadam = fosr_model_find("tadam", FOSR_STEPS);
	struct fosr_tensors set = {0};
	struct fosr_dataset d = {0};
	int ret;

	if (p->model[FOSR_STEPS].ops == tadam)
		return fosr_automata_load(a, prefix, &p->tensors, &p->services, err);
	ret = act(p, use, &d, err);
	if (!ret && d.flows.n)
		ret = tadam->fit(prefix, &d, &set, err);
	if (!ret && d.flows.n)
		ret = fosr_automata_load(a, prefix, &set, &p->services, err);
	fosr_tensors_free(&set);
	fosr_dataset_free(&d);
	return ret;
}

static int add_tables(struct fosr_automata *to, const struct fosr_automata *a)
{
	if (fosr_vec_reserve(&to->gap, to->gap.n + a->gap.n) || fosr_vec_reserve(&to->size, to->size.n + a->size.n) ||
		fosr_vec_reserve(&to->payload, to->payload.n + a->payload.n) ||
		fosr_vec_reserve(&to->payload_end, to->payload_end.n + a->payload_end.n))
		return -ENOMEM;
	memcpy(to->gap.v + to->gap.n, a->gap.v, a->gap.n * sizeof(*a->gap.v));
	memcpy(to->size.v + to->size.n, a->size.v, a->size.n * sizeof(*a->size.v));
	if (a->payload.n)
		memcpy(to->payload.v + to->payload.n, a->payload.v, a->payload.n);
	for (size_t i = 0; i < a->payload_end.n; i++)
		to->payload_end.v[to->payload_end.n + i] = a->payload_end.v[i] + (__u32)to->payload.n;
	to->gap.n += a->gap.n;
	to->size.n += a->size.n;
	to->payload.n += a->payload.n;
	to->payload_end.n += a->payload_end.n;
	return 0;
}

/* Automata of a service of `a` (or FOSR_AUTOMATON_ANY) under another number. */
static int take(struct fosr_automata *to, const struct fosr_automata *base, const struct fosr_automata *a,
	__u16 service, __u8 l4, __u16 number, double end[FOSR_END_STATES])
{
	double sum = 0;

	for (size_t i = 0; i < a->list.n; i++) {
		const struct fosr_automaton *m = &a->list.v[i];
		struct fosr_automaton *copy;

		if (m->service != service || m->l4 != l4)
			continue;
		copy = fosr_vec_push(&to->list);
		if (!copy || fosr_vec_reserve(&to->edge, to->edge.n + m->edges))
			return -ENOMEM;
		*copy = *m;
		copy->service = number;
		copy->first_edge = (__u32)to->edge.n;
		for (__u32 k = 0; k < m->edges; k++) {
			struct fosr_edge e = a->edge.v[m->first_edge + k];

			/* Ends and classes name no table. */
			if (e.action < FOSR_ACTION_START) {
				e.gap += (__u32)base->gap.n;
				e.size += (__u32)base->size.n;
				e.payload_first += (__u32)base->payload_end.n;
			}
			to->edge.v[to->edge.n++] = e;
		}
		end[m->end_state] += m->weight;
		sum += m->weight;
	}
	for (int g = 0; g < FOSR_END_STATES && sum > 0; g++)
		end[g] /= sum;
	return sum > 0 ? 0 : -ENOENT;
}

static int one(struct fosr_import_build *b, const struct fosr_profile *p, const struct fosr_automata *base,
	const struct fosr_automata *a, size_t i)
{
	struct fosr_import_service *s = &b->flows.service.v[i];
	int k = fosr_services_find(&p->services, s->name, s->l4);
	const char *l4 = s->l4 == IPPROTO_UDP ? "udp" : "tcp";
	int ret = k < 0 ? -ENOENT : take(&b->automata, base, a, (__u16)k, s->l4, (__u16)i, s->end);

	if (!ret)
		fosr_report_add(b->report, FOSR_KEPT, "%s/%s: packets as %s has them", s->name, l4, p->name);
	if (ret != -ENOENT)
		return ret;
	ret = take(&b->automata, base, a, FOSR_AUTOMATON_ANY, s->l4, (__u16)i, s->end);
	if (!ret)
		fosr_report_add(b->report, FOSR_KEPT, "%s/%s: packets as %s has them for all of %s: it has no %s",
			s->name, l4, p->name, l4, s->name);
	return ret;
}

int fosr_import_fallback(struct fosr_import_build *b, bool *want, struct fosr_err *err)
{
	bool use[FOSR_SERVICES_MAX] = {false};
	struct fosr_automata a = {0}, base = b->automata;
	struct fosr_profile *p;
	int ret = fosr_profile_open(b->o->fallback, &p, err);

	if (ret)
		return ret;
	for (size_t i = 0; i < b->flows.service.n; i++) {
		const struct fosr_import_service *s = &b->flows.service.v[i];
		int k = fosr_services_find(&p->services, s->name, s->l4);

		for (size_t j = 0; j < p->services.list.n && want[i]; j++)
			use[j] |= k < 0 ? p->services.list.v[j].l4 == s->l4 : (int)j == k;
	}
	ret = automata(p, use, &a, err);
	if (!ret && add_tables(&b->automata, &a))
		ret = fosr_err(err, -ENOMEM, "out of memory");
	for (size_t i = 0; i < b->flows.service.n && !ret; i++) {
		if (!want[i])
			continue;
		ret = one(b, p, &base, &a, i);
		want[i] = ret == -ENOENT;
		if (ret == -ENOENT)
			ret = 0;
		else if (ret)
			fosr_err(err, ret, "out of memory");
	}
	fosr_automata_free(&a);
	fosr_profile_free(p);
	return ret;
}
