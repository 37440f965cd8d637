// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The guard over a table of packets, through BPF_PROG_TEST_RUN: verdict, bytes, and which counter moved. Each packet
 * also goes through the user-space build of the same headers, which must think the same of it; so do damaged ones.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include "../bpf/verdict.h"
#include "guard.skel.h"
#include "tap.h"
#include "unit/frame.h"

static const struct fosr_campaign_key known = {.campaign = 0xdecade, .key_id = 3};
static const struct fosr_secret secret = {0x0123456789abcdef, 0xfedcba9876543210};

static __always_inline const struct fosr_secret *fosr_secret_of(const struct fosr_campaign_key *key)
{
	return memcmp(key, &known, sizeof(known)) ? NULL : &secret;
}

static struct guard_bpf *skel;
static int prog_fd, counters_fd, cpus;

static void counters(__u64 *sum)
{
	struct fosr_counters c;

	memset(sum, 0, FOSR_COUNTERS * sizeof(*sum));
	for (int cpu = 0; cpu < cpus; cpu++) {
		if (bpf_map_lookup_elem(counters_fd, &cpu, &c))
			continue;
		for (int i = 0; i < FOSR_COUNTERS; i++)
			sum[i] += c.n[i];
	}
}

/* The kernel's answer; *reason is the one counter that moved by one, or FOSR_COUNTS if that is not what happened. */
static int run_guard(const __u8 *data, __u32 len, enum fosr_count *reason, bool *same)
{
	__u8 out[16384];
	__u64 before[FOSR_COUNTERS], after[FOSR_COUNTERS], moved = 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data, .data_size_in = len, .data_out = out,
		.data_size_out = sizeof(out), .repeat = 1);

	*reason = FOSR_COUNTS;
	counters(before);
	if (bpf_prog_test_run_opts(prog_fd, &opts))
		return -errno;
	counters(after);
	for (int i = 0; i < FOSR_COUNTERS; i++) {
		moved += after[i] - before[i];
		if (after[i] == before[i] + 1)
			*reason = i;
	}
	if (moved != 1)
		*reason = FOSR_COUNTS;
	*same = opts.data_size_out == len && !memcmp(out, data, len);
	return (int)opts.retval;
}

static enum fosr_count judge(const __u8 *data, __u32 len)
{
	struct fosr_pkt pkt;
	struct fosr_tag tag;
	enum fosr_parse res = fosr_parse_eth(data, data + len, &pkt);

	return fosr_judge(data, data + len, res, &pkt, &tag);
}

static void expect(const char *what, const __u8 *data, __u32 len, enum fosr_count want)
{
	int action = want == FOSR_COUNT_OTHER || want == FOSR_COUNT_UNPARSABLE ? XDP_PASS : XDP_DROP, got;
	enum fosr_count reason;
	bool same = false;

	got = run_guard(data, len, &reason, &same);
	ok(got == action && reason == want && same, "%s: verdict %d, counter %d, bytes %s", what, got, reason,
		same ? "untouched" : "changed");
	ok(judge(data, len) == want, "%s: user space thinks so too", what);
}

/* The parser and the mac find nothing wrong with it. */
static void expect_replayed(const char *what, const __u8 *data, __u32 len)
{
	enum fosr_count reason;
	bool same = false;
	int got = run_guard(data, len, &reason, &same);

	ok(got == XDP_DROP && reason == FOSR_COUNT_REPLAYED && same, "%s: verdict %d, counter %d", what, got, reason);
}

struct tagged {
	struct frame f;
	__u8 *data;
	__u32 len;
};

/* Steps go up from frame to frame, so that none is a replay. */
static void tagged(
	struct tagged *t, const struct frame_spec *s, const struct fosr_tag *like, const struct fosr_secret *key)
{
	static __u32 steps = 7;
	struct fosr_tag own = *like, *tag = &own;
	struct fosr_pkt pkt;

	own.step = like->step ? like->step : steps++;

	frame_build(&t->f, s);
	t->data = frame_start(&t->f);
	t->len = t->f.len;
	if (fosr_parse_eth(t->data, t->data + t->len, &pkt) != FOSR_PARSE_OK || !fosr_tag_has_room(&pkt))
		return;
	t->len = fosr_tag_insert(t->data, t->len, &pkt, tag, key);
	t->data -= fosr_tag_len(&pkt);
}

static const __u8 hop[8] = {17, 0, 5, 2, 0, 0, 1, 0}, later[8] = {17, 0, 0, 41, 0, 0, 0, 1};
static const __u8 routed_first[16] = {44, 0, 253, 0, 0, 0, 0, 0, 17, 0, 0, 1, 0, 0, 0, 1};
static const struct {
	const char *name;
	struct frame_spec s;
} kinds[] = {
	{"IPv4 UDP", {.proto = 17, .body = frame_udp, .body_len = 12}},
	{"IPv4 TCP", {.proto = 6, .body = frame_tcp, .body_len = 25}},
	{"IPv4 padded", {.proto = 17, .body = frame_udp, .body_len = 12, .padding = 18}},
	{"IPv4 one VLAN tag", {.vlans = 1, .proto = 6, .body = frame_tcp, .body_len = 25}},
	{"IPv4 two VLAN tags", {.vlans = 2, .proto = 17, .body = frame_udp, .body_len = 12}},
	{"IPv4 options",
		{.proto = 17, .opts = (const __u8 *)"\x94\4\0\0", .opts_len = 4, .body = frame_udp, .body_len = 12}},
	{"IPv4 fragment", {.proto = 17, .frag = 5, .body = frame_udp, .body_len = 12}},
	{"IPv6 UDP", {.version = 6, .proto = 17, .body = frame_udp, .body_len = 12}},
	{"IPv6 Hop-by-Hop", {.version = 6, .opts = hop, .opts_len = 8, .body = frame_udp, .body_len = 12}},
	{"IPv6 two VLAN tags", {.vlans = 2, .version = 6, .proto = 6, .body = frame_tcp, .body_len = 25}},
	{"IPv4 first fragment", {.proto = 17, .frag = 0x2000, .body = frame_udp, .body_len = 12}},
	{"IPv4 two VLAN tags, last fragment", {.vlans = 2, .proto = 17, .frag = 185, .body = frame_udp, .body_len = 3}},
	{"IPv6 fragment", {.version = 6, .proto = 44, .opts = later, .opts_len = 8, .body = frame_udp, .body_len = 8}},
	{"IPv6 VLAN tag, routing, first fragment",
		{.vlans = 1,
			.version = 6,
			.proto = 43,
			.opts = routed_first,
			.opts_len = 16,
			.body = frame_udp,
			.body_len = 12}},
};

static void every_kind(void)
{
	struct fosr_tag tag = {.campaign = 0xdecade, .key_id = 3, .flow = 42}, stranger = tag, rotated = tag;
	const struct fosr_secret wrong = {secret.k0 ^ 1, secret.k1};
	struct tagged t;
	char what[80];

	stranger.campaign++;
	rotated.key_id++;
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(kinds); i++) {
		frame_build(&t.f, &kinds[i].s);
		snprintf(what, sizeof(what), "%s, untagged", kinds[i].name);
		expect(what, t.f.data, t.f.len, FOSR_COUNT_OTHER);
		tagged(&t, &kinds[i].s, &tag, &secret);
		snprintf(what, sizeof(what), "%s, tagged", kinds[i].name);
		expect(what, t.data, t.len, FOSR_COUNT_DROPPED);
		snprintf(what, sizeof(what), "%s, again", kinds[i].name);
		expect_replayed(what, t.data, t.len);
		tagged(&t, &kinds[i].s, &tag, &secret);
		t.data[t.len - 1 - kinds[i].s.padding] ^= 1;
		snprintf(what, sizeof(what), "%s, payload changed: not covered", kinds[i].name);
		expect(what, t.data, t.len, FOSR_COUNT_DROPPED);
		tagged(&t, &kinds[i].s, &tag, &wrong);
		snprintf(what, sizeof(what), "%s, forged", kinds[i].name);
		expect(what, t.data, t.len, FOSR_COUNT_BAD_MAC);
		tagged(&t, &kinds[i].s, &stranger, &secret);
		snprintf(what, sizeof(what), "%s, unknown campaign", kinds[i].name);
		expect(what, t.data, t.len, FOSR_COUNT_UNKNOWN_CAMPAIGN);
	}
	tagged(&t, &kinds[0].s, &rotated, &secret);
	expect("unknown key id", t.data, t.len, FOSR_COUNT_UNKNOWN_CAMPAIGN);
	tagged(&t, &kinds[0].s, &tag, &secret);
	t.data[14 + 12] ^= 1;
	expect("source address changed", t.data, t.len, FOSR_COUNT_BAD_MAC);
	tagged(&t, &kinds[0].s, &tag, &secret);
	t.data[14 + 20 + 2] = 0x20;
	expect("another tag version is other traffic", t.data, t.len, FOSR_COUNT_OTHER);
}

#define JUMBO 8900 /* bytes of UDP payload: more than a page, so that the kernel makes several buffers of it */

/* A datagram; there is room for a tag in front of data. Returns its length. */
static __u32 jumbo(__u8 *data, int vlans)
{
	struct frame f;

	frame_build(&f, &(struct frame_spec){.vlans = vlans, .proto = 17, .body = frame_udp, .body_len = 8});
	frame_put16(f.data + f.l3 + 2, 20 + 8 + JUMBO);
	frame_put16(f.data + f.l3 + 10, 0);
	frame_put16(f.data + f.l3 + 10, frame_checksum(f.data + f.l3, 20));
	frame_put16(f.data + f.l4 + 4, 8 + JUMBO);
	memcpy(data, f.data, f.len);
	for (__u32 i = 0; i < JUMBO; i++)
		data[f.len + i] = (__u8)(i * 7);
	return f.len + JUMBO;
}

/* Frames that lie in several buffers. */
static void several_buffers(void)
{
	static __u8 room[FOSR_TAG_LEN4 + 128 + JUMBO];
	struct fosr_tag tag = {.campaign = 0xdecade, .key_id = 3, .flow = 4242, .step = 1};
	const struct fosr_secret wrong = {secret.k0 ^ 1, secret.k1};

	for (int vlans = 0; vlans < 3; vlans++, tag.step++) {
		__u8 *data = room + FOSR_TAG_LEN4;
		__u32 len = jumbo(data, vlans), longer;
		struct fosr_pkt pkt;

		expect("several buffers, untagged", data, len, FOSR_COUNT_OTHER);
		fosr_parse_eth(data, data + len, &pkt);
		longer = fosr_tag_insert(data, len, &pkt, &tag, &wrong);
		expect("several buffers, forged", room, longer, FOSR_COUNT_BAD_MAC);
		jumbo(data, vlans);
		longer = fosr_tag_insert(data, len, &pkt, &tag, &secret);
		expect("several buffers, tagged", room, longer, FOSR_COUNT_DROPPED);
		expect_replayed("several buffers, again", room, longer);
	}
}

/* Steps of one flow in an order, each with what the guard is to think of it; against the same function in user space.
 */
static void replays(void)
{
	static const struct {
		__u32 step;
		__u8 flags;
		bool replay;
	} seq[] = {
		{100, 0, false},
		{101, 0, false},
		{101, 0, true},
		{99, 0, false},
		{99, 0, true},
		{100, 0, true},
		{101, FOSR_TAG_F_RETRANS, false},
		{101, FOSR_TAG_F_CONTROL, false},
		{164, 0, false},
		{101, 0, true},
		{100, 0, false} /* no longer known */,
		{300, 0, false},
		{164, 0, false},
		{300, 0, true},
		{236, 0, false},
		{237, 0, false},
		{237, 0, true},
		{UINT32_MAX, 0, false},
		{UINT32_MAX - 1, 0, false},
		{UINT32_MAX - 1, 0, true},
	};
	struct fosr_recent r = {0};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(seq); i++) {
		struct fosr_tag tag = {
			.campaign = 0xdecade, .key_id = 3, .flow = 77, .step = seq[i].step, .flags = seq[i].flags};
		char what[64];
		struct tagged t;

		tagged(&t, &kinds[0].s, &tag, &secret);
		snprintf(what, sizeof(what), "%zu: step %u, flags %u", i, seq[i].step, seq[i].flags);
		if (seq[i].replay)
			expect_replayed(what, t.data, t.len);
		else
			expect(what, t.data, t.len, FOSR_COUNT_DROPPED);
		ok(fosr_seen_before(&r, 0, &tag) == seq[i].replay, "%s: user space thinks so too", what);
	}
}

/* Who plays the same campaign again asks for another epoch. */
static void epochs(void)
{
	struct fosr_tag tag = {.campaign = 0xdecade, .key_id = 3, .flow = 78, .step = 1};
	const struct fosr_settings next = {.epoch = 1};
	__u32 zero = 0;
	struct tagged t;

	tagged(&t, &kinds[0].s, &tag, &secret);
	expect("the first time", t.data, t.len, FOSR_COUNT_DROPPED);
	expect_replayed("the second time", t.data, t.len);
	bpf_map_update_elem(bpf_map__fd(skel->maps.settings), &zero, &next, BPF_ANY);
	expect("in another epoch", t.data, t.len, FOSR_COUNT_DROPPED);
	expect_replayed("and there again", t.data, t.len);
}

/* A good frame under the other verdicts. */
static void verdicts(void)
{
	static const __u8 nobody[6] = FOSR_BLIND_MAC;
	struct fosr_tag tag = {.campaign = 0xdecade, .key_id = 3, .flow = 42};
	static const enum fosr_verdict verdict[] = {FOSR_VERDICT_MIRROR, FOSR_VERDICT_BLIND};
	static const int action[] = {XDP_REDIRECT, XDP_PASS};
	__u8 out[2048];

	for (int i = 0; i < 2; i++) {
		struct guard_bpf *s = guard_bpf__open();
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_out = out, .repeat = 1);
		struct tagged t;
		bool bytes;

		s->rodata->verdict = verdict[i];
		s->rodata->mirror = 1;
		if (guard_bpf__load(s) ||
			bpf_map_update_elem(bpf_map__fd(s->maps.campaigns), &known, &secret, BPF_ANY)) {
			ok(0, "a guard with verdict %d loads", verdict[i]);
			continue;
		}
		tagged(&t, &kinds[0].s, &tag, &secret);
		opts.data_in = t.data;
		opts.data_size_in = t.len;
		opts.data_size_out = sizeof(out);
		bpf_prog_test_run_opts(bpf_program__fd(s->progs.fosr_guard), &opts);
		ok((int)opts.retval == action[i], "verdict %d: a good frame: %u", verdict[i], opts.retval);
		bytes = verdict[i] == FOSR_VERDICT_BLIND
			? !memcmp(out, nobody, 6) && !memcmp(out + 6, t.data + 6, t.len - 6)
			: !memcmp(out, t.data, t.len);
		ok(bytes && opts.data_size_out == t.len, "and the bytes that it leaves with");
		frame_build(&t.f, &kinds[0].s);
		opts.data_in = t.f.data;
		opts.data_size_in = t.f.len;
		opts.data_size_out = sizeof(out);
		bpf_prog_test_run_opts(bpf_program__fd(s->progs.fosr_guard), &opts);
		ok(opts.retval == XDP_PASS && !memcmp(out, t.f.data, t.f.len), "an untagged one passes untouched");
		guard_bpf__destroy(s);
	}
}

static void not_parsable(void)
{
	struct frame_spec s = kinds[0].s;
	struct frame f;

	frame_build(&f, &s);
	frame_put16(f.data + 12, 0x0806);
	expect("ARP", f.data, f.len, FOSR_COUNT_OTHER);
	frame_build(&f, &s);
	for (__u8 ihl = 0; ihl < 5; ihl++) {
		f.data[14] = 0x40 | ihl;
		expect("ihl below 5", f.data, f.len, FOSR_COUNT_UNPARSABLE);
	}
	f.data[14] = 0x4f;
	expect("ihl beyond the packet", f.data, f.len, FOSR_COUNT_UNPARSABLE);
	frame_build(&f, &s);
	frame_put16(f.data + 16, 19);
	expect("total length below the header's", f.data, f.len, FOSR_COUNT_UNPARSABLE);
	frame_build(&f, &s);
	expect("cut inside the IPv4 header", f.data, 33, FOSR_COUNT_UNPARSABLE);
	s.vlans = 1;
	frame_build(&f, &s);
	expect("cut inside a VLAN tag", f.data, 16, FOSR_COUNT_UNPARSABLE);
	frame_build(&f, &kinds[8].s);
	f.data[55] = 9;
	expect("extension header beyond the packet", f.data, f.len, FOSR_COUNT_UNPARSABLE);
}

/* Tagged frames with random bytes changed, and cut at random: the kernel and user space must agree on each. */
static void random_ones(void)
{
	struct fosr_tag tag = {.campaign = 0xdecade, .key_id = 3, .flow = 42};
	int differ = 0, moved[FOSR_COUNTS] = {0};

	for (int i = 0; i < 20000; i++) {
		const struct frame_spec *s = &kinds[(size_t)random() % FOSR_ARRAY_SIZE(kinds)].s;
		enum fosr_count reason, want;
		bool same = false;
		struct tagged t;
		int got;

		tagged(&t, s, &tag, &secret);
		for (long n = random() % 3; n > 0; n--)
			t.data[12 + random() % 80] = (__u8)random();
		if (random() % 4 == 0)
			t.len = 14 + (__u32)random() % (t.len - 14);
		want = judge(t.data, t.len);
		got = run_guard(t.data, t.len, &reason, &same);
		moved[want]++;
		differ += reason != want || !same || got != (fosr_judge_passes(want) ? XDP_PASS : XDP_DROP);
	}
	ok(!differ, "kernel and user space agree on 20000 damaged frames: %d differ", differ);
	ok(moved[FOSR_COUNT_OTHER] && moved[FOSR_COUNT_UNPARSABLE] && moved[FOSR_COUNT_DROPPED] &&
			moved[FOSR_COUNT_BAD_MAC] && moved[FOSR_COUNT_UNKNOWN_CAMPAIGN],
		"all answers occurred among them");
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return 0;
}

int main(void)
{
	int err;

	if (geteuid())
		skip_all("needs root: run sudo make check");
	libbpf_set_print(quiet);
	cpus = libbpf_num_possible_cpus();
	skel = guard_bpf__open();
	if (!skel || cpus <= 0)
		skip_all("the guard's object does not open");
	bpf_map__set_max_entries(skel->maps.counters, (__u32)cpus);
	err = guard_bpf__load(skel);
	if (err == -EPERM)
		skip_all("BPF programs may not be loaded here");
	ok(!err, "the verifier accepts the guard");
	if (err)
		return done();
	prog_fd = bpf_program__fd(skel->progs.fosr_guard);
	counters_fd = bpf_map__fd(skel->maps.counters);
	ok(!bpf_map_update_elem(bpf_map__fd(skel->maps.campaigns), &known, &secret, BPF_ANY),
		"a campaign is made known");
	srandom(3);
	every_kind();
	several_buffers();
	replays();
	epochs();
	verdicts();
	not_parsable();
	random_ones();
	guard_bpf__destroy(skel);
	return done();
}
