// SPDX-License-Identifier: GPL-3.0-or-later
/* Automata from bytes, and what is made of them: every one that is unfolded is one that walks can use. */
#include <stdlib.h>
#include <string.h>

#include "import/unfold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void unfold(const struct fosr_ta *ta, bool payloads)
{
	struct fosr_unfold u = {.payloads = payloads, .mss = 1460, .gap_scale = 1};
	struct fosr_automata a = {0};
	struct fosr_err err = {0};
	double sum = 0;
	int ret = fosr_unfold(&u, ta, "fuzz", &a, &err);

	if (ret) {
		require(err.code == ret && err.text[0]);
	} else {
		for (int g = 0; g < FOSR_END_STATES; g++)
			sum += u.share[g];
		require(a.list.n && sum > 0.999 && sum < 1.001);
		require(!fosr_automata_check(&a, "fuzz", &err));
	}
	fosr_automata_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fosr_ta ta;
	struct fosr_err err = {0};
	int ret = fosr_ta_parse(&ta, data, size, "fuzz", &err);

	if (ret) {
		require(err.code == ret && !strncmp(err.text, "fuzz:", 5));
		return 0;
	}
	for (size_t i = 0; i < ta.edge.n; i++)
		require(ta.edge.v[i].from < ta.states && ta.edge.v[i].to < ta.states &&
			ta.edge.v[i].payload + ta.edge.v[i].payloads <= ta.payload.n);
	for (size_t i = 0; i < ta.payload.n; i++)
		require(ta.payload.v[i].at == FOSR_TA_NONE || ta.payload.v[i].at + ta.payload.v[i].len <= ta.bytes.n);
	/* Time, not correctness, is what large ones cost. */
	if (ta.edge.n <= 64)
		unfold(&ta, size & 1);
	fosr_ta_free(&ta);
	return 0;
}
