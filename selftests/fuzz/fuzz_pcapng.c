// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A capture of any bytes, read interface by interface and by libpcap: as long as both go on they see the same packets,
 * at the same times where both are exact.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/capture.h"
#include "ingest/pcapng.h"

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size);

static struct fosr_capture *open_as(const __u8 *bytes, size_t size, bool each)
{
	FILE *f = fmemopen((void *)bytes, size, "rb");
	struct fosr_capture *c = NULL;
	struct fosr_err err = {0};

	if (!f)
		abort();
	if (each)
		fosr_capture_each_stream(&c, f, "fuzz", &err);
	else
		fosr_capture_stream(&c, f, "fuzz", &err);
	return c;
}

static void same(const struct fosr_capture_pkt *a, const struct fosr_capture_pkt *b)
{
	if (a->caplen != b->caplen || a->origlen < a->caplen || a->ts_ns >> 62 || memcmp(a->data, b->data, a->caplen))
		abort();
}

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size)
{
	struct fosr_capture *c = size ? open_as(bytes, size, true) : NULL,
			    *plain = c ? open_as(bytes, size, false) : NULL;
	struct fosr_capture_pkt a, b;
	struct fosr_err err = {0};
	int link, ret;

	while (c && (ret = fosr_capture_next(c, &a, &err)) > 0) {
		struct fosr_err ignored = {0};

		if (strlen(fosr_capture_iface(c, a.iface, &link)) >= FOSR_PCAPNG_NAME_MAX)
			abort();
		if (plain && fosr_capture_next(plain, &b, &ignored) > 0) {
			same(&a, &b);
		} else {
			fosr_capture_close(plain);
			plain = NULL;
		}
	}
	if (c && ret < 0 && !err.text[0])
		abort();
	fosr_capture_close(c);
	fosr_capture_close(plain);
	return 0;
}
