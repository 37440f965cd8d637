/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads pcapng packet by packet and says which interface each came from, which libpcap does not; interfaces may differ
 * in link type, snap length and resolution of time. Format: draft-ietf-opsawg-pcapng.
 */
#ifndef FOSR_INGEST_PCAPNG_H
#define FOSR_INGEST_PCAPNG_H

#include <stdio.h>

#include "base/vec.h"
#include "ingest/capture.h"

#define FOSR_PCAPNG_BLOCK_MAX (16u << 20)
#define FOSR_PCAPNG_INTERFACES_MAX 4096 /* of all sections */
#define FOSR_PCAPNG_NAME_MAX 64

struct fosr_pcapng_iface {
	int link; /* LINKTYPE_* as in the file, which is DLT_* for all that are dissected */
	__u32 snaplen; /* 0: none */
	__u8 resol; /* if_tsresol */
	__s64 offset_s; /* if_tsoffset */
	char name[FOSR_PCAPNG_NAME_MAX]; /* if_name; "" if it has none */
};

struct fosr_pcapng {
	FILE *f; /* borrowed */
	const char *path; /* borrowed, for messages */
	__u64 at; /* byte offset of the block at hand */
	__u64 packets;
	bool big; /* byte order of the section */
	bool begun; /* there was a section */
	__u32 base; /* the section's first interface */
	FOSR_VEC(__u8) block;
	FOSR_VEC(struct fosr_pcapng_iface) ifaces; /* of all sections so far */
};

/* A zeroed struct with f and path is a reader at the beginning of a file. As fosr_capture_next(). */
int fosr_pcapng_next(struct fosr_pcapng *r, struct fosr_capture_pkt *pkt, struct fosr_err *err);
void fosr_pcapng_free(struct fosr_pcapng *r);

#endif
