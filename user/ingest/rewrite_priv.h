/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the two formats of the rewriter share: pieces of a capture, and numbers in the file's byte order. */
#ifndef FOSR_INGEST_REWRITE_PRIV_H
#define FOSR_INGEST_REWRITE_PRIV_H

#include "base/vec.h"
#include "ingest/rewrite.h"

/* A stretch of the input that goes out as it is, or a record with a frame in it. */
struct fosr_rw_piece {
	__u32 len;
	__u32 data; /* offset of the frame */
	__u32 caplen;
	__u8 taint; /* FOSR_UNTAINT_*, what may come off */
	enum fosr_link link;
	bool big; /* byte order of its section */
	/* Takes n bytes off the lengths that stand in the record; NULL: no frame. */
	void (*shorten)(__u8 *record, const struct fosr_rw_piece *piece, __u32 n);
};

struct fosr_rw_iface {
	__u32 snaplen; /* 0: none */
	enum fosr_link link;
};

struct fosr_rewriter {
	struct fosr_rewrite *r;
	struct fosr_err *err;
	__u64 at; /* byte offset of the record at hand */
	bool big; /* the file's byte order */
	enum fosr_link link; /* pcap */
	FOSR_VEC(struct fosr_rw_iface) ifaces; /* pcapng: of this section */
	__u64 packets; /* found so far */
	/* of next(), when it needs more bytes than there are */
	size_t need;
	const char *what; /* they are */
};

static inline __u32 fosr_rw_get32(bool big, const __u8 *p)
{
	__u32 v = fosr_get32(p);

	return big ? v : __builtin_bswap32(v);
}

static inline __u16 fosr_rw_get16(bool big, const __u8 *p)
{
	__u16 v = fosr_get16(p);

	return big ? v : __builtin_bswap16(v);
}

static inline void fosr_rw_put32(bool big, __u8 *p, __u32 v)
{
	fosr_put32(p, big ? v : __builtin_bswap32(v));
}

/*
 * The piece at p, of which `have` bytes are there. 1 and the piece, 0 with w->need and w->what if it is longer, or
 * -errno.
 */
typedef int fosr_rw_next(struct fosr_rewriter *w, const __u8 *p, size_t have, struct fosr_rw_piece *piece);
fosr_rw_next fosr_rw_pcap_head, fosr_rw_pcap, fosr_rw_pcapng;

static inline int fosr_rw_more(struct fosr_rewriter *w, size_t need, const char *what)
{
	w->need = need;
	w->what = what;
	return 0;
}

#endif
