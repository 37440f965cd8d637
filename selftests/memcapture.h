/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A capture in memory through the rewriter: bytes come `step` at a time (0: all that there are), so that records end
 * anywhere; what comes out is collected.
 */
#ifndef SELFTESTS_MEMCAPTURE_H
#define SELFTESTS_MEMCAPTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "ingest/rewrite.h"

struct memcapture {
	__u8 *in; /* a copy: the rewriter changes it */
	size_t n, at, step;
	FOSR_VEC(__u8) out;
	int refuse; /* -errno of every room asked for */
};

static inline __u8 *memcapture_peek(void *arg, size_t n, size_t *have, struct fosr_err *err)
{
	struct memcapture *m = arg;
	size_t left = m->n - m->at, most = m->step > n ? m->step : n;

	*have = m->step && left > most ? most : left;
	return m->in + m->at;
}

static inline void memcapture_drop(void *arg, size_t n)
{
	((struct memcapture *)arg)->at += n;
}

static inline __u8 *memcapture_room(void *arg, __u32 n, struct fosr_err *err)
{
	struct memcapture *m = arg;

	if (m->refuse) {
		fosr_err(err, m->refuse, "refused");
		return NULL;
	}
	return fosr_vec_reserve(&m->out, m->out.n + n) ? NULL : m->out.v + m->out.n;
}

static inline void memcapture_commit(void *arg, __u32 n)
{
	((struct memcapture *)arg)->out.n += n;
}

/* r has taint, only_tagged, strip; the rest is set here. What came out is in m->out, to be freed. */
static inline int memcapture_run(
	struct memcapture *m, struct fosr_rewrite *r, const void *bytes, size_t n, struct fosr_err *err)
{
	int ret;

	m->in = malloc(n + FOSR_UNTAINT_WINDOW);
	if (!m->in)
		abort();
	if (n)
		memcpy(m->in, bytes, n);
	m->n = n;
	m->at = 0;
	m->out.n = 0;
	r->source = (struct fosr_rewrite_source){memcapture_peek, memcapture_drop, m};
	r->target = (struct fosr_rewrite_target){memcapture_room, memcapture_commit, m};
	ret = fosr_rewrite_run(r, err);
	free(m->in);
	m->in = NULL;
	return ret;
}

#endif
