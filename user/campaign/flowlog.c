// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/flowlog.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/time.h"
#include "flow/community.h"

struct fosr_flowlog {
	struct fosr_rows *rows;
	const struct fosr_campaign *c;
};

static const struct fosr_column column[] = {
	{"id", true},
	{"start", true},
	{"end", true},
	{"proto", true},
	{"src", true},
	{"src_port", false},
	{"dst", true},
	{"dst_port", false},
	{"community_id", true},
	{"service", true},
	{"label", true},
	{"family", true},
	{"src_host", true},
	{"dst_host", true},
	{"fwd_packets", false},
	{"bwd_packets", false},
	{"fwd_payload", false},
	{"bwd_payload", false},
	{"fwd_bytes", false},
	{"bwd_bytes", false},
	{"end_state", true},
};

#define COLUMNS FOSR_ARRAY_SIZE(column)

int fosr_flowlog_open(struct fosr_flowlog **out, const char *path, const struct fosr_campaign *c,
	const struct fosr_log *log, struct fosr_err *err)
{
	struct fosr_flowlog *l = calloc(1, sizeof(*l));
	int ret;

	if (!l)
		return fosr_err(err, -ENOMEM, "out of memory");
	l->c = c;
	ret = fosr_rows_open(&l->rows, path, column, COLUMNS, log, err);
	if (ret)
		free(l);
	else
		*out = l;
	return ret;
}

static void address(const struct fosr_end *e, char text[INET6_ADDRSTRLEN])
{
	inet_ntop(e->addr.family == 6 ? AF_INET6 : AF_INET, e->addr.b, text, INET6_ADDRSTRLEN);
}

static const char *host_name(const struct fosr_campaign *c, const struct fosr_end *e)
{
	return e->host == FOSR_HOST_GROUP ? "group" : c->network->hosts.v[e->host].name;
}

int fosr_flowlog_row(struct fosr_flowlog *l, const struct fosr_live_flow *live, struct fosr_err *err)
{
	const struct fosr_flow *f = &live->flow;
	const struct fosr_profile *p = l->c->profile;
	const char *service = p->services.list.v[f->service].name;
	char id[24], start[FOSR_TIME_TEXT], end[FOSR_TIME_TEXT], src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	char community[FOSR_COMMUNITY_ID], number[8][24], family[64];
	const __u64 n[8] = {f->end[0].port, f->end[1].port, live->packets[0], live->packets[1], live->payload[0],
		live->payload[1], live->frame[0], live->frame[1]};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(n); i++)
		snprintf(number[i], sizeof(number[i]), "%llu", n[i]);
	snprintf(id, sizeof(id), "%llu", f->id);
	snprintf(family, sizeof(family), "%s+%s+%s", p->model[FOSR_ARRIVALS].ops->name, p->model[FOSR_FLOWS].ops->name,
		p->model[FOSR_STEPS].ops->name);
	address(&f->end[0], src);
	address(&f->end[1], dst);

	const char *const value[COLUMNS] = {
		id,
		fosr_time_format(start, f->start_ns),
		fosr_time_format(end, live->last_ns),
		f->l4 == 6 ? "tcp" : "udp",
		src,
		number[0],
		dst,
		number[1],
		fosr_community_id(f, community),
		service,
		service,
		family,
		host_name(l->c, &f->end[0]),
		host_name(l->c, &f->end[1]),
		number[2],
		number[3],
		number[4],
		number[5],
		number[6],
		number[7],
		fosr_end_state_name[fosr_track_state(&live->walk.track)],
	};
	return fosr_rows_put(l->rows, value, err);
}

int fosr_flowlog_complete(struct fosr_flowlog *l, struct fosr_err *err)
{
	return l ? fosr_rows_complete(l->rows, err) : 0;
}

int fosr_flowlog_finish(struct fosr_flowlog *l, struct fosr_err *err)
{
	int ret = l ? fosr_rows_finish(l->rows, err) : 0;

	free(l);
	return ret;
}

void fosr_flowlog_abort(struct fosr_flowlog *l)
{
	if (l)
		fosr_rows_abort(l->rows);
	free(l);
}
