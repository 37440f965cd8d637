// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The live engine alone, for tools/bench/run: frames that are all different, as fast as it takes them.
 *
 *	build/tools/bench/live DEV LENGTH SECONDS [BATCH [GAP]]
 *
 * GAP: ns between the frames' due times, 0: none. Prints frames sent, the seconds it took, and the median lateness.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "math/histo.h"
#include "sink/live.h"

static void build(__u8 *p, __u32 len, __u64 n)
{
	static const __u8 head[34] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0,
		0, 10, 0, 0, 1, 10, 0, 0, 2};

	memcpy(p, head, sizeof(head));
	memset(p + sizeof(head), 0, len - sizeof(head));
	p[16] = (__u8)((len - 14) >> 8);
	p[17] = (__u8)(len - 14);
	memcpy(p + 42, &n, sizeof(n));
}

int main(int argc, char **argv)
{
	__u32 len = argc > 2 ? (__u32)atoi(argv[2]) : 60, ifindex = argc > 1 ? if_nametoindex(argv[1]) : 0;
	__u64 seconds = argc > 3 ? strtoull(argv[3], NULL, 0) : 1, gap = argc > 5 ? strtoull(argv[5], NULL, 0) : 0;
	const struct fosr_live_opts o = {
		.frame_max = 1514, .slots = 4096, .batch = argc > 4 ? (__u32)atoi(argv[4]) : FOSR_LIVE_BATCH_FAST};
	struct fosr_histo histo = {0};
	struct fosr_err err = {0};
	struct fosr_live *l;
	struct fosr_live_sent late[256];
	__u64 begin, end, n = 0, sent = 0;

	if (!ifindex || fosr_live_open(&l, &o, &err)) {
		fprintf(stderr, "%s\n", ifindex ? err.text : "no such interface");
		return 1;
	}
	begin = fosr_now_mono() + 50000000;
	while (fosr_now_mono() < begin)
		;
	end = begin + seconds * FOSR_NS_PER_S;
	for (;;) {
		__u8 *p = fosr_live_lend(l);
		__u32 got = fosr_live_take(l, late, 256);

		sent += got;
		for (__u32 i = 0; gap && i < got; i++)
			fosr_histo_add(&histo, late[i].sent_ns - late[i].due_ns);
		if (!p) {
			fosr_live_flush(l);
			continue;
		}
		if (!(n & 255) && fosr_now_mono() > end)
			break;
		build(p, len, n);
		fosr_live_send(l, p, len, ifindex, gap ? begin + n * gap : 0);
		n++;
		if (!(n & 31))
			fosr_live_flush(l);
	}
	fosr_live_flush(l);
	while (fosr_live_pending(l) && !fosr_live_error(l, &err))
		sent += fosr_live_take(l, late, 256);
	end = fosr_now_mono();
	printf("%llu %.6f %llu %llu %llu\n", sent, (double)(end - begin) / 1e9, fosr_histo_at(&histo, 500),
		fosr_histo_at(&histo, 990), histo.max);
	fosr_live_close(l);
	return 0;
}
