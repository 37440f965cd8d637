// SPDX-License-Identifier: GPL-3.0-or-later
#include "flow/service.h"

#include <netinet/in.h>
#include <string.h>

#define TCP_ROW 1
#define UDP_ROW 2
#define BOTH_ROWS (TCP_ROW | UDP_ROW)
#define PORTS_MAX 6

/* Fos-R's names first, then IANA's or the field's. A port stands in one row per protocol; the first port is the usual.
 */
static const struct {
	const char *name;
	__u8 l4;
	__u16 ports[PORTS_MAX];
} table[] = {
	{"http", TCP_ROW, {80, 8080, 8000, 8008, 8888, 3128}},
	{"https", TCP_ROW, {443, 8443, 4443, 9443}},
	{"ssh", TCP_ROW, {22, 2222}},
	{"dns", BOTH_ROWS, {53}},
	{"dhcp", UDP_ROW, {67, 68}},
	{"smtp", TCP_ROW, {25, 2525}},
	{"telnet", TCP_ROW, {23, 2323}},
	{"imaps", TCP_ROW, {993}},
	{"mqtt", TCP_ROW, {1883}},
	{"kms", TCP_ROW, {1688}},
	{"ntp", UDP_ROW, {123}},
	{"quic", UDP_ROW, {443, 80, 8443}},
	{"imap", TCP_ROW, {143}},
	{"pop3", TCP_ROW, {110}},
	{"pop3s", TCP_ROW, {995}},
	{"smtps", TCP_ROW, {465}},
	{"submission", TCP_ROW, {587}},
	{"ftp", TCP_ROW, {21}},
	{"ftp-data", TCP_ROW, {20}},
	{"ftps", TCP_ROW, {990}},
	{"tftp", UDP_ROW, {69}},
	{"rsync", TCP_ROW, {873}},
	{"ldap", BOTH_ROWS, {389, 3268}},
	{"ldaps", TCP_ROW, {636, 3269}},
	{"kerberos", BOTH_ROWS, {88}},
	{"kpasswd", BOTH_ROWS, {464}},
	{"smb", TCP_ROW, {445}},
	{"netbios-ns", BOTH_ROWS, {137}},
	{"netbios-dgm", UDP_ROW, {138}},
	{"netbios-ssn", TCP_ROW, {139}},
	{"epmap", TCP_ROW, {135}},
	{"winrm", TCP_ROW, {5985, 5986}},
	{"rdp", BOTH_ROWS, {3389}},
	{"vnc", TCP_ROW, {5900, 5901, 5902, 5800}},
	{"x11", TCP_ROW, {6000, 6001}},
	{"nfs", BOTH_ROWS, {2049}},
	{"portmap", BOTH_ROWS, {111}},
	{"iscsi", TCP_ROW, {3260}},
	{"ipp", TCP_ROW, {631}},
	{"lpd", TCP_ROW, {515}},
	{"jetdirect", TCP_ROW, {9100}},
	{"snmp", UDP_ROW, {161}},
	{"snmp-trap", UDP_ROW, {162}},
	{"syslog", UDP_ROW, {514}},
	{"syslog", TCP_ROW, {514, 601}},
	{"syslog-tls", TCP_ROW, {6514}},
	{"netflow", UDP_ROW, {2055, 9995, 9996}},
	{"ipfix", BOTH_ROWS, {4739}},
	{"sflow", UDP_ROW, {6343}},
	{"radius", UDP_ROW, {1812, 1645}},
	{"radius-acct", UDP_ROW, {1813, 1646}},
	{"tacacs", TCP_ROW, {49}},
	{"diameter", TCP_ROW, {3868}},
	{"bgp", TCP_ROW, {179}},
	{"rip", UDP_ROW, {520}},
	{"bfd", UDP_ROW, {3784, 3785}},
	{"ldp", BOTH_ROWS, {646}},
	{"vxlan", UDP_ROW, {4789}},
	{"geneve", UDP_ROW, {6081}},
	{"gtp-c", UDP_ROW, {2123}},
	{"gtp-u", UDP_ROW, {2152}},
	{"l2tp", UDP_ROW, {1701}},
	{"pptp", TCP_ROW, {1723}},
	{"ike", UDP_ROW, {500, 4500}},
	{"openvpn", BOTH_ROWS, {1194}},
	{"wireguard", UDP_ROW, {51820}},
	{"teredo", UDP_ROW, {3544}},
	{"socks", TCP_ROW, {1080}},
	{"tor", TCP_ROW, {9001, 9030, 9050}},
	{"dns-tls", TCP_ROW, {853}},
	{"dns-quic", UDP_ROW, {853}},
	{"mdns", UDP_ROW, {5353}},
	{"llmnr", BOTH_ROWS, {5355}},
	{"ssdp", UDP_ROW, {1900}},
	{"ws-discovery", UDP_ROW, {3702}},
	{"upnp", TCP_ROW, {49152, 5000}},
	{"nat-pmp", UDP_ROW, {5351}},
	{"dhcpv6", UDP_ROW, {547, 546}},
	{"ptp", UDP_ROW, {319, 320}},
	{"whois", TCP_ROW, {43}},
	{"finger", TCP_ROW, {79}},
	{"ident", TCP_ROW, {113}},
	{"nntp", TCP_ROW, {119, 563}},
	{"echo", BOTH_ROWS, {7}},
	{"discard", BOTH_ROWS, {9}},
	{"chargen", BOTH_ROWS, {19}},
	{"time", BOTH_ROWS, {37}},
	{"git", TCP_ROW, {9418}},
	{"svn", TCP_ROW, {3690}},
	{"coap", UDP_ROW, {5683}},
	{"coaps", UDP_ROW, {5684}},
	{"mqtts", TCP_ROW, {8883}},
	{"modbus", TCP_ROW, {502, 802}},
	{"dnp3", BOTH_ROWS, {20000}},
	{"iec104", TCP_ROW, {2404}},
	{"s7comm", TCP_ROW, {102}},
	{"opc-ua", TCP_ROW, {4840}},
	{"bacnet", UDP_ROW, {47808}},
	{"enip", TCP_ROW, {44818}},
	{"enip-io", UDP_ROW, {2222}},
	{"profinet", UDP_ROW, {34964}},
	{"fins", BOTH_ROWS, {9600}},
	{"knx", UDP_ROW, {3671}},
	{"lwm2m", UDP_ROW, {5685, 5686}},
	{"mysql", TCP_ROW, {3306}},
	{"postgresql", TCP_ROW, {5432}},
	{"mssql", TCP_ROW, {1433}},
	{"mssql-browser", UDP_ROW, {1434}},
	{"oracle", TCP_ROW, {1521}},
	{"mongodb", TCP_ROW, {27017}},
	{"redis", TCP_ROW, {6379}},
	{"memcached", BOTH_ROWS, {11211}},
	{"cassandra", TCP_ROW, {9042}},
	{"elasticsearch", TCP_ROW, {9200, 9300}},
	{"influxdb", TCP_ROW, {8086}},
	{"etcd", TCP_ROW, {2379, 2380}},
	{"zookeeper", TCP_ROW, {2181}},
	{"kafka", TCP_ROW, {9092}},
	{"nats", TCP_ROW, {4222}},
	{"amqp", TCP_ROW, {5672}},
	{"amqps", TCP_ROW, {5671}},
	{"stomp", TCP_ROW, {61613}},
	{"xmpp", TCP_ROW, {5222, 5269, 5223}},
	{"irc", TCP_ROW, {6667, 6666, 6668, 6669}},
	{"ircs", TCP_ROW, {6697}},
	{"fcm", TCP_ROW, {5228, 5229, 5230}},
	{"steam", UDP_ROW, {27015, 27036, 27031}},
	{"minecraft", TCP_ROW, {25565}},
	{"bittorrent", BOTH_ROWS, {6881, 6882, 6883, 6884, 6885, 6889}},
	{"bitcoin", TCP_ROW, {8333}},
	{"sip", BOTH_ROWS, {5060}},
	{"sips", TCP_ROW, {5061}},
	{"h323", TCP_ROW, {1720}},
	{"mgcp", UDP_ROW, {2427, 2727}},
	{"stun", BOTH_ROWS, {3478, 3479, 19302}},
	{"stuns", TCP_ROW, {5349}},
	{"dtls", UDP_ROW, {4433}},
	{"rtp", UDP_ROW, {5004, 5005}},
	{"rtsp", TCP_ROW, {554, 8554}},
	{"rtmp", TCP_ROW, {1935}},
	{"zoom", UDP_ROW, {8801}},
	{"airplay", TCP_ROW, {7000}},
	{"googlecast", TCP_ROW, {8009}},
	{"docker", TCP_ROW, {2375, 2376}},
	{"kubernetes", TCP_ROW, {6443, 10250}},
	{"prometheus", TCP_ROW, {9090}},
	{"zabbix", TCP_ROW, {10050, 10051}},
	{"nrpe", TCP_ROW, {5666}},
	{"ipmi", UDP_ROW, {623}},
	{"biff", UDP_ROW, {512}},
	{"other-tcp", TCP_ROW, {0}},
	{"other-udp", UDP_ROW, {0}},
};

static __u8 row_of(__u8 l4)
{
	return l4 == IPPROTO_TCP ? TCP_ROW : UDP_ROW;
}

const char *fosr_service_by_port(__u8 l4, __u16 port)
{
	for (size_t i = 0; port && i < FOSR_ARRAY_SIZE(table); i++) {
		if (!(table[i].l4 & row_of(l4)))
			continue;
		for (size_t k = 0; k < PORTS_MAX && table[i].ports[k]; k++)
			if (table[i].ports[k] == port)
				return table[i].name;
	}
	return l4 == IPPROTO_TCP ? "other-tcp" : "other-udp";
}

__u16 fosr_service_port(const char *name, __u8 l4)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(table); i++)
		if (table[i].l4 & row_of(l4) && !strcmp(table[i].name, name))
			return table[i].ports[0];
	return 0;
}

__u16 fosr_service_client_port(__u8 l4, __u16 port)
{
	static const __u16 ports[][2] = {{67, 68}, {547, 546}, {5353, 5353}, {137, 137}, {138, 138}, {500, 500},
		{520, 520}, {521, 521}, {646, 646}};

	for (size_t i = 0; l4 == IPPROTO_UDP && i < FOSR_ARRAY_SIZE(ports); i++)
		if (ports[i][0] == port)
			return ports[i][1];
	return 0;
}

const char *fosr_service_name(size_t i)
{
	return i < FOSR_ARRAY_SIZE(table) ? table[i].name : NULL;
}

int fosr_services_find(const struct fosr_services *s, const char *name, __u8 l4)
{
	for (size_t i = 0; i < s->list.n; i++)
		if (s->list.v[i].l4 == l4 && !strcmp(s->list.v[i].name, name))
			return (int)i;
	return -ENOENT;
}

int fosr_services_add(struct fosr_services *s, const char *name, __u8 l4, __u16 port)
{
	int i = fosr_services_find(s, name, l4);
	struct fosr_service *e;

	if (i >= 0)
		return i;
	if (s->list.n >= FOSR_SERVICES_MAX)
		return -E2BIG;
	if (strlen(name) >= FOSR_SERVICE_NAME)
		return -ENAMETOOLONG;
	e = fosr_vec_push(&s->list);
	if (!e)
		return -ENOMEM;
	strcpy(e->name, name);
	e->port = port;
	e->l4 = l4;
	return (int)(s->list.n - 1);
}
