// SPDX-License-Identifier: GPL-3.0-or-later
/* Classic pcap: a header of 24 bytes, then 16 bytes in front of each frame. */
#include "sink/format.h"
#include "sink/format_put.h"

#define MAGIC_NS 0xa1b23c4d
#define MAGIC_US 0xa1b2c3d4
#define LINKTYPE_ETHERNET 1
#define RECORD 16

static int begin(struct fosr_writer *w, __u32 magic)
{
	__u8 head[24] = {0}, *p = fosr_put_le32(head, magic);

	p = fosr_put_le16(p, 2);
	fosr_put_le16(p, 4);
	fosr_put_le32(head + 16, FOSR_FORMAT_FRAME_MAX);
	fosr_put_le32(head + 20, LINKTYPE_ETHERNET);
	return fosr_writer_put(w, head, sizeof(head));
}

static int begin_ns(struct fosr_writer *w, const struct fosr_format_about *about)
{
	return begin(w, MAGIC_NS);
}

static int begin_us(struct fosr_writer *w, const struct fosr_format_about *about)
{
	return begin(w, MAGIC_US);
}

static __u32 size(__u32 frame_len, __u32 comment_len)
{
	return RECORD + frame_len;
}

static void put(__u8 *record, __u32 len, __u32 s, __u32 part)
{
	__u8 *p = fosr_put_le32(record, s);

	p = fosr_put_le32(p, part);
	p = fosr_put_le32(p, len);
	fosr_put_le32(p, len);
}

static void put_ns(__u8 *record, __u32 frame_len, __u64 time_ns, const char *comment, __u32 comment_len)
{
	put(record, frame_len, (__u32)(time_ns / FOSR_NS_PER_S), (__u32)(time_ns % FOSR_NS_PER_S));
}

static void put_us(__u8 *record, __u32 frame_len, __u64 time_ns, const char *comment, __u32 comment_len)
{
	put(record, frame_len, (__u32)(time_ns / FOSR_NS_PER_S), (__u32)(time_ns % FOSR_NS_PER_S / 1000));
}

const struct fosr_format fosr_format_pcap = {
	.name = "pcap",
	.head = RECORD,
	.begin = begin_ns,
	.size = size,
	.put = put_ns,
};

const struct fosr_format fosr_format_pcap_us = {
	.name = "pcap-us",
	.head = RECORD,
	.begin = begin_us,
	.size = size,
	.put = put_us,
};
