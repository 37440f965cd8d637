// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/bifxml.h"

/* Debian's expat has these functions; its header shows them only so. */
#define XML_DTD 1
#include <expat.h>
#include <stdarg.h>
#include <stdio.h>

#define DEPTH 5 /* BIF, NETWORK, VARIABLE or DEFINITION, a part of it, and nothing below */

enum element {
	OTHER,
	BIF,
	NETWORK,
	VARIABLE,
	DEFINITION,
	NAME,
	OUTCOME,
	FOR,
	GIVEN,
	TABLE,
};

static const struct rule {
	const char *name;
	enum element is, in;
} rules[] = {
	{"BIF", BIF, OTHER},
	{"NETWORK", NETWORK, BIF},
	{"VARIABLE", VARIABLE, NETWORK},
	{"DEFINITION", DEFINITION, NETWORK},
	{"NAME", NAME, VARIABLE},
	{"OUTCOME", OUTCOME, VARIABLE},
	{"FOR", FOR, DEFINITION},
	{"GIVEN", GIVEN, DEFINITION},
	{"TABLE", TABLE, DEFINITION},
};

struct reader {
	struct fosr_bif *b;
	const char *name;
	struct fosr_err *err;
	XML_Parser xml;
	int ret;
	unsigned int depth;
	enum element at[DEPTH];
	FOSR_VEC(char) text; /* of the element that is open */
	struct fosr_bif_var def; /* of the definition that is open */
	int def_var; /* -1: FOR is still to come */
};

static int fail(struct reader *r, int code, const char *fmt, ...) FOSR_PRINTF(3, 4);

static int fail(struct reader *r, int code, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	if (r->ret)
		return r->ret;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->ret = fosr_err(r->err, code, "%s:%llu:%llu: %s", r->name, (__u64)XML_GetCurrentLineNumber(r->xml),
		(__u64)XML_GetCurrentColumnNumber(r->xml) + 1, text);
	XML_StopParser(r->xml, XML_FALSE);
	return r->ret;
}

static int oom(struct reader *r)
{
	return fail(r, -ENOMEM, "out of memory");
}

/* The open element's text as a string of the network: its offset, or -1. */
static __s64 text_keep(struct reader *r)
{
	size_t n = r->text.n, at = r->b->texts.n;

	if (!n || n >= FOSR_BIF_NAME) {
		fail(r, -EINVAL, "a name of %zu bytes, expected 1 to %d", n, FOSR_BIF_NAME - 1);
		return -1;
	}
	if (fosr_vec_reserve(&r->b->texts, at + n + 1)) {
		oom(r);
		return -1;
	}
	memcpy(r->b->texts.v + at, r->text.v, n);
	r->b->texts.v[at + n] = 0;
	r->b->texts.n += n + 1;
	return (__s64)at;
}

static void trim(struct reader *r)
{
	size_t from = 0;

	while (r->text.n && strchr(" \t\r\n", r->text.v[r->text.n - 1]))
		r->text.n--;
	while (from < r->text.n && strchr(" \t\r\n", r->text.v[from]))
		from++;
	if (from)
		memmove(r->text.v, r->text.v + from, r->text.n - from);
	r->text.n -= from;
}

static void variable_name(struct reader *r)
{
	struct fosr_bif_var *v = &r->b->vars.v[r->b->vars.n - 1];
	__s64 at = text_keep(r);

	if (at < 0)
		return;
	if (v->name != UINT32_MAX)
		fail(r, -EINVAL, "a variable with two names");
	else if (fosr_bif_find(r->b, r->b->texts.v + at) >= 0)
		fail(r, -EINVAL, "variable \"%s\" is there twice", r->b->texts.v + at);
	v->name = (__u32)at;
}

static void outcome(struct reader *r)
{
	struct fosr_bif_var *v = &r->b->vars.v[r->b->vars.n - 1];
	__s64 at = text_keep(r);
	__u32 *o;

	if (at < 0)
		return;
	if (v->outcomes == FOSR_BIF_OUTCOMES) {
		fail(r, -EFBIG, "a variable with more than %d outcomes", FOSR_BIF_OUTCOMES);
		return;
	}
	o = fosr_vec_push(&r->b->outcome);
	if (!o) {
		oom(r);
		return;
	}
	*o = (__u32)at;
	v->outcomes++;
}

static int variable_of_text(struct reader *r)
{
	int var;

	if (fosr_vec_push(&r->text))
		r->text.n--;
	else
		return oom(r);
	var = fosr_bif_find(r->b, r->text.v);
	if (var < 0)
		fail(r, -EINVAL, "\"%.60s\" is no variable of this file", r->text.v);
	return var;
}

static void given(struct reader *r)
{
	int var = variable_of_text(r);

	if (var < 0)
		return;
	if (r->def.parents == FOSR_BIF_PARENTS)
		fail(r, -EFBIG, "more than %d parents", FOSR_BIF_PARENTS);
	else
		r->def.parent[r->def.parents++] = (__u32)var;
}

static void table(struct reader *r)
{
	char *p, *end;

	if (r->def.cells) {
		fail(r, -EINVAL, "a definition with two tables");
		return;
	}
	if (!fosr_vec_push(&r->text)) { /* a NUL for strtod() */
		oom(r);
		return;
	}
	r->def.cell = (__u32)r->b->cell.n;
	for (p = r->text.v;; p = end) {
		double x = strtod(p, &end), *cell;

		if (end == p)
			break;
		if (!(x >= 0 && x <= 1 + FOSR_BIF_SLACK)) {
			fail(r, -EINVAL, "%g in a table, expected a probability", x);
			return;
		}
		if (r->b->cell.n == FOSR_BIF_CELLS) {
			fail(r, -EFBIG, "tables of more than %u values", FOSR_BIF_CELLS);
			return;
		}
		cell = fosr_vec_push(&r->b->cell);
		if (!cell) {
			oom(r);
			return;
		}
		*cell = x;
		r->def.cells++;
	}
	p += strspn(p, " \t\r\n");
	if (*p || !r->def.cells)
		fail(r, -EINVAL, "\"%.20s\" in a table, expected numbers", p);
}

static void rows_check(struct reader *r, const struct fosr_bif_var *v)
{
	for (__u32 row = 0; row < v->cells / v->outcomes; row++) {
		const double *p = r->b->cell.v + v->cell + (size_t)row * v->outcomes;
		double sum = 0;

		for (__u32 k = 0; k < v->outcomes; k++)
			sum += p[k];
		if (sum && !(sum > 1 - FOSR_BIF_SLACK && sum < 1 + FOSR_BIF_SLACK)) {
			fail(r, -EINVAL, "table of \"%s\": row %u sums to %.6f, expected 1", r->b->texts.v + v->name,
				row, sum);
			return;
		}
	}
}

static void definition_end(struct reader *r)
{
	__u64 want = 1;
	struct fosr_bif_var *v;

	if (r->def_var < 0) {
		fail(r, -EINVAL, "a definition without FOR");
		return;
	}
	v = &r->b->vars.v[r->def_var];
	if (v->cells) {
		fail(r, -EINVAL, "\"%s\" is defined twice", r->b->texts.v + v->name);
		return;
	}
	/* Each factor is at most FOSR_BIF_OUTCOMES: no overflow while the product stays below the cap. */
	want = v->outcomes;
	for (__u32 i = 0; i < r->def.parents && want <= FOSR_BIF_CELLS; i++)
		want *= r->b->vars.v[r->def.parent[i]].outcomes;
	if (!want || want != r->def.cells) {
		fail(r, -EINVAL, "table of \"%s\" has %u values, its outcomes and parents make %llu",
			r->b->texts.v + v->name, r->def.cells, want);
		return;
	}
	memcpy(v->parent, r->def.parent, sizeof(v->parent));
	v->parents = r->def.parents;
	v->cell = r->def.cell;
	v->cells = r->def.cells;
	rows_check(r, v);
}

static enum element element_of(const struct reader *r, const char *name)
{
	enum element in = r->depth ? r->at[r->depth - 1] : OTHER;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rules); i++)
		if (!strcmp(rules[i].name, name) && rules[i].in == in && (in != OTHER || !r->depth))
			return rules[i].is;
	return OTHER;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = user;
	enum element e = element_of(r, name);
	struct fosr_bif_var *v;

	if (r->ret)
		return;
	if (r->depth == DEPTH) {
		fail(r, -EINVAL, "elements nested deeper than %d", DEPTH);
		return;
	}
	if (!r->depth && e != BIF) {
		fail(r, -EINVAL, "<%.40s>, expected <BIF>: not a Bayesian network in BIFXML", name);
		return;
	}
	r->at[r->depth++] = e;
	r->text.n = 0;
	if (e == DEFINITION) {
		r->def = (struct fosr_bif_var){0};
		r->def_var = -1;
	}
	if (e != VARIABLE)
		return;
	if (r->b->vars.n == FOSR_BIF_VARS) {
		fail(r, -EFBIG, "more than %d variables", FOSR_BIF_VARS);
		return;
	}
	v = fosr_vec_push(&r->b->vars);
	if (!v) {
		oom(r);
		return;
	}
	v->name = UINT32_MAX;
	v->first = (__u32)r->b->outcome.n;
}

static void variable_end(struct reader *r)
{
	const struct fosr_bif_var *v = &r->b->vars.v[r->b->vars.n - 1];

	if (v->name == UINT32_MAX || !v->outcomes)
		fail(r, -EINVAL, "a variable without %s", v->outcomes ? "a name" : "outcomes");
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
	struct reader *r = user;
	enum element e;

	if (r->ret)
		return;
	e = r->at[--r->depth];
	trim(r);
	switch (e) {
	case VARIABLE:
		variable_end(r);
		break;
	case NAME:
		variable_name(r);
		break;
	case OUTCOME:
		outcome(r);
		break;
	case FOR:
		r->def_var = variable_of_text(r);
		break;
	case GIVEN:
		given(r);
		break;
	case TABLE:
		table(r);
		break;
	case DEFINITION:
		definition_end(r);
		break;
	default:
		break;
	}
	r->text.n = 0;
}

static void XMLCALL on_text(void *user, const XML_Char *text, int len)
{
	struct reader *r = user;
	size_t n = (size_t)len;

	if (r->ret || !r->depth || r->at[r->depth - 1] < NAME)
		return;
	if (fosr_vec_reserve(&r->text, r->text.n + n + 1)) {
		oom(r);
		return;
	}
	memcpy(r->text.v + r->text.n, text, n);
	r->text.n += n;
}

static void XMLCALL on_doctype(
	void *user, const XML_Char *name, const XML_Char *sysid, const XML_Char *pubid, int internal)
{
	fail(user, -EINVAL, "a document type, which could define entities: expected none");
}

static void run(struct reader *r, const void *data, size_t len)
{
	XML_SetUserData(r->xml, r);
	XML_SetElementHandler(r->xml, on_start, on_end);
	XML_SetCharacterDataHandler(r->xml, on_text);
	XML_SetStartDoctypeDeclHandler(r->xml, on_doctype);
	XML_SetParamEntityParsing(r->xml, XML_PARAM_ENTITY_PARSING_NEVER);
	/* Behind on_doctype(), a second lock on the same door. */
	XML_SetBillionLaughsAttackProtectionActivationThreshold(r->xml, 1u << 20);
	XML_SetBillionLaughsAttackProtectionMaximumAmplification(r->xml, 10.0f);
	if (XML_Parse(r->xml, data, (int)len, 1) != XML_STATUS_OK && !r->ret) {
		enum XML_Error code = XML_GetErrorCode(r->xml);

		fail(r, code == XML_ERROR_NO_MEMORY ? -ENOMEM : -EINVAL, "%s", XML_ErrorString(code));
	}
	if (!r->ret && !r->b->vars.n)
		fail(r, -EINVAL, "no variable");
}

int fosr_bif_parse(struct fosr_bif *b, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	struct reader r = {.b = b, .name = name, .err = err};

	*b = (struct fosr_bif){0};
	if (len > FOSR_BIF_FILE_MAX)
		return fosr_err(err, -EFBIG, "%s: %zu bytes, at most %u are read", name, len, FOSR_BIF_FILE_MAX);
	r.xml = XML_ParserCreate(NULL);
	if (!r.xml)
		return fosr_err(err, -ENOMEM, "%s: out of memory", name);
	/* A name that ends in NUL is expected of variable_of_text(). */
	run(&r, data, len);
	XML_ParserFree(r.xml);
	fosr_vec_free(&r.text);
	if (r.ret)
		fosr_bif_free(b);
	return r.ret;
}

void fosr_bif_free(struct fosr_bif *b)
{
	fosr_vec_free(&b->vars);
	fosr_vec_free(&b->outcome);
	fosr_vec_free(&b->cell);
	fosr_vec_free(&b->texts);
}

int fosr_bif_find(const struct fosr_bif *b, const char *name)
{
	for (size_t i = 0; i < b->vars.n; i++)
		if (b->vars.v[i].name != UINT32_MAX && !strcmp(b->texts.v + b->vars.v[i].name, name))
			return (int)i;
	return -ENOENT;
}

int fosr_bif_outcome(const struct fosr_bif *b, __u32 var, const char *outcome_name)
{
	for (__u32 k = 0; k < b->vars.v[var].outcomes; k++)
		if (!strcmp(fosr_bif_label(b, var, k), outcome_name))
			return (int)k;
	return -ENOENT;
}

const char *fosr_bif_name(const struct fosr_bif *b, __u32 var)
{
	return b->texts.v + b->vars.v[var].name;
}

const char *fosr_bif_label(const struct fosr_bif *b, __u32 var, __u32 k)
{
	return b->texts.v + b->outcome.v[b->vars.v[var].first + k];
}

const double *fosr_bif_row(const struct fosr_bif *b, __u32 var, const __u32 *value)
{
	const struct fosr_bif_var *v = &b->vars.v[var];
	size_t row = 0;

	for (__u32 i = 0; i < v->parents; i++)
		row = row * b->vars.v[v->parent[i]].outcomes + value[i];
	return b->cell.v + v->cell + row * v->outcomes;
}
