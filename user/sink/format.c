// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/format.h"

#include <string.h>

const struct fosr_format *const fosr_format[] = {&fosr_format_pcap, &fosr_format_pcap_us, &fosr_format_pcapng, NULL};
const char *const fosr_format_name[] = {"pcap", "pcap-us", "pcapng", NULL};

int fosr_format_write(const struct fosr_format *f, struct fosr_writer *w, const __u8 *frame, __u32 len, __u64 time_ns,
	const char *comment, __u32 comment_len)
{
	__u32 size = f->size(len, comment_len);
	__u8 *record = fosr_writer_reserve(w, size);

	if (!record)
		return fosr_writer_error(w, NULL);
	memcpy(record + f->head, frame, len);
	f->put(record, len, time_ns, comment, comment_len);
	fosr_writer_commit(w, size);
	return 0;
}
