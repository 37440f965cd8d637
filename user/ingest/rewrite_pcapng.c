// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * pcapng: blocks of type, total length, body, total length again. Sections begin with a byte-order mark and number
 * their interfaces from 0.
 */
#include "ingest/dissect.h"
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

static int bad_block(const struct fosr_rewriter *w, const char *what, __u32 value)
{
	return fosr_err(w->err, -EINVAL, "%s: block at byte %llu: %s (%u)", w->r->name, w->at, what, value);
}

/* Settles the byte order of a new section. 1 when the block is whole and as long as it says. */
static int whole_block(struct fosr_rewriter *w, const __u8 *p, size_t have, __u32 *type, __u32 *len)
{
	__u32 least = BLOCK_MIN;

	if (have < BLOCK_MIN)
		return fosr_rw_more(w, BLOCK_MIN, "block header");
	*type = fosr_rw_get32(w->big, p);
	if (*type == BLOCK_SECTION) {
		w->big = fosr_get32(p + 8) == BYTE_ORDER_MARK;
		if (fosr_rw_get32(w->big, p + 8) != BYTE_ORDER_MARK)
			return bad_block(w, "a section without byte-order mark", fosr_get32(p + 8));
		least = SECTION_MIN;
	}
	*len = fosr_rw_get32(w->big, p + 4);
	if (*len < least)
		return bad_block(w, "its length is less than its kind has", *len);
	if (*len % 4)
		return bad_block(w, "its length is no multiple of 4", *len);
	if (*len > FOSR_REWRITE_BLOCK_MAX)
		return bad_block(w, "its length is more than the 16 MiB that are taken", *len);
	if (have < *len)
		return fosr_rw_more(w, *len, "block");
	if (fosr_rw_get32(w->big, p + *len - 4) != *len)
		return bad_block(w, "the length at its end is another", fosr_rw_get32(w->big, p + *len - 4));
	return 1;
}

static int interface(struct fosr_rewriter *w, const __u8 *p, __u32 len)
{
	struct fosr_rw_iface *i;

	if (len < INTERFACE_MIN)
		return bad_block(w, "an interface description too short", len);
	if (w->ifaces.n >= FOSR_REWRITE_INTERFACES_MAX)
		return bad_block(w, "more interfaces in a section than are taken", FOSR_REWRITE_INTERFACES_MAX);
	i = fosr_vec_push(&w->ifaces);
	if (!i)
		return fosr_err(w->err, -ENOMEM, "%s: byte %llu: out of memory", w->r->name, w->at);
	i->link = fosr_link_of(fosr_rw_get16(w->big, p + 8));
	i->snaplen = fosr_rw_get32(w->big, p + 12);
	return 1;
}

static void shorten_block(__u8 *record, const struct fosr_rw_piece *piece, __u32 n)
{
	fosr_rw_put32(piece->big, record + 4, piece->len - n);
	fosr_rw_put32(piece->big, record + piece->len - 4, piece->len - n);
}

static void shorten_packet(__u8 *record, const struct fosr_rw_piece *piece, __u32 n)
{
	__u32 origlen = fosr_rw_get32(piece->big, record + ENHANCED_ORIGLEN);

	shorten_block(record, piece, n);
	fosr_rw_put32(piece->big, record + ENHANCED_CAPLEN, piece->caplen - n);
	fosr_rw_put32(piece->big, record + ENHANCED_ORIGLEN, origlen > n ? origlen - n : 0);
}

static void shorten_simple(__u8 *record, const struct fosr_rw_piece *piece, __u32 n)
{
	shorten_block(record, piece, n);
	fosr_rw_put32(piece->big, record + SIMPLE_ORIGLEN, fosr_rw_get32(piece->big, record + SIMPLE_ORIGLEN) - n);
}

static int packet(struct fosr_rewriter *w, const __u8 *p, __u32 type, struct fosr_rw_piece *piece)
{
	__u32 index;

	if (piece->len < ENHANCED_MIN)
		return bad_block(w, "a packet block too short", piece->len);
	index = type == BLOCK_PACKET ? fosr_rw_get16(w->big, p + 8) : fosr_rw_get32(w->big, p + 8);
	piece->caplen = fosr_rw_get32(w->big, p + ENHANCED_CAPLEN);
	if (index >= w->ifaces.n)
		return bad_block(w, "a packet of an interface that was not described", index);
	if (piece->caplen > piece->len - ENHANCED_MIN)
		return bad_block(w, "a packet longer than its block", piece->caplen);
	piece->data = ENHANCED_DATA;
	piece->link = w->ifaces.v[index].link;
	piece->taint = w->r->taint;
	piece->shorten = shorten_packet;
	return 1;
}

/* A reader takes min(original length, snap length) bytes: right after stripping only if the packet was not snapped. */
static int simple_packet(struct fosr_rewriter *w, const __u8 *p, struct fosr_rw_piece *piece)
{
	__u32 origlen;

	if (piece->len < SIMPLE_MIN)
		return bad_block(w, "a simple packet block too short", piece->len);
	if (!w->ifaces.n)
		return bad_block(w, "a simple packet before any interface was described", 0);
	piece->caplen = origlen = fosr_rw_get32(w->big, p + SIMPLE_ORIGLEN);
	if (w->ifaces.v[0].snaplen && piece->caplen > w->ifaces.v[0].snaplen)
		piece->caplen = w->ifaces.v[0].snaplen;
	if (piece->caplen > piece->len - SIMPLE_MIN)
		return bad_block(w, "a packet longer than its block", piece->caplen);
	piece->data = SIMPLE_DATA;
	piece->link = w->ifaces.v[0].link;
	piece->taint = (__u8)(w->r->taint | (piece->caplen < origlen ? FOSR_UNTAINT_HOLD : 0));
	piece->shorten = shorten_simple;
	return 1;
}

int fosr_rw_pcapng(struct fosr_rewriter *w, const __u8 *p, size_t have, struct fosr_rw_piece *piece)
{
	__u32 type = 0;
	int ret = whole_block(w, p, have, &type, &piece->len);

	if (ret <= 0)
		return ret;
	piece->big = w->big;
	switch (type) {
	case BLOCK_SECTION:
		w->ifaces.n = 0;
		return 1;
	case BLOCK_INTERFACE:
		return interface(w, p, piece->len);
	case BLOCK_ENHANCED:
	case BLOCK_PACKET:
		return packet(w, p, type, piece);
	case BLOCK_SIMPLE:
		return simple_packet(w, p, piece);
	default:
		return 1;
	}
}
