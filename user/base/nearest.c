// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/nearest.h"

#include <string.h>

#define WORD_MAX 48 /* longer words are nobody's typing mistake */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static unsigned int min3(unsigned int a, unsigned int b, unsigned int c)
{
	if (b < a)
		a = b;
	return c < a ? c : a;
}

static unsigned int distance(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned int row[3][WORD_MAX + 1];

	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int *now = row[i % 3], *above = row[(i - 1) % 3], *above2 = row[(i + 1) % 3];

		now[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			bool same = lower(a[i - 1]) == lower(b[j - 1]);

			now[j] = min3(above[j] + 1, now[j - 1] + 1, above[j - 1] + !same);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
				lower(a[i - 2]) == lower(b[j - 1]) && above2[j - 2] + 1 < now[j])
				now[j] = above2[j - 2] + 1;
		}
	}
	return row[la % 3][lb];
}

void fosr_nearest_offer(struct fosr_nearest *n, const char *candidate)
{
	size_t la = strlen(n->word), lb = strlen(candidate);
	unsigned int d;

	if (!la || la > WORD_MAX || lb > WORD_MAX)
		return;
	d = distance(n->word, la, candidate, lb);
	if (la >= 3 && la < lb && !strncasecmp(n->word, candidate, la))
		d = 1;
	if (d > 1 + (la > lb ? la : lb) / 4 || d >= la || d >= n->distance)
		return;
	n->distance = d;
	n->best = candidate;
}
