// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "cli/opt.h"
#include "tap.h"

struct shared {
	__u64 seed, duration, count;
};

struct args {
	bool flag;
	unsigned int verbose, color;
	const char *out;
	struct fosr_strs dev;
	__u64 when;
	struct shared shared;
};

static const char *const colors[] = {"auto", "always", "never", NULL};

static const struct fosr_opt own[] = {
	{'F', "flag", FOSR_OPT_FLAG, .offset = offsetof(struct args, flag), .help = "a flag"},
	{'v', "verbose", FOSR_OPT_COUNT, .offset = offsetof(struct args, verbose), .help = "a count"},
	{0, "color", FOSR_OPT_CHOICE, .offset = offsetof(struct args, color), .choices = colors, .help = "a choice"},
	{'o', "output", FOSR_OPT_STRING, .required = true, .offset = offsetof(struct args, out), .metavar = "FILE",
		.help = "a file"},
	{'D', "dev", FOSR_OPT_LIST, .offset = offsetof(struct args, dev), .help = "a list"},
	{0, "start", FOSR_OPT_TIME, .offset = offsetof(struct args, when), .help = "an instant"},
	{0},
};

static const struct fosr_opt common[] = {
	{'s', "seed", FOSR_OPT_U64, .offset = offsetof(struct shared, seed), .help = "a number"},
	{'d', "duration", FOSR_OPT_DURATION, .offset = offsetof(struct shared, duration), .min = 1000000000,
		.max = 60000000000, .help = "a duration"},
	{'c', "count", FOSR_OPT_NUMBER, .offset = offsetof(struct shared, count), .min = 1, .help = "a quantity"},
	{0},
};

static struct args args;
static struct fosr_err err;
static char *argv[16];
static char copies[16][160];

/* Splits line at spaces ('_' stands for a space in a word) and parses it. */
static int parse(const char *line)
{
	const struct fosr_opt_bind binds[] = {{"Own", own, &args}, {"Common", common, &args.shared}, {0}};
	char text[400];
	int argc = 0;

	fosr_opts_release(binds);
	memset(&args, 0, sizeof(args));
	memset(&err, 0, sizeof(err));
	snprintf(text, sizeof(text), "%s", line);
	for (char *w = strtok(text, " "); w && argc < 16; w = strtok(NULL, " ")) {
		snprintf(copies[argc], sizeof(copies[argc]), "%s", w);
		for (char *c = copies[argc]; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		argv[argc] = copies[argc];
		argc++;
	}
	return fosr_opts_parse(binds, argc, argv, &err);
}

static void refused(const char *line, const char *words)
{
	int ret = parse(line);

	ok(ret == -EINVAL && strstr(err.text, words), "'%s' is refused with '%s' (%d, %s)", line, words, ret, err.text);
}

static void forms(void)
{
	ok(parse("--seed=7") == 0 && args.shared.seed == 7, "--name=value");
	ok(parse("--seed 7") == 0 && args.shared.seed == 7, "--name value");
	ok(parse("-s7") == 0 && args.shared.seed == 7, "-xvalue");
	ok(parse("-s 0x1f") == 0 && args.shared.seed == 31, "-x value, hexadecimal");
	ok(parse("-vvFs3") == 0 && args.verbose == 2 && args.flag && args.shared.seed == 3, "a bundle");
	ok(parse("a -s1 b --flag c") == 3 && !strcmp(argv[0], "a") && !strcmp(argv[1], "b") && !strcmp(argv[2], "c"),
		"operands and options in any order");
	ok(parse("-F -- -s --x -") == 3 && !strcmp(argv[0], "-s") && !strcmp(argv[2], "-"), "-- ends the options");
	ok(parse("-") == 1 && !strcmp(argv[0], "-"), "- is an operand");
	ok(parse("-o -") == 0 && !strcmp(args.out, "-"), "- is a value");
	ok(parse("--output=--flag") == 0 && !strcmp(args.out, "--flag"), "a value that looks like an option");
	ok(parse("-s1 -s2") == 0 && args.shared.seed == 2, "the last one counts");
	ok(parse("--dev a -Db --dev=c") == 0 && args.dev.list.n == 3 && !strcmp(args.dev.list.v[1], "b"), "a list");
	ok(parse("") == 0 && args.shared.seed == 0 && !args.out, "nothing");
}

static void values(void)
{
	ok(parse("--color never") == 0 && args.color == 2, "a choice");
	ok(parse("-d 1m") == 0 && args.shared.duration == 60000000000, "a duration");
	ok(parse("-d 1s_500ms") == 0 && args.shared.duration == 1500000000, "a duration of two words");
	ok(parse("--start 1970-01-01T00:00:01Z") == 0 && args.when == 1000000000, "an instant");
	ok(parse("-c 1.5M") == 0 && args.shared.count == 1500000, "1.5M");
	ok(parse("-c 64Ki") == 0 && args.shared.count == 65536, "64Ki");
	ok(parse("-c 2k") == 0 && args.shared.count == 2000, "2k");
	ok(parse("-s 18446744073709551615") == 0 && args.shared.seed == UINT64_MAX, "the largest number");
	refused("-s 18446744073709551616", "-s: 18446744073709551616 is out of range");
	refused("-s 12x", "-s: read '12x', expected a whole number");
	refused("--seed=-1", "--seed: read '-1'");
	refused("--seed=", "--seed: read ''");
	refused("--seed=0x", "--seed: read '0x'");
	refused("-c 1.0005k", "read '1.0005k'");
	refused("-c 1.", "read '1.'");
	refused("-c k", "read 'k'");
	refused("-c 5kB", "read '5kB'");
	refused("-c 0", "expected at least 1");
	refused("-c 99999999999999T", "out of range");
	refused("-d 10", "-d: read '10', expected a duration such as 10s");
	refused("-d 61s", "expected 1s to 1m");
	refused("-d 10ms", "expected 1s to 1m");
	refused("--start tomorrow", "--start: read 'tomorrow', expected an instant");
	refused("--color nevr", "expected auto, always or never; did you mean 'never'?");
	refused("--output=", "its value is empty");
}

static void mistakes(void)
{
	const struct fosr_opt_bind binds[] = {{"Own", own, &args}, {"Common", common, &args.shared}, {0}};

	refused("--sed=1", "unknown option --sed=1; did you mean --seed?");
	refused("--dur=1", "did you mean --duration?");
	refused("--zzz", "unknown option --zzz");
	ok(!strstr(err.text, "mean"), "nothing is suggested when nothing is near");
	refused("-x", "unknown option -x");
	refused("-duration", "read 'uration'");
	refused("--flag=1", "--flag takes no value");
	refused("--seed", "--seed needs a value: --seed N");
	refused("-o", "-o needs a value: -o FILE");
	refused("-o --flag", "write --output=--flag if that is the value");
	ok(parse("-F") == 0 && fosr_opts_required(binds, &err) == -EINVAL &&
			strstr(err.text, "--output FILE is missing"),
		"a required option is missed");
	ok(parse("-ox") == 0 && fosr_opts_required(binds, &err) == 0, "a required option is there");
	fosr_opts_release(binds);
}

static void help(void)
{
	const struct fosr_opt_bind binds[] = {{"Own", own, &args}, {"Common", common, &args.shared}, {0}};
	char *text = NULL;
	size_t size = 0, widest = 0;
	FILE *f = open_memstream(&text, &size);

	fosr_opts_help(binds, f);
	fosr_help_wrap(f, 4,
		"many words that fill more than one line of a hundred columns, so that the wrapping has to "
		"find a place to break the line at, twice if need be, and never within a word of it");
	fclose(f);
	for (char *p = text; *p; p += strcspn(p, "\n") + 1)
		widest = strcspn(p, "\n") > widest ? strcspn(p, "\n") : widest;
	ok(strstr(text, "\nOwn:\n") && strstr(text, "\nCommon:\n"), "help is grouped");
	ok(strstr(text, "  -o, --output FILE") && strstr(text, "--color auto|always|never"), "help shows each row");
	ok(widest > 60 && widest <= 100, "help fits in 100 columns (%zu)", widest);
	free(text);
}

int main(void)
{
	forms();
	values();
	mistakes();
	help();
	return done();
}
