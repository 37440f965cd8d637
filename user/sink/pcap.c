// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/pcap.h"

#include <string.h>

#define MAGIC_NS 0xa1b23c4d
#define SNAPLEN 262144
#define LINKTYPE_ETHERNET 1

static void put_le32(__u8 *p, __u32 v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (__u8)(v >> 8 * i);
}

int fosr_pcap_begin(struct fosr_writer *w)
{
	__u8 h[24] = {0};

	put_le32(h, MAGIC_NS);
	h[4] = 2; /* version 2.4 */
	h[6] = 4;
	put_le32(h + 16, SNAPLEN);
	put_le32(h + 20, LINKTYPE_ETHERNET);
	return fosr_writer_put(w, h, sizeof(h));
}

void fosr_pcap_header(__u8 *record, __u32 len, __u64 time_ns)
{
	put_le32(record, (__u32)(time_ns / FOSR_NS_PER_S));
	put_le32(record + 4, (__u32)(time_ns % FOSR_NS_PER_S));
	put_le32(record + 8, len);
	put_le32(record + 12, len);
}

__u8 *fosr_pcap_reserve(struct fosr_writer *w, __u32 headroom, __u32 most)
{
	__u8 *p = fosr_writer_reserve(w, FOSR_PCAP_RECORD + headroom + most);

	return p ? p + FOSR_PCAP_RECORD + headroom : NULL;
}

void fosr_pcap_commit(struct fosr_writer *w, __u8 *lent, __u32 headroom, __u8 *frame, __u32 len, __u64 time_ns)
{
	__u8 *record = lent - headroom - FOSR_PCAP_RECORD;

	if (frame != record + FOSR_PCAP_RECORD)
		memmove(record + FOSR_PCAP_RECORD, frame, len);
	fosr_pcap_header(record, len, time_ns);
	fosr_writer_commit(w, FOSR_PCAP_RECORD + len);
}
