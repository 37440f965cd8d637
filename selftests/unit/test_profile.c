// SPDX-License-Identifier: GPL-3.0-or-later
/* The profile reader against what a profile is not. Run under AddressSanitizer, each refusal also shows that it leaks
 * nothing. */
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "profilecheck.h"

#define FLOWS 60
#define ANY "" /* in a message: any words */

static __u8 *good; /* a profile, and its parts */
static size_t good_len, header_len;

/* What is loaded is what was learned. */
static void test_round_trip(void)
{
	struct fosr_profile *p = NULL;
	char hex[FOSR_DIGEST_HEX], text[200];
	struct fosr_err err = {0};
	size_t len;
	void *again = kit_profile(FLOWS, &len);

	ok(len == good_len && !memcmp(again, good, len), "the same data gives the same bytes");
	free(again);
	if (!ok(!load(good, good_len, &p, &err), "what was learned is read %s", err.text))
		return;
	ok(!strcmp(p->name, "kit") && !strcmp(p->origin, "case") && p->services.list.n == 3 &&
			fosr_services_find(&p->services, "dns", IPPROTO_UDP) == 1 && p->services.list.v[2].port == 5353,
		"name, origin and vocabulary are there");
	ok(!strcmp(json_string_value(json_object_get(p->meta, FOSR_ST_DIGEST)), fosr_digest_hex(p->digest, hex)),
		"its digest is the one that it says");
	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++) {
		text[0] = 0;
		p->model[stage].ops->describe(&p->model[stage], text, sizeof(text));
		ok(text[0], "%s by %s: %s", fosr_model_stage_name[stage], p->model[stage].ops->name, text);
	}
	fosr_profile_free(p);
	fosr_profile_free(NULL);
}

/* Flows drawn have the services, ports, roles and ends that were learned, and no others. */
static void test_learned(void)
{
	struct fosr_profile *p;
	struct fosr_err err = {0};
	struct fosr_dataset d;
	int all = 1;

	kit_dataset(&d, FLOWS);
	if (!ok(!load(good, good_len, &p, &err), "read once more"))
		return;
	for (__u32 i = 0; i < 3000; i++) {
		struct fosr_flow f = {.start_ns = (1736154000ULL + i) * FOSR_NS_PER_S};
		struct fosr_rng r = fosr_rng(1, i, FOSR_STAGE_FLOW, 0);
		size_t k = 0;

		all &= p->model[FOSR_FLOWS].ops->draw_flow(&p->model[FOSR_FLOWS], &r, NULL, 0, &f);
		while (k < d.flows.n &&
			(d.flows.v[k].service != f.service || d.flows.v[k].port != f.end[1].port ||
				d.flows.v[k].l4 != f.l4 || d.flows.v[k].roles != f.roles ||
				d.flows.v[k].end_state != f.end_state))
			k++;
		all &= k < d.flows.n;
	}
	ok(all, "3000 flows drawn: each is of a kind that was learned");
	fosr_profile_free(p);
	fosr_dataset_free(&d);
}

static void test_fit_refusals(void)
{
	struct fosr_profile_spec spec = {.name = "kit", .family = {"hist", "bn", "markov"}};
	struct fosr_dataset d, none = {0};
	struct fosr_err err = {0};
	void *buf = NULL;
	size_t len;

	kit_dataset(&d, 3);
	ok(fosr_profile_fit(&spec, &none, &buf, &len, &err) == -EINVAL && strstr(err.text, "nothing to learn"),
		"no data: %s", err.text);
	spec.family[FOSR_FLOWS] = "bm";
	ok(fosr_profile_fit(&spec, &d, &buf, &len, &err) == -EINVAL && strstr(err.text, "\"bm\" for flows"),
		"no such family: %s", err.text);
	spec.family[FOSR_FLOWS] = "markov";
	ok(fosr_profile_fit(&spec, &d, &buf, &len, &err) == -EINVAL && strstr(err.text, "\"markov\" for flows"),
		"a family of another stage: %s", err.text);
	ok(!buf, "and nothing is given");
	fosr_dataset_free(&d);
}

static void test_files(void)
{
	char path[] = "/tmp/test_profile.XXXXXX";
	int fd = mkstemp(path);
	struct fosr_profile *p = NULL;
	struct fosr_err err = {0};

	close(fd);
	ok(!fosr_file_write(path, good, good_len, &err) && !fosr_profile_open(path, &p, &err) &&
			!strcmp(p->origin, path),
		"from a file");
	fosr_profile_free(p);
	truncate(path, 100);
	ok(fosr_profile_open(path, &p, &err) == -EINVAL && !strncmp(err.text, path, strlen(path)),
		"a file that was cut: %s", err.text);
	unlink(path);
	ok(fosr_profile_open(path, &p, &err) == -ENOENT && strstr(err.text, path), "no such file: %s", err.text);
	ok(fosr_profile_open("/tmp", &p, &err) == -EISDIR, "a directory: %s", err.text);
	ok(!fosr_profile_open(NULL, &p, &err) && !strcmp(p->origin, "office"), "the default one is embedded");
	fosr_profile_free(p);
}

static void test_flips(void)
{
	static const __u8 flip[] = {0x01, 0x80, 0xff};
	__u8 *bad = malloc(good_len);
	struct fosr_err err;
	size_t at = 0;
	bool all = true;

	for (size_t f = 0; f < sizeof(flip); f++)
		for (at = 0; at < good_len && all; at += 97) {
			memcpy(bad, good, good_len);
			bad[at] ^= flip[f];
			all = refused(bad, good_len, ANY, &err);
			if (!all)
				printf("# byte %zu ^ %02x: %s\n", at, flip[f], err.text);
		}
	ok(all, "a byte changed, every 97th in three ways: refused");
	memcpy(bad, good, good_len);
	bad[good_len - 1] ^= 1;
	expect_refused(bad, good_len, "the digest is wrong", "the last byte changed");
	ok(err.code == -EBADMSG || refused(bad, good_len, "was changed or damaged", &err), "and what to do is said");
	free(bad);
}

static void test_truncations(void)
{
	struct fosr_err err;
	__u8 *longer = calloc(1, good_len + 8);
	bool all = true;

	for (size_t len = 0; len < 64 && all; len++)
		all = refused(good, len, ANY, &err);
	for (size_t len = 64; len < good_len && all; len += 97)
		all = refused(good, len, ANY, &err);
	for (size_t len = 8 + header_len - 9; len < 8 + header_len + 9 && all; len++)
		all = refused(good, len, ANY, &err);
	for (size_t len = good_len - 9; len < good_len && all; len++)
		all = refused(good, len, ANY, &err);
	ok(all, "cut anywhere: refused");
	expect_refused(good, 0, "not a profile", "an empty file");
	expect_refused(good, 7, "not a profile", "less than the header's length");
	expect_refused(good, 8, "the file ends at byte 8", "nothing but the header's length");
	expect_refused(good, 8 + header_len, "digest", "a header without data");
	memcpy(longer, good, good_len);
	expect_refused(longer, good_len + 1, "digest", "a byte more");
	expect_refused(longer, good_len + 8, "digest", "eight bytes more");
	free(longer);
}

static void test_header_lengths(void)
{
	const struct {
		__u64 n;
		const char *words;
	} rows[] = {
		{0, ANY},
		{1, ANY},
		{header_len - 8, ANY},
		{header_len + 8, ANY},
		{good_len - 8, ANY},
		{good_len - 7, "but the file ends at byte"},
		{FOSR_ST_HEADER_MAX, "but the file ends at byte"},
		{FOSR_ST_HEADER_MAX + 1ULL, "at most 4194304 bytes, found 4194305"},
		{1ULL << 63, "found 9223372036854775808"},
		{UINT64_MAX, "at most"},
		{UINT64_MAX - 7, "at most"},
	};
	__u8 *bad = malloc(good_len);
	char what[64];

	memcpy(bad, good, good_len);
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		for (int k = 0; k < 8; k++)
			bad[k] = (__u8)(rows[i].n >> 8 * k);
		snprintf(what, sizeof(what), "a header of %llu bytes", rows[i].n);
		expect_refused(bad, good_len, rows[i].words, what);
	}
	free(bad);
}

/* A file whose header is that text, without data. */
static void header_text(const char *text, size_t n, const char *words, const char *what)
{
	__u8 *file = calloc(1, 8 + n);

	for (int i = 0; i < 8; i++)
		file[i] = (__u8)(n >> 8 * i);
	memcpy(file + 8, text, n);
	expect_refused(file, 8 + n, words, what);
	free(file);
}

static void test_header_texts(void)
{
	static const struct {
		const char *text, *words, *what;
	} rows[] = {
		{"", ANY, "an empty header"},
		{"{", "header, byte", "JSON that does not end"},
		{"[]", "__metadata__", "an array"},
		{"7", ANY, "a number"},
		{"{}", "__metadata__", "an object without metadata"},
		{"{\"__metadata__\":[]}", "__metadata__", "metadata that are a list"},
		{"{\"__metadata__\":null}", "__metadata__", "metadata that are nothing"},
		{"{\"__metadata__\":{}}", "the file says nothing", "no digest"},
		{"{\"__metadata__\":{\"fosr.digest\":7}}", "digest", "a digest that is a number"},
		{"{\"__metadata__\":{\"fosr.digest\":\"00\"}}", "digest", "a digest that is short"},
		{"{\"__metadata__\":{},\"__metadata__\":{}}", "duplicate", "two metadata"},
		{"{\"__metadata__\":{},\"a\":{},\"a\":{}}", "duplicate", "two tensors of a name"},
		{"{\"__metadata__\":{\"a\":\"\\u0000\"}}", "header, byte", "a NUL in a string"},
		{"{\"__metadata__\":{\"a\":\"\xff\xfe\"}}", "header, byte", "a string that is no UTF-8"},
		{"{\"__metadata__\":{}} x", "header, byte", "something behind the header"},
		{"{\"__metadata__\":{\"n\":1e999}}", "header, byte", "a number beyond all numbers"},
		{"{\"__metadata__\":{\"n\":99999999999999999999}}", "header, byte", "an integer that does not fit"},
	};
	enum { DEEP = 100000 };
	char *deep = malloc(DEEP);

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++)
		header_text(rows[i].text, strlen(rows[i].text), rows[i].words, rows[i].what);
	memset(deep, '[', DEEP);
	header_text(deep, DEEP, "header, byte", "100000 brackets");
	header_text("{\"__metadata__\":{}}\0x", 21, "header, byte", "a NUL behind the header");
	free(deep);
}

/* --- behind the digest: the header is changed and the digest made right again --- */

static json_t *header_now;

static void expect_header(const char *words, const char *what)
{
	size_t len;
	void *file = kit_assemble(header_now, good + 8 + header_len, good_len - 8 - header_len, &len);

	if (words)
		expect_refused(file, len, words, what);
	else
		ok(accepted(file, len), "%s", what);
	free(file);
	json_decref(header_now);
	header_now = kit_header(good, good_len);
}

static json_t *row(const char *tensor)
{
	return json_object_get(header_now, tensor);
}

static void test_rows(void)
{
	static const struct {
		const char *key, *json, *words;
	} rows[] = {
		{"shape", "[1099511627776,1099511627776]", "more than 2^40 elements"},
		{"shape", "[4294967296,4294967296]", "more than 2^40 elements"},
		{"shape", "[1099511627776,1048576,16]", "more than 2^40 elements"},
		{"shape", "[2305843009213693952,8]", "not a number in 0..2^40"},
		{"shape", "[9223372036854775807]", "not a number in 0..2^40"},
		{"shape", "[1099511627776]", "do not hold its shape"},
		{"shape", "[0,1099511627776,1099511627776]", "do not hold its shape"},
		{"shape", "[-1]", "not a number in 0..2^40"},
		{"shape", "[96.0]", "not a number in 0..2^40"},
		{"shape", "[\"96\"]", "not a number in 0..2^40"},
		{"shape", "[null]", "not a number in 0..2^40"},
		{"shape", "[]", "a shape of 1 to 3"},
		{"shape", "[1,1,1,96]", "a shape of 1 to 3"},
		{"shape", "96", "a shape of 1 to 3"},
		{"shape", "{}", "a shape of 1 to 3"},
		{"shape", "[95]", "do not hold its shape"},
		{"shape", "[97]", "do not hold its shape"},
		{"shape", "[336,2]", "found U64[336,2], expected U64[672]"},
		{"shape", "[672,1,1]", "expected U64[672]"},
		{"dtype", "\"F32\"", "dtype F32, expected U8"},
		{"dtype", "\"u64\"", "dtype u64"},
		{"dtype", "\"U32\"", "do not hold its shape"},
		{"dtype", "64", "dtype ?"},
		{"dtype", "null", "dtype ?"},
		{"data_offsets", "[0,99999999]", "leave the"},
		{"data_offsets", "[9223372036854775000,9223372036854775768]", "leave the"},
		{"data_offsets", "[768,0]", "leave the"},
		{"data_offsets", "[-768,0]", "leave the"},
		{"data_offsets", "[0]", "leave the"},
		{"data_offsets", "[0,768,1536]", "leave the"},
		{"data_offsets", "[]", "leave the"},
		{"data_offsets", "null", "leave the"},
		{"data_offsets", "\"0,768\"", "leave the"},
		{"data_offsets", "[1,769]", "not aligned"},
		{"data_offsets", "[4,772]", "not aligned"},
		{"data_offsets", "[0,760]", "do not hold its shape"},
	};
	char what[128];

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		json_object_set_new(
			row("arrivals.rate_q32"), rows[i].key, json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
		snprintf(what, sizeof(what), "%s %s", rows[i].key, rows[i].json);
		expect_header(rows[i].words, what);
	}
	json_object_del(row("arrivals.rate_q32"), "shape");
	expect_header("a shape of 1 to 3", "no shape");
	json_object_set_new(header_now, "arrivals.rate_q32", json_string("U64"));
	expect_header("dtype ?", "a tensor that is a string");
}

static void test_tensor_set(void)
{
	const char *name, *names[32];
	char long_name[200], what[128];
	size_t n = 0;
	json_t *value;

	expect_header(NULL, "the header as it was, put together again: read");
	json_object_foreach (header_now, name, value)
		if (strcmp(name, "__metadata__") && n < FOSR_ARRAY_SIZE(names))
			names[n++] = strdup(name);
	for (size_t i = 0; i < n; i++) {
		json_object_del(header_now, names[i]);
		snprintf(what, sizeof(what), "without %s", names[i]);
		expect_header("is missing", what);
		free((char *)names[i]);
	}
	ok(n == 20, "each of the 20 tensors is needed");
	memset(long_name, 'x', sizeof(long_name));
	long_name[48] = 0;
	json_object_set(header_now, long_name, row("arrivals.rate_q32"));
	expect_header("the limit is 47", "a long name");
	for (int i = 0; i < FOSR_ST_TENSORS_MAX; i++) {
		snprintf(long_name, sizeof(long_name), "t%d", i);
		json_object_set(header_now, long_name, row("arrivals.rate_q32"));
	}
	expect_header("the limit is 4096", "too many tensors");
}

static void test_meta(void)
{
	static const struct {
		const char *key, *json, *words;
	} rows[] = {
		{"fosr.format", "\"2\"", "profile format 2, this version reads 1"},
		{"fosr.format", "1", "profile format missing"},
		{"fosr.format", "null", "profile format missing"},
		{"arrivals", "\"hits\"", "\"hits\" for arrivals is not known"},
		{"flows", "\"\"", "\"\" for flows"},
		{"steps", "\"bn\"", "\"bn\" for steps"},
		{"steps", "7", "names no family for steps"},
		{"flows", "null", "names no family for flows"},
		{"services", "null", "a list of 1 to 256"},
		{"services", "\"\"", "a list of 1 to 256"},
		{"services", "\"[]\"", "a list of 1 to 256"},
		{"services", "\"{}\"", "a list of 1 to 256"},
		{"services", "\"[[[[[\"", "a list of 1 to 256"},
		{"services", "[[\"http\",\"tcp\",80]]", "a list of 1 to 256"},
		{"services", "\"[1,2,3]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\"]]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\",80,1]]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\",\\\"80\\\"]]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"sctp\\\",80]]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\",65536]]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\",-1]]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\",4294967376]]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\",80.5]]\"", "entry 0"},
		{"services", "\"[[\\\"http56789012345678901234\\\",\\\"tcp\\\",80]]\"", "entry 0"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\",80],[\\\"http\\\",\\\"tcp\\\",81]]\"",
			"http/tcp is there twice"},
		{"services", "\"[[\\\"http\\\",\\\"tcp\\\",80],[\\\"dns\\\",\\\"udp\\\",53]]\"",
			"flows.states: service has 3, expected 2"},
	};
	char what[160], *many = calloc(1, 20000);
	size_t n = 0;

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		json_object_set_new(row("__metadata__"), rows[i].key, json_loads(rows[i].json, JSON_DECODE_ANY, NULL));
		snprintf(what, sizeof(what), "%s: %s", rows[i].key, rows[i].json);
		expect_header(rows[i].words, what);
	}
	for (int i = 0; i < 257; i++)
		n += (size_t)sprintf(many + n, "%s[\"s%d\",\"tcp\",%d]", i ? "," : "[", i, i);
	strcpy(many + n, "]");
	json_object_set_new(row("__metadata__"), "services", json_string(many));
	expect_header("a list of 1 to 256", "257 services");
	free(many);
	json_object_del(row("__metadata__"), "name");
	expect_header(NULL, "a profile without a name: read");
}

/* The helper of the fuzzer: with the digest made right in place, a changed value is read. */
static void test_redigest(void)
{
	__u8 *bad = malloc(good_len);
	struct fosr_err err;

	memcpy(bad, good, good_len);
	bad[8 + header_len] ^= 1;
	ok(refused(bad, good_len, "digest", &err) && kit_redigest(bad, good_len) && accepted(bad, good_len),
		"a rate changed by one, with its digest made right: read");
	free(bad);
}

int main(void)
{
	good = kit_profile(FLOWS, &good_len);
	header_len = kit_header_len(good);
	header_now = kit_header(good, good_len);
	test_round_trip();
	test_learned();
	test_fit_refusals();
	test_files();
	test_flips();
	test_truncations();
	test_header_lengths();
	test_header_texts();
	test_rows();
	test_tensor_set();
	test_meta();
	test_redigest();
	json_decref(header_now);
	free(good);
	return done();
}
