// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Classic pcap: a file header of 24 bytes (magic, version, two reserved words, snap length, link type), and records of
 * seconds, fraction, captured length, original length, bytes.
 */
#include <pcap/pcap.h>

#include "base/intr.h"
#include "ingest/dissect.h"
#include "ingest/rewrite_priv.h"

#define FILE_HEADER 24
#define OFF_LINK 20
#define LINK_MASK 0x03ffffff /* above it: the length of the frame check sequence */
#define RECORD_HEADER 16
#define OFF_CAPLEN 8
#define OFF_ORIGLEN 12
#define POLL_EVERY 1024 /* records */

static int file_header(struct fosr_rewriter *w, int *link)
{
	int ret = fosr_rw_fill(w, FILE_HEADER, "file header");
	const char *name;

	if (ret < 0)
		return ret;
	*link = (int)(fosr_rw_get32(w, OFF_LINK) & LINK_MASK);
	name = pcap_datalink_val_to_name(*link);
	if (!fosr_link_supported(*link))
		return fosr_err(w->err, -EPROTONOSUPPORT, "%s: link type %s (%d) is not supported; supported are %s",
			w->r->name, name ? name : "unknown", *link, fosr_link_list);
	ret = fosr_rw_copy(w, 0, FILE_HEADER);
	fosr_rw_next(w);
	return ret;
}

static int record(struct fosr_rewriter *w, int link)
{
	__u32 caplen = fosr_rw_get32(w, OFF_CAPLEN), origlen = fosr_rw_get32(w, OFF_ORIGLEN), gone;
	int ret;

	if (caplen > FOSR_REWRITE_RECORD_MAX)
		return fosr_err(w->err, -EFBIG,
			"%s: byte %llu: packet %llu claims %u captured bytes; at most %u are taken", w->r->name,
			(unsigned long long)w->at, (unsigned long long)w->r->stats.packets + 1, caplen,
			FOSR_REWRITE_RECORD_MAX);
	ret = fosr_rw_fill(w, RECORD_HEADER + caplen, "packet");
	if (ret < 0)
		return ret;
	w->r->stats.packets++;
	if (!fosr_rewrite_frame(w->r->taint, link, w->buf + RECORD_HEADER, caplen, &gone, &w->r->stats) &&
		w->r->only_tagged)
		return 0;
	if (gone) {
		fosr_rw_put32(w, OFF_CAPLEN, caplen - gone);
		fosr_rw_put32(w, OFF_ORIGLEN, origlen > gone ? origlen - gone : 0);
	}
	w->r->stats.written++;
	ret = fosr_rw_copy(w, 0, RECORD_HEADER);
	return ret ? ret : fosr_rw_copy(w, RECORD_HEADER + gone, caplen - gone);
}

int fosr_rw_pcap(struct fosr_rewriter *w)
{
	int link = 0, ret = file_header(w, &link);

	while (!ret) {
		ret = fosr_rw_fill(w, RECORD_HEADER, "packet header");
		if (ret <= 0)
			return ret;
		ret = record(w, link);
		fosr_rw_next(w);
		if (ret || w->r->stats.packets % POLL_EVERY)
			continue;
		if (w->r->progress)
			w->r->progress(w->r->progress_arg, w->r->stats.bytes_in);
		if (fosr_interrupted())
			ret = fosr_err(w->err, -EINTR, "interrupted");
	}
	return ret;
}
