/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads pcap and pcapng files, packet by packet, through libpcap; pcapng also interface by interface, which libpcap
 * cannot (ingest/pcapng.h). Bytes are lent until the next call.
 */
#ifndef FOSR_INGEST_CAPTURE_H
#define FOSR_INGEST_CAPTURE_H

#include <stdio.h>

#include "base/err.h"
#include "base/types.h"

struct fosr_capture;

struct fosr_capture_pkt {
	__u64 ts_ns; /* since the Unix epoch; clamped to less than 2^62 */
	const __u8 *data;
	__u32 caplen;
	__u32 origlen; /* never below caplen */
	__u32 iface; /* of a capture opened with fosr_capture_each_open(), else 0 */
};

/* "-" is standard input. A file whose link type is not among those of fosr_link_supported() is refused with its name.
 */
int fosr_capture_open(struct fosr_capture **c, const char *path, struct fosr_err *err);

/* The same over an open stream, which is closed with the capture (also after an error); name is for messages. */
int fosr_capture_stream(struct fosr_capture **c, FILE *f, const char *name, struct fosr_err *err);

/* The same for who wants to know of each packet of a pcapng file which interface it came from; they may differ in link
 * type, and none is refused for it. */
int fosr_capture_each_open(struct fosr_capture **c, const char *path, struct fosr_err *err);
int fosr_capture_each_stream(struct fosr_capture **c, FILE *f, const char *name, struct fosr_err *err);

/* Interface i, of the packet at hand: its name ("": none, or not pcapng), and its DLT_*. Of one that is not there: no
 * name. */
const char *fosr_capture_iface(const struct fosr_capture *c, __u32 i, int *link);

/* 1 and a packet, 0 at the end, or -errno: the text names the file, the packet and the byte offset. */
int fosr_capture_next(struct fosr_capture *c, struct fosr_capture_pkt *pkt, struct fosr_err *err);

int fosr_capture_link(const struct fosr_capture *c); /* DLT_* */

/* Bytes read so far and in all; the total is 0 when it is not known (a pipe). */
void fosr_capture_progress(const struct fosr_capture *c, __u64 *done, __u64 *total);

void fosr_capture_close(struct fosr_capture *c);

#endif
