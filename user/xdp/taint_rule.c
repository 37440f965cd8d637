// SPDX-License-Identifier: GPL-3.0-or-later
/* "tcp 10.0.0.1 10.0.0.0/24:80" to a rule. */
#include <arpa/inet.h>
#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xdp/taint.h"

#define TEXT 128

static int number(const char *text, unsigned long most, unsigned long *out)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	*out = strtoul(text, &end, 10);
	return *end || *out > most ? -EINVAL : 0;
}

/* The first `bits` of 128, in network order. */
static void prefix(__u32 mask[4], unsigned long bits)
{
	for (int i = 0; i<4; i++, bits = bits> 32 ? bits - 32 : 0)
		mask[i] = bits >= 32 ? 0xffffffff : bits ? htonl(0xffffffffu << (32 - bits)) : 0;
}

/* ADDRESS[/BITS], or "any", which leaves the family open. */
static int address(char *text, __u8 *family, __u32 addr[4], __u32 mask[4])
{
	char *slash = strchr(text, '/');
	unsigned long bits, most;

	if (!strcmp(text, "any"))
		return 0;
	if (slash)
		*slash = 0;
	if (inet_pton(AF_INET, text, addr) == 1)
		*family = 4;
	else if (inet_pton(AF_INET6, text, addr) == 1)
		*family = 6;
	else
		return -EINVAL;
	most = *family == 4 ? 32 : 128;
	bits = most;
	if (slash && number(slash + 1, most, &bits))
		return -EINVAL;
	prefix(mask, bits);
	for (int i = 0; i < 4; i++)
		addr[i] &= mask[i];
	return 0;
}

/* ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT, of which the address may have a prefix; IPv6 with a port needs the brackets.
 */
static int end_parse(char *text, struct fosr_taint_rule *r, int end, __u8 *family)
{
	char *port = NULL, *close;
	unsigned long n;

	if (*text == '[') {
		close = strchr(++text, ']');
		if (!close || (close[1] && close[1] != ':'))
			return -EINVAL;
		port = close[1] ? close + 2 : NULL;
		*close = 0;
	} else if (strchr(text, ':') && strchr(text, ':') == strrchr(text, ':')) {
		port = strchr(text, ':');
		*port++ = 0;
	}
	if (port && strcmp(port, "*")) {
		if (number(port, 65535, &n) || !n)
			return -EINVAL;
		r->want.port[end] = (__u16)n;
		r->mask.port[end] = 0xffff;
	}
	return address(text, family, r->want.addr[end], r->mask.addr[end]);
}

int fosr_taint_rule_parse(const char *text, struct fosr_taint_rule *r, struct fosr_err *e)
{
	char copy[TEXT], proto[8], end[2][TEXT];
	__u8 family[2] = {0, 0};
	int used = 0;

	memset(r, 0, sizeof(*r));
	if (strlen(text) >= TEXT || sscanf(text, " %7s %127s %127s %n", proto, end[0], end[1], &used) != 3 ||
		text[used])
		return fosr_err(e, -EINVAL,
			"--match \"%.60s\": expected a protocol, a source and a destination: 'tcp any 10.0.0.2:80'",
			text);
	if (!strcmp(proto, "tcp") || !strcmp(proto, "udp")) {
		r->want.proto = !strcmp(proto, "tcp") ? IPPROTO_TCP : IPPROTO_UDP;
		r->mask.proto = 0xff;
	} else if (strcmp(proto, "any")) {
		return fosr_err(
			e, -EINVAL, "--match \"%.60s\": protocol \"%s\", expected tcp, udp or any", text, proto);
	}
	for (int i = 0; i < 2; i++) {
		snprintf(copy, sizeof(copy), "%s", end[i]);
		if (end_parse(copy, r, i, &family[i]))
			return fosr_err(e, -EINVAL,
				"--match \"%.60s\": \"%s\", expected any, an address, or a network, and perhaps a port: "
				"10.0.0.0/24:80, [fd00::1]:443, any:53",
				text, end[i]);
	}
	if (family[0] && family[1] && family[0] != family[1])
		return fosr_err(e, -EINVAL, "--match \"%.60s\": one end is IPv4, the other IPv6", text);
	r->want.family = family[0] | family[1];
	/* A rule is known by this mask: one that takes both families looks at a bit that both have. */
	r->mask.family = r->want.family ? 0xff : 4;
	r->want.family = r->want.family ? r->want.family : 4;
	return 0;
}
