// SPDX-License-Identifier: GPL-3.0-or-later
/* Campaigns and the calendar: who joins late, local time through daylight saving, rates that are asked for. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "model/hist.h"
#include "plankit.h"
#include "profilekit.h"

#define HOUR_NS (3600 * FOSR_NS_PER_S)
#define ZONEINFO "/usr/share/zoneinfo"

static char folder[] = "/tmp/test_calendar.XXXXXX";
static char nine[64]; /* a profile whose busy hour is from nine to ten, local time */

static __u64 at(const char *text)
{
	__u64 ns = 0;

	if (fosr_time_parse(text, &ns))
		ok(0, "%s is no time", text);
	return ns;
}

static void save_nine(void)
{
	struct fosr_hist h = {0};
	struct fosr_tensors set = {0}, out = {0};
	__u8 digest[FOSR_DIGEST_LEN];
	struct fosr_err err = {0};
	json_t *meta;
	size_t len;
	void *file, *buf = kit_profile(30, &len);

	for (int b = 0; b < FOSR_WEEK_BINS; b++)
		h.rate_q32[b] = b % FOSR_DAY_BINS / 4 == 9 ? 2ULL << 32 : 1ULL << 26;
	fosr_st_read(buf, len, &set, &meta, digest, &err);
	for (size_t i = 0; i < set.list.n; i++)
		if (strncmp(set.list.v[i].name, "arrivals.", 9))
			*fosr_vec_push(&out.list) = set.list.v[i];
	fosr_hist_save("arrivals", &h, &out, &err);
	fosr_st_write(&out, meta, &file, &len, &err);
	snprintf(nine, sizeof(nine), "%s/nine.fosr", folder);
	ok(!fosr_file_write(nine, file, len, &err), "a profile that is busy at nine %s", err.text);
	fosr_tensors_free(&set);
	fosr_tensors_free(&out);
	json_decref(meta);
	free(file);
	free(buf);
}

/* Of each flow that the plan has, when it starts. */
static __u32 note_start(void *arg, const struct fosr_flow *f)
{
	FOSR_VEC(__u64) *starts = arg;

	*fosr_vec_push(starts) = f->start_ns;
	return false;
}

struct busy {
	__u64 flows, busy, from_ns, to_ns; /* all; in half hours with many; the first and last of these */
};

/* Where the busy half hours of a time are. */
static struct busy busy_of(const char *tz, const char *start, __u64 hours)
{
	struct fosr_campaign_spec spec = {.profile = nine,
		.network = "small-office",
		.start_ns = at(start),
		.duration_ns = hours * HOUR_NS,
		.tz = tz};
	struct fosr_campaign *c = campaign_of(&spec);
	FOSR_VEC(__u64) starts = {0};
	struct fosr_plan *plan = plan_of(c, note_start, &starts);
	struct fosr_planned p;
	struct fosr_err err = {0};
	struct busy b = {0};
	__u64 n[200] = {0};

	while (fosr_plan_next(plan, &p, &err) > 0)
		;
	for (size_t i = 0; i < starts.n; i++)
		n[(starts.v[i] - spec.start_ns) / (HOUR_NS / 2)]++;
	for (__u64 i = 0; i < 2 * hours; i++) {
		b.flows += n[i];
		if (n[i] < 300)
			continue;
		b.busy += n[i];
		b.from_ns = b.from_ns ? b.from_ns : spec.start_ns + i * HOUR_NS / 2;
		b.to_ns = spec.start_ns + (i + 1) * HOUR_NS / 2;
	}
	fosr_vec_free(&starts);
	fosr_plan_free(plan);
	fosr_campaign_free(c);
	return b;
}

static void test_busy(const char *tz, const char *start, __u64 hours, const char *from)
{
	struct busy b = busy_of(tz, start, hours);
	char text[FOSR_TIME_TEXT];

	ok(b.from_ns == at(from) && b.to_ns == b.from_ns + HOUR_NS && b.busy > 1200 && b.flows - b.busy < 600,
		"%s, %llu hours: nine o'clock is at %s", tz ? tz : "UTC", hours, fosr_time_format(text, b.from_ns));
}

static void test_zones(void)
{
	test_busy(NULL, "2025-03-29", 24, "2025-03-29T09:00:00Z");
	test_busy("Europe/Paris", "2025-03-28T23:00:00Z", 24, "2025-03-29T08:00:00Z");
	test_busy("Europe/Paris", "2025-03-29T23:00:00Z", 23, "2025-03-30T07:00:00Z");
	test_busy("Europe/Paris", "2025-10-24T22:00:00Z", 24, "2025-10-25T07:00:00Z");
	test_busy("Europe/Paris", "2025-10-25T22:00:00Z", 25, "2025-10-26T08:00:00Z");
	test_busy("Asia/Kolkata", "2025-10-25T18:30:00Z", 24, "2025-10-26T03:30:00Z");
	test_busy("Australia/Lord_Howe", "2025-04-04T13:00:00Z", 24, "2025-04-04T22:00:00Z");
	test_busy("Australia/Lord_Howe", "2025-04-05T13:00:00Z", 24, "2025-04-05T22:30:00Z");
	test_busy("America/New_York", "2025-11-02T04:00:00Z", 25, "2025-11-02T14:00:00Z");
}

/* Whose flows start late enough for both plans. */
static __u32 starts_after(void *arg, const struct fosr_flow *f)
{
	return f->start_ns >= *(__u64 *)arg;
}

static void test_late(const char *profile, const char *tz, const char *start)
{
	struct fosr_campaign_spec spec = {.profile = profile,
		.network = "small-office",
		.start_ns = at(start),
		.duration_ns = HOUR_NS,
		.flows_per_day = 300000,
		.tz = tz};
	struct fosr_campaign *early = campaign_of(&spec), *late;
	__u64 joined = spec.start_ns + 41 * 60 * FOSR_NS_PER_S + 3 * FOSR_NS_PER_S + 7;
	struct notes all, tail;

	spec.duration_ns = spec.start_ns + spec.duration_ns - joined;
	spec.start_ns = joined;
	late = campaign_of(&spec);
	all = take_down(early, starts_after, &joined);
	tail = take_down(late, NULL, NULL);
	ok(tail.list.n > 300 && all.list.n == tail.list.n && same_packets(&all, &tail, tail.list.n),
		"%s, %s: who joins late, in the middle of a window, has the same %zu packets of flows to come",
		tz ? tz : "UTC", start, tail.list.n);
	notes_free(&all);
	notes_free(&tail);
	fosr_campaign_free(early);
	fosr_campaign_free(late);
}

static bool same_digest(const struct fosr_campaign *a, const struct fosr_campaign *b)
{
	return !memcmp(a->digest, b->digest, FOSR_DIGEST_LEN);
}

static struct fosr_campaign *hour_of(const char *tz, const char *start)
{
	struct fosr_campaign_spec spec = {.profile = "office",
		.network = "small-office",
		.start_ns = at(start),
		.duration_ns = HOUR_NS,
		.tz = tz};

	return campaign_of(&spec);
}

/* A zoneinfo of its own, in which Paris is somewhere else, or has another rule for other years. */
static struct fosr_campaign *elsewhere(const char *file, const char *start)
{
	char path[128], from[128];
	struct fosr_campaign *c;
	struct fosr_err err = {0};
	size_t len;
	void *buf;

	snprintf(from, sizeof(from), ZONEINFO "/%s", file);
	snprintf(path, sizeof(path), "%s/Europe", folder);
	mkdir(path, 0755);
	strcat(path, "/Paris");
	if (fosr_file_read(from, 1 << 16, &buf, &len, &err) || fosr_file_write(path, buf, len, &err))
		ok(0, "%s", err.text);
	free(buf);
	setenv("TZDIR", folder, 1);
	c = hour_of("Europe/Paris", start);
	unsetenv("TZDIR");
	unlink(path);
	*strrchr(path, '/') = 0;
	rmdir(path);
	return c;
}

static void test_digest(void)
{
	static const char when[] = "2025-10-26T00:30:00Z";
	struct fosr_campaign *none = hour_of(NULL, when), *utc = hour_of("UTC", when),
			     *paris = hour_of("Europe/Paris", when), *berlin = hour_of("Europe/Berlin", when),
			     *again = hour_of("Europe/Paris", when), *other = elsewhere("Asia/Kolkata", when),
			     *same = elsewhere("Europe/Berlin", when);

	ok(same_digest(none, utc) && !utc->tz, "UTC is what no zone is");
	ok(!same_digest(none, paris) && same_digest(paris, again), "with a zone it is another campaign");
	ok(!same_digest(paris, berlin), "the zone's name counts");
	ok(!same_digest(paris, other), "where zoneinfo says something else of that hour, the campaign is another one");
	ok(same_digest(paris, same), "where it says the same of that hour, it is the same");
	ok(none->craft.key == paris->craft.key && other->craft.key == paris->craft.key, "the generator's key is one");
	ok(none->craft.key && paris->tz->changes.n == 2, "the hour has its change");
	fosr_campaign_free(none);
	fosr_campaign_free(utc);
	fosr_campaign_free(paris);
	fosr_campaign_free(berlin);
	fosr_campaign_free(again);
	fosr_campaign_free(other);
	fosr_campaign_free(same);
}

static __u64 flows_of(const char *profile, __u64 per_day, __u64 duration_ns)
{
	struct fosr_campaign_spec spec = {
		.profile = profile, .network = "small-office", .duration_ns = duration_ns, .flows_per_day = per_day};
	struct fosr_campaign *c = campaign_of(&spec);
	FOSR_VEC(__u64) starts = {0};
	struct fosr_plan *plan = plan_of(c, note_start, &starts);
	struct fosr_planned p;
	struct fosr_err err = {0};
	__u64 n;

	while (fosr_plan_next(plan, &p, &err) > 0)
		;
	n = starts.n;
	fosr_vec_free(&starts);
	fosr_plan_free(plan);
	fosr_campaign_free(c);
	return n;
}

static void test_rates(void)
{
	struct fosr_campaign_spec spec = {
		.profile = nine, .network = "small-office", .duration_ns = HOUR_NS, .flows_per_day = 100000000000};
	struct fosr_campaign *c;
	struct fosr_err err = {0};
	unsigned long long most = 0;
	__u64 n = flows_of("office", 20000, 14 * 24 * HOUR_NS);

	ok(n > 14 * 19000 && n < 14 * 21000, "20000 flows a day are %llu in two weeks", n);
	n = flows_of("office", 1, 28 * 24 * HOUR_NS);
	ok(n > 2 && n < 80, "one flow a day is %llu in four weeks", n);
	n = flows_of(nine, 1000, 14 * 24 * HOUR_NS);
	ok(n > 14 * 950 && n < 14 * 1050, "the mean is of a week, whatever the hours: %llu", n);
	n = flows_of("office", 100000000000, FOSR_WINDOW_NS / 100);
	ok(n > 2000 && n < 1000000, "a hundred billion a day: %llu in 50 ms", n);
	ok(fosr_campaign_open(&spec, &c, &err) == -EINVAL && strstr(err.text, "the most that it can have is"), "%s",
		err.text);
	sscanf(strstr(err.text, "can have is") + 11, "%llu", &most);
	spec.flows_per_day = most;
	ok(most && !fosr_campaign_open(&spec, &c, &err), "and %llu it can", most);
	fosr_campaign_free(c);
	spec.flows_per_day = most + most / 1000;
	ok(fosr_campaign_open(&spec, &c, &err) == -EINVAL, "a little more it cannot");
}

static void test_bad_zone(void)
{
	struct fosr_campaign_spec spec = {
		.profile = "office", .network = "small-office", .duration_ns = HOUR_NS, .tz = "Europe/Pariss"};
	struct fosr_campaign *c = NULL;
	struct fosr_err err = {0};

	ok(fosr_campaign_open(&spec, &c, &err) == -ENOENT && !c && strstr(err.text, "Europe/Paris?"), "%s", err.text);
}

int main(void)
{
	if (access(ZONEINFO "/Europe/Paris", R_OK))
		skip_all("no " ZONEINFO ": install tzdata");
	unsetenv("TZDIR");
	if (!mkdtemp(folder))
		skip_all("no folder of its own below /tmp");
	save_nine();
	test_zones();
	test_late("office", NULL, "2025-01-06T09:00:00Z");
	test_late(nine, "Europe/Paris", "2025-10-26T00:10:00Z");
	test_late(nine, "Europe/Paris", "2025-10-26T07:50:00Z");
	test_digest();
	test_rates();
	test_bad_zone();
	unlink(nine);
	rmdir(folder);
	return done();
}
