// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/vantage.h"

#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>

static int check_link(const struct fosr_source *s, struct fosr_err *err)
{
	int link;
	const char *name = fosr_capture_iface(s->capture, s->pkt.iface, &link);

	if (link == DLT_EN10MB)
		return 0;
	return fosr_err(err, -EINVAL,
		"%s: not an Ethernet capture%s%s; verify compares whole frames: capture on an Ethernet interface (not on "
		"\"any\")",
		s->path, *name ? ", interface " : "", name);
}

static int advance(struct fosr_source *s, struct fosr_err *err)
{
	int ret = fosr_capture_next(s->capture, &s->pkt, err);

	s->more = ret > 0;
	s->read += s->more;
	return ret > 0 ? check_link(s, err) : ret;
}

/* The names of a file's first interface get longer when it turns out to have a second. */
static void name_point(struct fosr_vantage *v, struct fosr_point *p, bool with_iface)
{
	const struct fosr_source *s = &v->source[p->source];
	int link;
	const char *name = s->capture ? fosr_capture_iface(s->capture, p->iface, &link) : "";

	if (!with_iface)
		snprintf(p->name, sizeof(p->name), "%s", s->path);
	else if (*name)
		snprintf(p->name, sizeof(p->name), "%s:%s", s->path, name);
	else
		snprintf(p->name, sizeof(p->name), "%s:%u", s->path, p->iface);
}

static int point_new(struct fosr_vantage *v, struct fosr_source *s, __u32 iface, struct fosr_err *err)
{
	bool several = false;
	struct fosr_point *p;

	if (v->points.n >= FOSR_POINTS_MAX)
		return fosr_err(err, -E2BIG,
			"%s: more than %d vantage points: verify fewer captures at a time, or add --join if they are "
			"parts of one",
			s->path, FOSR_POINTS_MAX);
	for (size_t i = 0; i < v->points.n; i++) {
		if (v->points.v[i].source != s - v->source)
			continue;
		several = true;
		name_point(v, &v->points.v[i], true);
	}
	p = fosr_vec_push(&v->points);
	if (!p)
		return fosr_err(err, -ENOMEM, "out of memory");
	p->source = (__u32)(s - v->source);
	p->iface = iface;
	name_point(v, p, several);
	return 0;
}

/* A capture is a point from the start, though it may turn out empty; its first packet tells of which interface. */
static int open_one(struct fosr_vantage *v, struct fosr_source *s, const char *path, struct fosr_err *err)
{
	int ret;

	s->path = path;
	ret = fosr_capture_each_open(&s->capture, path, err);
	if (!ret)
		ret = advance(s, err);
	if (!ret && (!v->join || !v->points.n))
		ret = point_new(v, s, s->more ? s->pkt.iface : 0, err);
	if (ret || !s->more || v->join)
		return ret;
	if (fosr_vec_reserve(&s->point, s->pkt.iface + 1))
		return fosr_err(err, -ENOMEM, "out of memory");
	s->point.n = s->pkt.iface + 1;
	s->point.v[s->pkt.iface] = (__u32)v->points.n;
	return 0;
}

int fosr_vantage_open(struct fosr_vantage *v, const char *const *captures, size_t n, bool join, struct fosr_err *err)
{
	int ret = 0;

	*v = (struct fosr_vantage){.join = join};
	v->source = calloc(n, sizeof(*v->source));
	if (!v->source)
		return fosr_err(err, -ENOMEM, "out of memory");
	for (; v->sources < n && !ret; v->sources++)
		ret = open_one(v, &v->source[v->sources], captures[v->sources], err);
	return ret;
}

static int point_of(struct fosr_vantage *v, struct fosr_source *s, __u32 *point, struct fosr_err *err)
{
	__u32 iface = s->pkt.iface;
	int ret;

	*point = 0;
	if (v->join)
		return 0;
	if (iface >= s->point.n) {
		if (fosr_vec_reserve(&s->point, iface + 1))
			return fosr_err(err, -ENOMEM, "out of memory");
		s->point.n = iface + 1;
	}
	if (!s->point.v[iface]) {
		ret = point_new(v, s, iface, err);
		if (ret)
			return ret;
		s->point.v[iface] = (__u32)v->points.n;
	}
	*point = s->point.v[iface] - 1;
	return 0;
}

static struct fosr_source *earliest(const struct fosr_vantage *v)
{
	struct fosr_source *best = NULL;

	for (size_t i = 0; i < v->sources; i++) {
		struct fosr_source *s = &v->source[i];

		if (s->more && (!best || s->pkt.ts_ns < best->pkt.ts_ns))
			best = s;
	}
	return best;
}

int fosr_vantage_next(struct fosr_vantage *v, struct fosr_vantage_pkt *out, struct fosr_err *err)
{
	int ret = v->last ? advance(v->last, err) : 0;

	if (ret < 0)
		return ret;
	v->last = earliest(v);
	if (!v->last)
		return 0;
	out->pkt = &v->last->pkt;
	out->source = (__u32)(v->last - v->source);
	out->number = v->last->read;
	ret = point_of(v, v->last, &out->point, err);
	return ret ? ret : 1;
}

void fosr_vantage_progress(const struct fosr_vantage *v, __u64 *done, __u64 *total)
{
	*done = *total = 0;
	for (size_t i = 0; i < v->sources; i++) {
		__u64 d, t;

		if (!v->source[i].capture)
			continue;
		fosr_capture_progress(v->source[i].capture, &d, &t);
		*done += d;
		*total += t;
	}
}

void fosr_vantage_close(struct fosr_vantage *v)
{
	for (size_t i = 0; i < v->sources; i++) {
		fosr_capture_close(v->source[i].capture);
		fosr_vec_free(&v->source[i].point);
	}
	free(v->source);
	fosr_vec_free(&v->points);
	*v = (struct fosr_vantage){0};
}
