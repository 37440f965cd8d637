/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The tag: an IPv4 option or an IPv6 Destination Options header that names the packet a frame is. Encode, decode, mac,
 * insert and strip, the same lines for BPF and for user space. Layout, all numbers big-endian:
 *
 *	IPv4, first option of the header      IPv6, Destination Options directly behind the base or Hop-by-Hop header
 *	                                       0  next header      1  3 (32 bytes)
 *	 0  222        1  28                   2  0x1e             3  26
 *	 2  version << 4 | flags               4  version << 4 | flags
 *	 3  key id                             5  key id
 *	 4  campaign (4)                       6  campaign (4)
 *	 8  flow (8)                          10  flow (8)
 *	16  step (4)                          18  step (4)
 *	20  mac (8)                           22  mac (8)
 *	                                      30  1, 0 (PadN)
 *
 * The mac is SipHash-2-4 (Aumasson and Bernstein 2012) over 32 bytes for IPv4, 56 for IPv6:
 *
 *	 0  version << 4 | flags    1  key id    2  l4 protocol    3  IP version, 4 or 6
 *	 4  campaign (4)    8  flow (8)    16  step (4)    20  zero (4)    24  source address, destination address
 *
 * The L4 protocol is struct fosr_pkt's l4_proto: of the header behind all extension headers.
 * An option of our type with another length or version is not our tag: the frame counts as untagged and is not changed.
 */
#ifndef FOSR_TAG_H
#define FOSR_TAG_H

#include <fosr/parse.h>

struct fosr_tag {
	__u64 flow;
	__u32 campaign;
	__u32 step; /* index of the packet in its flow, both directions counted together */
	__u8 flags; /* FOSR_TAG_F_*, 4 bits */
	__u8 key_id;
	__u8 pad[6];
};
_Static_assert(sizeof(struct fosr_tag) == 24, "struct fosr_tag has holes");

/* The most bytes that are moved to make or close the gap: link header with two VLAN tags, IPv6, Hop-by-Hop. */
#define FOSR_HEAD_MAX (24 + FOSR_IP6_LEN + FOSR_HOPOPTS_MAX)

#define FOSR_ROTL(x, b) ((x) << (b) | (x) >> (64 - (b)))

static __always_inline void fosr_sip_round(__u64 v[4])
{
	v[0] += v[1];
	v[1] = FOSR_ROTL(v[1], 13) ^ v[0];
	v[0] = FOSR_ROTL(v[0], 32);
	v[2] += v[3];
	v[3] = FOSR_ROTL(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = FOSR_ROTL(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = FOSR_ROTL(v[1], 17) ^ v[2];
	v[2] = FOSR_ROTL(v[2], 32);
}

static __always_inline void fosr_sip_absorb(__u64 v[4], __u64 word)
{
	v[3] ^= word;
	fosr_sip_round(v);
	fosr_sip_round(v);
	v[0] ^= word;
}

/* SipHash-2-4 of n words (n a constant in BPF), each 8 message bytes read as a little-endian number. */
static __always_inline __u64 fosr_siphash(const struct fosr_secret *key, const __u64 *words, __u32 n)
{
	__u64 v[4] = {key->k0 ^ 0x736f6d6570736575ULL, key->k1 ^ 0x646f72616e646f6dULL, key->k0 ^ 0x6c7967656e657261ULL,
		key->k1 ^ 0x7465646279746573ULL};
	__u32 i;

#ifdef __bpf__
#pragma unroll
#endif
	for (i = 0; i < n; i++)
		fosr_sip_absorb(v, words[i]);
	fosr_sip_absorb(v, (__u64)(n * 8 & 0xff) << 56);
	v[2] ^= 0xff;
	fosr_sip_round(v);
	fosr_sip_round(v);
	fosr_sip_round(v);
	fosr_sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static __always_inline __u64 fosr_le64(const __u8 *p)
{
	return FOSR_LE32(FOSR_LOAD(__u32, p)) | (__u64)FOSR_LE32(FOSR_LOAD(__u32, p + 4)) << 32;
}

/* 16 key bytes as SipHash reads them. */
static __always_inline struct fosr_secret fosr_secret_load(const __u8 *key)
{
	struct fosr_secret s = {fosr_le64(key), fosr_le64(key + 8)};

	return s;
}

/* The mac of a tag in a packet with pkt's addresses, l4_proto and ip_version; pkt's other fields do not matter. */
static __always_inline __u64 fosr_tag_mac(
	const struct fosr_tag *tag, const struct fosr_secret *secret, const struct fosr_pkt *pkt)
{
	__u64 w[7];

	w[0] = (__u64)(FOSR_TAG_VERSION << 4 | (tag->flags & FOSR_TAG_F_MASK)) | (__u64)tag->key_id << 8 |
		(__u64)pkt->l4_proto << 16 | (__u64)pkt->ip_version << 24 |
		(__u64)__builtin_bswap32(tag->campaign) << 32;
	w[1] = __builtin_bswap64(tag->flow);
	w[2] = __builtin_bswap32(tag->step);
	if (pkt->ip_version == 4) {
		w[3] = FOSR_LE32(FOSR_LOAD(__u32, pkt->src)) | (__u64)FOSR_LE32(FOSR_LOAD(__u32, pkt->dst)) << 32;
		return fosr_siphash(secret, w, 4);
	}
	w[3] = fosr_le64(pkt->src);
	w[4] = fosr_le64(pkt->src + 8);
	w[5] = fosr_le64(pkt->dst);
	w[6] = fosr_le64(pkt->dst + 8);
	return fosr_siphash(secret, w, 7);
}

static __always_inline void fosr_tag_encode(__u8 *p, __u8 type, __u8 len, const struct fosr_tag *tag, __u64 mac)
{
	p[0] = type;
	p[1] = len;
	p[2] = FOSR_TAG_VERSION << 4 | (tag->flags & FOSR_TAG_F_MASK);
	p[3] = tag->key_id;
	fosr_put32(p + 4, tag->campaign);
	fosr_put64(p + 8, tag->flow);
	fosr_put32(p + 16, tag->step);
	fosr_put64(p + 20, mac);
}

/* FOSR_TAG_LEN4 bytes at p. */
static __always_inline void fosr_tag_encode4(__u8 *p, const struct fosr_tag *tag, __u64 mac)
{
	fosr_tag_encode(p, FOSR_TAG_OPT4, FOSR_TAG_LEN4, tag, mac);
}

/* FOSR_TAG_LEN6 bytes at p; next: the type of the header that follows. */
static __always_inline void fosr_tag_encode6(__u8 *p, __u8 next, const struct fosr_tag *tag, __u64 mac)
{
	p[0] = next;
	p[1] = FOSR_TAG_LEN6 / 8 - 1;
	fosr_tag_encode(p + 2, FOSR_TAG_OPT6, FOSR_TAG_LEN4 - 2, tag, mac);
	p[30] = 1;
	p[31] = 0;
}

/* The tag the parser found (tag_off not 0), and the mac it carries, which is yet to be compared with fosr_tag_mac().
 * Returns 0, or -1 if there is no tag. */
static __always_inline int fosr_tag_decode(
	const void *frame, const void *frame_end, const struct fosr_pkt *pkt, struct fosr_tag *tag, __u64 *mac)
{
	const __u8 *p;

	if (!pkt->tag_off)
		return -1;
	p = fosr_at(frame, frame_end, pkt->tag_off + (pkt->ip_version == 6 ? 2 : 0), FOSR_TAG_LEN4);
	if (!p)
		return -1;
	__builtin_memset(tag, 0, sizeof(*tag));
	tag->flags = p[2] & FOSR_TAG_F_MASK;
	tag->key_id = p[3];
	tag->campaign = fosr_get32(p + 4);
	tag->flow = fosr_get64(p + 8);
	tag->step = fosr_get32(p + 16);
	*mac = fosr_get64(p + 20);
	return 0;
}

/* FOSR_TAG_F_*, of the tag the parser found. */
static __always_inline __u8 fosr_tag_flags(const void *frame, const void *frame_end, const struct fosr_pkt *pkt)
{
	const __u8 *p = fosr_at(frame, frame_end, pkt->tag_off + (pkt->ip_version == 6 ? 4 : 2), 1);

	return p ? *p & FOSR_TAG_F_MASK : 0;
}

static __always_inline __u32 fosr_tag_len(const struct fosr_pkt *pkt)
{
	return pkt->ip_version == 4 ? FOSR_TAG_LEN4 : FOSR_TAG_LEN6;
}

/*
 * Can this packet be tagged? Not if it is already, if its link header is odd, if its IP header or length field would
 * overflow, or if its chain of extension headers is as long as the parser follows. The MTU is the caller's concern.
 */
static __always_inline int fosr_tag_has_room(const struct fosr_pkt *pkt)
{
	__u32 base = pkt->l3_off + (pkt->ip_version == 6 ? FOSR_IP6_LEN : 0);

	if (pkt->tag_off || !pkt->put_off || pkt->put_off > FOSR_HEAD_MAX || pkt->put_off % 2 ||
		pkt->l3_end - base + fosr_tag_len(pkt) > 0xffff)
		return 0;
	return pkt->ip_version == 4 ? pkt->ihl + FOSR_TAG_LEN4 / 4 <= 15 : pkt->exts < FOSR_EXTS_MAX;
}

/* One word of 8 or 2 bytes from offset `from` to offset `to`; -1 if either is not all there. */
static __always_inline int fosr_tag_move8(__u8 *data, const __u8 *data_end, __u32 from, __u32 to)
{
	const __u8 *p = fosr_at(data, data_end, from, 8);
	__u8 *q = fosr_at(data, data_end, to, 8);

	if (!p || !q)
		return -1;
	FOSR_STORE(__u64, q, FOSR_LOAD(__u64, p));
	return 0;
}

static __always_inline int fosr_tag_move2(__u8 *data, const __u8 *data_end, __u32 from, __u32 to)
{
	const __u8 *p = fosr_at(data, data_end, from, 2);
	__u8 *q = fosr_at(data, data_end, to, 2);

	if (!p || !q)
		return -1;
	FOSR_STORE(__u16, q, FOSR_LOAD(__u16, p));
	return 0;
}

/*
 * Moves n bytes (even) from offset `from` to offset `to`, at least 8 apart: down from the front, up from the back, so
 * that nothing is overwritten before it was read. Few, wide steps, because the verifier walks every one on every path.
 */
static __always_inline int fosr_tag_move(__u8 *data, const __u8 *data_end, __u32 from, __u32 to, __u32 n)
{
	__u32 down = to < from, i, at;

	if (n > FOSR_HEAD_MAX || n % 2)
		return -1;
	for (i = 0; i + 8 <= n && i < FOSR_HEAD_MAX; i += 8) {
		at = down ? i : n - 8 - i;
		if (fosr_tag_move8(data, data_end, from + at, to + at))
			return -1;
	}
	for (; i < n && i < FOSR_HEAD_MAX; i += 2) {
		at = down ? i : n - 2 - i;
		if (fosr_tag_move2(data, data_end, from + at, to + at))
			return -1;
	}
	return 0;
}

/* Header fields of a frame at its final place, l3: offset of its IP header. grow: bytes added, negative if taken away;
 * tag_sum: the partial sum of the tag's bytes (IPv4 only). */
static __always_inline int fosr_tag_fix4(__u8 *data, const __u8 *data_end, __u32 l3, int grow, __u64 tag_sum)
{
	__u8 *ip = fosr_at(data, data_end, l3, FOSR_IP4_LEN);
	__u64 gone, come;

	if (!ip)
		return -1;
	gone = (__u64)fosr_get16(ip) + fosr_get16(ip + 2) + (grow < 0 ? tag_sum : 0);
	ip[0] = (__u8)(ip[0] + grow / 4);
	fosr_put16(ip + 2, (__u16)(fosr_get16(ip + 2) + grow));
	come = (__u64)fosr_get16(ip) + fosr_get16(ip + 2) + (grow > 0 ? tag_sum : 0);
	fosr_put16(ip + 10, fosr_csum_update(fosr_get16(ip + 10), gone, come));
	return 0;
}

/* The same for IPv6. put: offset of the tag; the next-header byte in front of it becomes `next`, the old one is given
 * back in *old. */
static __always_inline int fosr_tag_fix6(
	__u8 *data, const __u8 *data_end, __u32 l3, __u32 put, int grow, __u8 next, __u8 *old)
{
	__u8 *ip = fosr_at(data, data_end, l3, FOSR_IP6_LEN);
	__u8 *nh = fosr_at(data, data_end, put == l3 + FOSR_IP6_LEN ? l3 + 6 : l3 + FOSR_IP6_LEN, 1);

	if (!ip || !nh)
		return -1;
	*old = *nh;
	*nh = next;
	fosr_put16(ip + 4, (__u16)(fosr_get16(ip + 4) + grow));
	return 0;
}

/*
 * Fills in a tag at pkt->put_off of a frame whose bytes from there on were moved up by fosr_tag_len(): pkt is from the
 * parser over the frame before, and stale afterwards. Returns 0, or -1 if the frame is too short for that.
 */
static __always_inline int fosr_tag_fill(__u8 *data, const __u8 *data_end, const struct fosr_pkt *pkt,
	const struct fosr_tag *tag, const struct fosr_secret *secret)
{
	__u64 mac = fosr_tag_mac(tag, secret, pkt);
	__u8 *p, next;

	if (pkt->ip_version == 4) {
		p = fosr_at(data, data_end, pkt->put_off, FOSR_TAG_LEN4);
		if (!p)
			return -1;
		fosr_tag_encode4(p, tag, mac);
		return fosr_tag_fix4(
			data, data_end, pkt->l3_off, FOSR_TAG_LEN4, fosr_csum_words(0, p, FOSR_TAG_LEN4 / 2));
	}
	if (fosr_tag_fix6(data, data_end, pkt->l3_off, pkt->put_off, FOSR_TAG_LEN6, FOSR_PROTO_DSTOPTS, &next))
		return -1;
	p = fosr_at(data, data_end, pkt->put_off, FOSR_TAG_LEN6);
	if (!p)
		return -1;
	fosr_tag_encode6(p, next, tag, mac);
	return 0;
}

/*
 * Tags a frame whose head was already moved down by fosr_tag_len() (bpf_xdp_adjust_head(), or head room in a buffer):
 * [data, data_end) is the longer frame, whose old bytes begin at data + fosr_tag_len(); pkt is from the parser over the
 * old bytes, and stale afterwards. Returns 0, or -1 without room, and then nothing was changed.
 */
static __always_inline int fosr_tag_put(__u8 *data, const __u8 *data_end, const struct fosr_pkt *pkt,
	const struct fosr_tag *tag, const struct fosr_secret *secret)
{
	if (!fosr_tag_has_room(pkt) || fosr_tag_move(data, data_end, fosr_tag_len(pkt), 0, pkt->put_off))
		return -1;
	return fosr_tag_fill(data, data_end, pkt, tag, secret);
}

/*
 * The inverse: takes the tag out by moving what is in front of it up. The frame begins at data + fosr_tag_len()
 * afterwards; the bytes below are left over. pkt: from the parser over this frame, stale afterwards. Returns 0, or -1
 * without a tag, and then nothing was changed.
 */
static __always_inline int fosr_tag_take(__u8 *data, const __u8 *data_end, const struct fosr_pkt *pkt)
{
	__u32 len = fosr_tag_len(pkt);
	__u64 sum = 0;
	__u8 *p, next, old;

	if (!pkt->tag_off)
		return -1;
	p = fosr_at(data, data_end, pkt->tag_off, FOSR_TAG_LEN4);
	if (!p)
		return -1;
	next = p[0];
	if (pkt->ip_version == 4)
		sum = fosr_csum_words(0, p, FOSR_TAG_LEN4 / 2);
	if (fosr_tag_move(data, data_end, 0, len, pkt->tag_off))
		return -1;
	if (pkt->ip_version == 4)
		return fosr_tag_fix4(data, data_end, pkt->l3_off + len, -FOSR_TAG_LEN4, sum);
	return fosr_tag_fix6(data, data_end, pkt->l3_off + len, pkt->tag_off + len, -FOSR_TAG_LEN6, next, &old);
}

/*
 * User space: tags the frame of len bytes. It then begins at frame - fosr_tag_len(pkt), where the caller has that much
 * room to write (FOSR_TAG_LEN6 is enough for any). Returns the new length, or 0 if the packet cannot carry a tag.
 */
static __always_inline __u32 fosr_tag_insert(__u8 *frame, __u32 len, const struct fosr_pkt *pkt,
	const struct fosr_tag *tag, const struct fosr_secret *secret)
{
	__u32 more = fosr_tag_len(pkt);

	return fosr_tag_put(frame - more, frame + len, pkt, tag, secret) ? 0 : len + more;
}

/*
 * User space: strips the tag. The frame then begins at frame + (len - result), and result is its length; a frame
 * without our tag keeps len and is not changed.
 */
static __always_inline __u32 fosr_tag_strip(__u8 *frame, __u32 len, const struct fosr_pkt *pkt)
{
	return fosr_tag_take(frame, frame + len, pkt) ? len : len - fosr_tag_len(pkt);
}

/* The weaker taint of Fos-R: the reserved bit of the IPv4 flags (RFC 3514). IPv6 has none: get gives 0, set -1. */
static __always_inline int fosr_evil_get(const void *frame, const void *frame_end, const struct fosr_pkt *pkt)
{
	const __u8 *ip = pkt->ip_version == 4 ? fosr_at(frame, frame_end, pkt->l3_off, FOSR_IP4_LEN) : 0;

	return ip ? ip[6] >> 7 : 0;
}

/* Sets the bit to on (0 or 1) and updates the header's checksum. Returns 0, or -1 if this is not IPv4. */
static __always_inline int fosr_evil_set(void *frame, const void *frame_end, const struct fosr_pkt *pkt, int on)
{
	__u8 *ip = pkt->ip_version == 4 ? fosr_at(frame, frame_end, pkt->l3_off, FOSR_IP4_LEN) : 0;
	__u16 old, new;

	if (!ip)
		return -1;
	old = fosr_get16(ip + 6);
	new = (__u16)(on ? old | 0x8000 : old & 0x7fff);
	if (new != old) {
		fosr_put16(ip + 6, new);
		fosr_put16(ip + 10, fosr_csum_update(fosr_get16(ip + 10), old, new));
	}
	return 0;
}

#endif
