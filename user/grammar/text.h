/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Heads of protocols of lines: they are put together first, so that their size is known, and written with the pen when
 * what pads them has been reckoned.
 */
#ifndef FOSR_GRAMMAR_TEXT_H
#define FOSR_GRAMMAR_TEXT_H

#include "grammar/pen.h"
#include "grammar/speech.h"

#define FOSR_TEXT_MOST 1600

struct fosr_text {
	__u32 n;
	char s[FOSR_TEXT_MOST + 1];
};

/* One of a list, by the low bits of a number. */
#define FOSR_PICK(list, bits) ((list)[(bits) % FOSR_ARRAY_SIZE(list)])

void FOSR_PRINTF(2, 3) fosr_text_add(struct fosr_text *t, const char *fmt, ...);

/* Adds it if the text has at most `most` bytes then. */
bool FOSR_PRINTF(3, 4) fosr_text_fit(struct fosr_text *t, __u32 most, const char *fmt, ...);

/* n letters and digits, the first one a letter. */
void fosr_text_word(struct fosr_text *t, __u32 n, __u64 seed);

/* "Mon, 06 Jan 2025 09:00:00" of campaign time (RFC 5322, RFC 9110). */
void fosr_text_date(struct fosr_text *t, __u64 time_ns);

/* "2025-01-06T09:00:00.123Z" (RFC 3339); digits of the second's fraction, 0: none. */
void fosr_text_stamp(struct fosr_text *t, __u64 time_ns, int digits);

/* "192.0.2.1", "[2001:db8::1]" without runs of zeroes shortened. */
void fosr_text_addr(struct fosr_text *t, const struct fosr_addr *a);

/* The name of an end, or its address where it has none. */
void fosr_text_end(struct fosr_text *t, const struct fosr_speech *m, enum fosr_dir dir);

static inline void fosr_text_put(struct fosr_pen *p, const struct fosr_text *t)
{
	fosr_pen_bytes(p, t->s, t->n);
}

__u32 fosr_digits(__u32 v);

/* A number n and n bytes are to take `room` bytes together, room > 0: the largest n; one byte may be left over. */
__u32 fosr_counted(__u32 room);

/* n bytes of English words with spaces between, the same whatever the window is. */
void fosr_pen_words(struct fosr_pen *p, __u32 n, __u64 seed);

/* Empty lines: what every protocol of lines passes over. */
void fosr_pen_blank(struct fosr_pen *p, __u32 n);

/*
 * `count` rows of `size` bytes each: those outside the window cost nothing. write() gets the row's number and writes
 * exactly `size` bytes.
 */
typedef void fosr_row_fn(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed);
void fosr_pen_rows(struct fosr_pen *p, __u32 count, __u32 size, fosr_row_fn *write, __u64 seed);

#endif
