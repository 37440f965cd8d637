// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The picture by a layout of its own: the Internet on top, below it a card for each subnet in two columns, joined by a
 * line that runs down between them. Items are tiles of one height. Coordinates are pixels.
 */
#include <stdlib.h>
#include <string.h>

#include "profile/addr.h"
#include "profile/network_draw.h"

#define WIDTH 1240
#define MARGIN 28
#define GUTTER 48 /* between the columns */
#define COLUMN ((WIDTH - 2 * MARGIN - GUTTER) / 2)
#define PAD 16 /* inside a card */
#define HEAD 62 /* of a card */
#define TILE 64
#define GAP 10
#define BETWEEN 20 /* cards below each other */
#define TITLE 84
#define LEGEND 56
#define WIDE_ITEMS 12 /* a card with more tiles has the whole width */
#define OFFERS_SHOWN 40
#define TILE_TEXT 44 /* where a tile's text begins */

/* Of 1/16 pixel per character, about: DejaVu Sans is the widest of the usual fonts. */
#define BOLD_13 132
#define PLAIN_11 95

struct svg {
	const struct fosr_network *net;
	const struct fosr_areas *a;
	struct fosr_buf *out;
	struct fosr_buf word;
};

struct box {
	__u32 x, y, w, h;
};

static const char style[] =
	"<style>\n"
	"svg{color-scheme:light dark}\n"
	"text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1f2933}\n"
	".page{fill:#ffffff}.title{font-size:22px;font-weight:700}.sub{font-size:13px;fill:#5b6770}\n"
	".card{fill:#f5f7f9;stroke:#cfd6dd}.loose{stroke-dasharray:6 4}.net{fill:#f6f2fc;stroke:#c9b8e8}\n"
	".head{font-size:15px;font-weight:700}.small{font-size:11px;fill:#5b6770}.count{font-size:13px;fill:#5b6770;text-anchor:end}\n"
	".tile{fill:#ffffff;stroke:#d5dbe1}.name{font-size:13px;font-weight:600}.offers{font-size:11px;fill:#37424c}\n"
	".line{stroke:#8a96a3;stroke-width:2;fill:none}.router{fill:#ffffff;stroke:#8a96a3;stroke-width:2}\n"
	".k0{fill:#1a7f37}.k1{fill:#2563d9}.k2{fill:#7a45c9}.k3{fill:#b35a00}\n"
	".cloud{fill:#7a45c9}.hole{fill:#ffffff}\n"
	"@media (prefers-color-scheme:dark){\n"
	"text{fill:#e6edf3}.page{fill:#0d1117}.sub,.small,.count{fill:#9aa6b2}\n"
	".card{fill:#161b22;stroke:#323a44}.net{fill:#1b1629;stroke:#4b3d6b}\n"
	".tile{fill:#0f141a;stroke:#2d353e}.offers{fill:#c2ccd6}\n"
	".line{stroke:#6b7682}.router{fill:#0d1117;stroke:#6b7682}\n"
	".k0{fill:#4cc35f}.k1{fill:#6ea4ff}.k2{fill:#b78bff}.k3{fill:#f0954a}.cloud{fill:#b78bff}.hole{fill:#0f141a}\n"
	"}\n</style>\n";

/* One per kind of item, 24 pixels high: a rack, a person, a globe, discs. */
static const char *const glyph[FOSR_ITEM_KINDS] = {
	"<path d=\"M2 1h20a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H2a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2zM2 13h20a2 2 0 0 1 2 2v6a2 2 0 0 "
	"1-2 2H2a2 2 0 0 1-2-2v-6a2 2 0 0 1 2-2z\"/><path class=\"hole\" d=\"M4 5h3v2H4zM4 17h3v2H4z\"/>",
	"<path d=\"M12 0a6 6 0 1 1 0 12a6 6 0 0 1 0-12zM1 24a11 10 0 0 1 22 0z\"/>",
	"<path d=\"M12 0a12 12 0 1 1 0 24a12 12 0 0 1 0-24z\"/><path class=\"hole\" d=\"M3 8h18v2H3zM3 14h18v2H3zM11 "
	"2h2v20h-2z\"/>",
	"<path d=\"M0 4a12 4 0 0 1 24 0v3a12 4 0 0 1-24 0zM0 11a12 4 0 0 0 24 0v3a12 4 0 0 1-24 0zM0 18a12 4 0 0 0 24 0v2a12 "
	"4 0 0 1-24 0z\"/>",
};

static const char cloud[] = "<path d=\"M8 24a8 8 0 0 1-1-15.9A11 11 0 0 1 28 6.5A9 9 0 0 1 32 24z\"/>";

/* Columns that the UTF-8 character at p takes: East Asian ones and pictures two; *n its bytes. */
static __u32 width_of(const char *p, size_t *n)
{
	__u8 c = (__u8)*p;

	*n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	return c >= 0xe3 ? 2 : 1;
}

/* U+FFFE and U+FFFF, which YAML has as escapes and XML has not. */
static bool not_xml(const char *p, size_t n)
{
	return n > 2 && (!memcmp(p, "\xef\xbf\xbe", 3) || !memcmp(p, "\xef\xbf\xbf", 3));
}

static void put_escaped(struct fosr_buf *out, const char *p, size_t n)
{
	for (; n; n--, p++) {
		if (not_xml(p, n)) {
			fosr_buf_put(out, "?");
			p += 2;
			n -= 2;
			continue;
		}
		switch (*p) {
		case '<':
			fosr_buf_put(out, "&lt;");
			break;
		case '>':
			fosr_buf_put(out, "&gt;");
			break;
		case '&':
			fosr_buf_put(out, "&amp;");
			break;
		case '"':
			fosr_buf_put(out, "&quot;");
			break;
		default:
			fosr_buf_add(out, (__u8)*p < 0x20 ? " " : p, 1);
		}
	}
}

/* What was collected in the word, cut where it would need more than so many columns. */
static void put_word(struct svg *s, __u32 columns)
{
	size_t at = 0, fits = 0, n;
	__u32 used = 0;

	while (at < s->word.text.n) {
		used += width_of(s->word.text.v + at, &n);
		if (used > columns)
			break;
		at = fosr_min_u64(at + n, s->word.text.n);
		if (used < columns)
			fits = at;
	}
	if (at == s->word.text.n)
		fits = at;
	put_escaped(s->out, s->word.text.v, fits);
	if (fits < s->word.text.n)
		fosr_buf_put(s->out, "\xe2\x80\xa6");
	s->word.text.n = 0;
}

static void put_text(struct svg *s, const char *class, __u32 x, __u32 y, __u32 columns)
{
	if (!s->word.text.n)
		return;
	fosr_buf_put(s->out, "<text class=\"%s\" x=\"%u\" y=\"%u\">", class, x, y);
	put_word(s, columns);
	fosr_buf_put(s->out, "</text>\n");
}

static void put_box(struct svg *s, const char *class, struct box b, __u32 round)
{
	fosr_buf_put(s->out, "<rect class=\"%s\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" rx=\"%u\"/>\n", class,
		b.x, b.y, b.w, b.h, round);
}

/* Second line: what it is, and where. */
static void word_about(struct svg *s, const struct fosr_item *item)
{
	const struct fosr_host *first = &s->net->hosts.v[item->host], *last = &s->net->hosts.v[item->last];
	char addr[FOSR_ADDR_TEXT];

	if (item->kind == FOSR_ITEM_POOL) {
		fosr_buf_put(&s->word, "pool of %zu host%s%s", item->hosts, item->hosts == 1 ? "" : "s",
			s->net->pools.v[item->pool].ip6 ? ", with IPv6" : "");
		return;
	}
	fosr_draw_os(item, &s->word);
	if (item->hosts > 1) {
		fosr_buf_put(&s->word, ": %s \xe2\x80\xa6 %s", first->name, last->name);
		return;
	}
	fosr_buf_put(&s->word, " \xc2\xb7 %s", fosr_addr_format(&first->ifaces.v[0].addr, addr));
	if (first->ifaces.n > 1)
		fosr_buf_put(&s->word, " and %zu more", first->ifaces.n - 1);
	else if (first->ifaces.v[0].addr6.family)
		fosr_buf_put(&s->word, " + IPv6");
}

/* All that does not fit, for who points at it. */
static void put_tip(struct svg *s, const struct fosr_item *item)
{
	fosr_buf_put(s->out, "<title>");
	fosr_draw_name(s->net, item, &s->word);
	put_word(s, UINT32_MAX);
	fosr_buf_put(s->out, "\n");
	word_about(s, item);
	put_word(s, UINT32_MAX);
	fosr_draw_offers(s->net, item, FOSR_SERVICES_MAX, &s->word);
	fosr_buf_put(s->out, s->word.text.n ? "\noffers " : "");
	put_word(s, UINT32_MAX);
	fosr_buf_put(s->out, "</title>\n");
}

static void put_tile(struct svg *s, const struct fosr_item *item, struct box b)
{
	__u32 room = (b.w - TILE_TEXT - 8) * 16;

	fosr_buf_put(s->out, "<g>");
	put_tip(s, item);
	if (item->hosts > 1) {
		put_box(s, "tile", (struct box){b.x + 6, b.y + 5, b.w - 6, b.h - 5}, 8);
		b.w -= 5;
		b.h -= 5;
	}
	put_box(s, "tile", b, 8);
	fosr_buf_put(s->out, "<g class=\"k%d\" transform=\"translate(%u %u) scale(.83)\">%s</g>\n", (int)item->kind,
		b.x + 12, b.y + 10, glyph[item->kind]);
	fosr_draw_name(s->net, item, &s->word);
	put_text(s, "name", b.x + TILE_TEXT, b.y + 20, room / BOLD_13);
	word_about(s, item);
	put_text(s, "small", b.x + TILE_TEXT, b.y + 36, room / PLAIN_11);
	fosr_draw_offers(s->net, item, OFFERS_SHOWN, &s->word);
	put_text(s, "offers", b.x + TILE_TEXT, b.y + 52, room / PLAIN_11);
	fosr_buf_put(s->out, "</g>\n");
}

static __u32 columns_of(__u32 w)
{
	return w > COLUMN ? 4 : 2;
}

static __u32 card_height(const struct fosr_area *area, __u32 w)
{
	__u32 rows = (__u32)((area->items + columns_of(w) - 1) / columns_of(w));

	return HEAD + rows * (TILE + GAP) + (rows ? PAD - GAP : 0);
}

static void put_card(struct svg *s, const struct fosr_area *area, struct box b)
{
	const char *const look[] = {"card", s->net->places.n ? "card loose" : "card", "net"};
	__u32 columns = columns_of(b.w), w = (b.w - 2 * PAD - (columns - 1) * GAP) / columns, text = b.x + PAD;

	put_box(s, look[area->kind], b, area->kind == FOSR_AREA_INTERNET ? 26 : 10);
	if (area->kind == FOSR_AREA_INTERNET) {
		fosr_buf_put(
			s->out, "<g class=\"cloud\" transform=\"translate(%u %u)\">%s</g>\n", text, b.y + 18, cloud);
		text += 54;
	}
	fosr_draw_area(s->net, area, &s->word);
	put_text(s, "head", text, b.y + 28, (b.w - 160) / 9);
	fosr_draw_link(s->net, area, &s->word);
	fosr_draw_also(s->net, s->a, area, &s->word);
	put_text(s, "small", text, b.y + 46, (b.w - 40) / 7);
	fosr_buf_put(s->out, "<text class=\"count\" x=\"%u\" y=\"%u\">%zu host%s</text>\n", b.x + b.w - PAD, b.y + 28,
		area->hosts, area->hosts == 1 ? "" : "s");
	for (__u32 i = 0; i < area->items; i++)
		put_tile(s, &s->a->item.v[area->first + i],
			(struct box){
				b.x + PAD + i % columns * (w + GAP), b.y + HEAD + i / columns * (TILE + GAP), w, TILE});
}

static void put_title(struct svg *s)
{
	size_t pooled = 0;

	for (size_t i = 0; i < s->net->pools.n; i++)
		pooled += s->net->pools.v[i].hosts;
	fosr_buf_put(&s->word, "%s", s->net->title);
	put_text(s, "title", MARGIN, 46, (WIDTH - 2 * MARGIN) / 14);
	fosr_buf_put(&s->word, "%zu host%s", s->net->hosts.n - pooled, s->net->hosts.n - pooled == 1 ? "" : "s");
	if (pooled)
		fosr_buf_put(&s->word, ", and %zu in pools of the Internet", pooled);
	fosr_buf_put(&s->word, "; %zu service%s", s->net->services, s->net->services == 1 ? "" : "s");
	put_text(s, "sub", MARGIN, 68, UINT32_MAX);
}

static void put_legend(struct svg *s, __u32 y)
{
	static const char *const what[FOSR_ITEM_KINDS] = {
		"server", "user", "host of the Internet", "pool of the Internet"};
	static const __u32 at[FOSR_ITEM_KINDS] = {0, 110, 200, 380};

	for (int k = 0; k < FOSR_ITEM_KINDS; k++) {
		fosr_buf_put(s->out, "<g class=\"k%d\" transform=\"translate(%u %u) scale(.6)\">%s</g>\n", k,
			MARGIN + at[k], y, glyph[k]);
		fosr_buf_put(s->out, "<text class=\"small\" x=\"%u\" y=\"%u\">%s</text>\n", MARGIN + at[k] + 22, y + 11,
			what[k]);
	}
	fosr_buf_put(s->out,
		"<text class=\"small\" x=\"%u\" y=\"%u\">two sheets: several hosts that are alike; point at one to see all "
		"that it offers</text>\n",
		MARGIN + 560, y + 11);
}

/* Where cards go: each to the shorter column; one alone, and one with many tiles, over the whole width. */
static struct box next_box(__u32 y[2], const struct fosr_area *area, bool alone)
{
	__u32 lower = y[0] > y[1] ? y[0] : y[1];
	int k = y[1] < y[0];
	struct box b;

	if (alone || area->items > WIDE_ITEMS) {
		b = (struct box){MARGIN, lower, WIDTH - 2 * MARGIN, card_height(area, WIDTH - 2 * MARGIN)};
		y[0] = y[1] = b.y + b.h + BETWEEN;
		return b;
	}
	b = (struct box){MARGIN + (k ? COLUMN + GUTTER : 0), y[k], COLUMN, card_height(area, COLUMN)};
	y[k] += b.h + BETWEEN;
	return b;
}

/* Where the line in the middle reaches a card: at its side, or on top of one over the whole width. */
static void branch_of(struct box b, __u32 *x, __u32 *y)
{
	bool wide = b.w > COLUMN;

	*x = wide ? WIDTH / 2 : b.x == MARGIN ? b.x + b.w : b.x;
	*y = wide ? b.y : b.y + HEAD / 2;
}

static void put_branch(struct svg *s, const struct fosr_area *area, struct box b)
{
	__u32 x, y;

	branch_of(b, &x, &y);
	fosr_buf_put(s->out, "<path class=\"line%s\" d=\"M%u %uH%u\"/>\n", area->kind == FOSR_AREA_LINK ? " loose" : "",
		(__u32)WIDTH / 2, y, x);
	if (area->kind == FOSR_AREA_SUBNET)
		fosr_buf_put(s->out, "<circle class=\"router\" cx=\"%u\" cy=\"%u\" r=\"6\"/>\n", x, y);
}

/* From the Internet, or else the highest card, to the lowest; cards over the whole width are drawn over it. */
static void put_trunk(struct svg *s, const struct box *box, size_t n, __u32 from)
{
	__u32 top = UINT32_MAX, down = 0, x, y;

	for (size_t i = 0; i < n; i++) {
		branch_of(box[i], &x, &y);
		top = y < top ? y : top;
		down = y > down ? y : down;
	}
	fosr_buf_put(s->out, "<path class=\"line\" d=\"M%u %uV%u\"/>\n", (__u32)WIDTH / 2, from ? from : top, down);
}

/* All cards but the Internet's, which is the last; from: its lower edge, 0 if there is none. Returns where they end. */
static __u32 put_cards(struct svg *s, size_t cards, __u32 from, __u32 top)
{
	struct box *box = calloc(cards, sizeof(*box));
	__u32 y[2] = {top, top};

	if (!box) {
		s->out->oom = true;
		return top;
	}
	for (size_t i = 0; i < cards; i++)
		box[i] = next_box(y, &s->a->area.v[i], cards == 1);
	if (from || cards > 1)
		put_trunk(s, box, cards, from);
	for (size_t i = 0; i < cards; i++) {
		put_card(s, &s->a->area.v[i], box[i]);
		if (from || cards > 1)
			put_branch(s, &s->a->area.v[i], box[i]);
	}
	free(box);
	return y[0] > y[1] ? y[0] : y[1];
}

static __u32 put_all(struct svg *s)
{
	size_t cards = s->a->area.n;
	const struct fosr_area *last = &s->a->area.v[cards - 1];
	__u32 y = TITLE + 8, from = 0;

	put_title(s);
	if (last->kind == FOSR_AREA_INTERNET) {
		struct box b = {MARGIN, y, WIDTH - 2 * MARGIN, card_height(last, WIDTH - 2 * MARGIN)};

		put_card(s, last, b);
		from = y + b.h;
		y = from + BETWEEN + 8;
		cards--;
	}
	if (cards)
		y = put_cards(s, cards, from, y);
	put_legend(s, y + 6);
	return y + LEGEND;
}

int fosr_network_svg(const struct fosr_network *net, struct fosr_buf *out, struct fosr_err *err)
{
	struct fosr_buf body = {0};
	struct fosr_areas a;
	struct svg s = {.net = net, .a = &a, .out = &body};
	__u32 height;
	int ret = fosr_areas_make(net, &a, err);

	if (ret)
		return ret;
	height = put_all(&s);
	fosr_buf_put(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" role=\"img\">\n<title>",
		(__u32)WIDTH, height, (__u32)WIDTH, height);
	put_escaped(out, net->title, strlen(net->title));
	fosr_buf_put(
		out, "</title>\n%s<rect class=\"page\" width=\"%u\" height=\"%u\"/>\n", style, (__u32)WIDTH, height);
	fosr_buf_add(out, body.text.v ? body.text.v : "", body.text.n);
	fosr_buf_put(out, "</svg>\n");
	ret = out->oom || body.oom || s.word.oom ? fosr_err(err, -ENOMEM, "out of memory for a drawing") : 0;
	fosr_buf_free(&body);
	fosr_buf_free(&s.word);
	fosr_areas_free(&a);
	return ret;
}
