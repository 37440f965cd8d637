/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Classic pcap with nanoseconds (draft-ietf-opsawg-pcap; magic 0xa1b23c4d), little endian, Ethernet: frames are written
 * where they will stay.
 */
#ifndef FOSR_SINK_PCAP_H
#define FOSR_SINK_PCAP_H

#include "sink/writer.h"

#define FOSR_PCAP_RECORD 16

int fosr_pcap_begin(struct fosr_writer *w);

/* The header of the record of a frame of len bytes, FOSR_PCAP_RECORD bytes. */
void fosr_pcap_header(__u8 *record, __u32 len, __u64 time_ns);

/*
 * Room for a frame of at most `most` bytes with `headroom` bytes in front of it, or NULL after a write error. commit
 * says where the frame begins after all (anywhere in the headroom or at its end) and how long it is.
 */
__u8 *fosr_pcap_reserve(struct fosr_writer *w, __u32 headroom, __u32 most);
void fosr_pcap_commit(struct fosr_writer *w, __u8 *lent, __u32 headroom, __u8 *frame, __u32 len, __u64 time_ns);

#endif
