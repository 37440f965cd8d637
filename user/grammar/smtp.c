// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * SMTP (RFC 5321) with pipelining (RFC 2920): turns decide the commands - EHLO, then again and again MAIL, RCPT, DATA
 * and a mail -, so both ends know where they are; addresses and further recipients take the size. A reply knows how
 * many commands it answers.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/mail.h"

#define ONE_MOST 120 /* a message that is longer has further recipients */
#define RECIPIENT 44
#define SENDER 46
#define CHUNK_BEGINS 40 /* bytes of the command before it */
#define CHUNKED 450 /* a message that is longer has a mail in it, as a chunk */

enum phase { MAIL, RCPT, DATA, CONTENT, EHLO, QUIT, NOTHING };

static const char *const verbs[] = {"MAIL FROM:<", "RCPT TO:<", "DATA", "", "EHLO "};

/*
 * What the client says in a turn: a command of `first` bytes, recipients, and DATA. A long one has a whole mail, too
 * (RFC 3030).
 */
struct said {
	enum phase phase;
	__u32 first, recipients;
	__u32 chunk;
	bool data;
};

/* What stands between the first command and a chunk, without the chunk's length. */
static __u32 chunk_head(const struct said *s)
{
	return (__u32)strlen("BDAT  LAST\r\n") + (s->phase == EHLO ? SENDER : 0) + (s->phase == RCPT ? 0 : RECIPIENT);
}

/* Commands before the last one, which have a reply each. */
static __u32 earlier(const struct said *s)
{
	__u32 n = s->recipients + (s->data && s->first >= 6);

	return s->chunk ? n + 1 + (s->phase == EHLO) + (s->phase != RCPT) : n;
}

static struct said said_of(__u32 turn, __u32 len)
{
	struct said s = {.phase = turn ? (enum phase)((turn - 1) % 4) : EHLO};

	if (s.phase == CONTENT)
		return s;
	if (len < 6) {
		s.phase = NOTHING;
		return s;
	}
	if (s.phase == MAIL && turn > 4 && len == 6) {
		s.phase = QUIT;
		return s;
	}
	s.data = s.phase == DATA;
	s.first = len - (s.data ? 6 : 0);
	if (s.first > CHUNKED && !s.data) {
		__u32 room = s.first - CHUNK_BEGINS - chunk_head(&s);

		s.chunk = fosr_counted(room);
		s.first = CHUNK_BEGINS + room - s.chunk - fosr_digits(s.chunk);
	}
	if (s.first > ONE_MOST) {
		s.recipients = (s.first - ONE_MOST) / RECIPIENT + 1;
		s.first -= s.recipients * RECIPIENT;
	}
	return s;
}

/* n bytes of address. */
static void address_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char domain[] = "@example.org";
	__u32 tail = n > sizeof(domain) + 2 ? sizeof(domain) - 1 : 0;

	fosr_pen_word(p, n - tail, seed);
	fosr_pen_bytes(p, domain, tail);
}

static void recipient_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_text(p, verbs[RCPT]);
	address_put(p, size - 12, fosr_mix64(seed + row));
	fosr_pen_text(p, ">\r\n");
}

/* A whole mail, behind the sender and the recipient that have not been named yet. */
static void chunk_put(struct fosr_pen *p, const struct fosr_speech *m, const struct said *s, __u64 seed)
{
	if (s->phase == EHLO) {
		fosr_pen_text(p, verbs[MAIL]);
		address_put(p, SENDER - 14, seed);
		fosr_pen_text(p, ">\r\n");
	}
	if (s->phase != RCPT)
		recipient_row(p, 1, RECIPIENT, seed);
	fosr_pen_print(p, "BDAT %u LAST\r\n", s->chunk);
	fosr_mail_put(p, m, s->chunk, seed);
}

static void greeting_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	const char *name = m->name[FOSR_FWD];
	__u32 len = (__u32)strlen(name), room = n - 7;

	fosr_pen_text(p, verbs[EHLO]);
	if (!len || room < len + 2) {
		len = room == len ? len : 0;
	} else {
		fosr_pen_word(p, room - len - 1, seed);
		fosr_pen_u8(p, '.');
		room = len;
	}
	fosr_pen_bytes(p, name, len);
	fosr_pen_word(p, room - len, seed);
	fosr_pen_text(p, "\r\n");
}

/* The first command; where there is no room for what the turn wants, one that does nothing. */
static void first_put(struct fosr_pen *p, const struct fosr_speech *m, const struct said *s, __u64 seed)
{
	enum phase phase = s->phase == DATA ? RCPT : s->phase;
	__u32 fixed = (__u32)strlen(verbs[phase]) + 3;

	if (phase == EHLO && s->first > 8) {
		greeting_put(p, m, s->first, seed);
	} else if (phase != EHLO && s->first > fixed) {
		fosr_pen_text(p, verbs[phase]);
		address_put(p, s->first - fixed, seed);
		fosr_pen_text(p, ">\r\n");
	} else if (s->first == 6 || s->first > 7) {
		fosr_pen_text(p, s->first == 6 ? "NOOP\r\n" : "");
		if (s->first > 7)
			fosr_command_put(p, "NOOP", s->first, seed);
	} else if (s->first == 7) {
		fosr_pen_text(p, "NOOP \r\n");
	}
}

static void client_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct said s = said_of(m->turn, m->len);
	__u64 seed = fosr_mix64(m->seed + m->turn);

	switch (s.phase) {
	case CONTENT:
		if (m->len < 3) {
			fosr_pen_blank(p, m->len);
			return;
		}
		fosr_mail_put(p, m, m->len - 3, seed);
		fosr_pen_text(p, ".\r\n");
		return;
	case QUIT:
		fosr_pen_text(p, "QUIT\r\n");
		return;
	case NOTHING:
		fosr_pen_blank(p, m->len);
		return;
	default:
		break;
	}
	/* White space behind DATA is allowed (RFC 5321 4.1.1): it takes what is too little for a command. */
	if (s.data && s.first < 6) {
		fosr_pen_text(p, "DATA");
		fosr_pen_bytes(p, "       ", s.first);
		fosr_pen_text(p, "\r\n");
		return;
	}
	first_put(p, m, &s, seed);
	fosr_pen_rows(p, s.recipients, RECIPIENT, recipient_row, seed);
	if (s.chunk)
		chunk_put(p, m, &s, seed);
	if (s.data)
		fosr_pen_text(p, "DATA\r\n");
}

/* The extensions that fit, the last one with what is left. */
static void extensions_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	static const char *const lines[] = {"PIPELINING", "SIZE 52428800", "VRFY", "ETRN", "AUTH PLAIN LOGIN",
		"ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"};
	struct fosr_text t = {0};

	fosr_text_fit(&t, n - 14, "250-%s\r\n", *m->name[FOSR_BWD] ? m->name[FOSR_BWD] : "mail");
	for (size_t i = 0; t.n && i < FOSR_ARRAY_SIZE(lines); i++)
		fosr_text_fit(&t, n - 14, "250-%s\r\n", lines[i]);
	fosr_text_put(p, &t);
	fosr_reply_put(p, "250", "HELP", n - t.n, seed);
}

static const char *const consents[] = {"250 2.1.5 Ok\r\n", "250 OK\r\n", "250\r\n"};

static void consent_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 which)
{
	(void)row;
	fosr_pen_bytes(p, consents[which], size);
}

/* All replies but the last, in the longest form that there is room for, if any. */
static void earlier_put(struct fosr_pen *p, __u32 replies)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(consents); i++) {
		__u32 len = (__u32)strlen(consents[i]), last = i + 1 < FOSR_ARRAY_SIZE(consents) ? 14 : len;

		if ((__u64)len * replies + last > fosr_pen_room(p))
			continue;
		fosr_pen_rows(p, replies, len, consent_row, i);
		return;
	}
}

static void welcome_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	static const char *const servers[] = {"ESMTP Postfix", "ESMTP Postfix (Debian/GNU)", "ESMTP Exim 4.96",
		"Microsoft ESMTP MAIL Service ready", "ESMTP"};
	struct fosr_text t = {0};

	fosr_text_add(&t, "%s %s", *m->name[FOSR_BWD] ? m->name[FOSR_BWD] : "mail", FOSR_PICK(servers, m->seed >> 8));
	fosr_reply_put(p, "220", t.n + 6 <= n ? t.s : n >= 11 ? "ESMTP" : "", n, seed);
}

static void server_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool asked = m->answers != FOSR_SAID_NOTHING;
	struct said s = said_of(asked ? m->answers : 0, m->before);
	__u64 seed = fosr_mix64(m->seed + m->turn + 1000);
	struct fosr_text t = {0};

	if (!asked) {
		welcome_put(p, m, m->len, seed);
		return;
	}
	earlier_put(p, earlier(&s));
	switch (s.phase) {
	case EHLO:
		if (!s.recipients && !s.chunk && fosr_pen_room(p) > 40) {
			extensions_put(p, m, fosr_pen_room(p), seed);
			return;
		}
		fosr_reply_put(p, "250", "OK", fosr_pen_room(p), seed);
		return;
	case DATA:
		fosr_reply_put(p, "354", fosr_pen_room(p) >= 37 ? "End data with <CR><LF>.<CR><LF>" : "Go ahead",
			fosr_pen_room(p), seed);
		return;
	case CONTENT:
		fosr_text_add(&t, "2.0.0 Ok: queued as %010llX", (unsigned long long)(seed >> 24));
		fosr_reply_put(p, "250", fosr_pen_room(p) >= t.n + 6 ? t.s : "OK", fosr_pen_room(p), seed);
		return;
	case QUIT:
		fosr_reply_put(p, "221", fosr_pen_room(p) >= 15 ? "2.0.0 Bye" : "Bye", fosr_pen_room(p), seed);
		return;
	default:
		fosr_reply_put(p, "250", fosr_pen_room(p) >= 14 ? "2.1.0 Ok" : "OK", fosr_pen_room(p), seed);
	}
}

void fosr_say_smtp(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->dir == FOSR_FWD)
		client_put(m, p);
	else
		server_put(m, p);
}
