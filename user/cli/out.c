// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/out.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void fosr_out(struct fosr_ctx *ctx, const char *fmt, ...)
{
	va_list ap;

	if (!ctx->out)
		return;
	va_start(ap, fmt);
	vfprintf(ctx->out, fmt, ap);
	va_end(ap);
}

const char *fosr_sgr(const struct fosr_ctx *ctx, const char *escape)
{
	return ctx->color_out ? escape : "";
}

/* Bytes of the UTF-8 character at p and its code point; 0 when it is none (RFC 3629: shortest form, no surrogates). */
static size_t utf8_next(const char *p, __u32 *cp)
{
	static const __u32 least[] = {0, 0, 0x80, 0x800, 0x10000};
	__u8 c = (__u8)*p;
	size_t n = c < 0x80 ? 1 : (c & 0xe0) == 0xc0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : (c & 0xf8) == 0xf0 ? 4 : 0;

	if (n < 2) {
		*cp = c;
		return n;
	}
	*cp = c & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if (((__u8)p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | ((__u8)p[i] & 0x3f);
	}
	return *cp < least[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp < 0xe000) ? 0 : n;
}

/* Control, bidirectional override and other invisible formatting characters. */
static bool harmful(__u32 cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp >= 0x200b && cp <= 0x200f) ||
		(cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff;
}

/* Columns: combining marks take none, East Asian wide forms and pictographs two. */
static unsigned int cp_width(__u32 cp)
{
	if ((cp >= 0x300 && cp <= 0x36f) || (cp >= 0x1ab0 && cp <= 0x1aff) || (cp >= 0x20d0 && cp <= 0x20ff) ||
		(cp >= 0xfe00 && cp <= 0xfe0f))
		return 0;
	if ((cp >= 0x1100 && cp <= 0x115f) || (cp >= 0x2e80 && cp <= 0xa4cf) || (cp >= 0xac00 && cp <= 0xd7a3) ||
		(cp >= 0xf900 && cp <= 0xfaff) || (cp >= 0xfe30 && cp <= 0xfe6f) || (cp >= 0xff00 && cp <= 0xff60) ||
		(cp >= 0x1f300 && cp <= 0x1faff) || (cp >= 0x20000 && cp <= 0x3fffd))
		return 2;
	return 1;
}

size_t fosr_text_width(const char *text)
{
	size_t width = 0;

	while (*text) {
		__u32 cp;
		size_t n = utf8_next(text, &cp);

		width += n ? cp_width(cp) : 1;
		text += n ? n : 1;
	}
	return width;
}

char *fosr_text_clean(char *buf, size_t size, const char *text)
{
	size_t at = 0;

	while (*text) {
		__u32 cp;
		size_t n = utf8_next(text, &cp);
		bool bad = !n || harmful(cp);

		if (at + (bad ? 1 : n) >= size)
			break;
		if (bad) {
			buf[at++] = '?';
		} else {
			memcpy(buf + at, text, n);
			at += n;
		}
		text += n ? n : 1;
	}
	buf[at] = '\0';
	return buf;
}

json_t *fosr_json_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *buf = malloc(size);
	json_t *j = buf ? json_string(fosr_text_clean(buf, size, text)) : NULL;

	free(buf);
	return j;
}

/* n / unit to three significant digits, rounded half up; "1000" at a rounding edge. */
static void scaled(char buf[FOSR_HUMAN], __u64 n, __u64 unit, const char *suffix)
{
	static const __u64 power[] = {1, 10, 100};
	int decimals = unit == 1 ? 0 : 2;
	__u64 v;

	for (;; decimals--) {
		v = (__u64)(((unsigned __int128)n * power[decimals] + unit / 2) / unit);
		if (!decimals || v < 1000)
			break;
	}
	if (decimals)
		snprintf(buf, FOSR_HUMAN, "%llu.%0*llu%s", v / power[decimals], decimals, v % power[decimals], suffix);
	else
		snprintf(buf, FOSR_HUMAN, "%llu%s", v, suffix);
}

char *fosr_human_count(char buf[FOSR_HUMAN], __u64 n)
{
	static const char *const suffix[] = {"", " k", " M", " G", " T", " P", " E"};
	__u64 unit = 1;
	size_t i = 0;

	while (n / unit >= 1000 && i + 1 < FOSR_ARRAY_SIZE(suffix)) {
		unit *= 1000;
		i++;
	}
	scaled(buf, n, unit, suffix[i]);
	return buf;
}

char *fosr_human_bytes(char buf[FOSR_HUMAN], __u64 n)
{
	static const char *const suffix[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};
	size_t i = 0;

	while (n >> (10 * i) >= 1024 && i + 1 < FOSR_ARRAY_SIZE(suffix))
		i++;
	scaled(buf, n, 1ULL << (10 * i), suffix[i]);
	return buf;
}

char *fosr_human_ns(char buf[FOSR_HUMAN], __u64 ns)
{
	__u64 s = ns / FOSR_NS_PER_S;

	if (ns < 1000)
		scaled(buf, ns, 1, " ns");
	else if (ns < 1000000)
		scaled(buf, ns, 1000, " \xc2\xb5s");
	else if (ns < FOSR_NS_PER_S)
		scaled(buf, ns, 1000000, " ms");
	else if (s < 60)
		scaled(buf, ns, FOSR_NS_PER_S, " s");
	else if (s < 3600)
		snprintf(buf, FOSR_HUMAN, "%llu min %llu s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, FOSR_HUMAN, "%llu h %llu min", s / 3600, s / 60 % 60);
	else
		snprintf(buf, FOSR_HUMAN, "%llu d %llu h", s / 86400, s / 3600 % 24);
	return buf;
}

static void add_cell(struct fosr_table *t, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = malloc(size), **slot = copy ? fosr_vec_push(&t->cell) : NULL;

	if (!slot) {
		free(copy);
		t->oom = true;
		return;
	}
	*slot = fosr_text_clean(copy, size, text);
}

void fosr_table_init(struct fosr_table *t, const char *head)
{
	*t = (struct fosr_table){0};
	while (*head && t->columns < FOSR_TABLE_COLUMNS) {
		char name[64];
		size_t n;

		t->right[t->columns] = *head == '>';
		head += *head == '>';
		n = strcspn(head, "|");
		snprintf(name, sizeof(name), "%.*s", (int)n, head);
		add_cell(t, name);
		t->columns++;
		head += n + (head[n] == '|');
	}
}

void fosr_table_cell(struct fosr_table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add_cell(t, text);
}

static void print_row(const struct fosr_table *t, struct fosr_ctx *ctx, size_t first, const size_t *width)
{
	for (size_t c = 0; c < t->columns && first + c < t->cell.n; c++) {
		const char *text = t->cell.v[first + c];
		int pad = (int)(width[c] - fosr_text_width(text));
		bool last = c + 1 == t->columns;

		fosr_out(ctx, "%*s%s%*s", t->right[c] ? pad : 0, "", text, t->right[c] || last ? 0 : pad, "");
		fosr_out(ctx, "%s", last ? "" : "  ");
	}
}

void fosr_table_print(struct fosr_table *t, struct fosr_ctx *ctx)
{
	size_t width[FOSR_TABLE_COLUMNS] = {0};

	for (size_t i = 0; i < t->cell.n; i++) {
		size_t w = fosr_text_width(t->cell.v[i]);

		if (w > width[i % t->columns])
			width[i % t->columns] = w;
	}
	for (size_t i = 0; i < t->cell.n; i += t->columns) {
		fosr_out(ctx, "%s", i ? "" : fosr_sgr(ctx, FOSR_SGR_BOLD));
		print_row(t, ctx, i, width);
		fosr_out(ctx, "%s\n", i ? "" : fosr_sgr(ctx, FOSR_SGR_RESET));
	}
	if (t->oom)
		fosr_out(ctx, "(memory ran out: rows are missing)\n");
	for (size_t i = 0; i < t->cell.n; i++)
		free(t->cell.v[i]);
	fosr_vec_free(&t->cell);
}
