// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "fosr/tag.h"
#include "ingest/dissect.h"
#include "ingest/rewrite_priv.h"

#define CHUNK (64 * 1024) /* the buffer grows by what was read, not by what a length promises */
#define PCAPNG_SECTION 0x0a0d0d0a

int fosr_rw_fill(struct fosr_rewriter *w, size_t n, const char *what)
{
	while (w->have < n) {
		size_t step = n - w->have < CHUNK ? n - w->have : CHUNK, got;

		if (w->have + step > w->cap) {
			size_t cap = w->cap * 2 > w->have + step ? w->cap * 2 : w->have + step;
			__u8 *p = realloc(w->buf, cap);

			if (!p)
				return fosr_err(w->err, -ENOMEM, "%s: byte %llu: out of memory", w->r->name,
					(unsigned long long)w->at);
			w->buf = p;
			w->cap = cap;
		}
		got = fread(w->buf + w->have, 1, step, w->r->in);
		w->have += got;
		w->r->stats.bytes_in += got;
		if (got == step)
			continue;
		if (ferror(w->r->in))
			return fosr_err(w->err, errno ? -errno : -EIO, "%s: read at byte %llu: %s", w->r->name,
				(unsigned long long)w->r->stats.bytes_in, strerror(errno ? errno : EIO));
		if (!w->have)
			return 0;
		return fosr_err(w->err, -EINVAL,
			"%s: byte %llu: the file ends inside a %s: %zu bytes of %zu are there; 'editcap IN OUT' saves what is before it",
			w->r->name, (unsigned long long)w->at, what, w->have, n);
	}
	return 1;
}

int fosr_rw_copy(struct fosr_rewriter *w, size_t off, size_t n)
{
	w->r->stats.bytes_out += n;
	return w->r->write(w->r->write_arg, w->buf + off, n, w->err);
}

void fosr_rw_next(struct fosr_rewriter *w)
{
	w->at += w->have;
	w->have = 0;
}

/* Does what is left of the frame look like the beginning of a tag that the snap length cut? */
static bool tag_is_cut(const __u8 *frame, __u32 caplen, const struct fosr_pkt *pkt)
{
	const __u8 *p = fosr_at(frame, frame + caplen, pkt->put_off, 3);

	if (!p || !pkt->put_off)
		return false;
	if (pkt->ip_version == 4)
		return fosr_tag_is_option(p, FOSR_TAG_OPT4, FOSR_TAG_LEN4);
	return pkt->l4_proto == FOSR_PROTO_DSTOPTS && pkt->l4_off == pkt->put_off && p[1] == FOSR_TAG_LEN6 / 8 - 1 &&
		p[2] == FOSR_TAG_OPT6;
}

static bool strip_tag(int link, __u8 *frame, __u32 caplen, bool hold, __u32 *gone, struct fosr_rewrite_stats *s)
{
	struct fosr_pkt pkt;
	enum fosr_parse res;
	bool group;

	res = fosr_link_parse(link, frame, caplen, &pkt, &group);
	/* The tag may be whole where a later header is not. */
	if (res == FOSR_PARSE_TRUNCATED && !pkt.tag_off && tag_is_cut(frame, caplen, &pkt)) {
		s->cut++;
		return true;
	}
	if ((res != FOSR_PARSE_OK && res != FOSR_PARSE_TRUNCATED) || !pkt.tag_off)
		return false;
	if (hold) {
		s->unfit++;
		return true;
	}
	*gone = caplen - fosr_tag_strip(frame, caplen, &pkt);
	s->stripped += *gone != 0;
	return *gone != 0;
}

static bool clear_evil(int link, __u8 *frame, __u32 caplen, struct fosr_rewrite_stats *s)
{
	struct fosr_pkt pkt;
	bool group;

	if (fosr_link_parse(link, frame, caplen, &pkt, &group) != FOSR_PARSE_OK ||
		!fosr_evil_get(frame, frame + caplen, &pkt) || fosr_evil_set(frame, frame + caplen, &pkt, 0))
		return false;
	s->cleared++;
	return true;
}

bool fosr_rewrite_frame(
	enum fosr_rewrite_taint taint, int link, __u8 *frame, __u32 caplen, __u32 *gone, struct fosr_rewrite_stats *s)
{
	bool tainted = false;

	*gone = 0;
	if (!fosr_link_supported(link)) {
		s->other_link++;
		return false;
	}
	if (taint & FOSR_REWRITE_OPTION)
		tainted = strip_tag(link, frame, caplen, taint & FOSR_REWRITE_HOLD, gone, s);
	if (taint & FOSR_REWRITE_EVIL_BIT)
		tainted |= clear_evil(link, frame + *gone, caplen - *gone, s);
	return tainted;
}

static int not_a_capture(struct fosr_rewriter *w, __u32 magic)
{
	if (magic >> 16 == 0x1f8b)
		return fosr_err(w->err, -EINVAL, "%s: is compressed by gzip; gunzip it first", w->r->name);
	if (magic == 0xa1b2cd34 || magic == 0x34cdb2a1)
		return fosr_err(w->err, -EINVAL,
			"%s: is a pcap of the \"modified\" kind; convert it: editcap -F pcap IN OUT", w->r->name);
	return fosr_err(
		w->err, -EINVAL, "%s: byte 0: magic number %#010x is neither pcap's nor pcapng's", w->r->name, magic);
}

static int run(struct fosr_rewriter *w)
{
	int ret = fosr_rw_fill(w, 4, "magic number");
	__u32 magic;

	if (!ret)
		return fosr_err(w->err, -ENODATA, "%s: is empty; a capture has at least a 24-byte header", w->r->name);
	if (ret < 0)
		return ret;
	magic = fosr_get32(w->buf);
	switch (magic) {
	case PCAPNG_SECTION:
		return fosr_rw_pcapng(w);
	case 0xa1b2c3d4:
	case 0xa1b23c4d:
		w->big = true;
		return fosr_rw_pcap(w);
	case 0xd4c3b2a1:
	case 0x4d3cb2a1:
		return fosr_rw_pcap(w);
	default:
		return not_a_capture(w, magic);
	}
}

int fosr_rewrite_run(struct fosr_rewrite *r, struct fosr_err *err)
{
	struct fosr_rewriter w = {.r = r, .err = err};
	int ret;

	memset(&r->stats, 0, sizeof(r->stats));
	ret = run(&w);
	free(w.buf);
	return ret;
}
