// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/rewrite.h"

#include <string.h>

#include "base/intr.h"
#include "ingest/rewrite_priv.h"

#define PCAPNG_SECTION 0x0a0d0d0a
#define MAGIC_LEN 4
#define WINDOW (1u << 20) /* bytes of records that are worked on at once, if they are not longer than that */

/* Pieces of a window, and the frames in them. */
struct window {
	__u8 *base;
	__u32 used, n, items;
	struct fosr_rw_piece piece[FOSR_UNTAINT_ITEMS];
	struct fosr_untaint_item item[FOSR_UNTAINT_ITEMS];
	__u8 *room; /* lent by the target */
	__u32 room_len, filled;
};

void fosr_rewrite_strip(__u8 *base, struct fosr_untaint_item *item, __u32 n)
{
	for (__u32 i = 0; i < n; i++) {
		__u8 *frame = base + item[i].off, *end = frame + item[i].caplen;
		struct fosr_pkt pkt;
		enum fosr_parse res;

		if (item[i].caplen >= FOSR_UNTAINT_PLAIN && fosr_untaint_plain(&item[i], frame))
			continue;
		res = fosr_parse_link((enum fosr_link)item[i].link, frame, end, &pkt);
		fosr_untaint_frame(&item[i], frame, end, res, &pkt);
	}
}

static int not_a_capture(const struct fosr_rewriter *w, __u32 magic)
{
	if (magic >> 16 == 0x1f8b)
		return fosr_err(w->err, -EINVAL, "%s: is compressed by gzip; gunzip it first", w->r->name);
	if (magic == 0xa1b2cd34 || magic == 0x34cdb2a1)
		return fosr_err(w->err, -EINVAL,
			"%s: is a pcap of the \"modified\" kind; convert it: editcap -F pcap IN OUT", w->r->name);
	return fosr_err(
		w->err, -EINVAL, "%s: byte 0: magic number %#010x is neither pcap's nor pcapng's", w->r->name, magic);
}

/* Room for n bytes behind what was filled. */
static __u8 *room_for(struct fosr_rewriter *w, struct window *win, __u32 n)
{
	struct fosr_rewrite_target *t = &w->r->target;

	if (win->room_len - win->filled < n) {
		if (win->room)
			t->commit(t->arg, win->filled);
		win->filled = 0;
		win->room_len = FOSR_REWRITE_ROOM;
		win->room = t->room(t->arg, FOSR_REWRITE_ROOM, w->err);
		if (!win->room)
			return NULL;
	}
	return win->room + win->filled;
}

static int put(struct fosr_rewriter *w, struct window *win, const __u8 *p, __u32 n)
{
	w->r->stats.bytes_out += n;
	while (n) {
		__u32 part = n < FOSR_REWRITE_ROOM ? n : FOSR_REWRITE_ROOM;
		__u8 *to = room_for(w, win, part);

		if (!to)
			return w->err->code ? w->err->code : -EIO;
		memcpy(to, p, part);
		win->filled += part;
		p += part;
		n -= part;
	}
	return 0;
}

static void count(struct fosr_rewrite_stats *s, const struct fosr_untaint_item *item)
{
	s->control += !!(item->found & FOSR_UNTAINT_CONTROL);
	s->stripped += !!(item->found & FOSR_UNTAINT_STRIPPED);
	s->cleared += !!(item->found & FOSR_UNTAINT_CLEARED);
	s->cut += !!(item->found & FOSR_UNTAINT_CUT);
	s->unfit += !!(item->found & FOSR_UNTAINT_HELD);
	s->other_link += item->link == FOSR_LINK_NONE;
}

/* A record without what was taken off its frame. */
static int put_record(struct fosr_rewriter *w, struct window *win, __u8 *record, const struct fosr_rw_piece *piece,
	const struct fosr_untaint_item *item)
{
	__u32 data = piece->data + item->gone;
	int ret;

	count(&w->r->stats, item);
	w->r->stats.packets++;
	if (item->found & FOSR_UNTAINT_CONTROL || (!item->found && w->r->only_tagged))
		return 0;
	w->r->stats.written++;
	if (item->gone)
		piece->shorten(record, piece, item->gone);
	ret = put(w, win, record, piece->data);
	return ret ? ret : put(w, win, record + data, piece->len - data);
}

static int put_window(struct fosr_rewriter *w, struct window *win)
{
	const struct fosr_untaint_item *item = win->item;
	__u8 *p = win->base;
	int ret = 0;

	for (__u32 i = 0; i < win->n && !ret; i++) {
		const struct fosr_rw_piece *piece = &win->piece[i];

		ret = piece->shorten ? put_record(w, win, p, piece, item++) : put(w, win, p, piece->len);
		p += piece->len;
	}
	return ret;
}

/* As many pieces as are whole. 1 if there are any, 0 with w->need, or -errno. */
static int fill_window(struct fosr_rewriter *w, struct window *win, fosr_rw_next *next, size_t have)
{
	int ret = 1;

	win->used = win->n = win->items = 0;
	while (win->n < FOSR_UNTAINT_ITEMS && win->used < WINDOW) {
		struct fosr_rw_piece *piece = &win->piece[win->n];

		*piece = (struct fosr_rw_piece){0};
		ret = next(w, win->base + win->used, have - win->used, piece);
		if (ret <= 0)
			break;
		if (piece->shorten)
			win->item[win->items++] = (struct fosr_untaint_item){
				.off = win->used + piece->data,
				.caplen = piece->caplen,
				.link = (__u8)piece->link,
				.taint = piece->taint,
			};
		win->n++;
		win->used += piece->len;
		w->at += piece->len;
	}
	return ret < 0 ? ret : win->n > 0;
}

static int work(struct fosr_rewriter *w, struct window *win)
{
	int ret = 0;

	if (!w->r->strip)
		fosr_rewrite_strip(win->base, win->item, win->items);
	else if (win->items)
		ret = w->r->strip(w->r->strip_arg, win->base, win->item, win->items, w->err);
	return ret ? ret : put_window(w, win);
}

static int truncated(const struct fosr_rewriter *w, size_t have)
{
	return fosr_err(w->err, -EINVAL,
		"%s: byte %llu: the file ends inside a %s: %zu bytes of %zu are there; 'editcap IN OUT' saves what is before it",
		w->r->name, w->at, w->what, have, w->need);
}

/* All pieces of the source, beginning with the format's own. */
static int pieces(struct fosr_rewriter *w, struct window *win, fosr_rw_next *first, fosr_rw_next *next)
{
	struct fosr_rewrite_source *s = &w->r->source;
	size_t have;
	int ret;

	fosr_rw_more(w, MAGIC_LEN, "magic number");
	for (;;) {
		win->base = s->peek(s->arg, w->need, &have, w->err);
		if (!win->base)
			return w->err->code;
		if (have < w->need)
			return have ? truncated(w, have) : 0;
		ret = fill_window(w, win, first ? first : next, have);
		if (ret < 0)
			return ret;
		if (!ret)
			continue;
		first = NULL;
		ret = work(w, win);
		if (ret)
			return ret;
		s->drop(s->arg, win->used);
		w->r->stats.bytes_in += win->used;
		fosr_rw_more(w, 1, "record");
		if (w->r->progress)
			w->r->progress(w->r->progress_arg, w->r->stats.bytes_in);
		if (fosr_interrupted())
			return fosr_err(w->err, -EINTR, "interrupted");
	}
}

static int by_magic(struct fosr_rewriter *w, struct window *win)
{
	struct fosr_rewrite_source *s = &w->r->source;
	size_t have;
	const __u8 *p = s->peek(s->arg, MAGIC_LEN, &have, w->err);
	__u32 magic;

	if (!p)
		return w->err->code;
	if (!have)
		return fosr_err(w->err, -ENODATA, "%s: is empty; a capture has at least a 24-byte header", w->r->name);
	fosr_rw_more(w, MAGIC_LEN, "magic number");
	if (have < MAGIC_LEN)
		return truncated(w, have);
	magic = fosr_get32(p);
	switch (magic) {
	case PCAPNG_SECTION:
		return pieces(w, win, NULL, fosr_rw_pcapng);
	case 0xa1b2c3d4:
	case 0xa1b23c4d:
		w->big = true;
		return pieces(w, win, fosr_rw_pcap_head, fosr_rw_pcap);
	case 0xd4c3b2a1:
	case 0x4d3cb2a1:
		return pieces(w, win, fosr_rw_pcap_head, fosr_rw_pcap);
	default:
		return not_a_capture(w, magic);
	}
}

int fosr_rewrite_run(struct fosr_rewrite *r, struct fosr_err *err)
{
	struct fosr_rewriter w = {.r = r, .err = err};
	struct window *win = calloc(1, sizeof(*win));
	int ret;

	memset(&r->stats, 0, sizeof(r->stats));
	if (!win)
		return fosr_err(err, -ENOMEM, "out of memory");
	ret = by_magic(&w, win);
	if (win->room)
		r->target.commit(r->target.arg, win->filled);
	fosr_vec_free(&w.ifaces);
	free(win);
	return ret;
}
