// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/verify_report.h"

#include "cli/out.h"

static void put(json_t *o, const char *key, __u64 n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void put_lateness(json_t *o, const struct fosr_histo *h, __u64 early)
{
	put(o, "early", early);
	put(o, "lateness_p50_ns", fosr_histo_at(h, 500));
	put(o, "lateness_p99_ns", fosr_histo_at(h, 990));
	put(o, "lateness_max_ns", h->max);
}

static void print_times(struct fosr_ctx *ctx, const struct fosr_histo *h)
{
	char n[3][FOSR_HUMAN];

	fosr_out(ctx, "median %s, p99 %s, max %s", fosr_human_ns(n[0], fosr_histo_at(h, 500)),
		fosr_human_ns(n[1], fosr_histo_at(h, 990)), fosr_human_ns(n[2], h->max));
}

/* File names are other people's text. */
static const char *point_name(const struct fosr_verify_result *r, __u32 point, char name[FOSR_POINT_NAME])
{
	fosr_text_clean(name, FOSR_POINT_NAME, r->points.v[point].name);
	return name;
}

static void print_note(struct fosr_ctx *ctx, const struct fosr_verify_opts *o, const struct fosr_verify_result *r,
	const struct fosr_finding_note *n)
{
	char name[FOSR_POINT_NAME];

	fosr_out(ctx, "  %s: ", fosr_finding_name[n->kind]);
	if (n->point != FOSR_NO_POINT && r->points.n > 1)
		fosr_out(ctx, "at %s: ", point_name(r, n->point, name));
	if (n->packet && o->n > 1 && o->join) {
		fosr_text_clean(name, sizeof(name), o->captures[n->source]);
		fosr_out(ctx, "%s, ", name);
	}
	if (n->packet)
		fosr_out(ctx, "packet %llu: ", n->packet);
	if (n->flow)
		fosr_out(ctx, "flow %llu step %u: ", n->flow, n->step);
	fosr_out(ctx, "%s\n", n->text);
}

static void put_notes(struct fosr_ctx *ctx, const struct fosr_verify_opts *o, const struct fosr_verify_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->notes.n; i++) {
		const struct fosr_finding_note *n = &r->notes.v[i];
		bool some = n->point != FOSR_NO_POINT;
		json_t *note = json_object();

		print_note(ctx, o, r, n);
		json_object_set_new(note, "kind", json_string(fosr_finding_name[n->kind]));
		json_object_set_new(note, "point", some ? fosr_json_text(r->points.v[n->point].name) : json_null());
		json_object_set_new(note, "capture", n->packet ? fosr_json_text(o->captures[n->source]) : json_null());
		put(note, "packet", n->packet);
		put(note, "flow", n->flow);
		put(note, "step", n->step);
		json_object_set_new(note, "text", json_string(n->text));
		json_array_append_new(list, note);
	}
	json_object_set_new(ctx->json, "findings", list);
}

static void put_counts(json_t *o, const __u64 count[FOSR_FINDINGS], __u64 retransmitted, __u64 recovered)
{
	for (int i = 0; i < FOSR_FINDINGS; i++)
		put(o, fosr_finding_name[i], count[i]);
	put(o, "retransmitted", retransmitted);
	put(o, "recovered", recovered);
}

static void put_points(struct fosr_ctx *ctx, const struct fosr_verify_result *r)
{
	json_t *list = json_array();
	char name[FOSR_POINT_NAME];

	for (__u32 i = 0; i < r->points.n; i++) {
		const struct fosr_verify_point *p = &r->points.v[i];
		json_t *o = json_object();

		json_object_set_new(o, "name", fosr_json_text(p->name));
		put(o, "captured", p->captured);
		put(o, "seen", p->seen);
		put_counts(o, p->count, p->retransmitted, p->recovered);
		put_lateness(o, &p->lateness, p->early);
		json_array_append_new(list, o);
		if (r->points.n < 2)
			continue;
		fosr_out(ctx, "point %-3u %s: %llu seen of %llu captured", i + 1, point_name(r, i, name), p->seen,
			p->captured);
		for (int k = 0; k < FOSR_FINDINGS; k++)
			if (p->count[k])
				fosr_out(ctx, ", %llu %s", p->count[k], fosr_finding_name[k]);
		if (p->lateness.n) {
			fosr_out(ctx, "; lateness ");
			print_times(ctx, &p->lateness);
		}
		fosr_out(ctx, "\n");
	}
	json_object_set_new(ctx->json, "points", list);
}

static void put_delays(struct fosr_ctx *ctx, const struct fosr_verify_result *r)
{
	json_t *list = json_array();
	char name[FOSR_POINT_NAME];

	for (size_t i = 0; i < r->delays.n; i++) {
		const struct fosr_verify_delay *d = &r->delays.v[i];
		json_t *o = json_object();

		json_object_set_new(o, "from", fosr_json_text(r->points.v[d->from].name));
		json_object_set_new(o, "to", fosr_json_text(r->points.v[d->to].name));
		put(o, "packets", d->ns.n);
		put(o, "p50_ns", fosr_histo_at(&d->ns, 500));
		put(o, "p99_ns", fosr_histo_at(&d->ns, 990));
		put(o, "max_ns", d->ns.max);
		json_array_append_new(list, o);
		fosr_out(ctx, "delay     %s to ", point_name(r, d->from, name));
		fosr_out(ctx, "%s: ", point_name(r, d->to, name));
		print_times(ctx, &d->ns);
		fosr_out(ctx, " (%llu packets)\n", d->ns.n);
	}
	json_object_set_new(ctx->json, "delays", list);
}

static void hints(struct fosr_ctx *ctx, const struct fosr_campaign *c, const struct fosr_verify_result *r)
{
	if (c->taint == FOSR_TAINT_OPTION && !r->any_tag && r->packets)
		fosr_note(ctx,
			"no packet carries a tag: if the capture was untainted or made by create-pcap, add --taint none");
	if (r->foreign_id && !r->seen)
		fosr_note(ctx,
			"the tags are of campaign %08x: give the options, profile and network that it was made with",
			r->foreign_id);
	if (r->count[FOSR_TOO_LATE] > r->planned / 100)
		fosr_note(ctx,
			"much comes half a window (%u packets) too late: do the captures' clocks agree? Verify them one "
			"at a time, or set them right with 'editcap -t SECONDS'",
			FOSR_VERIFY_WINDOW / 2);
	if (r->count[FOSR_REPEATED] && r->points.n == 1 && r->count[FOSR_REPEATED] * 2 > r->seen)
		fosr_note(ctx,
			"most packets are there more than once: if several interfaces were captured into one file, "
			"capture into pcapng (each is a vantage point then), or each into a file of its own");
}

void fosr_verify_report(struct fosr_ctx *ctx, const struct fosr_campaign *c, const struct fosr_verify_opts *o,
	const struct fosr_verify_result *r)
{
	fosr_out(ctx, "planned   %llu packets in %llu flows\n", r->planned, r->flows);
	fosr_out(ctx, "seen      %llu unaltered (%llu flows whole) among %llu captured packets\n", r->seen,
		r->flows_whole, r->packets);
	put_points(ctx, r);
	for (int i = 0; i < FOSR_FINDINGS; i++)
		if (r->count[i])
			fosr_out(ctx, "%llu %s%s\n", r->count[i], fosr_finding_name[i],
				fosr_verify_is_fault(o, i) ? "" : ", which was not asked about");
	put_notes(ctx, o, r);
	if (r->retransmitted || r->recovered)
		fosr_out(ctx, "again     %llu retransmitted copies; %llu packets that came by such a copy only\n",
			r->retransmitted, r->recovered);
	if (r->control)
		fosr_out(ctx, "control   %llu frames between injectors\n", r->control);
	fosr_out(ctx, "other     %llu packets that have nothing to do with the campaign%s\n", r->other + r->foreign,
		r->foreign ? " (some are tagged for another one)" : "");
	if (o->speed_q16 != FOSR_VERIFY_SPEED_MAX) {
		fosr_out(ctx, "lateness  ");
		print_times(ctx, &r->lateness);
		fosr_out(ctx, "; %llu early\n", r->early);
	}
	put_delays(ctx, r);
	hints(ctx, c, r);
	put(ctx->json, "planned", r->planned);
	put(ctx->json, "seen", r->seen);
	put(ctx->json, "flows", r->flows);
	put(ctx->json, "flows_whole", r->flows_whole);
	put(ctx->json, "captured", r->packets);
	put_counts(ctx->json, r->count, r->retransmitted, r->recovered);
	put(ctx->json, "control", r->control);
	put(ctx->json, "other", r->other);
	put(ctx->json, "foreign", r->foreign);
	put_lateness(ctx->json, &r->lateness, r->early);
}
