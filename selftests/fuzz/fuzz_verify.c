// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A capture of any bytes against a small campaign, with or without tags, through a window that is smaller than the
 * campaign: whatever is in it, the counts fit each other, and a verdict of "yes" has no fault.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "campaign/verify.h"

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size);

static struct fosr_campaign *campaign(enum fosr_taint taint)
{
	const struct fosr_campaign_spec spec = {.profile = "office",
		.network = "small-office",
		.duration_ns = 86400 * FOSR_NS_PER_S,
		.packets = 200,
		.taint = taint};
	struct fosr_campaign *c;
	struct fosr_err err = {0};

	if (fosr_campaign_open(&spec, &c, &err))
		abort();
	return c;
}

static void check(const struct fosr_verify_opts *o, const struct fosr_verify_result *r)
{
	__u64 captured = 0, seen = 0, found = 0;

	for (size_t i = 0; i < r->points.n; i++) {
		const struct fosr_verify_point *p = &r->points.v[i];

		captured += p->captured;
		seen = fosr_max_u64(seen, p->seen);
		if (p->seen > p->captured || p->seen > r->seen)
			abort();
	}
	for (int k = FOSR_ALTERED; k <= FOSR_TOO_LATE; k++)
		found += r->count[k];
	if (r->planned != 200 || captured != r->packets || seen > r->seen || r->seen > r->planned ||
		r->seen + r->other + r->control + r->foreign + found > r->packets ||
		(r->seen < r->planned && !r->count[FOSR_MISSING]) ||
		(fosr_verify_holds(o, r) && (r->seen != r->planned || found || r->notes.n)))
		abort();
}

static void verify(const struct fosr_campaign *c, const char *path, bool join)
{
	const char *const captures[] = {path};
	const struct fosr_verify_opts o = {.captures = captures, .n = 1, .join = join, .window = 64};
	struct fosr_verify_result r;
	struct fosr_err err = {0};

	if (fosr_verify(c, &o, &r, &err)) {
		if (!err.text[0])
			abort();
		return;
	}
	check(&o, &r);
	fosr_verify_release(&r);
}

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size)
{
	static struct fosr_campaign *tagged, *plain;
	char path[32];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (!tagged) {
		tagged = campaign(FOSR_TAINT_OPTION);
		plain = campaign(FOSR_TAINT_NONE);
	}
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	verify(size & 2 ? plain : tagged, path, size & 1);
	close(fd);
	return 0;
}
