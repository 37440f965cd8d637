// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The client/server protocol of MySQL and MariaDB (MySQL Internals Manual, "Client/Server Protocol"). The server
 * greets, the client logs in, then statements are as long as their text; results have rows, and small answers are OK or
 * an error.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/leap.h"

#define HEAD 4 /* length and number */
#define QUERY_MOST 0x100000
#define OK_LEAST 11
#define ERROR_LEAST 13
#define GREETING (HEAD + 1 + 1 + 4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10 + 13) /* without version and plugin */
#define VERSION_LEAST 4
#define PLUGIN "mysql_native_password"
#define LOGIN (HEAD + 32 + 1 + 1) /* without password and names, of which the user's takes what is left */
#define PASSWORD 20
#define LOGIN_MOST 16000
#define NAMES_MOST 80
#define ATTRIBUTES (3 + 13 + 3) /* one, and its length */
#define RESULT_LEAST 130
#define ROW_MOST 250
#define EOF_SIZE 9

static void head_put(struct fosr_pen *p, __u32 total, __u32 number)
{
	__u32 n = total - HEAD;

	fosr_pen_bytes(p, (__u8[]){(__u8)n, (__u8)(n >> 8), (__u8)(n >> 16), (__u8)number}, HEAD);
}

/* n bytes: the text, or what of it has room, and letters. */
static void fill_put(struct fosr_pen *p, const char *text, __u32 n, __u64 seed)
{
	__u32 own = (__u32)fosr_min_u64(strlen(text), n);

	fosr_pen_bytes(p, text, own);
	fosr_pen_letters(p, n - own, seed);
}

static const char *version(const struct fosr_speech *m)
{
	static const char *const versions[] = {"5.5.5-10.11.6-MariaDB-0+deb12u1", "8.0.36-0ubuntu0.22.04.1", "8.0.35",
		"5.7.44-log", "5.5.5-10.5.23-MariaDB-1:10.5.23+maria~ubu2004", "8.4.0"};

	return versions[fosr_mix64(m->seed) % FOSR_ARRAY_SIZE(versions)];
}

/* The version takes what is left, behind its own text. */
static void greeting_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 room = fosr_pen_room(p), plugin = room >= GREETING + VERSION_LEAST + sizeof(PLUGIN) ? sizeof(PLUGIN) : 0;
	__u32 n = room - GREETING - plugin;

	head_put(p, room, 0);
	fosr_pen_u8(p, 10);
	fill_put(p, version(m), n, m->seed);
	fosr_pen_u8(p, 0);
	fosr_pen_le32(p, 8 + (m->seed >> 8 & 0xffff));
	fosr_pen_word(p, 8, m->seed ^ 1);
	fosr_pen_u8(p, 0);
	fosr_pen_le16(p, 0xf7ff & ~0x0820u);
	fosr_pen_u8(p, 45);
	fosr_pen_le16(p, 2);
	fosr_pen_le16(p, plugin ? 0x0008 : 0);
	fosr_pen_u8(p, 21);
	fosr_pen_zero(p, 10);
	fosr_pen_word(p, 12, m->seed ^ 2);
	fosr_pen_u8(p, 0);
	fosr_pen_bytes(p, PLUGIN, plugin);
}

/* CLIENT_CONNECT_ATTRS of n bytes: the program's name. */
static void attributes_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char key[] = "program_name";

	fosr_pen_u8(p, 0xfc);
	fosr_pen_le16(p, n - 3);
	fosr_pen_u8(p, sizeof(key) - 1);
	fosr_pen_text(p, key);
	fosr_pen_u8(p, 0xfc);
	fosr_pen_le16(p, n - ATTRIBUTES);
	fill_put(p, "mysql", n - ATTRIBUTES, seed);
}

/* Parts of a login, by its size: what one of them does not take is the next one's. */
struct login {
	__u32 user, password, database, plugin, attributes;
};

static struct login login_of(__u32 n, __u32 own)
{
	struct login l = {.user = n - LOGIN};

	if (l.user >= own + PASSWORD) {
		l.password = PASSWORD;
		l.user -= PASSWORD;
	}
	if (l.user >= own + sizeof(PLUGIN)) {
		l.plugin = sizeof(PLUGIN);
		l.user -= l.plugin;
	}
	if (l.user > NAMES_MOST + ATTRIBUTES) {
		l.attributes = l.user - NAMES_MOST / 2;
		l.user -= l.attributes;
	}
	if (l.user > own + 1) {
		l.database = l.user - own;
		l.user = own;
	}
	return l;
}

static void login_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const users[] = {
		"wordpress", "app", "root", "zabbix", "nextcloud", "shop", "matomo", "backup"};
	const char *user = users[fosr_mix64(m->seed) >> 20 & 7];
	struct login l = login_of(fosr_pen_room(p), (__u32)strlen(user));

	head_put(p, fosr_pen_room(p), 1);
	fosr_pen_le32(p, 0x0000a205 | (l.database ? 8 : 0) | (l.plugin ? 0x80000 : 0) | (l.attributes ? 0x100000 : 0));
	fosr_pen_le32(p, 1 << 24);
	fosr_pen_u8(p, 45);
	fosr_pen_zero(p, 23);
	fill_put(p, user, l.user, m->seed);
	fosr_pen_u8(p, 0);
	fosr_pen_u8(p, l.password);
	fosr_pen_secret(p, l.password, m->seed ^ 3);
	if (l.database) {
		fill_put(p, user, l.database - 1, m->seed ^ 4);
		fosr_pen_u8(p, 0);
	}
	fosr_pen_bytes(p, PLUGIN, l.plugin);
	if (l.attributes)
		attributes_put(p, l.attributes, m->seed);
}

/* A statement of all of p. */
static void statement_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const heads[] = {"SELECT id, name FROM products WHERE name = '",
		"INSERT INTO messages (body) VALUES ('", "SELECT option_value FROM wp_options WHERE option_name = '",
		"UPDATE users SET token = '"};
	static const char *const shorts[] = {
		"COMMIT", "SELECT 1", "SHOW TABLES", "SELECT DATABASE()", "SELECT @@version_comment LIMIT 1"};
	const char *text = heads[fosr_mix64(m->seed + m->turn) & 3];
	__u32 n = fosr_pen_room(p), own = (__u32)strlen(text);

	if (n < own + 4) {
		for (size_t i = 0; i < FOSR_ARRAY_SIZE(shorts); i++)
			if (!i || strlen(shorts[i]) <= n)
				text = shorts[i];
		own = (__u32)fosr_min_u64(strlen(text), n);
		fosr_pen_bytes(p, text, own);
		for (; own < n; own++)
			fosr_pen_text(p, " ");
		return;
	}
	fosr_pen_bytes(p, text, own);
	fosr_pen_letters(p, n - own - 2, fosr_mix64(m->seed + m->turn));
	fosr_pen_text(p, text[0] == 'I' ? "')" : "';");
}

static void query_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 total)
{
	struct fosr_pen query = fosr_pen_part(p, total);

	head_put(&query, total, 0);
	fosr_pen_u8(&query, 3);
	statement_put(m, &query);
}

static void ask(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u8 commands[] = {0x01, 0x0e, 0x1f, 0x0e}; /* quit, ping, reset */
	__u32 count = (fosr_pen_room(p) - HEAD - 1) / QUERY_MOST;

	if (!m->turn && m->answers != FOSR_SAID_NOTHING && m->before >= GREETING + VERSION_LEAST && m->len >= LOGIN &&
		m->len < LOGIN_MOST) {
		login_put(m, p);
	} else if (m->len == HEAD + 1) {
		head_put(p, m->len, 0);
		fosr_pen_u8(p, commands[m->turn & 3]);
	} else {
		for (__u32 i = fosr_pen_leap(p, QUERY_MOST, count); i < count; i++)
			query_put(m, p, QUERY_MOST);
		query_put(m, p, fosr_pen_room(p));
	}
}

/* Information behind an OK takes what is left. */
static void ok_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 number)
{
	__u32 n = fosr_pen_room(p);

	head_put(p, n, number);
	fosr_pen_u8(p, 0);
	fosr_pen_u8(p, number > 1 ? 0 : m->seed >> 8 & 3);
	fosr_pen_u8(p, 0);
	fosr_pen_le16(p, 2);
	fosr_pen_le16(p, 0);
	if (n == OK_LEAST)
		return;
	fosr_pen_u8(p, n - OK_LEAST - 1);
	fill_put(p, "Rows matched: 1  Changed: 1  Warnings: 0", n - OK_LEAST - 1, m->seed);
}

/* To whom no greeting is due. */
static void refusal_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 n = fosr_pen_room(p);

	head_put(p, n, 0);
	fosr_pen_u8(p, 0xff);
	fosr_pen_le16(p, 1130);
	fill_put(p, "Host is not allowed to connect to this server", n - HEAD - 3, m->seed);
}

static void error_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 number)
{
	__u32 n = fosr_pen_room(p);

	head_put(p, n, number);
	fosr_pen_u8(p, 0xff);
	fosr_pen_le16(p, 1146);
	fosr_pen_text(p, "#42S02");
	fill_put(p, "Table doesn't exist: ", n - ERROR_LEAST, m->seed + m->turn);
}

static void text_put(struct fosr_pen *p, const char *text)
{
	fosr_pen_u8(p, (__u32)strlen(text));
	fosr_pen_text(p, text);
}

#define COLUMN (HEAD + 4 + 5 + 5 + 5 + 5 + 5 + 13) /* six texts of four bytes but the first of three, and numbers */

static void column_put(struct fosr_pen *p, const char *name, __u32 number)
{
	head_put(p, COLUMN, number);
	text_put(p, "def");
	text_put(p, "shop");
	text_put(p, "item");
	text_put(p, "item");
	text_put(p, name);
	text_put(p, name);
	fosr_pen_u8(p, 12);
	fosr_pen_le16(p, 45);
	fosr_pen_le32(p, 1020);
	fosr_pen_u8(p, 0xfd);
	fosr_pen_zero(p, 5);
}

static void eof_put(struct fosr_pen *p, __u32 number)
{
	head_put(p, EOF_SIZE, number);
	fosr_pen_u8(p, 0xfe);
	fosr_pen_le16(p, 0);
	fosr_pen_le16(p, 2);
}

/* One value: up to 250 bytes have a length of one byte, more one of three behind 0xfd. */
static void row_put(struct fosr_pen *p, __u32 total, __u32 number, __u64 seed)
{
	__u32 n = total - HEAD - 1;

	head_put(p, total, number);
	if (n <= ROW_MOST) {
		fosr_pen_u8(p, n);
	} else {
		n -= 3;
		fosr_pen_bytes(p, (__u8[]){0xfd, (__u8)n, (__u8)(n >> 8), (__u8)(n >> 16)}, 4);
	}
	fosr_pen_letters(p, n, seed);
}

/* One column; rows of one size, and a longer one at the end. */
static void result_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 row = HEAD + 20 + (fosr_mix64(m->seed) >> 8 & 127), rows, count, number = 4;
	__u64 seed = fosr_mix64(m->seed + m->turn);

	head_put(p, HEAD + 1, 1);
	fosr_pen_u8(p, 1);
	column_put(p, "name", 2);
	eof_put(p, 3);
	rows = fosr_pen_room(p) - EOF_SIZE;
	count = rows / row;
	count -= count ? 1 : 0;
	for (__u32 i = fosr_pen_leap(p, row, count); i < count; i++) {
		if (fosr_pen_at(p) >= p->to) {
			fosr_pen_skip(p, (count - i) * row);
			break;
		}
		row_put(p, row, (number + i) & 0xff, seed + i);
	}
	row_put(p, fosr_pen_room(p) - EOF_SIZE, (number + count) & 0xff, seed + count);
	eof_put(p, (number + count + 1) & 0xff);
}

static void answer(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool greets = m->answers == FOSR_SAID_NOTHING && !m->turn;
	__u32 number = m->turn == 1 && !m->answers ? 2 : 1;

	if (greets && m->len >= GREETING + VERSION_LEAST)
		greeting_put(m, p);
	else if (greets)
		refusal_put(m, p);
	else if (m->len >= RESULT_LEAST && number == 1)
		result_put(m, p);
	else if (m->len < ERROR_LEAST || m->len == OK_LEAST + 41)
		ok_put(m, p, number);
	else
		error_put(m, p, number);
}

/* What is too short for any packet is the beginning of one. */
void fosr_say_mysql(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len <= HEAD || (m->dir == FOSR_BWD && m->len < OK_LEAST))
		return;
	if (m->dir == FOSR_FWD)
		ask(m, p);
	else
		answer(m, p);
}
