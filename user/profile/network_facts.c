// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/network_facts.h"

#include <stdlib.h>

#include "profile/addr.h"

static void top(__u32 usage, size_t host, __u64 *sum, __u64 *most, size_t *who)
{
	*sum += usage;
	if (usage > *most) {
		*most = usage;
		*who = host;
	}
}

/* Each host counts once per service, whatever it offers it on. */
static void count_offers(const struct fosr_network *net, size_t h, struct fosr_net_facts *f)
{
	const struct fosr_host *host = &net->hosts.v[h];
	__u64 seen[FOSR_SERVICES_MAX / 64] = {0};

	for (size_t i = 0; i < host->ifaces.n; i++) {
		const struct fosr_iface *iface = &host->ifaces.v[i];

		for (size_t k = 0; k < iface->offers.n; k++) {
			__u16 s = iface->offers.v[k].service;
			struct fosr_service_facts *facts = &f->service[s];

			if (seen[s / 64] >> (s % 64) & 1)
				continue;
			seen[s / 64] |= 1ULL << (s % 64);
			facts->offer[fosr_iface_role(host, iface)]++;
			top(host->usage, h, &facts->usage, &facts->most, &facts->top);
		}
	}
}

static void count_clients(const struct fosr_network *net, size_t h, struct fosr_net_facts *f)
{
	const struct fosr_host *host = &net->hosts.v[h];
	bool any = false;

	for (size_t s = 0; s < net->services; s++)
		if (fosr_host_is_client(host, s)) {
			f->service[s].clients++;
			any = true;
		}
	if (any) {
		f->users++;
		top(host->usage, h, &f->usage, &f->most, &f->top);
	}
}

/* A host counts once per subnet: seen has, by subnet, the last host that was counted there, plus 1. */
static void count_places(const struct fosr_network *net, size_t h, size_t *seen, struct fosr_net_facts *f)
{
	const struct fosr_host *host = &net->hosts.v[h];

	for (size_t i = 0; i < host->ifaces.n; i++) {
		const __u16 place[2] = {host->ifaces.v[i].place, host->ifaces.v[i].place6};

		for (int k = 0; k < 2; k++) {
			if (place[k] == FOSR_NO_PLACE || seen[place[k]] == h + 1)
				continue;
			seen[place[k]] = h + 1;
			f->place[place[k]]++;
		}
	}
}

static void count_written(const struct fosr_network *net, size_t h, struct fosr_net_facts *f)
{
	const struct fosr_host *host = &net->hosts.v[h];
	bool derived = false, nowhere = false;

	f->os[host->os]++;
	f->role[fosr_iface_role(host, &host->ifaces.v[0])]++;
	for (size_t i = 0; i < host->ifaces.n; i++) {
		const struct fosr_iface *iface = &host->ifaces.v[i];

		f->ifaces++;
		f->only6 += iface->addr.family == 6;
		f->both += iface->addr6.family == 6;
		f->derived += !iface->mac_given;
		derived |= !iface->mac_given;
		nowhere |= iface->place == FOSR_NO_PLACE && !fosr_addr_is_global(&iface->addr);
	}
	if (derived && f->derived_first == SIZE_MAX)
		f->derived_first = h;
	if (!net->places.n || !nowhere)
		return;
	if (!f->nowhere++)
		f->nowhere_first = h;
}

int fosr_net_facts(const struct fosr_network *net, struct fosr_net_facts *f, struct fosr_err *err)
{
	size_t seen[FOSR_PLACES_MAX] = {0};

	*f = (struct fosr_net_facts){
		.hosts = net->hosts.n,
		.derived_first = SIZE_MAX,
		.place = calloc(net->places.n + 1, sizeof(*f->place)),
		.service = calloc(net->services + 1, sizeof(*f->service)),
	};
	if (!f->place || !f->service) {
		fosr_net_facts_free(f);
		return fosr_err(err, -ENOMEM, "out of memory");
	}
	for (size_t h = 0; h < net->hosts.n; h++) {
		count_offers(net, h, f);
		count_clients(net, h, f);
		count_places(net, h, seen, f);
		if (net->hosts.v[h].pooled)
			f->pooled++;
		else
			count_written(net, h, f);
	}
	return 0;
}

void fosr_net_facts_free(struct fosr_net_facts *f)
{
	free(f->place);
	free(f->service);
	f->place = NULL;
	f->service = NULL;
}

bool fosr_nearly_all(__u64 most, __u64 usage, size_t of)
{
	return of > 2 && most * 100 > usage * FOSR_NEARLY_ALL_PERCENT;
}
