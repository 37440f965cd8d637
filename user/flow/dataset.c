// SPDX-License-Identifier: GPL-3.0-or-later
#include "flow/dataset.h"

void fosr_dataset_free(struct fosr_dataset *d)
{
	fosr_vec_free(&d->flows);
	fosr_vec_free(&d->steps);
	fosr_vec_free(&d->services.list);
	fosr_vec_free(&d->watched);
}

__u64 fosr_dataset_covered_ns(const struct fosr_dataset *d)
{
	__u64 sum = 0;

	for (size_t i = 0; i < d->watched.n; i++)
		sum += d->watched.v[i].to_ns - d->watched.v[i].from_ns;
	return sum;
}
