// SPDX-License-Identifier: GPL-3.0-or-later
#include <arpa/inet.h>
#include <string.h>

#include "tap.h"
#include "xdp/taint.h"

static bool fits(const char *rule, __u8 proto, const char *src, __u16 sport, const char *dst, __u16 dport)
{
	const __u64 *want, *mask, *have;
	struct fosr_taint_flow f = {.proto = proto, .port = {sport, dport}};
	struct fosr_taint_rule r;
	struct fosr_err err = {0};
	__u64 differ = 0;

	if (fosr_taint_rule_parse(rule, &r, &err)) {
		printf("# %s\n", err.text);
		return false;
	}
	f.family = strchr(src, ':') ? 6 : 4;
	inet_pton(f.family == 4 ? AF_INET : AF_INET6, src, f.addr[0]);
	inet_pton(f.family == 4 ? AF_INET : AF_INET6, dst, f.addr[1]);
	want = (const __u64 *)&r.want;
	mask = (const __u64 *)&r.mask;
	have = (const __u64 *)&f;
	for (size_t i = 0; i < sizeof(f) / 8; i++)
		differ |= (want[i] ^ have[i]) & mask[i];
	return r.mask.family && !differ;
}

int main(void)
{
	static const char *const wrong[] = {"", "tcp", "tcp any", "tcp any any any", "sctp any any",
		"tcp 10.0.0.256 any", "tcp any 10.0.0.1:0", "tcp any 10.0.0.1:65536", "tcp any 10.0.0.1/33",
		"tcp any 10.0.0.1/x", "tcp 10.0.0.1 fd00::1", "tcp [fd00::1 any", "tcp [fd00::1]80 any",
		"tcp any:http any", "udp any 10.0.0.1/-1"};

	ok(fits("any any any", 6, "10.0.0.1", 1, "10.0.0.2", 2) && fits("any any any", 17, "fd00::1", 1, "fd00::2", 2),
		"any takes both protocols and families");
	ok(fits("tcp any any:80", 6, "1.2.3.4", 5, "6.7.8.9", 80) &&
			!fits("tcp any any:80", 17, "1.2.3.4", 5, "6.7.8.9", 80) &&
			!fits("tcp any any:80", 6, "1.2.3.4", 80, "6.7.8.9", 81),
		"a port, of one protocol, at one end");
	ok(fits("udp 10.0.0.0/24 10.1.0.1", 17, "10.0.0.77", 5, "10.1.0.1", 9) &&
			!fits("udp 10.0.0.0/24 10.1.0.1", 17, "10.0.1.77", 5, "10.1.0.1", 9) &&
			!fits("udp 10.0.0.0/24 10.1.0.1", 17, "10.0.0.77", 5, "10.1.0.2", 9) &&
			!fits("udp 10.0.0.0/24 any", 17, "fd00::1", 5, "fd00::2", 9),
		"networks and addresses");
	ok(fits("tcp 10.0.0.200/0:7 any", 6, "99.0.0.1", 7, "1.1.1.1", 9), "all addresses and a port");
	ok(fits("tcp [fd00::/16]:443 fd00::1", 6, "fd00:1::1", 443, "fd00::1", 9) &&
			!fits("tcp [fd00::/16]:443 fd00::1", 6, "fd01::1", 443, "fd00::1", 9) &&
			!fits("tcp [fd00::/16]:443 fd00::1", 6, "fd00:1::1", 444, "fd00::1", 9),
		"IPv6 with and without a port");
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(wrong); i++) {
		struct fosr_taint_rule r;
		struct fosr_err err = {0};

		ok(fosr_taint_rule_parse(wrong[i], &r, &err) == -EINVAL &&
				(strstr(err.text, "expected") || strstr(err.text, "IPv6")),
			"refused: %s", err.text);
	}
	return done();
}
