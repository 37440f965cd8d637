// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/network_read.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "profile/addr.h"

#define SPELLING_MAX 64

int fosr_net_service_name(const struct fosr_net_reader *r, const struct fosr_yaml_node *n, const char *text, size_t len,
	const char **name)
{
	char word[SPELLING_MAX] = "";
	struct fosr_nearest near;
	size_t at = 0;

	for (size_t i = 0; i < len && at + 1 < sizeof(word); i++)
		if (text[i] != ' ')
			word[at++] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
	if (!strcmp(word, "multicastdns")) /* Fos-R's "Multicast DNS" */
		strcpy(word, "mdns");
	for (size_t i = 0; (*name = fosr_service_name(i)); i++)
		if (!strcmp(*name, word))
			return 0;
	near = fosr_nearest(word);
	for (size_t i = 0; (*name = fosr_service_name(i)); i++)
		fosr_nearest_offer(&near, *name);
	if (near.best)
		return fosr_yaml_err(r->y, n, r->err, "unknown service '%.*s'; did you mean '%s'?",
			(int)fosr_min_u64(len, 60), text, near.best);
	return fosr_yaml_err(r->y, n, r->err,
		"unknown service '%.*s', expected a name such as http, dns or ssh (or other-tcp:PORT, other-udp:PORT)",
		(int)fosr_min_u64(len, 60), text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int by_service(const void *a, const void *b)
{
	const struct fosr_offer *x = a, *y = b;

	return x->service != y->service ? (int)x->service - (int)y->service : (int)x->port - (int)y->port;
}

/* Services in order of their names, so that their numbers do not hang on the order of the file. */
static int sort_services(struct fosr_net_reader *r)
{
	struct fosr_network *net = r->net;
	__u16 moved[FOSR_SERVICES_MAX];

	net->service = calloc(r->names.n ? r->names.n : 1, sizeof(*net->service));
	if (!net->service)
		return fosr_err(r->err, -ENOMEM, "%s: out of memory", r->y->name);
	net->services = r->names.n;
	for (size_t i = 0; i < net->services; i++)
		snprintf(net->service[i], sizeof(net->service[i]), "%s", r->names.v[i]);
	qsort(net->service, net->services, sizeof(*net->service), by_text);
	for (size_t i = 0; i < net->services; i++)
		moved[i] = (__u16)fosr_network_service(net, r->names.v[i]);
	for (size_t h = 0; h < net->hosts.n; h++) {
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++) {
			struct fosr_iface *iface = &net->hosts.v[h].ifaces.v[i];

			for (size_t k = 0; k < iface->offers.n; k++)
				iface->offers.v[k].service = moved[iface->offers.v[k].service];
			if (iface->offers.n)
				qsort(iface->offers.v, iface->offers.n, sizeof(*iface->offers.v), by_service);
		}
	}
	return 0;
}

/* An interface with its place, for the search for equals. */
struct place {
	const struct fosr_addr *addr;
	const struct fosr_iface *iface;
	const struct fosr_host *host;
};

static int by_addr(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = fosr_addr_cmp(x->addr, y->addr);

	return order ? order : (x->iface->line > y->iface->line) - (x->iface->line < y->iface->line);
}

static int by_hostname(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = strcmp(x->host->name, y->host->name);

	return order ? order : (x->host->line > y->host->line) - (x->host->line < y->host->line);
}

static int equal_addrs(struct fosr_net_reader *r, struct place *list, size_t n)
{
	char text[FOSR_ADDR_TEXT];

	qsort(list, n, sizeof(*list), by_addr);
	for (size_t i = 1; i < n; i++) {
		const struct place *a = &list[i - 1], *b = &list[i];

		if (fosr_addr_cmp(a->addr, b->addr))
			continue;
		return fosr_err(r->err, -EINVAL,
			"%s:%u:%u: address %s stands twice: in line %u (host %s) and in line %u (host %s), expected once",
			r->y->name, b->iface->line, b->iface->column, fosr_addr_format(a->addr, text), a->iface->line,
			a->host->name, b->iface->line, b->host->name);
	}
	return 0;
}

static int equal_names(struct fosr_net_reader *r, struct place *list, size_t n)
{
	qsort(list, n, sizeof(*list), by_hostname);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(list[i - 1].host->name, list[i].host->name))
			return fosr_err(r->err, -EINVAL,
				"%s:%u:%u: hostname '%s' stands twice: the hosts of line %u and line %u, expected once",
				r->y->name, list[i].host->line, list[i].host->column, list[i].host->name,
				list[i - 1].host->line, list[i].host->line);
	return 0;
}

static int check_equals(struct fosr_net_reader *r)
{
	const struct fosr_network *net = r->net;
	struct place *list = calloc(2 * net->ifaces, sizeof(*list));
	size_t n = 0;
	int ret;

	if (!list)
		return fosr_err(r->err, -ENOMEM, "%s: out of memory", r->y->name);
	for (size_t h = 0; h < net->hosts.n; h++)
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &net->hosts.v[h].ifaces.v[i];

			list[n++] = (struct place){&iface->addr, iface, &net->hosts.v[h]};
			if (iface->addr6.family)
				list[n++] = (struct place){&iface->addr6, iface, &net->hosts.v[h]};
		}
	ret = equal_addrs(r, list, n);
	for (n = 0; n < net->hosts.n; n++)
		list[n] = (struct place){.host = &net->hosts.v[n]};
	if (!ret)
		ret = equal_names(r, list, n);
	free(list);
	return ret;
}

static void set_client(struct fosr_host *h, size_t service)
{
	h->client[service / 64] |= 1ULL << (service % 64);
}

static int join_use(struct fosr_net_reader *r, const struct fosr_net_use *use)
{
	const struct fosr_yaml_node *n = fosr_yaml_at(r->y, use->node);
	const char *text = fosr_yaml_text(r->y, n), *name;
	int ret = fosr_net_service_name(r, n, text, strlen(text), &name), service;

	if (ret)
		return ret;
	service = fosr_network_service(r->net, name);
	if (service < 0)
		return fosr_yaml_err(r->y, n, r->err,
			"a client of '%s', which no host of the file offers; "
			"expected one of the services under interfaces",
			name);
	set_client(&r->net->hosts.v[use->host], (size_t)service);
	return 0;
}

/* What offer and use of one service come to: a flow needs two different hosts. */
struct match {
	size_t offerers, clients, both;
};

static void match_host(const struct fosr_network *net, const struct fosr_host *h, struct match m[FOSR_SERVICES_MAX])
{
	__u64 offered[FOSR_SERVICES_MAX / 64] = {0};

	for (size_t i = 0; i < h->ifaces.n; i++)
		for (size_t k = 0; k < h->ifaces.v[i].offers.n; k++) {
			__u16 s = h->ifaces.v[i].offers.v[k].service;

			offered[s / 64] |= 1ULL << (s % 64);
		}
	for (size_t s = 0; s < net->services; s++) {
		bool o = offered[s / 64] >> (s % 64) & 1, c = fosr_host_is_client(h, s);

		m[s].offerers += o;
		m[s].clients += c;
		m[s].both += o && c;
	}
}

static int check_used(struct fosr_net_reader *r)
{
	struct match m[FOSR_SERVICES_MAX] = {0};

	for (size_t h = 0; h < r->net->hosts.n; h++)
		match_host(r->net, &r->net->hosts.v[h], m);
	for (size_t i = 0; i < r->names.n; i++) {
		const struct match *x = &m[fosr_network_service(r->net, r->names.v[i])];

		if (x->clients && !(x->offerers == 1 && x->clients == 1 && x->both == 1))
			continue;
		return fosr_yaml_err(r->y, fosr_yaml_at(r->y, r->offer_node.v[i]), r->err,
			"service '%s' has no client: no other host uses it; expected a host of type user, or one with "
			"client: [%s]",
			r->names.v[i], r->names.v[i]);
	}
	return 0;
}

int fosr_net_join(struct fosr_net_reader *r)
{
	int ret = check_equals(r);

	if (!ret)
		ret = sort_services(r);
	for (size_t i = 0; !ret && i < r->uses.n; i++)
		ret = join_use(r, &r->uses.v[i]);
	for (size_t h = 0; !ret && h < r->net->hosts.n; h++)
		for (size_t s = 0; s < r->net->services && !r->client_given.v[h] && !r->net->hosts.v[h].server; s++)
			set_client(&r->net->hosts.v[h], s);
	fosr_net_places(r->net);
	return ret ? ret : check_used(r);
}
