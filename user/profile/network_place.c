// SPDX-License-Identifier: GPL-3.0-or-later
/* The keys subnets and internet of a network file: where hosts are, and pools of hosts that nobody has to write down.
 */
#include <stdio.h>
#include <string.h>

#include "base/mix.h"
#include "base/time.h"
#include "profile/addr.h"
#include "profile/network_read.h"

#define NOT FOSR_NET_NOT
#define HOPS_MAX 30
#define RTT_MAX (10 * FOSR_NS_PER_S)

static int number(const struct fosr_net_reader *r, const struct fosr_yaml_node *n, __u32 least, __u32 most, __u32 *out)
{
	const char *text = fosr_yaml_text(r->y, n);
	__u32 v = 0;

	for (; *text >= '0' && *text <= '9' && v <= most; text++)
		v = v * 10 + (__u32)(*text - '0');
	*out = v;
	if (n->kind != FOSR_YAML_TEXT || *text || text == fosr_yaml_text(r->y, n) || v < least || v > most)
		return fosr_yaml_err(r->y, n, r->err, "read '%.60s', expected a number from %u to %u",
			fosr_yaml_text(r->y, n), least, most);
	return 0;
}

static int set_hops(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct fosr_place *place = obj;
	__u32 hops;
	int ret = number(r, n, 0, HOPS_MAX, &hops);

	place->hops = (__u8)hops;
	return ret;
}

static int set_rtt(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct fosr_place *place = obj;

	if (n->kind != FOSR_YAML_TEXT || fosr_duration_parse(fosr_yaml_text(r->y, n), &place->rtt_ns) ||
		place->rtt_ns > RTT_MAX)
		return NOT(r, n, "a round trip time up to 10s such as 20ms");
	return 0;
}

static int set_vlan(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct fosr_place *place = obj;
	__u32 vlan;
	int ret = number(r, n, 1, 4094, &vlan);

	place->vlan = (__u16)vlan;
	return ret;
}

static int set_router(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct fosr_place *place = obj;

	place->has_router = true;
	return fosr_net_mac(r, n, place->router);
}

/* ADDRESS/BITS, with nothing set behind them. */
static int set_prefix(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	const char *text = fosr_yaml_text(r->y, n), *slash = strchr(text, '/');
	struct fosr_place *place = obj;
	char addr[FOSR_ADDR_TEXT] = "";
	unsigned int bits = 0;
	int end = 0;

	if (slash && (size_t)(slash - text) < sizeof(addr))
		memcpy(addr, text, (size_t)(slash - text));
	if (n->kind != FOSR_YAML_TEXT || !*addr || fosr_addr_parse(addr, &place->prefix) || slash[1] < '0' ||
		slash[1] > '9' || sscanf(slash, "/%3u%n", &bits, &end) != 1 || slash[end] ||
		bits > (place->prefix.family == 6 ? 128 : 32))
		return NOT(r, n, "a prefix such as 192.168.10.0/24 or 2001:db8:10::/64");
	place->bits = (__u8)bits;
	for (unsigned int i = bits; i < (place->prefix.family == 6 ? 128 : 32); i++)
		if (place->prefix.b[i / 8] >> (7 - i % 8) & 1)
			return NOT(r, n, "a prefix whose bits behind the length are 0");
	return 0;
}

enum { PREFIX, VLAN, ROUTER, HOPS, RTT };

static const struct fosr_net_field subnet_fields[] = {
	[PREFIX] = {"prefix", set_prefix},
	[VLAN] = {"vlan", set_vlan},
	[ROUTER] = {"router", set_router},
	[HOPS] = {"hops", set_hops},
	[RTT] = {"rtt", set_rtt},
};

static int add_subnet(struct fosr_net_reader *r, const struct fosr_yaml_node *n)
{
	struct fosr_place *place = fosr_vec_push(&r->net->places);
	unsigned int seen;
	int ret;

	if (!place)
		return fosr_net_out_of_memory(r);
	place->hops = 1;
	place->line = n->line;
	if (r->net->places.n > FOSR_PLACES_MAX)
		return fosr_yaml_err(r->y, n, r->err, "more than %d subnets", FOSR_PLACES_MAX);
	ret = fosr_net_map(r, n, subnet_fields, FOSR_ARRAY_SIZE(subnet_fields), "a subnet", place, &seen);
	if (ret)
		return ret;
	if (!(seen >> PREFIX & 1))
		return fosr_yaml_err(
			r->y, n, r->err, "a subnet without 'prefix', expected one such as 192.168.10.0/24");
	for (size_t i = 0; i + 1 < r->net->places.n; i++)
		if (r->net->places.v[i].bits == place->bits &&
			!fosr_addr_cmp(&r->net->places.v[i].prefix, &place->prefix))
			return fosr_yaml_err(r->y, n, r->err, "this prefix stands in line %u as well, expected once",
				r->net->places.v[i].line);
	return 0;
}

int fosr_net_subnets(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	int ret = fosr_net_list(r, n, "a list of subnets");

	for (__u32 at = n->first; !ret && at; at = fosr_yaml_at(r->y, at)->next)
		ret = add_subnet(r, fosr_yaml_at(r->y, at));
	return ret;
}

/* A pool as it is read: the services are looked up for each host. */
struct pool {
	char name[FOSR_POOL_NAME];
	__u32 hosts;
	__u32 usage;
	const struct fosr_yaml_node *services;
	bool ip6;
};

static int set_pool_name(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct pool *pool = obj;
	int ret = fosr_net_text(r, n, false, sizeof(pool->name) - 1);

	if (ret)
		return ret;
	strcpy(pool->name, fosr_yaml_text(r->y, n));
	for (const char *c = pool->name; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '-'))
			return NOT(r, n, "a name of lower-case letters, digits and '-' (it stands in DNS names)");
	return 0;
}

static int set_pool_hosts(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return number(r, n, 1, FOSR_NETWORK_HOSTS_MAX, &((struct pool *)obj)->hosts);
}

static int set_pool_usage(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return fosr_net_weight(r, n, &((struct pool *)obj)->usage);
}

static int set_pool_services(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	((struct pool *)obj)->services = n;
	return fosr_net_list(r, n, "a list of services such as [https, quic]");
}

static int set_pool_ip6(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	const char *text = fosr_yaml_text(r->y, n);
	bool yes = !strcmp(text, "true");

	((struct pool *)obj)->ip6 = yes;
	return yes || !strcmp(text, "false") ? 0 : NOT(r, n, "true or false");
}

enum { POOL_NAME, POOL_HOSTS, POOL_USAGE, POOL_SERVICES, POOL_IP6 };

static const struct fosr_net_field pool_fields[] = {
	[POOL_NAME] = {"name", set_pool_name},
	[POOL_HOSTS] = {"hosts", set_pool_hosts},
	[POOL_USAGE] = {"usage", set_pool_usage},
	[POOL_SERVICES] = {"services", set_pool_services},
	[POOL_IP6] = {"ipv6", set_pool_ip6},
};

/* Numbers of a pool's hosts: a function of its name and theirs, so that they stay whatever else the file says. */
static __u64 number_of(const struct pool *pool, __u32 k, __u32 what)
{
	__u64 x = 0;

	for (const char *c = pool->name; *c; c++)
		x = fosr_mix64(x + (__u8)*c);
	return fosr_mix64(x + fosr_mix64((__u64)k << 8 | what));
}

/* Public ones that are set aside for nothing (IANA's special-purpose registries); 2000::/3 for IPv6. */
static void draw_addrs(const struct pool *pool, __u32 k, struct fosr_iface *iface)
{
	__u64 high = number_of(pool, k, 1), low = number_of(pool, k, 2);

	iface->addr.family = 4;
	for (__u32 try = 16; try == 16 || fosr_addr_is_special(&iface->addr); try++) {
		__u64 x = number_of(pool, k, try);

		for (int i = 0; i < 4; i++)
			iface->addr.b[i] = (__u8)(x >> 8 * i);
	}
	if (!pool->ip6)
		return;
	iface->addr6.family = 6;
	for (int i = 0; i < 8; i++) {
		iface->addr6.b[i] = (__u8)(high >> 8 * i);
		iface->addr6.b[8 + i] = (__u8)(low >> 8 * i);
	}
	/* 2a00::/12 is a registry's; nothing in it is set aside. */
	iface->addr6.b[0] = 0x2a;
	iface->addr6.b[1] &= 0x0f;
}

static void draw_name(const struct pool *pool, __u32 k, struct fosr_host *h)
{
	static const char *const front[] = {"www", "cdn", "api", "static", "app", "img", "edge", "login"};
	static const char *const top[] = {"com", "net", "org", "com", "io", "com", "de", "fr"};
	__u64 x = number_of(pool, k, 3);

	snprintf(h->name, sizeof(h->name), "%s.%s%u.%s", front[x & 7], pool->name, k + 1, top[x >> 3 & 7]);
}

/* The k-th is used 1/(k+1) as often as the first (Zipf 1949; of the Web: Breslau et al., INFOCOM'99). */
static int add_pool_host(
	struct fosr_net_reader *r, const struct fosr_yaml_node *n, const struct pool *pool, __u32 k, __u64 sum_q32)
{
	struct fosr_iface *iface;
	struct fosr_host *h;
	int ret = fosr_net_new_host(r, n, &h);

	if (!ret)
		ret = fosr_net_new_iface(r, n, h, &iface);
	if (ret)
		return ret;
	h->server = true;
	r->client_given.v[r->client_given.n - 1] = true;
	h->os = number_of(pool, k, 4) % 10 < 8 ? FOSR_OS_LINUX
		: number_of(pool, k, 5) & 1    ? FOSR_OS_FREEBSD
					       : FOSR_OS_WINDOWS;
	h->usage = (__u32)fosr_max_u64(((unsigned __int128)pool->usage << 32) / (k + 1) / sum_q32, 1);
	h->pooled = true;
	draw_name(pool, k, h);
	fosr_net_dns_name(h);
	draw_addrs(pool, k, iface);
	ret = fosr_net_derive_mac(r, iface);
	for (__u32 at = pool->services->first; !ret && at; at = fosr_yaml_at(r->y, at)->next)
		ret = fosr_net_offer(r, iface, at);
	return ret;
}

static int add_pool(struct fosr_net_reader *r, const struct fosr_yaml_node *n)
{
	struct pool pool = {.hosts = 100, .usage = FOSR_USAGE_ONE};
	struct fosr_pool *kept;
	__u64 sum_q32 = 0;
	unsigned int seen;
	int ret = fosr_net_map(r, n, pool_fields, FOSR_ARRAY_SIZE(pool_fields), "a pool", &pool, &seen);

	if (ret)
		return ret;
	if (!(seen >> POOL_NAME & 1) || !(seen >> POOL_SERVICES & 1))
		return fosr_yaml_err(r->y, n, r->err, "a pool without '%s', expected one",
			seen >> POOL_NAME & 1 ? "services" : "name");
	kept = fosr_vec_push(&r->net->pools);
	if (!kept)
		return fosr_net_out_of_memory(r);
	*kept = (struct fosr_pool){.first = r->net->hosts.n, .hosts = pool.hosts, .ip6 = pool.ip6};
	strcpy(kept->name, pool.name);
	for (__u32 k = 0; k < pool.hosts; k++)
		sum_q32 += (1ULL << 32) / (k + 1);
	for (__u32 k = 0; !ret && k < pool.hosts; k++)
		ret = add_pool_host(r, n, &pool, k, sum_q32);
	return ret;
}

static int set_pools(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	int ret = fosr_net_list(r, n, "a list of pools");

	for (__u32 at = n->first; !ret && at; at = fosr_yaml_at(r->y, at)->next)
		ret = add_pool(r, fosr_yaml_at(r->y, at));
	return ret;
}

static const struct fosr_net_field internet_fields[] = {
	{"hops", set_hops},
	{"rtt", set_rtt},
	{"pools", set_pools},
};

int fosr_net_internet(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	unsigned int seen;

	return fosr_net_map(
		r, n, internet_fields, FOSR_ARRAY_SIZE(internet_fields), "internet", &r->net->internet, &seen);
}

/* The longest prefix that holds the address. */
static __u16 place_of(const struct fosr_network *net, const struct fosr_addr *addr)
{
	__u16 best = FOSR_NO_PLACE;

	for (size_t i = 0; i < net->places.n; i++)
		if (fosr_addr_in(addr, &net->places.v[i].prefix, net->places.v[i].bits) &&
			(best == FOSR_NO_PLACE || net->places.v[i].bits > net->places.v[best].bits))
			best = (__u16)i;
	return best;
}

void fosr_net_places(struct fosr_network *net)
{
	for (size_t h = 0; h < net->hosts.n; h++)
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++) {
			struct fosr_iface *iface = &net->hosts.v[h].ifaces.v[i];

			iface->place = place_of(net, &iface->addr);
			iface->place6 = iface->addr6.family ? place_of(net, &iface->addr6) : FOSR_NO_PLACE;
		}
}
