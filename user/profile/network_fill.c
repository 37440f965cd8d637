// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/network_fill.h"

#include <string.h>

#include "profile/addr.h"
#include "profile/yaml.h"

/* The value of a key; *at is the key's node. NULL: the map has none. */
static const struct fosr_yaml_node *value_of(
	const struct fosr_yaml *y, const struct fosr_yaml_node *map, const char *key, const struct fosr_yaml_node **at)
{
	for (__u32 i = map->first; i; i = fosr_yaml_at(y, fosr_yaml_at(y, i)->next)->next) {
		*at = fosr_yaml_at(y, i);
		if (!strcmp(fosr_yaml_text(y, *at), key))
			return fosr_yaml_at(y, (*at)->next);
	}
	return NULL;
}

static int gap_add(
	struct fosr_fill *f, const struct fosr_yaml *y, const struct fosr_yaml_node *map, size_t host, size_t iface)
{
	const struct fosr_yaml_node *key = NULL, *value = value_of(y, map, "ip_addr", &key);
	struct fosr_gap *gap = fosr_vec_push(&f->gaps);

	if (!gap)
		return -ENOMEM;
	*gap = (struct fosr_gap){.host = host,
		.iface = iface,
		.line = value->line,
		.column = value->column,
		.key_column = key->column,
		.flow = map->flow};
	return 0;
}

/* The file was read as a network: the hosts that it writes down stand in it in the network's order. */
static int gaps_find(struct fosr_fill *f, const struct fosr_yaml *y)
{
	const struct fosr_yaml_node *key = NULL, *hosts = value_of(y, fosr_yaml_at(y, 0), "hosts", &key);
	size_t h = 0;

	for (__u32 i = hosts->first; i; i = fosr_yaml_at(y, i)->next, h++) {
		const struct fosr_yaml_node *ifaces = value_of(y, fosr_yaml_at(y, i), "interfaces", &key);
		size_t k = 0;

		while (f->net->hosts.v[h].pooled)
			h++;
		for (__u32 m = ifaces->first; m; m = fosr_yaml_at(y, m)->next, k++)
			if (!f->net->hosts.v[h].ifaces.v[k].mac_given && gap_add(f, y, fosr_yaml_at(y, m), h, k))
				return -ENOMEM;
	}
	return 0;
}

int fosr_fill_open(struct fosr_fill *f, const void *text, size_t len, const char *name, struct fosr_err *err)
{
	struct fosr_yaml y;
	int ret;

	*f = (struct fosr_fill){.name = name, .text = text, .len = len};
	if (len > 1 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
		return fosr_err(err, -EINVAL, "%s: UTF-16, expected UTF-8: iconv -f UTF-16 -t UTF-8 converts it", name);
	ret = fosr_network_parse(text, len, name, &f->net, err);
	if (ret)
		return ret;
	ret = fosr_yaml_parse(&y, text, len, name, err);
	if (!ret) {
		if (gaps_find(f, &y))
			ret = fosr_err(err, -ENOMEM, "%s: out of memory", name);
		fosr_yaml_free(&y);
	}
	if (ret)
		fosr_fill_free(f);
	return ret;
}

void fosr_fill_free(struct fosr_fill *f)
{
	fosr_network_free(f->net);
	f->net = NULL;
	fosr_vec_free(&f->gaps);
}

/* Bytes of the line break at p, as YAML 1.1 has them (and libyaml counts): 0 when there is none. */
static size_t break_at(const char *p, const char *end)
{
	if (p == end)
		return 0;
	if (*p == '\r')
		return p + 1 < end && p[1] == '\n' ? 2 : 1;
	if (*p == '\n')
		return 1;
	if (end - p > 1 && !memcmp(p, "\xc2\x85", 2))
		return 2;
	return end - p > 2 && (!memcmp(p, "\xe2\x80\xa8", 3) || !memcmp(p, "\xe2\x80\xa9", 3)) ? 3 : 0;
}

/* A place in the text that moves forward. */
struct place {
	const char *at, *end;
	__u32 line;
};

static void next_line(struct place *p)
{
	while (p->at < p->end && !break_at(p->at, p->end))
		p->at++;
	p->at += break_at(p->at, p->end);
	p->line++;
}

/* So many characters of UTF-8 further. */
static const char *forward(const char *p, const char *end, __u32 n)
{
	for (; n && p < end; n--)
		do
			p++;
		while (p < end && ((__u8)*p & 0xc0) == 0x80);
	return p;
}

/* The end of an address that is written as one word, quoted or not. */
static const char *end_of_value(const char *p, const char *end)
{
	char quote = p < end && (*p == '"' || *p == '\'') ? *p : '\0';

	if (quote) {
		for (p++; p < end && *p != quote; p++)
			;
		return p < end ? p + 1 : end;
	}
	while (p < end && *p && strchr("0123456789abcdefABCDEF:.", *p))
		p++;
	return p;
}

/*
 * Writes one gap; `from` is what was copied so far, and is moved to what comes behind the insertion. In braces: behind
 * the value. Else: a line of its own below it.
 */
static void fill_one(const struct fosr_gap *g, struct place line, const char **from, struct fosr_buf *out)
{
	const char *value = forward(line.at, line.end, g->column - 1), *at;
	const char *key = forward(line.at, line.end, g->key_column - 1);
	const char *quote = key < line.end && *key == '"' ? "\"" : "";
	char mac[FOSR_MAC_TEXT];
	struct place below = line;

	fosr_mac_format(g->mac, mac);
	if (g->flow) {
		at = end_of_value(value, line.end);
		fosr_buf_add(out, *from, (size_t)(at - *from));
		fosr_buf_put(out, ", %smac_addr%s: \"%s\"", quote, quote, mac);
		*from = at;
		return;
	}
	next_line(&below);
	at = below.at;
	fosr_buf_add(out, *from, (size_t)(at - *from));
	if (!break_at(at - 1, line.end)) /* the file ends without one */
		fosr_buf_put(out, "\n");
	fosr_buf_put(out, "%*s%smac_addr%s: \"%s\"%s", (int)g->key_column - 1, "", quote, quote, mac,
		at - line.at > 1 && at[-2] == '\r' ? "\r\n" : "\n");
	*from = at;
}

/* The network of the new text has the MAC addresses that were found, and without them it is the old one. */
static bool same_but_for_macs(const struct fosr_fill *f, struct fosr_network *net, struct fosr_err *err)
{
	for (size_t i = 0; i < f->gaps.n; i++) {
		const struct fosr_gap *g = &f->gaps.v[i];
		const struct fosr_iface *old = &f->net->hosts.v[g->host].ifaces.v[g->iface];
		struct fosr_iface *now;

		if (g->host >= net->hosts.n || g->iface >= net->hosts.v[g->host].ifaces.n)
			return false;
		now = &net->hosts.v[g->host].ifaces.v[g->iface];
		if (memcmp(now->mac, g->found ? g->mac : old->mac, sizeof(now->mac)))
			return false;
		memcpy(now->mac, old->mac, sizeof(now->mac));
	}
	return !fosr_network_digest(net, f->name, err) && !memcmp(net->digest, f->net->digest, FOSR_DIGEST_LEN) &&
		!strcmp(net->title, f->net->title);
}

static int judge(const struct fosr_fill *f, const struct fosr_buf *out, struct fosr_err *err)
{
	struct fosr_network *net;
	int ret = fosr_network_parse(out->text.v, out->text.n, f->name, &net, err);

	if (ret == -ENOMEM)
		return ret;
	if (ret)
		return fosr_err_prefix(
			err, "mac_addr cannot be written beside ip_addr as this file is laid out, because then");
	if (!same_but_for_macs(f, net, err))
		ret = fosr_err(err, -EINVAL,
			"%s: mac_addr cannot be written beside ip_addr as this file is laid out: write interfaces as "
			"'- ip_addr: 192.0.2.1' on a line, or as {ip_addr: 192.0.2.1}",
			f->name);
	fosr_network_free(net);
	return ret;
}

int fosr_fill_text(const struct fosr_fill *f, struct fosr_buf *out, struct fosr_err *err)
{
	const char *end = f->text + f->len, *from = f->text;
	struct place line = {.at = f->text, .end = end, .line = 1};

	if (f->len > 2 && !memcmp(f->text, "\xef\xbb\xbf", 3))
		line.at += 3;
	for (size_t i = 0; i < f->gaps.n; i++) {
		if (!f->gaps.v[i].found)
			continue;
		while (line.line < f->gaps.v[i].line && line.at < end)
			next_line(&line);
		fill_one(&f->gaps.v[i], line, &from, out);
	}
	fosr_buf_add(out, from, (size_t)(end - from));
	return out->oom ? fosr_err(err, -ENOMEM, "%s: out of memory", f->name) : judge(f, out, err);
}
