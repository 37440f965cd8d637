// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Services without a grammar of their own: a line of text that says which message it is, then lines of letters.
 * Dissectors that try what they are given (heuristics) do not take it for theirs.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

void fosr_say_other(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len >= 24)
		fosr_pen_print(p, "data %u %u\r\n", m->turn, m->len);
	fosr_pen_lines(p, fosr_pen_room(p), fosr_mix64(m->seed + m->turn * 2 + m->dir));
}
