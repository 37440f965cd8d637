// SPDX-License-Identifier: GPL-3.0-or-later
/* Pictures of networks: well-formed whatever the names, complete for small networks, bounded for large ones. */
#include <expat.h>
#include <string.h>

#include "profile/network_draw.h"
#include "tap.h"

static struct fosr_err err;

struct picture {
	struct fosr_network *net;
	struct fosr_areas areas;
	struct fosr_buf svg, dot;
};

static bool draw(struct picture *p, const char *yaml)
{
	*p = (struct picture){0};
	return !fosr_network_parse(yaml, strlen(yaml), "net.yaml", &p->net, &err) &&
		!fosr_areas_make(p->net, &p->areas, &err) && !fosr_network_svg(p->net, &p->svg, &err) &&
		!fosr_network_dot(p->net, &p->dot, &err);
}

static void wipe(struct picture *p)
{
	fosr_network_free(p->net);
	fosr_areas_free(&p->areas);
	fosr_buf_free(&p->svg);
	fosr_buf_free(&p->dot);
}

static bool is_xml(const struct fosr_buf *b)
{
	XML_Parser parser = XML_ParserCreate("UTF-8");
	bool good = parser && XML_Parse(parser, b->text.v, (int)b->text.n, 1) == XML_STATUS_OK;

	if (!good)
		printf("# line %lu: %s\n", (unsigned long)XML_GetCurrentLineNumber(parser),
			XML_ErrorString(XML_GetErrorCode(parser)));
	XML_ParserFree(parser);
	return good;
}

/* Outside of quotes braces and brackets match, and every quote has an end on its line. */
static bool is_dot(const struct fosr_buf *b)
{
	int depth = 0, least = 0;
	bool quoted = false;

	for (size_t i = 0; i < b->text.n; i++) {
		char c = b->text.v[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (c == '\n' && quoted)
			return false;
		else if (!quoted)
			depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		least = depth < least ? depth : least;
	}
	return !quoted && !depth && !least;
}

static bool has(const struct fosr_buf *b, const char *text)
{
	return strstr(b->text.v, text);
}

static void small(void)
{
	struct picture p;

	if (!ok(draw(&p,
			"metadata: {title: \"<&> \\\"T\\\" \\\\ \xc3\xa9\"}\n"
			"hosts:\n"
			"- {hostname: \"a<b>&'c\", interfaces: [{ip_addr: 10.0.0.1}, {ip_addr: 10.0.1.1}]}\n"
			"- {hostname: \"\xe4\xb8\xad\xe6\x96\x87\", interfaces: [{ip_addr: 10.0.0.2, ip6_addr: \"2001:db8::2\", "
			"services: [http]}]}\n"
			"- {hostname: loose, interfaces: [{ip_addr: 10.9.0.2}]}\n"
			"- {hostname: out, interfaces: [{ip_addr: 192.0.2.1}]}\n"
			"subnets: [{prefix: 10.0.0.0/24, vlan: 7}, {prefix: 10.0.1.0/24}, {prefix: \"2001:db8::/64\"}]\n"
			"internet: {hops: 9, pools: [{name: video, hosts: 30, services: [https]}]}\n"),
		    "a small network is drawn (%s)", err.text))
		return;
	ok(p.areas.area.n == 4 && p.areas.area.v[0].place6 == 2,
		"areas: two subnets, one of them with its IPv6 prefix, what is in none, the Internet");
	ok(p.areas.area.v[0].hosts == 2 && p.areas.area.v[1].hosts == 0 && p.areas.area.v[3].hosts == 31,
		"hosts of each");
	ok(p.areas.item.n == 5 && p.areas.item.v[4].kind == FOSR_ITEM_POOL && p.areas.item.v[4].hosts == 30,
		"an item for each host, and one for the pool");
	ok(is_xml(&p.svg), "the SVG is XML");
	ok(has(&p.svg, "a&lt;b&gt;&amp;'c") && !has(&p.svg, "a<b"), "names are escaped in it");
	ok(has(&p.svg, "10.0.0.0/24, 2001:db8::/64") && has(&p.svg, "VLAN 7") && has(&p.svg, "pool of 30 hosts") &&
			has(&p.svg, "also here: a&lt;b") && has(&p.svg, "prefers-color-scheme:dark"),
		"prefixes, VLAN, pool, interfaces elsewhere, and a dark style");
	ok(!has(&p.svg, "http://www.w3.org/1999/xlink") && !has(&p.svg, "<script") && !has(&p.svg, "url("),
		"it needs nothing else");
	ok(is_dot(&p.dot), "the graph is DOT, as far as quotes and braces go");
	ok(has(&p.dot, "\\\"T\\\" \\\\") && has(&p.dot, "subgraph cluster0") && has(&p.dot, "VLAN 7") &&
			has(&p.dot, "internet -- router1") && has(&p.dot, "30 hosts"),
		"quotes are escaped in it, subnets are clusters, the pool is a node");
	wipe(&p);
}

/* So many users and a fifth as many servers with offers of their own, in two subnets. */
static char *large_file(size_t users)
{
	static const char *const os[] = {"Linux", "Windows", "macOS"}, *const offer[] = {"http", "ssh", "dns, ntp"};
	struct fosr_buf b = {0};

	fosr_buf_put(&b, "metadata: {title: Large}\nsubnets: [{prefix: 10.1.0.0/16}, {prefix: 10.2.0.0/16}]\nhosts:\n");
	for (size_t i = 0; i < users; i++)
		fosr_buf_put(&b, "- {hostname: u%zu, os: %s, interfaces: [{ip_addr: 10.1.%zu.%zu}]}\n", i, os[i % 3],
			i / 250, i % 250 + 1);
	for (size_t i = 0; i < users / 5; i++)
		fosr_buf_put(&b, "- {hostname: s%zu, interfaces: [{ip_addr: 10.2.%zu.%zu, services: [%s]}]}\n", i,
			i / 250, i % 250 + 1, offer[i % 3]);
	return b.text.v;
}

static void large(void)
{
	char *yaml = large_file(2000);
	struct picture p;

	if (!ok(yaml && draw(&p, yaml), "2,400 hosts are drawn (%s)", err.text))
		return;
	ok(p.areas.item.n == 6, "as three groups of users and three of servers");
	ok(p.areas.item.v[0].hosts == 667 && p.areas.item.v[0].host == 0 && p.areas.item.v[0].last == 1998,
		"a group knows its first and last host");
	ok(is_xml(&p.svg) && has(&p.svg, "667 users") && has(&p.svg, "134 servers"), "the SVG tells how many they are");
	ok(is_dot(&p.dot) && has(&p.dot, "667 users"), "and so does the graph");
	ok(p.svg.text.n < 16384 && p.dot.text.n < 4096, "both are short: %zu and %zu bytes", p.svg.text.n,
		p.dot.text.n);
	wipe(&p);
	free(yaml);
}

static void bare(void)
{
	struct picture p;

	ok(draw(&p,
		   "metadata: {title: T}\nhosts:\n- interfaces: [{ip_addr: 10.0.0.1}]\n"
		   "- interfaces: [{ip_addr: 10.0.0.2, services: [http]}]\n") &&
			is_xml(&p.svg) && is_dot(&p.dot) && has(&p.svg, "one link, no subnets") &&
			!has(&p.svg, "<path class=\"line"),
		"two hosts without subnets: one card, joined to nothing (%s)", err.text);
	wipe(&p);
	ok(draw(&p,
		   "metadata: {title: T}\nhosts:\n- interfaces: [{ip_addr: 192.0.2.1}]\n"
		   "- interfaces: [{ip_addr: 192.0.2.2, services: [http]}]\n") &&
			is_xml(&p.svg) && is_dot(&p.dot) && p.areas.area.n == 1,
		"the Internet alone (%s)", err.text);
	wipe(&p);
}

int main(void)
{
	small();
	large();
	bare();
	return done();
}
