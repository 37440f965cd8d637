// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/bpflog.h"

#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "base/types.h"

static _Thread_local char last[256];

/* What libbpf says on its way out of a failure, in ever wider words; the reason came before. */
static bool says_nothing(const char *line)
{
	static const char *const empty[] = {"PROG LOAD LOG", "failed to load BPF skeleton", "failed to load object",
		"': failed to load:", "processed "};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(empty); i++)
		if (strstr(line, empty[i]))
			return true;
	return strlen(line) < 4;
}

/* Verifier dumps come as one message of many lines: the last line that says something is the reason. */
static void keep(const char *fmt, va_list ap)
{
	char text[8192], *line, *save = NULL;

	vsnprintf(text, sizeof(text), fmt, ap);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (!says_nothing(line))
			snprintf(last, sizeof(last), "%.255s", line);
}

static int from_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBBPF_WARN)
		keep(fmt, ap);
	return 0;
}

static int from_libxdp(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	if (level == LIBXDP_WARN)
		keep(fmt, ap);
	return 0;
}

void fosr_bpflog_begin(void)
{
	last[0] = 0;
	libbpf_set_print(from_libbpf);
	libxdp_set_print(from_libxdp);
}

const char *fosr_bpflog_last(void)
{
	return last;
}
