// SPDX-License-Identifier: GPL-3.0-or-later
/* Automata for the services that flows have. */
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/file.h"
#include "import/build.h"
#include "import/gap.h"
#include "import/unfold.h"

#define DAY_NS 864e11

static bool has_port(const struct fosr_ta *ta, const struct fosr_import_service *s)
{
	for (__u32 i = 0; i < ta->ports; i++)
		for (size_t k = 0; k < s->port.n; k++)
			if (ta->port[i] == s->port.v[k].port)
				return true;
	return false;
}

/* The automaton of that name, else one that was learned from a port of the service; or -ENOENT. */
static int match(const struct fosr_import_dir *d, const struct fosr_import_service *s)
{
	for (size_t i = 0; i < d->automaton.n; i++)
		if (d->automaton.v[i].ta.l4 == s->l4 && !strcmp(d->automaton.v[i].ta.service, s->name))
			return (int)i;
	for (size_t i = 0; i < d->automaton.n; i++)
		if (d->automaton.v[i].ta.l4 == s->l4 && has_port(&d->automaton.v[i].ta, s))
			return (int)i;
	return -ENOENT;
}

/* A mean gap of more than a day is in no flow: the file's times are microseconds times 10^6, not 10^3. */
static double gap_scale(const struct fosr_dir_automaton *a, struct fosr_report *report)
{
	double longest = 0, scale;

	for (size_t i = 0; i < a->ta.edge.n; i++)
		longest = fmax(longest, a->ta.edge.v[i].end ? 0 : a->ta.edge.v[i].mu[0]);
	if (longest <= DAY_NS)
		return 1;
	scale = a->ta.l4 == IPPROTO_UDP ? 1e-3 : 1;
	fosr_report_add(report, scale < 1 ? FOSR_REPAIRED : FOSR_UNREPAIRED,
		"%s: %s: a mean gap of %.1f days in one flow cannot be%s", a->file,
		scale < 1 ? "all gaps divided by 1000" : "gaps are taken as they are", longest / DAY_NS,
		scale < 1 ? " (Fos-R's learner multiplied the microseconds of UDP by 10^6 instead of 10^3)" : "");
	return scale;
}

/* Share of the Gaussians below 0, where Fos-R cuts them, weighted by how often edges are used. */
static void tell_gaps(const struct fosr_dir_automaton *a, struct fosr_report *report)
{
	double below = 0, all = 0, most = 0;
	size_t n = 0;

	for (size_t i = 0; i < a->ta.edge.n; i++) {
		const struct fosr_ta_edge *e = &a->ta.edge.v[i];
		double cut;

		if (e->end || e->cov[0][0] <= 2e-6 || e->mu[0] < 1)
			continue;
		cut = fosr_normal_cdf(-e->mu[0] / sqrt(e->cov[0][0]));
		below += cut * (double)e->count;
		all += (double)e->count;
		most = fmax(most, cut);
		n++;
	}
	if (n)
		fosr_report_add(report, FOSR_REPAIRED,
			"%s: %zu Gaussian gaps became log-normal ones of the same mean and variance; cut at 0, as Fos-R does, "
			"%.0f %% of the gaps were 0 (up to %.0f %%)",
			a->file, n, 100 * below / fmax(all, 1), 100 * most);
}

/* How much larger sizes are by the Gaussians than by the payloads. */
static void tell_sizes(const struct fosr_dir_automaton *a, struct fosr_report *report)
{
	double far = 0, all = 0;

	for (size_t i = 0; i < a->ta.edge.n; i++) {
		const struct fosr_ta_edge *e = &a->ta.edge.v[i];
		double sum = 0;

		for (__u32 k = 0; k < e->payloads; k++)
			sum += a->ta.payload.v[e->payload + k].len;
		if (!e->payloads)
			continue;
		far += (e->mu[1] - sum / e->payloads) * (double)e->count;
		all += (double)e->count;
	}
	if (all > 0 && fabs(far / all) > 4)
		fosr_report_add(report, FOSR_REPAIRED,
			"%s: sizes are those of the payloads; the means beside them are %.1f bytes %s%s", a->file,
			fabs(far / all), far > 0 ? "larger" : "smaller",
			a->ta.l4 == IPPROTO_UDP && fabs(far / all - 8) < 0.5 ? " (the UDP header)" : "");
}

static void tell_ends(const struct fosr_dir_automaton *a, const struct fosr_unfold *u, struct fosr_report *report)
{
	char ends[200] = "", walked[200] = "";
	size_t n = 0, w = 0;

	for (int g = 0; g < FOSR_END_STATES && n < 150 && w < 150; g++) {
		if (u->share[g] > 0)
			n += (size_t)snprintf(ends + n, sizeof(ends) - n, "%s%s %.2f %%", n ? ", " : "",
				fosr_end_state_name[g], 100 * u->share[g]);
		if (u->walked[g] > 5e-5)
			w += (size_t)snprintf(walked + w, sizeof(walked) - w, "%s%s %.2f %%", w ? ", " : "",
				fosr_end_state_name[g], 100 * u->walked[g]);
	}
	if (u->refused < 1e-4)
		fosr_report_add(report, FOSR_KEPT, "%s: its flows end in %s", a->file, ends);
	else
		fosr_report_add(report, FOSR_REPAIRED,
			"%s: its flows end in %s, as the counts of its edges say (off by %.1f %%); walks along its merged "
			"states would end in %s, and %.1f %% would do what no connection does",
			a->file, ends, 100 * u->misfit, walked, 100 * u->refused);
}

static int unfold(struct fosr_import_build *b, struct fosr_dir_automaton *a, struct fosr_import_service *s, __u16 index,
	bool first, struct fosr_err *err)
{
	struct fosr_report silent = {0}, *report = first ? b->report : &silent;
	struct fosr_unfold u = {.service = index, .payloads = b->o->keep_payloads, .mss = FOSR_IMPORT_MSS};
	char path[FOSR_PATH_MAX];
	int ret;

	u.gap_scale = gap_scale(a, report);
	snprintf(path, sizeof(path), "%s/%s", b->o->dir, a->file);
	ret = fosr_unfold(&u, &a->ta, path, &b->automata, err);
	if (!ret) {
		memcpy(s->end, u.share, sizeof(s->end));
		tell_gaps(a, report);
		tell_sizes(a, report);
		tell_ends(a, &u, report);
		if (u.cut)
			fosr_report_add(report, FOSR_REPAIRED,
				"%s: %llu payloads of more than %d bytes cut there: no packet holds them (segments that an "
				"interface had joined before they were captured)",
				a->file, u.cut, FOSR_IMPORT_MSS);
		if (u.bytes && !b->o->keep_payloads)
			fosr_report_add(report, FOSR_EXCLUDED,
				"%s: %llu bytes of payloads; only their lengths are kept (--keep-payloads keeps them)",
				a->file, u.bytes);
		if (u.bytes && b->o->keep_payloads) {
			fosr_report_add(report, FOSR_KEPT, "%s: %llu bytes of payloads", a->file, u.bytes);
			fosr_report_add(report, FOSR_UNREPAIRED,
				"%s: payloads are drawn one by one, so a reply may answer another question", a->file);
		}
	}
	fosr_report_free(&silent);
	return ret;
}

/* What is left is numbered again, and its shares scaled. */
static int renumber(struct fosr_import_build *b, struct fosr_err *err)
{
	double left = 1 - b->excluded;

	for (size_t i = 0; i < b->flows.service.n; i++) {
		struct fosr_import_service *s = &b->flows.service.v[i];
		__u16 port = fosr_service_port(s->name, s->l4);
		int want = (int)b->services.list.n, have;

		if (s->excluded)
			continue;
		have = fosr_services_add(&b->services, s->name, s->l4, port ? port : s->port.v[0].port);
		if (have < 0)
			return fosr_err(err, have, "%s: cannot add service %s", b->o->dir, s->name);
		if (have != want)
			return fosr_err(err, -EINVAL, "%s: two services of the model are %s here", b->o->dir, s->name);
		s->share /= left;
	}
	return 0;
}

static int exclude(struct fosr_import_build *b, const bool *want, struct fosr_err *err)
{
	char names[160] = "";
	size_t at = 0, gone = 0;

	for (size_t i = 0; i < b->flows.service.n; i++) {
		struct fosr_import_service *s = &b->flows.service.v[i];

		if (!want[i])
			continue;
		s->excluded = true;
		b->excluded += s->share;
		gone++;
		if (at < sizeof(names) - 30)
			at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s/%s", at ? ", " : "", s->name,
				s->l4 == IPPROTO_UDP ? "udp" : "tcp");
		fosr_report_add(b->report, FOSR_EXCLUDED,
			"%s/%s: no automaton%s: %.4g %% of the flows, whose share the others get", s->name,
			s->l4 == IPPROTO_UDP ? "udp" : "tcp",
			b->o->fallback ? ", and the fallback has none either"
				       : " (--fallback PROFILE gives it packets)",
			100 * s->share);
	}
	if (gone == b->flows.service.n)
		return fosr_err(err, -ENOENT, "%s: no service of the model has an automaton (%s)%s", b->o->dir, names,
			b->o->fallback ? ", and the fallback has none either"
				       : ": name a profile that has them with --fallback");
	return 0;
}

/* Indices in the profile: those of services that are left. */
static void index_services(const struct fosr_import_build *b, const bool *want, __u16 *index)
{
	__u16 n = 0;

	for (size_t i = 0; i < b->flows.service.n; i++)
		index[i] = want[i] ? UINT16_MAX : n++;
}

static void tell_unused(struct fosr_import_build *b, const bool *used)
{
	for (size_t i = 0; i < b->dir.automaton.n; i++)
		if (!used[i])
			fosr_report_add(b->report, FOSR_EXCLUDED, "%s: no flow of the model is of this service",
				b->dir.automaton.v[i].file);
}

int fosr_import_steps(struct fosr_import_build *b, struct fosr_err *err)
{
	size_t n = b->flows.service.n;
	bool want[FOSR_SERVICES_MAX], lack[FOSR_SERVICES_MAX], used[FOSR_DIR_AUTOMATA] = {false};
	__u16 index[FOSR_SERVICES_MAX];
	int ret = 0;

	if (n > FOSR_SERVICES_MAX)
		return fosr_err(err, -E2BIG, "%s: more than %d services", b->o->dir, FOSR_SERVICES_MAX);
	for (size_t i = 0; i < n; i++)
		lack[i] = want[i] = match(&b->dir, &b->flows.service.v[i]) < 0;
	if (b->o->fallback)
		ret = fosr_import_fallback(b, want, err);
	if (!ret)
		ret = exclude(b, want, err);
	if (ret)
		return ret;
	index_services(b, want, index);
	/* The fallback's automata carry places in b->flows so far. */
	for (size_t i = 0; i < b->automata.list.n; i++)
		b->automata.list.v[i].service = index[b->automata.list.v[i].service];
	for (size_t i = 0; i < n && !ret; i++) {
		int a = lack[i] ? -1 : match(&b->dir, &b->flows.service.v[i]);

		if (a < 0)
			continue;
		ret = unfold(b, &b->dir.automaton.v[a], &b->flows.service.v[i], index[i], !used[a], err);
		used[a] = true;
	}
	if (ret)
		return ret;
	tell_unused(b, used);
	return renumber(b, err);
}
