// SPDX-License-Identifier: GPL-3.0-or-later
#include "flow/dataset.h"

void fosr_dataset_free(struct fosr_dataset *d)
{
	fosr_vec_free(&d->flows);
	fosr_vec_free(&d->steps);
	fosr_vec_free(&d->services.list);
}
