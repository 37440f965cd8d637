// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define S_PER_DAY 86400LL

static const struct {
	const char *name;
	__u64 ns;
} units[] = {
	/* The first row of each size is the one that is written. */
	{"ns", 1},
	{"us", 1000},
	{"ms", 1000000},
	{"s", FOSR_NS_PER_S},
	{"m", 60 * FOSR_NS_PER_S},
	{"h", 3600 * FOSR_NS_PER_S},
	{"d", 86400 * FOSR_NS_PER_S},
	{"w", 7 * 86400 * FOSR_NS_PER_S},
	{"nsec", 1},
	{"\xc2\xb5s", 1000}, /* U+00B5 micro sign */
	{"\xce\xbcs", 1000}, /* U+03BC Greek mu */
	{"usec", 1000},
	{"msec", 1000000},
	{"sec", FOSR_NS_PER_S},
	{"second", FOSR_NS_PER_S},
	{"min", 60 * FOSR_NS_PER_S},
	{"minute", 60 * FOSR_NS_PER_S},
	{"hr", 3600 * FOSR_NS_PER_S},
	{"hour", 3600 * FOSR_NS_PER_S},
	{"day", 86400 * FOSR_NS_PER_S},
	{"week", 7 * 86400 * FOSR_NS_PER_S},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_space(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* "12" or "12.345" at *pp: whole part, and the fraction in units of 1e-9. */
static int read_decimal(const char **pp, __u64 *whole, __u64 *frac)
{
	const char *p = *pp;
	__u64 scale = FOSR_NS_PER_S;

	*whole = *frac = 0;
	if (!is_digit(*p))
		return -EINVAL;
	for (; is_digit(*p); p++)
		if (__builtin_mul_overflow(*whole, (__u64)10, whole) ||
			__builtin_add_overflow(*whole, (__u64)(*p - '0'), whole))
			return -ERANGE;
	if (*p == '.') {
		if (!is_digit(*++p))
			return -EINVAL;
		for (; is_digit(*p); p++) {
			scale /= 10;
			if (!scale)
				return -EINVAL;
			*frac += (__u64)(*p - '0') * scale;
		}
	}
	*pp = p;
	return 0;
}

/* The unit's size at *pp, or 0. A final s is a plural of the words of three letters and more. */
static __u64 read_unit(const char **pp)
{
	size_t len = 0;
	const char *p = *pp;

	while (p[len] && !is_digit(p[len]) && p[len] != ' ' && p[len] != '\t' && p[len] != '.')
		len++;
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(units); i++) {
		size_t n = strlen(units[i].name);
		bool plural = len == n + 1 && n >= 2 && i >= 8 && p[n] == 's' && (__u8)p[0] < 0x80;

		if ((len == n || plural) && !memcmp(p, units[i].name, n)) {
			*pp = p + len;
			return units[i].ns;
		}
	}
	return 0;
}

int fosr_duration_parse(const char *text, __u64 *ns)
{
	const char *p = skip_space(text);
	unsigned __int128 sum = 0;

	if (!strcmp(p, "0")) {
		*ns = 0;
		return 0;
	}
	do {
		__u64 whole, frac, unit;
		int err = read_decimal(&p, &whole, &frac);

		if (err)
			return err;
		p = skip_space(p);
		unit = read_unit(&p);
		if (!unit)
			return -EINVAL;
		sum += (unsigned __int128)whole * unit + (unsigned __int128)frac * unit / FOSR_NS_PER_S;
		if (sum > UINT64_MAX)
			return -ERANGE;
		p = skip_space(p);
	} while (*p);
	*ns = (__u64)sum;
	return 0;
}

/* Exactly n digits at *pp, or -1. */
static int read_digits(const char **pp, int n)
{
	int v = 0;

	for (; n; n--, (*pp)++) {
		if (!is_digit(**pp))
			return -1;
		v = v * 10 + (**pp - '0');
	}
	return v;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar; years of 400 are counted from 1 March. */
__s64 fosr_days_from_civil(int y, int m, int d)
{
	__s64 era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int days_in_month(int y, int m)
{
	static const __u8 days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[m - 1] + (m == 2 && y % 4 == 0 && (y % 100 || y % 400 == 0));
}

/* YYYY-MM-DD at *pp as days, through *days. */
static int read_date(const char **pp, __s64 *days)
{
	int y = read_digits(pp, 4), m, d;

	if (y < 0 || *(*pp)++ != '-')
		return -EINVAL;
	m = read_digits(pp, 2);
	if (m < 1 || m > 12 || *(*pp)++ != '-')
		return -EINVAL;
	d = read_digits(pp, 2);
	if (d < 1 || d > days_in_month(y, m))
		return -EINVAL;
	*days = fosr_days_from_civil(y, m, d);
	return 0;
}

/* HH:MM:SS[.fraction] at *pp as seconds and nanoseconds. A leap second has no Unix time and is refused. */
static int read_clock(const char **pp, __s64 *s, __u64 *ns)
{
	int h = read_digits(pp, 2), m;
	__u64 whole = 0;
	const char *sec;

	if (h < 0 || h > 23 || *(*pp)++ != ':')
		return -EINVAL;
	m = read_digits(pp, 2);
	if (m < 0 || m > 59 || *(*pp)++ != ':')
		return -EINVAL;
	sec = *pp;
	if (!is_digit(sec[0]) || !is_digit(sec[1]) || is_digit(sec[2]))
		return -EINVAL;
	if (read_decimal(pp, &whole, ns) || whole > 59)
		return -EINVAL;
	*s = h * 3600 + m * 60 + (__s64)whole;
	return 0;
}

/* "Z", "+hh:mm" or nothing at *pp: seconds to take off to reach UTC. */
static int read_offset(const char **pp, __s64 *s)
{
	char sign = **pp;
	int h, m;

	*s = 0;
	if (!sign)
		return 0;
	(*pp)++;
	if (sign == 'Z' || sign == 'z')
		return 0;
	if (sign != '+' && sign != '-')
		return -EINVAL;
	h = read_digits(pp, 2);
	if (h < 0 || h > 23 || *(*pp)++ != ':')
		return -EINVAL;
	m = read_digits(pp, 2);
	if (m < 0 || m > 59)
		return -EINVAL;
	*s = (sign == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return 0;
}

static int to_ns(__s64 s, __u64 frac, __u64 *ns)
{
	__u64 v;

	if (s < 0 || __builtin_mul_overflow((__u64)s, FOSR_NS_PER_S, &v) || __builtin_add_overflow(v, frac, &v))
		return -ERANGE;
	*ns = v;
	return 0;
}

static int parse_civil(const char *p, __u64 *ns)
{
	__s64 days, clock = 0, offset = 0;
	__u64 frac = 0;

	if (read_date(&p, &days))
		return -EINVAL;
	if (*p == 'T' || *p == 't' || *p == ' ') {
		p++;
		if (read_clock(&p, &clock, &frac) || read_offset(&p, &offset))
			return -EINVAL;
	}
	if (*p)
		return -EINVAL;
	return to_ns(days * S_PER_DAY + clock - offset, frac, ns);
}

int fosr_time_parse(const char *text, __u64 *ns)
{
	const char *p = text;
	__u64 whole, frac;
	int err;

	if (strspn(p, "0123456789") == 4 && p[4] == '-')
		return parse_civil(p, ns);
	err = read_decimal(&p, &whole, &frac);
	if (err || *p)
		return err ? err : -EINVAL;
	return whole > INT64_MAX ? -ERANGE : to_ns((__s64)whole, frac, ns);
}

char *fosr_duration_format(char buf[FOSR_TIME_TEXT], __u64 ns)
{
	size_t at = 0;

	if (!ns)
		return strcpy(buf, "0s");
	for (int i = 6; i >= 0; i--) {
		if (ns < units[i].ns)
			continue;
		at += (size_t)snprintf(buf + at, FOSR_TIME_TEXT - at, "%llu%s", ns / units[i].ns, units[i].name);
		ns %= units[i].ns;
	}
	return buf;
}

/* The inverse of fosr_days_from_civil(). */
static void civil_from_days(__s64 z, int *y, int *m, int *d)
{
	__s64 era, doe, yoe, doy, mp;

	z += 719468;
	era = z / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + era * 400 + (*m <= 2));
}

char *fosr_time_format(char buf[FOSR_TIME_TEXT], __u64 ns)
{
	__u64 s = ns / FOSR_NS_PER_S, frac = ns % FOSR_NS_PER_S;
	unsigned int clock = (unsigned int)(s % S_PER_DAY);
	int y, m, d, digits = 9;
	char tail[16] = "";

	civil_from_days((__s64)(s / S_PER_DAY), &y, &m, &d);
	for (; frac && frac % 1000 == 0; frac /= 1000)
		digits -= 3;
	if (frac)
		snprintf(tail, sizeof(tail), ".%0*llu", digits, frac);
	snprintf(buf, FOSR_TIME_TEXT, "%04d-%02d-%02dT%02u:%02u:%02u%sZ", y, m, d, clock / 3600, clock / 60 % 60,
		clock % 60, tail);
	return buf;
}

static __u64 now(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (__u64)t.tv_sec * FOSR_NS_PER_S + (__u64)t.tv_nsec;
}

__u64 fosr_now_mono(void)
{
	return now(CLOCK_MONOTONIC);
}

__u64 fosr_now_real(void)
{
	return now(CLOCK_REALTIME);
}
