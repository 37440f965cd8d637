// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/network_read.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "profile/addr.h"

#define NOT FOSR_NET_NOT

int fosr_net_out_of_memory(const struct fosr_net_reader *r)
{
	return fosr_err(r->err, -ENOMEM, "%s: out of memory", r->y->name);
}

static int unknown_key(const struct fosr_net_reader *r, const struct fosr_yaml_node *key,
	const struct fosr_net_field *fields, size_t n, const char *what)
{
	const char *text = fosr_yaml_text(r->y, key);
	struct fosr_nearest near = fosr_nearest(text);
	char all[120] = "";
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		fosr_nearest_offer(&near, fields[i].name);
		at += (size_t)snprintf(all + at, sizeof(all) - at, "%s%s", i ? ", " : "", fields[i].name);
	}
	if (near.best)
		return fosr_yaml_err(r->y, key, r->err, "unknown key '%.60s' in %s; did you mean '%s'? (expected: %s)",
			text, what, near.best, all);
	return fosr_yaml_err(r->y, key, r->err, "unknown key '%.60s' in %s, expected: %s", text, what, all);
}

int fosr_net_map(struct fosr_net_reader *r, const struct fosr_yaml_node *n, const struct fosr_net_field *fields,
	size_t count, const char *what, void *obj, unsigned int *seen)
{
	*seen = 0;
	if (n->kind != FOSR_YAML_MAP)
		return fosr_yaml_err(r->y, n, r->err, "read '%.60s' for %s, expected a map (key: value)",
			fosr_yaml_text(r->y, n), what);
	for (__u32 at = n->first; at;) {
		const struct fosr_yaml_node *key = fosr_yaml_at(r->y, at), *value = fosr_yaml_at(r->y, key->next);
		const char *text = fosr_yaml_text(r->y, key);
		size_t i = 0;
		int ret;

		while (i < count && strcmp(fields[i].name, text))
			i++;
		if (i == count)
			return unknown_key(r, key, fields, count, what);
		if (*seen >> i & 1)
			return fosr_yaml_err(r->y, key, r->err, "'%s' stands twice in %s, expected once", text, what);
		*seen |= 1U << i;
		ret = fields[i].set(r, value, obj);
		if (ret)
			return ret;
		at = value->next;
	}
	return 0;
}

int fosr_net_text(struct fosr_net_reader *r, const struct fosr_yaml_node *n, bool empty, size_t max)
{
	const char *text = fosr_yaml_text(r->y, n);
	size_t len = strlen(text);

	if (n->kind != FOSR_YAML_TEXT || (!len && !empty))
		return NOT(r, n, "some text");
	if (len > max)
		return fosr_yaml_err(r->y, n, r->err, "a text of %zu bytes, the limit is %zu", len, max);
	for (const char *c = text; *c; c++)
		if (((__u8)*c < 0x20 || *c == 0x7f) && (max < 256 || (*c != '\n' && *c != '\t')))
			return fosr_yaml_err(r->y, n, r->err, "a control character (0x%02x) in a text", (__u8)*c);
	return 0;
}

#define META_MAX 4096

static int set_meta(struct fosr_net_reader *r, const struct fosr_yaml_node *n, char **to, bool empty)
{
	int ret = fosr_net_text(r, n, empty, META_MAX);

	if (ret)
		return ret;
	*to = strdup(fosr_yaml_text(r->y, n));
	return *to ? 0 : fosr_net_out_of_memory(r);
}

static int set_title(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return set_meta(r, n, &r->net->title, false);
}

static int set_desc(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return set_meta(r, n, &r->net->desc, true);
}

static int set_author(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return set_meta(r, n, &r->net->author, true);
}

static int set_date(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return set_meta(r, n, &r->net->date, true);
}

static int set_version(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return set_meta(r, n, &r->net->version, true);
}

static int set_format(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return strcmp(fosr_yaml_text(r->y, n), "1") ? NOT(r, n, "1 (the only format there is)") : 0;
}

static const struct fosr_net_field metadata_fields[] = {
	{"title", set_title},
	{"desc", set_desc},
	{"author", set_author},
	{"date", set_date},
	{"version", set_version},
	{"format", set_format},
};

static int set_metadata(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	unsigned int seen;
	int ret = fosr_net_map(r, n, metadata_fields, FOSR_ARRAY_SIZE(metadata_fields), "metadata", NULL, &seen);

	if (!ret && !r->net->title)
		return fosr_yaml_err(r->y, n, r->err, "metadata without 'title', expected one");
	return ret;
}

static int read_addr(struct fosr_net_reader *r, const struct fosr_yaml_node *n, struct fosr_addr *addr)
{
	const char *why;

	if (n->kind != FOSR_YAML_TEXT || fosr_addr_parse(fosr_yaml_text(r->y, n), addr))
		return NOT(r, n, "an address such as 192.168.0.8 or 2001:db8::8");
	why = fosr_addr_unfit(addr);
	if (why)
		return fosr_yaml_err(r->y, n, r->err, "%s is a %s address, expected one that a host can have",
			fosr_yaml_text(r->y, n), why);
	return 0;
}

static int set_addr(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct fosr_iface *iface = obj;

	iface->line = n->line;
	iface->column = n->column;
	return read_addr(r, n, &iface->addr);
}

static int set_addr6(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct fosr_iface *iface = obj;
	int ret = read_addr(r, n, &iface->addr6);

	return ret || iface->addr6.family == 6 ? ret : NOT(r, n, "an IPv6 address such as 2001:db8::8");
}

int fosr_net_mac(struct fosr_net_reader *r, const struct fosr_yaml_node *n, __u8 mac[6])
{
	static const __u8 zero[6];

	if (n->kind != FOSR_YAML_TEXT || fosr_mac_parse(fosr_yaml_text(r->y, n), mac))
		return NOT(r, n, "a MAC address such as 00:14:2A:3F:47:D8");
	if (mac[0] & 1 || !memcmp(mac, zero, 6))
		return fosr_yaml_err(r->y, n, r->err, "%s is %s, expected a host's own MAC address",
			fosr_yaml_text(r->y, n), mac[0] & 1 ? "a multicast address" : "all zeroes");
	return 0;
}

static int set_mac(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct fosr_iface *iface = obj;

	iface->mac_given = true;
	return fosr_net_mac(r, n, iface->mac);
}

/* Index of the name among those offered so far, adding it. */
static int offered(struct fosr_net_reader *r, const char *name, __u32 node, __u16 *index)
{
	const char **slot;
	__u32 *where;

	for (size_t i = 0; i < r->names.n; i++) {
		if (r->names.v[i] == name) {
			*index = (__u16)i;
			return 0;
		}
	}
	if (r->names.n == FOSR_SERVICES_MAX)
		return fosr_yaml_err(
			r->y, fosr_yaml_at(r->y, node), r->err, "more than %d different services", FOSR_SERVICES_MAX);
	slot = fosr_vec_push(&r->names);
	where = fosr_vec_push(&r->offer_node);
	if (!slot || !where)
		return fosr_net_out_of_memory(r);
	*slot = name;
	*where = node;
	*index = (__u16)(r->names.n - 1);
	return 0;
}

static int read_port(const char *text, __u16 *port)
{
	unsigned int v = 0;

	for (; *text == ' '; text++)
		;
	if (!*text)
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++) {
		v = v * 10 + (unsigned int)(*text - '0');
		if (v > 65535)
			return -EINVAL;
	}
	*port = (__u16)v;
	return *text || !v ? -EINVAL : 0;
}

int fosr_net_offer(struct fosr_net_reader *r, struct fosr_iface *iface, __u32 at)
{
	const struct fosr_yaml_node *n = fosr_yaml_at(r->y, at);
	const char *text = fosr_yaml_text(r->y, n), *colon = strchr(text, ':'), *name;
	struct fosr_offer offer = {.line = n->line}, *slot;
	int ret;

	if (n->kind != FOSR_YAML_TEXT)
		return NOT(r, n, "a service, as name or name:port");
	ret = fosr_net_service_name(r, n, text, colon ? (size_t)(colon - text) : strlen(text), &name);
	if (ret)
		return ret;
	if (colon && read_port(colon + 1, &offer.port))
		return NOT(r, n, "name:port with one port from 1 to 65535");
	ret = offered(r, name, at, &offer.service);
	if (ret)
		return ret;
	for (size_t i = 0; i < iface->offers.n; i++)
		if (iface->offers.v[i].service == offer.service && iface->offers.v[i].port == offer.port)
			return fosr_yaml_err(r->y, n, r->err,
				"'%.60s' is offered twice by this interface, first in line %u", text,
				iface->offers.v[i].line);
	if (iface->offers.n == FOSR_SERVICES_MAX)
		return fosr_yaml_err(r->y, n, r->err, "more than %d services on one interface", FOSR_SERVICES_MAX);
	slot = fosr_vec_push(&iface->offers);
	if (!slot)
		return fosr_net_out_of_memory(r);
	*slot = offer;
	return 0;
}

int fosr_net_list(struct fosr_net_reader *r, const struct fosr_yaml_node *n, const char *expected)
{
	if (n->kind == FOSR_YAML_LIST || (n->kind == FOSR_YAML_TEXT && !*fosr_yaml_text(r->y, n)))
		return 0;
	return NOT(r, n, expected);
}

static int set_services(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	int ret = fosr_net_list(r, n, "a list of services such as [http:8080, ssh]");

	for (__u32 at = n->first; !ret && at; at = fosr_yaml_at(r->y, at)->next)
		ret = fosr_net_offer(r, obj, at);
	return ret;
}

static const struct fosr_net_field iface_fields[] = {
	{"ip_addr", set_addr},
	{"mac_addr", set_mac},
	{"services", set_services},
	{"ip6_addr", set_addr6},
};

int fosr_net_derive_mac(struct fosr_net_reader *r, struct fosr_iface *iface)
{
	__u8 digest[FOSR_DIGEST_LEN];
	struct fosr_digest *d;

	iface->mac[0] = 0x02;
	if (iface->addr.family == 4) {
		memcpy(iface->mac + 2, iface->addr.b, 4);
		return 0;
	}
	d = fosr_digest_new();
	if (!d)
		return fosr_net_out_of_memory(r);
	fosr_digest_add(d, iface->addr.b, sizeof(iface->addr.b));
	fosr_digest_end(d, digest);
	memcpy(iface->mac + 1, digest, 5);
	return 0;
}

int fosr_net_new_iface(
	struct fosr_net_reader *r, const struct fosr_yaml_node *n, struct fosr_host *h, struct fosr_iface **out)
{
	*out = fosr_vec_push(&h->ifaces);
	if (!*out)
		return fosr_net_out_of_memory(r);
	if (++r->net->ifaces > FOSR_NETWORK_HOSTS_MAX)
		return fosr_yaml_err(r->y, n, r->err, "more than %d interfaces", FOSR_NETWORK_HOSTS_MAX);
	(*out)->line = n->line;
	(*out)->column = n->column;
	return 0;
}

static int add_iface(struct fosr_net_reader *r, struct fosr_host *h, const struct fosr_yaml_node *n)
{
	struct fosr_iface *iface;
	unsigned int seen;
	int ret = fosr_net_new_iface(r, n, h, &iface);

	if (ret)
		return ret;
	ret = fosr_net_map(r, n, iface_fields, FOSR_ARRAY_SIZE(iface_fields), "an interface", iface, &seen);
	if (ret)
		return ret;
	if (!(seen & 1))
		return fosr_yaml_err(r->y, n, r->err, "an interface without 'ip_addr', expected one");
	if (iface->addr6.family && iface->addr.family == 6)
		return fosr_yaml_err(
			r->y, n, r->err, "two IPv6 addresses, expected an IPv4 address as 'ip_addr' beside 'ip6_addr'");
	return seen & 2 ? 0 : fosr_net_derive_mac(r, iface);
}

static int set_interfaces(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	int ret = n->kind == FOSR_YAML_LIST && n->first ? 0 : NOT(r, n, "a list of at least one interface");

	for (__u32 at = n->first; !ret && at; at = fosr_yaml_at(r->y, at)->next)
		ret = add_iface(r, obj, fosr_yaml_at(r->y, at));
	return ret;
}

static int set_hostname(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	struct fosr_host *h = obj;
	int ret = fosr_net_text(r, n, false, sizeof(h->name) - 1);

	if (ret)
		return ret;
	strcpy(h->name, fosr_yaml_text(r->y, n));
	if (strpbrk(h->name, ",\"\\"))
		return NOT(r, n, "a name without comma, quote and backslash (it stands in CSV files)");
	return 0;
}

static int set_os(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	const char *text = fosr_yaml_text(r->y, n);
	struct fosr_nearest near = fosr_nearest(text);
	struct fosr_host *h = obj;

	for (int os = 0; os < FOSR_OSES; os++)
		if (!strcasecmp(text, fosr_os_name(os))) {
			h->os = os;
			return 0;
		}
	for (int os = 0; os < FOSR_OSES; os++)
		fosr_nearest_offer(&near, fosr_os_name(os));
	if (near.best)
		return fosr_yaml_err(r->y, n, r->err, "unknown os '%.60s'; did you mean '%s'?", text, near.best);
	return NOT(r, n, "Linux, Windows, macOS, Android, iOS, IoT, FreeBSD, lwIP or VxWorks");
}

/* A decimal such as 1, 0.8 or .5 as Q16, rounded half up: no strtod, whose result hangs on the locale. */
static int read_q16(const char *text, __u32 *q16)
{
	__u64 whole = 0, frac = 0, scale = 1;
	bool any = false;

	for (; *text >= '0' && *text <= '9'; text++, any = true) {
		whole = whole * 10 + (__u64)(*text - '0');
		if (whole > 65535)
			return -ERANGE;
	}
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++, any = true) {
			if (scale < 1000000000) {
				frac = frac * 10 + (__u64)(*text - '0');
				scale *= 10;
			}
		}
	}
	if (*text || !any)
		return -EINVAL;
	whole = (whole << 16) + ((frac << 16) + scale / 2) / scale;
	if (!whole || whole > UINT32_MAX)
		return -ERANGE;
	*q16 = (__u32)whole;
	return 0;
}

int fosr_net_weight(struct fosr_net_reader *r, const struct fosr_yaml_node *n, __u32 *q16)
{
	int code = n->kind == FOSR_YAML_TEXT ? read_q16(fosr_yaml_text(r->y, n), q16) : -EINVAL;

	if (code == -ERANGE)
		return NOT(r, n, "a weight above 0 and up to 65535; leave a host that does nothing out");
	return code ? NOT(r, n, "a weight as a decimal number such as 0.8") : 0;
}

static int set_usage(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	return fosr_net_weight(r, n, &((struct fosr_host *)obj)->usage);
}

static int set_type(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	const char *text = fosr_yaml_text(r->y, n);
	struct fosr_host *h = obj;

	h->server = !strcasecmp(text, "server");
	return h->server || !strcasecmp(text, "user") ? 0 : NOT(r, n, "server or user");
}

static int set_client(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	int ret = fosr_net_list(r, n, "a list of services such as [http, https]");

	for (__u32 at = n->first; !ret && at; at = fosr_yaml_at(r->y, at)->next) {
		struct fosr_net_use *use = fosr_vec_push(&r->uses);

		if (!use)
			return fosr_net_out_of_memory(r);
		*use = (struct fosr_net_use){.host = (__u32)(r->net->hosts.n - 1), .node = at};
		if (fosr_yaml_at(r->y, at)->kind != FOSR_YAML_TEXT)
			ret = NOT(r, fosr_yaml_at(r->y, at), "a service's name");
	}
	return ret;
}

/* Names without a dot are of the site: "internal" is reserved for that (ICANN, 2024). */
void fosr_net_dns_name(struct fosr_host *h)
{
	size_t n = 0;

	for (const char *c = h->name; *c; c++) {
		char low = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
		bool fine = (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') ||
			(low == '.' && n && h->dns[n - 1] != '.' && c[1]);

		h->dns[n++] = fine ? low : '-';
	}
	h->dns[n] = '\0';
	if (!strchr(h->dns, '.'))
		strcpy(h->dns + n, ".internal");
}

enum { HOSTNAME, OS, USAGE, TYPE, CLIENT, INTERFACES };

static const struct fosr_net_field host_fields[] = {
	[HOSTNAME] = {"hostname", set_hostname},
	[OS] = {"os", set_os},
	[USAGE] = {"usage", set_usage},
	[TYPE] = {"type", set_type},
	[CLIENT] = {"client", set_client},
	[INTERFACES] = {"interfaces", set_interfaces},
};

int fosr_net_new_host(struct fosr_net_reader *r, const struct fosr_yaml_node *n, struct fosr_host **out)
{
	struct fosr_host *h;
	__u8 *given;

	if (r->net->hosts.n == FOSR_NETWORK_HOSTS_MAX)
		return fosr_yaml_err(r->y, n, r->err, "more than %d hosts", FOSR_NETWORK_HOSTS_MAX);
	h = fosr_vec_push(&r->net->hosts);
	given = fosr_vec_push(&r->client_given);
	if (!h || !given)
		return fosr_net_out_of_memory(r);
	h->usage = FOSR_USAGE_ONE;
	h->line = n->line;
	h->column = n->column;
	*out = h;
	return 0;
}

static int add_host(struct fosr_net_reader *r, const struct fosr_yaml_node *n)
{
	struct fosr_host *h;
	unsigned int seen;
	int ret = fosr_net_new_host(r, n, &h);

	if (ret)
		return ret;
	ret = fosr_net_map(r, n, host_fields, FOSR_ARRAY_SIZE(host_fields), "a host", h, &seen);
	if (ret)
		return ret;
	if (!(seen >> INTERFACES & 1))
		return fosr_yaml_err(r->y, n, r->err, "a host without 'interfaces', expected at least one interface");
	if (!(seen >> HOSTNAME & 1))
		fosr_addr_format(&h->ifaces.v[0].addr, h->name);
	fosr_net_dns_name(h);
	if (!(seen >> TYPE & 1))
		for (size_t i = 0; i < h->ifaces.n; i++)
			h->server |= h->ifaces.v[i].offers.n > 0;
	r->client_given.v[r->client_given.n - 1] = seen >> CLIENT & 1;
	return 0;
}

static int set_hosts(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	int ret = n->kind == FOSR_YAML_LIST && n->first ? 0 : NOT(r, n, "a list of at least one host");

	for (__u32 at = n->first; !ret && at; at = fosr_yaml_at(r->y, at)->next)
		ret = add_host(r, fosr_yaml_at(r->y, at));
	return ret;
}

/* A share as Q16: 0 to 1. */
static int set_ipv6(struct fosr_net_reader *r, const struct fosr_yaml_node *n, void *obj)
{
	const char *text = fosr_yaml_text(r->y, n);

	if (!strcmp(text, "0"))
		r->net->ip6_share = 0;
	else if (n->kind != FOSR_YAML_TEXT || read_q16(text, &r->net->ip6_share) || r->net->ip6_share > FOSR_USAGE_ONE)
		return NOT(r, n, "a share from 0 to 1 such as 0.5");
	return 0;
}

static const struct fosr_net_field top_fields[] = {
	{"metadata", set_metadata},
	{"hosts", set_hosts},
	{"subnets", fosr_net_subnets},
	{"internet", fosr_net_internet},
	{"ipv6", set_ipv6},
};

int fosr_net_read(struct fosr_net_reader *r)
{
	const struct fosr_yaml_node *root = fosr_yaml_at(r->y, 0);
	unsigned int seen;
	int ret;

	r->net->ip6_share = FOSR_USAGE_ONE / 2;
	ret = fosr_net_map(r, root, top_fields, FOSR_ARRAY_SIZE(top_fields), "a network file", NULL, &seen);

	if (ret)
		return ret;
	if (!(seen & 1))
		return fosr_yaml_err(r->y, root, r->err, "no 'metadata', expected metadata: {title: ...}");
	if (!(seen & 2))
		return fosr_yaml_err(r->y, root, r->err, "no 'hosts', expected a list of hosts");
	return 0;
}
