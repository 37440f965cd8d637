// SPDX-License-Identifier: GPL-3.0-or-later
/* The plan: order, random access, and what must not change it. The bytes are test_craft.c's. Run from the root. */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "math/quant.h"
#include "plankit.h"
#include "profilekit.h"

#define MINUTES(n) ((n)*60 * FOSR_NS_PER_S)

static const struct fosr_campaign_spec ten = {
	.profile = "office", .network = "small-office", .duration_ns = MINUTES(10)};

static struct fosr_campaign *office;
static struct notes all; /* office, ten minutes */

static void test_order(void)
{
	bool order = true, index = true, within = true;
	__u64 flows = 0, ended = 0;

	for (size_t i = 0; i < all.list.n; i++) {
		const struct noted *n = &all.list.v[i], *b = i ? n - 1 : NULL;

		order &= !b || b->time_ns < n->time_ns ||
			(b->time_ns == n->time_ns &&
				(b->flow < n->flow || (b->flow == n->flow && b->index < n->index)));
		index &= n->index || n->time_ns == n->start_ns;
		within &= n->start_ns >= office->start_ns && n->start_ns < office->start_ns + office->duration_ns &&
			n->flow >> FOSR_FLOW_INDEX_BITS == n->start_ns / FOSR_WINDOW_NS;
		flows += !n->index;
		ended += n->last;
	}
	ok(all.list.n > 5000, "ten minutes of an office are %zu packets", all.list.n);
	ok(order, "time does not go back; at one time the lower flow comes first");
	ok(index, "the first packet of a flow is when the flow starts");
	ok(within, "flows start within the duration, and their ids say in which window");
	ok(flows == all.stats.flows && all.list.n == all.stats.packets && ended == flows,
		"%llu flows begin and as many end, as the plan has counted", flows);
	ok(all.stats.live_most > 1 && all.stats.live_most <= flows, "%llu were alive at once", all.stats.live_most);
}

static void test_again(void)
{
	struct fosr_campaign_spec spec = ten;
	struct fosr_campaign *c = campaign_of(&spec);
	struct notes again = take_down(c, NULL, NULL);

	ok(again.list.n == all.list.n && same_packets(&again, &all, all.list.n), "opened again: the same packets");
	ok(c->id == office->id && !memcmp(c->digest, office->digest, FOSR_DIGEST_LEN), "and the same campaign");
	notes_free(&again);
	fosr_campaign_free(c);
	spec.seed = 1;
	c = campaign_of(&spec);
	again = take_down(c, NULL, NULL);
	ok(!same_packets(&again, &all, 10), "another seed: others");
	notes_free(&again);
	fosr_campaign_free(c);
}

static void test_random_access(void)
{
	struct fosr_rng r = fosr_rng(1, 1, FOSR_STAGE_REPORT, 0);
	__u8 *frame = malloc(fosr_craft_frame_max(office->craft.mtu));
	struct fosr_plan *plan = plan_of(office, NULL, NULL);
	const struct noted *end = NULL;
	bool equal = true;
	__u64 none = 0;

	for (int i = 0; i < 500; i++) {
		const struct noted *n = &all.list.v[fosr_rng_below(&r, (__u32)all.list.n)];
		__u32 len = fosr_plan_remake(plan, n->flow, n->port, n->index, frame);

		equal &= len == n->len && hash_of(frame, len) == n->hash;
		end = n->last ? n : end;
	}
	ok(equal, "500 packets at random, each walked alone, have the bytes that they have in the plan");
	none += fosr_plan_remake(plan, end->flow, end->port, end->index + 1, frame);
	none += fosr_plan_remake(plan, end->flow, end->port, UINT32_MAX, frame);
	ok(!none, "behind a flow's last packet there is none");
	none += fosr_plan_remake(plan, end->flow | 0xfffff, 40000, 0, frame);
	none += fosr_plan_remake(plan, 0, 40000, 0, frame);
	none += fosr_plan_remake(plan, UINT64_MAX, 40000, 0, frame);
	none += fosr_plan_remake(plan, all.list.v[0].flow - (200ULL << FOSR_FLOW_INDEX_BITS), 40000, 0, frame);
	none += fosr_plan_remake(plan, all.list.v[0].flow + (200ULL << FOSR_FLOW_INDEX_BITS), 40000, 0, frame);
	ok(!none, "of flows that the campaign does not have there is none");
	ok(!fosr_plan_stats(plan).packets && !fosr_plan_stats(plan).clamped, "and nothing of this counts as planned");
	fosr_plan_free(plan);
	free(frame);
}

static __u32 starts_before(void *arg, const struct fosr_flow *f)
{
	return f->start_ns < *(__u64 *)arg;
}

static void test_longer(void)
{
	struct fosr_campaign_spec spec = ten;
	__u64 end = office->start_ns + MINUTES(10);
	struct notes longer, first;
	struct fosr_campaign *c;
	size_t n = 0;

	spec.duration_ns = MINUTES(13);
	c = campaign_of(&spec);
	longer = take_down(c, NULL, NULL);
	while (n < all.list.n && all.list.v[n].time_ns < end)
		n++;
	ok(longer.list.n > all.list.n && same_packets(&longer, &all, n),
		"a longer campaign begins with the same %zu packets", n);
	first = take_down(c, starts_before, &end);
	ok(first.list.n == all.list.n && same_packets(&first, &all, all.list.n),
		"those of its flows that start in the first ten minutes are all of the shorter one");
	ok(c->id != office->id, "it is another campaign, though");
	notes_free(&longer);
	notes_free(&first);
	fosr_campaign_free(c);
}

static void test_count(void)
{
	static const __u64 counts[] = {1, 2, 1000, 4321};
	struct fosr_campaign_spec spec = ten;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(counts); i++)
		for (int bounded = 0; bounded < 2; bounded++) {
			struct fosr_campaign *c;
			struct notes notes;

			spec.packets = counts[i];
			spec.duration_ns = bounded ? MINUTES(10) : 0;
			c = campaign_of(&spec);
			notes = take_down(c, NULL, NULL);
			ok(notes.list.n == counts[i] && same_packets(&notes, &all, counts[i]),
				"%llu packets%s are the first ones of the plan", counts[i],
				bounded ? " of ten minutes" : "");
			notes_free(&notes);
			fosr_campaign_free(c);
		}
}

static void test_cut(void)
{
	struct fosr_campaign_spec spec = ten;
	struct fosr_campaign *c;
	struct notes notes;
	struct fosr_plan *plan;
	size_t n = 0;
	__u8 *frame;

	spec.cut = true;
	c = campaign_of(&spec);
	notes = take_down(c, NULL, NULL);
	while (n < all.list.n && all.list.v[n].time_ns < c->start_ns + c->duration_ns)
		n++;
	ok(n < all.list.n && notes.list.n == n && same_packets(&notes, &all, n), "cut: %zu packets, all before the end",
		n);
	frame = malloc(fosr_craft_frame_max(c->craft.mtu));
	plan = plan_of(c, NULL, NULL);
	ok(!fosr_plan_remake(plan, all.list.v[n].flow, all.list.v[n].port, all.list.v[n].index, frame) &&
			fosr_plan_remake(plan, all.list.v[n - 1].flow, all.list.v[n - 1].port, all.list.v[n - 1].index,
				frame) == all.list.v[n - 1].len,
		"what was cut off is no packet of the campaign");
	fosr_plan_free(plan);
	free(frame);
	notes_free(&notes);
	fosr_campaign_free(c);
}

static __u32 third(void *arg, const struct fosr_flow *f)
{
	++*(__u64 *)arg;
	return pair_of(f) % 3 == 0 && f->end[0].port && f->packets[0] + f->packets[1];
}

/* The plan of a third of the pairs of hosts is the third of the plan. */
static void test_want(__u64 limit)
{
	struct fosr_campaign_spec spec = ten;
	size_t left = limit ? limit : all.list.n, k = 0;
	struct fosr_campaign *c;
	struct notes notes;
	bool equal = true;
	__u64 asked = 0;

	spec.packets = limit;
	c = campaign_of(&spec);
	notes = take_down(c, third, &asked);
	for (size_t i = 0; i < left; i++) {
		if (all.list.v[i].pair % 3)
			continue;
		equal &= k < notes.list.n && same_packet(&notes.list.v[k], &all.list.v[i]);
		k++;
	}
	ok(equal && k == notes.list.n && k && k < left,
		"a filter of flows, %llu packets at most: exactly its %zu of %zu", limit, k, left);
	ok(asked >= notes.stats.flows && (limit || asked == all.stats.flows), "each flow was asked about once");
	notes_free(&notes);
	fosr_campaign_free(c);
}

/* Taint and payload are no part of the generator's key: flows, times and lengths stay. */
static void test_taint(void)
{
	struct fosr_campaign_spec spec = ten;
	struct fosr_campaign *c;
	struct notes notes;
	bool same = true;

	spec.taint = FOSR_TAINT_OPTION;
	c = campaign_of(&spec);
	notes = take_down(c, NULL, NULL);
	ok(notes.list.n == all.list.n && same_packets(&notes, &all, all.list.n) && c->id != office->id,
		"a tainted campaign has the same packets under another id");
	notes_free(&notes);
	fosr_campaign_free(c);
	spec.payload = "none";
	c = campaign_of(&spec);
	notes = take_down(c, NULL, NULL);
	for (size_t i = 0; i < all.list.n; i++)
		same &= i < notes.list.n && notes.list.v[i].time_ns == all.list.v[i].time_ns &&
			notes.list.v[i].len == all.list.v[i].len && notes.list.v[i].flow == all.list.v[i].flow;
	ok(same && notes.list.n == all.list.n && !same_packets(&notes, &all, all.list.n),
		"another payload: the same plan, other bytes");
	notes_free(&notes);
	fosr_campaign_free(c);
}

/* Rotation of keys is said in the digest, and only where it is used; it leaves the packets alone. */
static void test_rotation(void)
{
	struct fosr_campaign_spec spec = ten;
	struct fosr_campaign *c, *plain;
	struct fosr_err err = {0};
	struct notes notes;

	spec.taint = FOSR_TAINT_OPTION;
	plain = campaign_of(&spec);
	spec.rotate_ns = 2 * FOSR_NS_PER_S;
	c = campaign_of(&spec);
	notes = take_down(c, NULL, NULL);
	ok(c->id != plain->id && same_packets(&notes, &all, all.list.n), "rotation: the same packets under another id");
	ok(!fosr_campaign_key_id(c, c->start_ns + spec.rotate_ns - 1) &&
			fosr_campaign_key_id(c, c->start_ns + spec.rotate_ns) == 1 &&
			fosr_campaign_key_id(c, c->start_ns + 257 * spec.rotate_ns) == 1 &&
			!fosr_campaign_key_id(plain, c->start_ns + 257 * spec.rotate_ns),
		"the key id counts periods, modulo 256");
	ok(!memcmp(fosr_campaign_key(c, 0), &c->secret, sizeof(c->secret)) &&
			memcmp(fosr_campaign_key(c, 1), &c->secret, sizeof(c->secret)) &&
			memcmp(fosr_campaign_key(c, 1), fosr_campaign_key(c, 255), sizeof(c->secret)),
		"key 0 is the campaign's, the others are others");
	notes_free(&notes);
	fosr_campaign_free(plain);
	fosr_campaign_free(c);
	spec.taint = FOSR_TAINT_NONE;
	ok(fosr_campaign_open(&spec, &c, &err) == -EINVAL && strstr(err.text, "--taint option"),
		"without tags there are no keys: %s", err.text);
}

/* Skipping a packet's bytes leaves the later ones of its flow as they were. */
static void test_skip(void)
{
	struct fosr_plan *plan = plan_of(office, NULL, NULL);
	__u8 *frame = malloc(fosr_craft_frame_max(office->craft.mtu));
	struct fosr_err err = {0};
	struct fosr_planned p;
	bool equal = true;

	for (size_t i = 0; fosr_plan_next(plan, &p, &err) > 0; i++) {
		__u32 len;

		if (fosr_mix64(i) % 4)
			continue;
		len = fosr_plan_craft(plan, p.packet, frame);
		equal &= len == all.list.v[i].len && hash_of(frame, len) == all.list.v[i].hash;
	}
	ok(equal, "three packets in four skipped: the others are the same");
	fosr_plan_free(plan);
	free(frame);
}

static void test_unfinished(void)
{
	struct fosr_campaign_spec spec = ten;
	const struct fosr_live_flow *l;
	__u64 begun = 0, ended = 0, found = 0, steps = 0;
	struct fosr_campaign *c;
	struct fosr_err err = {0};
	struct fosr_planned p;
	struct fosr_plan *plan;
	size_t cursor = 0;

	spec.packets = 3000;
	c = campaign_of(&spec);
	plan = plan_of(c, NULL, NULL);
	while (fosr_plan_next(plan, &p, &err) > 0) {
		begun += !p.packet->index;
		ended += p.last;
		steps += p.last ? p.packet->index + 1 : 0;
	}
	while (fosr_plan_unfinished(plan, &cursor, &l, &err) > 0) {
		found++;
		steps += l->packets[0] + l->packets[1];
	}
	ok(found == begun - ended && found, "after 3000 packets %llu flows are begun and not ended: each is given once",
		found);
	ok(steps == 3000, "the packets of ended and unfinished flows are all packets: %llu", steps);
	ok(fosr_plan_next(plan, &p, &err) == 0, "and the end stays the end");
	fosr_plan_free(plan);
	fosr_campaign_free(c);
	plan = plan_of(office, NULL, NULL);
	while (fosr_plan_next(plan, &p, &err) > 0)
		;
	cursor = 0;
	ok(!fosr_plan_unfinished(plan, &cursor, &l, &err), "where everything has ended there is none");
	fosr_plan_free(plan);
}

/* A profile whose every gap is the longest that a table may hold: 146 years. Times meet the end of time, in order. */
static void test_century(void)
{
	char path[] = "/tmp/test_plan.XXXXXX";
	struct fosr_campaign_spec spec = {.profile = path, .network = "small-office", .duration_ns = MINUTES(30)};
	__u8 digest[FOSR_DIGEST_LEN];
	struct fosr_tensors set = {0};
	struct fosr_err err = {0};
	struct fosr_campaign *c;
	struct notes notes;
	bool order = true;
	size_t len;
	__u8 *buf = kit_profile(30, &len);
	json_t *meta;
	void *file;

	close(mkstemp(path));
	fosr_st_read(buf, len, &set, &meta, digest, &err);
	for (size_t i = 0; i < set.list.n; i++)
		if (!strcmp(set.list.v[i].name, "steps.gap_table"))
			for (__u64 k = 0; k < fosr_tensor_count(&set.list.v[i]); k++)
				((__u64 *)set.list.v[i].data)[k] = (1ULL << 62) - 1;
	fosr_st_write(&set, meta, &file, &len, &err);
	ok(!fosr_file_write(path, file, len, &err), "a profile of century-long gaps");
	c = campaign_of(&spec);
	notes = take_down(c, NULL, NULL);
	for (size_t i = 1; i < notes.list.n; i++)
		order &= notes.list.v[i - 1].time_ns <= notes.list.v[i].time_ns;
	ok(order && notes.list.n > 50 && notes.list.v[notes.list.n - 1].time_ns == UINT64_MAX - 1,
		"%zu packets of it: time does not go back", notes.list.n);
	notes_free(&notes);
	fosr_campaign_free(c);
	fosr_tensors_free(&set);
	json_decref(meta);
	unlink(path);
	free(buf);
	free(file);
}

int main(void)
{
	office = campaign_of(&ten);
	all = take_down(office, NULL, NULL);
	test_order();
	test_again();
	test_random_access();
	test_longer();
	test_count();
	test_cut();
	test_want(0);
	test_want(3000);
	test_taint();
	test_rotation();
	test_skip();
	test_unfinished();
	test_century();
	notes_free(&all);
	fosr_campaign_free(office);
	return done();
}
