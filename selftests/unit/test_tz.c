// SPDX-License-Identifier: GPL-3.0-or-later
/* Time zones: against libc, which reads the same files in its own way; rules; what is no name and no file. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/time.h"
#include "base/tz.h"
#include "base/tz_names.h"
#include "base/tz_rule.h"
#include "tap.h"

#define ZONEINFO "/usr/share/zoneinfo"

static const char *const zones[] = {"Europe/Paris", "Europe/Dublin", "America/New_York", "America/Sao_Paulo",
	"America/Argentina/Ushuaia", "America/Nuuk", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu",
	"Asia/Tehran", "Asia/Gaza", "Australia/Lord_Howe", "Australia/Sydney", "Africa/Casablanca", "Africa/Monrovia",
	"Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Antarctica/Troll", "Etc/GMT+12", "EST5EDT"};

static struct fosr_tz *zone(const char *name, __u64 from, __u64 to)
{
	struct fosr_tz *tz;
	struct fosr_err err = {0};

	if (fosr_tz_open(name, from, to, &tz, &err)) {
		ok(0, "%s", err.text);
		return NULL;
	}
	return tz;
}

static __u64 at(const char *text)
{
	__u64 ns = 0;

	ok(!fosr_time_parse(text, &ns), "%s", text);
	return ns;
}

static bool as_libc(const struct fosr_tz *tz, __u64 s)
{
	time_t t = (time_t)s;
	struct tm tm;

	localtime_r(&t, &tm);
	if (tm.tm_gmtoff * (__s64)FOSR_NS_PER_S == fosr_tz_offset_ns(tz, s * FOSR_NS_PER_S))
		return true;
	printf("# %s at %llu: libc has %ld s\n", tz ? tz->name : "none", s, tm.tm_gmtoff);
	return false;
}

/* Random instants, and the seconds around every change. */
static void test_libc(const char *name)
{
	struct fosr_tz *tz = zone(name, 0, FOSR_TZ_END_NS);
	struct fosr_rng r = fosr_rng(3, 1, FOSR_STAGE_REPORT, 0);
	size_t n = tz ? tz->changes.n : 0;
	bool same = tz;

	setenv("TZ", name, 1);
	tzset();
	for (int i = 0; i < 3000 && same; i++)
		same = as_libc(tz, fosr_rng_u64(&r) % (FOSR_TZ_END_NS / FOSR_NS_PER_S));
	for (size_t i = 1; i < n && same; i++) {
		__u64 s = tz->changes.v[i].from_ns / FOSR_NS_PER_S;

		same = as_libc(tz, s - 1) && as_libc(tz, s) &&
			tz->changes.v[i].from_ns > tz->changes.v[i - 1].from_ns &&
			tz->changes.v[i].offset_s != tz->changes.v[i - 1].offset_s;
	}
	ok(same, "%s: %zu changes from 1970 to 2262, as libc has it", name, n);
	fosr_tz_free(tz);
}

static void test_known(void)
{
	const __s64 hour = 3600 * (__s64)FOSR_NS_PER_S;
	__u64 spring = at("2025-03-30T01:00:00Z"), april = at("2025-04-05T15:00:00Z");
	struct fosr_tz *tz = zone("Europe/Paris", spring - 86400 * FOSR_NS_PER_S, spring + 86400 * FOSR_NS_PER_S);

	ok(tz && tz->changes.n == 2 && tz->changes.v[1].from_ns == spring, "two days around a change: it alone");
	ok(fosr_tz_offset_ns(tz, spring - 1) == hour && fosr_tz_offset_ns(tz, spring) == 2 * hour &&
			fosr_tz_offset_ns(tz, 0) == hour,
		"Paris goes forward at 01:00 UTC");
	fosr_tz_free(tz);
	tz = zone("Australia/Lord_Howe", april - 1, april + 1);
	ok(fosr_tz_offset_ns(tz, april - 1) == 11 * hour && fosr_tz_offset_ns(tz, april) == 10 * hour + hour / 2,
		"Lord Howe goes back by half an hour");
	fosr_tz_free(tz);
	tz = zone("Asia/Kolkata", april, april);
	ok(tz && tz->changes.n == 1 && fosr_tz_offset_ns(tz, april) == 5 * hour + hour / 2, "Kolkata does not change");
	fosr_tz_free(tz);
	ok(!zone("UTC", 0, FOSR_TZ_END_NS) && fosr_tz_offset_ns(NULL, april) == 0, "UTC needs no table");
	ok(fosr_local_ns(5, -hour) % (7 * 24 * (__u64)hour) == 7 * 24 * (__u64)hour + 5 - (__u64)hour &&
			fosr_local_ns(april, -hour) == april - (__u64)hour,
		"before 1970 the clock stays on the right hour and weekday");
}

static void test_names(void)
{
	static const char *const no[] = {"", "/", "../../etc/passwd", "/etc/passwd", "Europe/../Europe/Paris",
		"Europe/", "Europe//Paris", "a/b/c/d/e", "zone.tab", "Paris ", "P\xc3\xa4ris",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ"};
	static const struct {
		const char *name, *words;
		int code;
	} bad[] = {{"Europe/Pariss", "did you mean Europe/Paris?", -ENOENT},
		{"europe/paris", "did you mean Europe/Paris?", -ENOENT}, {"Europe", "did you mean Europe/", -ENOENT},
		{"leapseconds", "does not begin with TZif", -EINVAL},
		{"Nowhere/At_all_here", "expected an IANA name", -ENOENT}};
	struct fosr_tz *tz;
	struct fosr_err err;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(no); i++)
		ok(!fosr_tz_name_good(no[i]) && fosr_tz_open(no[i], 0, 1, &tz, &err) == -EINVAL && !tz, "%s", err.text);
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(bad); i++)
		ok(fosr_tz_open(bad[i].name, 0, 1, &tz, &err) == bad[i].code && !tz && strstr(err.text, bad[i].words),
			"%s", err.text);
	setenv("TZDIR", "/nonexistent", 1);
	ok(fosr_tz_open("Europe/Paris", 0, 1, &tz, &err) == -ENOENT && strstr(err.text, "tzdata"), "%s", err.text);
	unsetenv("TZDIR");
	if (access(ZONEINFO "/right/Europe/Paris", R_OK))
		ok(1, "leap seconds # SKIP no right/ in " ZONEINFO);
	else
		ok(fosr_tz_open("right/Europe/Paris", 0, 1, &tz, &err) == -EINVAL && strstr(err.text, "leap seconds"),
			"%s", err.text);
}

static void test_rules(void)
{
	static const char *const good[] = {"CET-1CEST,M3.5.0,M10.5.0/3", "IST-5:30",
		"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "EST5EDT,0/0,J365/25", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		"XXX3:00:30YYY,J60,59/-167:59:59"};
	static const char *const no[] = {"", "CET", "CE-1", "CET-1x", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/3,", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "<CET-1",
		"CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J365", "CET-1CEST,0,366", "CET-1CEST,0/168,1", "CET-1:60",
		"CET--1"};
	struct fosr_tz_rule r;
	bool all = true;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(good); i++)
		ok(!fosr_tz_rule_parse(&r, good[i], strlen(good[i])), "%s", good[i]);
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(no); i++)
		ok(fosr_tz_rule_parse(&r, no[i], strlen(no[i])) == -EINVAL, "no rule: \"%s\"", no[i]);
	/* Every rule of the machine's zones through libc's reader of such strings. */
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(good); i++) {
		setenv("TZ", good[i], 1);
		tzset();
		fosr_tz_rule_parse(&r, good[i], strlen(good[i]));
		for (int y = 1971; r.saving && y < 2200 && i != 3; y++)
			for (int k = 0; k < 2; k++) {
				time_t t = fosr_tz_rule_change(&r, y, k);
				struct tm a, b;

				t--;
				localtime_r(&t, &a);
				t++;
				localtime_r(&t, &b);
				all &= a.tm_gmtoff == r.offset_s[k] && b.tm_gmtoff == r.offset_s[!k];
			}
	}
	ok(all, "their changes are libc's");
	/* Saving all the year round: the end of a year's is the beginning of the next one's. */
	fosr_tz_rule_parse(&r, good[3], strlen(good[3]));
	ok(fosr_tz_rule_change(&r, 2025, 1) == fosr_tz_rule_change(&r, 2026, 0), "saving all the year round");
}

/* A file without a change but with a rule, as RFC 8536 has it in its appendix B, of version 2 or 3. */
static size_t bare(__u8 *b, const char *rule)
{
	size_t n = 0;

	for (int block = 0; block < 2; block++) {
		__u8 head[44] = "TZif3";

		head[39] = 1; /* types */
		head[43] = 4; /* characters */
		memcpy(b + n, head, 44);
		memcpy(b + n + 44, "\0\0\0\0\0\0UTC", 10);
		n += 54;
	}
	return n + (size_t)sprintf((char *)b + n, "\n%s\n", rule);
}

static int parse(const void *buf, size_t len, struct fosr_tz **tz, struct fosr_err *err)
{
	void *exact = malloc(len ? len : 1); /* a sanitizer sees the byte behind it */
	int ret;

	memcpy(exact, buf, len);
	ret = fosr_tz_parse(exact, len, "case", 0, FOSR_TZ_END_NS, tz, err);
	free(exact);
	return ret;
}

static void refused(const __u8 *good, size_t len, size_t offset, __u8 value, const char *words)
{
	struct fosr_err err = {0};
	struct fosr_tz *tz;
	__u8 *b = malloc(len);

	memcpy(b, good, len);
	b[offset] = value;
	ok(parse(b, len, &tz, &err) == -EINVAL && !tz && strstr(err.text, words), "%s", err.text);
	free(b);
}

static void test_files(void)
{
	struct fosr_err err = {0};
	struct fosr_tz *tz, *whole = NULL;
	__u8 small[300], *file;
	size_t len = bare(small, "EST5EDT,0/0,J365/25");
	bool none = true;
	void *buf;

	ok(!parse(small, len, &tz, &err) && tz->changes.n == 1 && tz->changes.v[0].offset_s == -4 * 3600,
		"a rule without a table, saving all the year: one offset %s", err.text);
	fosr_tz_free(tz);
	len = bare(small, "");
	ok(!parse(small, len, &tz, &err) && tz->changes.n == 1 && !tz->changes.v[0].offset_s, "no rule: as it is");
	fosr_tz_free(tz);
	small[4] = 0;
	ok(!parse(small, 54, &tz, &err) && tz->changes.n == 1, "version 1 ends with its first block");
	fosr_tz_free(tz);
	len = bare(small, "nonsense");
	ok(parse(small, len, &tz, &err) == -EINVAL && strstr(err.text, "\"nonsense\""), "%s", err.text);
	refused(small, 2, 0, 'T', "TZif");
	if (fosr_file_read(ZONEINFO "/Europe/Paris", FOSR_TZ_FILE_MAX, &buf, &len, &err)) {
		ok(0, "%s", err.text);
		return;
	}
	file = buf;
	for (size_t n = 0; n < len; n++)
		none &= parse(file, n, &tz, &err) == -EINVAL && !tz;
	ok(none && !parse(file, len, &whole, &err), "cut anywhere it is refused, whole it is read");
	fosr_tz_free(whole);
	refused(file, len, 0, 'X', "begin with TZif");
	refused(file, len, 36, 0xff, "ends too early");
	refused(file, len, len - 1, ' ', "no end");
	refused(file, len, len - 3, 'x', "cannot read its rule");
	free(buf);
}

int main(void)
{
	struct stat st;

	if (stat(ZONEINFO, &st))
		skip_all("no " ZONEINFO ": install tzdata");
	unsetenv("TZDIR");
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(zones); i++)
		test_libc(zones[i]);
	test_known();
	test_names();
	test_rules();
	test_files();
	return done();
}
