// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/opt.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 100
#define HELP_AT 34

/* One line's worth of text that fits in width columns (UTF-8 continuation bytes take none). */
static size_t fit(const char *text, size_t width)
{
	size_t cut = 0, columns = 0, i = 0;

	for (; text[i] && text[i] != '\n'; i++) {
		if (text[i] == ' ')
			cut = i;
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
		if (columns > width && cut)
			return cut;
	}
	return i;
}

static void wrap(FILE *f, unsigned int indent, unsigned int column, const char *text)
{
	while (*text) {
		size_t n = fit(text, COLUMNS - indent);

		fprintf(f, "%*s%.*s\n", n ? (int)(indent - column) : 0, "", (int)n, text);
		text += n;
		if (*text == ' ' || *text == '\n')
			text++;
		column = 0;
	}
}

/* Is the line break at p one of the source's own, inside a paragraph? Empty and indented lines stand for themselves. */
static bool inside_paragraph(const char *text, const char *p)
{
	const char *line = p;

	while (line > text && line[-1] != '\n')
		line--;
	return line != p && *line != ' ' && p[1] && p[1] != '\n' && p[1] != ' ';
}

void fosr_help_wrap(FILE *f, unsigned int indent, const char *text)
{
	char *flowing = strdup(text);

	if (!flowing)
		return;
	for (char *p = flowing; *p; p++)
		if (*p == '\n' && inside_paragraph(text, text + (p - flowing)))
			*p = ' ';
	wrap(f, indent, 0, flowing);
	free(flowing);
}

/* "CHOICE|CHOICE", the row's own word, or one by kind. */
static void value_text(const struct fosr_opt *row, char *buf, size_t size)
{
	static const char *const words[] = {[FOSR_OPT_STRING] = "TEXT",
		[FOSR_OPT_LIST] = "TEXT",
		[FOSR_OPT_U64] = "N",
		[FOSR_OPT_NUMBER] = "N",
		[FOSR_OPT_DURATION] = "DURATION",
		[FOSR_OPT_TIME] = "TIME"};
	size_t at = 0;

	buf[0] = '\0';
	if (row->kind == FOSR_OPT_FLAG || row->kind == FOSR_OPT_COUNT)
		return;
	if (row->metavar || row->kind != FOSR_OPT_CHOICE) {
		snprintf(buf, size, " %s", row->metavar ? row->metavar : words[row->kind]);
		return;
	}
	for (size_t i = 0; row->choices[i] && at < size; i++)
		at += (size_t)snprintf(buf + at, size - at, "%c%s", i ? '|' : ' ', row->choices[i]);
}

static void print_row(const struct fosr_opt *row, FILE *f)
{
	char value[120], left[200];
	int n;

	value_text(row, value, sizeof(value));
	n = row->letter ? snprintf(left, sizeof(left), "  -%c, --%s%s", row->letter, row->name, value)
			: snprintf(left, sizeof(left), "      --%s%s", row->name, value);
	fputs(left, f);
	if (n + 2 > HELP_AT) {
		fputc('\n', f);
		n = 0;
	}
	wrap(f, HELP_AT, (unsigned int)n, row->help);
}

void fosr_opts_help(const struct fosr_opt_bind *binds, FILE *f)
{
	for (; binds->rows; binds++) {
		fprintf(f, "\n%s:\n", binds->title);
		for (const struct fosr_opt *row = binds->rows; row->name; row++)
			print_row(row, f);
	}
}
