/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes taints off in a capture, record by record, and copies everything else byte for byte: classic pcap in either
 * byte order, micro- or nanoseconds, and pcapng with any sections, interfaces and blocks. Memory: one record.
 *
 * Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng (Packet Block: its appendix). A tag adds 28 or 32 bytes, so
 * the padding of pcapng blocks stays as it is.
 */
#ifndef FOSR_INGEST_REWRITE_H
#define FOSR_INGEST_REWRITE_H

#include <stdio.h>

#include "base/err.h"
#include "base/types.h"

#define FOSR_REWRITE_RECORD_MAX (256u * 1024 + 4096) /* libpcap's largest snap length, and a margin */
#define FOSR_REWRITE_BLOCK_MAX (16u * 1024 * 1024)
#define FOSR_REWRITE_INTERFACES_MAX 65536u /* of one section */

enum fosr_rewrite_taint {
	FOSR_REWRITE_OPTION = 1, /* our IP option or extension header */
	FOSR_REWRITE_EVIL_BIT = 2, /* the reserved bit of the IPv4 flags */
	FOSR_REWRITE_ANY = 3,
	FOSR_REWRITE_HOLD = 4, /* not for callers: a tag is counted as unfit and stays */
};

struct fosr_rewrite_stats {
	__u64 packets; /* read */
	__u64 written;
	__u64 stripped; /* tags taken off */
	__u64 cleared; /* evil bits cleared */
	__u64 cut; /* left as they are: the snap length cut the tag itself */
	__u64 unfit; /* left as they are: the tag cannot go, as a Simple Packet Block's length follows from the snap
			length */
	__u64 other_link; /* left as they are: of link types that are not looked into */
	__u64 bytes_in, bytes_out;
};

struct fosr_rewrite {
	/* Set by the caller; all borrowed. */
	FILE *in;
	const char *name; /* of the input, for messages */
	int (*write)(void *arg, const void *data, size_t len, struct fosr_err *err);
	void *write_arg;
	void (*progress)(void *arg, __u64 bytes_in); /* may be NULL */
	void *progress_arg;
	enum fosr_rewrite_taint taint;
	bool only_tagged; /* leave packets out that carried no taint; other blocks stay */

	struct fosr_rewrite_stats stats;
};

/*
 * From the first byte of r->in to its end. 0, -EINTR when interrupted, or -errno: the text names the file and the byte
 * offset of the record at fault; what was written so far is then not a whole capture.
 */
int fosr_rewrite_run(struct fosr_rewrite *r, struct fosr_err *err);

/* Takes the taints off one frame of a DLT_* link type, in place. The frame then begins *gone bytes later. Counts in s.
 */
bool fosr_rewrite_frame(
	enum fosr_rewrite_taint taint, int link, __u8 *frame, __u32 caplen, __u32 *gone, struct fosr_rewrite_stats *s);

#endif
