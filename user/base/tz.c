// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/tz.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/cur.h"
#include "base/file.h"
#include "base/nearest.h"
#include "base/tz_names.h"
#include "base/tz_rule.h"

#define TYPES_MAX 256 /* a type's number has 8 bits */
#define OFFSET_MIN (-89999) /* RFC 8536 3.2: -25 h to 26 h, exclusive */
#define OFFSET_MAX 93599
#define YEAR_FIRST 1969 /* what it leaves behind holds at the epoch */
#define YEAR_LAST 2262

/* The six counts of a TZif header (RFC 8536 3.1). */
struct header {
	__u8 version;
	__u32 isut, isstd, leap, time, type, chars;
};

/* What is being read, and what the result may hold. */
struct reader {
	const char *name;
	__u64 from_ns, to_ns;
	struct fosr_tz *tz;
	struct fosr_err *err;
};

static int bad(const struct reader *r, const char *what)
{
	return fosr_err(r->err, -EINVAL, "time zone %s: its file is no TZif file: %s", r->name, what);
}

/* From Unix second s on, local time has that offset. Instants before the span set its beginning. */
static int change_add(const struct reader *r, __s64 s, __s32 offset_s)
{
	__u64 ns = s <= 0 ? 0 : (__u64)s > FOSR_TZ_END_NS / FOSR_NS_PER_S ? UINT64_MAX : (__u64)s * FOSR_NS_PER_S;
	struct fosr_tz *tz = r->tz;
	struct fosr_tz_change *c = tz->changes.n ? &tz->changes.v[tz->changes.n - 1] : NULL;

	if (ns > r->to_ns)
		return 0;
	/* A rule may be so odd that a year's last change comes after the next year's first. */
	ns = fosr_max_u64(ns, c ? c->from_ns : r->from_ns);
	if (c && c->from_ns == ns) {
		c->offset_s = offset_s;
		/* It may now say what the one before says. */
		if (tz->changes.n > 1 && c[-1].offset_s == offset_s)
			tz->changes.n--;
		return 0;
	}
	if (c && c->offset_s == offset_s)
		return 0;
	c = fosr_vec_push(&tz->changes);
	if (!c)
		return fosr_err(r->err, -ENOMEM, "out of memory for time zone %s", r->name);
	*c = (struct fosr_tz_change){.from_ns = ns, .offset_s = offset_s};
	return 0;
}

/* The changes of the rule that come after the last one of the table. */
static int rule_add(const struct reader *r, const struct fosr_tz_rule *rule, __s64 after_s)
{
	int ret = rule->saving ? 0 : change_add(r, after_s, rule->offset_s[0]);

	for (int y = YEAR_FIRST; y <= YEAR_LAST && rule->saving && !ret; y++) {
		__s64 at[2] = {fosr_tz_rule_change(rule, y, 0), fosr_tz_rule_change(rule, y, 1)};
		int first = at[1] < at[0];

		for (int k = 0; k < 2 && !ret; k++) {
			int which = first ^ k;

			/* Without a table, the rule holds from the beginning. */
			if (y == YEAR_FIRST && !k && after_s == INT64_MIN)
				ret = change_add(r, 0, rule->offset_s[which]);
			if (!ret && at[which] > after_s)
				ret = change_add(r, at[which], rule->offset_s[!which]);
		}
	}
	return ret;
}

static bool header_read(struct fosr_cur *c, struct header *h)
{
	const __u8 *magic = fosr_cur_take(c, 4);

	h->version = fosr_cur_u8(c);
	fosr_cur_skip(c, 15);
	h->isut = fosr_cur_be32(c);
	h->isstd = fosr_cur_be32(c);
	h->leap = fosr_cur_be32(c);
	h->time = fosr_cur_be32(c);
	h->type = fosr_cur_be32(c);
	h->chars = fosr_cur_be32(c);
	return !c->bad && !memcmp(magic, "TZif", 4);
}

/* How many bytes of data follow a header, whose times have so many bytes. */
static __u64 data_len(const struct header *h, unsigned int time_len)
{
	return (__u64)h->time * (time_len + 1) + (__u64)h->type * 6 + h->chars + (__u64)h->leap * (time_len + 4) +
		h->isstd + h->isut;
}

static __s64 time_read(struct fosr_cur *c, unsigned int len)
{
	__u64 high = len == 8 ? fosr_cur_be32(c) : 0;

	return len == 8 ? (__s64)(high << 32 | fosr_cur_be32(c)) : (__s32)fosr_cur_be32(c);
}

static int offsets_read(const struct reader *r, struct fosr_cur *c, const struct header *h, __s32 offset_s[TYPES_MAX])
{
	for (__u32 i = 0; i < h->type; i++) {
		offset_s[i] = (__s32)fosr_cur_be32(c);
		fosr_cur_skip(c, 2);
		if (offset_s[i] < OFFSET_MIN || offset_s[i] > OFFSET_MAX)
			return bad(r, "an offset of more than a day");
	}
	return 0;
}

/* The data block behind a header; *last_s is its last change, INT64_MIN when it has none. */
static int block_read(
	const struct reader *r, struct fosr_cur *c, const struct header *h, unsigned int time_len, __s64 *last_s)
{
	struct fosr_cur times = *c, types, offsets;
	__s32 offset_s[TYPES_MAX];
	int ret;

	if (!h->type || h->type > TYPES_MAX)
		return bad(r, "it has no type of local time, or more than 256");
	if (data_len(h, time_len) > fosr_cur_left(c))
		return bad(r, "it ends too early");
	if (h->leap)
		return fosr_err(r->err, -EINVAL,
			"time zone %s: its file counts leap seconds, which Unix time does not have: use one that is not "
			"below right/",
			r->name);
	fosr_cur_skip(c, (size_t)h->time * time_len);
	types = *c;
	fosr_cur_skip(c, h->time);
	offsets = *c;
	fosr_cur_skip(c, (size_t)data_len(h, time_len) - (size_t)h->time * (time_len + 1));
	ret = offsets_read(r, &offsets, h, offset_s);
	*last_s = INT64_MIN;
	/* Before the first change, local time is of the first type (RFC 8536 3.2). */
	if (!ret)
		ret = change_add(r, INT64_MIN, offset_s[0]);
	for (__u32 i = 0; i < h->time && !ret; i++) {
		__s64 s = time_read(&times, time_len);
		__u8 type = fosr_cur_u8(&types);

		if (type >= h->type)
			return bad(r, "a change to a type that is not there");
		if (i && s <= *last_s)
			return bad(r, "its changes are not in order");
		*last_s = s;
		ret = change_add(r, s, offset_s[type]);
	}
	return ret;
}

/* "\nRULE\n"; an empty rule says that nothing is known of later times, which then stay as they are. */
static int footer_read(const struct reader *r, struct fosr_cur *c, __s64 last_s)
{
	size_t left = fosr_cur_left(c), len;
	const char *text = (const char *)fosr_cur_take(c, left), *end;
	struct fosr_tz_rule rule;

	if (left < 2 || text[0] != '\n')
		return bad(r, "the rule at its end is missing");
	end = memchr(text + 1, '\n', left - 1);
	if (!end)
		return bad(r, "the rule at its end has no end");
	len = (size_t)(end - text) - 1;
	if (!len)
		return 0;
	if (fosr_tz_rule_parse(&rule, text + 1, len))
		return fosr_err(r->err, -EINVAL, "time zone %s: cannot read its rule \"%.*s\"", r->name,
			(int)fosr_min_u64(len, 60), text + 1);
	return rule_add(r, &rule, last_s);
}

static int file_read(const struct reader *r, struct fosr_cur *c)
{
	struct header h;
	__s64 last_s;
	int ret;

	if (!header_read(c, &h))
		return bad(r, "it does not begin with TZif");
	if (h.version < '2')
		return block_read(r, c, &h, 4, &last_s);
	if (data_len(&h, 4) > fosr_cur_left(c))
		return bad(r, "it ends too early");
	fosr_cur_skip(c, (size_t)data_len(&h, 4));
	if (!header_read(c, &h) || h.version < '2')
		return bad(r, "its second header is missing");
	ret = block_read(r, c, &h, 8, &last_s);
	return ret ? ret : footer_read(r, c, last_s);
}

int fosr_tz_parse(const void *buf, size_t len, const char *name, __u64 from_ns, __u64 to_ns, struct fosr_tz **out,
	struct fosr_err *err)
{
	struct reader r = {.name = name, .from_ns = from_ns, .to_ns = to_ns, .err = err};
	struct fosr_cur c = fosr_cur(buf, len);
	int ret;

	*out = NULL;
	r.tz = calloc(1, sizeof(*r.tz));
	if (!r.tz)
		return fosr_err(err, -ENOMEM, "out of memory for time zone %s", name);
	snprintf(r.tz->name, sizeof(r.tz->name), "%s", name);
	ret = file_read(&r, &c);
	if (ret) {
		fosr_tz_free(r.tz);
		return ret;
	}
	*out = r.tz;
	return 0;
}

static int unknown(const char *name, const char *folder, struct fosr_err *err)
{
	char near[FOSR_TZ_NAME];
	struct stat st;

	if (stat(folder, &st))
		return fosr_err(err, -ENOENT, "time zone %s: there is no %s: install the package tzdata, or set TZDIR",
			name, folder);
	if (fosr_tz_nearest(folder, name, near))
		return fosr_err(err, -ENOENT, "time zone %s is not in %s, did you mean %s?", name, folder, near);
	return fosr_err(
		err, -ENOENT, "time zone %s is not in %s; expected an IANA name such as Europe/Paris", name, folder);
}

int fosr_tz_open(const char *name, __u64 from_ns, __u64 to_ns, struct fosr_tz **out, struct fosr_err *err)
{
	const char *dir = getenv("TZDIR"), *folder = dir && *dir ? dir : "/usr/share/zoneinfo";
	char path[FOSR_PATH_MAX];
	struct stat st;
	size_t len;
	void *buf;
	int ret;

	*out = NULL;
	if (!strcmp(name, "UTC"))
		return 0;
	if (!fosr_tz_name_good(name))
		return fosr_err(err, -EINVAL,
			"\"%.80s\" is no name of a time zone: expected up to %d letters, digits, _, + and -, with / between "
			"the parts, such as Europe/Paris",
			name, FOSR_TZ_NAME - 1);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return fosr_err(err, -ENAMETOOLONG, "TZDIR is longer than %zu bytes", sizeof(path) - 1);
	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return unknown(name, folder, err);
	ret = fosr_file_read(path, FOSR_TZ_FILE_MAX, &buf, &len, err);
	if (ret)
		return ret;
	ret = fosr_tz_parse(buf, len, name, from_ns, to_ns, out, err);
	free(buf);
	return ret;
}

void fosr_tz_free(struct fosr_tz *tz)
{
	if (!tz)
		return;
	fosr_vec_free(&tz->changes);
	free(tz);
}

__s64 fosr_tz_offset_ns(const struct fosr_tz *tz, __u64 ns)
{
	size_t low = 0, high = tz ? tz->changes.n : 0;

	if (!high)
		return 0;
	while (high - low > 1) {
		size_t mid = (low + high) / 2;

		if (tz->changes.v[mid].from_ns <= ns)
			low = mid;
		else
			high = mid;
	}
	return (__s64)tz->changes.v[low].offset_s * (__s64)FOSR_NS_PER_S;
}
