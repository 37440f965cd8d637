// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/network_play.h"

#include <linux/in.h>
#include <string.h>

#include "base/buf.h"
#include "base/fixed.h"
#include "campaign/bind.h"
#include "cli/out.h"
#include "profile/census.h"

#define SAMPLE 50000
#define MISSED_NAMED 8
#define WIDTH 88

struct play {
	const struct fosr_profile *p;
	const struct fosr_network *net;
	const __u16 *pairs; /* by service of the profile: what two hosts can play; NULL: nothing */
	struct fosr_census *census;
};

/* Flows of a service and role pair that the network cannot play. */
struct missed {
	__u16 service;
	__u8 roles;
	__u32 flows;
};

static bool playable(const struct play *x, size_t service, int roles)
{
	return x->pairs && x->pairs[service] >> roles & 1;
}

static const char *l4_name(const struct fosr_service *s)
{
	return s->l4 == IPPROTO_UDP ? "udp" : "tcp";
}

/* "label why: a, b, c", broken behind commas where a line would get too long. */
static void tell(struct fosr_ctx *ctx, const char *label, const char *why, const struct fosr_buf *names)
{
	size_t column = 0;

	if (!names->text.n)
		return;
	fosr_out(ctx, "%-9s %s:", label, why);
	for (const char *p = names->text.v; *p;) {
		size_t n = strcspn(p, " ");

		if (!column || column + n > WIDTH) {
			fosr_out(ctx, "\n         ");
			column = 0;
		}
		fosr_out(ctx, " %.*s", (int)n, p);
		column += n + 1;
		p += n + (p[n] == ' ');
	}
	fosr_out(ctx, "\n");
}

static void tell_left_out(const struct play *x, struct fosr_ctx *ctx)
{
	json_t *list = json_array();
	struct fosr_buf names = {0};

	for (size_t s = 0; s < x->p->services.list.n; s++) {
		const struct fosr_service *v = &x->p->services.list.v[s];

		if (x->pairs && x->pairs[s])
			continue;
		fosr_buf_put(&names, "%s%s/%s", names.text.n ? ", " : "", v->name, l4_name(v));
		json_array_append_new(list, json_string(v->name));
	}
	json_object_set_new(ctx->json, "left_out", list);
	tell(ctx, "left out", "nobody offers them to another host", &names);
	fosr_buf_free(&names);
}

static void tell_never_used(const struct play *x, struct fosr_ctx *ctx)
{
	json_t *list = json_array();
	struct fosr_buf names = {0};

	for (size_t s = 0; s < x->net->services; s++) {
		const char *name = x->net->service[s];

		if (fosr_services_find(&x->p->services, name, IPPROTO_TCP) >= 0 ||
			fosr_services_find(&x->p->services, name, IPPROTO_UDP) >= 0)
			continue;
		fosr_buf_put(&names, "%s%s", names.text.n ? ", " : "", name);
		json_array_append_new(list, json_string(name));
	}
	json_object_set_new(ctx->json, "never_used", list);
	tell(ctx, "not used", "offered, but the profile has no flow of them", &names);
	fosr_buf_free(&names);
}

static int by_flows(const void *a, const void *b)
{
	const struct missed *x = a, *y = b;

	return x->flows != y->flows	   ? (x->flows < y->flows) - (x->flows > y->flows)
		: x->service != y->service ? (int)x->service - (int)y->service
					   : (int)x->roles - (int)y->roles;
}

static void tell_missed(const struct play *x, struct missed *list, size_t n, struct fosr_ctx *ctx)
{
	static const char *const role[FOSR_ROLES] = {"user", "server", "Internet", "group"};
	json_t *j = json_array();

	qsort(list, n, sizeof(*list), by_flows);
	for (size_t i = 0; i < n; i++) {
		const struct fosr_service *v = &x->p->services.list.v[list[i].service];
		double share = (double)list[i].flows / x->census->flows;
		const char *from = role[list[i].roles / FOSR_ROLES], *to = role[list[i].roles % FOSR_ROLES];

		if (i < MISSED_NAMED)
			fosr_out(ctx, "missing   %.2f %%: %s/%s from %s to %s\n", 100 * share, v->name, l4_name(v),
				from, to);
		json_array_append_new(j,
			json_pack("{s:s, s:s, s:s, s:s, s:f}", "service", v->name, "l4", l4_name(v), "from", from, "to",
				to, "share", share));
	}
	if (n > MISSED_NAMED)
		fosr_out(ctx, "missing   and %zu more kinds\n", n - MISSED_NAMED);
	json_object_set_new(ctx->json, "missing", j);
}

static int tell_share(const struct play *x, struct fosr_ctx *ctx)
{
	size_t services = x->p->services.list.n, n = 0;
	struct missed *list = calloc(services * FOSR_ROLE_PAIRS, sizeof(*list));
	double share = 0;
	__u32 lost = 0;

	if (!list)
		return fosr_err(&ctx->err, -ENOMEM, "out of memory");
	for (size_t s = 0; s < services; s++)
		for (int roles = 0; roles < FOSR_ROLE_PAIRS; roles++) {
			__u32 flows = x->census->n[s][roles];

			if (!flows || playable(x, s, roles))
				continue;
			list[n++] = (struct missed){.service = (__u16)s, .roles = (__u8)roles, .flows = flows};
			lost += flows;
		}
	if (x->census->flows)
		share = 1 - (double)lost / x->census->flows;
	fosr_out(ctx, "playable  %.2f %% of the flows that the profile %s draws (%u of a week); %s\n", 100 * share,
		x->p->name, x->census->flows,
		!lost		   ? "all of them"
			: x->pairs ? "the others are drawn again as one of these"
				   : "a campaign is refused");
	json_object_set_new(ctx->json, "playable", json_real(share));
	tell_missed(x, list, n, ctx);
	free(list);
	return 0;
}

int fosr_network_play(struct fosr_network *net, const char *profile, struct fosr_ctx *ctx)
{
	struct fosr_campaign c = {.network = net, .scale_q32 = FOSR_Q32};
	struct play x = {.net = net, .census = malloc(sizeof(*x.census))};
	struct fosr_binding *binding = NULL;
	int ret = x.census ? fosr_profile_open(profile, &c.profile, &ctx->err)
			   : fosr_err(&ctx->err, -ENOMEM, "out of memory");

	if (!ret)
		ret = fosr_binding_open(&binding, &c, &ctx->err);
	if (ret == -ENOENT && c.profile)
		ret = 0;
	if (!ret) {
		x.p = c.profile;
		x.pairs = binding ? fosr_binding_limits(binding)->pairs : NULL;
		fosr_census_take(x.p, SAMPLE, x.census);
		tell_left_out(&x, ctx);
		tell_never_used(&x, ctx);
		ret = tell_share(&x, ctx);
	}
	fosr_binding_free(binding);
	fosr_profile_free(c.profile);
	free(x.census);
	return ret;
}
