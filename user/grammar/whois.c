// SPDX-License-Identifier: GPL-3.0-or-later
/* Questions of one line: WHOIS (RFC 3912), Finger (RFC 1288), Ident (RFC 1413); answers are lines of the size. */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/mail.h"

/* A domain of n letters. */
static void domain_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char *const top[] = {".com", ".net", ".org", ".info"};
	const char *end = FOSR_PICK(top, seed);
	__u32 len = (__u32)strlen(end);

	if (n <= len)
		len = 0;
	fosr_pen_word(p, n - len, seed);
	fosr_pen_bytes(p, end, len);
}

void fosr_say_whois(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const fields[] = {"Registrar: Example Registrar, Inc.", "Domain Status: ok",
		"Name Server: ns1.example.net", "Name Server: ns2.example.net", "DNSSEC: unsigned",
		"Creation Date: 1999-03-21T04:00:00Z", "Registry Expiry Date: 2026-03-21T04:00:00Z",
		"Registrant Country: FR", "Registrar Abuse Contact Email: abuse@example.net"};
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	struct fosr_text t = {0};
	__u32 line;

	if (m->len < 4) {
		fosr_pen_blank(p, m->len);
		return;
	}
	if (m->dir == FOSR_FWD) {
		line = (__u32)fosr_min_u64(m->len, 66);
		domain_put(p, line - 2, seed);
		fosr_pen_text(p, "\r\n");
		fosr_pen_lines(p, m->len - line, seed);
		return;
	}
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(fields); i++)
		fosr_text_fit(&t, m->len > 4 ? m->len - 4 : 0, "%s\r\n", fields[i]);
	fosr_text_put(p, &t);
	fosr_pen_lines(p, m->len - t.n, seed);
}

void fosr_say_finger(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char shown[] = "Login: alice\tName: Alice\r\n";
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);

	if (m->len < 3) {
		fosr_pen_blank(p, m->len);
	} else if (m->dir == FOSR_FWD && m->len < 64) {
		fosr_pen_word(p, m->len - 2, seed);
		fosr_pen_text(p, "\r\n");
	} else {
		if (m->dir == FOSR_BWD && m->len > sizeof(shown) + 3)
			fosr_pen_text(p, shown);
		fosr_pen_lines(p, fosr_pen_room(p), seed);
	}
}

void fosr_say_ident(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 port = 1024 + (__u32)(fosr_mix64(m->seed) % 60000);
	struct fosr_text t = {0};

	fosr_text_add(&t, "%u, 25", port);
	if (m->dir == FOSR_BWD)
		fosr_text_fit(&t, m->len > 3 ? m->len - 3 : 0, " : USERID : UNIX : ");
	if (t.n + 2 > m->len) {
		fosr_pen_blank(p, m->len);
		return;
	}
	fosr_text_put(p, &t);
	/* White space is allowed wherever there is a comma or a colon. */
	for (__u32 i = t.n + 2; i < m->len && m->dir == FOSR_FWD && i < t.n + 66; i++)
		fosr_pen_u8(p, ' ');
	if (m->dir == FOSR_BWD && strchr(t.s, ':'))
		fosr_pen_word(p, m->len - t.n - 2, m->seed);
	if (fosr_pen_room(p) > 2)
		fosr_pen_lines(p, fosr_pen_room(p), m->seed);
	else
		fosr_pen_text(p, "\r\n");
}
