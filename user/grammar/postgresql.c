// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The frontend/backend protocol, version 3.0 (PostgreSQL documentation, "Message Formats"). Queries are as long as
 * their text, results have rows, and what is too short for rows is a command's tag, an error or, of 6 bytes, readiness
 * alone.
 */
#include <stdio.h>

#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/leap.h"

#define SSL_REQUEST 8
#define HEAD 5 /* type and length */
#define READY 6
#define EXTENDED 44 /* parse, bind, describe, execute and sync around a query */
#define QUERY_MOST 30000
#define COPY (HEAD + 8192)
#define AUTHENTICATED 28 /* with a key and readiness */
#define PARAMETER_LEAST 7
#define ERROR_LEAST 8
#define RESULT_LEAST 100
#define PASSWORD 41

static void head_put(struct fosr_pen *p, char type, __u32 total)
{
	fosr_pen_u8(p, (__u8)type);
	fosr_pen_be32(p, total - 1);
}

static void string_put(struct fosr_pen *p, const char *text)
{
	fosr_pen_bytes(p, text, (__u32)strlen(text) + 1);
}

/* n bytes with the zero at their end: the text, or what of it has room, and letters. */
static void fill_put(struct fosr_pen *p, const char *text, __u32 n, __u64 seed)
{
	__u32 own = (__u32)fosr_min_u64(strlen(text), n - 1);

	fosr_pen_bytes(p, text, own);
	fosr_pen_letters(p, n - 1 - own, seed);
	fosr_pen_u8(p, 0);
}

static const char *user(const struct fosr_speech *m)
{
	static const char *const users[] = {
		"app", "web", "postgres", "odoo", "reports", "grafana", "django", "billing"};

	return users[fosr_mix64(m->seed) >> 20 & 7];
}

/* As many parameters as fit; a name for the application takes the rest. */
static void startup_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 len = fosr_pen_room(p), name = (__u32)strlen(user(m)) + 1;

	fosr_pen_be32(p, len);
	fosr_pen_be32(p, 0x00030000);
	if (fosr_pen_room(p) >= 5 + name + 1) {
		string_put(p, "user");
		string_put(p, user(m));
	}
	if (fosr_pen_room(p) >= 9 + name + 1) {
		string_put(p, "database");
		string_put(p, user(m));
	}
	if (fosr_pen_room(p) >= 16 + 5 + 1) {
		string_put(p, "client_encoding");
		string_put(p, "UTF8");
	}
	if (fosr_pen_room(p) >= 17 + 2 + 1) {
		string_put(p, "application_name");
		fill_put(p, "psql", fosr_pen_room(p) - 1, m->seed);
	} else if (fosr_pen_room(p) >= 4) {
		fill_put(p, "opt", fosr_pen_room(p) - 2, m->seed);
		fosr_pen_u8(p, 0);
	}
	fosr_pen_end(p);
}

/* n bytes of a statement with its zero. */
static void statement_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	static const char *const heads[] = {"SELECT id, name FROM customers WHERE name = '",
		"INSERT INTO log (message) VALUES ('", "UPDATE orders SET status = 'shipped' WHERE reference = '",
		"SELECT * FROM sessions WHERE token = '"};
	static const char *const shorts[] = {"BEGIN", "COMMIT", "SELECT 1", "ROLLBACK"};
	const char *text = heads[fosr_mix64(m->seed + m->turn) & 3];
	__u32 own = (__u32)strlen(text);

	if (n < own + 4) {
		text = shorts[m->turn & 3];
		own = (__u32)fosr_min_u64(strlen(text), n - 1);
		fosr_pen_bytes(p, text, own);
		/* Blanks at the end are nothing of it. */
		for (; n - 1 > own; n--)
			fosr_pen_text(p, n - 2 > own ? " " : ";");
		fosr_pen_u8(p, 0);
		return;
	}
	fosr_pen_bytes(p, text, own);
	fosr_pen_letters(p, n - own - 3, fosr_mix64(m->seed + m->turn));
	fosr_pen_bytes(p, "')", text[7] == 'I' ? 2 : 1);
	fosr_pen_bytes(p, ";", text[7] == 'I' ? 0 : 1);
	fosr_pen_u8(p, 0);
}

/* Parse, Bind, Describe, Execute, Sync, as drivers do. */
static void extended_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 n = fosr_pen_room(p) - EXTENDED + 1;

	head_put(p, 'P', HEAD + 1 + n + 2);
	fosr_pen_u8(p, 0);
	statement_put(m, p, n);
	fosr_pen_be16(p, 0);
	head_put(p, 'B', 13);
	fosr_pen_zero(p, 8);
	head_put(p, 'D', 7);
	fosr_pen_text(p, "P");
	fosr_pen_u8(p, 0);
	head_put(p, 'E', 10);
	fosr_pen_zero(p, 5);
	head_put(p, 'S', HEAD);
}

/* Data of COPY: lines in messages of one size, and a longer one at the end. */
static void copy_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = fosr_pen_room(p) / COPY - 1, n;

	for (__u32 i = fosr_pen_leap(p, COPY, count); i <= count; i++) {
		n = i < count ? COPY : fosr_pen_room(p);
		head_put(p, 'd', n);
		fosr_pen_lines(p, n - HEAD, fosr_mix64(m->seed + m->turn) + i);
	}
}

static void password_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	head_put(p, 'p', PASSWORD);
	fosr_pen_text(p, "md5");
	for (int i = 0; i < 4; i++)
		fosr_pen_print(p, "%08x", (unsigned int)fosr_mix64(m->seed + 77 + (__u64)i));
	fosr_pen_u8(p, 0);
}

static bool starts(__u32 turn, __u32 answered, __u32 len)
{
	return (!turn || (turn == 1 && answered == 1)) && len > SSL_REQUEST && len < 600;
}

static void ask(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (!m->turn && m->len == SSL_REQUEST) {
		fosr_pen_be32(p, SSL_REQUEST);
		fosr_pen_be32(p, 80877103);
	} else if (m->answers == FOSR_SAID_NOTHING ? starts(m->turn, 0, m->len)
						   : starts(m->turn, m->before, m->len) && m->turn) {
		startup_put(m, p);
	} else if (m->len == HEAD) {
		head_put(p, 'X', HEAD);
	} else if (m->len == PASSWORD && m->turn < 3) {
		password_put(m, p);
	} else if (m->turn && m->len > QUERY_MOST) {
		copy_put(m, p);
	} else if (m->turn && m->len >= EXTENDED + 10 && fosr_mix64(m->seed ^ 0xe) & 1) {
		extended_put(m, p);
	} else {
		head_put(p, 'Q', m->len);
		statement_put(m, p, m->len - HEAD);
	}
}

static void ready_put(struct fosr_pen *p)
{
	head_put(p, 'Z', READY);
	fosr_pen_text(p, "I");
}

/* n >= ERROR_LEAST: what went wrong takes what the other fields leave. */
static void error_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	head_put(p, 'E', n);
	n -= HEAD;
	if (n >= 40) {
		fosr_pen_bytes(p, "SERROR\0VERROR\0C42P01", 21);
		n -= 21;
	}
	fosr_pen_text(p, "M");
	fill_put(p, "relation does not exist: ", n - 2, m->seed + m->turn);
	fosr_pen_u8(p, 0);
}

static void parameters_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 n)
{
	static const char *const names[] = {
		"server_version", "client_encoding", "DateStyle", "TimeZone", "integer_datetimes"};
	static const char *const values[] = {"15.6 (Debian 15.6-0+deb12u1)", "UTF8", "ISO, MDY", "Etc/UTC", "on"};

	for (__u32 i = 0; n; i++) {
		__u32 size = i < 5 ? HEAD + (__u32)(strlen(names[i]) + strlen(values[i])) + 2 : n;

		if (size < n && n - size >= PARAMETER_LEAST) {
			head_put(p, 'S', size);
			string_put(p, names[i]);
			string_put(p, values[i]);
		} else {
			size = n;
			head_put(p, 'S', size);
			n -= HEAD;
			fill_put(p, "session_authorization", (__u32)fosr_min_u64(n - 1, 22), 0);
			fill_put(p, user(m), n - (__u32)fosr_min_u64(n - 1, 22), m->seed);
			return;
		}
		n -= size;
	}
}

/* The answer to a start: it may want a password. */
static bool welcome_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 n = fosr_pen_room(p);

	if (n == 13) {
		head_put(p, 'R', 13);
		fosr_pen_be32(p, 5);
		fosr_pen_secret(p, 4, m->seed);
	} else if (n == 24) {
		head_put(p, 'R', 24);
		fosr_pen_be32(p, 10);
		fosr_pen_bytes(p, "SCRAM-SHA-256\0", 15);
	} else if (n == 9) {
		head_put(p, 'R', 9);
		fosr_pen_be32(p, 0);
	} else if (n == AUTHENTICATED || n >= AUTHENTICATED + PARAMETER_LEAST) {
		head_put(p, 'R', 9);
		fosr_pen_be32(p, 0);
		parameters_put(m, p, n - AUTHENTICATED);
		head_put(p, 'K', 13);
		fosr_pen_be32(p, 1000 + (m->seed >> 8 & 0xffff));
		fosr_pen_be32(p, (__u32)fosr_mix64(m->seed));
		ready_put(p);
	} else {
		return false;
	}
	return true;
}

static void field_put(struct fosr_pen *p, const char *name, __u32 column)
{
	string_put(p, name);
	fosr_pen_be32(p, 16385);
	fosr_pen_be16(p, column);
	fosr_pen_be32(p, column == 1 ? 23 : 25);
	fosr_pen_be16(p, column == 1 ? 4 : 0xffff);
	fosr_pen_be32(p, 0xffffffff);
	fosr_pen_be16(p, 0);
}

static void row_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 value = n - HEAD - 2 - 4 - 4 - 4;

	head_put(p, 'D', n);
	fosr_pen_be16(p, 2);
	fosr_pen_be32(p, 4);
	fosr_pen_print(p, "%04u", (unsigned int)(seed % 10000));
	fosr_pen_be32(p, value);
	fosr_pen_letters(p, value, seed);
}

/* Two columns; rows of one size, and a longer one at the end. */
static void result_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char tag[] = "SELECT 12";
	__u32 row = 30 + (fosr_mix64(m->seed) >> 8 & 127), count, n;
	__u64 seed = fosr_mix64(m->seed + m->turn);

	head_put(p, 'T', HEAD + 2 + 3 + 18 + 5 + 18);
	fosr_pen_be16(p, 2);
	field_put(p, "id", 1);
	field_put(p, "name", 2);
	n = fosr_pen_room(p) - READY - HEAD - (__u32)sizeof(tag);
	count = n / row;
	count -= count ? 1 : 0;
	for (__u32 i = fosr_pen_leap(p, row, count); i < count; i++) {
		if (fosr_pen_at(p) >= p->to) {
			fosr_pen_skip(p, (count - i) * row);
			break;
		}
		row_put(p, row, seed + i);
	}
	row_put(p, fosr_pen_room(p) - READY - HEAD - (__u32)sizeof(tag), seed + count);
	head_put(p, 'C', HEAD + (__u32)sizeof(tag));
	fosr_pen_bytes(p, tag, sizeof(tag));
	ready_put(p);
}

/* A tag of just this size, and readiness; false: there is none. */
static bool tag_put(struct fosr_pen *p)
{
	static const char *const tags[] = {"SET", "BEGIN", "COMMIT", "UPDATE 1", "SELECT 10", "INSERT 0 1",
		"INSERT 0 12", "CREATE TABLE", "INSERT 0 1200"};
	__u32 n = fosr_pen_room(p) - READY - HEAD;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(tags); i++)
		if (strlen(tags[i]) + 1 == n) {
			head_put(p, 'C', HEAD + n);
			string_put(p, tags[i]);
			ready_put(p);
			return true;
		}
	return false;
}

static void results_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 n = fosr_pen_room(p);

	if (n >= RESULT_LEAST) {
		result_put(m, p);
	} else if (n == READY) {
		ready_put(p);
	} else if (n == HEAD) {
		head_put(p, 'I', HEAD);
	} else if (n == HEAD + READY) {
		head_put(p, '1', HEAD);
		ready_put(p);
	} else if (n < READY + HEAD || !tag_put(p)) {
		error_put(m, p, n >= ERROR_LEAST + READY ? n - READY : n);
		if (fosr_pen_room(p))
			ready_put(p);
	}
}

/* A start is answered, or what follows it. */
static bool welcomes(const struct fosr_speech *m, __u32 turn)
{
	if (turn == 1)
		return m->before == PASSWORD || m->len == 9 || m->len == 13 || m->len == 24;
	return !turn && starts(0, 0, m->before);
}

static void answer(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 turn = m->answers;

	if (m->len == 1 && m->before == SSL_REQUEST) {
		fosr_pen_text(p, "N");
		return;
	}
	if (!welcomes(m, turn) || !welcome_put(m, p))
		results_put(m, p);
}

/* What is too short for any message is the beginning of one. */
void fosr_say_postgresql(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->dir == FOSR_FWD ? m->len < HEAD : m->len < HEAD && m->len != 1) {
		fosr_pen_text(p, m->dir == FOSR_FWD ? "Q" : "Z");
		return;
	}
	if (m->dir == FOSR_BWD && m->len == READY + 1) {
		/* Two messages have no such size: an error without fields. */
		head_put(p, 'E', m->len);
		return;
	}
	if (m->dir == FOSR_FWD)
		ask(m, p);
	else
		answer(m, p);
}
