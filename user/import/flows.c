// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/flows.h"

#include <math.h>
#include <netinet/in.h>

#include "import/gap.h"

#define NEGLIGIBLE 1e-7

enum fosr_import_end fosr_import_end_of(enum fosr_end_state end, __u8 l4)
{
	if (l4 != IPPROTO_TCP)
		return FOSR_IMPORT_NEITHER;
	switch (end) {
	case FOSR_SF:
	case FOSR_S2:
	case FOSR_S3:
	case FOSR_SH:
	case FOSR_SHR:
		return FOSR_IMPORT_FIN;
	case FOSR_REJ:
	case FOSR_RSTO:
	case FOSR_RSTR:
	case FOSR_RSTOS0:
	case FOSR_RSTRH:
		return FOSR_IMPORT_RST;
	default:
		return FOSR_IMPORT_NEITHER;
	}
}

void fosr_import_flows_free(struct fosr_import_flows *f)
{
	for (size_t i = 0; i < f->service.n; i++) {
		fosr_vec_free(&f->service.v[i].port);
		for (int k = 0; k < FOSR_IMPORT_CLASSES; k++)
			fosr_vec_free(&f->service.v[i].in[k]);
	}
	for (int d = 0; d < 2; d++) {
		for (size_t i = 0; i < f->counts[d].n; i++)
			fosr_vec_free(&f->counts[d].v[i].piece);
		fosr_vec_free(&f->counts[d]);
	}
	fosr_vec_free(&f->service);
	fosr_vec_free(&f->out);
}

static int piece(struct fosr_import_counts *c, __u32 lo, __u32 hi, double weight)
{
	struct fosr_import_piece *p = fosr_vec_push(&c->piece);

	if (!p)
		return -ENOMEM;
	*p = (struct fosr_import_piece){lo, hi, weight};
	return 0;
}

int fosr_import_counts_uniform(struct fosr_import_flows *f, enum fosr_dir dir, __u32 lo, __u32 hi)
{
	struct fosr_import_counts *c = fosr_vec_push(&f->counts[dir]);

	return c && !piece(c, lo, hi, 1) ? (int)f->counts[dir].n - 1 : -ENOMEM;
}

/* Where counts begin that are rounded to n. */
static double below(double n, double mean, double sd)
{
	return fosr_normal_cdf((n - 0.5 - mean) / sd);
}

int fosr_import_counts_gauss(struct fosr_import_flows *f, enum fosr_dir dir, double mean, double var, __u32 least)
{
	double sd = sqrt(fmax(var, 1e-6)), sum = 1 - below(least, mean, sd);
	struct fosr_import_counts *c;
	int ret = 0;

	if (sum < 1e-9) /* all of it is below what is possible */
		return fosr_import_counts_uniform(f, dir, least, least);
	c = fosr_vec_push(&f->counts[dir]);
	if (!c)
		return -ENOMEM;
	/* Count categories are narrow enough to be even inside. */
	for (int k = 0; k < FOSR_COUNT_CATEGORIES && !ret; k++) {
		__u32 first, n = fosr_count_range((__u8)k, &first), from = first < least ? least : first;
		double weight = first + n > from ? below((double)first + n, mean, sd) - below(from, mean, sd) : 0;

		if (weight > NEGLIGIBLE * sum)
			ret = piece(c, from, first + n - 1, weight / sum);
	}
	return ret ? ret : (int)f->counts[dir].n - 1;
}
