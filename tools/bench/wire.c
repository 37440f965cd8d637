// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Frames on a wire, for tools/bench/run:
 *
 *	build/tools/bench/wire live DEV LENGTH SECONDS [GAP]	the live engine alone: frames that are all different, as
 *fast as it takes them, or every GAP ns; prints how many, and how long it took build/tools/bench/wire constant DEV
 *LENGTH SECONDS	the limit: one frame over and over, which nobody fills build/tools/bench/wire drop|stamp DEV
 *receives until standard input ends; stamp then prints a line "number time" for each frame that came
 */
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include <fosr/tag.h>

#include "base/time.h"
#include "campaign/secret.h"
#include "sink/live.h"

#define MAX 1514
#define NUMBER 42 /* as wire.bpf.c */
#define STAMPS (1u << 20)
#define LEAD_NS 100000000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* A UDP datagram with its number in it. */
static void build(__u8 *p, __u32 len, __u64 n)
{
	static const __u8 head[34] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0,
		0, 10, 0, 0, 1, 10, 0, 0, 2};

	memcpy(p, head, sizeof(head));
	memset(p + sizeof(head), 0, len - sizeof(head));
	p[16] = (__u8)((len - 14) >> 8);
	p[17] = (__u8)(len - 14);
	memcpy(p + NUMBER, &n, sizeof(n));
}

static void live(__u32 ifindex, __u32 len, __u64 seconds, __u64 gap)
{
	const struct fosr_live_opts o = {
		.frame_max = len, .slots = 4096, .batch = gap ? FOSR_LIVE_BATCH_SOON : FOSR_LIVE_BATCH_FAST};
	struct fosr_live_sent sent[256];
	struct fosr_err err = {0};
	__u64 begin, end, n = 0, done = 0;
	struct fosr_live *l;

	if (fosr_live_open(&l, &o, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	begin = fosr_now_mono() + LEAD_NS;
	while (fosr_now_mono() < begin)
		;
	end = begin + seconds * FOSR_NS_PER_S;
	while (gap ? n * gap < seconds * FOSR_NS_PER_S : (n & 255) || fosr_now_mono() < end) {
		__u8 *p = fosr_live_lend(l);

		if (!p)
			done += fosr_live_take(l, sent, 256);
		if (p) {
			build(p, len, n);
			fosr_live_send(l, p, len, ifindex, gap ? begin + n * gap : 0);
			n++;
		}
		if (!p || !(n & 31))
			fosr_live_flush(l);
	}
	fosr_live_flush(l);
	while (fosr_live_pending(l) && !fosr_live_error(l, &err))
		done += fosr_live_take(l, sent, 256);
	printf("%llu %.6f\n", done, (double)(fosr_now_mono() - begin) / 1e9);
	fosr_live_close(l);
}

/* wire.bpf.o lies beside this program. */
static struct bpf_object *object(const char *self, const char *name, __u32 ifindex, int *prog_fd)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	struct bpf_program *p;
	struct bpf_object *o;
	char path[4096];

	snprintf(path, sizeof(path), "%.*s/wire.bpf.o", (int)(strrchr(self, '/') - self), self);
	o = bpf_object__open_file(path, &opts);
	if (!o)
		die(path);
	bpf_object__for_each_program(p, o) bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), name));
	bpf_map__set_initial_value(bpf_object__find_map_by_name(o, ".rodata"), &ifindex, sizeof(ifindex));
	if (bpf_object__load(o))
		die("wire.bpf.o");
	*prog_fd = bpf_program__fd(bpf_object__find_program_by_name(o, name));
	return o;
}

struct flood {
	int fd;
	__u32 len;
	__u8 frame[MAX];
};

static void *flood(void *arg)
{
	const struct flood *f = arg;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = f->frame, .data_size_in = f->len, .repeat = -1,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = FOSR_LIVE_BATCH_FAST);

	bpf_prog_test_run_opts(f->fd, &opts);
	return NULL;
}

static void nothing(int sig)
{
}

/*
 * A frame of len bytes with the tag that a guard knows from the start. It says that it was sent before, so that the
 * guard takes it again and again.
 */
static void build_tagged(__u8 *p, __u32 len)
{
	__u8 room[MAX + FOSR_TAG_LEN6], *frame = room + FOSR_TAG_LEN6;
	struct fosr_tag tag = {.flow = 1, .flags = FOSR_TAG_F_RETRANS};
	struct fosr_common common;
	struct fosr_err err = {0};
	struct fosr_pkt pkt;

	build(frame, len - FOSR_TAG_LEN4, 1);
	if (fosr_common_open(&common, NULL, &err) ||
		fosr_parse_eth(frame, frame + len - FOSR_TAG_LEN4, &pkt) != FOSR_PARSE_OK)
		die("frame");
	tag.campaign = common.id;
	if (fosr_tag_insert(frame, len - FOSR_TAG_LEN4, &pkt, &tag, &common.secret) != len)
		die("tag");
	memcpy(p, frame - FOSR_TAG_LEN4, len);
}

/* How many is for the interface's counter to say. */
static void constant(const char *self, __u32 ifindex, __u32 len, __u64 seconds, bool tagged)
{
	struct sigaction sa = {.sa_handler = nothing};
	struct flood f = {.len = len};
	pthread_t thread;

	if (tagged)
		build_tagged(f.frame, len);
	object(self, "constant", ifindex, &f.fd);
	sigaction(SIGUSR1, &sa, NULL);
	if (pthread_create(&thread, NULL, flood, &f))
		die("thread");
	sleep((unsigned int)seconds);
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	printf("0 %llu\n", seconds);
}

static void receive(const char *self, const char *what, __u32 ifindex)
{
	struct bpf_object *o;
	const __u64 *at;
	int fd;

	o = object(self, what, ifindex, &fd);
	at = mmap(NULL, STAMPS * sizeof(*at), PROT_READ, MAP_SHARED,
		bpf_map__fd(bpf_object__find_map_by_name(o, "stamps")), 0);
	if (at == MAP_FAILED || bpf_xdp_attach((int)ifindex, fd, XDP_FLAGS_DRV_MODE, NULL))
		die("attach");
	printf("ready\n");
	fflush(stdout);
	while (getchar() != EOF)
		;
	bpf_xdp_detach((int)ifindex, XDP_FLAGS_DRV_MODE, NULL);
	for (__u32 i = 0; i < STAMPS && !strcmp(what, "stamp"); i++)
		if (at[i])
			printf("%u %llu\n", i, at[i]);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	__u32 ifindex = argc > 2 ? if_nametoindex(argv[2]) : 0, len = argc > 3 ? (__u32)atoi(argv[3]) : 60;
	__u64 seconds = argc > 4 ? strtoull(argv[4], NULL, 0) : 1;

	if (!ifindex || len < NUMBER + 8 || len > MAX) {
		fprintf(stderr, "usage: wire live|constant|tagged|drop|stamp DEV [LENGTH SECONDS [GAP]]\n");
		return 2;
	}
	if (!strcmp(what, "live"))
		live(ifindex, len, seconds, argc > 5 ? strtoull(argv[5], NULL, 0) : 0);
	else if (!strcmp(what, "constant"))
		constant(argv[0], ifindex, len, seconds, false);
	else if (!strcmp(what, "tagged"))
		constant(argv[0], ifindex, len, seconds, true);
	else
		receive(argv[0], what, ifindex);
	return 0;
}
