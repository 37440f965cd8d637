// SPDX-License-Identifier: GPL-3.0-or-later
/* What stands in pictures of a network. */
#include <stdio.h>

#include "base/time.h"
#include "profile/addr.h"
#include "profile/network_draw.h"

#define ALSO_SHOWN 4

static const char *const kinds[FOSR_ITEM_KINDS] = {"servers", "users", "hosts", "hosts"};

void fosr_draw_name(const struct fosr_network *net, const struct fosr_item *item, struct fosr_buf *out)
{
	if (item->kind == FOSR_ITEM_POOL)
		fosr_buf_put(out, "%s", net->pools.v[item->pool].name);
	else if (item->hosts == 1)
		fosr_buf_put(out, "%s", net->hosts.v[item->host].name);
	else
		fosr_buf_put(out, "%zu %s", item->hosts, kinds[item->kind]);
}

void fosr_draw_os(const struct fosr_item *item, struct fosr_buf *out)
{
	int several = __builtin_popcountll(item->os), n = 0;

	for (int os = 0; os < FOSR_OSES && n < 2; os++) {
		if (!(item->os >> os & 1))
			continue;
		if (n && several > 2)
			break;
		fosr_buf_put(out, "%s%s", n ? " and " : "", fosr_os_name(os));
		n++;
	}
	if (several > 2)
		fosr_buf_put(out, " and %d others", several - 1);
}

void fosr_draw_offers(const struct fosr_network *net, const struct fosr_item *item, size_t most, struct fosr_buf *out)
{
	size_t n = 0;

	for (size_t s = 0; s < net->services; s++) {
		if (!(item->offers[s / 64] >> (s % 64) & 1))
			continue;
		if (n++ < most)
			fosr_buf_put(out, "%s%s", n > 1 ? ", " : "", net->service[s]);
	}
	if (n > most)
		fosr_buf_put(out, " and %zu more", n - most);
}

static void put_prefix(const struct fosr_place *p, const char *before, struct fosr_buf *out)
{
	char addr[FOSR_ADDR_TEXT];

	fosr_buf_put(out, "%s%s/%u", before, fosr_addr_format(&p->prefix, addr), p->bits);
}

void fosr_draw_area(const struct fosr_network *net, const struct fosr_area *area, struct fosr_buf *out)
{
	if (area->kind == FOSR_AREA_INTERNET)
		fosr_buf_put(out, "Internet");
	else if (area->kind == FOSR_AREA_LINK)
		fosr_buf_put(out, "%s", net->places.n ? "in no subnet" : "one link, no subnets");
	else
		put_prefix(&net->places.v[area->place], "", out);
	if (area->place6 != FOSR_NO_PLACE)
		put_prefix(&net->places.v[area->place6], ", ", out);
}

void fosr_draw_link(const struct fosr_network *net, const struct fosr_area *area, struct fosr_buf *out)
{
	const struct fosr_place *p = area->kind == FOSR_AREA_SUBNET ? &net->places.v[area->place] : &net->internet;
	char mac[FOSR_MAC_TEXT], rtt[FOSR_TIME_TEXT];
	const char *comma = "";

	if (area->kind == FOSR_AREA_LINK)
		return;
	if (p->vlan) {
		fosr_buf_put(out, "VLAN %u", p->vlan);
		comma = ", ";
	}
	if (p->has_router) {
		fosr_buf_put(out, "%srouter %s", comma, fosr_mac_format(p->router, mac));
		comma = ", ";
	}
	if (p->hops) {
		fosr_buf_put(out, "%s%u hop%s", comma, p->hops, p->hops == 1 ? "" : "s");
		comma = ", ";
	}
	if (p->rtt_ns)
		fosr_buf_put(out, "%srtt %s", comma, fosr_duration_format(rtt, p->rtt_ns));
}

void fosr_draw_also(
	const struct fosr_network *net, const struct fosr_areas *a, const struct fosr_area *area, struct fosr_buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < a->also.n; i++) {
		if (&a->area.v[a->also.v[i].area] != area)
			continue;
		if (n++ < ALSO_SHOWN)
			fosr_buf_put(out, "%s%s", n > 1 ? ", " : "; also here: ", net->hosts.v[a->also.v[i].host].name);
	}
	if (n > ALSO_SHOWN)
		fosr_buf_put(out, " and %zu more", n - ALSO_SHOWN);
}
