// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * pcapng: a Section Header Block, one Interface Description Block, then an Enhanced Packet Block per frame. A block is
 * type, length, body, length; body and each option in it are padded to 4 bytes.
 */
#include <string.h>

#include "sink/format.h"
#include "sink/format_put.h"

#define BLOCK_SECTION 0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 6
#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define LINKTYPE_ETHERNET 1

#define OPT_END 0
#define OPT_COMMENT 1
#define SHB_USERAPPL 4
#define IF_NAME 2
#define IF_TSRESOL 9

/* Type, length, interface, time (2), captured and original length. */
#define HEAD 28

static __u32 padded(__u32 n)
{
	return (n + 3) & ~3u;
}

static __u32 option_size(size_t len)
{
	return 4 + padded((__u32)len);
}

static __u8 *put_padding(__u8 *p, __u32 len)
{
	while (len++ % 4)
		*p++ = 0;
	return p;
}

static __u8 *put_option(__u8 *p, __u32 code, const void *value, __u32 len)
{
	p = fosr_put_le16(p, code);
	p = fosr_put_le16(p, len);
	memcpy(p, value, len);
	return put_padding(p + len, len);
}

/* The texts of a file's beginning that are there, of a length that an option can have. */
static __u8 *put_text(__u8 *p, __u32 code, const char *text)
{
	return text ? put_option(p, code, text, (__u32)strnlen(text, FOSR_FORMAT_COMMENT_MAX)) : p;
}

/* Ends the options and the block that begins at `block`, and fills in its length at both ends. */
static __u8 *end_block(__u8 *block, __u8 *p)
{
	__u32 len;

	p = fosr_put_le32(p, OPT_END);
	len = (__u32)(p - block) + 4;
	fosr_put_le32(block + 4, len);
	return fosr_put_le32(p, len);
}

static __u8 *put_section(__u8 *block, const char *comment)
{
	__u8 *p = fosr_put_le32(block, BLOCK_SECTION) + 4;

	p = fosr_put_le32(p, BYTE_ORDER_MAGIC);
	p = fosr_put_le16(p, 1); /* version 1.0 */
	p = fosr_put_le16(p, 0);
	memset(p, 0xff, 8); /* the section's length is not said */
	p = put_text(p + 8, OPT_COMMENT, comment);
	p = put_text(p, SHB_USERAPPL, "fosr-xdp");
	return end_block(block, p);
}

static __u8 *put_interface(__u8 *block, const char *name)
{
	static const __u8 nanoseconds = 9; /* ten to the minus */
	__u8 *p = fosr_put_le32(block, BLOCK_INTERFACE) + 4;

	p = fosr_put_le32(p, LINKTYPE_ETHERNET); /* and 16 reserved bits */
	p = fosr_put_le32(p, FOSR_FORMAT_FRAME_MAX);
	p = put_text(p, IF_NAME, name);
	p = put_option(p, IF_TSRESOL, &nanoseconds, 1);
	return end_block(block, p);
}

static int begin(struct fosr_writer *w, const struct fosr_format_about *about)
{
	/* Two texts of 64 KiB, and some. */
	__u8 *p = fosr_writer_reserve(w, 3 * FOSR_FORMAT_COMMENT_MAX);

	if (!p)
		return fosr_writer_error(w, NULL);
	fosr_writer_commit(w, (__u32)(put_interface(put_section(p, about->comment), about->interface) - p));
	return 0;
}

static __u32 size(__u32 frame_len, __u32 comment_len)
{
	/* Options only with a comment; then one more ends them. */
	return HEAD + padded(frame_len) + (comment_len ? option_size(comment_len) + 4 : 0) + 4;
}

static void put(__u8 *record, __u32 frame_len, __u64 time_ns, const char *comment, __u32 comment_len)
{
	__u32 len = size(frame_len, comment_len);
	__u8 *p = fosr_put_le32(record, BLOCK_PACKET);

	p = fosr_put_le32(p, len);
	p = fosr_put_le32(p, 0); /* the interface */
	p = fosr_put_le32(p, (__u32)(time_ns >> 32));
	p = fosr_put_le32(p, (__u32)time_ns);
	p = fosr_put_le32(p, frame_len);
	p = fosr_put_le32(p, frame_len);
	p = put_padding(p + frame_len, frame_len);
	if (comment_len) {
		p = put_option(p, OPT_COMMENT, comment, comment_len);
		p = fosr_put_le32(p, OPT_END);
	}
	fosr_put_le32(p, len);
}

const struct fosr_format fosr_format_pcapng = {
	.name = "pcapng",
	.head = HEAD,
	.comments = true,
	.begin = begin,
	.size = size,
	.put = put,
};
