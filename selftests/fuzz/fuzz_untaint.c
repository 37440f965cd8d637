// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * One captured frame of any bytes, its link and taint from the first two: what is taken off by the quick way for plain
 * frames is what the parser's way takes off, and a frame in which nothing was found is as it was.
 */
#include <stdlib.h>
#include <string.h>

#include "ingest/rewrite.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static void by_parser(__u8 *frame, struct fosr_untaint_item *item)
{
	struct fosr_pkt pkt;
	enum fosr_parse res = fosr_parse_link((enum fosr_link)item->link, frame, frame + item->caplen, &pkt);

	fosr_untaint_frame(item, frame, frame + item->caplen, res, &pkt);
}

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	struct fosr_untaint_item a = {0}, b;
	__u8 *one, *two;

	if (size < 2 || size > 66000)
		return 0;
	a.link = data[0] % 7;
	a.taint = data[1] % 8;
	a.caplen = (__u32)size - 2;
	b = a;
	one = malloc(size);
	two = malloc(size);
	if (!one || !two)
		abort();
	memcpy(one, data + 2, a.caplen);
	memcpy(two, data + 2, a.caplen);
	fosr_rewrite_strip(one, &a, 1);
	by_parser(two, &b);
	if (a.found != b.found || a.gone != b.gone || a.gone > a.caplen ||
		memcmp(one + a.gone, two + b.gone, a.caplen - a.gone))
		abort();
	if (!(a.found & (FOSR_UNTAINT_STRIPPED | FOSR_UNTAINT_CLEARED)) && memcmp(one, data + 2, a.caplen))
		abort();
	free(one);
	free(two);
	return 0;
}
