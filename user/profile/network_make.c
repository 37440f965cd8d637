// SPDX-License-Identifier: GPL-3.0-or-later
/* Who is to be on the network, from what the profile's flows are: the plan. network_make_text.c writes it down. */
#include "profile/network_make.h"

#include <string.h>

#include "base/mix.h"
#include "profile/network.h"
#include "profile/network_make_priv.h"

#define SAMPLE 200000
#define SUBNET_USERS 200 /* where nobody says how many subnets there are */
#define ONE_SUBNET 30 /* hosts below which one subnet is enough */
#define VISITORS_MAX 100
#define SERVERS_MAX 300 /* each may have every service twice in its lists, and the file is bounded */
#define POOL_HOSTS_MAX 1000

#define USER FOSR_ROLE_USER
#define SERVER FOSR_ROLE_SERVER
#define INTERNET FOSR_ROLE_INTERNET

/* What runs on a machine together. The last is for all others. */
static const struct fosr_make_theme themes[FOSR_MAKE_THEMES] = {
	{"www", "site", "http https quic"},
	{"ns", "resolver", "dns dns-tls dns-quic dhcp dhcpv6 ntp mdns llmnr ptp time"},
	{"mail", "mailer", "smtp submission smtps imap imaps pop3 pop3s nntp"},
	{"files", "cloud", "smb nfs portmap ftp ftp-data ftps tftp rsync iscsi netbios-ns netbios-dgm netbios-ssn"},
	{"dc", "directory", "kerberos kpasswd ldap ldaps epmap winrm kms radius radius-acct tacacs"},
	{"db", "data",
		"mysql postgresql mssql mssql-browser oracle mongodb redis memcached cassandra elasticsearch influxdb"},
	{"admin", "admin", "ssh telnet rdp vnc snmp snmp-trap syslog syslog-tls netflow ipfix sflow zabbix nrpe ipmi"},
	{"voice", "media", "sip sips stun stuns dtls rtp rtsp rtmp zoom h323 mgcp"},
	{"chat", "chat", "xmpp irc ircs steam fcm"},
	{"hub", "things", "mqtt mqtts coap coaps lwm2m modbus dnp3 iec104 s7comm opc-ua bacnet"},
	{"print", "print", "ipp lpd jetdirect"},
	{"app", "misc", ""},
};

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(list, word); p; p = strstr(p + 1, word))
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

static __u8 theme_of(const char *service)
{
	__u8 t = 0;

	while (t + 1 < FOSR_MAKE_THEMES && !has_word(themes[t].services, service))
		t++;
	return t;
}

static bool built_in(const char *service)
{
	const char *name;

	for (size_t i = 0; (name = fosr_service_name(i)); i++)
		if (!strcmp(name, service))
			return true;
	return false;
}

static struct fosr_make_service *service_named(struct fosr_make *m, const char *name)
{
	for (__u32 i = 0; i < m->services; i++)
		if (!strcmp(m->service[i].name, name))
			return &m->service[i];
	m->service[m->services] = (struct fosr_make_service){.name = name, .theme = theme_of(name)};
	return &m->service[m->services++];
}

/* Services by name, as a network file has them: TCP and UDP together. */
static void count_services(struct fosr_make *m, const struct fosr_profile *p, const struct fosr_census *c)
{
	for (size_t i = 0; i < p->services.list.n; i++) {
		const char *name = p->services.list.v[i].name;
		struct fosr_make_service *s;

		if (!built_in(name)) {
			m->made->unknown++;
			continue;
		}
		s = service_named(m, name);
		for (int roles = 0; roles < FOSR_ROLE_PAIRS; roles++) {
			s->opened[roles / FOSR_ROLES] += c->n[i][roles];
			s->answered[roles % FOSR_ROLES] += c->n[i][roles];
			m->opened[roles / FOSR_ROLES] += c->n[i][roles];
			m->answered[roles % FOSR_ROLES] += c->n[i][roles];
		}
	}
	m->flows = c->flows;
}

/* Whoever answers a service offers it. One that nobody answers is called out to groups, or too rare to have been drawn:
 * someone has to offer it all the same. */
static void give_services(struct fosr_make *m)
{
	bool servers = m->opened[SERVER] || m->answered[SERVER];

	for (__u32 i = 0; i < m->services; i++) {
		struct fosr_make_service *s = &m->service[i];
		bool by_users = s->answered[FOSR_ROLE_GROUP] && strncmp(s->name, "dhcp", 4);

		for (int role = 0; role < FOSR_ROLE_GROUP; role++)
			s->offered[role] = s->answered[role];
		if (!s->answered[USER] && !s->answered[SERVER] && !s->answered[INTERNET])
			s->offered[by_users || !servers ? USER : SERVER] = true;
	}
}

static __u32 between(__u64 v, __u32 least, __u32 most)
{
	return v < least ? least : v > most ? most : (__u32)v;
}

static __u64 share(__u64 of, __u64 part, __u64 all)
{
	return all ? (of * part + all / 2) / all : 0;
}

/* Flows of a theme that a role answers. */
static void weigh_themes(struct fosr_make *m)
{
	for (__u32 i = 0; i < m->services; i++) {
		struct fosr_make_service *s = &m->service[i];

		for (int role = 0; role < FOSR_ROLE_GROUP; role++)
			if (s->offered[role])
				m->theme[s->theme].flows[role] += s->answered[role] + 1;
	}
	for (int t = 0; t < FOSR_MAKE_THEMES; t++) {
		__u64 flows = m->theme[t].flows[INTERNET];

		if (!flows)
			continue;
		m->theme[t].pool_hosts =
			between(share(4ULL * m->o->hosts, flows, m->answered[INTERNET]), 3, POOL_HOSTS_MAX);
		m->made->pools++;
		m->made->pool_hosts += m->theme[t].pool_hosts;
	}
}

/*
 * As many servers among the hosts as open flows inside, but one for each theme as far as there are ten hosts for each,
 * and at least two, so that one can call the other.
 */
static void count_hosts(struct fosr_make *m)
{
	struct fosr_made *made = m->made;
	__u64 inside = m->opened[USER] + m->opened[SERVER];
	__u32 themed = 0, least, most = between(m->o->hosts / 5, 2, SERVERS_MAX);

	for (int t = 0; t < FOSR_MAKE_THEMES; t++)
		themed += !!m->theme[t].flows[SERVER];
	least = between(m->o->hosts / 10, 2, (__u32)fosr_max_u64(themed, 2));
	made->servers =
		themed || m->opened[SERVER] ? between(share(m->o->hosts, m->opened[SERVER], inside), least, most) : 0;
	made->users = m->o->hosts - made->servers;
	made->visitors =
		m->opened[INTERNET] ? between(share(m->o->hosts, m->opened[INTERNET], inside), 2, VISITORS_MAX) : 0;
	made->subnets = m->o->subnets;
	if (!made->subnets)
		made->subnets = m->o->hosts < ONE_SUBNET
			? 1
			: !!made->servers + (made->users + SUBNET_USERS - 1) / SUBNET_USERS;
}

/*
 * A theme's servers are side by side, in the order of the table: one each, and the others by their flows. Where there
 * are fewer servers than themes, they share.
 */
static void share_servers(struct fosr_make *m)
{
	__u32 themed = 0, more, given = 0, nth = 0;
	__u64 flows = 0, so_far = 0;

	for (int t = 0; t < FOSR_MAKE_THEMES; t++) {
		themed += !!m->theme[t].flows[SERVER];
		flows += m->theme[t].flows[SERVER];
	}
	more = m->made->servers > themed ? m->made->servers - themed : 0;
	for (int t = 0; t < FOSR_MAKE_THEMES; t++) {
		struct fosr_make_theme_plan *plan = &m->theme[t];

		if (!plan->flows[SERVER])
			continue;
		plan->servers = 1 - (__u32)(more * so_far / flows);
		so_far += plan->flows[SERVER];
		plan->servers += (__u32)(more * so_far / flows);
		plan->first = m->made->servers < themed ? nth++ % m->made->servers : given;
		given += plan->servers;
	}
}

/* Of the users' machines, phones offer nothing; how many of the others offer a service follows its flows. */
static void share_users(struct fosr_make *m)
{
	m->desktops = 0;
	for (__u32 u = 0; u < m->made->users; u++)
		m->desktops += !fosr_make_is_phone(m, u);
	for (__u32 i = 0; i < m->services; i++) {
		struct fosr_make_service *s = &m->service[i];

		if (s->offered[USER])
			s->offerers = between(share(4ULL * m->desktops, s->answered[USER], m->answered[USER]), 2,
				(__u32)fosr_max_u64(m->desktops / 2, 2));
	}
}

__u64 fosr_make_number(const struct fosr_make *m, __u32 what, __u32 k)
{
	return fosr_mix64(fosr_mix64(m->o->seed + 0x9e3779b97f4a7c15ULL) + ((__u64)what << 32 | k));
}

/* The first two are not, so that there is always somebody to answer. */
bool fosr_make_is_phone(const struct fosr_make *m, __u32 user)
{
	return user > 1 && fosr_make_number(m, FOSR_MAKE_PHONE, user) % 6 == 0;
}

const struct fosr_make_theme *fosr_make_theme(__u32 t)
{
	return &themes[t];
}

static int check(const struct fosr_buf *out, struct fosr_made *made, struct fosr_err *err)
{
	struct fosr_network *net;
	int ret = out->oom ? fosr_err(err, -ENOMEM, "out of memory for the network file")
			   : fosr_network_parse(out->text.v, out->text.n, "the network file", &net, err);

	if (ret)
		return ret;
	made->services = (__u32)net->services;
	fosr_network_free(net);
	return 0;
}

int fosr_network_make(const struct fosr_profile *p, const struct fosr_make_opts *o, struct fosr_buf *out,
	struct fosr_made *made, struct fosr_err *err)
{
	struct fosr_census *c = malloc(sizeof(*c));
	struct fosr_make *m = calloc(1, sizeof(*m));
	int ret;

	*made = (struct fosr_made){0};
	if (c && m) {
		*m = (struct fosr_make){.p = p, .o = o, .made = made};
		fosr_census_take(p, SAMPLE, c);
		count_services(m, p, c);
		give_services(m);
		weigh_themes(m);
		count_hosts(m);
		share_servers(m);
		share_users(m);
		fosr_make_text(m, out);
		ret = check(out, made, err);
	} else {
		ret = fosr_err(err, -ENOMEM, "out of memory");
	}
	free(c);
	free(m);
	return ret;
}
