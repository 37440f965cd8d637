// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/verify_flows.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "campaign/vantage.h"

#define ROW_MAX (1024 + 12 * FOSR_POINTS_MAX)

struct fosr_verify_flows {
	struct fosr_writer *w;
	bool json;
};

/* In the order of the values below; words stand between quotes in JSON. None of them needs escaping. */
static const struct {
	const char *name;
	bool word;
} column[] = {
	{"id", true},
	{"start", true},
	{"proto", true},
	{"src", true},
	{"src_port", false},
	{"dst", true},
	{"dst_port", false},
	{"planned", false},
	{"seen", false},
	{"missing", false},
	{"altered", false},
	{"repeated", false},
	{"retransmitted", false},
	{"recovered", false},
	{"reordered", false},
	{"late", false},
	{"whole", false},
};

#define COLUMNS FOSR_ARRAY_SIZE(column)
#define NUMBER 24

int fosr_verify_flows_open(
	struct fosr_verify_flows **out, const char *path, const struct fosr_log *log, struct fosr_err *err)
{
	struct fosr_verify_flows *l = calloc(1, sizeof(*l));
	size_t len = strlen(path), n = 0;
	char head[ROW_MAX];
	int ret;

	if (!l)
		return fosr_err(err, -ENOMEM, "out of memory");
	l->json = len > 6 && !strcmp(path + len - 6, ".jsonl");
	ret = fosr_writer_open_small(&l->w, path, FOSR_WRITER_AUTO, log, err);
	if (ret) {
		free(l);
		return ret;
	}
	for (size_t i = 0; i < COLUMNS; i++)
		n += (size_t)snprintf(head + n, sizeof(head) - n, "%s,", column[i].name);
	n += (size_t)snprintf(head + n, sizeof(head) - n, "seen_at\n");
	if (!l->json)
		fosr_writer_put(l->w, head, (__u32)n);
	*out = l;
	return 0;
}

static void address(const struct fosr_addr *a, char text[INET6_ADDRSTRLEN])
{
	inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->b, text, INET6_ADDRSTRLEN);
}

static size_t values(bool json, const char *const value[COLUMNS], char *row, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < COLUMNS; i++) {
		const char *quote = column[i].word ? "\"" : "";

		if (json)
			n += (size_t)snprintf(row + n, size - n, "%s\"%s\":%s%s%s,", i ? "" : "{", column[i].name,
				quote, value[i], quote);
		else
			n += (size_t)snprintf(row + n, size - n, "%s,", value[i]);
	}
	return n;
}

static size_t points_of(bool json, const __u32 *seen, __u32 points, char *row, size_t size)
{
	size_t n = (size_t)snprintf(row, size, "%s", json ? "\"seen_at\":[" : "");

	for (__u32 p = 0; p < points; p++)
		n += (size_t)snprintf(row + n, size - n, "%s%u", !p ? "" : json ? "," : ";", seen[p]);
	return n + (size_t)snprintf(row + n, size - n, "%s", json ? "]}\n" : "\n");
}

int fosr_verify_flows_row(struct fosr_verify_flows *l, const struct fosr_expected_flow *f, const __u32 *seen,
	__u32 points, struct fosr_err *err)
{
	const struct fosr_expected_sums *s = &f->sums;
	const __u64 number[] = {f->id, f->port[0], f->port[1], f->planned, s->seen, s->missing, s->altered, s->repeated,
		s->retransmitted, s->recovered, s->reordered, s->late};
	char text[FOSR_ARRAY_SIZE(number)][NUMBER], start[FOSR_TIME_TEXT], src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	bool whole = s->seen == f->planned && !s->missing;
	char row[ROW_MAX];
	size_t n;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(number); i++)
		snprintf(text[i], NUMBER, "%llu", number[i]);
	address(&f->addr[0], src);
	address(&f->addr[1], dst);

	const char *const value[COLUMNS] = {text[0], fosr_time_format(start, f->start_ns), f->l4 == 6 ? "tcp" : "udp",
		src, text[1], dst, text[2], text[3], text[4], text[5], text[6], text[7], text[8], text[9], text[10],
		text[11],
		l->json		? (whole ? "true" : "false")
			: whole ? "1"
				: "0"};

	n = values(l->json, value, row, sizeof(row));
	n += points_of(l->json, seen, points, row + n, sizeof(row) - n);
	return fosr_writer_put(l->w, row, (__u32)n) ? fosr_writer_error(l->w, err) : 0;
}

int fosr_verify_flows_finish(struct fosr_verify_flows *l, struct fosr_err *err)
{
	int ret = l ? fosr_writer_finish(l->w, NULL, err) : 0;

	free(l);
	return ret;
}

void fosr_verify_flows_abort(struct fosr_verify_flows *l)
{
	if (l)
		fosr_writer_abort(l->w);
	free(l);
}
