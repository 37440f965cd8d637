/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Worker threads for work that falls into independent tasks. The caller is worker 0 and works too; tasks are taken in
 * order, one by one, by whoever is free. Nothing about a result may depend on who did it.
 */
#ifndef FOSR_BASE_POOL_H
#define FOSR_BASE_POOL_H

#include "base/err.h"

#define FOSR_POOL_MAX 64

struct fosr_pool;

/* `workers` of them, the caller included: with 1 no thread is made. */
int fosr_pool_open(struct fosr_pool **out, unsigned int workers, struct fosr_err *err);

/* Has tasks 0..n - 1 done and returns when all of them are. */
void fosr_pool_run(struct fosr_pool *p, void (*task)(void *arg, unsigned int worker, size_t i), void *arg, size_t n);

/* The same in two halves: between them the caller may do something else. Every start is followed by one join. */
void fosr_pool_start(struct fosr_pool *p, void (*task)(void *arg, unsigned int worker, size_t i), void *arg, size_t n);
void fosr_pool_join(struct fosr_pool *p);

unsigned int fosr_pool_workers(const struct fosr_pool *p);

/* NULL is allowed. */
void fosr_pool_close(struct fosr_pool *p);

#endif
