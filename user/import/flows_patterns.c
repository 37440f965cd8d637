// SPDX-License-Identifier: GPL-3.0-or-later
/* Flows out of patterns of one flow each: what Fos-R v0.1 makes of its patterns file. */
#include <netinet/in.h>
#include <stdio.h>

#include "import/flows.h"

/* Counts from the first to one below the second, or 1 to 99, as Fos-R has it; an opener sends at least one. */
static int category(struct fosr_import_flows *f, const struct fosr_fp_flow *flow, enum fosr_dir dir)
{
	__u32 lo = flow->packets[dir][1] ? flow->packets[dir][0] : 1, hi = flow->packets[dir][1];

	if (dir == FOSR_FWD && !lo)
		lo = 1;
	return fosr_import_counts_uniform(f, dir, lo, !hi ? 99 : hi - 1 > lo ? hi - 1 : lo);
}

static int packets(struct fosr_import_flows *f, struct fosr_import_service *s, const struct fosr_fp_flow *flow)
{
	int out = category(f, flow, FOSR_FWD), in = category(f, flow, FOSR_BWD);
	struct fosr_import_weight *w = out < 0 || in < 0 ? NULL : fosr_vec_push(&f->out);

	if (!w)
		return -ENOMEM;
	*w = (struct fosr_import_weight){(__u16)out, (__u16)in, 1};
	for (int c = 0; c < FOSR_IMPORT_CLASSES; c++) {
		w = fosr_vec_push(&s->in[c]);
		if (!w)
			return -ENOMEM;
		*w = (struct fosr_import_weight){(__u16)in, 0, flow->weight};
	}
	return 0;
}

static struct fosr_import_service *service(struct fosr_import_flows *f, const char *name, __u8 l4)
{
	struct fosr_import_service *s;

	for (size_t i = 0; i < f->service.n; i++)
		if (f->service.v[i].l4 == l4 && !strcmp(f->service.v[i].name, name))
			return &f->service.v[i];
	s = fosr_vec_push(&f->service);
	if (!s)
		return NULL;
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->l4 = l4;
	/* Clients of the host file open, hosts that provide the port answer. */
	s->pair[FOSR_ROLE_USER * FOSR_ROLES + FOSR_ROLE_SERVER] = 0.5;
	s->pair[FOSR_ROLE_SERVER * FOSR_ROLES + FOSR_ROLE_SERVER] = 0.5;
	return s;
}

static int flow(struct fosr_import_flows *f, const struct fosr_fp_flow *p, double all)
{
	struct fosr_import_service *s = service(f, fosr_service_by_port(p->l4, p->port), p->l4);
	struct fosr_import_port *port = s ? fosr_vec_push(&s->port) : NULL;

	if (!port)
		return -ENOMEM;
	*port = (struct fosr_import_port){p->port, p->weight};
	s->share += p->weight / all;
	return packets(f, s, p);
}

int fosr_import_flows_patterns(
	struct fosr_import_flows *f, const struct fosr_import_dir *d, struct fosr_report *report, struct fosr_err *err)
{
	const struct fosr_fp *p = &d->patterns;
	double all = 0;
	size_t n = 0;
	int ret = 0;

	for (size_t i = 0; i < p->flow.n; i++)
		if (p->flow.v[i].port && p->flow.v[i].weight > 0) {
			all += p->flow.v[i].weight;
			n++;
		}
	if (p->several)
		fosr_report_add(report, FOSR_EXCLUDED,
			"%u patterns of several flows (%.1f %% of the weights): this importer takes patterns of one flow",
			p->several, 100 * p->several_weight / p->weight);
	if (n < p->flow.n)
		fosr_report_add(
			report, FOSR_EXCLUDED, "%zu patterns without a fixed port, or without weight", p->flow.n - n);
	if (!n)
		return fosr_err(err, -EINVAL, "patterns/patterns.json: no pattern of one flow with a fixed DstPt");
	for (size_t i = 0; i < p->flow.n && !ret; i++)
		if (p->flow.v[i].port && p->flow.v[i].weight > 0)
			ret = flow(f, &p->flow.v[i], all);
	if (!ret)
		fosr_report_add(report, FOSR_KEPT,
			"patterns.json: weights, ports and packet counts of %zu patterns of one flow", n);
	return ret ? fosr_err(err, ret, "out of memory") : 0;
}
