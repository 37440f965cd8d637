/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Takes taints off in a capture and copies everything else byte for byte: classic pcap in either byte order, micro- or
 * nanoseconds, and pcapng with any sections, interfaces and blocks. Records are looked at where they were read, many at
 * a time; what is left of them is copied once, to where it is written from.
 *
 * Formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng (Packet Block: its appendix). A tag adds 28 or 32 bytes, so
 * the padding of pcapng blocks stays as it is.
 */
#ifndef FOSR_INGEST_REWRITE_H
#define FOSR_INGEST_REWRITE_H

#include <fosr/untaint.h>

#include "base/err.h"
#include "base/types.h"

#define FOSR_REWRITE_RECORD_MAX (256u * 1024 + 4096) /* libpcap's largest snap length, and a margin */
#define FOSR_REWRITE_BLOCK_MAX (16u * 1024 * 1024)
#define FOSR_REWRITE_INTERFACES_MAX 65536u /* of one section */

struct fosr_rewrite_stats {
	__u64 packets; /* read */
	__u64 written;
	__u64 stripped; /* tags taken off */
	__u64 cleared; /* evil bits cleared */
	__u64 control; /* left out: frames between injectors, which are no traffic */
	__u64 cut; /* left as they are: the snap length cut the tag itself */
	__u64 unfit; /* left as they are: the tag cannot go, as a Simple Packet Block's length follows from the snap
			length */
	__u64 other_link; /* left as they are: of link types that are not looked into */
	__u64 bytes_in, bytes_out;
};

/* Where bytes come from. */
struct fosr_rewrite_source {
	/* n bytes or more of what comes next, side by side, ours to change; *have: how many there are, fewer than n
	 * only at the end. n is at most FOSR_REWRITE_BLOCK_MAX. NULL: it failed, err says how. */
	__u8 *(*peek)(void *arg, size_t n, size_t *have, struct fosr_err *err);
	void (*drop)(void *arg, size_t n);
	void *arg;
};

/* Where they go. */
struct fosr_rewrite_target {
	/* n bytes to fill, n at most FOSR_REWRITE_ROOM. NULL: it failed; err says how, or its owner does when asked. */
	__u8 *(*room)(void *arg, __u32 n, struct fosr_err *err);
	void (*commit)(void *arg, __u32 n); /* the first n of them */
	void *arg;
};

#define FOSR_REWRITE_ROOM (1u << 20)

struct fosr_rewrite {
	const char *name; /* of the input, for messages */
	struct fosr_rewrite_source source;
	struct fosr_rewrite_target target;
	/* Takes the taints off n frames, whose offsets count from base, which peek() gave. NULL: done here. */
	int (*strip)(void *arg, __u8 *base, struct fosr_untaint_item *item, __u32 n, struct fosr_err *err);
	void *strip_arg;
	void (*progress)(void *arg, __u64 bytes_in); /* may be NULL */
	void *progress_arg;
	__u8 taint; /* FOSR_UNTAINT_OPTION, FOSR_UNTAINT_EVIL_BIT */
	bool only_tagged; /* leave packets out that carried no taint; other blocks stay */

	struct fosr_rewrite_stats stats;
};

/*
 * From the first byte of the source to its end. 0, -EINTR when interrupted, or -errno: the text names the file and the
 * byte offset of the record at fault; what was written so far is then not a whole capture.
 */
int fosr_rewrite_run(struct fosr_rewrite *r, struct fosr_err *err);

/* Takes the taints off n frames of a buffer, in place: what `strip` does, in user space. */
void fosr_rewrite_strip(__u8 *base, struct fosr_untaint_item *item, __u32 n);

#endif
