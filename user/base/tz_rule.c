// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/tz_rule.h"

#include "base/time.h"

#define HOUR_S 3600
#define DAY_S 86400
#define HOURS_MAX 167 /* RFC 8536 3.3.1; offsets have 24 */

/* What is left of the text; `bad` once and for all. */
struct text {
	const char *p, *end;
	bool bad;
};

static char look(const struct text *t)
{
	return t->p < t->end ? *t->p : 0;
}

static bool next_is(struct text *t, char c)
{
	if (look(t) != c || !c)
		return false;
	t->p++;
	return true;
}

static void need(struct text *t, char c)
{
	t->bad |= !next_is(t, c);
}

static int number(struct text *t, int low, int high)
{
	int n = 0, digits = 0;

	for (; look(t) >= '0' && look(t) <= '9' && digits < 4; digits++)
		n = n * 10 + (*t->p++ - '0');
	t->bad |= !digits || n < low || n > high;
	return t->bad ? low : n;
}

/* [+-]hh[:mm[:ss]] in seconds */
static __s32 clock_time(struct text *t, int hours)
{
	__s32 sign = next_is(t, '-') ? -1 : 1, s;

	if (sign > 0)
		next_is(t, '+');
	s = number(t, 0, hours) * HOUR_S;
	if (next_is(t, ':'))
		s += number(t, 0, 59) * 60;
	if (next_is(t, ':'))
		s += number(t, 0, 59);
	return sign * s;
}

/* Three letters or more, or anything of letters, digits and signs in <>. */
static void name(struct text *t)
{
	bool quoted = next_is(t, '<');
	int n = 0;

	for (;; n++) {
		char c = look(t), low = (char)(c | 32);
		bool letter = low >= 'a' && low <= 'z';

		if (!letter && !(quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-')))
			break;
		t->p++;
	}
	t->bad |= n < 3;
	if (quoted)
		need(t, '>');
}

static void date(struct text *t, struct fosr_tz_date *d)
{
	need(t, ',');
	d->time_s = 2 * HOUR_S;
	if (next_is(t, 'M')) {
		d->form = 'M';
		d->month = (__u8)number(t, 1, 12);
		need(t, '.');
		d->week = (__u8)number(t, 1, 5);
		need(t, '.');
		d->day = (__u16)number(t, 0, 6);
	} else if (next_is(t, 'J')) {
		d->form = 'J';
		d->day = (__u16)number(t, 1, 365);
	} else {
		d->day = (__u16)number(t, 0, 365);
	}
	if (next_is(t, '/'))
		d->time_s = clock_time(t, HOURS_MAX);
}

int fosr_tz_rule_parse(struct fosr_tz_rule *r, const char *text, size_t len)
{
	struct text t = {.p = text, .end = text + len};

	*r = (struct fosr_tz_rule){0};
	name(&t);
	r->offset_s[0] = -clock_time(&t, 24);
	r->offset_s[1] = r->offset_s[0] + HOUR_S;
	r->saving = t.p < t.end;
	if (r->saving) {
		name(&t);
		if (look(&t) != ',')
			r->offset_s[1] = -clock_time(&t, 24);
		date(&t, &r->date[0]);
		date(&t, &r->date[1]);
	}
	return t.bad || t.p < t.end ? -EINVAL : 0;
}

static bool leap(int y)
{
	return y % 4 == 0 && (y % 100 || y % 400 == 0);
}

/* Days since the epoch. */
static __s64 day_of(const struct fosr_tz_date *d, int year)
{
	__s64 first, day;

	if (d->form == 'J')
		return fosr_days_from_civil(year, 1, 1) + d->day - 1 + (leap(year) && d->day >= 60);
	if (!d->form)
		return fosr_days_from_civil(year, 1, 1) + d->day;
	first = fosr_days_from_civil(year, d->month, 1);
	/* 1970-01-01 was a Thursday (4). */
	day = first + (d->day + 7 - (first + 4) % 7) % 7 + 7 * (d->week - 1);
	while (day >=
		(d->month < 12 ? fosr_days_from_civil(year, d->month + 1, 1) : fosr_days_from_civil(year + 1, 1, 1)))
		day -= 7;
	return day;
}

__s64 fosr_tz_rule_change(const struct fosr_tz_rule *r, int year, int which)
{
	return day_of(&r->date[which], year) * DAY_S + r->date[which].time_s - r->offset_s[which];
}
