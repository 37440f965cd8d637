/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Taking taints off frames of a capture, many at a time: what the BPF program strip_batch and user space do to each, by
 * the same lines.
 */
#ifndef FOSR_UNTAINT_H
#define FOSR_UNTAINT_H

#include <fosr/link.h>
#include <fosr/tag.h>

/* What is to come off. */
#define FOSR_UNTAINT_OPTION 1 /* our IP option or extension header */
#define FOSR_UNTAINT_EVIL_BIT 2 /* the reserved bit of the IPv4 flags */
#define FOSR_UNTAINT_HOLD 4 /* a tag is only told of, and stays */

/* What was found. */
#define FOSR_UNTAINT_STRIPPED 1 /* a tag is off */
#define FOSR_UNTAINT_CLEARED 2 /* an evil bit is off */
#define FOSR_UNTAINT_CUT 4 /* a tag that the snap length cut is still there */
#define FOSR_UNTAINT_HELD 8 /* a tag is still there, as asked */
#define FOSR_UNTAINT_CONTROL 16 /* the tag is that of a frame between injectors, which is no traffic */

/* One frame in a buffer. */
struct fosr_untaint_item {
	__u32 off;
	__u32 caplen;
	__u8 link; /* enum fosr_link */
	__u8 taint;
	__u8 found; /* out */
	__u8 gone; /* out: the frame begins so many bytes later */
	__u32 pad;
};
_Static_assert(sizeof(struct fosr_untaint_item) == 16, "struct fosr_untaint_item has holes");

#define FOSR_UNTAINT_ITEMS 4096 /* of one call */
#define FOSR_UNTAINT_ROW 8 /* items are worked on in rows; what fills up the last one is all zero */
/* Headers that matter lie in so many bytes of a frame; the buffer goes on for at least as many behind each. */
#define FOSR_UNTAINT_WINDOW 65536

/* Does what is left of the frame look like the beginning of a tag that the snap length cut? */
static __always_inline int fosr_tag_is_cut(const __u8 *frame, const __u8 *frame_end, const struct fosr_pkt *pkt)
{
	const __u8 *p;

	if (!pkt->put_off)
		return 0;
	p = fosr_at(frame, frame_end, pkt->put_off, 3);
	if (!p)
		return 0;
	if (pkt->ip_version == 4)
		return fosr_tag_is_option(p, FOSR_TAG_OPT4, FOSR_TAG_LEN4);
	return pkt->l4_proto == FOSR_PROTO_DSTOPTS && pkt->l4_off == pkt->put_off && p[1] == FOSR_TAG_LEN6 / 8 - 1 &&
		p[2] == FOSR_TAG_OPT6;
}

/* Eight bytes as loaded from memory, in which those at offset `at` and at + 1 become v, big-endian. */
static __always_inline __u64 fosr_word_set16(__u64 word, __u32 at, __u16 v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return (word & ~(0xffffULL << 8 * at)) | (__u64)FOSR_BE16(v) << 8 * at;
#else
	return (word & ~(0xffffULL << (48 - 8 * at))) | (__u64)v << (48 - 8 * at);
#endif
}

/*
 * What fosr_csum_update() makes of the check when a tag goes, whose 32-bit words, as loaded, sum to `words`; in fewer
 * steps. Sums count modulo 0xffff, where swapping a word's bytes is multiplying by 256 (RFC 1071, 2(B)); a multiple of
 * 0xffff keeps this one above 0. With the tag go 7 words of header length and 28 bytes of total length.
 */
static __always_inline __u16 fosr_plain_check(__u16 check, __u64 words)
{
	__u64 sum = (__u16)~check + (0xffffULL << 32) - (FOSR_TAG_LEN4 / 4 << 8) - FOSR_TAG_LEN4;

	if (check == 0xffff)
		return check;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	words <<= 8;
#endif
	sum -= words;
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (__u16)~sum;
}

#define FOSR_UNTAINT_PLAIN (FOSR_ETH_LEN + FOSR_IP4_LEN + FOSR_TAG_LEN4)

/* The tag in front of layer 4 of a plain frame comes off; see fosr_untaint_plain(). */
static __always_inline void fosr_plain_strip(__u8 *frame, __u32 vihl_tos, __u32 tot_len)
{
	const __u8 *ip = frame + FOSR_ETH_LEN, *tag = ip + FOSR_IP4_LEN;
	__u64 words = 0, head[4];
	__u16 rest;
	__u32 i;

#ifdef __bpf__
#pragma unroll
#endif
	for (i = 0; i < FOSR_TAG_LEN4 / 4; i++)
		words += FOSR_LOAD(__u32, tag + 4 * i);
		/* 34 bytes, 28 further on; the fields are changed on the way, since what was just stored in parts is
		 * slow to load as a whole. */
#ifdef __bpf__
#pragma unroll
#endif
	for (i = 0; i < 4; i++)
		head[i] = FOSR_LOAD(__u64, frame + 8 * i);
	rest = FOSR_LOAD(__u16, frame + 32);
	head[1] = fosr_word_set16(head[1], 6, (__u16)(vihl_tos - (FOSR_TAG_LEN4 / 4 << 8)));
	head[2] = fosr_word_set16(head[2], 0, (__u16)(tot_len - FOSR_TAG_LEN4));
	head[3] = fosr_word_set16(head[3], 0, fosr_plain_check(fosr_get16(ip + 10), words));
#ifdef __bpf__
#pragma unroll
#endif
	for (i = 0; i < 4; i++)
		FOSR_STORE(__u64, frame + FOSR_TAG_LEN4 + 8 * i, head[i]);
	FOSR_STORE(__u16, frame + FOSR_TAG_LEN4 + 32, rest);
}

/*
 * What most frames are, if one kind of taint is asked for: Ethernet and IPv4, where the tag is directly behind the base
 * header; all at fixed places, of which FOSR_UNTAINT_PLAIN bytes can be read. 1: done, as fosr_untaint_frame() does it;
 * 0: something else, and nothing was changed.
 */
static __always_inline int fosr_untaint_plain(struct fosr_untaint_item *item, __u8 *frame)
{
	__u8 *ip = frame + FOSR_ETH_LEN, *tag = ip + FOSR_IP4_LEN;
	__u32 hlen = 4 * (ip[0] & 0x0f), tot_len = fosr_get16(ip + 2), vihl_tos = fosr_get16(ip);
	__u16 flags = fosr_get16(ip + 6);

	if (item->link != FOSR_LINK_ETH || fosr_get16(frame + 12) != FOSR_ETH_IP4 || vihl_tos >> 12 != 4 ||
		hlen < FOSR_IP4_LEN || tot_len < hlen || item->caplen < FOSR_ETH_LEN + hlen)
		return 0;
	item->found = item->gone = 0;
	if (item->taint == FOSR_UNTAINT_EVIL_BIT && flags >> 15) {
		fosr_put16(ip + 6, flags & 0x7fff);
		fosr_put16(ip + 10, fosr_csum_update(fosr_get16(ip + 10), flags, flags & 0x7fff));
		item->found = FOSR_UNTAINT_CLEARED;
	} else if (item->taint == FOSR_UNTAINT_OPTION) {
		if (hlen < FOSR_IP4_LEN + FOSR_TAG_LEN4 || !fosr_tag_is_option(tag, FOSR_TAG_OPT4, FOSR_TAG_LEN4))
			return 1;
		item->found = FOSR_UNTAINT_STRIPPED | (tag[2] & FOSR_TAG_F_CONTROL ? FOSR_UNTAINT_CONTROL : 0);
		fosr_plain_strip(frame, vihl_tos, tot_len);
		item->gone = FOSR_TAG_LEN4;
	} else if (item->taint != FOSR_UNTAINT_EVIL_BIT) {
		return 0;
	}
	return 1;
}

/*
 * Takes off what item->taint says; res and pkt are from fosr_parse_link() over the frame. The tag may be whole where a
 * later header is not. An evil bit is looked for behind where a tag was.
 */
static __always_inline void fosr_untaint_frame(
	struct fosr_untaint_item *item, __u8 *frame, __u8 *frame_end, enum fosr_parse res, const struct fosr_pkt *pkt)
{
	__u8 found = 0, gone = 0, flags;

	if (item->taint & FOSR_UNTAINT_EVIL_BIT && res == FOSR_PARSE_OK && fosr_evil_get(frame, frame_end, pkt) &&
		!fosr_evil_set(frame, frame_end, pkt, 0))
		found |= FOSR_UNTAINT_CLEARED;
	if (item->taint & FOSR_UNTAINT_OPTION && (res == FOSR_PARSE_OK || res == FOSR_PARSE_TRUNCATED)) {
		flags = pkt->tag_off ? fosr_tag_flags(frame, frame_end, pkt) : 0;
		found |= flags & FOSR_TAG_F_CONTROL ? FOSR_UNTAINT_CONTROL : 0;
		if (!pkt->tag_off) {
			if (res == FOSR_PARSE_TRUNCATED && fosr_tag_is_cut(frame, frame_end, pkt))
				found |= FOSR_UNTAINT_CUT;
		} else if (item->taint & FOSR_UNTAINT_HOLD) {
			found |= FOSR_UNTAINT_HELD;
		} else if (!fosr_tag_take(frame, frame_end, pkt)) {
			found |= FOSR_UNTAINT_STRIPPED;
			gone = (__u8)fosr_tag_len(pkt);
		}
	}
	item->found = found;
	item->gone = gone;
}

#endif
