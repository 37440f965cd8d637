// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/network.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "profile/addr.h"
#include "profile/embedded.h"
#include "profile/network_read.h"

int fosr_network_service(const struct fosr_network *net, const char *name)
{
	size_t low = 0, high = net->services;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, net->service[mid]);

		if (!order)
			return (int)mid;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -ENOENT;
}

const struct fosr_offer *fosr_iface_offer(const struct fosr_iface *iface, size_t service)
{
	for (size_t i = 0; i < iface->offers.n; i++)
		if (iface->offers.v[i].service == service)
			return &iface->offers.v[i];
	return NULL;
}

enum fosr_role fosr_iface_role(const struct fosr_host *h, const struct fosr_iface *iface)
{
	if (iface->place == FOSR_NO_PLACE && fosr_addr_is_global(&iface->addr))
		return FOSR_ROLE_INTERNET;
	return h->server ? FOSR_ROLE_SERVER : FOSR_ROLE_USER;
}

int fosr_network_has_ip4(const struct fosr_network *net, struct fosr_err *err)
{
	char text[FOSR_ADDR_TEXT];

	for (size_t h = 0; h < net->hosts.n; h++) {
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &net->hosts.v[h].ifaces.v[i];

			if (iface->addr.family != 4)
				return fosr_err(err, -EAFNOSUPPORT,
					"line %u of the network: host %s has the address %s only; injectors know hosts by "
					"IPv4 addresses: give it one (ip_addr), and this one as ip6_addr",
					iface->line, net->hosts.v[h].name, fosr_addr_format(&iface->addr, text));
		}
	}
	return 0;
}

static void FOSR_PRINTF(2, 3) add_line(struct fosr_digest *d, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fosr_digest_add(d, text, (size_t)n);
}

static void add_host(struct fosr_digest *d, const struct fosr_network *net, const struct fosr_host *h)
{
	char addr[FOSR_ADDR_TEXT], mac[FOSR_MAC_TEXT];

	add_line(d, "host %s %s %u %s\n", fosr_os_name(h->os), h->server ? "server" : "user", h->usage, h->name);
	for (size_t s = 0; s < net->services; s++)
		if (fosr_host_is_client(h, s))
			add_line(d, "client %s\n", net->service[s]);
	for (size_t i = 0; i < h->ifaces.n; i++) {
		const struct fosr_iface *iface = &h->ifaces.v[i];

		add_line(
			d, "interface %s %s\n", fosr_addr_format(&iface->addr, addr), fosr_mac_format(iface->mac, mac));
		if (iface->addr6.family)
			add_line(d, "ip6 %s\n", fosr_addr_format(&iface->addr6, addr));
		for (size_t k = 0; k < iface->offers.n; k++)
			add_line(d, "service %s %u\n", net->service[iface->offers.v[k].service],
				iface->offers.v[k].port);
	}
}

static void add_places(struct fosr_digest *d, const struct fosr_network *net)
{
	char addr[FOSR_ADDR_TEXT], mac[FOSR_MAC_TEXT];

	for (size_t i = 0; i < net->places.n; i++) {
		const struct fosr_place *p = &net->places.v[i];

		add_line(d, "subnet %s/%u %u %s %u %llu\n", fosr_addr_format(&p->prefix, addr), p->bits, p->vlan,
			p->has_router ? fosr_mac_format(p->router, mac) : "none", p->hops, p->rtt_ns);
	}
	if (net->internet.hops || net->internet.rtt_ns)
		add_line(d, "internet %u %llu\n", net->internet.hops, net->internet.rtt_ns);
	if (net->ip6_share != FOSR_USAGE_ONE / 2)
		add_line(d, "ipv6 %u\n", net->ip6_share);
}

int fosr_network_digest(struct fosr_network *net, const char *name, struct fosr_err *err)
{
	struct fosr_digest *d = fosr_digest_new();

	if (!d)
		return fosr_err(err, -ENOMEM, "%s: out of memory", name);
	add_line(d, "fosr-network 1\n");
	for (size_t h = 0; h < net->hosts.n; h++)
		add_host(d, net, &net->hosts.v[h]);
	add_places(d, net);
	fosr_digest_end(d, net->digest);
	return 0;
}

static int read_tree(const struct fosr_yaml *y, struct fosr_network *net, struct fosr_err *err)
{
	struct fosr_net_reader r = {.y = y, .net = net, .err = err};
	int ret = fosr_net_read(&r);

	if (!ret)
		ret = fosr_net_join(&r);
	fosr_vec_free(&r.names);
	fosr_vec_free(&r.offer_node);
	fosr_vec_free(&r.uses);
	fosr_vec_free(&r.client_given);
	return ret;
}

int fosr_network_parse(const void *yaml, size_t len, const char *name, struct fosr_network **out, struct fosr_err *err)
{
	struct fosr_network *net;
	struct fosr_yaml y;
	int ret;

	if (len > FOSR_NETWORK_FILE_MAX)
		return fosr_err(err, -EFBIG, "%s: %zu bytes, the limit of a network file is %u", name, len,
			FOSR_NETWORK_FILE_MAX);
	ret = fosr_yaml_parse(&y, yaml, len, name, err);
	if (ret)
		return ret;
	net = calloc(1, sizeof(*net));
	ret = net ? read_tree(&y, net, err) : fosr_err(err, -ENOMEM, "%s: out of memory", name);
	fosr_yaml_free(&y);
	if (!ret)
		ret = fosr_network_digest(net, name, err);
	if (!ret)
		*out = net;
	else
		fosr_network_free(net);
	return ret;
}

int fosr_network_load(const char *path, struct fosr_network **out, struct fosr_err *err)
{
	void *data = NULL;
	size_t len = 0;
	int ret = fosr_file_read(path, FOSR_NETWORK_FILE_MAX, &data, &len, err);

	if (ret)
		return ret;
	ret = fosr_network_parse(data, len, path, out, err);
	free(data);
	return ret;
}

int fosr_network_open(const char *name, struct fosr_network **out, struct fosr_err *err)
{
	const struct fosr_embedded *e = fosr_embedded_network(name);
	int ret;

	if (e)
		return fosr_network_parse(e->data, (size_t)(e->end - e->data), e->name, out, err);
	ret = fosr_network_load(name, out, err);
	if (ret == -ENOENT && !strchr(name, '/'))
		fosr_err(err, ret, "%s: neither a file nor the built-in network (%s)", name,
			fosr_embedded_network(NULL)->name);
	return ret;
}

void fosr_network_free(struct fosr_network *net)
{
	if (!net)
		return;
	for (size_t h = 0; h < net->hosts.n; h++) {
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++)
			fosr_vec_free(&net->hosts.v[h].ifaces.v[i].offers);
		fosr_vec_free(&net->hosts.v[h].ifaces);
	}
	fosr_vec_free(&net->hosts);
	fosr_vec_free(&net->places);
	fosr_vec_free(&net->pools);
	free(net->service);
	free(net->title);
	free(net->desc);
	free(net->author);
	free(net->date);
	free(net->version);
	free(net);
}
