/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Options as rows of constant tables. Parsing writes into the caller's structs, never into a table, and help is printed
 * from the same rows. Accepted: --name=value, --name value, -xvalue, -x value, flags in a bundle (-vq), "--" for the
 * end; options and operands in any order; names in full only.
 */
#ifndef FOSR_CLI_OPT_H
#define FOSR_CLI_OPT_H

#include <stdio.h>

#include "base/err.h"
#include "base/types.h"
#include "base/vec.h"

/* What a row's value is, and the type that stands at its offset. Strings are borrowed from argv. */
enum fosr_opt_kind {
	FOSR_OPT_FLAG, /* bool */
	FOSR_OPT_COUNT, /* unsigned int: how often it was given */
	FOSR_OPT_STRING, /* const char *, never empty */
	FOSR_OPT_LIST, /* struct fosr_strs: each time one more */
	FOSR_OPT_U64, /* __u64: decimal or 0x hexadecimal */
	FOSR_OPT_NUMBER, /* __u64: with decimals and k M G T (powers of 1000) or Ki Mi Gi Ti: 10k, 1.5M, 64Ki */
	FOSR_OPT_DURATION, /* __u64 ns, as base/time.h reads it */
	FOSR_OPT_TIME, /* __u64 ns since the epoch, as base/time.h reads it */
	FOSR_OPT_CHOICE, /* unsigned int: index in choices */
};

struct fosr_strs {
	FOSR_VEC(const char *) list;
};

struct fosr_opt {
	char letter; /* 0: none */
	const char *name; /* without the dashes; NULL ends the rows */
	enum fosr_opt_kind kind;
	bool required; /* of FOSR_OPT_STRING and FOSR_OPT_LIST */
	size_t offset; /* in the struct that the rows are bound to */
	const char *metavar; /* NULL: a word by kind, or the choices */
	const char *const *choices; /* of FOSR_OPT_CHOICE; NULL ends them */
	__u64 min, max; /* of the numbers and durations; max 0: no limit */
	const char *help; /* without a full stop; says the default */
};

/* Rows bound to the struct that their offsets count in. An array of these ends with rows == NULL. */
struct fosr_opt_bind {
	const char *title; /* heading in help */
	const struct fosr_opt *rows;
	void *args;
};

/*
 * Reads argv[0..argc) (no program name). Operands are moved to the front of argv, in order; returns how many, or
 * -EINVAL with the reason (wrong usage), or -ENOMEM. Of an option given twice the last one counts.
 */
int fosr_opts_parse(const struct fosr_opt_bind *binds, int argc, char **argv, struct fosr_err *err);

/* After parsing, unless only help was asked for: 0, or -EINVAL when a required row was not given. */
int fosr_opts_required(const struct fosr_opt_bind *binds, struct fosr_err *err);

/* Frees what parsing allocated (the lists). */
void fosr_opts_release(const struct fosr_opt_bind *binds);

/* The rows, one group after the other, wrapped at 100 columns. */
void fosr_opts_help(const struct fosr_opt_bind *binds, FILE *f);

/* Paragraphs wrapped at 100 columns, every line indented. Empty and indented lines of text stay lines of their own. */
void fosr_help_wrap(FILE *f, unsigned int indent, const char *text);

#endif
