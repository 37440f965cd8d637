// SPDX-License-Identifier: GPL-3.0-or-later
/* A capture of any bytes through untaint. What carried no taint comes out as it went in; what came out can be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "ingest/rewrite.h"

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size);

struct bytes {
	FOSR_VEC(__u8) b;
};

static int collect(void *arg, const void *data, size_t len, struct fosr_err *err)
{
	struct bytes *out = arg;

	if (fosr_vec_reserve(&out->b, out->b.n + len))
		return fosr_err(err, -ENOMEM, "out of memory");
	if (len)
		memcpy(out->b.v + out->b.n, data, len);
	out->b.n += len;
	return 0;
}

static int rewrite(const __u8 *bytes, size_t size, enum fosr_rewrite_taint taint, bool only, struct bytes *out,
	struct fosr_rewrite_stats *stats)
{
	struct fosr_rewrite r = {
		.name = "fuzz", .write = collect, .write_arg = out, .taint = taint, .only_tagged = only};
	struct fosr_err err = {0};
	int ret;

	r.in = fmemopen((void *)bytes, size, "rb");
	if (!r.in)
		abort();
	ret = fosr_rewrite_run(&r, &err);
	if (ret && !err.text[0])
		abort();
	fclose(r.in);
	*stats = r.stats;
	return ret;
}

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size)
{
	struct bytes once = {{0}}, twice = {{0}}, only = {{0}};
	struct fosr_rewrite_stats stats, again;
	int ret;

	if (!size)
		return 0;
	ret = rewrite(bytes, size, FOSR_REWRITE_ANY, false, &once, &stats);
	if (once.b.n > size || stats.stripped + stats.cleared > 2 * stats.packets)
		abort();
	if (!ret && !stats.stripped && !stats.cleared && (once.b.n != size || memcmp(once.b.v, bytes, size)))
		abort();
	if (!ret && rewrite(once.b.v, once.b.n, FOSR_REWRITE_OPTION, false, &twice, &again))
		abort();
	if (!ret && again.packets != stats.packets)
		abort();
	if (rewrite(bytes, size, FOSR_REWRITE_OPTION, true, &only, &again) != ret || only.b.n > size)
		abort();
	fosr_vec_free(&once.b);
	fosr_vec_free(&twice.b);
	fosr_vec_free(&only.b);
	return 0;
}
