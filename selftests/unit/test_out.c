// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "cli/out.h"
#include "tap.h"

static void count(__u64 n, const char *want)
{
	char buf[FOSR_HUMAN];

	ok(!strcmp(fosr_human_count(buf, n), want), "%llu is %s (%s)", n, want, buf);
}

static void bytes(__u64 n, const char *want)
{
	char buf[FOSR_HUMAN];

	ok(!strcmp(fosr_human_bytes(buf, n), want), "%llu bytes are %s (%s)", n, want, buf);
}

static void span(__u64 n, const char *want)
{
	char buf[FOSR_HUMAN];

	ok(!strcmp(fosr_human_ns(buf, n), want), "%llu ns are %s (%s)", n, want, buf);
}

static void clean(const char *text, const char *want)
{
	char buf[64];

	ok(!strcmp(fosr_text_clean(buf, sizeof(buf), text), want), "cleaned text is '%s'", buf);
}

static void numbers(void)
{
	count(0, "0");
	count(999, "999");
	count(1000, "1.00 k");
	count(1234567, "1.23 M");
	count(12345678, "12.3 M");
	count(999999, "1000 k");
	count(UINT64_MAX, "18.4 E");
	bytes(1023, "1023 B");
	bytes(1536, "1.50 KiB");
	bytes(UINT64_MAX, "16.0 EiB");
	span(999, "999 ns");
	span(1500, "1.50 \xc2\xb5s");
	span(2500000, "2.50 ms");
	span(59 * FOSR_NS_PER_S, "59.0 s");
	span(61 * FOSR_NS_PER_S, "1 min 1 s");
	span(UINT64_MAX, "213503 d 23 h");
}

static void texts(void)
{
	char buf[4];

	clean("plain", "plain");
	clean("a\033[31mb\n", "a?[31mb?");
	clean("caf\xc3\xa9", "caf\xc3\xa9");
	clean("\xc3(", "?(");
	clean("\xc0\xaf\xed\xa0\x80", "?????");
	clean("\xe2\x80\xae"
	      "abc",
		"?abc");
	clean("\xf0\x9f\x98", "???");
	ok(!strcmp(fosr_text_clean(buf, sizeof(buf), "ab\xc3\xa9"), "ab"), "a character is not cut in two");
	ok(fosr_text_width("caf\xc3\xa9") == 4 && fosr_text_width("\xe4\xb8\xad") == 2 &&
			fosr_text_width("e\xcc\x81") == 1,
		"width counts columns");
}

static void tables(void)
{
	struct fosr_global_args args = {0};
	struct fosr_table t;
	struct fosr_ctx ctx;
	char *text = NULL;
	size_t size = 0;

	fosr_ctx_init(&ctx, "test", &args);
	ctx.color_out = false;
	ctx.out = open_memstream(&text, &size);
	fosr_table_init(&t, "Host|>Packets|Note");
	fosr_table_cell(&t, "caf\xc3\xa9");
	fosr_table_cell(&t, "%d", 12);
	fosr_table_cell(&t, "x");
	fosr_table_cell(&t, "web1\t");
	fosr_table_cell(&t, "%d", 123456789);
	fosr_table_cell(&t, "%s", "");
	fosr_table_print(&t, &ctx);
	fclose(ctx.out);
	ok(!strcmp(text, "Host     Packets  Note\ncaf\xc3\xa9          12  x\nweb1?  123456789  \n"),
		"a table is aligned");
	free(text);
	fosr_ctx_release(&ctx);

	args.json = true;
	fosr_ctx_init(&ctx, "test", &args);
	ok(!ctx.out && fosr_ctx_claim_stdout(&ctx) == FOSR_EXIT_USAGE, "--json and data cannot share standard output");
	fosr_table_init(&t, "A|B");
	fosr_table_cell(&t, "x");
	fosr_table_print(&t, &ctx);
	fosr_out(&ctx, "nothing of this is printed");
	ctx.level = -2;
	fosr_warn(&ctx, "bad %s", "\xff");
	ok(!strcmp(json_string_value(json_array_get(json_object_get(ctx.json, "warnings"), 0)), "bad ?"),
		"a warning is kept, cleaned, in the JSON object");
	fosr_ctx_release(&ctx);
}

int main(void)
{
	numbers();
	texts();
	tables();
	return done();
}
