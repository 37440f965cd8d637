// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/bind_ends.h"

#include <string.h>

#include <fosr/csum.h>

#include "base/mix.h"

static const struct fosr_iface *iface_of(const struct fosr_campaign *c, const struct fosr_end *e)
{
	const struct fosr_host *host = &c->network->hosts.v[e->host];

	for (size_t i = 0; i < host->ifaces.n; i++) {
		const struct fosr_addr *a = e->addr.family == 6 && host->ifaces.v[i].addr6.family
			? &host->ifaces.v[i].addr6
			: &host->ifaces.v[i].addr;

		if (a->family == e->addr.family && !memcmp(a->b, e->addr.b, sizeof(a->b)))
			return &host->ifaces.v[i];
	}
	return &host->ifaces.v[0];
}

void fosr_end_fill(const struct fosr_campaign *c, struct fosr_end *e, __u16 host, __u16 i, __u8 family)
{
	const struct fosr_host *h = &c->network->hosts.v[host];
	const struct fosr_iface *iface = &h->ifaces.v[i];

	e->addr = family == 6 && iface->addr6.family ? iface->addr6 : iface->addr;
	e->ip4 = iface->addr.family == 4 ? fosr_get32(iface->addr.b) : 0;
	memcpy(e->mac, iface->mac, sizeof(e->mac));
	e->host = host;
	e->stack = fosr_stack_pick(h->os, fosr_mix64(c->craft.key + host) >> 8);
	e->ttl = fosr_stack(e)->ttl;
}

/* RFC 6762 11; LLMNR as Windows sends it; UPnP 1.1, RFC 7252, RFC 8415; a TTL of 0 is the sender's. */
static const struct group {
	__u16 port;
	__u8 ttl;
	__u8 ip4[4];
	__u8 ip6[2]; /* ff02:: and these, but for the scope's all nodes */
} groups[] = {
	{5353, 255, {224, 0, 0, 251}, {0, 0xfb}},
	{5355, 1, {224, 0, 0, 252}, {1, 3}},
	{1900, 4, {239, 255, 255, 250}, {0, 0x0c}},
	{3702, 1, {239, 255, 255, 250}, {0, 0x0c}},
	{5683, 0, {224, 0, 1, 187}, {0, 0xfd}},
	{547, 1, {255, 255, 255, 255}, {1, 2}},
	{0, 0, {255, 255, 255, 255}, {0, 1}},
};

/* RFC 1112 6.4: the low 23 bits; RFC 2464 7: the low 32. */
static void group_mac(struct fosr_end *e)
{
	const __u8 *b = e->addr.b;

	if (e->addr.family == 6)
		memcpy(e->mac, (const __u8[]){0x33, 0x33, b[12], b[13], b[14], b[15]}, 6);
	else if (b[0] == 255)
		memset(e->mac, 0xff, 6);
	else
		memcpy(e->mac, (const __u8[]){0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}, 6);
}

void fosr_group_fill(struct fosr_flow *f)
{
	struct fosr_end *e = &f->end[FOSR_BWD], *from = &f->end[FOSR_FWD];
	size_t i = 0;

	while (groups[i].port && groups[i].port != e->port)
		i++;
	e->addr = (struct fosr_addr){.family = from->addr.family};
	if (e->addr.family == 6) {
		e->addr.b[0] = 0xff;
		e->addr.b[1] = 2;
		e->addr.b[13] = groups[i].ip6[0];
		e->addr.b[15] = groups[i].ip6[1];
	} else {
		memcpy(e->addr.b, groups[i].ip4, 4);
	}
	e->host = FOSR_HOST_GROUP;
	group_mac(e);
	if (groups[i].ttl)
		from->ttl = groups[i].ttl;
}

/* Where an end is: a subnet, or elsewhere. */
static __u16 place_of(const struct fosr_campaign *c, const struct fosr_end *e)
{
	const struct fosr_iface *iface = iface_of(c, e);

	return e->addr.family == 6 && iface->addr6.family ? iface->place6 : iface->place;
}

__u16 fosr_end_vlan(const struct fosr_campaign *c, const struct fosr_end *e)
{
	__u16 place = place_of(c, e);

	return place == FOSR_NO_PLACE ? 0 : c->network->places.v[place].vlan;
}

static bool on_internet(const struct fosr_campaign *c, const struct fosr_end *e)
{
	const struct fosr_host *h = &c->network->hosts.v[e->host];

	return fosr_iface_role(h, iface_of(c, e)) == FOSR_ROLE_INTERNET;
}

/* About `mean`, from half of it to one and a half, always the same for a host. */
static __u64 about(const struct fosr_campaign *c, const struct fosr_end *e, __u64 mean, __u64 what)
{
	return mean / 2 + fosr_mix64(c->craft.key ^ fosr_mix64(e->host + (what << 32))) % (mean + 1);
}

/* Routers between an end and the link on which it is seen from elsewhere. */
static __u8 hops_to(const struct fosr_campaign *c, const struct fosr_end *e, __u16 place)
{
	if (on_internet(c, e))
		return (__u8)about(c, e, c->network->internet.hops, 1);
	return place == FOSR_NO_PLACE ? 0 : c->network->places.v[place].hops;
}

static void come_from_elsewhere(const struct fosr_campaign *c, struct fosr_end *e, __u16 place, __u16 link)
{
	__u8 hops = hops_to(c, e, place);

	e->ttl = e->ttl > hops ? e->ttl - hops : 1;
	if (link != FOSR_NO_PLACE && c->network->places.v[link].has_router)
		memcpy(e->mac, c->network->places.v[link].router, sizeof(e->mac));
}

/* Of the responder's place, and of the Internet if one end is there. */
static __u64 rtt_of(const struct fosr_campaign *c, const struct fosr_flow *f, const __u16 place[2])
{
	__u64 rtt = 0;

	for (int d = 0; d < 2; d++) {
		if (on_internet(c, &f->end[d]))
			rtt += about(c, &f->end[d], c->network->internet.rtt_ns, 2);
		else if (place[d] != FOSR_NO_PLACE && (d || place[0] != place[1]))
			rtt += c->network->places.v[place[d]].rtt_ns;
	}
	return rtt;
}

void fosr_ends_meet(const struct fosr_campaign *c, struct fosr_flow *f)
{
	__u16 place[2] = {place_of(c, &f->end[0]), place_of(c, &f->end[1])};
	__u16 link = place[0] != FOSR_NO_PLACE ? place[0] : place[1];

	f->rtt_ns = rtt_of(c, f, place);
	if (link != FOSR_NO_PLACE)
		f->vlan = c->network->places.v[link].vlan;
	for (int d = 0; d < 2; d++)
		if (on_internet(c, &f->end[d]) || place[d] != link)
			come_from_elsewhere(c, &f->end[d], place[d], link);
}
