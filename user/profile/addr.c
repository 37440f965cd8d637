// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct range {
	__u8 family, bits;
	__u8 b[16];
	const char *what;
};

static const struct range unfit[] = {
	{4, 8, {0}, "of \"this network\""},
	{4, 8, {127}, "loopback"},
	{4, 4, {224}, "multicast"},
	{4, 4, {240}, "reserved or broadcast"},
	{6, 128, {0}, "unspecified"},
	{6, 128, {[15] = 1}, "loopback"},
	{6, 8, {0xff}, "multicast"},
	{6, 96, {[10] = 0xff, 0xff}, "IPv4-mapped"},
};

static const struct range local[] = {
	{4, 8, {10}, "private"},
	{4, 12, {172, 16}, "private"},
	{4, 16, {192, 168}, "private"},
	{4, 10, {100, 64}, "shared"},
	{4, 16, {169, 254}, "link-local"},
	{6, 7, {0xfc}, "unique local"},
	{6, 10, {0xfe, 0x80}, "link-local"},
};

static bool in_range(const struct fosr_addr *a, const struct range *r)
{
	size_t whole = r->bits / 8, rest = r->bits % 8;

	if (a->family != r->family || memcmp(a->b, r->b, whole))
		return false;
	return !rest || (a->b[whole] ^ r->b[whole]) >> (8 - rest) == 0;
}

/* Besides those above: what a made-up host of the Internet must not have (IANA's registry of IPv4). */
static const struct range special[] = {
	{4, 24, {192, 0, 0}, "protocol assignments"},
	{4, 24, {192, 0, 2}, "documentation"},
	{4, 24, {192, 88, 99}, "relay"},
	{4, 15, {198, 18}, "benchmarking"},
	{4, 24, {198, 51, 100}, "documentation"},
	{4, 24, {203, 0, 113}, "documentation"},
};

static const char *find_range(const struct fosr_addr *a, const struct range *r, size_t n)
{
	for (; n; n--, r++)
		if (in_range(a, r))
			return r->what;
	return NULL;
}

const char *fosr_addr_unfit(const struct fosr_addr *a)
{
	return find_range(a, unfit, FOSR_ARRAY_SIZE(unfit));
}

bool fosr_addr_is_global(const struct fosr_addr *a)
{
	return !find_range(a, local, FOSR_ARRAY_SIZE(local));
}

bool fosr_addr_is_special(const struct fosr_addr *a)
{
	return fosr_addr_unfit(a) || !fosr_addr_is_global(a) || find_range(a, special, FOSR_ARRAY_SIZE(special));
}

bool fosr_addr_in(const struct fosr_addr *a, const struct fosr_addr *prefix, __u8 bits)
{
	struct range r = {.family = prefix->family, .bits = bits};

	memcpy(r.b, prefix->b, sizeof(r.b));
	return in_range(a, &r);
}

int fosr_addr_parse(const char *text, struct fosr_addr *a)
{
	*a = (struct fosr_addr){.family = strchr(text, ':') ? 6 : 4};
	return inet_pton(a->family == 6 ? AF_INET6 : AF_INET, text, a->b) == 1 ? 0 : -EINVAL;
}

char *fosr_addr_format(const struct fosr_addr *a, char buf[FOSR_ADDR_TEXT])
{
	if (!a->family || !inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->b, buf, FOSR_ADDR_TEXT))
		strcpy(buf, "none");
	return buf;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int fosr_mac_parse(const char *text, __u8 mac[6])
{
	char between = text[0] && text[1] ? text[2] : '\0';

	if (strlen(text) != 17 || (between != ':' && between != '-'))
		return -EINVAL;
	for (int i = 0; i < 6; i++, text += 3) {
		int high = hex_digit(text[0]), low = hex_digit(text[1]);

		if (high < 0 || low < 0 || text[2] != (i < 5 ? between : '\0'))
			return -EINVAL;
		mac[i] = (__u8)(high << 4 | low);
	}
	return 0;
}

char *fosr_mac_format(const __u8 mac[6], char buf[FOSR_MAC_TEXT])
{
	snprintf(buf, FOSR_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return buf;
}

int fosr_addr_cmp(const struct fosr_addr *a, const struct fosr_addr *b)
{
	return a->family != b->family ? (int)a->family - (int)b->family : memcmp(a->b, b->b, sizeof(a->b));
}
