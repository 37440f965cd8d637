/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two formats of the rewriter share: reading records into one buffer, numbers in the file's byte order. */
#ifndef FOSR_INGEST_REWRITE_PRIV_H
#define FOSR_INGEST_REWRITE_PRIV_H

#include "fosr/csum.h"
#include "ingest/rewrite.h"

struct fosr_rewriter {
	struct fosr_rewrite *r;
	struct fosr_err *err;
	__u8 *buf; /* the record at hand, from its first byte; grows with what was read */
	size_t cap, have;
	__u64 at; /* byte offset of the record at hand */
	bool big; /* the file's byte order */
};

static inline __u32 fosr_rw_get32(const struct fosr_rewriter *w, size_t off)
{
	__u32 v = fosr_get32(w->buf + off);

	return w->big ? v : __builtin_bswap32(v);
}

static inline __u16 fosr_rw_get16(const struct fosr_rewriter *w, size_t off)
{
	__u16 v = fosr_get16(w->buf + off);

	return w->big ? v : __builtin_bswap16(v);
}

static inline void fosr_rw_put32(const struct fosr_rewriter *w, size_t off, __u32 v)
{
	fosr_put32(w->buf + off, w->big ? v : __builtin_bswap32(v));
}

/* Reads on until w->buf holds n bytes of the record. 1, 0 at the end of the file before its first byte, or -errno. */
int fosr_rw_fill(struct fosr_rewriter *w, size_t n, const char *what);

/* n bytes of w->buf from off on go out. */
int fosr_rw_copy(struct fosr_rewriter *w, size_t off, size_t n);

/* The record is done. */
void fosr_rw_next(struct fosr_rewriter *w);

/* Each begins with the bytes in w->buf that told the format. */
int fosr_rw_pcap(struct fosr_rewriter *w);
int fosr_rw_pcapng(struct fosr_rewriter *w);

#endif
