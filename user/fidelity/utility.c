// SPDX-License-Identifier: GPL-3.0-or-later
/* The table of Jiang et al., "Generative, High-Fidelity Network Traces" (HotNets '23), with services as classes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fidelity/forest.h"
#include "fidelity/pools.h"
#include "fidelity/told.h"

#define CLASS_LEAST 10 /* flows of each kind */
#define CLASS_MOST 200
#define TREES 100

const char *const fosr_utility_name[FOSR_UTILITY_WAYS] = {
	[FOSR_REAL_REAL] = "real/real",
	[FOSR_REAL_SYNTHETIC] = "real/synthetic",
	[FOSR_SYNTHETIC_REAL] = "synthetic/real",
};

static const enum fosr_pool learned_from[FOSR_UTILITY_WAYS] = {FOSR_POOL_OTHER, FOSR_POOL_OTHER, FOSR_POOL_SYNTHETIC};
static const enum fosr_pool tried_on[FOSR_UTILITY_WAYS] = {FOSR_POOL_HELD, FOSR_POOL_SYNTHETIC, FOSR_POOL_HELD};

static const struct {
	const char *group;
	const char *services; /* each between blanks */
} groups[] = {
	{"web", " http https quic "},
	{"names and time", " dns dns-tls dns-quic mdns llmnr netbios-ns ntp ptp dhcp dhcpv6 ssdp ws-discovery "},
	{"mail", " smtp smtps submission imap imaps pop3 pop3s "},
	{"files", " smb nfs ftp ftp-data ftps tftp rsync netbios-ssn netbios-dgm iscsi "},
	{"remote", " ssh telnet rdp vnc x11 winrm "},
	{"directory", " ldap ldaps kerberos kpasswd epmap portmap radius radius-acct tacacs kms "},
	{"media", " sip sips rtp rtsp rtmp stun stuns dtls zoom h323 mgcp "},
	{"databases", " mysql postgresql mssql mssql-browser oracle mongodb redis memcached cassandra elasticsearch "},
	{"management", " snmp snmp-trap syslog syslog-tls netflow ipfix sflow zabbix nrpe prometheus ipmi "},
	{"things",
		" mqtt mqtts coap coaps lwm2m modbus dnp3 iec104 s7comm opc-ua bacnet enip enip-io profinet fins knx "},
	{"tunnels", " ike openvpn wireguard l2tp pptp gtp-c gtp-u vxlan geneve teredo tor socks "},
};

#define OTHER FOSR_ARRAY_SIZE(groups)

static size_t group_of(const char *service)
{
	char word[FOSR_SERVICE_NAME + 3];

	snprintf(word, sizeof(word), " %s ", service);
	for (size_t g = 0; g < FOSR_ARRAY_SIZE(groups); g++)
		if (strstr(groups[g].services, word))
			return g;
	return OTHER;
}

const char *fosr_utility_group(const char *service)
{
	size_t g = group_of(service);

	return g == OTHER ? "other" : groups[g].group;
}

/* All pools in one table, one behind the other, each of n rows. */
struct learning {
	struct fosr_ranked table;
	size_t n;
	__u8 *micro, *macro; /* labels of all rows */
	__u32 *train, *test;
	double *share;
	struct fosr_utility *u;
	__u64 seed;
};

static int prepare(struct learning *l, const struct fosr_pools *p)
{
	size_t all = FOSR_POOLS * l->n;
	float *rows = calloc(all + 1, FOSR_TOLD_FEATURES * sizeof(*rows));
	int ret = -ENOMEM;

	l->micro = calloc(all + 1, 1);
	l->macro = calloc(all + 1, 1);
	l->train = calloc(l->n + 1, sizeof(*l->train));
	l->test = calloc(l->n + 1, sizeof(*l->test));
	l->share = calloc(l->n + 1, FOSR_CLASSES_MAX * sizeof(*l->share));
	if (rows && l->micro && l->macro && l->train && l->test && l->share) {
		for (size_t i = 0; i < all; i++)
			fosr_told_features(p->flow[i / l->n].v[i % l->n].flow, rows + i * FOSR_TOLD_FEATURES);
		ret = fosr_forest_rank(&l->table, rows, all, FOSR_TOLD_FEATURES);
	}
	free(rows);
	return ret;
}

/* Micro classes in the order of services, macro classes in the order of what is met. */
static void label_all(struct learning *l, const struct fosr_compare *c, const struct fosr_pools *p)
{
	int macro_of[OTHER + 1];
	size_t micro = 0;

	memset(macro_of, 0xff, sizeof(macro_of));
	for (size_t i = 0; i < FOSR_POOLS * l->n; i++) {
		int service = (int)p->flow[i / l->n].v[i % l->n].class;
		size_t group = group_of(c->services.list.v[service].name);

		for (micro = 0; l->u->service.v[micro] != service; micro++)
			;
		if (macro_of[group] < 0)
			macro_of[group] = (int)l->u->macros++;
		l->micro[i] = (__u8)micro;
		l->macro[i] = (__u8)macro_of[group];
	}
}

static int learn(struct learning *l, enum fosr_utility_way way, bool macro, double *accuracy)
{
	const __u8 *label = macro ? l->macro : l->micro;
	const struct fosr_forest_opts o = {
		.trees = TREES, .classes = (__u32)(macro ? l->u->macros : l->u->service.n), .seed = l->seed};
	size_t right = 0;
	int ret;

	*accuracy = NAN;
	if (o.classes < 2)
		return 0;
	for (size_t i = 0; i < l->n; i++) {
		l->train[i] = (__u32)(learned_from[way] * l->n + i);
		l->test[i] = (__u32)(tried_on[way] * l->n + i);
	}
	ret = fosr_forest(&l->table, label, l->train, l->n, l->test, l->n, &o, l->share);
	for (size_t i = 0; i < l->n && !ret; i++) {
		__u32 said = fosr_forest_class(l->share + i * o.classes, o.classes), is = label[l->test[i]];

		right += said == is;
		if (way == FOSR_SYNTHETIC_REAL && !macro)
			l->u->confusion[is * o.classes + said]++;
	}
	*accuracy = (double)right / (double)l->n;
	return ret;
}

/* What is left in the matched pools are the classes. */
static int classes_of(struct fosr_utility *u, const struct fosr_pools *p)
{
	for (size_t i = 0; i < p->flow[0].n; i++) {
		int class = (int)p->flow[0].v[i].class, *place;

		if (u->service.n && u->service.v[u->service.n - 1] == class)
			continue;
		place = fosr_vec_push(&u->service);
		if (!place)
			return -ENOMEM;
		*place = class;
	}
	u->confusion = calloc(u->service.n * u->service.n + 1, sizeof(*u->confusion));
	u->flows = p->flow[0].n;
	return u->confusion ? 0 : -ENOMEM;
}

static int learn_all(struct fosr_utility *u, const struct fosr_compare *c, const struct fosr_pools *p,
	const struct fosr_compare_opts *o)
{
	struct learning l = {.n = p->flow[0].n, .u = u, .seed = o->limits.seed};
	int ret = prepare(&l, p);

	if (!ret)
		label_all(&l, c, p);
	for (int way = 0; way < FOSR_UTILITY_WAYS && !ret; way++) {
		ret = learn(&l, way, false, &u->micro[way]);
		if (!ret)
			ret = learn(&l, way, true, &u->macro[way]);
	}
	free(l.table.rank);
	free(l.micro);
	free(l.macro);
	free(l.train);
	free(l.test);
	free(l.share);
	return ret;
}

int fosr_utility(
	const struct fosr_compare *c, const struct fosr_compare_opts *o, struct fosr_utility *u, struct fosr_err *err)
{
	struct fosr_pools p;
	int ret;

	memset(u, 0, sizeof(*u));
	for (int way = 0; way < FOSR_UTILITY_WAYS; way++)
		u->micro[way] = u->macro[way] = NAN;
	ret = fosr_pools_fill(&p, c, -1, o->limits.seed);
	for (int k = 0; k < FOSR_POOLS && !ret; k++)
		for (size_t i = 0; i < p.flow[k].n; i++)
			p.flow[k].v[i].class = p.flow[k].v[i].flow->service;
	if (!ret) {
		fosr_pools_match(&p, CLASS_LEAST, CLASS_MOST);
		ret = classes_of(u, &p);
	}
	if (!ret && u->service.n > 1 && u->service.n <= FOSR_CLASSES_MAX)
		ret = learn_all(u, c, &p, o);
	fosr_pools_free(&p);
	return ret ? fosr_compare_failed(ret, err) : 0;
}

void fosr_utility_free(struct fosr_utility *u)
{
	fosr_vec_free(&u->service);
	free(u->confusion);
	u->confusion = NULL;
}
