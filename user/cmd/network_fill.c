// SPDX-License-Identifier: GPL-3.0-or-later
/* network fill: MAC addresses as this machine knows them, written into a network file. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "campaign/neighbours.h"
#include "cli/out.h"
#include "cmd/network.h"
#include "profile/addr.h"
#include "profile/network_fill.h"

struct fill {
	struct fosr_fill f;
	struct fosr_neighbours known;
	struct fosr_table table;
	json_t *list;
	size_t found;
};

/* By the interface's first address, else by its IPv6 address. */
static const struct fosr_neighbour *look_up(
	const struct fill *x, const struct fosr_iface *iface, const struct fosr_neighbour **other)
{
	const struct fosr_neighbour *n = fosr_neighbours_find(&x->known, &iface->addr, other);

	if (!n && iface->addr6.family)
		n = fosr_neighbours_find(&x->known, &iface->addr6, other);
	return n;
}

static void tell_one(struct fill *x, const struct fosr_gap *g, const struct fosr_neighbour *n, const char *from)
{
	const struct fosr_host *host = &x->f.net->hosts.v[g->host];
	char addr[FOSR_ADDR_TEXT], mac[FOSR_MAC_TEXT], name[FOSR_HOSTNAME];

	fosr_addr_format(&host->ifaces.v[g->iface].addr, addr);
	fosr_table_cell(&x->table, "%u", g->line);
	fosr_table_cell(&x->table, "%s", fosr_text_clean(name, sizeof(name), host->name));
	fosr_table_cell(&x->table, "%s", addr);
	fosr_table_cell(&x->table, "%s", g->found ? fosr_mac_format(g->mac, mac) : "-");
	fosr_table_cell(&x->table, "%s", from);
	json_array_append_new(x->list,
		json_pack("{s:i, s:o, s:s, s:s?, s:s?, s:s}", "line", (int)g->line, "host", fosr_json_text(host->name),
			"address", addr, "mac_addr", g->found ? fosr_mac_format(g->mac, mac) : NULL, "dev",
			n ? n->dev : NULL, "from", from));
}

static void fill_gap(struct fill *x, struct fosr_gap *g)
{
	const struct fosr_iface *iface = &x->f.net->hosts.v[g->host].ifaces.v[g->iface];
	const struct fosr_neighbour *other, *n = look_up(x, iface, &other);
	char from[3 * IFNAMSIZ + 80];

	if (!n)
		snprintf(from, sizeof(from), "not found");
	else if (other)
		snprintf(
			from, sizeof(from), "not clear: one on %s, another on %s; choose by --dev", n->dev, other->dev);
	else
		snprintf(from, sizeof(from), n->own ? "address of %s" : "neighbour on %s", n->dev);
	g->found = n && !other;
	if (g->found)
		memcpy(g->mac, n->mac, sizeof(g->mac));
	x->found += g->found;
	tell_one(x, g, n, from);
}

/* What the file says already stays; that it is wrong is worth a word. */
static void warn_of_others(const struct fill *x, struct fosr_ctx *ctx)
{
	char said[FOSR_MAC_TEXT], has[FOSR_MAC_TEXT], name[FOSR_HOSTNAME];

	for (size_t h = 0; h < x->f.net->hosts.n; h++)
		for (size_t i = 0; i < x->f.net->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &x->f.net->hosts.v[h].ifaces.v[i];
			const struct fosr_neighbour *other, *n = iface->mac_given ? look_up(x, iface, &other) : NULL;

			if (n && !other && memcmp(n->mac, iface->mac, sizeof(n->mac)))
				fosr_warn(ctx,
					"line %u: host %s has mac_addr %s in the file, but %s on %s; it was left",
					iface->line, fosr_text_clean(name, sizeof(name), x->f.net->hosts.v[h].name),
					fosr_mac_format(iface->mac, said), fosr_mac_format(n->mac, has), n->dev);
		}
}

static void tell(struct fill *x, const char *outfile, struct fosr_ctx *ctx)
{
	size_t all = x->f.gaps.n;

	fosr_table_print(&x->table, ctx);
	if (!all)
		fosr_out(ctx, "every interface has its mac_addr already; %s is a copy\n", outfile);
	else
		fosr_out(ctx, "filled    %zu of %zu interfaces without mac_addr\n", x->found, all);
	if (x->found < all && x->found)
		fosr_out(ctx,
			"missing   %zu: a host is a neighbour once it was talked to on its link: ping it, and fill again\n",
			all - x->found);
	json_object_set_new(ctx->json, "filled", json_integer((json_int_t)x->found));
	json_object_set_new(ctx->json, "missing", json_integer((json_int_t)(all - x->found)));
}

static int fill_and_write(struct fill *x, const struct fosr_network_args *a, const char *file, struct fosr_ctx *ctx)
{
	struct fosr_buf out = {0};
	int ret;

	fosr_table_init(&x->table, ">line|host|address|MAC address|from");
	for (size_t i = 0; i < x->f.gaps.n; i++)
		fill_gap(x, &x->f.gaps.v[i]);
	warn_of_others(x, ctx);
	if (x->f.gaps.n && !x->found)
		ret = fosr_err(&ctx->err, -ENOENT,
			"%s: none of %zu interfaces without mac_addr has an address of this machine or its neighbours; ping "
			"the hosts first; nothing was written",
			file, x->f.gaps.n);
	else
		ret = fosr_fill_text(&x->f, &out, &ctx->err);
	if (!ret)
		ret = fosr_file_write(a->outfile, out.text.v, out.text.n, &ctx->err);
	tell(x, a->outfile, ctx);
	fosr_buf_free(&out);
	return ret;
}

int fosr_network_fill(const struct fosr_network_args *a, const char *file, struct fosr_ctx *ctx)
{
	struct fill x = {.list = json_array()};
	void *text = NULL;
	size_t len;
	int ret = 0;

	json_object_set_new(ctx->json, "interfaces", x.list);
	if (!a->outfile)
		return fosr_usage(ctx, "network fill writes a new file: add -o FILE (which may be the same)");
	if (!strcmp(a->outfile, "-"))
		ret = fosr_ctx_claim_stdout(ctx);
	if (!ret)
		ret = fosr_file_read(file, FOSR_NETWORK_FILE_MAX, &text, &len, &ctx->err);
	if (ret)
		return ret;
	ret = fosr_fill_open(&x.f, text, len, file, &ctx->err);
	if (!ret) {
		ret = fosr_neighbours_read(&x.known, a->devs.list.v, a->devs.list.n, &ctx->err);
		if (!ret)
			ret = fill_and_write(&x, a, file, ctx);
		fosr_neighbours_free(&x.known);
		fosr_fill_free(&x.f);
	}
	free(text);
	return ret;
}
