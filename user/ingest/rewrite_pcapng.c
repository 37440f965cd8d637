// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * pcapng: blocks of type, total length, body, total length again. Sections begin with a byte-order mark and number
 * their interfaces from 0.
 */
#include <string.h>

#include "base/intr.h"
#include "base/vec.h"
#include "ingest/rewrite_priv.h"

#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 2 /* obsolete */
#define BLOCK_SIMPLE 3
#define BLOCK_ENHANCED 6
#define BYTE_ORDER_MARK 0x1a2b3c4d
#define BLOCK_MIN 12
#define SECTION_MIN 28
#define INTERFACE_MIN 20
#define ENHANCED_MIN 32 /* and of the obsolete one */
#define ENHANCED_DATA 28
#define ENHANCED_CAPLEN 20
#define ENHANCED_ORIGLEN 24
#define SIMPLE_MIN 16
#define SIMPLE_DATA 12
#define SIMPLE_ORIGLEN 8
#define POLL_EVERY 1024 /* blocks */

struct iface {
	__u32 snaplen; /* 0: none */
	__u16 link;
};

struct section {
	FOSR_VEC(struct iface) ifaces;
};

static int bad_block(struct fosr_rewriter *w, const char *what, __u32 value)
{
	return fosr_err(
		w->err, -EINVAL, "%s: block at byte %llu: %s (%u)", w->r->name, (unsigned long long)w->at, what, value);
}

/* The block's first 12 bytes are there; settles the byte order of a new section, and reads the rest. */
static int whole_block(struct fosr_rewriter *w, __u32 *type, __u32 *len)
{
	__u32 least = BLOCK_MIN;
	int ret;

	*type = fosr_rw_get32(w, 0);
	if (*type == BLOCK_SECTION) {
		w->big = fosr_get32(w->buf + 8) == BYTE_ORDER_MARK;
		if (fosr_rw_get32(w, 8) != BYTE_ORDER_MARK)
			return bad_block(w, "a section without byte-order mark", fosr_get32(w->buf + 8));
		least = SECTION_MIN;
	}
	*len = fosr_rw_get32(w, 4);
	if (*len < least)
		return bad_block(w, "its length is less than its kind has", *len);
	if (*len % 4)
		return bad_block(w, "its length is no multiple of 4", *len);
	if (*len > FOSR_REWRITE_BLOCK_MAX)
		return bad_block(w, "its length is more than the 16 MiB that are taken", *len);
	ret = fosr_rw_fill(w, *len, "block");
	if (ret < 0)
		return ret;
	if (fosr_rw_get32(w, *len - 4) != *len)
		return bad_block(w, "the length at its end is another", fosr_rw_get32(w, *len - 4));
	return 0;
}

static int interface(struct fosr_rewriter *w, struct section *s, __u32 len)
{
	struct iface *i;

	if (len < INTERFACE_MIN)
		return bad_block(w, "an interface description too short", len);
	if (s->ifaces.n >= FOSR_REWRITE_INTERFACES_MAX)
		return bad_block(w, "more interfaces in a section than are taken", FOSR_REWRITE_INTERFACES_MAX);
	i = fosr_vec_push(&s->ifaces);
	if (!i)
		return fosr_err(w->err, -ENOMEM, "%s: byte %llu: out of memory", w->r->name, (unsigned long long)w->at);
	i->link = fosr_rw_get16(w, 8);
	i->snaplen = fosr_rw_get32(w, 12);
	return fosr_rw_copy(w, 0, len);
}

/* Writes the block without the `gone` bytes at off; lengths that stand before off are already right. */
static int copy_without(struct fosr_rewriter *w, __u32 len, __u32 off, __u32 gone)
{
	int ret;

	w->r->stats.written++;
	if (gone) {
		fosr_rw_put32(w, 4, len - gone);
		fosr_rw_put32(w, len - 4, len - gone);
	}
	ret = fosr_rw_copy(w, 0, off);
	return ret ? ret : fosr_rw_copy(w, off + gone, len - off - gone);
}

static int packet(struct fosr_rewriter *w, struct section *s, __u32 type, __u32 len)
{
	__u32 caplen, origlen, index, gone;

	if (len < ENHANCED_MIN)
		return bad_block(w, "a packet block too short", len);
	index = type == BLOCK_PACKET ? fosr_rw_get16(w, 8) : fosr_rw_get32(w, 8);
	caplen = fosr_rw_get32(w, ENHANCED_CAPLEN);
	origlen = fosr_rw_get32(w, ENHANCED_ORIGLEN);
	if (index >= s->ifaces.n)
		return bad_block(w, "a packet of an interface that was not described", index);
	if (caplen > len - ENHANCED_MIN)
		return bad_block(w, "a packet longer than its block", caplen);
	w->r->stats.packets++;
	if (!fosr_rewrite_frame(
		    w->r->taint, s->ifaces.v[index].link, w->buf + ENHANCED_DATA, caplen, &gone, &w->r->stats) &&
		w->r->only_tagged)
		return 0;
	if (gone) {
		fosr_rw_put32(w, ENHANCED_CAPLEN, caplen - gone);
		fosr_rw_put32(w, ENHANCED_ORIGLEN, origlen > gone ? origlen - gone : 0);
	}
	return copy_without(w, len, ENHANCED_DATA, gone);
}

/* A reader takes min(original length, snap length) bytes: right after stripping only if the packet was not snapped. */
static int simple_packet(struct fosr_rewriter *w, struct section *s, __u32 len)
{
	enum fosr_rewrite_taint taint = w->r->taint;
	__u32 caplen, origlen, gone;

	if (len < SIMPLE_MIN)
		return bad_block(w, "a simple packet block too short", len);
	if (!s->ifaces.n)
		return bad_block(w, "a simple packet before any interface was described", 0);
	caplen = origlen = fosr_rw_get32(w, SIMPLE_ORIGLEN);
	if (s->ifaces.v[0].snaplen && caplen > s->ifaces.v[0].snaplen)
		caplen = s->ifaces.v[0].snaplen;
	if (caplen > len - SIMPLE_MIN)
		return bad_block(w, "a packet longer than its block", caplen);
	w->r->stats.packets++;
	if (caplen < origlen)
		taint |= FOSR_REWRITE_HOLD;
	if (!fosr_rewrite_frame(taint, s->ifaces.v[0].link, w->buf + SIMPLE_DATA, caplen, &gone, &w->r->stats) &&
		w->r->only_tagged)
		return 0;
	if (gone)
		fosr_rw_put32(w, SIMPLE_ORIGLEN, origlen - gone);
	return copy_without(w, len, SIMPLE_DATA, gone);
}

static int block(struct fosr_rewriter *w, struct section *s)
{
	__u32 type = 0, len = 0;
	int ret = whole_block(w, &type, &len);

	if (ret)
		return ret;
	switch (type) {
	case BLOCK_SECTION:
		s->ifaces.n = 0;
		return fosr_rw_copy(w, 0, len);
	case BLOCK_INTERFACE:
		return interface(w, s, len);
	case BLOCK_ENHANCED:
	case BLOCK_PACKET:
		return packet(w, s, type, len);
	case BLOCK_SIMPLE:
		return simple_packet(w, s, len);
	default:
		return fosr_rw_copy(w, 0, len);
	}
}

int fosr_rw_pcapng(struct fosr_rewriter *w)
{
	struct section s = {0};
	__u64 blocks = 0;
	int ret;

	while ((ret = fosr_rw_fill(w, BLOCK_MIN, "block header")) == 1) {
		ret = block(w, &s);
		fosr_rw_next(w);
		if (!ret && ++blocks % POLL_EVERY == 0) {
			if (w->r->progress)
				w->r->progress(w->r->progress_arg, w->r->stats.bytes_in);
			if (fosr_interrupted())
				ret = fosr_err(w->err, -EINTR, "interrupted");
		}
		if (ret)
			break;
	}
	fosr_vec_free(&s.ifaces);
	return ret;
}
