// SPDX-License-Identifier: GPL-3.0-or-later
/* Flows out of the three networks of bn/. Their variables, parents and labels are Fos-R's own, and nothing else. */
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>

#include "import/align.h"
#include "import/flows.h"

#define LABELS 1024 /* at most, of any variable but Time and the addresses */

struct reader {
	struct fosr_import_flows *f;
	const struct fosr_import_dir *d;
	struct fosr_report *report;
	struct fosr_err *err;
};

/* A variable and its only parent (NULL: none), or -EINVAL. */
static int find(
	const struct reader *r, const struct fosr_bif *b, const char *file, const char *name, const char *parent)
{
	int var = fosr_bif_find(b, name);
	const struct fosr_bif_var *v;

	if (var < 0)
		return fosr_err(r->err, -EINVAL, "bn/%s: no variable \"%s\"", file, name);
	v = &b->vars.v[var];
	if (v->outcomes > LABELS || !v->cells)
		return fosr_err(r->err, -EINVAL,
			"bn/%s: \"%s\" has %u outcomes and a table of %u, expected a table of at "
			"most %d outcomes",
			file, name, v->outcomes, v->cells, LABELS);
	if (v->parents != !!parent || (parent && strcmp(fosr_bif_name(b, v->parent[0]), parent)))
		return fosr_err(r->err, -EINVAL, "bn/%s: \"%s\": expected it to depend on %s, as in Fos-R's models",
			file, name, parent ? parent : "nothing");
	return var;
}

static int role_of(const char *label)
{
	return !strcmp(label, "User")	     ? FOSR_ROLE_USER
		: !strcmp(label, "Server")   ? FOSR_ROLE_SERVER
		: !strcmp(label, "Internet") ? FOSR_ROLE_INTERNET
					     : -EINVAL;
}

static int roles(const struct reader *r, double pair[FOSR_IMPORT_PAIRS])
{
	const struct fosr_bif *b = &r->d->common;
	int src = find(r, b, "bn_common.bifxml", "Src IP Role", NULL), dst;
	double p[FOSR_ALIGN_OUTCOMES], sum = 0;

	if (src < 0)
		return src;
	dst = find(r, b, "bn_common.bifxml", "Dst IP Role", "Src IP Role");
	if (dst < 0)
		return dst;
	if (b->vars.v[src].outcomes > FOSR_ALIGN_OUTCOMES)
		return fosr_err(r->err, -EINVAL, "bn/bn_common.bifxml: more roles than Internet, Server and User");
	fosr_align_root(r->d, (__u32)src, (__u32)dst, p, r->report);
	for (__u32 s = 0; s < b->vars.v[src].outcomes; s++) {
		const double *row = fosr_bif_row(b, (__u32)dst, &s);
		int from = role_of(fosr_bif_label(b, (__u32)src, s));

		for (__u32 k = 0; k < b->vars.v[dst].outcomes; k++) {
			int to = role_of(fosr_bif_label(b, (__u32)dst, k));

			if (from < 0 || to < 0)
				return fosr_err(r->err, -EINVAL,
					"bn/bn_common.bifxml: a role that is not Internet, Server or User");
			pair[from * FOSR_ROLES + to] += p[s] * row[k];
			sum += p[s] * row[k];
		}
	}
	for (int i = 0; i < FOSR_IMPORT_PAIRS; i++)
		pair[i] /= sum > 0 ? sum : 1;
	return sum > 0 ? 0 : fosr_err(r->err, -EINVAL, "bn/bn_common.bifxml: no role has a share");
}

static int ports(const struct reader *r, int app, __u32 label, struct fosr_import_service *s)
{
	const struct fosr_bif *b = &r->d->common;
	int var = find(r, b, "bn_common.bifxml", "Dst Pt", "Applicative Proto");
	const double *row;

	if (var < 0)
		return var;
	row = fosr_bif_row(b, (__u32)var, &label);
	for (__u32 k = 0; k < b->vars.v[var].outcomes; k++) {
		unsigned int port;
		struct fosr_import_port *p;
		char end;

		if (sscanf(fosr_bif_label(b, (__u32)var, k), "port-%5u%c", &port, &end) != 1 || port > 65535)
			return fosr_err(r->err, -EINVAL,
				"bn/bn_common.bifxml: \"Dst Pt\": \"%s\", expected port-NUMBER",
				fosr_bif_label(b, (__u32)var, k));
		if (row[k] < 1e-9)
			continue;
		p = fosr_vec_push(&s->port);
		if (!p)
			return fosr_err(r->err, -ENOMEM, "out of memory");
		*p = (struct fosr_import_port){(__u16)port, row[k]};
	}
	return s->port.n ? 0
			 : fosr_err(r->err, -EINVAL, "bn/bn_common.bifxml: no port for \"%s\"",
				   fosr_bif_label(b, (__u32)app, label));
}

/* Services of a protocol, with their shares of all flows, role pairs and ports. */
static int services(const struct reader *r, const double pair[FOSR_IMPORT_PAIRS], __u8 l4, __u32 row, double p)
{
	const struct fosr_bif *b = &r->d->common;
	int app = find(r, b, "bn_common.bifxml", "Applicative Proto", "Proto"), ret = 0;
	const double *share;

	if (app < 0)
		return app;
	share = fosr_bif_row(b, (__u32)app, &row);
	for (__u32 k = 0; k < b->vars.v[app].outcomes && !ret; k++) {
		struct fosr_import_service *s;
		const char *label = fosr_bif_label(b, (__u32)app, k);

		if (share[k] < 1e-9)
			continue;
		if (strlen(label) >= FOSR_SERVICE_NAME)
			return fosr_err(r->err, -EINVAL, "bn/bn_common.bifxml: \"%s\": the name is too long", label);
		s = fosr_vec_push(&r->f->service);
		if (!s)
			return fosr_err(r->err, -ENOMEM, "out of memory");
		for (size_t i = 0; label[i]; i++)
			s->name[i] = label[i] >= 'A' && label[i] <= 'Z' ? (char)(label[i] + 'a' - 'A') : label[i];
		s->l4 = l4;
		s->share = p * share[k];
		memcpy(s->pair, pair, sizeof(s->pair));
		ret = ports(r, app, k, s);
		/* A name that nobody else knows says less than its port. */
		if (!ret && !fosr_service_port(s->name, l4))
			snprintf(s->name, sizeof(s->name), "%s", fosr_service_by_port(l4, s->port.v[0].port));
	}
	return ret;
}

int fosr_import_flows_bn(
	struct fosr_import_flows *f, const struct fosr_import_dir *d, struct fosr_report *report, struct fosr_err *err)
{
	struct reader r = {.f = f, .d = d, .report = report, .err = err};
	const struct fosr_bif *b = &d->common;
	double pair[FOSR_IMPORT_PAIRS] = {0}, p[FOSR_ALIGN_OUTCOMES];
	int proto = find(&r, b, "bn_common.bifxml", "Proto", NULL), app, ret;

	if (proto < 0)
		return proto;
	app = find(&r, b, "bn_common.bifxml", "Applicative Proto", "Proto");
	if (app < 0)
		return app;
	if (b->vars.v[proto].outcomes > FOSR_ALIGN_OUTCOMES)
		return fosr_err(err, -EINVAL, "bn/bn_common.bifxml: \"Proto\" is more than TCP and UDP");
	fosr_align_root(d, (__u32)proto, (__u32)app, p, report);
	ret = roles(&r, pair);
	for (__u32 k = 0; k < b->vars.v[proto].outcomes && !ret; k++) {
		const char *label = fosr_bif_label(b, (__u32)proto, k);

		if (strcmp(label, "TCP") && strcmp(label, "UDP"))
			return fosr_err(
				err, -EINVAL, "bn/bn_common.bifxml: protocol \"%s\", expected TCP or UDP", label);
		ret = services(&r, pair, strcmp(label, "TCP") ? IPPROTO_UDP : IPPROTO_TCP, k, p[k]);
	}
	return ret ? ret : fosr_import_packets_bn(f, d, report, err);
}
