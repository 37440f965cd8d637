// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Classic pcap: a file header of 24 bytes (magic, version, two reserved words, snap length, link type), and records of
 * seconds, fraction, captured length, original length, bytes.
 */
#include <pcap/pcap.h>

#include "ingest/dissect.h"
#include "ingest/rewrite_priv.h"

#define FILE_HEADER 24
#define OFF_LINK 20
#define LINK_MASK 0x03ffffff /* above it: the length of the frame check sequence */
#define RECORD_HEADER 16
#define OFF_CAPLEN 8
#define OFF_ORIGLEN 12

int fosr_rw_pcap_head(struct fosr_rewriter *w, const __u8 *p, size_t have, struct fosr_rw_piece *piece)
{
	const char *name;
	int link;

	/* The pieces behind it are others'. */
	if (w->link)
		return fosr_rw_more(w, 1, "record");
	if (have < FILE_HEADER)
		return fosr_rw_more(w, FILE_HEADER, "file header");
	link = (int)(fosr_rw_get32(w->big, p + OFF_LINK) & LINK_MASK);
	name = pcap_datalink_val_to_name(link);
	w->link = fosr_link_of(link);
	if (!w->link)
		return fosr_err(w->err, -EPROTONOSUPPORT, "%s: link type %s (%d) is not supported; supported are %s",
			w->r->name, name ? name : "unknown", link, fosr_link_list);
	piece->len = FILE_HEADER;
	return 1;
}

static void shorten(__u8 *record, const struct fosr_rw_piece *piece, __u32 n)
{
	__u32 origlen = fosr_rw_get32(piece->big, record + OFF_ORIGLEN);

	fosr_rw_put32(piece->big, record + OFF_CAPLEN, piece->caplen - n);
	fosr_rw_put32(piece->big, record + OFF_ORIGLEN, origlen > n ? origlen - n : 0);
}

int fosr_rw_pcap(struct fosr_rewriter *w, const __u8 *p, size_t have, struct fosr_rw_piece *piece)
{
	__u32 caplen;

	if (have < RECORD_HEADER)
		return fosr_rw_more(w, RECORD_HEADER, "packet header");
	caplen = fosr_rw_get32(w->big, p + OFF_CAPLEN);
	if (caplen > FOSR_REWRITE_RECORD_MAX)
		return fosr_err(w->err, -EFBIG,
			"%s: byte %llu: packet %llu claims %u captured bytes; at most %u are taken", w->r->name, w->at,
			w->packets + 1, caplen, FOSR_REWRITE_RECORD_MAX);
	if (have < RECORD_HEADER + caplen)
		return fosr_rw_more(w, RECORD_HEADER + caplen, "packet");
	w->packets++;
	*piece = (struct fosr_rw_piece){
		.len = RECORD_HEADER + caplen,
		.data = RECORD_HEADER,
		.caplen = caplen,
		.taint = w->r->taint,
		.link = w->link,
		.big = w->big,
		.shorten = shorten,
	};
	return 1;
}
