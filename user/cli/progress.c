// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/time.h"
#include "cli/out.h"

#define INTERVAL_NS (FOSR_NS_PER_S / 10)

void fosr_progress_start(struct fosr_progress *p, struct fosr_ctx *ctx, const char *what, const char *unit, __u64 total)
{
	__u64 now = fosr_now_mono();

	*p = (struct fosr_progress){.ctx = ctx,
		.what = what,
		.unit = unit,
		.total = total,
		.start_ns = now,
		.shown_ns = now,
		.on = ctx->level >= 0 && !ctx->want_json && isatty(STDERR_FILENO)};
	ctx->progress = p;
}

/* n as people say it, unit included: "1.2 M packets", "3.4 MiB", "2 h 5 min". */
static const char *amount(const struct fosr_progress *p, char *buf, size_t size, __u64 n)
{
	char number[FOSR_HUMAN];

	if (!strcmp(p->unit, "B"))
		snprintf(buf, size, "%s", fosr_human_bytes(number, n));
	else if (!strcmp(p->unit, "ns"))
		snprintf(buf, size, "%s", fosr_human_ns(number, n));
	else
		snprintf(buf, size, "%s %s", fosr_human_count(number, n), p->unit);
	return buf;
}

static const char *speed(const struct fosr_progress *p, char *buf, size_t size, __u64 per_s)
{
	char number[64];

	if (!strcmp(p->unit, "ns"))
		snprintf(buf, size, "%s times real time", fosr_human_count(number, per_s / FOSR_NS_PER_S));
	else
		snprintf(buf, size, "%s/s", amount(p, number, sizeof(number), per_s));
	return buf;
}

static void write_line(const struct fosr_progress *p, __u64 done, __u64 spent, char *line, size_t size)
{
	__u64 per_s = (__u64)((unsigned __int128)done * FOSR_NS_PER_S / (spent ? spent : 1));
	char a[64], b[64], r[64], left[FOSR_HUMAN];

	speed(p, r, sizeof(r), per_s);
	amount(p, a, sizeof(a), done);
	if (!p->total) {
		snprintf(line, size, "%s: %s, %s", p->what, a, r);
		return;
	}
	if (strcmp(p->unit, "B") && strcmp(p->unit, "ns"))
		fosr_human_count(a, done);
	done = fosr_min_u64(done, p->total);
	amount(p, b, sizeof(b), p->total);
	fosr_human_ns(left, done ? (__u64)((unsigned __int128)spent * (p->total - done) / done) : 0);
	snprintf(line, size, "%s: %llu %%, %s of %s, %s%s%s%s", p->what,
		(__u64)((unsigned __int128)done * 100 / p->total), a, b, r, done ? ", " : "", done ? left : "",
		done ? " left" : "");
}

static void show(struct fosr_progress *p, __u64 done, __u64 now)
{
	struct winsize ws = {0};
	char line[320];

	write_line(p, done, now - p->start_ns, line, sizeof(line));
	if (!ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) && ws.ws_col > 1 && strlen(line) >= ws.ws_col)
		line[ws.ws_col - 1] = '\0';
	fprintf(stderr, "\r%s\033[K", line);
	fflush(stderr);
	p->visible = true;
}

void fosr_progress_update(struct fosr_progress *p, __u64 done)
{
	__u64 now;

	if (!p->on)
		return;
	now = fosr_now_mono();
	if (now - p->shown_ns < INTERVAL_NS)
		return;
	p->shown_ns = now;
	show(p, done, now);
}

void fosr_progress_hide(struct fosr_progress *p)
{
	if (!p || !p->visible)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->visible = false;
}

void fosr_progress_end(struct fosr_progress *p)
{
	fosr_progress_hide(p);
	p->on = false;
	if (p->ctx && p->ctx->progress == p)
		p->ctx->progress = NULL;
}
