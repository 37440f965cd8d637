// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A flood of forged frames, for tests: flood DEV SECONDS PER_SECOND CAMPAIGN(hex) sends UDP datagrams from 10.0.0.1 to
 * 10.0.0.2 that are tagged for the campaign, each of another flow, with a mac of another key. Prints how many it sent.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fosr/tag.h>

#include "base/time.h"
#include "sink/live.h"

#define FRAME 60
#define LEAD_NS 50000000

/* Of the plain datagram, at p. */
static void build(__u8 *p)
{
	static const __u8 head[FRAME] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, FRAME - 14, 0, 0, 0x40,
		0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 4, 0, 0, 53, 0, FRAME - 34};

	memcpy(p, head, sizeof(head));
	fosr_put16(p + 24, fosr_csum_finish(fosr_csum_words(0, p + 14, 10)));
}

/* Room for a frame; dies with the engine. */
static __u8 *room(struct fosr_live *l, __u64 *sent)
{
	struct fosr_live_sent done[256];
	struct fosr_err err = {0};
	__u8 *p;

	while (!(p = fosr_live_lend(l))) {
		fosr_live_flush(l);
		*sent += fosr_live_take(l, done, 256);
		if (fosr_live_error(l, &err)) {
			fprintf(stderr, "%s\n", err.text);
			exit(1);
		}
	}
	return p;
}

int main(int argc, char **argv)
{
	const struct fosr_live_opts o = {
		.frame_max = FRAME + FOSR_TAG_LEN4, .slots = 4096, .batch = FOSR_LIVE_BATCH_FAST};
	const struct fosr_secret wrong = {0xbadbadbadULL, 42};
	struct fosr_live_sent done[256];
	struct fosr_err err = {0};
	__u64 n, gap, begin, sent = 0;
	struct fosr_tag tag = {0};
	struct fosr_live *l;
	struct fosr_pkt pkt;
	__u32 len, ifindex;

	if (argc != 5 || !(ifindex = if_nametoindex(argv[1])) || fosr_live_open(&l, &o, &err)) {
		fprintf(stderr, "usage: flood DEV SECONDS PER_SECOND CAMPAIGN; %s\n", err.text);
		return 1;
	}
	tag.campaign = (__u32)strtoul(argv[4], NULL, 16);
	gap = 1000000000ULL / strtoull(argv[3], NULL, 10);
	n = strtoull(argv[2], NULL, 10) * 1000000000ULL / gap;
	begin = fosr_now_mono() + LEAD_NS;
	for (__u64 i = 0; i < n; i++) {
		__u8 *p = room(l, &sent);

		build(p);
		fosr_parse_eth(p, p + FRAME, &pkt);
		tag.flow = i + 1;
		len = fosr_tag_insert(p, FRAME, &pkt, &tag, &wrong);
		fosr_live_send(l, p - FOSR_TAG_LEN4, len, ifindex, begin + i * gap);
	}
	while (fosr_live_pending(l)) {
		fosr_live_flush(l);
		sent += fosr_live_take(l, done, 256);
	}
	fosr_live_close(l);
	printf("%llu\n", sent);
	return 0;
}
