// SPDX-License-Identifier: GPL-3.0-or-later
/* Hosts of Fos-R v0.1: [[hosts]] with [[hosts.interfaces]], whose keys are name, os, mac, ip, provides and uses. */
#include <arpa/inet.h>
#include <stdio.h>

#include "import/fosr_dir.h"
#include "import/toml.h"
#include "profile/addr.h"

struct reader {
	const struct fosr_toml *t;
	struct fosr_import_dir *d;
	const char *name;
	struct fosr_err *err;
	size_t at; /* next item */
	char host_os[16]; /* [[hosts]] may say it for its interfaces */
};

static int fail(const struct reader *r, const struct fosr_toml_item *i, const char *expected)
{
	return fosr_err(
		r->err, -EINVAL, "%s:%u: %s: expected %s", r->name, i->line, fosr_toml_text(r->t, i->name), expected);
}

/* The text of an item, when it is a string that fits. */
static int text(const struct reader *r, const struct fosr_toml_item *i, char *out, size_t size)
{
	const char *s = fosr_toml_text(r->t, i->text);

	if (i->kind != FOSR_TOML_STRING || strlen(s) >= size)
		return fail(r, i, "a short string");
	snprintf(out, size, "%s", s);
	return 0;
}

/* An array of ports; r->at moves behind it. */
static int ports(struct reader *r, const struct fosr_toml_item *array, __u16 *out, __u32 *n)
{
	*n = 0;
	if (array->kind != FOSR_TOML_ARRAY)
		return fail(r, array, "a list of ports");
	while (r->at < r->t->item.n) {
		const struct fosr_toml_item *i = &r->t->item.v[r->at++];

		if (i->kind == FOSR_TOML_END)
			return 0;
		if (i->kind != FOSR_TOML_INTEGER || i->number < 1 || i->number > 65535 || *n == FOSR_DIR_PORTS)
			return fail(r, array, "a list of at most 64 ports, 1 to 65535");
		out[(*n)++] = (__u16)i->number;
	}
	return fail(r, array, "a list of ports");
}

static int key(struct reader *r, const struct fosr_toml_item *i, struct fosr_dir_host *h)
{
	const char *name = fosr_toml_text(r->t, i->name), *ip;

	if (!strcmp(name, "name"))
		return text(r, i, h->name, sizeof(h->name));
	if (!strcmp(name, "os"))
		return text(r, i, h->os, sizeof(h->os));
	if (!strcmp(name, "mac"))
		return text(r, i, h->mac, sizeof(h->mac));
	if (!strcmp(name, "provides"))
		return ports(r, i, h->provides, &h->n_provides);
	if (!strcmp(name, "uses"))
		return ports(r, i, h->uses, &h->n_uses);
	if (strcmp(name, "ip"))
		return fail(r, i, "name, os, mac, ip, provides or uses");
	ip = i->kind == FOSR_TOML_STRING ? fosr_toml_text(r->t, i->text) : "";
	if (fosr_addr_parse(ip, &h->addr) || fosr_addr_unfit(&h->addr))
		return fail(r, i, "an address that a host can have");
	return 0;
}

static int table(struct reader *r, const struct fosr_toml_item *i)
{
	struct fosr_dir_host *h;

	if (i->kind == FOSR_TOML_TABLES && !strcmp(fosr_toml_text(r->t, i->name), "hosts")) {
		r->host_os[0] = 0;
		return 0;
	}
	if (i->kind != FOSR_TOML_TABLES || strcmp(fosr_toml_text(r->t, i->name), "hosts.interfaces"))
		return fail(r, i, "[[hosts]] or [[hosts.interfaces]]");
	if (r->d->host.n == FOSR_DIR_HOSTS)
		return fosr_err(r->err, -E2BIG, "%s:%u: more than %d interfaces", r->name, i->line, FOSR_DIR_HOSTS);
	h = fosr_vec_push(&r->d->host);
	if (!h)
		return fosr_err(r->err, -ENOMEM, "out of memory");
	snprintf(h->os, sizeof(h->os), "%s", r->host_os);
	return 0;
}

static int document(struct reader *r)
{
	bool in_interface = false;
	int ret = 0;

	while (!ret && r->at < r->t->item.n) {
		const struct fosr_toml_item *i = &r->t->item.v[r->at++];

		if (i->kind == FOSR_TOML_TABLE || i->kind == FOSR_TOML_TABLES) {
			in_interface = !strcmp(fosr_toml_text(r->t, i->name), "hosts.interfaces");
			ret = table(r, i);
		} else if (in_interface) {
			ret = key(r, i, &r->d->host.v[r->d->host.n - 1]);
		} else if (!strcmp(fosr_toml_text(r->t, i->name), "os")) {
			ret = text(r, i, r->host_os, sizeof(r->host_os));
		} else {
			ret = fail(r, i, "it in [[hosts.interfaces]]");
		}
	}
	for (size_t h = 0; h < r->d->host.n && !ret; h++)
		if (!r->d->host.v[h].addr.family)
			ret = fosr_err(r->err, -EINVAL, "%s: interface %zu has no ip", r->name, h + 1);
	return ret;
}

int fosr_dir_hosts(struct fosr_import_dir *d, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	struct fosr_toml t;
	struct reader r = {.t = &t, .d = d, .name = name, .err = err};
	int ret = fosr_toml_parse(&t, data, len, name, err);

	if (ret)
		return ret;
	ret = document(&r);
	fosr_toml_free(&t);
	return ret;
}
