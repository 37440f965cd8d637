// SPDX-License-Identifier: GPL-3.0-or-later
#include "ingest/pcapng.h"

#include <fosr/parse.h>

#include "base/intr.h"

#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 2 /* obsolete */
#define BLOCK_SIMPLE 3
#define BLOCK_ENHANCED 6
#define BYTE_ORDER_MARK 0x1a2b3c4d
#define HEAD 12 /* type, length, and the first word of the body or the length again */
#define SECTION_MIN 28
#define INTERFACE_MIN 20
#define PACKET_MIN 32
#define PACKET_DATA 28
#define SIMPLE_MIN 16
#define SIMPLE_DATA 12
#define OPT_END 0
#define OPT_IF_NAME 2
#define OPT_IF_TSRESOL 9
#define OPT_IF_TSOFFSET 14
#define RESOL_DEFAULT 6 /* microseconds */
#define RESOL_BINARY 0x80
#define POWER_OF_10_MAX 19
#define POWER_OF_2_MAX 63
/* Memory grows with what was read, not with what a block says of itself. */
#define READ_STEP (64u << 10)
#define TIME_MAX ((1ULL << 62) - 1)

static __u32 get32(const struct fosr_pcapng *r, const __u8 *p)
{
	return r->big ? fosr_get32(p) : __builtin_bswap32(fosr_get32(p));
}

static __u16 get16(const struct fosr_pcapng *r, const __u8 *p)
{
	return r->big ? fosr_get16(p) : __builtin_bswap16(fosr_get16(p));
}

static __s64 get64(const struct fosr_pcapng *r, const __u8 *p)
{
	__u64 first = get32(r, p), second = get32(r, p + 4);

	return (__s64)(r->big ? first << 32 | second : second << 32 | first);
}

static int bad(const struct fosr_pcapng *r, struct fosr_err *err, const char *what, __u32 value)
{
	return fosr_err(err, -EINVAL,
		"%s: packet %llu, block at byte %llu: %s (%u); 'editcap IN OUT' saves what is before it", r->path,
		r->packets + 1, r->at, what, value);
}

/* Bytes up to n of the block: 1 when they are there, 0 at the end of the file, before the first of them. */
static int fill(struct fosr_pcapng *r, size_t n, struct fosr_err *err)
{
	size_t had = r->block.n;

	while (r->block.n < n) {
		size_t step = fosr_min_u64(n - r->block.n, READ_STEP), got;

		if (fosr_vec_reserve(&r->block, r->block.n + step))
			return fosr_err(err, -ENOMEM, "%s: byte %llu: out of memory", r->path, r->at);
		got = fread(r->block.v + r->block.n, 1, step, r->f);
		r->block.n += got;
		if (got == step)
			continue;
		if (fosr_interrupted())
			return fosr_err(err, -EINTR, "interrupted");
		if (ferror(r->f))
			return fosr_err(err, -EIO, "%s: reading behind byte %llu failed", r->path, r->at);
		return !had && !r->block.n
			? 0
			: bad(r, err, "the file ends within it, after so many bytes", (__u32)r->block.n);
	}
	return 1;
}

static int section(struct fosr_pcapng *r, struct fosr_err *err)
{
	r->big = fosr_get32(r->block.v + 8) == BYTE_ORDER_MARK;
	if (get32(r, r->block.v + 8) != BYTE_ORDER_MARK)
		return bad(r, err, "a section without byte-order mark", fosr_get32(r->block.v + 8));
	r->base = (__u32)r->ifaces.n;
	r->begun = true;
	return 0;
}

/* 1 and the next block whole in r->block, 0 at the end. */
static int next_block(struct fosr_pcapng *r, __u32 *type, struct fosr_err *err)
{
	__u32 len, least = HEAD;
	int ret;

	r->at += r->block.n;
	r->block.n = 0;
	ret = fill(r, HEAD, err);
	if (ret <= 0)
		return ret;
	*type = get32(r, r->block.v);
	if (*type == BLOCK_SECTION) {
		ret = section(r, err);
		if (ret)
			return ret;
		least = SECTION_MIN;
	}
	if (!r->begun)
		return bad(r, err, "no section begins here; expected a capture", *type);
	len = get32(r, r->block.v + 4);
	if (len < least)
		return bad(r, err, "its length is less than its kind has", len);
	if (len % 4)
		return bad(r, err, "its length is no multiple of 4", len);
	if (len > FOSR_PCAPNG_BLOCK_MAX)
		return bad(r, err, "its length is more than the 16 MiB that are taken", len);
	ret = fill(r, len, err);
	if (ret > 0 && get32(r, r->block.v + len - 4) != len)
		return bad(r, err, "the length at its end is another", get32(r, r->block.v + len - 4));
	return ret;
}

static int option(
	struct fosr_pcapng *r, struct fosr_pcapng_iface *i, __u16 code, const __u8 *p, __u16 n, struct fosr_err *err)
{
	if (code == OPT_IF_NAME) {
		__u32 len = (__u32)fosr_min_u64(n, sizeof(i->name) - 1);

		memcpy(i->name, p, len);
		i->name[len] = '\0';
	} else if (code == OPT_IF_TSRESOL && n == 1) {
		i->resol = *p;
		if ((*p & ~RESOL_BINARY) > (*p & RESOL_BINARY ? POWER_OF_2_MAX : POWER_OF_10_MAX))
			return bad(r, err, "a resolution of time that is finer than is taken", *p);
	} else if (code == OPT_IF_TSOFFSET && n == 8) {
		i->offset_s = get64(r, p);
	}
	return 0;
}

static int interface(struct fosr_pcapng *r, struct fosr_err *err)
{
	const __u8 *b = r->block.v;
	__u32 end = (__u32)r->block.n - 4;
	struct fosr_pcapng_iface *i;
	int ret = 0;

	if (r->block.n < INTERFACE_MIN)
		return bad(r, err, "an interface description too short", (__u32)r->block.n);
	if (r->ifaces.n >= FOSR_PCAPNG_INTERFACES_MAX)
		return bad(r, err, "more interfaces than are taken", FOSR_PCAPNG_INTERFACES_MAX);
	i = fosr_vec_push(&r->ifaces);
	if (!i)
		return fosr_err(err, -ENOMEM, "%s: byte %llu: out of memory", r->path, r->at);
	*i = (struct fosr_pcapng_iface){.link = get16(r, b + 8), .snaplen = get32(r, b + 12), .resol = RESOL_DEFAULT};
	for (__u32 at = 16; !ret && at + 4 <= end;) {
		__u16 code = get16(r, b + at), n = get16(r, b + at + 2);

		if (code == OPT_END)
			break;
		if (n > end - at - 4)
			return bad(r, err, "an option longer than its block", n);
		ret = option(r, i, code, b + at + 4, n, err);
		at += 4 + ((n + 3u) & ~3u);
	}
	return ret;
}

static __u64 to_ns(const struct fosr_pcapng_iface *i, __u64 units)
{
	unsigned __int128 ns = (unsigned __int128)units * FOSR_NS_PER_S;
	__int128 sum;

	if (i->resol & RESOL_BINARY)
		ns >>= i->resol & ~RESOL_BINARY;
	else
		for (int k = 0; k < i->resol; k++)
			ns /= 10;
	sum = (__int128)ns + (__int128)i->offset_s * FOSR_NS_PER_S;
	return sum < 0 ? 0 : sum > (__int128)TIME_MAX ? TIME_MAX : (__u64)sum;
}

static int packet(struct fosr_pcapng *r, __u32 type, struct fosr_capture_pkt *pkt, struct fosr_err *err)
{
	const __u8 *b = r->block.v;
	__u32 index;

	if (r->block.n < PACKET_MIN)
		return bad(r, err, "a packet block too short", (__u32)r->block.n);
	index = type == BLOCK_PACKET ? get16(r, b + 8) : get32(r, b + 8);
	if (index >= r->ifaces.n - r->base)
		return bad(r, err, "a packet of an interface that was not described", index);
	pkt->caplen = get32(r, b + 20);
	if (pkt->caplen > r->block.n - PACKET_MIN)
		return bad(r, err, "a packet longer than its block", pkt->caplen);
	pkt->iface = r->base + index;
	pkt->ts_ns = to_ns(&r->ifaces.v[pkt->iface], (__u64)get32(r, b + 12) << 32 | get32(r, b + 16));
	pkt->origlen = (__u32)fosr_max_u64(get32(r, b + 24), pkt->caplen);
	pkt->data = b + PACKET_DATA;
	return 1;
}

/* It has no time, and belongs to the section's first interface. */
static int simple(struct fosr_pcapng *r, struct fosr_capture_pkt *pkt, struct fosr_err *err)
{
	const __u8 *b = r->block.v;
	__u32 snaplen;

	if (r->block.n < SIMPLE_MIN)
		return bad(r, err, "a simple packet block too short", (__u32)r->block.n);
	if (r->ifaces.n == r->base)
		return bad(r, err, "a simple packet before any interface was described", 0);
	snaplen = r->ifaces.v[r->base].snaplen;
	pkt->origlen = pkt->caplen = get32(r, b + 8);
	if (snaplen && pkt->caplen > snaplen)
		pkt->caplen = snaplen;
	if (pkt->caplen > r->block.n - SIMPLE_MIN)
		return bad(r, err, "a packet longer than its block", pkt->caplen);
	pkt->iface = r->base;
	pkt->ts_ns = 0;
	pkt->data = b + SIMPLE_DATA;
	return 1;
}

int fosr_pcapng_next(struct fosr_pcapng *r, struct fosr_capture_pkt *pkt, struct fosr_err *err)
{
	__u32 type = 0;
	int ret;

	while ((ret = next_block(r, &type, err)) > 0) {
		ret = 0;
		if (type == BLOCK_INTERFACE)
			ret = interface(r, err);
		else if (type == BLOCK_ENHANCED || type == BLOCK_PACKET)
			ret = packet(r, type, pkt, err);
		else if (type == BLOCK_SIMPLE)
			ret = simple(r, pkt, err);
		r->packets += ret > 0;
		if (ret)
			return ret;
	}
	return ret;
}

void fosr_pcapng_free(struct fosr_pcapng *r)
{
	fosr_vec_free(&r->block);
	fosr_vec_free(&r->ifaces);
}
