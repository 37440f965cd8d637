// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Packet counts: a category for the responder's, given how the flow ends (TCP) or the service (UDP); one for the
 * opener's, given the responder's; a Gaussian per category and protocol.
 *
 * Fos-R learned the opener's table from the flows of both protocols, although category k means other counts in TCP than
 * in UDP. What can be told apart is what one protocol cannot have: a UDP flow whose opener sends nothing, so that mass
 * is TCP's alone; and a TCP flow in which one end sends more than a hundred packets for each of the other's, who has to
 * acknowledge every second segment (RFC 1122, 4.2.3.2), so that mass is UDP's.
 */
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>

#include "import/flows.h"

#define CATEGORIES FOSR_FG_CATEGORIES

#define LOPSIDED 100

enum { TCP, UDP };

/* Whose a cell of the opener's table can be. */
enum owner {
	SHARED,
	ONLY_TCP,
	ONLY_UDP,
};

struct reader {
	struct fosr_import_flows *f;
	const struct fosr_import_dir *d;
	struct fosr_report *report;
	struct fosr_err *err;

	const struct fosr_bif *b[2]; /* by TCP, UDP */
	int in[2], out[2]; /* variables there */
	__u32 n_in, n_out; /* categories */
	double share_in[2][CATEGORIES]; /* of each of the responder's categories among all flows */
	double given[2][CATEGORIES][CATEGORIES]; /* out given in, by protocol, repaired */
	__u32 base[2][2]; /* by protocol and direction: where its categories begin in f->counts */
};

static const char *const file[2] = {"bn_tcp.bifxml", "bn_udp.bifxml"};

static int fail(const struct reader *r, int l4, const char *what)
{
	return fosr_err(r->err, -EINVAL, "bn/%s: %s, unlike Fos-R's models", file[l4], what);
}

/* A variable that depends on one other, whose name is given. */
static int find(const struct reader *r, int l4, const char *name, const char *parent)
{
	const struct fosr_bif *b = r->b[l4];
	int var = fosr_bif_find(b, name);
	char what[160];

	if (var >= 0 && b->vars.v[var].cells && b->vars.v[var].parents == 1 &&
		!strcmp(fosr_bif_name(b, b->vars.v[var].parent[0]), parent))
		return var;
	snprintf(what, sizeof(what), "\"%s\" is not there, or does not depend on \"%s\" alone", name, parent);
	return fail(r, l4, what);
}

/* Categories are called 0, 1, 2...: the numbers of their Gaussians. */
static int numbered(const struct reader *r, int l4, int var, int dir, __u32 *n)
{
	const struct fosr_bif *b = r->b[l4];

	*n = b->vars.v[var].outcomes;
	if (*n > r->d->counts.set[l4][dir].n || *n > CATEGORIES)
		return fail(r, l4, "more packet categories than bn_additional_data.json has Gaussians");
	for (__u32 k = 0; k < *n; k++) {
		char name[12];

		snprintf(name, sizeof(name), "%u", k);
		if (strcmp(fosr_bif_label(b, (__u32)var, k), name))
			return fail(r, l4, "packet categories that are not called 0, 1, 2");
	}
	return 0;
}

static int variables(struct reader *r)
{
	for (int l4 = 0; l4 < 2; l4++) {
		__u32 in, out;
		int ret;

		r->in[l4] = find(r, l4, "Cat In Packet", l4 == TCP ? "End Flags" : "Applicative Proto");
		if (r->in[l4] < 0)
			return r->in[l4];
		r->out[l4] = find(r, l4, "Cat Out Packet", "Cat In Packet");
		if (r->out[l4] < 0)
			return r->out[l4];
		ret = numbered(r, l4, r->in[l4], FOSR_BWD, &in);
		if (!ret)
			ret = numbered(r, l4, r->out[l4], FOSR_FWD, &out);
		if (ret)
			return ret;
		if (l4 == UDP && (in != r->n_in || out != r->n_out))
			return fail(r, l4, "another number of packet categories than for TCP");
		r->n_in = in;
		r->n_out = out;
	}
	return 0;
}

/* The responder's categories of one flag class or service, by label of the parent. */
static const double *row_of(const struct reader *r, int l4, const char *label)
{
	const struct fosr_bif *b = r->b[l4];
	__u32 parent = b->vars.v[r->in[l4]].parent[0];
	int k = fosr_bif_outcome(b, parent, label);

	return k < 0 ? NULL : fosr_bif_row(b, (__u32)r->in[l4], (const __u32[]){(__u32)k});
}

static const char *const end_label[FOSR_IMPORT_CLASSES] = {
	[FOSR_IMPORT_FIN] = "F and not R",
	[FOSR_IMPORT_RST] = "R",
	[FOSR_IMPORT_NEITHER] = "not F and not R",
};

/* The service's name as the network has it: any case. */
static const double *row_of_service(const struct reader *r, const struct fosr_import_service *s)
{
	const struct fosr_bif *b = r->b[UDP];
	__u32 parent = b->vars.v[r->in[UDP]].parent[0];

	for (__u32 k = 0; k < b->vars.v[parent].outcomes; k++)
		if (!strcasecmp(fosr_bif_label(b, parent, k), s->name))
			return fosr_bif_row(b, (__u32)r->in[UDP], &k);
	return NULL;
}

/* Share of each of the responder's categories among all flows, TCP's and UDP's. */
static int shares_in(struct reader *r)
{
	int flags = find(r, TCP, "End Flags", "Proto"), tcp;
	double all[2] = {0};
	const double *end;

	if (flags < 0)
		return flags;
	tcp = fosr_bif_outcome(r->b[TCP], r->b[TCP]->vars.v[flags].parent[0], "TCP");
	if (tcp < 0)
		return fail(r, TCP, "no TCP");
	end = fosr_bif_row(r->b[TCP], (__u32)flags, (const __u32[]){(__u32)tcp});
	for (size_t i = 0; i < r->f->service.n; i++)
		all[r->f->service.v[i].l4 == IPPROTO_UDP] += r->f->service.v[i].share;
	for (__u32 e = 0; e < r->b[TCP]->vars.v[flags].outcomes; e++) {
		const double *row = fosr_bif_row(r->b[TCP], (__u32)r->in[TCP], &e);

		for (__u32 k = 0; k < r->n_in; k++)
			r->share_in[TCP][k] += all[TCP] * end[e] * row[k];
	}
	for (size_t i = 0; i < r->f->service.n; i++) {
		const struct fosr_import_service *s = &r->f->service.v[i];
		const double *row = s->l4 == IPPROTO_UDP ? row_of_service(r, s) : NULL;

		if (s->l4 == IPPROTO_UDP && !row)
			return fail(r, UDP, "a UDP service without packet counts");
		for (__u32 k = 0; row && k < r->n_in; k++)
			r->share_in[UDP][k] += s->share * row[k];
	}
	return 0;
}

/* No count of this category is one of an opener: it would have sent nothing. */
static bool silent(const struct fosr_fg_set *g, __u32 category)
{
	return g->mu[category] + 3 * sqrt(g->var[category]) < 0.5;
}

/* Nobody acknowledges so little. */
static bool lopsided(const struct reader *r, __u32 out, __u32 in)
{
	double o = r->d->counts.set[TCP][FOSR_FWD].mu[out] + 1, i = r->d->counts.set[TCP][FOSR_BWD].mu[in] + 1;

	return o > LOPSIDED * i || i > LOPSIDED * o;
}

static enum owner owner_of(const struct reader *r, __u32 out, __u32 in)
{
	if (silent(&r->d->counts.set[UDP][FOSR_FWD], out))
		return ONLY_TCP;
	return lopsided(r, out, in) ? ONLY_UDP : SHARED;
}

/*
 * UDP's row: what is its alone in full, of what is shared as much as makes the row whole. w: its part of the flows.
 * What would be its alone but is more than all it has is nobody's.
 */
static void row_of_udp(const struct reader *r, __u32 k, const double *mixed, double w, double *udp)
{
	double own = 0, shared = 0, rest;

	for (__u32 o = 0; o < r->n_out; o++) {
		own += owner_of(r, o, k) == ONLY_UDP ? mixed[o] : 0;
		shared += owner_of(r, o, k) == SHARED ? mixed[o] : 0;
	}
	rest = own < w ? 1 - own / w : 1;
	for (__u32 o = 0; o < r->n_out; o++) {
		enum owner owner = owner_of(r, o, k);

		udp[o] = 0;
		if (owner == ONLY_UDP && own < w)
			udp[o] = mixed[o] / w;
		else if (owner == SHARED && shared > 0)
			udp[o] = mixed[o] / shared * rest;
	}
}

/* Scales to 1; false when there is next to nothing. */
static bool normalise(double *p, __u32 n)
{
	double sum = 0;

	for (__u32 i = 0; i < n; i++)
		sum += p[i];
	for (__u32 i = 0; i < n && sum > 1e-4; i++)
		p[i] /= sum;
	return sum > 1e-4;
}

/*
 * The opener's categories given one of the responder's, for each protocol: see the head of this file. Returns the share
 * of all flows that this moves to another category.
 */
static double separate(struct reader *r, __u32 k)
{
	const double *mixed = fosr_bif_row(r->b[TCP], (__u32)r->out[TCP], &k);
	const double *mixed_udp = fosr_bif_row(r->b[UDP], (__u32)r->out[UDP], &k);
	double of_tcp = r->share_in[TCP][k], of_udp = r->share_in[UDP][k];
	double w = of_tcp + of_udp > 0 ? of_udp / (of_tcp + of_udp) : 0, moved = 0;
	double *udp = r->given[UDP][k], *tcp = r->given[TCP][k];
	bool same = true;

	for (__u32 o = 0; o < r->n_out; o++)
		same &= fabs(mixed[o] - mixed_udp[o]) < 1e-6;
	row_of_udp(r, k, mixed_udp, w, udp);
	for (__u32 o = 0; o < r->n_out; o++) {
		tcp[o] = same ? fmax(mixed[o] - w * udp[o], 0) : mixed[o];
		if (same && owner_of(r, o, k) == ONLY_UDP)
			tcp[o] = 0;
	}
	if (!normalise(udp, r->n_out))
		memcpy(udp, mixed_udp, r->n_out * sizeof(*udp));
	/* Next to no TCP flow is in this row: nothing can be told apart. */
	if (!normalise(tcp, r->n_out))
		memcpy(tcp, mixed, r->n_out * sizeof(*tcp));
	for (__u32 o = 0; o < r->n_out; o++)
		moved += of_tcp * fabs(tcp[o] - mixed[o]) / 2 + of_udp * fabs(udp[o] - mixed_udp[o]) / 2;
	return moved;
}

/* A category per Gaussian and protocol; and the opener's given the responder's. */
static int categories(struct reader *r)
{
	for (int l4 = 0; l4 < 2; l4++)
		for (int dir = 0; dir < 2; dir++) {
			const struct fosr_fg_set *g = &r->d->counts.set[l4][dir];

			r->base[l4][dir] = (__u32)r->f->counts[dir].n;
			for (__u32 k = 0; k < g->n; k++)
				if (fosr_import_counts_gauss(r->f, dir, g->mu[k], g->var[k], dir == FOSR_FWD) < 0)
					return fosr_err(r->err, -ENOMEM, "out of memory");
		}
	for (int l4 = 0; l4 < 2; l4++)
		for (__u32 k = 0; k < r->n_in; k++)
			for (__u32 o = 0; o < r->n_out; o++) {
				struct fosr_import_weight *w = fosr_vec_push(&r->f->out);

				if (!w)
					return fosr_err(r->err, -ENOMEM, "out of memory");
				*w = (struct fosr_import_weight){(__u16)(r->base[l4][FOSR_FWD] + o),
					(__u16)(r->base[l4][FOSR_BWD] + k), r->given[l4][k][o]};
			}
	return 0;
}

static int in_row(const struct reader *r, int l4, const double *row, struct fosr_import_service *s, int class)
{
	if (!row)
		return fail(r, l4, "packet counts that are none");
	for (__u32 k = 0; k < r->n_in; k++) {
		struct fosr_import_weight *w = fosr_vec_push(&s->in[class]);

		if (!w)
			return fosr_err(r->err, -ENOMEM, "out of memory");
		*w = (struct fosr_import_weight){(__u16)(r->base[l4][FOSR_BWD] + k), 0, row[k]};
	}
	return 0;
}

static int service(const struct reader *r, struct fosr_import_service *s)
{
	int ret = 0;

	if (s->l4 == IPPROTO_UDP)
		return in_row(r, UDP, row_of_service(r, s), s, FOSR_IMPORT_NEITHER);
	for (int c = 0; c < FOSR_IMPORT_CLASSES && !ret; c++)
		ret = in_row(r, TCP, row_of(r, TCP, end_label[c]), s, c);
	return ret;
}

static void tell(const struct reader *r, double moved)
{
	const struct fosr_fg_set *udp = &r->d->counts.set[UDP][FOSR_FWD];

	fosr_report_add(r->report, FOSR_REPAIRED,
		"packet counts: rounded to the nearest, at least 1 of the opener, where Fos-R cuts the fraction off (the mean "
		"of UDP category 0 is %g with a variance of %g: half of its draws became %d)",
		udp->mu[0], udp->var[0], (int)udp->mu[0] - 1);
	fosr_report_add(r->report, FOSR_REPAIRED,
		"Cat Out Packet: learned from TCP and UDP flows together: UDP openers that send nothing are given to TCP, TCP flows "
		"with over %d packets for one of the other end to UDP; this moves %.2g %% of all flows to another category",
		LOPSIDED, 100 * moved);
	for (__u32 k = 0; k < r->n_out; k++)
		if (r->d->counts.set[TCP][FOSR_FWD].mu[k] > 1000)
			fosr_report_add(r->report, FOSR_UNREPAIRED,
				"TCP category %u means %.0f packets; Fos-R never makes more than 100. They are made here, with the gaps of "
				"automata that were learned from short flows, so such a flow may last for days",
				k, r->d->counts.set[TCP][FOSR_FWD].mu[k]);
	fosr_report_add(r->report, FOSR_UNREPAIRED,
		"Cat Out Packet: the other categories of the table shared by TCP and UDP cannot be told apart by protocol");
}

int fosr_import_packets_bn(
	struct fosr_import_flows *f, const struct fosr_import_dir *d, struct fosr_report *report, struct fosr_err *err)
{
	struct reader r = {.f = f, .d = d, .report = report, .err = err, .b = {&d->tcp, &d->udp}};
	double moved = 0;
	int ret = variables(&r);

	if (!ret)
		ret = shares_in(&r);
	for (__u32 k = 0; k < r.n_in && !ret; k++)
		moved += separate(&r, k);
	if (!ret)
		ret = categories(&r);
	for (size_t i = 0; i < f->service.n && !ret; i++)
		ret = service(&r, &f->service.v[i]);
	if (!ret)
		tell(&r, moved);
	return ret;
}
