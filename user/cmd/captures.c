// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/captures.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "cli/out.h"

int fosr_capture_line_start(
	struct fosr_capture_line *l, struct fosr_ctx *ctx, const char *what, char *const *captures, int n)
{
	struct stat st;

	l->before = calloc((size_t)n + 1, sizeof(*l->before));
	if (!l->before)
		return fosr_err(&ctx->err, -ENOMEM, "out of memory");
	for (int i = 0; i < n; i++)
		l->before[i + 1] = l->before[i] + (stat(captures[i], &st) ? 0 : (__u64)st.st_size);
	fosr_progress_start(&l->p, ctx, what, "B", l->before[n]);
	return 0;
}

void fosr_capture_line_update(void *arg, size_t file, __u64 done, __u64 total)
{
	struct fosr_capture_line *l = arg;

	fosr_progress_update(&l->p, l->before[file] + done);
}

void fosr_capture_line_end(struct fosr_capture_line *l)
{
	fosr_progress_end(&l->p);
	free(l->before);
	l->before = NULL;
}

void fosr_packets_report(struct fosr_ctx *ctx, const struct fosr_ingest_stats *in)
{
	json_t *fates = json_object();

	for (int f = 0; f < FOSR_PKT_FATES; f++) {
		json_object_set_new(fates, fosr_pkt_fate_name[f], json_integer((json_int_t)in->fate[f]));
		if (f != FOSR_PKT_KEPT && in->fate[f])
			fosr_out(ctx, "left out  %llu packets: %s\n", in->fate[f], fosr_pkt_fate_name[f]);
	}
	json_object_set_new(ctx->json, "packets_read", json_integer((json_int_t)in->packets));
	json_object_set_new(ctx->json, "packets", fates);
}
