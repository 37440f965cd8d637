// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * FTP (RFC 959, RFC 2428, RFC 3659): a command's size decides which of those that have this size it is, the turn
 * chooses among them; names take what size is left, and very long messages are many questions about files. A reply
 * repeats the choice. Data connections carry listings or files.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/mail.h"

#define ONE_MOST 120
#define QUESTION 32
#define LISTED 72
#define BOTH_LEAST 40 /* a name that is longer has its password with it */
#define REPLY_MOST 200

struct command {
	const char *verb;
	const char *code, *text; /* of its reply */
	bool names; /* it has an argument, which is a name */
};

static const struct command user = {"USER", "331", "Please specify the password.", true};
static const struct command pass = {"PASS", "230", "Login successful.", true};
static const struct command where = {"PWD", "257", "\"/\" is the current directory", false};
static const struct command quit = {"QUIT", "221", "Goodbye.", false};
static const struct command nothing = {"", "500", "Unknown command.", false};
static const struct command bare[] = {{"SYST", "215", "UNIX Type: L8", false}, {"FEAT", "211", "End", false},
	{"EPSV", "500", "'EPSV': command not understood.", false},
	{"LIST", "150", "Here comes the directory listing.", false}, {"NOOP", "200", "NOOP ok.", false},
	{"PASV", "227", "Entering Passive Mode", false}, {"NLST", "150", "Here comes the directory listing.", false},
	{"CDUP", "250", "Directory successfully changed.", false}};
static const struct command types[] = {
	{"TYPE I", "200", "Switching to Binary mode.", false}, {"TYPE A", "200", "Switching to ASCII mode.", false}};
static const struct command named[] = {{"CWD", "250", "Directory successfully changed.", true},
	{"RETR", "150", "Opening BINARY mode data connection.", true}, {"SIZE", "213", "48211", true},
	{"STOR", "150", "Ok to send data.", true}, {"MDTM", "213", "20250106090000", true},
	{"DELE", "250", "Delete operation successful.", true}, {"RETR", "550", "Failed to open file.", true}};

static const struct command *command_of(__u64 seed, __u32 turn, __u32 len)
{
	if (turn < 2 && len >= 8)
		return turn ? &pass : &user;
	if (!turn && len == 6)
		return &bare[1];
	switch (len) {
	case 5:
		return &where;
	case 6:
		if (turn > 4 && (seed & 3) == 0)
			return &quit;
		return &FOSR_PICK(bare, turn + 6);
	case 8:
		return &FOSR_PICK(types, seed);
	default:
		return len < 5 ? &nothing : len < 10 ? &named[0] : &FOSR_PICK(named, seed >> 8);
	}
}

static void question_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_text(p, "MDTM /pub/");
	fosr_pen_word(p, size - 16, fosr_mix64(seed + row));
	fosr_pen_text(p, ".txt\r\n");
}

/* A name of n letters: a path with an end, where there is room. */
static void name_put(struct fosr_pen *p, __u32 n, bool path, __u64 seed)
{
	static const char *const ends[] = {".txt", ".zip", ".bin", ".pdf", ".dat"};
	bool end = path && n > 8;

	if (end) {
		fosr_pen_u8(p, '/');
		fosr_pen_word(p, n - 5, seed);
		fosr_pen_text(p, FOSR_PICK(ends, seed));
	} else {
		fosr_pen_word(p, n, seed);
	}
}

static void client_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn);
	const struct command *c = command_of(seed, m->turn, m->len);
	__u32 rows = m->len > ONE_MOST ? (m->len - ONE_MOST) / QUESTION + 1 : 0, n = m->len - rows * QUESTION;
	bool path = c != &user && c != &pass && c != &named[0];

	if (c == &nothing) {
		fosr_pen_blank(p, m->len);
		return;
	}
	fosr_pen_text(p, c->verb);
	if (c == &user && n == 16) {
		fosr_pen_text(p, " anonymous");
	} else if (c->names) {
		fosr_pen_u8(p, ' ');
		if (c == &user && n >= BOTH_LEAST) {
			fosr_pen_word(p, 8, seed);
			fosr_pen_text(p, "\r\nPASS ");
			n -= 15;
		}
		name_put(p, n - (__u32)strlen(c->verb) - 3, path, seed);
	}
	fosr_pen_text(p, "\r\n");
	fosr_pen_rows(p, rows, QUESTION, question_row, seed);
}

static void features_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char *const lines[] = {"EPRT", "EPSV", "MDTM", "PASV", "REST STREAM", "SIZE", "TVFS", "UTF8"};
	struct fosr_text t = {0};

	fosr_text_fit(&t, n - 11, "211-Features:\r\n");
	for (size_t i = 0; t.n && i < FOSR_ARRAY_SIZE(lines); i++)
		fosr_text_fit(&t, n - 11, " %s\r\n", lines[i]);
	fosr_text_put(p, &t);
	fosr_reply_put(p, "211", "End", n - t.n, seed);
}

/* Where the client is to connect to; IPv6 has EPSV for this. */
static void passive_put(struct fosr_pen *p, const struct fosr_speech *m, __u64 seed)
{
	const struct fosr_addr *a = &m->flow->end[FOSR_BWD].addr;
	struct fosr_text t = {0};

	fosr_text_add(&t, "Entering Passive Mode (%u,%u,%u,%u,%u,%u).", a->b[0], a->b[1], a->b[2], a->b[3],
		196 + (__u32)(seed & 31), (__u32)(seed >> 8 & 255));
	if (a->family == 4 && m->len >= t.n + 6)
		fosr_reply_put(p, "227", t.s, m->len, seed);
	else
		fosr_reply_put(p, "425", "Sorry", m->len, seed);
}

static void server_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const servers[] = {"(vsFTPd 3.0.3)", "(vsFTPd 3.0.5)", "(vsFTPd 2.3.4)",
		"ProFTPD Server (Debian)", "Microsoft FTP Service", "FileZilla Server 1.8.0", "Welcome to Pure-FTPd"};
	__u64 seed = fosr_mix64(m->seed + m->turn + 1000);
	const struct command *c;
	bool strict = false; /* its reply has a form, which does not fit */
	const char *text;

	if (m->answers == FOSR_SAID_NOTHING) {
		text = FOSR_PICK(servers, m->seed >> 8);
		fosr_reply_put(p, "220", m->len >= strlen(text) + 6 ? text : "FTP", m->len, seed);
		return;
	}
	c = command_of(fosr_mix64(m->seed + m->answers), m->answers, m->before);
	if (!strcmp(c->verb, "FEAT") && m->len > 30) {
		features_put(p, m->len, seed);
		return;
	}
	/* A data connection is opened and closed again while the client says nothing. */
	if (!strcmp(c->code, "150") && m->len >= 80) {
		fosr_reply_put(p, c->code, c->text, 48, seed);
		fosr_reply_put(p, "226", "Transfer complete.", m->len - 48, seed);
		return;
	}
	if (m->len > REPLY_MOST || m->len < strlen(c->text) + 6)
		strict = !strcmp(c->code, "257") || !strcmp(c->code, "227");
	if (strict)
		fosr_reply_put(p, "502", m->len >= 30 ? "Command not implemented." : "Sorry", m->len, seed);
	else if (!strcmp(c->code, "227"))
		passive_put(p, m, seed);
	else
		fosr_reply_put(p, c->code, c->text, m->len, seed);
}

void fosr_say_ftp(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->dir == FOSR_FWD)
		client_put(m, p);
	else
		server_put(m, p);
}

static void listed_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	bool folder = fosr_mix64(seed + row) % 5 == 0;

	fosr_pen_print(p, "%s    1 ftp      ftp    %10u Jan 06 %02u:%02u ", folder ? "drwxr-xr-x" : "-rw-r--r--",
		(__u32)(fosr_mix64(seed + row) >> 8) % 90000000 + 10, row % 24, row * 7 % 60);
	fosr_pen_word(p, size - 56 - 6, fosr_mix64(seed + row));
	fosr_pen_text(p, ".txt\r\n");
}

void fosr_say_ftp_data(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const magic[] = {"PK\003\004", "\037\213\010", "%PDF-1.5\n", "Rar!\032\007"};
	__u64 seed = fosr_mix64(m->seed + m->dir);
	__u32 rows = m->len / LISTED;

	if (rows && m->len < 16384 && seed & 1) {
		fosr_pen_rows(p, rows, LISTED, listed_row, seed);
		fosr_pen_lines(p, m->len - rows * LISTED, seed);
		return;
	}
	if (!m->turn && m->len > 16)
		fosr_pen_text(p, FOSR_PICK(magic, seed >> 8));
	fosr_pen_random(p, fosr_pen_room(p), fosr_mix64(seed + m->turn));
}
