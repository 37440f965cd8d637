// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/grammar.h"

#include <netinet/in.h>

#define TCP 1
#define UDP 2
#define BOTH (TCP | UDP)

#define ROW(service, l4, name) {service, l4, fosr_say_##name},

static const struct {
	const char *service;
	__u8 l4;
	fosr_grammar_fn *say;
} rows[] = {FOSR_GRAMMARS(ROW)};

static fosr_grammar_fn *find(const char *service, __u8 l4)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++)
		if (rows[i].l4 & (l4 == IPPROTO_TCP ? TCP : UDP) && !strcmp(rows[i].service, service))
			return rows[i].say;
	return NULL;
}

bool fosr_grammar_has(const char *service, __u8 l4)
{
	return find(service, l4);
}

fosr_grammar_fn *fosr_grammar_find(const char *service, __u8 l4)
{
	fosr_grammar_fn *say = find(service, l4);

	return say ? say : fosr_say_other;
}

void fosr_grammar_window(fosr_grammar_fn *say, const struct fosr_speech *m, __u32 off, __u32 len, __u8 *out)
{
	struct fosr_pen pen = {.out = out, .from = off, .to = off + len, .len = m->len};

	say(m, &pen);
	fosr_pen_end(&pen);
}
