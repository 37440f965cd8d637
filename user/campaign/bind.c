// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/bind.h"

#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fixed.h"
#include "base/mix.h"
#include "campaign/bind_ends.h"
#include "math/alias.h"

#define PAIRS (FOSR_ROLES * FOSR_ROLES)
#define RETRIES 16
#define LEFT_OUT_NAMED 8
#define UNPRIVILEGED 1024
#define NTP 123
#define DHCPV6 547
#define PORT_TRIES 256 /* among the ports that the operating system would take, and among all */

/* One interface of one host in a part that it can play. */
struct actor {
	__u16 host, iface;
	__u16 port; /* of the service; 0: as the profile says, or for a client */
	__u8 families; /* FOSR_HAS_* */
	__u32 usage;
};

/* Everybody who can open (or answer) a service in a role. */
struct cast {
	FOSR_VEC(struct actor) list;
	struct fosr_alias *alias;
	struct {
		__u16 host;
		bool any, several; /* one host, more than one */
	} has[2]; /* by family: IPv4, IPv6 */
};

struct part {
	struct cast client[FOSR_ROLES], server[FOSR_ROLES];
};

struct fosr_binding {
	const struct fosr_campaign *c;
	struct part *part; /* one per service of the profile */
	__u16 *pairs;
	struct fosr_flow_limits limits;
	__u32 stride; /* client ports that a window may use up */
	char left_out[256];
};

static int cast_add(struct cast *cast, const struct fosr_network *net, __u16 host, __u16 iface, __u16 port)
{
	struct actor *a = fosr_vec_push(&cast->list);

	if (!a)
		return -ENOMEM;
	*a = (struct actor){.host = host,
		.iface = iface,
		.port = port,
		.families = fosr_iface_families(&net->hosts.v[host].ifaces.v[iface]),
		.usage = net->hosts.v[host].usage};
	for (int k = 0; k < 2; k++) {
		if (!(a->families >> k & 1))
			continue;
		cast->has[k].several |= cast->has[k].any && cast->has[k].host != host;
		cast->has[k].any = true;
		cast->has[k].host = host;
	}
	return 0;
}

/* One interface into the parts that it can play; known: by service of the profile, its index in the network, or -1. */
static int cast_iface(struct fosr_binding *b, const __s16 *known, __u16 h, __u16 i)
{
	const struct fosr_network *net = b->c->network;
	const struct fosr_host *host = &net->hosts.v[h];
	const struct fosr_iface *iface = &host->ifaces.v[i];
	const struct fosr_offer *first[FOSR_SERVICES_MAX] = {0};
	enum fosr_role role = fosr_iface_role(host, iface);
	int ret = 0;

	for (size_t k = iface->offers.n; k-- > 0;)
		first[iface->offers.v[k].service] = &iface->offers.v[k];
	for (size_t s = 0; s < b->c->profile->services.list.n && !ret; s++) {
		if (known[s] < 0)
			continue;
		if (first[known[s]])
			ret = cast_add(&b->part[s].server[role], net, h, i, first[known[s]]->port);
		if (!ret && fosr_host_is_client(host, (size_t)known[s]))
			ret = cast_add(&b->part[s].client[role], net, h, i, 0);
	}
	return ret;
}

static int cast_all(struct fosr_binding *b)
{
	const struct fosr_services *services = &b->c->profile->services;
	const struct fosr_network *net = b->c->network;
	__s16 known[FOSR_SERVICES_MAX];
	int ret = 0;

	for (size_t s = 0; s < services->list.n; s++) {
		int index = fosr_network_service(net, services->list.v[s].name);

		known[s] = (__s16)(index < 0 ? -1 : index);
	}
	for (size_t h = 0; h < net->hosts.n; h++)
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n && !ret; i++)
			ret = cast_iface(b, known, (__u16)h, (__u16)i);
	return ret;
}

/* Somebody else in the cast has an address of a family that the actor has. */
static bool has_other(const struct cast *cast, const struct actor *a)
{
	for (int k = 0; k < 2; k++)
		if (a->families >> k & 1 && cast->has[k].any && (cast->has[k].several || cast->has[k].host != a->host))
			return true;
	return false;
}

static int cast_weigh(struct cast *cast)
{
	__u64 *w = calloc(cast->list.n + 1, sizeof(*w));
	int ret = -ENOMEM;

	cast->alias = calloc(cast->list.n + 1, sizeof(*cast->alias));
	if (w && cast->alias) {
		for (size_t i = 0; i < cast->list.n; i++)
			w[i] = cast->list.v[i].usage;
		ret = cast->list.n ? fosr_alias_build(cast->alias, w, (__u32)cast->list.n) : 0;
	}
	free(w);
	return ret;
}

/*
 * A role pair can be when some server has a client that is another host. A group answers nothing and is nobody: a
 * client is enough, where the service is offered at all.
 */
static __u16 pairs_of(const struct part *part)
{
	bool offered = false;
	__u16 pairs = 0;

	for (int server = 0; server < FOSR_ROLES; server++)
		offered |= part->server[server].list.n > 0;
	for (int client = 0; client < FOSR_ROLES; client++)
		if (offered && part->client[client].list.n)
			pairs |= (__u16)(1u << (client * FOSR_ROLES + FOSR_ROLE_GROUP));

	for (int client = 0; client < FOSR_ROLES; client++)
		for (int server = 0; server < FOSR_ROLES; server++)
			for (size_t i = 0; i < part->server[server].list.n; i++)
				if (has_other(&part->client[client], &part->server[server].list.v[i])) {
					pairs |= (__u16)(1u << (client * FOSR_ROLES + server));
					break;
				}
	return pairs;
}

/* The n-th service that nobody offers: the first few are named. */
static void leave_out(struct fosr_binding *b, const struct fosr_service *s, size_t *n)
{
	size_t len = strlen(b->left_out);

	if ((*n)++ < LEFT_OUT_NAMED)
		snprintf(b->left_out + len, sizeof(b->left_out) - len, "%s%s/%s", len ? ", " : "", s->name,
			s->l4 == IPPROTO_UDP ? "udp" : "tcp");
}

static int parts_make(struct fosr_binding *b, struct fosr_err *err)
{
	const struct fosr_services *services = &b->c->profile->services;
	size_t used = 0, n = 0;
	int ret = cast_all(b);

	for (size_t s = 0; s < services->list.n; s++) {
		for (int role = 0; role < FOSR_ROLES && !ret; role++) {
			ret = cast_weigh(&b->part[s].client[role]);
			if (!ret)
				ret = cast_weigh(&b->part[s].server[role]);
		}
		if (ret)
			return fosr_err(err, ret, "out of memory for the network's hosts");
		b->pairs[s] = pairs_of(&b->part[s]);
		used += !!b->pairs[s];
		if (!b->pairs[s])
			leave_out(b, &services->list.v[s], &n);
	}
	if (n > LEFT_OUT_NAMED) {
		size_t len = strlen(b->left_out);

		snprintf(b->left_out + len, sizeof(b->left_out) - len, " and %zu more", n - LEFT_OUT_NAMED);
	}
	return used ? 0
		    : fosr_err(err, -ENOENT,
			      "no host of the network \"%s\" offers a service that the profile %s knows "
			      "to another host: give it one of %s",
			      b->c->network->title, b->c->profile->name, b->left_out);
}

int fosr_binding_open(struct fosr_binding **out, const struct fosr_campaign *c, struct fosr_err *err)
{
	const struct fosr_model *arrivals = &c->profile->model[FOSR_ARRIVALS];
	struct fosr_binding *b = calloc(1, sizeof(*b));
	size_t n = c->profile->services.list.n;
	unsigned __int128 per_window;
	int ret;

	if (!b)
		return fosr_err(err, -ENOMEM, "out of memory");
	b->c = c;
	b->part = calloc(n, sizeof(*b->part));
	b->pairs = calloc(n, sizeof(*b->pairs));
	b->limits.pairs = b->pairs;
	ret = b->part && b->pairs ? parts_make(b, err) : fosr_err(err, -ENOMEM, "out of memory");
	if (ret) {
		fosr_binding_free(b);
		return ret;
	}
	per_window = ((unsigned __int128)arrivals->ops->per_day_q16(arrivals) * c->scale_q32 >> 48) / (86400 / 5);
	b->stride = (__u32)fosr_min_u64((__u64)per_window * 2 + 16, 1u << 20) | 1;
	*out = b;
	return 0;
}

void fosr_binding_free(struct fosr_binding *b)
{
	if (!b)
		return;
	for (size_t s = 0; b->part && s < b->c->profile->services.list.n; s++)
		for (int role = 0; role < FOSR_ROLES; role++) {
			free(b->part[s].client[role].alias);
			free(b->part[s].server[role].alias);
			fosr_vec_free(&b->part[s].client[role].list);
			fosr_vec_free(&b->part[s].server[role].list);
		}
	free(b->part);
	free(b->pairs);
	free(b);
}

const struct fosr_flow_limits *fosr_binding_limits(const struct fosr_binding *b)
{
	return &b->limits;
}

const char *fosr_binding_left_out(const struct fosr_binding *b)
{
	return b->left_out;
}

static bool can_meet(const struct actor *a, const struct actor *b)
{
	return a->host != b->host && a->families & b->families;
}

/*
 * One of the cast that the actor can meet: drawn by usage, again while it cannot; the walk along the list at the end is
 * reached once in a long time where one host has nearly all the weight.
 */
static const struct actor *draw_other(const struct cast *cast, const struct actor *a, struct fosr_rng *r)
{
	__u32 n = (__u32)cast->list.n, i = 0;

	for (int try = 0; try < RETRIES; try++) {
		i = fosr_alias_draw(cast->alias, n, r);
		if (can_meet(&cast->list.v[i], a))
			return &cast->list.v[i];
	}
	while (!can_meet(&cast->list.v[i], a))
		i = (i + 1) % n;
	return &cast->list.v[i];
}

/* A server that has somebody to serve: the others are never bound. */
static const struct actor *draw_server(const struct cast *servers, const struct cast *clients, struct fosr_rng *r)
{
	__u32 n = (__u32)servers->list.n, i = fosr_alias_draw(servers->alias, n, r);

	while (!has_other(clients, &servers->list.v[i]))
		i = (i + 1) % n;
	return &servers->list.v[i];
}

/* Of clients that do not choose: of NTP's, those that are servers as well. */
static __u16 usual_port(const struct fosr_flow *f)
{
	enum fosr_os os = fosr_stack(&f->end[FOSR_FWD])->os;

	if (f->l4 == IPPROTO_UDP && f->end[FOSR_BWD].port == NTP)
		return os == FOSR_OS_LINUX || os == FOSR_OS_ANDROID ? 0 : NTP;
	return fosr_service_client_port(f->l4, f->end[FOSR_BWD].port);
}

/*
 * Client ports as RFC 6056, algorithm 3, has them: an offset per (client, server, service) and a counter; the counter
 * is the flow's own place in time, so nothing is shared, and a port comes back after a whole range of flows only. When
 * it is taken, the next ones are tried; then some of all unprivileged ports, by chance: they fail to find one when
 * nearly all are taken.
 */
__u16 fosr_binding_port(const struct fosr_binding *b, const struct fosr_flow *f, __u32 nth)
{
	const struct fosr_stack *stack = fosr_stack(&f->end[FOSR_FWD]);
	__u32 lo = stack->port_first, range = stack->ports;
	__u64 window = f->id >> FOSR_FLOW_INDEX_BITS, index = f->id & ((1u << FOSR_FLOW_INDEX_BITS) - 1);
	__u64 pair = (__u64)f->end[0].host << 32 | (__u64)f->end[1].host << 16 | f->end[1].port;
	__u64 offset = fosr_mix64(b->c->craft.key ^ fosr_mix64(pair << 1 | (f->l4 == IPPROTO_UDP)));
	__u16 usual = usual_port(f);

	if (usual && !nth)
		return usual;
	if (nth < PORT_TRIES)
		return (__u16)(lo + (offset % range + (window * b->stride + index) % range + nth) % range);
	if (nth < 2 * PORT_TRIES)
		return (__u16)(UNPRIVILEGED +
			fosr_mix64(offset ^ fosr_mix64(f->id * PORT_TRIES + nth)) % (65536 - UNPRIVILEGED));
	return 0;
}

/* Where both families would do, the network's share decides. */
static __u8 draw_family(const struct fosr_binding *b, __u8 families, struct fosr_rng *r)
{
	if (families == (FOSR_HAS_IP4 | FOSR_HAS_IP6))
		return fosr_rng_u32(r) >> 16 < b->c->network->ip6_share ? 6 : 4;
	return families == FOSR_HAS_IP6 ? 6 : 4;
}

static void bind_to_group(const struct fosr_binding *b, struct fosr_flow *f, struct fosr_rng *r)
{
	const struct cast *clients = &b->part[f->service].client[f->roles / FOSR_ROLES];
	const struct actor *a = &clients->list.v[fosr_alias_draw(clients->alias, (__u32)clients->list.n, r)];
	bool only6 = f->end[FOSR_BWD].port == DHCPV6 && a->families & FOSR_HAS_IP6;

	fosr_end_fill(b->c, &f->end[FOSR_FWD], a->host, a->iface, only6 ? 6 : draw_family(b, a->families, r));
	fosr_group_fill(f);
	f->vlan = fosr_end_vlan(b->c, &f->end[FOSR_FWD]);
	f->end[FOSR_FWD].port = fosr_binding_port(b, f, 0);
}

void fosr_binding_bind(const struct fosr_binding *b, struct fosr_flow *f)
{
	struct fosr_rng r = fosr_rng(b->c->craft.key, f->id, FOSR_STAGE_BIND, 0);
	const struct part *part = &b->part[f->service];
	const struct cast *clients = &part->client[f->roles / FOSR_ROLES];
	const struct actor *server, *client;
	__u8 family;

	if (fosr_flow_to_group(f->roles)) {
		bind_to_group(b, f, &r);
		return;
	}
	server = draw_server(&part->server[f->roles % FOSR_ROLES], clients, &r);
	client = draw_other(clients, server, &r);
	family = draw_family(b, server->families & client->families, &r);
	fosr_end_fill(b->c, &f->end[FOSR_BWD], server->host, server->iface, family);
	fosr_end_fill(b->c, &f->end[FOSR_FWD], client->host, client->iface, family);
	if (server->port)
		f->end[FOSR_BWD].port = server->port;
	f->end[FOSR_FWD].port = fosr_binding_port(b, f, 0);
	fosr_ends_meet(b->c, f);
	fosr_stack_settle(f);
}
