// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Git's own protocol (gitprotocol-pack): lines with four hexadecimal digits of length before them; the client asks for
 * a repository, then for commits; the server lists references, then sends a pack. Names, references and packs take the
 * size.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define LENGTH 4
#define WANT 50 /* 4 + "want " + 40 + LF */
#define PACKED 8196 /* 4 + band + data */

static void id_put(struct fosr_pen *p, __u64 seed)
{
	for (__u32 i = 0; i < 5; i++)
		fosr_pen_print(p, "%08x", (__u32)fosr_mix64(seed + i));
}

static void want_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_print(p, "%04xwant ", size);
	id_put(p, fosr_mix64(seed + row));
	fosr_pen_u8(p, '\n');
}

static void pack_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	fosr_pen_print(p, "%04x", size);
	fosr_pen_u8(p, 1);
	fosr_pen_random(p, size - LENGTH - 1, fosr_mix64(seed + row));
}

/* A line of n bytes with its length; n < 5: nothing but the end of a list. */
static void line_put(struct fosr_pen *p, const char *text, __u32 n, __u64 seed)
{
	__u32 len = (__u32)strlen(text);

	if (n < LENGTH + 1) {
		fosr_pen_bytes(p, "0000", n);
		return;
	}
	if (len > n - LENGTH - 1)
		len = 0;
	fosr_pen_print(p, "%04x", n);
	fosr_pen_bytes(p, text, len);
	fosr_pen_word(p, n - LENGTH - len - 1, seed);
	fosr_pen_u8(p, '\n');
}

static void client_put(const struct fosr_speech *m, struct fosr_pen *p, __u64 seed)
{
	const char *host = *m->name[FOSR_BWD] ? m->name[FOSR_BWD] : "localhost";
	__u32 fixed = LENGTH + 17 + 5 + 5 + (__u32)strlen(host) + 1, rows;

	if (!m->turn && m->len > fixed && m->len < 900) {
		fosr_pen_print(p, "%04xgit-upload-pack /", m->len);
		fosr_pen_word(p, m->len - fixed, m->seed);
		fosr_pen_bytes(p, ".git", 5);
		fosr_pen_print(p, "host=%s", host);
		fosr_pen_u8(p, 0);
		return;
	}
	rows = m->len / WANT;
	if (rows && m->len % WANT && m->len % WANT < LENGTH + 1)
		rows--;
	fosr_pen_rows(p, rows, WANT, want_row, seed);
	if (fosr_pen_room(p))
		line_put(p, fosr_pen_room(p) == 9 ? "done" : "have ", fosr_pen_room(p), seed);
}

static void server_put(const struct fosr_speech *m, struct fosr_pen *p, __u64 seed)
{
	__u32 rows = m->len / PACKED, n;

	if (m->turn < 1 && m->len > 70 && m->len < PACKED) {
		fosr_pen_print(p, "%04x", m->len - LENGTH);
		id_put(p, m->seed);
		fosr_pen_text(p, " refs/heads/");
		fosr_pen_word(p, m->len - 2 * LENGTH - 40 - 12 - 1, seed);
		fosr_pen_text(p, "\n0000");
		return;
	}
	if (rows && m->len % PACKED && m->len % PACKED <= LENGTH + 1)
		rows--;
	fosr_pen_rows(p, rows, PACKED, pack_row, seed);
	n = fosr_pen_room(p);
	if (n > LENGTH + 1 && n <= 65520)
		pack_row(p, rows, n, seed);
	else if (n)
		line_put(p, "", n, seed);
}

void fosr_say_git(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);

	if (m->dir == FOSR_FWD)
		client_put(m, p, seed);
	else
		server_put(m, p, seed);
}
