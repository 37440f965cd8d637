// SPDX-License-Identifier: GPL-3.0-or-later
/* Networks from bytes: what is read can be looked at from end to end; what is refused says where and leaks nothing. */
#include <stdlib.h>
#include <string.h>

#include "import/bifxml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void walk(const struct fosr_bif *b)
{
	for (__u32 v = 0; v < b->vars.n; v++) {
		const struct fosr_bif_var *var = &b->vars.v[v];
		__u32 last[FOSR_BIF_PARENTS];
		double sum = 0;

		require(fosr_bif_find(b, fosr_bif_name(b, v)) == (int)v && var->outcomes);
		for (__u32 k = 0; k < var->outcomes; k++)
			require(fosr_bif_outcome(b, v, fosr_bif_label(b, v, k)) <= (int)k);
		for (__u32 i = 0; i < var->parents; i++)
			last[i] = b->vars.v[var->parent[i]].outcomes - 1;
		if (!var->cells)
			continue;
		for (__u32 k = 0; k < var->outcomes; k++)
			sum += fosr_bif_row(b, v, last)[k];
		require(sum < 1.01);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fosr_bif b;
	struct fosr_err err = {0};
	int ret = fosr_bif_parse(&b, data, size, "fuzz", &err);

	if (ret) {
		require(err.code == ret && !strncmp(err.text, "fuzz:", 5));
		return 0;
	}
	walk(&b);
	fosr_bif_free(&b);
	return 0;
}
