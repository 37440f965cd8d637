// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * verify with a window that is much smaller than the campaign, against a model that holds everything: what is missing
 * at which point, what comes too late, and that memory follows the window. Run from the root.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <fosr/tag.h>

#include "base/file.h"
#include "base/rng.h"
#include "campaign/expected.h"
#include "campaign/generate.h"
#include "campaign/verify.h"
#include "plankit.h"

#define PACKETS 20000
#define WINDOW 512
#define PCAP_HEAD 24
#define RECORD_HEAD 16

struct record {
	__u32 at, len; /* in the file, with its head */
	__u64 flow;
	__u32 step;
};

static char folder[] = "/tmp/fosr-verify-XXXXXX", made[64], left[64], right[64];
static struct fosr_campaign *tagged, *plain;
static __u8 *file; /* the campaign as a capture, tagged or not */
static struct record rec[PACKETS];

static __u32 le32(const __u8 *p)
{
	return p[0] | (__u32)p[1] << 8 | (__u32)p[2] << 16 | (__u32)p[3] << 24;
}

static void bail(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

static void index_records(size_t size)
{
	size_t at = PCAP_HEAD;

	for (__u32 i = 0; i < PACKETS; i++) {
		__u32 len = le32(file + at + 8);
		const __u8 *frame = file + at + RECORD_HEAD;
		struct fosr_tag tag = {0};
		struct fosr_pkt pkt;
		__u64 mac;

		if (at + RECORD_HEAD + len > size || fosr_parse_eth(frame, frame + len, &pkt) != FOSR_PARSE_OK)
			bail("the campaign's capture is broken");
		fosr_tag_decode(frame, frame + len, &pkt, &tag, &mac);
		rec[i] = (struct record){.at = (__u32)at, .len = RECORD_HEAD + len, .flow = tag.flow, .step = tag.step};
		at += rec[i].len;
	}
	if (at != size)
		bail("the campaign has more packets than were asked for");
}

static void make(const struct fosr_campaign *c)
{
	struct fosr_generate_result result;
	struct fosr_err err = {0};
	FILE *f;
	long size = -1;

	if (fosr_generate(c, &(struct fosr_generate_opts){.path = made}, &result, &err))
		bail(err.text);
	f = fopen(made, "rb");
	if (f && !fseek(f, 0, SEEK_END))
		size = ftell(f);
	if (size < 0 || fseek(f, 0, SEEK_SET))
		bail(made);
	free(file);
	file = malloc((size_t)size);
	if (!file || fread(file, 1, (size_t)size, f) != (size_t)size)
		bail(made);
	fclose(f);
	index_records((size_t)size);
}

/* A capture written piece by piece. */
static FILE *capture(const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(file, PCAP_HEAD, 1, f) != 1)
		bail(path);
	return f;
}

static void put(FILE *f, __u32 from, __u32 to)
{
	if (to > from && fwrite(file + rec[from].at, rec[to - 1].at + rec[to - 1].len - rec[from].at, 1, f) != 1)
		bail("disk full");
}

static bool holds;

/* One capture, or two points; result is released by the caller. */
static struct fosr_verify_result verify(const struct fosr_campaign *c, size_t points, __u32 window, const char *flows)
{
	const char *const captures[] = {left, right};
	const struct fosr_verify_opts o = {.captures = captures, .n = points, .window = window, .flows = flows};
	struct fosr_verify_result r;
	struct fosr_err err = {0};

	if (fosr_verify(c, &o, &r, &err))
		bail(err.text);
	holds = fosr_verify_holds(&o, &r);
	return r;
}

static __u64 faults(const struct fosr_verify_result *r, enum fosr_finding but)
{
	__u64 n = 0;

	for (int i = 0; i < FOSR_REORDERED; i++)
		n += i == (int)but ? 0 : r->count[i];
	return n;
}

static void test_whole(const struct fosr_campaign *c, const char *how)
{
	FILE *f = capture(left);
	struct fosr_verify_result r;

	put(f, 0, PACKETS);
	fclose(f);
	for (__u32 window = 64; window <= 4 * PACKETS; window *= 32) {
		r = verify(c, 1, window, NULL);
		ok(holds && r.planned == PACKETS && r.seen == PACKETS && r.flows_whole == r.flows && !r.notes.n,
			"%s: a campaign of %u packets through a window of %u is whole", how, PACKETS, window);
		fosr_verify_release(&r);
	}
}

static void test_gap(const struct fosr_campaign *c, const char *how, __u32 from, __u32 to)
{
	FILE *f = capture(left);
	struct fosr_verify_result r;
	const struct fosr_finding_note *n;

	put(f, 0, from);
	put(f, to, PACKETS);
	fclose(f);
	r = verify(c, 1, WINDOW, NULL);
	n = r.notes.n ? &r.notes.v[0] : NULL;
	ok(!holds && r.count[FOSR_MISSING] == to - from && r.seen == PACKETS - (to - from) && !faults(&r, FOSR_MISSING),
		"%s: packets %u to %u are missing, each once, and no other (%llu)", how, from, to - 1,
		r.count[FOSR_MISSING]);
	ok(n && n->kind == FOSR_MISSING && (c == plain || (n->flow == rec[from].flow && n->step == rec[from].step)),
		"%s: the first of them is named first", how);
	fosr_verify_release(&r);
}

/* Packet i comes behind packet `to`. */
static struct fosr_verify_result moved(const struct fosr_campaign *c, __u32 i, __u32 to)
{
	FILE *f = capture(left);

	put(f, 0, i);
	put(f, i + 1, to + 1);
	put(f, i, i + 1);
	put(f, to + 1, PACKETS);
	fclose(f);
	return verify(c, 1, WINDOW, NULL);
}

static void test_moved(const struct fosr_campaign *c, const char *how)
{
	struct fosr_verify_result r = moved(c, 5000, 5000 + WINDOW / 2 - 2);

	ok(holds && r.seen == PACKETS, "%s: a packet that comes within half a window is there", how);
	fosr_verify_release(&r);
	r = moved(c, 5000, 5000 + 4 * WINDOW);
	ok(!holds && r.count[FOSR_MISSING] == 1 && r.count[FOSR_TOO_LATE] + r.count[FOSR_ANSWERED] == 1 &&
			r.seen == PACKETS - 1 && r.planned == PACKETS,
		"%s: one that comes behind the window is missing, and named when it comes", how);
	ok(c == plain ||
			(r.count[FOSR_TOO_LATE] == 1 && r.notes.n == 2 && r.notes.v[1].kind == FOSR_TOO_LATE &&
				r.notes.v[1].flow == rec[5000].flow && r.notes.v[1].packet == 5001 + 4 * WINDOW),
		"%s: by its tag, as too late", how);
	fosr_verify_release(&r);
}

static void test_repeat_behind(void)
{
	FILE *f = capture(left);
	struct fosr_verify_result r;

	put(f, 0, PACKETS);
	put(f, 0, 3);
	fclose(f);
	r = verify(tagged, 1, WINDOW, NULL);
	ok(!holds && r.count[FOSR_TOO_LATE] == 3 && r.seen == PACKETS && !faults(&r, FOSR_TOO_LATE),
		"copies of what was settled long ago: too late, and nothing is missing for them");
	fosr_verify_release(&r);
	r = verify(tagged, 1, 0, NULL);
	ok(!holds && r.count[FOSR_REPEATED] == 3 && !faults(&r, FOSR_REPEATED),
		"a window that holds the whole campaign knows that they are repeated");
	fosr_verify_release(&r);
}

/* Packets before `from` of flows that also have packets from there on. */
static __u64 reaching_over(__u32 from)
{
	__u64 n = 0;

	for (__u32 i = 0; i < from; i++)
		for (__u32 k = from; k < PACKETS; k++)
			if (rec[i].flow == rec[k].flow) {
				n++;
				break;
			}
	return n;
}

static void test_points(void)
{
	__u32 from = PACKETS - 2000;
	__u64 want = reaching_over(from);
	FILE *f = capture(left);
	struct fosr_verify_result r;

	put(f, 0, PACKETS);
	fclose(f);
	f = capture(right);
	put(f, from, PACKETS);
	fclose(f);
	for (__u32 window = WINDOW; window <= 2 * PACKETS; window *= 128) {
		r = verify(tagged, 2, window, NULL);
		ok(!holds && want && r.count[FOSR_MISSING] == want && r.points.n == 2 &&
				r.points.v[1].count[FOSR_MISSING] == want && !r.points.v[0].count[FOSR_MISSING] &&
				r.seen == PACKETS && r.points.v[1].seen == 2000 && !faults(&r, FOSR_MISSING),
			"window %u: %llu packets are missing at the second point, of flows that it saw the end of (%llu)",
			window, want, r.count[FOSR_MISSING]);
		ok(r.delays.n == 1 && r.delays.v[0].ns.n == 2000 && !r.delays.v[0].ns.max,
			"and 2000 were seen at both, at the same time");
		fosr_verify_release(&r);
	}
}

/* ---- Two points with faults at random, and what a model that holds everything makes of them. */

struct model {
	bool kept[2][PACKETS];
	__u32 copies[2], drops[2];
	struct fosr_u64map flow; /* id to number */
	bool part[2][PACKETS]; /* by flow number */
	__u32 of[PACKETS]; /* flow number of each packet */
};

/* Places within blocks much shorter than the window are drawn anew, some packets are left out, some come twice. */
static void spoil(struct model *m, int point, const char *path, struct fosr_rng *rng)
{
	__u32 order[PACKETS];
	FILE *f = capture(path);

	for (__u32 i = 0; i < PACKETS; i++)
		order[i] = i;
	for (__u32 i = 0; i < PACKETS; i += 50)
		if (!fosr_rng_below(rng, 4)) {
			__u32 a = i + fosr_rng_below(rng, 50), b = i + fosr_rng_below(rng, 50), t = order[a];

			order[a] = order[b];
			order[b] = t;
		}
	for (__u32 k = 0; k < PACKETS; k++) {
		__u32 i = order[k], dice = fosr_rng_below(rng, 300);

		m->kept[point][i] = dice != 0;
		m->drops[point] += dice == 0;
		m->copies[point] += dice == 1;
		m->part[point][m->of[i]] |= dice != 0;
		for (__u32 n = dice == 0 ? 0 : dice == 1 ? 2 : 1; n; n--)
			put(f, i, i + 1);
	}
	fclose(f);
}

static void number_flows(struct model *m)
{
	for (__u32 i = 0; i < PACKETS; i++) {
		const __u32 *known = fosr_u64map_get(&m->flow, rec[i].flow);

		m->of[i] = known ? *known : (__u32)m->flow.n;
		if (!known && fosr_u64map_put(&m->flow, rec[i].flow, m->of[i]))
			bail("out of memory");
	}
}

static void expect_model(const struct model *m, const struct fosr_verify_result *r, __u64 seed)
{
	__u64 missing = 0, seen = 0;

	for (__u32 i = 0; i < PACKETS; i++) {
		bool any = m->kept[0][i] || m->kept[1][i];

		seen += any;
		missing += !any;
		for (int p = 0; p < 2; p++)
			missing += any && !m->kept[p][i] && m->part[p][m->of[i]];
	}
	ok(!holds && r->planned == PACKETS && r->seen == seen && r->count[FOSR_MISSING] == missing &&
			r->count[FOSR_REPEATED] == m->copies[0] + m->copies[1] &&
			r->points.v[0].seen == PACKETS - m->drops[0] && r->points.v[1].seen == PACKETS - m->drops[1] &&
			r->points.v[1].count[FOSR_REPEATED] == m->copies[1] &&
			faults(r, FOSR_MISSING) == r->count[FOSR_REPEATED],
		"seed %llu: %llu missing (model: %llu), %llu repeated (%u), %llu seen (%llu)", seed,
		r->count[FOSR_MISSING], missing, r->count[FOSR_REPEATED], m->copies[0] + m->copies[1], r->seen, seen);
}

static void test_model(__u64 seed)
{
	struct model *m = calloc(1, sizeof(*m));
	struct fosr_rng rng = fosr_rng(seed, 1, FOSR_STAGE_FLOW, 0);
	struct fosr_verify_result r;

	if (!m)
		bail("out of memory");
	number_flows(m);
	spoil(m, 0, left, &rng);
	spoil(m, 1, right, &rng);
	r = verify(tagged, 2, WINDOW, NULL);
	expect_model(m, &r, seed);
	fosr_verify_release(&r);
	fosr_u64map_free(&m->flow);
	free(m);
}

/* The rows' sums are the totals. */
static void test_flows(void)
{
	char path[80], line[512];
	unsigned int planned, seen, missing, rows = 0;
	__u64 sum[3] = {0};
	FILE *f = capture(left);
	struct fosr_verify_result r;

	put(f, 0, 9000);
	put(f, 9100, PACKETS);
	fclose(f);
	snprintf(path, sizeof(path), "%s/flows.csv", folder);
	r = verify(tagged, 1, WINDOW, path);
	f = fopen(path, "r");
	if (!f || !fgets(line, sizeof(line), f))
		bail(path);
	for (; fgets(line, sizeof(line), f); rows++) {
		if (sscanf(line, "%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%*[^,],%u,%u,%u", &planned, &seen,
			    &missing) != 3)
			bail(line);
		sum[0] += planned;
		sum[1] += seen;
		sum[2] += missing;
	}
	fclose(f);
	unlink(path);
	ok(rows == r.flows && sum[0] == PACKETS && sum[1] == PACKETS - 100 && sum[2] == 100,
		"a row for each of %llu flows, whose sums are the totals", r.flows);
	fosr_verify_release(&r);
}

static int count_packet(void *arg, const struct fosr_expected_packet *e, __u32 slot, struct fosr_err *err)
{
	++*(__u64 *)arg;
	return 0;
}

static int no_flow(void *arg, const struct fosr_expected_flow *f, __u32 index, struct fosr_err *err)
{
	return f->id && !f->held ? 0 : fosr_err(err, -EINVAL, "flow %llu was settled too soon", f->id);
}

static void test_expected(void)
{
	__u64 settled = 0;
	const struct fosr_expected_ops ops = {count_packet, no_flow, &settled};
	struct fosr_expected_packet *e;
	enum fosr_expected_fate fate;
	struct fosr_expected x;
	struct fosr_err err = {0};
	bool all = true, bounded = true;

	if (fosr_expected_open(&x, tagged, WINDOW, &ops, &err))
		bail(err.text);
	ok(x.head == WINDOW / 2 && !x.tail && !settled, "at first the window holds half of what it may, all ahead");
	for (__u32 i = 0; i < PACKETS; i++) {
		all &= !fosr_expected_step(&x, rec[i].flow, rec[i].step, &e, &fate, &err) &&
			fate == FOSR_EXPECTED_HELD && e->step == rec[i].step && x.flows.v[e->flow].id == rec[i].flow &&
			!fosr_expected_around(&x, e, &err);
		bounded &= x.head - x.tail <= WINDOW && x.by_flow.n <= x.flows.n && x.tail == settled;
	}
	ok(all && bounded, "each packet is found in turn, and never more than the window is held");
	ok(x.flows.n < x.flows_planned / 4, "room is taken for %zu of %llu flows", x.flows.n, x.flows_planned);
	fosr_expected_step(&x, rec[0].flow, rec[0].step, &e, &fate, &err);
	ok(!e && fate == FOSR_EXPECTED_SETTLED, "the first packet is settled by now");
	fosr_expected_step(&x, rec[0].flow, 1u << 30, &e, &fate, &err);
	ok(!e && fate == FOSR_EXPECTED_NOT, "a step that its flow never had was not planned");
	fosr_expected_step(&x, rec[0].flow | 0xffffff, 0, &e, &fate, &err);
	ok(!e && fate == FOSR_EXPECTED_NOT, "nor was a flow of that time that never was");
	fosr_expected_step(&x, UINT64_MAX, 0, &e, &fate, &err);
	ok(!e && fate == FOSR_EXPECTED_NOT, "nor one that there cannot be");
	ok(!fosr_expected_end(&x, &err) && settled == PACKETS && !x.by_flow.n && !x.by_ends.n,
		"at the end every packet and every flow was settled once %s", err.text);
	fosr_expected_free(&x);
}

static void test_jump(void)
{
	const struct fosr_expected_ops ops = {count_packet, no_flow, &(__u64){0}};
	struct fosr_expected_packet *e;
	enum fosr_expected_fate fate;
	struct fosr_expected x;
	struct fosr_err err = {0};

	if (fosr_expected_open(&x, tagged, WINDOW, &ops, &err))
		bail(err.text);
	fosr_expected_step(&x, UINT64_MAX, 0, &e, &fate, &err);
	ok(fate == FOSR_EXPECTED_NOT && !x.tail, "a tag of no planned flow does not move the window");
	fosr_expected_step(&x, rec[PACKETS / 2].flow, rec[PACKETS / 2].step, &e, &fate, &err);
	ok(fate == FOSR_EXPECTED_HELD && e && x.head > PACKETS / 2 && x.head < PACKETS / 2 + WINDOW,
		"one of a packet far ahead moves it there");
	fosr_expected_free(&x);
}

int main(void)
{
	struct fosr_campaign_spec spec = {.profile = "office",
		.network = "small-office",
		.duration_ns = 86400 * FOSR_NS_PER_S,
		.packets = PACKETS,
		.taint = FOSR_TAINT_OPTION};

	if (!mkdtemp(folder))
		bail("no temporary folder");
	snprintf(made, sizeof(made), "%s/made.pcap", folder);
	snprintf(left, sizeof(left), "%s/left.pcap", folder);
	snprintf(right, sizeof(right), "%s/right.pcap", folder);
	tagged = campaign_of(&spec);
	spec.taint = FOSR_TAINT_NONE;
	plain = campaign_of(&spec);
	make(plain);
	test_whole(plain, "by bytes");
	test_gap(plain, "by bytes", 7000, 7003);
	test_gap(plain, "by bytes", 6000, 16000);
	test_moved(plain, "by bytes");
	make(tagged);
	test_whole(tagged, "by tags");
	test_gap(tagged, "by tags", 7000, 7001);
	test_gap(tagged, "by tags", 0, 10000);
	test_gap(tagged, "by tags", 12000, PACKETS);
	test_moved(tagged, "by tags");
	test_repeat_behind();
	test_points();
	for (__u64 seed = 1; seed <= 5; seed++)
		test_model(seed);
	test_flows();
	test_expected();
	test_jump();
	unlink(made);
	unlink(left);
	unlink(right);
	rmdir(folder);
	fosr_campaign_free(tagged);
	fosr_campaign_free(plain);
	free(file);
	return done();
}
