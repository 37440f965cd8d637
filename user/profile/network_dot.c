// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "profile/addr.h"
#include "profile/network_draw.h"

struct dot {
	const struct fosr_network *net;
	const struct fosr_areas *a;
	struct fosr_buf *out;
	struct fosr_buf word; /* of a label, before it is escaped */
};

#define SERVICES_SHOWN 8

/* What was collected in the word, as a part of a label; \n is DOT's line break. */
static void put_word(struct dot *d, const char *behind)
{
	for (size_t i = 0; i < d->word.text.n; i++) {
		const char *c = &d->word.text.v[i];

		if (*c == '"' || *c == '\\')
			fosr_buf_add(d->out, "\\", 1);
		fosr_buf_add(d->out, (__u8)*c < 0x20 ? " " : c, 1);
	}
	if (d->word.text.n)
		fosr_buf_put(d->out, "%s", behind);
	d->word.text.n = 0;
}

static void put_item(struct dot *d, size_t i)
{
	static const char *const look[FOSR_ITEM_KINDS] = {"fillcolor=\"#d9f2df\"", "fillcolor=\"#dce9ff\"",
		"fillcolor=\"#ecdfff\"", "shape=box3d, style=filled, fillcolor=\"#ffe6cc\""};
	const struct fosr_item *item = &d->a->item.v[i];
	char addr[FOSR_ADDR_TEXT];

	fosr_buf_put(d->out, "    item%zu [%s, label=\"", i, look[item->kind]);
	fosr_draw_name(d->net, item, &d->word);
	put_word(d, "\\n");
	if (item->kind == FOSR_ITEM_POOL) {
		fosr_buf_put(d->out, "%zu hosts", item->hosts);
	} else {
		fosr_draw_os(item, &d->word);
		put_word(d, "");
		if (item->hosts == 1)
			fosr_buf_put(
				d->out, "\\n%s", fosr_addr_format(&d->net->hosts.v[item->host].ifaces.v[0].addr, addr));
	}
	fosr_draw_offers(d->net, item, SERVICES_SHOWN, &d->word);
	if (d->word.text.n)
		fosr_buf_put(d->out, "\\n");
	put_word(d, "");
	fosr_buf_put(d->out, "\"];\n");
}

/* What hosts of an area are joined to: their router; on one link without routers, the link. */
static void put_area(struct dot *d, size_t k, bool internet)
{
	const struct fosr_area *area = &d->a->area.v[k];

	fosr_buf_put(d->out, "  subgraph cluster%zu {\n    label=\"", k);
	fosr_draw_area(d->net, area, &d->word);
	put_word(d, "\\n");
	fosr_draw_link(d->net, area, &d->word);
	fosr_draw_also(d->net, d->a, area, &d->word);
	put_word(d, "");
	fosr_buf_put(d->out, "\";\n    router%zu [shape=%s, label=\"%s\"];\n", k,
		area->kind == FOSR_AREA_SUBNET ? "diamond" : "circle",
		area->kind == FOSR_AREA_SUBNET ? "router" : "link");
	for (size_t i = area->first; i < area->first + area->items; i++)
		put_item(d, i);
	for (size_t i = area->first; i < area->first + area->items; i++)
		fosr_buf_put(d->out, "    router%zu -- item%zu;\n", k, i);
	fosr_buf_put(d->out, "  }\n");
	if (internet)
		fosr_buf_put(d->out, "  internet -- router%zu [penwidth=2];\n", k);
}

static void put_internet(struct dot *d, const struct fosr_area *area)
{
	fosr_buf_put(
		d->out, "  internet [shape=ellipse, style=\"filled,dashed\", fillcolor=\"#f4f0fa\", label=\"Internet");
	if (area)
		fosr_draw_link(d->net, area, &d->word);
	if (d->word.text.n)
		fosr_buf_put(d->out, "\\n");
	put_word(d, "");
	fosr_buf_put(d->out, "\"];\n");
	for (size_t i = area ? area->first : 0; area && i < area->first + area->items; i++) {
		put_item(d, i);
		fosr_buf_put(d->out, "    item%zu -- internet;\n", i);
	}
}

int fosr_network_dot(const struct fosr_network *net, struct fosr_buf *out, struct fosr_err *err)
{
	struct fosr_areas a;
	struct dot d = {.net = net, .a = &a, .out = out};
	const struct fosr_area *outside = NULL;
	int ret = fosr_areas_make(net, &a, err);

	if (ret)
		return ret;
	for (size_t k = 0; k < a.area.n; k++)
		if (a.area.v[k].kind == FOSR_AREA_INTERNET)
			outside = &a.area.v[k];
	fosr_buf_put(out, "graph network {\n  graph [rankdir=LR, labelloc=t, fontname=\"sans-serif\", label=\"");
	fosr_buf_put(&d.word, "%s", net->title);
	put_word(&d, "");
	fosr_buf_put(out,
		"\"];\n  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\", fontname=\"sans-serif\", "
		"fontsize=10];\n");
	/* Several areas are joined even where nobody speaks of the Internet. */
	if (outside || a.area.n > 1)
		put_internet(&d, outside);
	for (size_t k = 0; k < a.area.n; k++)
		if (&a.area.v[k] != outside)
			put_area(&d, k, outside || a.area.n > 1);
	fosr_buf_put(out, "}\n");
	fosr_areas_free(&a);
	ret = out->oom || d.word.oom ? fosr_err(err, -ENOMEM, "out of memory for a drawing") : 0;
	fosr_buf_free(&d.word);
	return ret;
}
