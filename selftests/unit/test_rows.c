// SPDX-License-Identifier: GPL-3.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "sink/rows.h"
#include "tap.h"

static const struct fosr_column column[] = {{"name", true}, {"n", false}, {"last", true}};
static const struct fosr_log silent;
static char path[128];
static struct fosr_err err;

/* A table of one row under that name, whole; NULL when anything fails. */
static char *table(const char *name, const char *a, const char *n, const char *last)
{
	const char *const value[] = {a, n, last};
	struct fosr_rows *r;
	void *bytes = NULL;
	char *text;
	size_t len;

	snprintf(path, sizeof(path), "/tmp/test_rows.%d.%s", (int)getpid(), name);
	if (fosr_rows_open(&r, path, column, 3, &silent, &err))
		return NULL;
	if (fosr_rows_put(r, value, &err)) {
		fosr_rows_abort(r);
		return NULL;
	}
	if (fosr_rows_complete(r, &err) || fosr_rows_finish(r, &err) ||
		fosr_file_read(path, 1 << 20, &bytes, &len, &err))
		return NULL;
	unlink(path);
	text = strndup(bytes, len);
	free(bytes);
	return text;
}

static void is(const char *name, const char *a, const char *n, const char *last, const char *want, const char *what)
{
	char *got = table(name, a, n, last);

	ok(got && !strcmp(got, want), "%s", what);
	if (got && strcmp(got, want))
		printf("# got %s\n", got);
	free(got);
}

int main(void)
{
	char longest[5000], want[5100];

	is("csv", "a", "1", "b", "name,n,last\na,1,b\n", "CSV: a heading and a row");
	is("csv", "a,b", "1", "say \"x\"", "name,n,last\n\"a,b\",1,\"say \"\"x\"\"\"\n", "comma and quote are quoted");
	is("csv", "a\nb\r", "-1", "", "name,n,last\n\"a\nb\r\",-1,\n", "ends of lines are quoted");
	is("csv", NULL, NULL, NULL, "name,n,last\n,,\n", "no value is an empty field");
	is("csv", "\xff\xfe", "1", "x", "name,n,last\n\xff\xfe,1,x\n", "other bytes stay as they are");
	is("jsonl", "a", "1", "b", "{\"name\":\"a\",\"n\":1,\"last\":\"b\"}\n",
		"JSON: an object in the columns' order");
	is("jsonl", "a\"\n", "18000000000", NULL, "{\"name\":\"a\\\"\\n\",\"n\":18000000000,\"last\":null}\n",
		"escaped; no value is null");
	is("jsonl", "a\xff", "1", "\xc3\xa9", "{\"name\":\"a?\",\"n\":1,\"last\":\"\xc3\xa9\"}\n",
		"what is not UTF-8 is replaced, what is stays");
	memset(longest, 'y', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	snprintf(want, sizeof(want), "name,n,last\n%s,1,z\n", longest);
	is("csv", longest, "1", "z", want, "a long value is whole");
	ok(!table("none/x.csv", "a", "1", "b") && strstr(err.text, "none"), "a folder that is not there is named");
	fosr_rows_abort(NULL);
	ok(!fosr_rows_complete(NULL, &err) && !fosr_rows_finish(NULL, &err), "no table is none to end");
	return done();
}
