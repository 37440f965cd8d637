// SPDX-License-Identifier: GPL-3.0-or-later
#include <string.h>

#include "math/tensor.h"
#include "tap.h"

static struct fosr_tensors set;
static struct fosr_err err;

static const __u32 matrix[] = {1, 2, 3, 4, 5, 6};

static void test_add(void)
{
	__u32 copy[6];
	const struct fosr_tensor *t;

	memcpy(copy, matrix, sizeof(copy));
	ok(!fosr_tensors_add(&set, "stage", "m", FOSR_U32, 3, 2, copy, &err), "a matrix of 3 x 2");
	memset(copy, 0, sizeof(copy));
	t = fosr_tensors_find(&set, "stage.m");
	ok(t && t->ndim == 2 && t->shape[0] == 3 && t->shape[1] == 2 && t->dtype == FOSR_U32 &&
			fosr_tensor_count(t) == 6 && !memcmp(t->data, matrix, sizeof(matrix)),
		"is found again, as a copy");
	ok(!fosr_tensors_add(&set, "stage", "v", FOSR_U8, 5, 0, "abcde", &err) &&
			fosr_tensors_find(&set, "stage.v")->ndim == 1 &&
			fosr_tensor_count(fosr_tensors_find(&set, "stage.v")) == 5,
		"a vector of 5");
	ok(!fosr_tensors_add(&set, "stage", "none", FOSR_U64, 0, 0, NULL, &err) &&
			fosr_tensor_count(fosr_tensors_find(&set, "stage.none")) == 0,
		"an empty vector");
	ok(!fosr_tensors_find(&set, "stage") && !fosr_tensors_find(&set, "m") && !fosr_tensors_find(&set, "stage.m2"),
		"names are whole");
}

static void test_add_refusals(void)
{
	char name[FOSR_TENSOR_NAME];
	size_t n = set.list.n;

	ok(fosr_tensors_add(&set, "stage", "m", FOSR_U8, 1, 0, "x", &err) == -EINVAL &&
			strstr(err.text, "stage.m is there twice"),
		"the same name again: %s", err.text);
	memset(name, 'n', sizeof(name));
	name[FOSR_TENSOR_NAME - 6] = 0;
	ok(fosr_tensors_add(&set, "stage", name, FOSR_U8, 1, 0, "x", &err) == -EINVAL &&
			strstr(err.text, "longer than 47"),
		"too long a name: %s", err.text);
	ok(set.list.n == n, "neither was added");
	name[FOSR_TENSOR_NAME - 7] = 0;
	ok(!fosr_tensors_add(&set, "stage", name, FOSR_U8, 1, 0, "x", &err), "one byte less fits");
}

static const void *get(const char *name, enum fosr_dtype dtype, __u64 *rows, __u64 cols)
{
	memset(&err, 0, sizeof(err));
	return fosr_tensors_get(&set, "stage", name, dtype, rows, cols, &err);
}

static void test_get(void)
{
	__u64 rows = UINT64_MAX;
	const __u32 *m = get("m", FOSR_U32, &rows, 2);

	ok(m && rows == 3 && m[5] == 6, "any number of rows: they are put there");
	ok(get("m", FOSR_U32, &rows, 2) == m && rows == 3, "the number of rows asked for");
	rows = 0;
	ok(get("none", FOSR_U64, &rows, 0) && !rows, "no rows asked for, no rows found: not NULL");
	rows = 4;
	ok(!get("m", FOSR_U32, &rows, 2) && err.code == -EINVAL && rows == 4, "other rows: %s", err.text);
	rows = UINT64_MAX;
	ok(!get("m", FOSR_U32, &rows, 3) && strstr(err.text, "found U32[3,2], expected U32[any,3]") &&
			rows == UINT64_MAX,
		"other columns: %s", err.text);
	ok(!get("m", FOSR_U64, &rows, 2) && strstr(err.text, "expected U64["), "another type: %s", err.text);
	ok(!get("m", FOSR_U32, &rows, 0), "a vector where a matrix is: %s", err.text);
	ok(!get("v", FOSR_U8, &rows, 1), "a matrix where a vector is: %s", err.text);
	ok(!get("absent", FOSR_U8, &rows, 0) && strstr(err.text, "stage.absent is missing"), "nothing there: %s",
		err.text);
}

int main(void)
{
	test_add();
	test_add_refusals();
	test_get();
	fosr_tensors_free(&set);
	ok(!set.list.n && !set.list.v, "free leaves an empty set");
	return done();
}
