// SPDX-License-Identifier: GPL-3.0-or-later
/* Command lines from bytes, one word per line: what is accepted is within the row's bounds, what is refused says why.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cli/opt.h"

#define WORDS 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct args {
	bool flag;
	unsigned int count, choice;
	const char *text;
	struct fosr_strs list;
	__u64 u64, number, duration, time;
};

#define AT(member) offsetof(struct args, member)

static const char *const choices[] = {"none", "option", "evil-bit", NULL};

static const struct fosr_opt rows[] = {
	{'f', "flag", FOSR_OPT_FLAG, .offset = AT(flag)},
	{'v', "verbose", FOSR_OPT_COUNT, .offset = AT(count)},
	{'o', "outfile", FOSR_OPT_STRING, .offset = AT(text)},
	{'i', "dev", FOSR_OPT_LIST, .offset = AT(list)},
	{'s', "seed", FOSR_OPT_U64, .offset = AT(u64), .max = 9000},
	{'c', "packets-count", FOSR_OPT_NUMBER, .offset = AT(number), .min = 1},
	{'d', "duration", FOSR_OPT_DURATION, .offset = AT(duration)},
	{'t', "start-time", FOSR_OPT_TIME, .offset = AT(time)},
	{0, "taint", FOSR_OPT_CHOICE, .offset = AT(choice), .choices = choices},
	{0},
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* A duration that was read is written and read back as the same. */
static void durations_return(__u64 ns)
{
	char text[FOSR_TIME_TEXT];
	__u64 again;

	require(!fosr_duration_parse(fosr_duration_format(text, ns), &again) && again == ns);
	require(!fosr_time_parse(fosr_time_format(text, ns), &again) && again == ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct args args = {.number = 1};
	const struct fosr_opt_bind binds[] = {{"Fuzz", rows, &args}, {0}};
	char *text = malloc(size + 1), *word[WORDS];
	struct fosr_err err = {0};
	int n = 0, operands;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	for (char *at = text, *next; n < WORDS && at <= text + size; at = next) {
		next = at + strcspn(at, "\n") + 1;
		next[-1] = 0;
		word[n++] = at;
	}
	operands = fosr_opts_parse(binds, n, word, &err);
	if (operands < 0)
		require(err.code == operands && err.text[0]);
	else
		require(operands <= n && args.u64 <= 9000 && args.number && args.choice < 3);
	if (operands >= 0) {
		durations_return(args.duration);
		durations_return(args.time);
	}
	fosr_opts_release(binds);
	free(text);
	return 0;
}
