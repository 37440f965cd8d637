// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Taking tags off in memory, for tools/bench/run: a capture's frames, over and over.
 *
 *	build/tools/bench/strip bpf|user CAPTURE [ROUNDS]	CAPTURE: pcap of this machine's byte order; the first 16
 *MiB count. Prints ns per frame of each round's fastest pass.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/time.h"
#include "base/vec.h"
#include "ingest/rewrite.h"
#include "xdp/strip.h"

#define SIZE (24u << 20)
#define USED (16u << 20)

static FOSR_VEC(struct fosr_untaint_item) items;

static void die(const char *what)
{
	fprintf(stderr, "%s\n", what);
	exit(1);
}

static __u32 find_frames(const __u8 *p, size_t n)
{
	size_t at = 24;
	__u32 caplen;

	while (at + 16 <= n) {
		struct fosr_untaint_item *item;

		memcpy(&caplen, p + at + 8, 4);
		if (caplen > USED || at + 16 + caplen > n)
			break;
		item = fosr_vec_push(&items);
		if (!item)
			die("out of memory");
		*item = (struct fosr_untaint_item){
			.off = (__u32)at + 16, .caplen = caplen, .link = FOSR_LINK_ETH, .taint = FOSR_UNTAINT_OPTION};
		at += 16 + caplen;
	}
	return (__u32)items.n;
}

static __u64 pass(struct fosr_strip *s, __u8 *buf, __u32 *stripped)
{
	__u64 begin = fosr_now_mono();
	struct fosr_err err = {0};

	for (__u32 i = 0; i < items.n; i += FOSR_UNTAINT_ITEMS) {
		__u32 n = (__u32)fosr_min_u64(items.n - i, FOSR_UNTAINT_ITEMS);

		if (!s)
			fosr_rewrite_strip(buf, items.v + i, n);
		else if (fosr_strip_run(s, 0, items.v + i, n, &err))
			die(err.text);
	}
	begin = fosr_now_mono() - begin;
	*stripped = 0;
	for (__u32 i = 0; i < items.n; i++)
		*stripped += items.v[i].gone != 0;
	return begin;
}

int main(int argc, char **argv)
{
	bool bpf = argc > 2 && !strcmp(argv[1], "bpf");
	int rounds = argc > 3 ? atoi(argv[3]) : 3;
	FILE *file = argc > 2 ? fopen(argv[2], "rb") : NULL;
	struct fosr_strip *s = NULL;
	struct fosr_err err = {0};
	__u8 *keep = malloc(USED), *buf;
	__u32 n, stripped = 0;
	size_t have;

	if (!file || !keep)
		die("usage: strip bpf|user CAPTURE [ROUNDS]");
	if (bpf && fosr_strip_open(&s, SIZE, &err))
		die(err.text);
	buf = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, s ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS,
		s ? fosr_strip_fd(s) : -1, 0);
	if (buf == MAP_FAILED)
		die("mmap");
	have = fread(keep, 1, USED, file);
	n = find_frames(keep, have);
	for (int r = 0; r < rounds && n; r++) {
		__u64 best = UINT64_MAX;

		for (int k = 0; k < 5; k++) {
			memcpy(buf, keep, have);
			best = fosr_min_u64(best, pass(s, buf, &stripped));
		}
		printf("%.2f\n", (double)best / n);
	}
	fprintf(stderr, "%u frames, %u stripped\n", n, stripped);
	return !n;
}
