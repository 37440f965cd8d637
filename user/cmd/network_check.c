// SPDX-License-Identifier: GPL-3.0-or-later
/* network check: a network file in words. */
#include <linux/in.h>
#include <string.h>

#include "base/file.h"
#include "base/time.h"
#include "cli/out.h"
#include "cmd/network.h"
#include "cmd/network_play.h"
#include "profile/addr.h"
#include "profile/network_draw.h"
#include "profile/network_facts.h"

#define SERVICES_COLUMN 5 /* of the table of services: the last */
#define SERVICES_WIDTH 50

static const char *const role_name[FOSR_ROLE_GROUP] = {"user", "server", "Internet"};

static json_t *number(__u64 n)
{
	return json_integer((json_int_t)n);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "12 Linux, 3 Windows" and the same as an object. */
static void print_counts(
	struct fosr_ctx *ctx, const char *label, const char *const *name, const size_t *n, size_t names)
{
	json_t *j = json_object();
	bool any = false;

	for (size_t i = 0; i < names; i++) {
		json_object_set_new(j, name[i], number(n[i]));
		if (!n[i])
			continue;
		fosr_out(ctx, "%s%zu %s", any ? ", " : label, n[i], name[i]);
		any = true;
	}
	fosr_out(ctx, any ? "\n" : "");
	json_object_set_new(ctx->json, !strncmp(label, "system", 6) ? "systems" : "roles", j);
}

static void print_hosts(const struct fosr_network *net, const struct fosr_net_facts *f, struct fosr_ctx *ctx)
{
	const char *os[FOSR_OSES];
	char title[256];

	for (int i = 0; i < FOSR_OSES; i++)
		os[i] = fosr_os_name(i);
	fosr_out(ctx, "%s\n", fosr_text_clean(title, sizeof(title), net->title));
	fosr_out(ctx, "hosts     %zu in the file", f->hosts - f->pooled);
	if (f->pooled)
		fosr_out(ctx, ", and %zu in %zu pool%s of the Internet", f->pooled, net->pools.n, plural(net->pools.n));
	fosr_out(ctx, "\n");
	print_counts(ctx, "roles     ", role_name, f->role, FOSR_ROLE_GROUP);
	print_counts(ctx, "systems   ", os, f->os, FOSR_OSES);
	fosr_out(ctx, "addresses %zu interface%s: %zu with IPv4 alone, %zu with both, %zu with IPv6 alone", f->ifaces,
		plural(f->ifaces), f->ifaces - f->both - f->only6, f->both, f->only6);
	if (f->both)
		fosr_out(ctx, "; between two that have both, %.0f %% of the flows are over IPv6",
			100.0 * net->ip6_share / FOSR_USAGE_ONE);
	fosr_out(ctx, "\n");
	json_object_set_new(ctx->json, "title", fosr_json_text(net->title));
	json_object_set_new(ctx->json, "hosts", number(f->hosts - f->pooled));
	json_object_set_new(ctx->json, "pool_hosts", number(f->pooled));
	json_object_set_new(ctx->json, "interfaces",
		json_pack("{s:I, s:I, s:I}", "ipv4", (json_int_t)(f->ifaces - f->both - f->only6), "both",
			(json_int_t)f->both, "ipv6", (json_int_t)f->only6));
	json_object_set_new(ctx->json, "ipv6_share", json_real((double)net->ip6_share / FOSR_USAGE_ONE));
}

/* "-" for what the file does not say. */
static const char *rtt_text(char buf[FOSR_TIME_TEXT], __u64 ns)
{
	return ns ? fosr_duration_format(buf, ns) : "-";
}

static void print_subnets(const struct fosr_network *net, const struct fosr_net_facts *f, struct fosr_ctx *ctx)
{
	char addr[FOSR_ADDR_TEXT], mac[FOSR_MAC_TEXT], rtt[FOSR_TIME_TEXT], prefix[FOSR_ADDR_TEXT + 4];
	json_t *list = json_array();
	struct fosr_table t;

	json_object_set_new(ctx->json, "subnets", list);
	fosr_out(ctx, net->places.n ? "\n" : "subnets   none: all hosts are on one link\n");
	if (!net->places.n)
		return;
	fosr_table_init(&t, "subnet|>hosts|>VLAN|router|>hops|>rtt");
	for (size_t i = 0; i < net->places.n; i++) {
		const struct fosr_place *p = &net->places.v[i];

		snprintf(prefix, sizeof(prefix), "%s/%u", fosr_addr_format(&p->prefix, addr), p->bits);
		fosr_table_cell(&t, "%s", prefix);
		fosr_table_cell(&t, "%zu", f->place[i]);
		fosr_table_cell(&t, p->vlan ? "%u" : "-", p->vlan);
		fosr_table_cell(&t, "%s", p->has_router ? fosr_mac_format(p->router, mac) : "-");
		fosr_table_cell(&t, "%u", p->hops);
		fosr_table_cell(&t, "%s", rtt_text(rtt, p->rtt_ns));
		json_array_append_new(list,
			json_pack("{s:s, s:I, s:i, s:s?, s:i, s:I}", "prefix", prefix, "hosts", (json_int_t)f->place[i],
				"vlan", (int)p->vlan, "router", p->has_router ? fosr_mac_format(p->router, mac) : NULL,
				"hops", (int)p->hops, "rtt_ns", (json_int_t)p->rtt_ns));
	}
	fosr_table_print(&t, ctx);
}

/* What the hosts of a pool offer: they all do the same. */
static void offers_text(const struct fosr_network *net, const struct fosr_iface *iface, char *text, size_t size)
{
	size_t at = 0;

	text[0] = '\0';
	for (size_t k = 0; k < iface->offers.n && at + FOSR_SERVICE_NAME + 12 < size; k++) {
		const struct fosr_offer *o = &iface->offers.v[k];

		at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", net->service[o->service]);
		if (o->port)
			at += (size_t)snprintf(text + at, size - at, ":%u", o->port);
	}
}

static void print_pools(const struct fosr_network *net, struct fosr_ctx *ctx)
{
	json_t *list = json_array();
	struct fosr_table t;
	char text[512];

	json_object_set_new(ctx->json, "pools", list);
	if (!net->pools.n)
		return;
	fosr_out(ctx, "\n");
	fosr_table_init(&t, "pool|>hosts|IPv6|services");
	for (size_t i = 0; i < net->pools.n; i++) {
		const struct fosr_pool *p = &net->pools.v[i];

		offers_text(net, net->hosts.v[p->first].ifaces.v, text, sizeof(text));
		fosr_table_cell(&t, "%s", p->name);
		fosr_table_cell(&t, "%zu", p->hosts);
		fosr_table_cell(&t, "%s", p->ip6 ? "yes" : "no");
		fosr_table_cell(&t, "%s", text);
		json_array_append_new(list,
			json_pack("{s:s, s:I, s:b, s:s}", "name", p->name, "hosts", (json_int_t)p->hosts, "ipv6",
				(int)p->ip6, "services", text));
	}
	fosr_table_print(&t, ctx);
}

static void print_internet(const struct fosr_network *net, struct fosr_ctx *ctx)
{
	char rtt[FOSR_TIME_TEXT];

	json_object_set_new(ctx->json, "internet",
		json_pack("{s:i, s:I}", "hops", (int)net->internet.hops, "rtt_ns", (json_int_t)net->internet.rtt_ns));
	if (net->internet.hops || net->internet.rtt_ns)
		fosr_out(ctx, "Internet  about %u hops away, round trip time %s\n", net->internet.hops,
			rtt_text(rtt, net->internet.rtt_ns));
}

static bool same_row(const struct fosr_service_facts *a, const struct fosr_service_facts *b)
{
	return !memcmp(a->offer, b->offer, sizeof(a->offer)) && a->clients == b->clients && a->usage == b->usage &&
		a->most == b->most && a->top == b->top;
}

static void row_counts(const struct fosr_network *net, const struct fosr_service_facts *x, struct fosr_table *t)
{
	char name[FOSR_HOSTNAME];

	for (int role = 0; role < FOSR_ROLE_GROUP; role++)
		fosr_table_cell(t, "%zu", x->offer[role]);
	fosr_table_cell(t, "%zu", x->clients);
	fosr_table_cell(t, "%s %.0f %%", fosr_text_clean(name, sizeof(name), net->hosts.v[x->top].name),
		100.0 * (double)x->most / (double)x->usage);
}

/* One row for all services that the same hosts offer, as far as the counts tell; more below it where they are many. */
static void print_row(
	const struct fosr_network *net, const struct fosr_net_facts *f, size_t first, struct fosr_table *t)
{
	char text[SERVICES_WIDTH + FOSR_SERVICE_NAME + 2];
	size_t at = 0;

	row_counts(net, &f->service[first], t);
	for (size_t s = first; s < net->services; s++) {
		if (!same_row(&f->service[first], &f->service[s]))
			continue;
		if (at > SERVICES_WIDTH) {
			fosr_table_cell(t, "%s,", text);
			for (int c = 0; c < SERVICES_COLUMN; c++)
				fosr_table_cell(t, "%s", "");
			at = 0;
		}
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", at ? ", " : "", net->service[s]);
	}
	fosr_table_cell(t, "%s", text);
}

static json_t *service_json(const struct fosr_network *net, size_t s, const struct fosr_service_facts *x)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o}", "name", net->service[s], "users",
		(json_int_t)x->offer[FOSR_ROLE_USER], "servers", (json_int_t)x->offer[FOSR_ROLE_SERVER], "internet",
		(json_int_t)x->offer[FOSR_ROLE_INTERNET], "clients", (json_int_t)x->clients, "mostly",
		fosr_json_text(net->hosts.v[x->top].name));
}

static void print_services(const struct fosr_network *net, const struct fosr_net_facts *f, struct fosr_ctx *ctx)
{
	json_t *list = json_array();
	struct fosr_table t;

	fosr_out(ctx, "\nWho offers services, who uses them, and which host has most of those flows:\n");
	fosr_table_init(&t, ">users|>servers|>Internet|>clients|mostly|services");
	for (size_t s = 0; s < net->services; s++) {
		size_t first = 0;

		while (!same_row(&f->service[first], &f->service[s]))
			first++;
		if (first == s)
			print_row(net, f, s, &t);
		json_array_append_new(list, service_json(net, s, &f->service[s]));
	}
	json_object_set_new(ctx->json, "services", list);
	fosr_table_print(&t, ctx);
}

static void FOSR_PRINTF(2, 3) hint(struct fosr_ctx *ctx, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_array_append_new(json_object_get(ctx->json, "hints"), fosr_json_text(text));
	fosr_text_clean(text, sizeof(text), text);
	fosr_out(ctx, "%shint%s      %s\n", fosr_sgr(ctx, FOSR_SGR_YELLOW), fosr_sgr(ctx, FOSR_SGR_RESET), text);
}

static void hint_links(const struct fosr_network *net, const struct fosr_net_facts *f, struct fosr_ctx *ctx)
{
	const struct fosr_host *h;

	if (f->derived) {
		h = &net->hosts.v[f->derived_first];
		hint(ctx,
			"%zu interface%s without mac_addr (first: %s, line %u): derived ones are fine for captures, but inject "
			"needs those of the real interfaces; 'fosr-xdp network fill' finds them",
			f->derived, plural(f->derived), h->name, h->line);
	}
	if (f->nowhere) {
		h = &net->hosts.v[f->nowhere_first];
		hint(ctx,
			"%zu host%s in none of the subnets (first: %s, line %u): no VLAN, no router and no hops of their own",
			f->nowhere, plural(f->nowhere), h->name, h->line);
	}
	for (size_t i = 0; i < net->places.n; i++)
		if (!f->place[i])
			hint(ctx, "the subnet of line %u has no host", net->places.v[i].line);
	if (f->only6)
		hint(ctx, "%zu interface%s without an IPv4 address: inject knows hosts by those and refuses this file",
			f->only6, plural(f->only6));
}

static void hint_usage(const struct fosr_network *net, const struct fosr_net_facts *f, struct fosr_ctx *ctx)
{
	if (fosr_nearly_all(f->most, f->usage, f->users))
		hint(ctx, "host %s (line %u) has %.1f %% of the usage of all %zu clients: it opens nearly all flows",
			net->hosts.v[f->top].name, net->hosts.v[f->top].line,
			100.0 * (double)f->most / (double)f->usage, f->users);
	for (size_t s = 0; s < net->services; s++) {
		const struct fosr_service_facts *x = &f->service[s];
		size_t all = x->offer[0] + x->offer[1] + x->offer[2];

		if (fosr_nearly_all(x->most, x->usage, all))
			hint(ctx,
				"host %s (line %u) has %.1f %% of the usage of the %zu hosts that offer %s: the others "
				"hardly answer any flow of it",
				net->hosts.v[x->top].name, net->hosts.v[x->top].line,
				100.0 * (double)x->most / (double)x->usage, all, net->service[s]);
	}
}

static void print_hints(const struct fosr_network *net, const struct fosr_net_facts *f, struct fosr_ctx *ctx)
{
	json_t *list = json_array();

	json_object_set_new(ctx->json, "hints", list);
	hint_links(net, f, ctx);
	hint_usage(net, f, ctx);
}

static int draw(const struct fosr_network *net, const char *path,
	int (*make)(const struct fosr_network *net, struct fosr_buf *out, struct fosr_err *err), struct fosr_ctx *ctx)
{
	struct fosr_buf out = {0};
	int ret = path ? make(net, &out, &ctx->err) : 0;

	if (path && !ret)
		ret = fosr_file_write(path, out.text.v, out.text.n, &ctx->err);
	if (path && !ret && strcmp(path, "-"))
		fosr_out(ctx, "drawn     %s\n", path);
	fosr_buf_free(&out);
	return ret;
}

static int claim_stdout(const struct fosr_network_args *a, struct fosr_ctx *ctx)
{
	bool dot = a->dot && !strcmp(a->dot, "-"), svg = a->svg && !strcmp(a->svg, "-");

	if (a->dot && a->svg && !strcmp(a->dot, a->svg))
		return fosr_usage(ctx, "--dot and --svg both name '%s'; give two files", a->dot);
	return dot || svg ? fosr_ctx_claim_stdout(ctx) : 0;
}

int fosr_network_check(const struct fosr_network_args *a, const char *file, struct fosr_ctx *ctx)
{
	struct fosr_network *net;
	struct fosr_net_facts f;
	int ret = claim_stdout(a, ctx);

	if (!ret)
		ret = fosr_network_open(file, &net, &ctx->err);
	if (ret)
		return ret;
	ret = fosr_net_facts(net, &f, &ctx->err);
	if (!ret) {
		print_hosts(net, &f, ctx);
		print_internet(net, ctx);
		print_subnets(net, &f, ctx);
		print_pools(net, ctx);
		print_services(net, &f, ctx);
		fosr_out(ctx, "\n");
		if (a->profile)
			ret = fosr_network_play(net, a->profile, ctx);
		if (!ret)
			print_hints(net, &f, ctx);
		if (!ret)
			ret = draw(net, a->dot, fosr_network_dot, ctx);
		if (!ret)
			ret = draw(net, a->svg, fosr_network_svg, ctx);
		fosr_net_facts_free(&f);
	}
	fosr_network_free(net);
	return ret;
}
