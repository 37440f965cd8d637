// SPDX-License-Identifier: GPL-3.0-or-later
/* A planned network as a network file, with comments for who is to edit it. */
#include <stdio.h>
#include <string.h>

#include "profile/network_make_priv.h"

#define COLUMNS 110
#define FIRST_HOST 10 /* addresses below it are for routers and the like */
#define VISITOR_NET "198.51.100."

struct writer {
	const struct fosr_make *m;
	struct fosr_buf *out;
	__u32 bits; /* of an IPv4 address that are the host's */
	__u32 used[FOSR_MAKE_SUBNETS_MAX]; /* hosts so far, by subnet */
	__u32 macs;
	/* A list that is being written: where its lines begin, how long this one is, and how many words there are. */
	size_t indent, column, words;
};

static void list_begin(struct writer *w, size_t indent, const char *key)
{
	fosr_buf_put(w->out, "%*s%s: [", (int)indent, "", key);
	w->column = w->indent = indent + strlen(key) + 3;
	w->words = 0;
}

static void list_add(struct writer *w, const char *word)
{
	size_t n = strlen(word) + 2;

	if (w->words++)
		fosr_buf_put(w->out, ",");
	if (w->column + n > COLUMNS) {
		fosr_buf_put(w->out, "\n%*s", (int)w->indent, "");
		w->column = w->indent;
	} else if (w->words > 1) {
		fosr_buf_put(w->out, " ");
	}
	fosr_buf_put(w->out, "%s", word);
	w->column += n;
}

static void list_end(struct writer *w)
{
	fosr_buf_put(w->out, "]\n");
}

/* In the profile's order: what a role opens. Nothing at all if it opens nothing. */
static void put_client(struct writer *w, enum fosr_role role)
{
	const struct fosr_make *m = w->m;

	list_begin(w, 4, "client");
	for (__u32 i = 0; i < m->services; i++)
		if (m->service[i].opened[role])
			list_add(w, m->service[i].name);
	list_end(w);
}

static __u32 network_of(const struct writer *w, __u32 subnet)
{
	return 10u << 24 | subnet << w->bits;
}

static void put_ip4(struct writer *w, const char *before, __u32 addr, const char *behind)
{
	fosr_buf_put(
		w->out, "%s%u.%u.%u.%u%s", before, addr >> 24, addr >> 16 & 255, addr >> 8 & 255, addr & 255, behind);
}

/* Locally administered: they are nobody's. */
static void put_mac(struct writer *w, __u32 number)
{
	__u64 x = fosr_make_number(w->m, FOSR_MAKE_MAC, 0);

	fosr_buf_put(w->out, "\"02:%02x:%02x:%02x:%02x:%02x\"", (unsigned int)(x & 255), (unsigned int)(x >> 8 & 255),
		number >> 16 & 255, number >> 8 & 255, number & 255);
}

static void put_iface(struct writer *w, __u32 subnet)
{
	__u32 number = FIRST_HOST + w->used[subnet]++;

	put_ip4(w, "    interfaces:\n      - ip_addr: ", network_of(w, subnet) + number, "\n");
	if (w->m->o->ip6)
		fosr_buf_put(w->out, "        ip6_addr: \"2001:db8:0:%x::%x\"\n", subnet, number);
	fosr_buf_put(w->out, "        mac_addr: ");
	put_mac(w, ++w->macs);
	fosr_buf_put(w->out, "\n");
}

/* From a quarter of the mean to three times as much. */
static const char *usage_of(const struct writer *w, __u32 host)
{
	static const char *const usage[] = {
		"0.25", "0.4", "0.5", "0.6", "0.8", "0.8", "1", "1", "1.2", "1.5", "2", "3"};

	return usage[fosr_make_number(w->m, FOSR_MAKE_USAGE, host) % FOSR_ARRAY_SIZE(usage)];
}

static void put_host(struct writer *w, const char *name, const char *os, const char *type, const char *usage)
{
	fosr_buf_put(w->out, "  - hostname: %s\n    os: %s\n    type: %s\n    usage: %s\n", name, os, type, usage);
}

static const char *server_os(const struct writer *w, __u32 theme, __u32 server)
{
	__u64 x = fosr_make_number(w->m, FOSR_MAKE_OS, 1u << 20 | server) % 10;

	if (!strcmp(fosr_make_theme(theme)->server, "dc"))
		return "Windows";
	return x < 7 ? "Linux" : x < 9 ? "Windows" : "FreeBSD";
}

/* The theme that names a server: the first that it has; FOSR_MAKE_THEMES for one that has none. */
static __u32 theme_of(const struct fosr_make *m, __u32 server, __u32 from)
{
	for (; from < FOSR_MAKE_THEMES; from++)
		if (server - m->theme[from].first < m->theme[from].servers)
			break;
	return from;
}

static void put_server_offers(struct writer *w, __u32 server)
{
	const struct fosr_make *m = w->m;

	list_begin(w, 8, "services");
	for (__u32 t = theme_of(m, server, 0); t < FOSR_MAKE_THEMES; t = theme_of(m, server, t + 1))
		for (__u32 i = 0; i < m->services; i++)
			if (m->service[i].theme == t && m->service[i].offered[FOSR_ROLE_SERVER])
				list_add(w, m->service[i].name);
	list_end(w);
}

static void put_servers(struct writer *w)
{
	const struct fosr_make *m = w->m;

	if (m->made->servers)
		fosr_buf_put(w->out,
			"  # Servers: a name, its operating system, and what it offers (services) and uses (client). "
			"\"usage\" is a\n  # weight: 2 has twice the flows of 1.\n");
	for (__u32 s = 0; s < m->made->servers; s++) {
		__u32 theme = theme_of(m, s, 0);
		char name[32];

		snprintf(name, sizeof(name), "%s%u", theme < FOSR_MAKE_THEMES ? fosr_make_theme(theme)->server : "srv",
			theme < FOSR_MAKE_THEMES ? s - m->theme[theme].first + 1 : s + 1);
		put_host(w, name, theme < FOSR_MAKE_THEMES ? server_os(w, theme, s) : "Linux", "server",
			usage_of(w, 1u << 20 | s));
		put_client(w, FOSR_ROLE_SERVER);
		put_iface(w, 0);
		put_server_offers(w, s);
	}
}

/* Exactly s->offerers of the desktops have it, evenly spread. */
static bool desktop_offers(const struct fosr_make *m, __u32 service, __u32 desktop)
{
	const struct fosr_make_service *s = &m->service[service];
	__u64 at = desktop + fosr_make_number(m, FOSR_MAKE_OFFER, service) % m->desktops;

	return s->offered[FOSR_ROLE_USER] && at * s->offerers / m->desktops != (at + 1) * s->offerers / m->desktops;
}

static void put_desktop_offers(struct writer *w, __u32 desktop)
{
	const struct fosr_make *m = w->m;
	bool any = false;

	for (__u32 i = 0; i < m->services; i++) {
		if (!desktop_offers(m, i, desktop))
			continue;
		if (!any)
			list_begin(w, 8, "services");
		any = true;
		list_add(w, m->service[i].name);
	}
	if (any)
		list_end(w);
}

/* Kind of a user's machine, which is its name as well, and its operating system. */
static const char *user_kind(const struct fosr_make *m, __u32 user, const char **os)
{
	static const struct {
		const char *kind, *os;
	} desktop[] = {{"pc", "Windows"}, {"pc", "Windows"}, {"pc", "Windows"}, {"pc", "Windows"}, {"pc", "Windows"},
		{"mac", "macOS"}, {"mac", "macOS"}, {"ws", "Linux"}},
	  phone[] = {{"iphone", "iOS"}, {"android", "Android"}};
	__u64 x = fosr_make_number(m, FOSR_MAKE_OS, user);

	if (fosr_make_is_phone(m, user)) {
		*os = phone[x % FOSR_ARRAY_SIZE(phone)].os;
		return phone[x % FOSR_ARRAY_SIZE(phone)].kind;
	}
	*os = desktop[x % FOSR_ARRAY_SIZE(desktop)].os;
	return desktop[x % FOSR_ARRAY_SIZE(desktop)].kind;
}

/* Servers have the first subnet for themselves, where there are several. */
static __u32 user_subnet(const struct fosr_make *m, __u32 user)
{
	__u32 first = m->made->subnets > 1 && m->made->servers;

	return first + (__u32)((__u64)user * (m->made->subnets - first) / m->made->users);
}

static void put_users(struct writer *w)
{
	const struct fosr_make *m = w->m;

	fosr_buf_put(w->out,
		"  # Users: without \"client\" they use every service of this file. A host that offers something and is a\n"
		"  # user says so by its type.\n");
	for (__u32 u = 0, desktop = 0; u < m->made->users; u++) {
		const char *os, *kind = user_kind(m, u, &os);
		char name[32];

		snprintf(name, sizeof(name), "%s-%03u", kind, u + 1);
		put_host(w, name, os, "user", usage_of(w, u));
		put_iface(w, user_subnet(m, u));
		if (!fosr_make_is_phone(m, u))
			put_desktop_offers(w, desktop++);
	}
}

/* The k-th is used 1/k as often as the first. */
static void put_visitors(struct writer *w)
{
	const struct fosr_make *m = w->m;

	if (m->made->visitors)
		fosr_buf_put(w->out,
			"  # Hosts of the Internet that open flows. Their addresses are set aside for documentation (RFC "
			"5737),\n  # and are in none of the subnets: that makes them the Internet's.\n");
	for (__u32 v = 0; v < m->made->visitors; v++) {
		char name[32], usage[32];

		snprintf(name, sizeof(name), "visitor%u.example.net", v + 1);
		snprintf(usage, sizeof(usage), "0.%03u", 999 / (v + 1));
		put_host(w, name, v % 3 ? "Linux" : "Windows", "user", usage);
		put_client(w, FOSR_ROLE_INTERNET);
		fosr_buf_put(w->out, "    interfaces:\n      - ip_addr: " VISITOR_NET "%u\n", v + 1);
		if (m->o->ip6)
			fosr_buf_put(w->out, "        ip6_addr: \"2001:db8:ffff::%x\"\n", v + 1);
		fosr_buf_put(w->out, "        mac_addr: ");
		put_mac(w, ++w->macs);
		fosr_buf_put(w->out, "\n");
	}
}

static void put_subnets(struct writer *w)
{
	fosr_buf_put(w->out,
		"\n# Where hosts are. \"router\" is the MAC address that what comes from elsewhere has; \"hops\" are the routers\n"
		"# between; answers from another subnet take \"rtt\" at least. Add \"vlan: 10\" where frames are to have a tag.\n"
		"subnets:\n");
	for (__u32 i = 0; i < w->m->made->subnets; i++) {
		const char *rtt = w->m->made->subnets > 1 && !i ? "200us" : "500us";

		put_ip4(w, "  - {prefix: ", network_of(w, i), "");
		fosr_buf_put(w->out, "/%u, router: ", 32 - w->bits);
		put_mac(w, 0xfff000 | i);
		fosr_buf_put(w->out, ", hops: 1, rtt: %s}\n", rtt);
		if (!w->m->o->ip6)
			continue;
		fosr_buf_put(w->out, "  - {prefix: \"2001:db8:0:%x::/64\", router: ", i);
		put_mac(w, 0xfff000 | i);
		fosr_buf_put(w->out, ", hops: 1, rtt: %s}\n", rtt);
	}
}

static void put_pools(struct writer *w)
{
	const struct fosr_make *m = w->m;

	if (!m->made->pools)
		return;
	fosr_buf_put(w->out,
		"\n# The Internet: about so many routers away, with answers after about so long. A pool stands for so many\n"
		"# hosts with public addresses; its k-th host is used 1/k as often as the first.\n"
		"internet:\n  hops: 11\n  rtt: 25ms\n  pools:\n");
	for (__u32 t = 0; t < FOSR_MAKE_THEMES; t++) {
		if (!m->theme[t].pool_hosts)
			continue;
		fosr_buf_put(w->out, "  - name: %s\n    hosts: %u\n%s", fosr_make_theme(t)->pool,
			m->theme[t].pool_hosts, m->o->ip6 ? "    ipv6: true\n" : "");
		list_begin(w, 4, "services");
		for (__u32 i = 0; i < m->services; i++)
			if (m->service[i].theme == t && m->service[i].offered[FOSR_ROLE_INTERNET])
				list_add(w, m->service[i].name);
		list_end(w);
	}
}

/* A name of any file, as it may stand in a comment and between quotes. */
static const char *plain_name(const char *name, char *buf, size_t size)
{
	size_t n = 0;

	for (; *name && n + 1 < size; name++)
		buf[n++] = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
				(*name >= '0' && *name <= '9') || strchr("-_. ", *name)
			? *name
			: '_';
	buf[n] = '\0';
	return buf;
}

static void put_head(struct writer *w)
{
	const struct fosr_make *m = w->m;
	__u64 all = m->flows ? m->flows : 1;
	char name[64];

	plain_name(m->p->name, name, sizeof(name));
	fosr_buf_put(w->out,
		"# A first network for the profile %s, to be edited. Made by: fosr-xdp network from-profile %s --hosts %u "
		"--seed %llu%s\n",
		name, name, m->o->hosts, m->o->seed, m->o->ip6 ? " --ipv6" : "");
	fosr_buf_put(w->out,
		"# Of the profile's flows users open %.1f %%, servers %.1f %% and the Internet %.1f %%; they are answered by "
		"users (%.1f %%),\n# servers (%.1f %%), the Internet (%.1f %%) and groups (%.1f %%).\n",
		100.0 * (double)m->opened[FOSR_ROLE_USER] / (double)all,
		100.0 * (double)m->opened[FOSR_ROLE_SERVER] / (double)all,
		100.0 * (double)m->opened[FOSR_ROLE_INTERNET] / (double)all,
		100.0 * (double)m->answered[FOSR_ROLE_USER] / (double)all,
		100.0 * (double)m->answered[FOSR_ROLE_SERVER] / (double)all,
		100.0 * (double)m->answered[FOSR_ROLE_INTERNET] / (double)all,
		100.0 * (double)m->answered[FOSR_ROLE_GROUP] / (double)all);
	fosr_buf_put(w->out,
		"# 'fosr-xdp network check FILE -p PROFILE' tells what it comes to, 'fosr-xdp network fill' writes real MAC "
		"addresses.\nmetadata:\n  title: \"Network for %s\"\n  format: 1\n",
		name);
	if (m->o->ip6)
		fosr_buf_put(
			w->out, "\n# Of flows between two hosts that have both, the share over IPv6.\nipv6: 0.5\n");
	fosr_buf_put(w->out, "\nhosts:\n");
}

/* The host's bits of an address, for the fullest subnet. */
static __u32 bits_for(const struct fosr_make *m)
{
	__u32 groups = m->made->subnets - (m->made->subnets > 1 && m->made->servers), bits = 8;
	__u32 most = m->made->users / groups + 1 + (m->made->subnets == 1 ? m->made->servers : 0);

	if (most < m->made->servers)
		most = m->made->servers;
	while (1u << bits < most + FIRST_HOST + 2)
		bits++;
	return bits;
}

void fosr_make_text(const struct fosr_make *m, struct fosr_buf *out)
{
	struct writer w = {.m = m, .out = out, .bits = bits_for(m)};

	put_head(&w);
	put_servers(&w);
	put_users(&w);
	put_visitors(&w);
	put_subnets(&w);
	put_pools(&w);
}
