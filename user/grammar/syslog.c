// SPDX-License-Identifier: GPL-3.0-or-later
/* Syslog (RFC 5424, and RFC 3164 as most senders still speak it); over TCP a message is a line (RFC 6587 3.4.2). */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define LINE_MOST 1000
#define ROW 160

static const char *const programs[] = {
	"sshd", "CRON", "systemd", "kernel", "postfix/smtpd", "dhclient", "sudo", "named", "NetworkManager", "dnsmasq"};
static const char *const texts[] = {"Accepted publickey for admin from 192.0.2.10 port 50022 ssh2",
	"session opened for user root by (uid=0)", "Started Daily apt download activities.", "link becomes ready",
	"connect from unknown", "DHCPACK of lease", "query: www.example.com IN A +",
	"Connection closed by remote host"};

/* What stands before the text, if it fits; senders are of one kind in a flow, and programs of all kinds. */
static void head_add(struct fosr_text *t, const struct fosr_speech *m, __u32 most, __u64 seed)
{
	struct fosr_text stamp = {0}, date = {0};
	const char *program = FOSR_PICK(programs, seed >> 8);
	const char *host = *m->name[FOSR_FWD] ? m->name[FOSR_FWD] : "gateway";
	__u32 priority = (__u32)(seed >> 16 & 7) * 8 * 3 % 160 + 4 + (seed >> 20 & 3);

	fosr_text_stamp(&stamp, m->time_ns, 3);
	fosr_text_date(&date, m->time_ns);
	if (m->seed & 1) {
		fosr_text_fit(t, most, "<%u>1 %s %s %s %u - - ", priority, stamp.s, host, program,
			100 + (__u32)(seed >> 24) % 30000);
	} else {
		/* "Mon, 06 Jan 2025 09:00:00" has month, day and time. */
		fosr_text_fit(t, most, "<%u>%.3s %c%c %s %.*s %s[%u]: ", priority, date.s + 8,
			date.s[5] == '0' ? ' ' : date.s[5], date.s[6], date.s + 17, (int)strcspn(host, "."), host,
			program, 100 + (__u32)(seed >> 24) % 30000);
	}
	if (!t->n)
		fosr_text_fit(t, most, "<%u>%s: ", priority, program);
	if (!t->n)
		fosr_text_fit(t, most, "<%u>", priority);
	for (__u32 i = 0; i < FOSR_ARRAY_SIZE(texts); i++)
		if (fosr_text_fit(t, most, "%s", FOSR_PICK(texts, (seed >> 40 & 0xff) + i)))
			break;
	if (t->n < most && t->n > 5)
		fosr_text_fit(t, most, " ");
}

static void message_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	struct fosr_text t = {0};

	head_add(&t, m, n, seed);
	fosr_text_put(p, &t);
	fosr_pen_words(p, n - t.n, seed);
}

static void line_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_print(p, "<%u>app[%u]: ", 14 + row % 8 * 16 % 80 / 10, 1000 + row % 9000);
	fosr_pen_letters(p, size - 16, fosr_mix64(seed + row));
	fosr_pen_text(p, "\n");
}

void fosr_say_syslog(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	__u32 rows = 0;

	if (m->flow->l4 != IPPROTO_TCP) {
		message_put(p, m, m->len, seed);
		return;
	}
	if (m->len > LINE_MOST)
		rows = m->len / ROW - 1;
	if (m->len)
		message_put(p, m, m->len - rows * ROW - 1, seed);
	fosr_pen_text(p, "\n");
	fosr_pen_rows(p, rows, ROW, line_row, seed);
}
