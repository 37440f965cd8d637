/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The families, for the table in model.c. */
#ifndef FOSR_MODEL_FAMILIES_H
#define FOSR_MODEL_FAMILIES_H

#include "model/model.h"

extern const struct fosr_model_ops fosr_model_hist;
extern const struct fosr_model_ops fosr_model_bn;
extern const struct fosr_model_ops fosr_model_markov;
extern const struct fosr_model_ops fosr_model_tadam;

#endif
