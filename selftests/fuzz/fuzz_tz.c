// SPDX-License-Identifier: GPL-3.0-or-later
/* Files of time zones from bytes, and rules: whatever is read is in order and within bounds over any span. */
#include <stdlib.h>
#include <string.h>

#include "base/tz.h"
#include "base/tz_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void check(const struct fosr_tz *tz, __u64 from, __u64 to)
{
	const struct fosr_tz_change *c = tz->changes.v;

	require(tz->changes.n && c[0].from_ns == from);
	for (size_t i = 0; i < tz->changes.n; i++) {
		require(c[i].from_ns <= to && c[i].offset_s > -170 * 3600 && c[i].offset_s < 170 * 3600);
		require(!i || (c[i - 1].from_ns < c[i].from_ns && c[i - 1].offset_s != c[i].offset_s));
		require(fosr_tz_offset_ns(tz, c[i].from_ns) == c[i].offset_s * (__s64)FOSR_NS_PER_S);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const __u64 span[][2] = {
		{0, FOSR_TZ_END_NS}, {1741000000ULL * FOSR_NS_PER_S, 1763000000ULL * FOSR_NS_PER_S}};
	struct fosr_tz_rule rule;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(span); i++) {
		struct fosr_tz *tz = NULL;
		struct fosr_err err = {0};
		int ret = fosr_tz_parse(data, size, "fuzz", span[i][0], span[i][1], &tz, &err);

		require(!ret == !!tz);
		if (tz)
			check(tz, span[i][0], span[i][1]);
		else
			require(err.code == ret && !strncmp(err.text, "time zone fuzz: ", 16));
		fosr_tz_free(tz);
	}
	if (!fosr_tz_rule_parse(&rule, (const char *)data, size) && rule.saving)
		for (int y = 1969; y < 2263; y++)
			fosr_tz_rule_change(&rule, y, y % 2);
	return 0;
}
