// SPDX-License-Identifier: GPL-3.0-or-later
/* What a plan is does not depend on how it is made: slices, workers, shards; and no two flows alive share a 5-tuple. */
#include <unistd.h>

#include "base/file.h"
#include "base/u64map.h"
#include "plankit.h"

#define SECONDS(n) ((n)*FOSR_NS_PER_S)

static struct fosr_campaign *busy(const char *services, __u64 flows_per_day, __u64 duration_ns)
{
	char path[] = "/tmp/fosr-slices-XXXXXX";
	struct fosr_campaign_spec spec = {
		.profile = "office", .duration_ns = duration_ns, .flows_per_day = flows_per_day, .network = path};
	struct fosr_err err = {0};
	struct fosr_campaign *c;
	char text[512];

	close(mkstemp(path));
	snprintf(text, sizeof(text),
		"metadata: {title: two}\n"
		"hosts:\n"
		"  - {hostname: a, os: Windows, interfaces: [{ip_addr: 10.0.0.1}]}\n"
		"  - {hostname: b, interfaces: [{ip_addr: 10.0.0.2, services: [%s]}]}\n",
		services);
	if (fosr_file_write(path, text, strlen(text), &err))
		printf("Bail out! %s\n", err.text);
	c = campaign_of(&spec);
	unlink(path);
	return c;
}

static void test_workers(void)
{
	struct fosr_campaign_spec spec = {.profile = "office", .network = "small-office", .duration_ns = SECONDS(120)};
	static const struct {
		unsigned int workers;
		__u32 slice;
	} how[] = {{1, 1}, {1, 100}, {2, 0}, {3, 50}, {7, 3000}, {2, 1u << 20}};
	struct fosr_campaign *c = campaign_of(&spec);
	struct notes want = take_down(c, NULL, NULL);
	struct fosr_err err = {0};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(how); i++) {
		struct fosr_plan_opts o = {.slice_packets = how[i].slice};
		struct notes got;

		fosr_pool_open(&o.pool, how[i].workers, &err);
		got = take_down_with(c, &o);
		ok(got.list.n == want.list.n && same_packets(&got, &want, want.list.n),
			"%u workers, slices of %u packets: the same %zu packets", how[i].workers, how[i].slice,
			got.list.n);
		ok(!memcmp(&got.stats, &want.stats, sizeof(want.stats)), "and the same sums");
		notes_free(&got);
		fosr_pool_close(o.pool);
	}
	notes_free(&want);
	fosr_campaign_free(c);
}

static void test_limit(void)
{
	struct fosr_campaign_spec spec = {.profile = "office", .network = "small-office", .packets = 2500};
	struct fosr_campaign *c = campaign_of(&spec);
	struct notes want = take_down(c, NULL, NULL);

	for (__u32 slice = 1; slice < 20000; slice *= 13) {
		struct fosr_plan_opts o = {.slice_packets = slice};
		struct notes got = take_down_with(c, &o);

		ok(got.list.n == 2500 && same_packets(&got, &want, 2500) &&
				!memcmp(&got.stats, &want.stats, sizeof(want.stats)),
			"a limit of packets, slices of %u: the same packets and sums", slice);
		notes_free(&got);
	}
	notes_free(&want);
	fosr_campaign_free(c);
}

static int by_time(const void *a, const void *b)
{
	const struct noted *x = a, *y = b;

	return (x->time_ns > y->time_ns) - (x->time_ns < y->time_ns);
}

static void test_shards(void)
{
	struct fosr_campaign_spec spec = {.profile = "office", .network = "small-office", .duration_ns = SECONDS(120)};
	struct fosr_campaign *c = campaign_of(&spec);
	struct notes want = take_down(c, NULL, NULL), got = {0};
	size_t least = SIZE_MAX;

	for (__u32 i = 0; i < 3; i++) {
		struct fosr_plan_opts o = {.shard = i, .shards = 3};
		struct notes part = take_down_with(c, &o);

		for (size_t k = 0; k < part.list.n; k++)
			*fosr_vec_push(&got.list) = part.list.v[k];
		least = fosr_min_u64(least, part.list.n);
		notes_free(&part);
	}
	qsort(got.list.v, got.list.n, sizeof(*got.list.v), by_time);
	ok(least && got.list.n == want.list.n && same_packets(&got, &want, want.list.n),
		"three shards, each with packets, together are the whole");
	notes_free(&got);
	notes_free(&want);
	fosr_campaign_free(c);
}

/* When a 5-tuple was last seen, and by which flow. */
struct tuple {
	__u64 flow, last_ns;
	bool over;
};

/* How many packets belong to a flow whose 5-tuple another flow has that is not over. */
static __u64 clashes(const struct fosr_campaign *c, const struct fosr_plan_opts *o, struct fosr_plan_stats *stats)
{
	struct fosr_plan *plan = plan_with(c, o);
	FOSR_VEC(struct tuple) tuples = {0};
	struct fosr_u64map by_key = {0};
	struct fosr_err err = {0};
	struct fosr_planned p;
	__u64 found = 0;

	while (fosr_plan_next(plan, &p, &err) > 0) {
		const struct fosr_flow *f = &p.live->flow;
		__u64 key = (__u64)f->l4 << 48 | (__u64)f->end[0].addr.b[3] << 40 | (__u64)f->end[0].port << 16 |
			f->end[1].port;
		const __u32 *known = fosr_u64map_get(&by_key, key);
		struct tuple *t;

		if (!known) {
			fosr_u64map_put(&by_key, key, (__u32)tuples.n);
			t = fosr_vec_push(&tuples);
		} else {
			t = &tuples.v[*known];
			found += t->flow != f->id && !t->over;
		}
		*t = (struct tuple){.flow = f->id, .last_ns = p.time_ns, .over = p.last};
	}
	*stats = fosr_plan_stats(plan);
	fosr_vec_free(&tuples);
	fosr_u64map_free(&by_key);
	fosr_plan_free(plan);
	return found;
}

static void test_ports(void)
{
	struct fosr_campaign *c = busy("http, https, dns", 200000000, SECONDS(30));
	struct fosr_plan_stats stats, again;
	__u64 found = clashes(c, NULL, &stats);

	ok(!found && stats.ports_moved > 100,
		"%llu flows between two hosts, %llu at once, %llu with another port than their first: none shares a 5-tuple",
		stats.flows, stats.live_most, stats.ports_moved);
	clashes(c, &(struct fosr_plan_opts){.slice_packets = 1000}, &again);
	ok(!memcmp(&stats, &again, sizeof(stats)), "smaller slices: the same ports");
	fosr_campaign_free(c);
}

/* More flows at once than there are ports. */
static void test_no_port(void)
{
	struct fosr_campaign *c = busy("http", 50000000000, SECONDS(30));
	struct fosr_plan *plan = plan_with(c, NULL);
	struct fosr_err err = {0};
	struct fosr_planned p;
	int ret;

	while ((ret = fosr_plan_next(plan, &p, &err)) > 0)
		;
	ok(ret == -EADDRNOTAVAIL && strstr(err.text, "add hosts"), "too many flows for two hosts: %s", err.text);
	fosr_plan_free(plan);
	fosr_campaign_free(c);
}

int main(void)
{
	test_workers();
	test_limit();
	test_shards();
	test_ports();
	test_no_port();
	return done();
}
