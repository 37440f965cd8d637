// SPDX-License-Identifier: GPL-3.0-or-later
/* A capture of any bytes through untaint. What carried no taint comes out as it went in; what came out can be read. */
#include "memcapture.h"

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size);

#define ANY (FOSR_UNTAINT_OPTION | FOSR_UNTAINT_EVIL_BIT)

static int rewrite(
	const __u8 *bytes, size_t size, __u8 taint, bool only, struct memcapture *m, struct fosr_rewrite_stats *stats)
{
	struct fosr_rewrite r = {.name = "fuzz", .taint = taint, .only_tagged = only};
	struct fosr_err err = {0};
	int ret = memcapture_run(m, &r, bytes, size, &err);

	if (ret && !err.text[0])
		abort();
	*stats = r.stats;
	return ret;
}

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size)
{
	struct memcapture once = {0}, again = {0};
	struct fosr_rewrite_stats stats, other;
	int ret;

	if (!size)
		return 0;
	ret = rewrite(bytes, size, ANY, false, &once, &stats);
	if (once.out.n > size || stats.stripped + stats.cleared > 2 * stats.packets)
		abort();
	if (!ret && !stats.stripped && !stats.cleared && (once.out.n != size || memcmp(once.out.v, bytes, size)))
		abort();
	/* In small steps: the same. */
	again.step = 1 + size % 61;
	if (rewrite(bytes, size, ANY, false, &again, &other) != ret ||
		(!ret && (again.out.n != once.out.n || memcmp(again.out.v, once.out.v, once.out.n))))
		abort();
	again.step = 0;
	if (!ret && rewrite(once.out.v, once.out.n, FOSR_UNTAINT_OPTION, false, &again, &other))
		abort();
	if (!ret && other.packets != stats.packets)
		abort();
	if (rewrite(bytes, size, FOSR_UNTAINT_OPTION, true, &again, &other) != ret || again.out.n > size)
		abort();
	fosr_vec_free(&once.out);
	fosr_vec_free(&again.out);
	return 0;
}
