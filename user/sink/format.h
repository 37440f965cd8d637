/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Capture formats, as they are written: what stands at the beginning of the file, in front of a frame, and behind it.
 * A record's size is known before its frame is, so that many threads can put records in place side by side. Little
 * endian on every machine, Ethernet, one interface; nothing of the machine, the time or the version gets in.
 *
 *	pcap	nanoseconds, magic 0xa1b23c4d (draft-ietf-opsawg-pcap)
 *	pcap-us	microseconds, magic 0xa1b2c3d4; what is less is cut off
 *	pcapng	nanoseconds, a section, an interface with its name, a comment per packet (draft-ietf-opsawg-pcapng)
 */
#ifndef FOSR_SINK_FORMAT_H
#define FOSR_SINK_FORMAT_H

#include "sink/writer.h"

/* A comment is as long as its 16 bits of length can say. */
#define FOSR_FORMAT_COMMENT_MAX 65535
/* No frame is longer: the snap length that the files claim. */
#define FOSR_FORMAT_FRAME_MAX 262144

/* Texts for formats that keep them; NULL leaves one out. At most FOSR_FORMAT_COMMENT_MAX bytes of UTF-8 each. */
struct fosr_format_about {
	const char *interface;
	const char *comment; /* on the whole file */
};

struct fosr_format {
	const char *name; /* as in fosr_format_name[] */
	__u32 head; /* bytes of a record in front of its frame */
	bool comments; /* of packets; the others take comment_len 0 only */
	/* Writes the beginning of the file; 0 or the write error. */
	int (*begin)(struct fosr_writer *w, const struct fosr_format_about *about);
	/* Bytes of a whole record. */
	__u32 (*size)(__u32 frame_len, __u32 comment_len);
	/*
	 * Writes all of a record of size() bytes but the frame, which stands at record + head or will. Touches nothing
	 * outside of the record.
	 */
	void (*put)(__u8 *record, __u32 frame_len, __u64 time_ns, const char *comment, __u32 comment_len);
};

extern const struct fosr_format fosr_format_pcap, fosr_format_pcap_us, fosr_format_pcapng;

/* All of them, and their names for an option's choices, in the same order; both end with NULL. The first is the
 * default. */
extern const struct fosr_format *const fosr_format[];
extern const char *const fosr_format_name[];

/* For one thread that has a whole frame: reserve, copy, commit. 0 or the write error. */
int fosr_format_write(const struct fosr_format *f, struct fosr_writer *w, const __u8 *frame, __u32 len, __u64 time_ns,
	const char *comment, __u32 comment_len);

#endif
