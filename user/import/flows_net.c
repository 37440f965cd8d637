// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Imported flows as the network of the family bn. Roles, port and end state depend on the service; the responder's
 * packets on service and end state, the opener's on the responder's, as in Fos-R. Bytes and duration, which Fos-R does
 * not model, are what the packets make them: they are looked up in flows of the profile without them.
 */
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>

#include "import/build.h"
#include "import/sample.h"
#include "model/bn_net.h"

#define ROW 1e8 /* weight of a row; of a single value at least 1 */
#define FLOWS 600 /* per service, for bytes and durations */

struct maker {
	const struct fosr_import_build *b;
	const struct fosr_profile *sizes;
	struct fosr_bn_net net;
	struct fosr_err *err;
};

static __u32 weight(double p)
{
	return p > 0 ? (__u32)fmax(1, rint(p * ROW)) : 0;
}

/* Parents of a variable, the first first; -1 ends them. */
static void parents(struct maker *m, enum fosr_bn_var v, int first, int second)
{
	struct fosr_bn_node *n = &m->net.node[v];

	n->parent[0] = (__u8)first;
	n->parent[1] = second < 0 ? 0 : (__u8)second;
	n->parents = second < 0 ? 1 : 2;
}

static int cell(struct maker *m, enum fosr_bn_var v, __u16 g0, __u16 g1, __u16 state, __u32 w)
{
	const __u16 given[FOSR_BN_PARENTS] = {g0, g1};

	return w ? fosr_bn_net_cell(&m->net, v, given, state, w) : 0;
}

/* A port is a category of one value; services share them. */
static int port_state(struct maker *m, __u16 port)
{
	struct fosr_bn_node *n = &m->net.node[FOSR_BN_PORT];

	for (size_t i = 0; i < n->piece.n; i++)
		if (n->piece.v[i].lo == port)
			return n->piece.v[i].state;
	if (n->piece.n == FOSR_BN_STATES)
		return -E2BIG;
	return fosr_bn_net_piece(&m->net, FOSR_BN_PORT, (__u16)n->piece.n, port, port, 1) ? -ENOMEM
											  : (int)n->piece.n - 1;
}

static int service(struct maker *m, const struct fosr_import_service *s, __u16 k)
{
	double ports = 0;
	int ret = cell(m, FOSR_BN_SERVICE, 0, 0, k, weight(s->share));

	for (__u16 i = 0; i < FOSR_IMPORT_PAIRS && !ret; i++)
		ret = cell(m, FOSR_BN_ROLES, k, 0, i, weight(s->pair[i]));
	for (__u16 g = 0; g < FOSR_END_STATES && !ret; g++)
		ret = cell(m, FOSR_BN_END, k, 0, g, weight(s->end[g]));
	for (size_t i = 0; i < s->port.n; i++)
		ports += s->port.v[i].weight;
	for (size_t i = 0; i < s->port.n && !ret; i++) {
		int state = port_state(m, s->port.v[i].port);

		ret = state < 0 ? state
				: cell(m, FOSR_BN_PORT, k, 0, (__u16)state, weight(s->port.v[i].weight / ports));
	}
	return ret;
}

/* The responder's packets, for each end state that the service has. */
static int packets_in(struct maker *m, const struct fosr_import_service *s, __u16 k)
{
	int ret = 0;

	for (__u16 g = 0; g < FOSR_END_STATES && !ret; g++) {
		enum fosr_import_end class = fosr_import_end_of(g, s->l4);
		double sum = 0;

		for (size_t i = 0; i < s->in[class].n; i++)
			sum += s->in[class].v[i].weight;
		for (size_t i = 0; i < s->in[class].n && s->end[g] > 0 && !ret; i++)
			ret = cell(m, FOSR_BN_PACKETS_BWD, k, g, s->in[class].v[i].state,
				weight(s->in[class].v[i].weight / sum));
	}
	return ret;
}

static bool used(const struct maker *m, __u8 l4)
{
	for (size_t i = 0; i < m->b->services.list.n; i++)
		if (m->b->services.list.v[i].l4 == l4)
			return true;
	return false;
}

/* Whose category is it? Those of the responder belong to one protocol. */
static bool of_l4(const struct maker *m, __u16 state, __u8 l4)
{
	for (size_t i = 0; i < m->b->flows.service.n; i++) {
		const struct fosr_import_service *s = &m->b->flows.service.v[i];

		for (int c = 0; c < FOSR_IMPORT_CLASSES && s->l4 == l4; c++)
			for (size_t k = 0; k < s->in[c].n; k++)
				if (s->in[c].v[k].state == state)
					return true;
	}
	return false;
}

static int packets_out(struct maker *m)
{
	static const __u8 protocols[2] = {IPPROTO_TCP, IPPROTO_UDP};
	int ret = 0;

	for (__u16 l4 = 0; l4 < 2; l4++)
		for (size_t i = 0; i < m->b->flows.out.n && !ret; i++) {
			const struct fosr_import_weight *w = &m->b->flows.out.v[i];

			if (used(m, protocols[l4]) && of_l4(m, w->given, protocols[l4]))
				ret = cell(m, FOSR_BN_PACKETS_FWD, l4, w->given, w->state, weight(w->weight));
		}
	return ret;
}

static int pieces(struct maker *m, enum fosr_bn_var v, enum fosr_dir dir)
{
	for (size_t k = 0; k < m->b->flows.counts[dir].n; k++) {
		const struct fosr_import_counts *c = &m->b->flows.counts[dir].v[k];

		for (size_t i = 0; i < c->piece.n; i++)
			if (fosr_bn_net_piece(&m->net, v, (__u16)k, c->piece.v[i].lo, c->piece.v[i].hi,
				    weight(c->piece.v[i].weight)))
				return -ENOMEM;
	}
	return 0;
}

/* How dense a category is at a count. */
static double density(const struct fosr_import_counts *c, __u32 n)
{
	double sum = 0;

	for (size_t i = 0; i < c->piece.n; i++)
		if (n >= c->piece.v[i].lo && n <= c->piece.v[i].hi)
			sum += c->piece.v[i].weight / (c->piece.v[i].hi - c->piece.v[i].lo + 1.0);
	return sum;
}

/* The category that a responder's count most likely came from. */
static __u16 category_of(const struct maker *m, const struct fosr_import_service *s, const struct fosr_flow *f)
{
	enum fosr_import_end class = fosr_import_end_of(f->end_state, s->l4);
	__u16 best = s->in[class].v[0].state;
	double most = 0;

	for (size_t i = 0; i < s->in[class].n; i++) {
		const struct fosr_import_weight *w = &s->in[class].v[i];
		double p = w->weight * density(&m->b->flows.counts[FOSR_BWD].v[w->state], f->packets[FOSR_BWD]);

		if (p > most) {
			most = p;
			best = w->state;
		}
	}
	return best;
}

static int quantities(struct maker *m, const struct fosr_import_service *s, __u16 k)
{
	__u32 n = 0;
	int ret = 0;

	for (__u32 i = 0; i < FLOWS && m->sizes && !ret; i++) {
		struct fosr_sample x;
		__u16 c;

		if (!fosr_import_sample(m->sizes, k, i, NULL, &x))
			continue;
		c = category_of(m, s, &x.flow);
		ret = cell(m, FOSR_BN_BYTES_FWD, k, c, fosr_bytes_class(x.bytes[FOSR_FWD]), 1);
		if (!ret)
			ret = cell(m, FOSR_BN_BYTES_BWD, k, c, fosr_bytes_class(x.bytes[FOSR_BWD]), 1);
		if (!ret)
			ret = cell(m, FOSR_BN_DURATION, k, c, fosr_duration_class(x.duration_ns), 1);
		n++;
	}
	for (int v = FOSR_BN_BYTES_FWD; v <= FOSR_BN_DURATION && !n && !ret; v++)
		ret = cell(m, v, k, s->in[FOSR_IMPORT_NEITHER].v[0].state, 0, 1);
	return ret;
}

static int fill(struct maker *m)
{
	const struct fosr_import_flows *f = &m->b->flows;
	__u16 k = 0;
	int ret;

	m->net.node[FOSR_BN_SERVICE].parents = 0;
	parents(m, FOSR_BN_ROLES, FOSR_BN_SERVICE, -1);
	parents(m, FOSR_BN_PORT, FOSR_BN_SERVICE, -1);
	parents(m, FOSR_BN_END, FOSR_BN_SERVICE, -1);
	parents(m, FOSR_BN_PACKETS_BWD, FOSR_BN_SERVICE, FOSR_BN_END);
	parents(m, FOSR_BN_PACKETS_FWD, FOSR_BN_L4, FOSR_BN_PACKETS_BWD);
	for (int v = FOSR_BN_BYTES_FWD; v <= FOSR_BN_DURATION; v++)
		parents(m, v, FOSR_BN_SERVICE, FOSR_BN_PACKETS_BWD);
	ret = pieces(m, FOSR_BN_PACKETS_FWD, FOSR_FWD);
	if (!ret)
		ret = pieces(m, FOSR_BN_PACKETS_BWD, FOSR_BWD);
	if (!ret)
		ret = packets_out(m);
	for (size_t i = 0; i < f->service.n && !ret; i++) {
		if (f->service.v[i].excluded)
			continue;
		ret = service(m, &f->service.v[i], k);
		if (!ret)
			ret = packets_in(m, &f->service.v[i], k);
		if (!ret)
			ret = quantities(m, &f->service.v[i], k++);
	}
	return ret;
}

int fosr_import_net(
	struct fosr_import_build *b, const struct fosr_profile *sizes, struct fosr_tensors *out, struct fosr_err *err)
{
	struct maker m = {.b = b, .sizes = sizes, .err = err};
	int ret;

	fosr_bn_net_init(&m.net, &b->services);
	ret = fill(&m);
	if (ret)
		fosr_err(err, ret, "%s", ret == -E2BIG ? "more ports than a profile can have" : "out of memory");
	else
		ret = fosr_bn_net_save(fosr_model_stage_name[FOSR_FLOWS], &m.net, &b->services, out, err);
	fosr_bn_net_free(&m.net);
	return ret;
}
