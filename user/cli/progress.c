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

static char *amount(const struct fosr_progress *p, char buf[FOSR_HUMAN], __u64 n)
{
	return !strcmp(p->unit, "B") ? fosr_human_bytes(buf, n) : fosr_human_count(buf, n);
}

static void show(struct fosr_progress *p, __u64 done, __u64 now)
{
	__u64 spent = now - p->start_ns, rate = (__u64)((unsigned __int128)done * FOSR_NS_PER_S / (spent ? spent : 1));
	const char *unit = strcmp(p->unit, "B") ? p->unit : "";
	char a[FOSR_HUMAN], b[FOSR_HUMAN], r[FOSR_HUMAN], left[FOSR_HUMAN + 16] = "", line[256];
	struct winsize ws = {0};

	if (p->total && done && done < p->total)
		snprintf(left, sizeof(left), ", %s left",
			fosr_human_ns(b, (__u64)((unsigned __int128)spent * (p->total - done) / done)));
	if (p->total)
		snprintf(line, sizeof(line), "%s: %llu %%, %s of %s %s, %s%s/s%s", p->what,
			(__u64)((unsigned __int128)fosr_min_u64(done, p->total) * 100 / p->total), amount(p, a, done),
			amount(p, b, p->total), unit, amount(p, r, rate), *unit ? " " : "", left);
	else
		snprintf(line, sizeof(line), "%s: %s %s, %s%s/s", p->what, amount(p, a, done), unit, amount(p, r, rate),
			*unit ? " " : "");
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
