/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What protocols of commands and replies share: replies with a code, and mails. */
#ifndef FOSR_GRAMMAR_MAIL_H
#define FOSR_GRAMMAR_MAIL_H

#include "grammar/text.h"

/* n bytes of reply: "220 text" and what fills it up; several lines if one would be too long (RFC 5321 4.2, RFC 959). */
void fosr_reply_put(struct fosr_pen *p, const char *code, const char *text, __u32 n, __u64 seed);

/* A line of n bytes with its end: the text, then words that fill it. */
void fosr_line_put(struct fosr_pen *p, const char *text, __u32 n, __u64 seed);

/* A command and one argument of the size that is left; n > 3 + the verb's length. */
void fosr_command_put(struct fosr_pen *p, const char *verb, __u32 n, __u64 seed);

/* A mail of n bytes that ends in an end of line and has no line that begins with a dot (RFC 5322, RFC 2045). */
void fosr_mail_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed);

#endif
