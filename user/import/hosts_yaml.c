// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A network file of the hosts that the models speak of. With a Bayesian network these are its address nodes, with the
 * learned shares as usage, and a host of a documentation range (RFC 5737) for each service that "Internet" offers; else
 * those of the host file.
 */
#include <math.h>
#include <netinet/in.h>
#include <stdio.h>

#include "base/buf.h"
#include "import/align.h"
#include "import/build.h"
#include "profile/addr.h"
#include "profile/network.h"

#define USAGE_LEAST 1e-4 /* network files have five digits */

struct writer {
	struct fosr_import_build *b;
	struct fosr_buf text;
	size_t hosts;
};

/* Names of the profile's services, each once: "dns" stands for TCP and UDP. */
static bool again(const struct fosr_services *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(s->list.v[k].name, s->list.v[i].name))
			return true;
	return false;
}

/* With its port where the name alone says none. */
static void put_offer(struct writer *w, const struct fosr_service *s)
{
	if (fosr_service_port(s->name, s->l4))
		fosr_buf_put(&w->text, "%s", s->name);
	else
		fosr_buf_put(&w->text, "%s:%u", s->name, s->port);
}

static void put_all_services(struct writer *w, bool offers)
{
	const struct fosr_services *s = &w->b->services;

	for (size_t i = 0; i < s->list.n; i++) {
		if (again(s, i))
			continue;
		fosr_buf_put(&w->text, "%s", i ? ", " : "");
		if (offers)
			put_offer(w, &s->list.v[i]);
		else
			fosr_buf_put(&w->text, "%s", s->list.v[i].name);
	}
}

static void put_head(struct writer *w)
{
	fosr_buf_put(&w->text,
		"# Made by fosr-xdp import.\nmetadata:\n  title: Hosts of imported models\n  format: 1\n\nhosts:\n");
}

static void put_host(struct writer *w, const char *name, bool server, double usage)
{
	fosr_buf_put(&w->text, "  - hostname: \"%s\"\n    type: %s\n    usage: %.5f\n", name,
		server ? "server" : "user", fmax(usage, USAGE_LEAST));
	w->hosts++;
}

/* An address node's host: its shares as source and as destination. */
struct node {
	char addr[64];
	double src, dst; /* of all flows */
	double dst_usage; /* within its role */
};

struct nodes {
	FOSR_VEC(struct node) list;
};

static struct node *node(struct nodes *n, const char *addr)
{
	struct node *k;

	for (size_t i = 0; i < n->list.n; i++)
		if (!strcmp(n->list.v[i].addr, addr))
			return &n->list.v[i];
	k = fosr_vec_push(&n->list);
	if (k)
		snprintf(k->addr, sizeof(k->addr), "%s", addr);
	return k;
}

static int sources(struct fosr_import_build *b, struct nodes *n, struct fosr_err *err)
{
	const struct fosr_bif *bif = &b->dir.common;
	int var = fosr_bif_find(bif, "Src IP Addr");
	double *p;
	int ret;

	if (var < 0 || bif->vars.v[var].parents != 1 || !bif->vars.v[var].cells ||
		bif->vars.v[bif->vars.v[var].parent[0]].parents || !bif->vars.v[bif->vars.v[var].parent[0]].cells)
		return fosr_err(
			err, -EINVAL, "bn/bn_common.bifxml: \"Src IP Addr\": expected it to depend on Time alone");
	p = calloc(bif->vars.v[var].outcomes, sizeof(*p));
	ret = p ? fosr_align_marginal(&b->dir, (__u32)var, p, b->report) : -ENOMEM;
	for (__u32 k = 0; !ret && k < bif->vars.v[var].outcomes; k++) {
		struct node *x = p[k] > 0 ? node(n, fosr_bif_label(bif, (__u32)var, k)) : NULL;

		if (x)
			x->src += p[k];
		else if (p[k] > 0)
			ret = -ENOMEM;
	}
	free(p);
	return ret ? fosr_err(err, ret, "out of memory") : 0;
}

static int destinations(struct fosr_import_build *b, struct nodes *n, struct fosr_err *err)
{
	const struct fosr_bif *bif = &b->dir.common;
	int var = fosr_bif_find(bif, "Dst IP Addr");
	const double *pair = b->flows.service.v[0].pair;
	const struct fosr_bif_var *v = var < 0 ? NULL : &bif->vars.v[var];

	if (!v || v->parents != 1 || !v->cells || strcmp(fosr_bif_name(bif, v->parent[0]), "Dst IP Role"))
		return fosr_err(err, -EINVAL,
			"bn/bn_common.bifxml: \"Dst IP Addr\": expected it to depend on Dst IP Role alone");
	for (__u32 r = 0; r < bif->vars.v[v->parent[0]].outcomes; r++) {
		const char *role = fosr_bif_label(bif, v->parent[0], r);
		int to = !strcmp(role, "User") ? FOSR_ROLE_USER : !strcmp(role, "Server") ? FOSR_ROLE_SERVER : -1;
		const double *row = fosr_bif_row(bif, (__u32)var, &r);
		double p = 0;

		for (int from = 0; from < FOSR_ROLES && to >= 0; from++)
			p += pair[from * FOSR_ROLES + to];
		for (__u32 k = 0; k < v->outcomes && to >= 0; k++) {
			struct node *x = row[k] > 0 ? node(n, fosr_bif_label(bif, (__u32)var, k)) : NULL;

			if (row[k] > 0 && !x)
				return fosr_err(err, -ENOMEM, "out of memory");
			if (x) {
				x->dst += p * row[k];
				x->dst_usage = fmax(x->dst_usage, row[k]);
			}
		}
	}
	return 0;
}

/* What "Internet" stands for: a host for each service, and one that opens flows. */
static void put_internet(struct writer *w)
{
	const struct fosr_services *s = &w->b->services;
	unsigned int last = 10;

	for (size_t i = 0; i < s->list.n; i++) {
		char name[64];

		if (again(s, i) || last > 250)
			continue;
		snprintf(name, sizeof(name), "internet-%s", s->list.v[i].name);
		put_host(w, name, true, 1);
		fosr_buf_put(&w->text,
			"    client: []\n    interfaces:\n      - ip_addr: 203.0.113.%u\n        services: [", last++);
		put_offer(w, &s->list.v[i]);
		fosr_buf_put(&w->text, "]\n");
	}
	put_host(w, "internet-client", false, 1);
	fosr_buf_put(&w->text, "    client: [");
	put_all_services(w, false);
	fosr_buf_put(&w->text, "]\n    interfaces:\n      - ip_addr: 192.0.2.10\n");
}

static int of_nodes(struct writer *w, struct fosr_err *err)
{
	struct nodes n = {0};
	int ret = sources(w->b, &n, err);

	if (!ret)
		ret = destinations(w->b, &n, err);
	for (size_t i = 0; i < n.list.n && !ret; i++) {
		const struct node *x = &n.list.v[i];
		bool server = x->dst > x->src;
		struct fosr_addr addr;

		if (!strcmp(x->addr, "Internet"))
			continue;
		if (fosr_addr_parse(x->addr, &addr) || fosr_addr_unfit(&addr)) {
			fosr_report_add(w->b->report, FOSR_EXCLUDED,
				"network file: %s, source of %.2g %% of the flows: no host has this address", x->addr,
				100 * x->src);
			continue;
		}
		put_host(w, x->addr, server, server ? x->dst_usage : x->src);
		fosr_buf_put(&w->text, "    client: [");
		if (x->src > 0)
			put_all_services(w, false);
		fosr_buf_put(&w->text, "]\n    interfaces:\n      - ip_addr: %s\n", x->addr);
		if (x->dst > 0) {
			fosr_buf_put(&w->text, "        services: [");
			put_all_services(w, true);
			fosr_buf_put(&w->text, "]\n");
		}
	}
	if (!ret)
		put_internet(w);
	fosr_vec_free(&n.list);
	return ret;
}

/* The profile's service that a port of the host file means: NULL when it has none. */
static const char *service_of(const struct writer *w, __u16 port)
{
	const struct fosr_import_flows *f = &w->b->flows;

	for (size_t i = 0; i < f->service.n; i++)
		for (size_t k = 0; k < f->service.v[i].port.n && !f->service.v[i].excluded; k++)
			if (f->service.v[i].port.v[k].port == port)
				return f->service.v[i].name;
	return NULL;
}

/* Does another host have the port in that list? */
static bool other_has(const struct fosr_import_dir *d, size_t me, __u16 port, bool provides)
{
	for (size_t i = 0; i < d->host.n; i++) {
		const struct fosr_dir_host *h = &d->host.v[i];
		const __u16 *list = provides ? h->provides : h->uses;

		for (__u32 k = 0; k < (provides ? h->n_provides : h->n_uses) && i != me; k++)
			if (list[k] == port)
				return true;
	}
	return false;
}

/* "a, b:PORT" of the ports that mean something; returns how many, and writes them if w is not NULL. */
static int put_ports(struct writer *w, struct writer *to, size_t me, bool provides)
{
	const struct fosr_dir_host *h = &w->b->dir.host.v[me];
	const __u16 *list = provides ? h->provides : h->uses;
	int n = 0;

	for (__u32 k = 0; k < (provides ? h->n_provides : h->n_uses); k++) {
		const char *name = service_of(w, list[k]);

		if (!name || !other_has(&w->b->dir, me, list[k], !provides))
			continue;
		if (to && provides)
			fosr_buf_put(&to->text, "%s%s:%u", n ? ", " : "", name, list[k]);
		else if (to)
			fosr_buf_put(&to->text, "%s%s", n ? ", " : "", name);
		n++;
	}
	return n;
}

static bool plain(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++)
		if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
			    (*name >= '0' && *name <= '9') || strchr("-_.", *name)))
			return false;
	return true;
}

static bool seen_before(const struct fosr_import_dir *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!fosr_addr_cmp(&d->host.v[k].addr, &d->host.v[i].addr))
			return true;
	return false;
}

static void of_host_file(struct writer *w)
{
	const struct fosr_import_dir *d = &w->b->dir;

	for (size_t i = 0; i < d->host.n; i++) {
		const struct fosr_dir_host *h = &d->host.v[i];
		char addr[FOSR_ADDR_TEXT];
		int offers = put_ports(w, NULL, i, true), uses = put_ports(w, NULL, i, false);
		__u8 mac[6];

		fosr_addr_format(&h->addr, addr);
		if (seen_before(d, i) || (!offers && !uses)) {
			fosr_report_add(w->b->report, FOSR_EXCLUDED, "network file: %s: %s", addr,
				offers || uses ? "its address is there twice"
					       : "none of its ports is one that the profile's flows have");
			continue;
		}
		put_host(w, plain(h->name) ? h->name : addr, offers > 0, 1);
		if (!strcasecmp(h->os, "windows") || !strcasecmp(h->os, "linux"))
			fosr_buf_put(&w->text, "    os: %s\n", strcasecmp(h->os, "linux") ? "Windows" : "Linux");
		fosr_buf_put(&w->text, "    client: [");
		put_ports(w, w, i, false);
		fosr_buf_put(&w->text, "]\n    interfaces:\n      - ip_addr: %s\n", addr);
		if (!fosr_mac_parse(h->mac, mac))
			fosr_buf_put(&w->text, "        mac_addr: %s\n", h->mac);
		if (offers) {
			fosr_buf_put(&w->text, "        services: [");
			put_ports(w, w, i, true);
			fosr_buf_put(&w->text, "]\n");
		}
	}
}

int fosr_import_network(struct fosr_import_build *b, char **yaml, struct fosr_err *err)
{
	struct writer w = {.b = b};
	struct fosr_network *net;
	int ret = 0;

	put_head(&w);
	if (b->dir.layout == FOSR_LAYOUT_BN)
		ret = of_nodes(&w, err);
	else
		of_host_file(&w);
	if (!ret && b->dir.layout == FOSR_LAYOUT_BN && b->dir.host.n)
		fosr_report_add(b->report, FOSR_EXCLUDED,
			"profil.toml: %zu hosts; those of the network file are the model's", b->dir.host.n);
	if (!ret && w.text.oom)
		ret = fosr_err(err, -ENOMEM, "out of memory");
	if (!ret && !w.hosts)
		ret = fosr_err(err, -ENOENT, "%s: no host for a network file: leave --network out", b->o->dir);
	if (!ret)
		ret = fosr_network_parse(w.text.text.v, w.text.text.n, "the network file", &net, err);
	if (ret) {
		fosr_buf_free(&w.text);
		return ret;
	}
	fosr_report_add(b->report, FOSR_KEPT, "network file: %zu hosts%s", net->hosts.n,
		b->dir.layout == FOSR_LAYOUT_BN ? ", their learned shares as usage" : "");
	fosr_network_free(net);
	*yaml = w.text.text.v;
	return 0;
}
