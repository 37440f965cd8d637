// SPDX-License-Identifier: GPL-3.0-or-later
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

#include "flow/service.h"
#include "tap.h"

static int is(__u8 l4, __u16 port, const char *name)
{
	return !strcmp(fosr_service_by_port(l4, port), name);
}

static bool named(const char *name)
{
	size_t i = 0;

	while (fosr_service_name(i) && strcmp(fosr_service_name(i), name))
		i++;
	return fosr_service_name(i);
}

static void test_names(void)
{
	static const char *const fosr[] = {
		"http", "https", "ssh", "dns", "dhcp", "smtp", "telnet", "imaps", "mqtt", "kms", "ntp"};
	int clean = 1;
	size_t n;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(fosr); i++)
		ok(named(fosr[i]), "Fos-R's name %s is known", fosr[i]);
	for (n = 0; fosr_service_name(n); n++) {
		const char *s = fosr_service_name(n);

		clean &= strlen(s) < FOSR_SERVICE_NAME;
		for (; *s; s++)
			clean &= islower(*s) || isdigit(*s) || *s == '-';
	}
	ok(n > 100 && clean, "%zu names, lower case, fitting", n);
}

static void test_ports(void)
{
	int usual = 1;

	ok(is(IPPROTO_TCP, 80, "http") && is(IPPROTO_TCP, 8080, "http") && is(IPPROTO_TCP, 8443, "https"), "web ports");
	ok(is(IPPROTO_UDP, 443, "quic") && is(IPPROTO_TCP, 443, "https"), "443 is https over TCP, quic over UDP");
	ok(is(IPPROTO_TCP, 53, "dns") && is(IPPROTO_UDP, 53, "dns"), "dns over both");
	ok(is(IPPROTO_UDP, 161, "snmp") && is(IPPROTO_TCP, 161, "other-tcp"), "snmp over UDP only");
	ok(is(IPPROTO_TCP, 54321, "other-tcp") && is(IPPROTO_UDP, 54321, "other-udp"), "unknown ports are other");
	ok(is(IPPROTO_TCP, 0, "other-tcp") && is(IPPROTO_UDP, 0, "other-udp"), "port 0 is other");
	for (size_t i = 0; fosr_service_name(i); i++)
		for (int udp = 0; udp < 2; udp++) {
			__u8 l4 = udp ? IPPROTO_UDP : IPPROTO_TCP;
			__u16 port = fosr_service_port(fosr_service_name(i), l4);

			usual &= !port || is(l4, port, fosr_service_name(i));
		}
	ok(usual, "the usual port of every name leads back to it");
	ok(!fosr_service_port("other-tcp", IPPROTO_TCP) && !fosr_service_port("ntp", IPPROTO_TCP),
		"no port, no answer");
}

static void test_list(void)
{
	struct fosr_services s = {0};
	char name[FOSR_SERVICE_NAME + 1] = {0};
	int full = 1;

	ok(fosr_services_find(&s, "dns", IPPROTO_UDP) == -ENOENT, "nothing is found in an empty list");
	ok(fosr_services_add(&s, "dns", IPPROTO_UDP, 53) == 0 && fosr_services_add(&s, "dns", IPPROTO_TCP, 53) == 1,
		"one entry per protocol");
	ok(fosr_services_add(&s, "dns", IPPROTO_UDP, 53) == 0 && s.list.n == 2, "adding again finds the old one");
	ok(fosr_services_find(&s, "dns", IPPROTO_TCP) == 1, "found by name and protocol");
	memset(name, 'x', sizeof(name) - 1);
	ok(fosr_services_add(&s, name, IPPROTO_TCP, 1) == -ENAMETOOLONG, "a name that does not fit is refused");
	for (int i = 2; i < FOSR_SERVICES_MAX; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		full &= fosr_services_add(&s, name, IPPROTO_TCP, 1) == i;
	}
	ok(full && fosr_services_add(&s, "onemore", IPPROTO_TCP, 1) == -E2BIG, "the list ends at FOSR_SERVICES_MAX");
	fosr_vec_free(&s.list);
}

int main(void)
{
	test_names();
	test_ports();
	test_list();
	return done();
}
