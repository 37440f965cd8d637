// SPDX-License-Identifier: GPL-3.0-or-later
#include <arpa/inet.h>
#include <string.h>

#include "flow/community.h"
#include "tap.h"

/* Community ID specification, version 1, seed 0: the baseline of corelight/community-id-spec (pcaps tcp, udp, ipv6). */
static const struct {
	__u8 l4;
	const char *src, *dst;
	__u16 sport, dport;
	const char *id;
} rows[] = {
	{IPPROTO_TCP, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
	{IPPROTO_UDP, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
	{IPPROTO_TCP, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
		"1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
};

static struct fosr_end end(const char *addr, __u16 port)
{
	struct fosr_end e = {.port = port};

	e.addr.family = strchr(addr, ':') ? 6 : 4;
	inet_pton(e.addr.family == 6 ? AF_INET6 : AF_INET, addr, e.addr.b);
	return e;
}

static char *id_of(__u8 l4, const char *src, __u16 sport, const char *dst, __u16 dport, char id[FOSR_COMMUNITY_ID])
{
	const struct fosr_flow f = {.l4 = l4, .end = {end(src, sport), end(dst, dport)}};

	memset(id, '#', FOSR_COMMUNITY_ID);
	return fosr_community_id(&f, id);
}

/* What the order of the ends must not change, and everything else must. */
static void test_identity(__u8 l4, const char *a, const char *b)
{
	char there[FOSR_COMMUNITY_ID], back[FOSR_COMMUNITY_ID], other[FOSR_COMMUNITY_ID];

	id_of(l4, a, 1000, b, 2000, there);
	ok(!strcmp(there, id_of(l4, b, 2000, a, 1000, back)), "%s and %s: both directions the same", a, b);
	ok(strlen(there) == 30 && !strncmp(there, "1:", 2) && there[29] == '=',
		"the form is 1: and 28 characters of base64");
	ok(strcmp(there, id_of(l4, a, 1001, b, 2000, other)), "another port is another id");
	ok(strcmp(there, id_of(l4 ^ IPPROTO_TCP ^ IPPROTO_UDP, a, 1000, b, 2000, other)),
		"another protocol is another id");
	if (strcmp(a, b))
		ok(strcmp(there, id_of(l4, a, 2000, b, 1000, other)), "ports belong to their addresses");
}

int main(void)
{
	char id[FOSR_COMMUNITY_ID];

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		id_of(rows[i].l4, rows[i].src, rows[i].sport, rows[i].dst, rows[i].dport, id);
		ok(!strcmp(id, rows[i].id), "%s:%u to %s:%u is %s (%s)", rows[i].src, rows[i].sport, rows[i].dst,
			rows[i].dport, rows[i].id, id);
		id_of(rows[i].l4, rows[i].dst, rows[i].dport, rows[i].src, rows[i].sport, id);
		ok(!strcmp(id, rows[i].id), "and from the other side (%s)", id);
	}
	test_identity(IPPROTO_TCP, "10.0.0.1", "10.0.0.2");
	test_identity(IPPROTO_UDP, "10.0.0.200", "10.0.0.3");
	test_identity(IPPROTO_TCP, "127.0.0.1", "127.0.0.1");
	test_identity(IPPROTO_UDP, "fd00::1", "2606::ff");
	return done();
}
