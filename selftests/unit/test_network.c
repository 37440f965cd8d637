// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "base/vec.h"
#include "profile/addr.h"
#include "profile/network.h"
#include "tap.h"

#define META "metadata: {title: T}\n"
#define HOSTS META "hosts:\n"
#define TWO "hosts:\n- interfaces: [{ip_addr: 10.0.0.1}]\n- interfaces: [{ip_addr: 10.0.0.2, services: [http]}]\n"

static struct fosr_err err;

/* The network, or NULL after a failed check. */
static struct fosr_network *good(const char *yaml, const char *what)
{
	struct fosr_network *net = NULL;

	err = (struct fosr_err){0};
	ok(fosr_network_parse(yaml, strlen(yaml), "net.yaml", &net, &err) == 0 && net, "%s is read (%s)", what,
		err.text);
	return net;
}

/* The file is refused with text that begins with its place and holds all of words (separated by '|'). */
static void bad(const char *yaml, const char *place, const char *words)
{
	struct fosr_network *net = NULL;
	char start[64], list[200];
	int ret, miss = 0;

	err = (struct fosr_err){0};
	ret = fosr_network_parse(yaml, strlen(yaml), "net.yaml", &net, &err);
	snprintf(start, sizeof(start), "net.yaml:%s: ", place);
	snprintf(list, sizeof(list), "%s", words);
	for (char *w = strtok(list, "|"); w; w = strtok(NULL, "|"))
		miss += !strstr(err.text, w);
	ok(ret == -EINVAL && !net && !miss && !strncmp(err.text, start, strlen(start)), "refused at %s: %s (%s)", place,
		words, err.text);
	fosr_network_free(net);
}

static const char example[] =
	"metadata: {title: Lab, desc: a lab, author: me, date: 2025-05-01, version: 0.1.0, format: 1}\n"
	"hosts:\n"
	"  - hostname: web1\n"
	"    os: Linux                  # a comment\n"
	"    usage: 0.8\n"
	"    type: server\n"
	"    client: [http, https]\n"
	"    interfaces:\n"
	"      - ip_addr: 192.168.0.8\n"
	"        mac_addr: 00:14:2A:3F:47:D8\n"
	"        services: [http:8080, HTTPS, ' ssh ', ssh:2222]\n"
	"  - hostname: pc\n"
	"    os: windows\n"
	"    interfaces:\n"
	"      - ip_addr: 192.168.0.9\n"
	"  - hostname: web2\n"
	"    interfaces:\n"
	"      - {ip_addr: 192.0.2.1, services: [HTTP, \"Multicast DNS\"]}\n"
	"      - {ip_addr: '2001:db8::1', services: []}\n";

static const char example_json[] =
	"{\"hosts\": [{\"interfaces\": [{\"services\": [\"ssh\", \"ssh: 2222\", \"http :8080\", \"https\"],\n"
	"\"mac_addr\": \"00-14-2a-3f-47-d8\", \"ip_addr\": \"192.168.0.8\"}], \"client\": [\"https\", \"http\"],\n"
	"\"type\": \"SERVER\", \"usage\": 0.8, \"hostname\": \"web1\"},\n"
	"{\"hostname\": \"pc\", \"os\": \"Windows\", \"type\": \"user\", \"interfaces\": [{\"ip_addr\": \"192.168.0.9\"}]},\n"
	"{\"hostname\": \"web2\", \"interfaces\": [{\"ip_addr\": \"192.0.2.1\", \"mac_addr\": \"02:00:c0:00:02:01\",\n"
	"\"services\": [\"mdns\", \"http\"]}, {\"ip_addr\": \"2001:DB8:0::1\"}]}], \"metadata\": {\"title\": \"other\"}}\n";

static void fields(void)
{
	struct fosr_network *net = good(example, "Fos-R's file");
	const struct fosr_host *web, *pc, *web2;
	int http, ssh;

	if (!net)
		return;
	web = &net->hosts.v[0];
	pc = &net->hosts.v[1];
	web2 = &net->hosts.v[2];
	http = fosr_network_service(net, "http");
	ssh = fosr_network_service(net, "ssh");
	ok(!strcmp(net->title, "Lab") && !strcmp(net->version, "0.1.0") && !strcmp(net->date, "2025-05-01"),
		"metadata");
	ok(net->hosts.n == 3 && net->ifaces == 4 && net->services == 4, "hosts, interfaces and services are counted");
	ok(http == 0 && ssh == 3 && fosr_network_service(net, "ftp") == -ENOENT, "services are sorted and found");
	ok(web->server && web->usage == 52429 && web->os == FOSR_OS_LINUX && web->line == 3, "a server of weight 0.8");
	ok(!pc->server && pc->usage == FOSR_USAGE_ONE && pc->os == FOSR_OS_WINDOWS,
		"a user by default, and its weight");
	ok(web2->server, "a server because it offers something");
	ok(fosr_host_is_client(web, (size_t)http) && !fosr_host_is_client(web, (size_t)ssh),
		"a client of what it says");
	ok(fosr_host_is_client(pc, (size_t)http) && fosr_host_is_client(pc, (size_t)ssh), "a user is a client of all");
	ok(!fosr_host_is_client(web2, (size_t)http), "a server is a client of nothing by default");
	ok(!memcmp(web->ifaces.v[0].mac, "\x00\x14\x2a\x3f\x47\xd8", 6), "a MAC address");
	ok(!memcmp(pc->ifaces.v[0].mac, "\x02\x00\xc0\xa8\x00\x09", 6), "a MAC address from the IPv4 address");
	ok(web2->ifaces.v[1].mac[0] == 2 && web2->ifaces.v[1].mac[1], "a MAC address from the IPv6 address");
	ok(fosr_iface_offer(&web->ifaces.v[0], (size_t)http)->port == 8080, "a service with a port");
	ok(fosr_iface_offer(&web->ifaces.v[0], (size_t)ssh)->port == 0, "a service without a port");
	ok(web->ifaces.v[0].offers.n == 4 && !fosr_iface_offer(&pc->ifaces.v[0], (size_t)ssh), "what is offered");
	ok(fosr_iface_role(web, web->ifaces.v) == FOSR_ROLE_SERVER &&
			fosr_iface_role(pc, pc->ifaces.v) == FOSR_ROLE_USER &&
			fosr_iface_role(web2, web2->ifaces.v) == FOSR_ROLE_INTERNET,
		"roles");
	ok(fosr_stacks[fosr_stack_pick(web->os, 5)].ttl == 64 && fosr_stacks[fosr_stack_pick(pc->os, 5)].ttl == 128,
		"TTL by operating system");
	ok(fosr_network_has_ip4(net, &err) == -EAFNOSUPPORT && strstr(err.text, "line 19") && strstr(err.text, "web2"),
		"an interface without an IPv4 address is named (%s)", err.text);
	fosr_network_free(net);
}

static bool same_digest(const char *a, const char *b)
{
	struct fosr_network *x = good(a, "one form"), *y = good(b, "the other form");
	bool same = x && y && !memcmp(x->digest, y->digest, FOSR_DIGEST_LEN);

	fosr_network_free(x);
	fosr_network_free(y);
	return same;
}

static void digests(void)
{
	const char *weight = HOSTS "- interfaces: [{ip_addr: 10.0.0.1}]\n- usage: 1.00001\n"
				   "  interfaces: [{ip_addr: 10.0.0.2, services: [http]}]\n";
	const char *port = HOSTS "- interfaces: [{ip_addr: 10.0.0.1}]\n- interfaces: [{ip_addr: 10.0.0.2, services: "
				 "[http:80]}]\n";

	ok(same_digest(example, example_json), "JSON, other order, defaults written out: the same digest");
	ok(!same_digest(META TWO, weight), "another weight: another digest");
	ok(!same_digest(META TWO, port), "a port written out binds it: another digest");
	ok(same_digest(META TWO, "metadata: {title: U}\n# c\n" TWO), "metadata and comments do not count");
}

static void bad_shapes(void)
{
	bad("", "1:1", "empty");
	bad("# nothing\n", "1:1", "empty");
	bad("hello\n", "1:1", "read 'hello'|a map");
	bad("- a\n", "1:1", "read 'a list'|a map");
	bad("metadata: {title: T\n", "2:1", "not YAML");
	bad("metadata: {title: T}\n\thosts: []\n", "2:1", "not YAML");
	bad("metadata:\n {title: \"\xff\"}\n", "2:11", "not YAML|byte 20");
	bad(META TWO "---\na: b\n", "5:1", "a second document");
	bad("a: &x [b]\nc: *x\n", "1:4", "an anchor or a tag");
	bad("a: !!str b\n", "1:4", "an anchor or a tag");
	bad("? [a]\n: b\n", "1:3", "stands as a key");
	bad("a: [[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]\n", "1:19", "deeper than the limit of 16");
	bad("metadata: {title: \"a\\0b\"}\n", "1:19", "NUL");
}

static void bad_keys(void)
{
	bad("metdata: {title: T}\n", "1:1", "unknown key 'metdata'|did you mean 'metadata'?");
	bad(META "zzz: 1\n", "2:1", "unknown key 'zzz'|expected: metadata, hosts");
	bad(TWO, "1:1", "no 'metadata'");
	bad(META, "1:1", "no 'hosts'");
	bad("metadata: {desc: d}\n" TWO, "1:11", "without 'title'");
	bad("metadata: {title: ''}\n" TWO, "1:19", "expected some text");
	bad("metadata: {title: T, format: 2}\n" TWO, "1:30", "read '2', expected 1");
	bad("metadata: {title: T, title: U}\n" TWO, "1:22", "'title' stands twice");
	bad(META "hosts: []\n", "2:8", "at least one host");
	bad(META "hosts: {a: b}\n", "2:8", "read 'a map'");
	bad(HOSTS "- hostname: a\n", "3:3", "without 'interfaces'");
	bad(HOSTS "- hostname: a\n  interfaces: []\n", "4:15", "at least one interface");
	bad(HOSTS "- hostnam: a\n", "3:3", "unknown key 'hostnam' in a host|did you mean 'hostname'?");
	bad(HOSTS "- interfaces: [{mac_addr: 02:00:00:00:00:01}]\n", "3:16", "without 'ip_addr'");
	bad(HOSTS "- interfaces: [{ip: 1.2.3.4}]\n", "3:17", "unknown key 'ip' in an interface|ip_addr");
}

static void bad_values(void)
{
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.256}]\n", "3:26", "read '10.0.0.256', expected an address");
	bad(HOSTS "- interfaces: [{ip_addr: '::g'}]\n", "3:26", "expected an address");
	bad(HOSTS "- interfaces: [{ip_addr: 224.0.0.1}]\n", "3:26", "multicast");
	bad(HOSTS "- interfaces: [{ip_addr: 0.0.0.0}]\n", "3:26", "this network");
	bad(HOSTS "- interfaces: [{ip_addr: 127.0.0.1}]\n", "3:26", "loopback");
	bad(HOSTS "- interfaces: [{ip_addr: 255.255.255.255}]\n", "3:26", "broadcast");
	bad(HOSTS "- interfaces: [{ip_addr: 'ff02::1'}]\n", "3:26", "multicast");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, mac_addr: 00:11:22:33:44}]\n", "3:46", "expected a MAC address");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, mac_addr: 01:11:22:33:44:55}]\n", "3:46", "multicast");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, mac_addr: 00:00:00:00:00:00}]\n", "3:46", "zeroes");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, services: http}]\n", "3:46", "expected a list of services");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, services: [htp]}]\n", "3:47", "unknown service 'htp'|'http'");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, services: ['http:']}]\n", "3:47", "one port from 1 to 65535");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, services: [http:0]}]\n", "3:47", "one port from 1 to 65535");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, services: [http:65536]}]\n", "3:47", "one port from 1 to 65535");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, services: [http:1:2]}]\n", "3:47", "one port from 1 to 65535");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, services: [ssh, SSH]}]\n", "3:52", "offered twice|line 3");
	bad(HOSTS "- os: Linus\n", "3:7", "unknown os 'Linus'; did you mean 'Linux'?");
	bad(HOSTS "- os: Plan9\n", "3:7", "read 'Plan9', expected Linux, Windows");
	bad(HOSTS "- usage: much\n", "3:10", "read 'much', expected a weight");
	bad(HOSTS "- usage: 1e3\n", "3:10", "expected a weight as a decimal number");
	bad(HOSTS "- usage: -1\n", "3:10", "expected a weight as a decimal number");
	bad(HOSTS "- usage: 0.0\n", "3:10", "a weight above 0");
	bad(HOSTS "- usage: 65536\n", "3:10", "up to 65535");
	bad(HOSTS "- type: router\n", "3:9", "read 'router', expected server or user");
	bad(HOSTS "- hostname: \"a\\nb\"\n", "3:13", "a control character (0x0a)");
	bad(HOSTS "- hostname: a,b\n", "3:13", "read 'a,b', expected a name without comma");
	bad(HOSTS "- hostname: \"a\\x7fb\"\n", "3:13", "a control character (0x7f)");
	bad(HOSTS "- hostname: a123456789b123456789c123456789d123456789e123456789f123456789g123\n", "3:13",
		"64 bytes, the limit is 63");
	bad(HOSTS "- client: [[http]]\n", "3:12", "read 'a list', expected a service's name");
}

#define PLACES \
	META "ipv6: 0.25\n" \
	     "subnets:\n" \
	     "  - {prefix: 8.8.0.0/16, vlan: 12, router: 02:00:00:00:00:fe, rtt: 2ms}\n" \
	     "  - {prefix: 8.8.8.0/24, hops: 2}\n" \
	     "  - {prefix: '2001:db8::/32'}\n" \
	     "internet:\n" \
	     "  hops: 9\n" \
	     "  rtt: 20ms\n" \
	     "  pools:\n" \
	     "    - {name: video, hosts: 40, usage: 8, services: [https], ipv6: true}\n" \
	     "    - {name: mail, hosts: 3, services: [smtp:2525]}\n" \
	     "hosts:\n" \
	     "  - {hostname: Pc 1, interfaces: [{ip_addr: 8.8.8.8, ip6_addr: '2001:db8::8'}]}\n" \
	     "  - {hostname: b.example, interfaces: [{ip_addr: 8.8.9.9}]}\n"

static void places(void)
{
	struct fosr_network *net = good(PLACES, "subnets and pools");
	const struct fosr_host *pc, *first, *last;
	bool special = false, servers = true;
	__u64 usage = 0;

	if (!net)
		return;
	ok(net->places.n == 3 && net->places.v[0].vlan == 12 && net->places.v[0].router[5] == 0xfe &&
			net->places.v[0].rtt_ns == 2000000 && net->places.v[1].hops == 2 &&
			!net->places.v[1].has_router,
		"subnets");
	ok(net->internet.hops == 9 && net->internet.rtt_ns == 20000000 && net->ip6_share == FOSR_USAGE_ONE / 4,
		"the Internet, and the share of IPv6");
	ok(net->hosts.n == 45, "pools are hosts: %zu", net->hosts.n);
	first = &net->hosts.v[0];
	last = &net->hosts.v[39];
	pc = &net->hosts.v[43];
	for (size_t h = 0; h < 43; h++) {
		special |= fosr_addr_is_special(&net->hosts.v[h].ifaces.v[0].addr);
		servers &= net->hosts.v[h].server && net->hosts.v[h].pooled;
		usage += h < 40 ? net->hosts.v[h].usage : 0;
	}
	ok(!special && servers, "their addresses are public ones that are set aside for nothing");
	ok(usage > 8 * FOSR_USAGE_ONE - 40 && usage <= 8 * FOSR_USAGE_ONE && first->usage / last->usage == 40,
		"usage of a pool is shared by Zipf's law (%llu)", usage);
	ok(first->ifaces.v[0].addr6.family == 6 && !net->hosts.v[42].ifaces.v[0].addr6.family,
		"IPv6 where a pool has it");
	ok(strstr(first->dns, ".video1.") &&
			fosr_iface_offer(&net->hosts.v[42].ifaces.v[0], (size_t)fosr_network_service(net, "smtp"))
					->port == 2525,
		"names by pool, and services with a port");
	ok(pc->ifaces.v[0].place == 1 && pc->ifaces.v[0].place6 == 2 && net->hosts.v[44].ifaces.v[0].place == 0 &&
			first->ifaces.v[0].place == FOSR_NO_PLACE,
		"the longest prefix holds an address");
	ok(fosr_iface_role(pc, pc->ifaces.v) == FOSR_ROLE_USER &&
			fosr_iface_role(first, first->ifaces.v) == FOSR_ROLE_INTERNET,
		"who is in a subnet is not of the Internet, whatever the address");
	ok(!strcmp(pc->dns, "pc-1.internal") && !strcmp(net->hosts.v[44].dns, "b.example"), "names of DNS");
	fosr_network_free(net);
}

static void bad_places(void)
{
	bad(META "subnets: [{vlan: 1}]\n", "2:11", "without 'prefix'");
	bad(META "subnets: [{prefix: 10.0.0.0}]\n", "2:20", "expected a prefix such as");
	bad(META "subnets: [{prefix: 10.0.0.0/33}]\n", "2:20", "expected a prefix such as");
	bad(META "subnets: [{prefix: 10.0.0.0/8x}]\n", "2:20", "expected a prefix such as");
	bad(META "subnets: [{prefix: 10.0.0.1/24}]\n", "2:20", "whose bits behind the length are 0");
	bad(META "subnets: [{prefix: 10.0.0.0/8, vlan: 4095}]\n", "2:38", "a number from 1 to 4094");
	bad(META "subnets: [{prefix: 10.0.0.0/8, hops: many}]\n", "2:38", "a number from 0 to 30");
	bad(META "subnets: [{prefix: 10.0.0.0/8, rtt: 11s}]\n", "2:37", "a round trip time up to 10s");
	bad(META "subnets: [{prefix: 10.0.0.0/8, router: x}]\n", "2:40", "expected a MAC address");
	bad(META "subnets: [{prefix: 10.0.0.0/8}, {prefix: 10.0.0.0/8}]\n", "2:33", "stands in line 2 as well");
	bad(META "internet: {pools: [{hosts: 3, services: [ssh]}]}\n", "2:20", "without 'name'");
	bad(META "internet: {pools: [{name: x}]}\n", "2:20", "without 'services'");
	bad(META "internet: {pools: [{name: X, services: [ssh]}]}\n", "2:27", "lower-case");
	bad(META "internet: {pools: [{name: x, hosts: 0, services: [ssh]}]}\n", "2:37", "a number from 1 to 65535");
	bad(META "internet: {pools: [{name: x, ipv6: maybe, services: [ssh]}]}\n", "2:36", "true or false");
	bad(META "ipv6: 1.5\n", "2:7", "a share from 0 to 1");
	bad(HOSTS "- interfaces: [{ip_addr: '2001:db8::1', ip6_addr: '2001:db8::2'}]\n", "3:16", "two IPv6 addresses");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, ip6_addr: 10.0.0.2}]\n", "3:46", "expected an IPv6 address");
}

static void bad_wholes(void)
{
	bad(HOSTS
		"- {hostname: a, interfaces: [{ip_addr: 10.0.0.1}]}\n- {hostname: b, interfaces: [{ip_addr: 10.0.0.1}]}\n",
		"4:40", "10.0.0.1 stands twice|line 3 (host a)|line 4 (host b)");
	bad(HOSTS
		"- {hostname: a, interfaces: [{ip_addr: 10.0.0.1}]}\n- {hostname: a, interfaces: [{ip_addr: 10.0.0.2}]}\n",
		"4:3", "hostname 'a' stands twice|line 3 and line 4");
	bad(HOSTS "- {interfaces: [{ip_addr: 10.0.0.1}], client: [ftp]}\n- interfaces: [{ip_addr: 10.0.0.2, services: "
		  "[http]}]\n",
		"3:48", "a client of 'ftp', which no host of the file offers");
	bad(HOSTS "- {interfaces: [{ip_addr: 10.0.0.1}], client: [htp]}\n", "3:48", "unknown service 'htp'");
	bad(HOSTS "- interfaces: [{ip_addr: 10.0.0.1, services: [http]}]\n", "3:47", "'http' has no client");
	bad(HOSTS "- {type: user, interfaces: [{ip_addr: 10.0.0.1, services: [http]}]}\n", "3:60",
		"'http' has no client");
}

/* A file of more than the cap, and one whose size is all brackets. */
static void bad_sizes(void)
{
	struct fosr_network *net = NULL;
	char *big = malloc(FOSR_NETWORK_FILE_MAX + 1);

	memset(big, '[', FOSR_NETWORK_FILE_MAX + 1);
	ok(fosr_network_parse(big, FOSR_NETWORK_FILE_MAX + 1, "net.yaml", &net, &err) == -EFBIG, "%s", err.text);
	ok(fosr_network_parse(big, FOSR_NETWORK_FILE_MAX, "net.yaml", &net, &err) == -EINVAL, "%s", err.text);
	ok(fosr_network_load("/nonexistent.yaml", &net, &err) == -ENOENT && strstr(err.text, "/nonexistent.yaml"), "%s",
		err.text);
	ok(fosr_network_load("/", &net, &err) == -EISDIR, "%s", err.text);
	free(big);
}

/* Hosts up to the limit are read in a moment, and one more is refused. */
static void many_hosts(unsigned int n)
{
	size_t size = 64 + 60 * (size_t)n, at;
	char *big = malloc(size);
	struct fosr_network *net = NULL;
	int ret;

	at = (size_t)snprintf(big, size, HOSTS "- {interfaces: [{ip_addr: 11.0.0.1, services: [ssh]}]}\n");
	for (unsigned int i = 1; i < n; i++)
		at += (size_t)snprintf(big + at, size - at, "- {interfaces: [{ip_addr: 10.%u.%u.%u}]}\n", i >> 16,
			i >> 8 & 255, i & 255);
	ret = fosr_network_parse(big, at, "net.yaml", &net, &err);
	if (n <= FOSR_NETWORK_HOSTS_MAX)
		ok(!ret && net->hosts.n == n && !strcmp(net->hosts.v[n - 1].name, "10.0.255.254"), "%u hosts are read",
			n);
	else
		ok(ret == -EINVAL && strstr(err.text, "more than 65535 hosts"), "%u hosts: %s", n, err.text);
	fosr_network_free(net);
	free(big);
}

static const char *find_root(void)
{
	return getenv("FOSR_ROOT") ? getenv("FOSR_ROOT") : ".";
}

/* The shipped files offer every service that the table knows, to another host. */
static void shipped(const char *file, size_t hosts)
{
	struct fosr_network *net = NULL;
	const char *name, *missing = NULL;
	char path[512];

	snprintf(path, sizeof(path), "%s/profiles/%s", find_root(), file);
	if (!ok(!fosr_network_load(path, &net, &err), "%s is read (%s)", file, err.text))
		return;
	for (size_t i = 0; (name = fosr_service_name(i)); i++)
		if (fosr_network_service(net, name) < 0)
			missing = name;
	ok(!missing, "%s offers every service (%s)", file, missing ? missing : "none is missing");
	ok(net->hosts.n == hosts && !fosr_network_has_ip4(net, &err), "%s has %zu hosts, all with IPv4", file, hosts);
	fosr_network_free(net);
}

static void addresses(void)
{
	static const char *const global[] = {"8.8.8.8", "192.0.2.1", "172.32.0.1", "100.128.0.1", "2001:db8::1"};
	static const char *const local[] = {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1",
		"100.64.0.1", "fd00::1", "fe80::1"};
	struct fosr_addr a;
	unsigned int wrong = 0;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(global); i++)
		wrong += fosr_addr_parse(global[i], &a) || !fosr_addr_is_global(&a) || fosr_addr_unfit(&a);
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(local); i++)
		wrong += fosr_addr_parse(local[i], &a) || fosr_addr_is_global(&a) || fosr_addr_unfit(&a);
	ok(!wrong, "global and local addresses are told apart");
}

int main(void)
{
	fields();
	digests();
	bad_shapes();
	bad_keys();
	bad_values();
	places();
	bad_places();
	bad_wholes();
	bad_sizes();
	many_hosts(FOSR_NETWORK_HOSTS_MAX);
	many_hosts(FOSR_NETWORK_HOSTS_MAX + 1);
	addresses();
	shipped("small-office.yaml", 23);
	shipped("demo.yaml", 2);
	return done();
}
