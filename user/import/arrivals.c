// SPDX-License-Identifier: GPL-3.0-or-later
/* When flows start: Fos-R's bins of a local day onto quarters of an hour, every weekday the same. */
#include <math.h>

#include "import/build.h"
#include "model/hist.h"

#define V01_PER_SECOND 2.0 /* what create-pcap of Fos-R v0.1 has built in */
#define WINDOWS_PER_BIN (86400.0 / FOSR_DAY_BINS / 5)

/* Flows per quarter of an hour: a bin's flows are even inside it. */
static void resample(const struct fosr_fh *h, double per[FOSR_DAY_BINS])
{
	double ratio = (double)h->bin.n / FOSR_DAY_BINS; /* bins per quarter */

	for (int q = 0; q < FOSR_DAY_BINS; q++) {
		double from = q * ratio, to = (q + 1) * ratio;

		per[q] = 0;
		for (size_t k = (size_t)from; k < h->bin.n && (double)k < to; k++)
			per[q] += (double)h->bin.v[k] * (fmin(to, (double)k + 1) - fmax(from, (double)k));
	}
}

static void tell(const struct fosr_import_build *b)
{
	size_t n = b->dir.histogram.bin.n;

	if (!n)
		fosr_report_add(b->report, FOSR_KEPT,
			"arrivals: %g flows a second at any time, as Fos-R v0.1 has built in", V01_PER_SECOND);
	else if (n != FOSR_DAY_BINS)
		fosr_report_add(b->report, FOSR_REPAIRED,
			"time_profile.json: %zu bins, each of %.2f s (%zu edges were asked for, and make one bin less); Fos-R "
			"takes them for %zu s each and the rest of the day for the last; now %d bins of 900 s, with the same "
			"%.0f flows a day",
			n, 86400.0 / (double)n, n + 1, 86400 / n, FOSR_DAY_BINS, b->per_day);
	else
		fosr_report_add(b->report, FOSR_KEPT, "time_profile.json: %zu bins, %.0f flows a day", n, b->per_day);
}

int fosr_import_arrivals(struct fosr_import_build *b, struct fosr_tensors *out, struct fosr_err *err)
{
	struct fosr_hist *h = calloc(1, sizeof(*h));
	double per[FOSR_DAY_BINS], sum = 0;
	int ret;

	if (!h)
		return fosr_err(err, -ENOMEM, "out of memory");
	for (int q = 0; q < FOSR_DAY_BINS; q++)
		per[q] = V01_PER_SECOND * 86400 / FOSR_DAY_BINS;
	if (b->dir.histogram.bin.n)
		resample(&b->dir.histogram, per);
	for (int i = 0; i < FOSR_WEEK_BINS; i++)
		h->rate_q32[i] = (__u64)fmin(
			rint(per[i % FOSR_DAY_BINS] / WINDOWS_PER_BIN * 4294967296.0), (double)FOSR_HIST_RATE_MAX_Q32);
	for (int q = 0; q < FOSR_DAY_BINS; q++)
		sum += per[q];
	if (!(b->per_day > 0)) {
		b->per_day = sum;
		tell(b);
	}
	ret = fosr_hist_save(fosr_model_stage_name[FOSR_ARRIVALS], h, out, err);
	free(h);
	return ret;
}
