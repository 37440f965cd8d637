// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * untag, the sensor's program, over a table of packets: what comes out is the frame before it was tagged; the rest
 * passes as it is. With a campaign to check against, only its tags come off and its control frames go.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <fosr/tag.h>

#include "tap.h"
#include "unit/frame.h"
#include "untag.skel.h"

static const struct fosr_campaign_key known = {.campaign = 0xdecade, .key_id = 3};
static const struct fosr_secret secret = {0x0123456789abcdef, 0xfedcba9876543210};
static const __u8 hop[8] = {17, 0, 5, 2, 0, 0, 1, 0};
static const struct {
	const char *name;
	struct frame_spec s;
} kinds[] = {
	{"IPv4 UDP", {.proto = 17, .body = frame_udp, .body_len = 12}},
	{"IPv4 TCP", {.proto = 6, .body = frame_tcp, .body_len = 25}},
	{"IPv4 padded", {.proto = 17, .body = frame_udp, .body_len = 12, .padding = 18}},
	{"IPv4 one VLAN tag", {.vlans = 1, .proto = 6, .body = frame_tcp, .body_len = 25}},
	{"IPv4 two VLAN tags", {.vlans = 2, .proto = 17, .body = frame_udp, .body_len = 12}},
	{"IPv4 fragment", {.proto = 17, .frag = 5, .body = frame_udp, .body_len = 12}},
	{"IPv6 UDP", {.version = 6, .proto = 17, .body = frame_udp, .body_len = 12}},
	{"IPv6 Hop-by-Hop", {.version = 6, .opts = hop, .opts_len = 8, .body = frame_udp, .body_len = 12}},
	{"IPv6 two VLAN tags", {.vlans = 2, .version = 6, .proto = 6, .body = frame_tcp, .body_len = 25}},
};

static struct untag_bpf *skel;
static __u8 out[4096];
static __u32 out_len;

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

static int run(const __u8 *data, __u32 len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = len, .data_out = out,
		.data_size_out = sizeof(out), .repeat = 1);

	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.fosr_untag), &opts))
		return -errno;
	out_len = opts.data_size_out;
	return (int)opts.retval;
}

static bool same(const __u8 *data, __u32 len)
{
	return out_len == len && !memcmp(out, data, len);
}

static bool load(__u32 check)
{
	skel = untag_bpf__open();
	if (!skel)
		return false;
	skel->rodata->check = check;
	bpf_map__set_max_entries(skel->maps.counters, (__u32)libbpf_num_possible_cpus());
	return !untag_bpf__load(skel) &&
		!bpf_map_update_elem(bpf_map__fd(skel->maps.campaigns), &known, &secret, BPF_ANY);
}

struct tagged {
	struct frame f;
	__u8 *data;
	__u32 len;
};

static void tagged(
	struct tagged *t, const struct frame_spec *s, const struct fosr_tag *tag, const struct fosr_secret *key)
{
	struct fosr_pkt pkt;

	frame_build(&t->f, s);
	t->data = frame_start(&t->f);
	t->len = t->f.len;
	if (fosr_parse_eth(t->data, t->data + t->len, &pkt) != FOSR_PARSE_OK || !fosr_tag_has_room(&pkt))
		return;
	t->len = fosr_tag_insert(t->data, t->len, &pkt, tag, key);
	t->data -= fosr_tag_len(&pkt);
}

static void every_kind(__u32 check)
{
	const struct fosr_tag tag = {.campaign = 0xdecade, .key_id = 3, .flow = 42, .step = 7};
	const struct fosr_secret wrong = {secret.k0 ^ 1, secret.k1};
	struct fosr_tag stranger = tag, control = tag;
	struct frame plain;
	struct tagged t;
	__u64 before;

	stranger.campaign++;
	control.flags = FOSR_TAG_F_CONTROL;
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(kinds); i++) {
		const char *name = kinds[i].name;

		frame_build(&plain, &kinds[i].s);
		ok(run(plain.data, plain.len) == XDP_PASS && same(plain.data, plain.len), "%s, untagged: as it is",
			name);
		tagged(&t, &kinds[i].s, &tag, &secret);
		before = counted(FOSR_COUNT_STRIPPED);
		ok(run(t.data, t.len) == XDP_PASS && same(plain.data, plain.len) &&
				counted(FOSR_COUNT_STRIPPED) == before + 1,
			"%s, tagged: as if it had never been", name);
		tagged(&t, &kinds[i].s, &tag, &wrong);
		ok(run(t.data, t.len) == XDP_PASS && same(check ? t.data : plain.data, check ? t.len : plain.len),
			"%s, forged: %s", name, check ? "as it is" : "off");
		tagged(&t, &kinds[i].s, &stranger, &secret);
		ok(run(t.data, t.len) == XDP_PASS && same(check ? t.data : plain.data, check ? t.len : plain.len),
			"%s, another campaign's: %s", name, check ? "as it is" : "off");
		tagged(&t, &kinds[i].s, &control, &secret);
		ok(run(t.data, t.len) == (check ? XDP_DROP : XDP_PASS), "%s, a control frame: %s", name,
			check ? "gone" : "off");
	}
	ok(!counted(FOSR_COUNT_UNFIT), "no tag was left on for want of room");
}

/* Damaged frames: what comes out is what user space makes of them. */
static void random_ones(void)
{
	const struct fosr_tag tag = {.campaign = 0xdecade, .key_id = 3, .flow = 42, .step = 7};
	int differ = 0, stripped = 0;

	for (int i = 0; i < 20000; i++) {
		__u8 user[2200];
		struct fosr_pkt pkt;
		__u32 gone = 0;
		struct tagged t;

		tagged(&t, &kinds[(size_t)random() % FOSR_ARRAY_SIZE(kinds)].s, &tag, &secret);
		for (long n = random() % 3; n > 0; n--)
			t.data[12 + random() % 80] = (__u8)random();
		if (random() % 4 == 0)
			t.len = 14 + (__u32)random() % (t.len - 14);
		memcpy(user, t.data, t.len);
		if (fosr_parse_eth(user, user + t.len, &pkt) == FOSR_PARSE_OK && pkt.tag_off)
			gone = t.len - fosr_tag_strip(user, t.len, &pkt);
		stripped += gone != 0;
		differ += run(t.data, t.len) != XDP_PASS || !same(user + gone, t.len - gone);
	}
	ok(!differ && stripped > 1000 && stripped < 20000, "20000 damaged frames as in user space: %d differ", differ);
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return 0;
}

int main(void)
{
	if (geteuid())
		skip_all("needs root: run sudo make check");
	libbpf_set_print(quiet);
	srandom(5);
	for (__u32 check = 0; check < 2; check++) {
		ok(load(check), "the verifier accepts it, %s", check ? "checking" : "without a campaign");
		every_kind(check);
		if (!check)
			random_ones();
		untag_bpf__destroy(skel);
	}
	return done();
}
