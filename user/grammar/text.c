// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/text.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mix.h"

#define DAY 86400

struct date {
	__u32 year, month, day, weekday, second;
};

static bool add(struct fosr_text *t, __u32 most, const char *fmt, va_list ap)
{
	int n = vsnprintf(t->s + t->n, sizeof(t->s) - t->n, fmt, ap);

	if (n < 0 || t->n + (__u32)n > most) {
		t->s[t->n] = '\0';
		return false;
	}
	t->n += (__u32)n;
	return true;
}

void fosr_text_add(struct fosr_text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(t, FOSR_TEXT_MOST, fmt, ap);
	va_end(ap);
}

bool fosr_text_fit(struct fosr_text *t, __u32 most, const char *fmt, ...)
{
	bool fits;
	va_list ap;

	va_start(ap, fmt);
	fits = add(t, (__u32)fosr_min_u64(most, FOSR_TEXT_MOST), fmt, ap);
	va_end(ap);
	return fits;
}

void fosr_text_word(struct fosr_text *t, __u32 n, __u64 seed)
{
	n = (__u32)fosr_min_u64(n, FOSR_TEXT_MOST - t->n);
	for (__u32 i = 0; i < n; i++)
		t->s[t->n++] = "abcdefghijklmnopqrstuvwxyz0123456789"[fosr_mix64(seed + i) % (i ? 36 : 26)];
}

/* Days since 1970 to the calendar (Howard Hinnant's algorithm: years begin in March). */
static struct date date_of(__u64 time_ns)
{
	__u64 s = time_ns / FOSR_NS_PER_S;
	__u32 days = (__u32)(s / DAY), z = days + 719468, era = z / 146097, doe = z % 146097;
	__u32 yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	__u32 doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	struct date d = {.day = doy - (153 * mp + 2) / 5 + 1, .weekday = (days + 4) % 7, .second = (__u32)(s % DAY)};

	d.month = mp < 10 ? mp + 3 : mp - 9;
	d.year = yoe + era * 400 + (d.month <= 2);
	return d;
}

void fosr_text_date(struct fosr_text *t, __u64 time_ns)
{
	static const char *const weekday[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const month[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct date d = date_of(time_ns);

	fosr_text_add(t, "%s, %02u %s %u %02u:%02u:%02u", weekday[d.weekday], d.day, month[d.month - 1], d.year,
		d.second / 3600, d.second / 60 % 60, d.second % 60);
}

void fosr_text_stamp(struct fosr_text *t, __u64 time_ns, int digits)
{
	struct date d = date_of(time_ns);
	__u32 fraction = (__u32)(time_ns % FOSR_NS_PER_S);

	fosr_text_add(t, "%u-%02u-%02uT%02u:%02u:%02u", d.year, d.month, d.day, d.second / 3600, d.second / 60 % 60,
		d.second % 60);
	for (int i = digits; i < 9; i++)
		fraction /= 10;
	if (digits)
		fosr_text_add(t, ".%0*u", digits, fraction);
	fosr_text_add(t, "Z");
}

void fosr_text_addr(struct fosr_text *t, const struct fosr_addr *a)
{
	if (a->family != 6) {
		fosr_text_add(t, "%u.%u.%u.%u", a->b[0], a->b[1], a->b[2], a->b[3]);
		return;
	}
	for (int i = 0; i < 16; i += 2)
		fosr_text_add(t, "%s%x", i ? ":" : "[", a->b[i] << 8 | a->b[i + 1]);
	fosr_text_add(t, "]");
}

void fosr_text_end(struct fosr_text *t, const struct fosr_speech *m, enum fosr_dir dir)
{
	if (*m->name[dir])
		fosr_text_add(t, "%s", m->name[dir]);
	else
		fosr_text_addr(t, &m->flow->end[dir].addr);
}

__u32 fosr_digits(__u32 v)
{
	__u32 n = 1;

	while (v >= 10) {
		v /= 10;
		n++;
	}
	return n;
}

__u32 fosr_counted(__u32 room)
{
	__u32 n = room - fosr_digits(room);

	while (n + 1 + fosr_digits(n + 1) <= room)
		n++;
	return n;
}

/* By length, so that the last one can be as long as what is left. */
static const char *const words[][4] = {{"a", "a", "I", "a"}, {"of", "to", "in", "is"}, {"the", "and", "for", "new"},
	{"with", "this", "from", "mail"}, {"there", "under", "again", "start"},
	{"please", "before", "server", "office"}, {"service", "meeting", "address", "another"},
	{"tomorrow", "question", "customer", "complete"}, {"yesterday", "following", "available", "necessary"},
	{"connection", "department", "everything", "membership"}};

#define WORD_MOST 10

void fosr_pen_words(struct fosr_pen *p, __u32 n, __u64 seed)
{
	if (fosr_pen_unseen(p, n)) {
		fosr_pen_skip(p, n);
		return;
	}
	for (; n > WORD_MOST; seed = fosr_mix64(seed + n)) {
		__u32 len = 2 + (__u32)(seed % (WORD_MOST - 1));

		/* Behind the space there is a word, too. */
		len = (__u32)fosr_min_u64(len, n - 2);
		fosr_pen_bytes(p, words[len - 1][seed >> 8 & 3], len);
		fosr_pen_u8(p, ' ');
		n -= len + 1;
	}
	if (n)
		fosr_pen_bytes(p, words[n - 1][seed >> 8 & 3], n);
}

void fosr_pen_blank(struct fosr_pen *p, __u32 n)
{
	n = (__u32)fosr_min_u64(n, fosr_pen_room(p));
	if (n & 1)
		fosr_pen_u8(p, '\n');
	for (; n > 1; n -= 2)
		fosr_pen_bytes(p, "\r\n", 2);
}

void fosr_pen_rows(struct fosr_pen *p, __u32 count, __u32 size, fosr_row_fn *write, __u64 seed)
{
	__u32 row = 0;

	if (p->from > p->at)
		row = (__u32)fosr_min_u64((p->from - p->at) / size, count);
	fosr_pen_skip(p, row * size);
	for (; row < count && p->at < p->to; row++)
		write(p, row, size, seed);
	fosr_pen_skip(p, (count - row) * size);
}
