// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/page.h"

#include <math.h>
#include <netinet/in.h>

#define NAMES 4 /* of captures of one side */

static const char *const verdict_class[FOSR_LIKENESSES] = {"none", "close", "near", "off", "far", "far"};

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<meta name=\"color-scheme\" content=\"light dark\">\n"
	"<title>Real and synthetic traffic compared</title>\n<style>\n"
	":root{--bg:#fff;--fg:#1c2024;--dim:#5a6470;--line:#d4dae0;--real:#1f5fa8;--synthetic:#c2500a;--close:#136c34;"
	"--near:#4f6b12;--off:#9a5b00;--far:#b3202a;--card:#f6f8fa}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e4e8ec;--dim:#9aa5b1;--line:#39424c;--real:#6bb0f5;"
	"--synthetic:#f59a4f;--close:#5fce87;--near:#b4cf5c;--off:#f0b350;--far:#ff8087;--card:#1c2126}}\n"
	"body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;max-width:1160px;margin:0 auto;padding:1.2rem}\n"
	"h1{font-size:1.5rem;margin:0 0 .4rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{margin:.4rem 0;max-width:75ch}\n"
	".key span::before{content:\"\";display:inline-block;width:.8em;height:.8em;border-radius:2px;margin:0 .4em 0 1em}\n"
	".key .real::before{background:var(--real)}.key .synthetic::before{background:var(--synthetic)}\n"
	".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(320px,1fr));gap:1rem;align-items:start}\n"
	"figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.6rem;break-inside:avoid}\n"
	"figcaption{font-weight:600;margin-bottom:.3rem}svg{width:100%;height:auto;display:block}\n"
	"svg text{font-size:11px;fill:var(--dim);font-family:inherit}.grid{stroke:var(--line)}.frame{fill:none;stroke:var(--line)}\n"
	".line{fill:none;stroke-width:1.8}.line.synthetic{stroke:var(--synthetic);stroke-dasharray:6 3}.line.real{stroke:var(--real)}\n"
	".real.area,.real.bar{fill:var(--real)}.synthetic.area,.synthetic.bar{fill:var(--synthetic)}.heat{fill:var(--fg)}\n"
	"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n"
	"th,td{text-align:left;padding:.18rem .6rem .18rem 0;border-bottom:1px solid var(--line);vertical-align:middle}\n"
	"thead th{color:var(--dim);font-weight:600}td.n,th.n{text-align:right}tr.group th{padding-top:.9rem;border-bottom-width:2px}\n"
	".close{color:var(--close)}.near{color:var(--near)}.off{color:var(--off);font-weight:600}.far{color:var(--far);font-weight:700}\n"
	".wide{overflow-x:auto}tbody td:last-child{white-space:nowrap}.range{width:130px}.range rect{fill:var(--dim);fill-opacity:.35}.range .at{stroke:var(--fg);"
	"stroke-width:2}.range .floor{stroke:var(--real);stroke-width:2;stroke-dasharray:2 2}\n"
	".confusion{width:auto}.confusion thead th{vertical-align:bottom;border:0}.confusion thead span{writing-mode:vertical-rl;"
	"transform:rotate(180deg);white-space:nowrap}.confusion td{text-align:center;min-width:2.2em;padding:.18rem}\n"
	".hit{background:color-mix(in srgb,var(--close) var(--share),transparent)}.miss{background:color-mix(in srgb,var(--far) "
	"var(--share),transparent)}\n"
	"details{margin:.4rem 0}summary{cursor:pointer}\n"
	"@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--card:#fff;--real:#1f5fa8;--synthetic:#c2500a;"
	"--close:#136c34;--near:#4f6b12;--off:#9a5b00;--far:#b3202a}body{max-width:none;padding:0;font-size:11px}"
	"tr,.confusion{break-inside:avoid}tr.group{break-after:avoid}h2,h2+p{break-after:avoid}.plots{display:block}"
	"figure{display:inline-block;box-sizing:border-box;width:48%;margin:.3rem;vertical-align:top}"
	"*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
	"</style>\n</head>\n<body>\n";

static void text(FILE *f, const char *s)
{
	for (; *s; s++)
		if (*s == '<')
			fputs("&lt;", f);
		else if (*s == '&')
			fputs("&amp;", f);
		else
			fputc((unsigned char)*s < ' ' || *s == 127 ? '?' : *s, f);
}

/* A page may travel further than the names of somebody's folders should. */
static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void side_line(FILE *f, const struct fosr_compare *c, const struct fosr_compare_opts *o, int side)
{
	static const char *const name[2] = {"Real", "Synthetic"};
	const struct fosr_side *s = &c->side[side];

	fprintf(f, "<p><b>%s</b>: %llu flows, %llu packets; ", name[side], (unsigned long long)s->flows_seen,
		(unsigned long long)s->stats.fate[FOSR_PKT_KEPT]);
	if (s->flows.n < s->flows_seen)
		fprintf(f, "a random sample of %zu flows is compared", s->flows.n);
	else
		fputs("all flows are compared", f);
	fputs(". Captures: ", f);
	for (size_t i = 0; i < o->n[side] && i < NAMES; i++) {
		fputs(i ? ", " : "", f);
		text(f, base_of(o->captures[side][i]));
	}
	if (o->n[side] > NAMES)
		fprintf(f, " and %zu more", o->n[side] - NAMES);
	fputs(".</p>\n", f);
}

static void summary(FILE *f, const struct fosr_compare *c, const struct fosr_compare_opts *o)
{
	const struct fosr_compare_scope *all = &c->scopes.v[0];
	const struct fosr_compare_row *told = &all->row[FOSR_ROW_TOLD];
	size_t count[FOSR_LIKENESSES] = {0}, rows = 0;

	for (int row = 0; row < FOSR_ROWS; row++)
		if (!isnan(all->row[row].value)) {
			rows++;
			count[all->row[row].verdict]++;
		}
	fputs("<h1>Real and synthetic traffic compared</h1>\n", f);
	side_line(f, c, o, 0);
	side_line(f, c, o, 1);
	fprintf(f,
		"<p>Of %zu rows <b class=\"close\">%zu are as close as two real captures are</b>, <b class=\"near\">%zu near</b>, "
		"<b class=\"off\">%zu off</b>, <b class=\"far\">%zu far off or copied</b>.",
		rows, count[FOSR_LIKE_CLOSE], count[FOSR_LIKE_NEAR], count[FOSR_LIKE_OFF],
		count[FOSR_LIKE_FAR] + count[FOSR_LIKE_COPIED]);
	if (!isnan(told->value))
		fprintf(f,
			" A random forest tells a synthetic flow from a real one in %.0f %% of cases (50 %% is guessing).",
			100 * told->value);
	if (!isnan(told->value) && !isnan(told->floor))
		fprintf(f, " It tells one half of the real captures from the other in %.0f %%.", 100 * told->floor);
	fprintf(f,
		"</p>\n<p>Of each flow at most %u packets are looked at. Ranges come from %u resamplings of the flows; the floor is %s "
		"against the rest. Seed %llu.</p>\n"
		"<p class=\"key\"><span class=\"real\">real</span><span class=\"synthetic\">synthetic</span></p>\n",
		o->limits.packets, o->rounds,
		c->by_file ? "every other real capture" : "the later half of the real flows",
		(unsigned long long)o->limits.seed);
}

static double of(double x, double scale)
{
	return 2 + 126 * (x < scale ? x / scale : 1);
}

/* Where value, range and floor are, from 0 on. */
static void range(FILE *f, const struct fosr_compare_row *r, double near)
{
	double scale =
		fmax(fmax(r->value, isnan(r->high) ? 0 : r->high), fmax(isnan(r->floor) ? 0 : r->floor, 4 * near)) *
		1.02;

	fputs("<td><svg class=\"range\" viewBox=\"0 0 130 14\" aria-hidden=\"true\">", f);
	if (!isnan(r->low))
		fprintf(f, "<rect x=\"%.1f\" y=\"4\" width=\"%.1f\" height=\"6\"/>", of(r->low, scale),
			fmax(of(r->high, scale) - of(r->low, scale), 1));
	if (!isnan(r->floor))
		fprintf(f, "<path class=\"floor\" d=\"M%.1f 0V14\"/>", of(r->floor, scale));
	fprintf(f, "<path class=\"at\" d=\"M%.1f 2V12\"/></svg></td>", of(r->value, scale));
}

static void cell(FILE *f, double x)
{
	if (isnan(x))
		fputs("<td class=\"n\">–</td>", f);
	else
		fprintf(f, "<td class=\"n\">%.4f</td>", x);
}

static void table(FILE *f, const struct fosr_compare_scope *s)
{
	const char *group = "";

	fputs("<div class=\"wide\"><table><thead><tr><th>property</th><th>measure</th><th class=\"n\">value</th>"
	      "<th class=\"n\">from</th><th class=\"n\">to</th><th class=\"n\">floor</th><th></th><th>verdict</th></tr></thead>\n"
	      "<tbody>\n",
		f);
	for (__u32 row = 0; row < FOSR_ROWS; row++) {
		const struct fosr_compare_row *r = &s->row[row];
		struct fosr_row_def def = fosr_row_def(row);

		if (isnan(r->value))
			continue;
		if (strcmp(group, def.group))
			fprintf(f, "<tr class=\"group\"><th colspan=\"8\" scope=\"rowgroup\">%s</th></tr>\n",
				def.group);
		group = def.group;
		fprintf(f, "<tr><td>%s</td><td>%s</td>", def.quantity, def.measure);
		cell(f, r->value);
		cell(f, r->low);
		cell(f, r->high);
		cell(f, r->floor);
		range(f, r, def.near);
		fprintf(f, "<td class=\"%s\">%s</td></tr>\n", verdict_class[r->verdict],
			fosr_likeness_words[r->verdict]);
	}
	fputs("</tbody></table></div>\n", f);
}

static void utility(FILE *f, const struct fosr_utility *u)
{
	if (isnan(u->micro[FOSR_REAL_REAL]))
		return;
	fprintf(f,
		"<h2>Which service is it?</h2>\n<p>Accuracy of a random forest for %zu services in %zu groups, with %zu flows of "
		"each kind.</p>\n<table><thead><tr><th>learned from / tried on</th><th class=\"n\">groups</th>"
		"<th class=\"n\">services</th></tr></thead><tbody>\n",
		u->service.n, u->macros, u->flows);
	for (int way = 0; way < FOSR_UTILITY_WAYS; way++) {
		fprintf(f, "<tr><td>%s</td>", fosr_utility_name[way]);
		cell(f, u->macro[way]);
		cell(f, u->micro[way]);
		fputs("</tr>\n", f);
	}
	fputs("</tbody></table>\n", f);
}

static void services(FILE *f, const struct fosr_compare *c)
{
	fputs("<h2>Service by service</h2>\n", f);
	for (size_t i = 1; i < c->scopes.n; i++) {
		const struct fosr_compare_scope *s = &c->scopes.v[i];
		const struct fosr_service *service = &c->services.list.v[s->service];

		if (s->flows[0] < FOSR_SCOPE_LEAST || s->flows[1] < FOSR_SCOPE_LEAST)
			continue;
		fprintf(f, "<details><summary><b>%s/%s</b>: %zu real flows, %zu synthetic</summary>\n", service->name,
			service->l4 == IPPROTO_UDP ? "udp" : "tcp", s->flows[0], s->flows[1]);
		table(f, s);
		fputs("</details>\n", f);
	}
	fprintf(f, "<p>Services with fewer than %d flows on a side are too few to tell.</p>\n", FOSR_SCOPE_LEAST);
}

int fosr_page(FILE *f, const struct fosr_compare *c, const struct fosr_compare_opts *o, const struct fosr_utility *u)
{
	int ret;

	fputs(head, f);
	summary(f, c, o);
	fputs("<h2>All flows</h2>\n", f);
	table(f, &c->scopes.v[0]);
	fputs("<p>Dark stroke: value; grey: where 95 % of resamplings fall; dashed: floor.</p>\n<h2>Distributions</h2>\n"
	      "<p>Solid: real; dashed: synthetic.</p>\n<div class=\"plots\">\n",
		f);
	ret = fosr_page_distributions(f, c);
	fosr_page_services(f, c);
	fputs("</div>\n<h2>Sizes after gaps</h2>\n<div class=\"plots\">\n", f);
	if (!ret)
		ret = fosr_page_heat(f, c);
	fputs("</div>\n<h2>Load</h2>\n<div class=\"plots\">\n", f);
	fosr_page_load(f, c);
	fputs("</div>\n", f);
	if (u) {
		utility(f, u);
		fosr_page_confusion(f, c, u);
	}
	services(f, c);
	fputs("</body>\n</html>\n", f);
	return ret;
}
