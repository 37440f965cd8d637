// SPDX-License-Identifier: GPL-3.0-or-later
/* tag, the program that tags foreign traffic, over a table of packets: which it tags, how, and what it drops. */
#include <errno.h>
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <fosr/tag.h>

#include "tag.skel.h"
#include "tap.h"
#include "unit/frame.h"
#include "xdp/taint.h"

#define CAMPAIGN 0xc0ffee
#define MTU 200

static const struct fosr_secret secret = {0x0123456789abcdef, 0xfedcba9876543210};
static const __u8 hop[8] = {17, 0, 5, 2, 0, 0, 1, 0};
static __u8 tcp_options[60], long_udp[200];
static struct tag_bpf *skel;
static __u8 out[4096];
static __u32 out_len;

static int run(const __u8 *data, __u32 len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = len, .data_out = out,
		.data_size_out = sizeof(out), .repeat = 1);

	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.fosr_tag), &opts))
		return -errno;
	out_len = opts.data_size_out;
	return (int)opts.retval;
}

static __u64 counted(enum fosr_count reason)
{
	int cpus = libbpf_num_possible_cpus();
	struct fosr_counters c;
	__u64 sum = 0;

	for (int cpu = 0; cpu < cpus; cpu++)
		if (!bpf_map_lookup_elem(bpf_map__fd(skel->maps.counters), &cpu, &c))
			sum += c.n[reason];
	return sum;
}

/* The tag of what came out, if its mac is right, and if without it there is what went in. */
static bool tagged(const struct frame *plain, struct fosr_tag *tag)
{
	struct fosr_pkt pkt;
	__u32 len;
	__u64 mac;

	if (fosr_parse_eth(out, out + out_len, &pkt) != FOSR_PARSE_OK ||
		fosr_tag_decode(out, out + out_len, &pkt, tag, &mac) || mac != fosr_tag_mac(tag, &secret, &pkt))
		return false;
	len = fosr_tag_strip(out, out_len, &pkt);
	return len == plain->len && !memcmp(out + out_len - len, plain->data, len);
}

static void expect_tagged(const char *what, const struct frame_spec *s, __u32 step)
{
	struct fosr_tag tag = {0};
	struct frame f;
	bool good;

	frame_build(&f, s);
	good = run(f.data, f.len) == TC_ACT_UNSPEC && tagged(&f, &tag);
	ok(good && tag.campaign == CAMPAIGN && tag.step == step && tag.flow && !tag.flags, "%s: tagged, step %u", what,
		tag.step);
}

static void expect(const char *what, const struct frame_spec *s, int action, enum fosr_count reason)
{
	__u64 before = counted(reason);
	struct frame f;
	int got;

	frame_build(&f, s);
	got = run(f.data, f.len);
	ok(got == action && counted(reason) == before + 1, "%s: action %d, counted as %d", what, got, reason);
	if (action == TC_ACT_UNSPEC)
		ok(out_len == f.len && !memcmp(out, f.data, f.len), "%s: as it was", what);
}

static int load(void)
{
	static const char *const rules[] = {"udp any any", "tcp 10.0.0.1 10.0.0.2", "tcp [fd00::1] any"};
	int err;

	skel = tag_bpf__open();
	if (!skel)
		return -errno;
	skel->rodata->campaign = CAMPAIGN;
	skel->rodata->mtu = MTU;
	skel->rodata->secret0 = secret.k0;
	skel->rodata->secret1 = secret.k1;
	bpf_map__set_max_entries(skel->maps.counters, (__u32)libbpf_num_possible_cpus());
	err = tag_bpf__load(skel);
	for (__u32 i = 0; i < FOSR_ARRAY_SIZE(rules) && !err; i++) {
		struct fosr_taint_rule r;

		fosr_taint_rule_parse(rules[i], &r, NULL);
		err = bpf_map_update_elem(bpf_map__fd(skel->maps.rules), &i, &r, BPF_ANY);
	}
	return err;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return 0;
}

int main(void)
{
	const struct frame_spec udp = {.proto = 17, .body = frame_udp, .body_len = 12},
				tcp = {.proto = 6, .body = frame_tcp, .body_len = 25},
				udp6 = {.version = 6, .proto = 17, .body = frame_udp, .body_len = 12},
				icmp = {.proto = 1, .body = frame_udp, .body_len = 12},
				options = {.proto = 17,
					.opts = (const __u8 *)"\x94\4\0\0",
					.opts_len = 4,
					.body = frame_udp,
					.body_len = 12},
				many = {.proto = 17,
					.opts = tcp_options,
					.opts_len = 16,
					.body = frame_udp,
					.body_len = 12},
				hops = {.version = 6, .opts = hop, .opts_len = 8, .body = frame_udp, .body_len = 12},
				fits = {.proto = 17, .body = long_udp, .body_len = MTU - 20 - FOSR_TAG_LEN4},
				too_long = {.proto = 17, .body = long_udp, .body_len = MTU - 20 - FOSR_TAG_LEN4 + 1};
	struct frame f;
	int err;

	if (geteuid())
		skip_all("needs root: run sudo make check");
	libbpf_set_print(quiet);
	memset(tcp_options, 1, sizeof(tcp_options));
	memcpy(long_udp, frame_udp, 8);
	err = load();
	if (err == -EPERM)
		skip_all("BPF programs may not be loaded here");
	ok(!err, "the verifier accepts it");
	if (err)
		return done();
	expect_tagged("IPv4 UDP", &udp, 0);
	expect_tagged("the same flow again", &udp, 1);
	expect_tagged("IPv4 TCP between the rule's ends", &tcp, 0);
	expect_tagged("with another option", &options, 2);
	expect_tagged("IPv6 UDP", &udp6, 0);
	expect("ICMP, which no rule names", &icmp, TC_ACT_UNSPEC, FOSR_COUNT_OTHER);
	expect("IPv4 options that leave no room", &many, TC_ACT_SHOT, FOSR_COUNT_UNFIT);
	expect("a Hop-by-Hop header", &hops, TC_ACT_SHOT, FOSR_COUNT_UNFIT);
	expect("longer than the MTU with the tag", &too_long, TC_ACT_SHOT, FOSR_COUNT_TOO_LONG);
	expect_tagged("as long as it may be", &fits, 3);
	frame_build(&f, &udp);
	run(f.data, f.len);
	ok(run(out, out_len) == TC_ACT_UNSPEC && out_len == f.len + FOSR_TAG_LEN4,
		"what is tagged is not tagged twice");
	tag_bpf__destroy(skel);
	return done();
}
