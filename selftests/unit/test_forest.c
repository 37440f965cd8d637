// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The forest against scikit-learn 1.9.1's RandomForestClassifier (forest_reference.py) on the same rows: mean of five
 * seeds, to 0.025, which is what its own seeds differ by.
 */
#include <math.h>
#include <string.h>

#include "fidelity/forest.h"
#include "tap.h"

enum { N = 600, D = 16 };

static float rows[N][D];
static __u8 label[N];

/* Numbers that look random, the same in Python. */
static double h(__u32 i, __u32 j, __u32 s)
{
	__u32 x = i * 2654435761u + j * 40503u + s * 97u;

	for (int k = 0; k < 2; k++) {
		x ^= x >> 16;
		x *= 0x45d9f3bu;
	}
	x ^= x >> 16;
	return (double)(x % 10000) / 10000;
}

static double two_classes(double shift, __u64 seed)
{
	const struct fosr_forest_opts o = {.trees = 200, .classes = 2, .seed = seed};
	double accuracy[FOSR_FOLDS] = {0}, sum = 0;
	struct fosr_ranked r;

	for (__u32 i = 0; i < N; i++) {
		label[i] = i % 2;
		for (__u32 j = 0; j < D; j++)
			rows[i][j] = (float)(h(i, j, 1) + (i % 2 && j < 3 ? shift * h(i, j + 20, 2) * 2 : 0));
	}
	if (fosr_forest_rank(&r, rows[0], N, D) || fosr_forest_folds(&r, label, &o, accuracy))
		return NAN;
	free(r.rank);
	for (int f = 0; f < FOSR_FOLDS; f++)
		sum += accuracy[f];
	return sum / FOSR_FOLDS;
}

static double three_classes(__u64 seed)
{
	const struct fosr_forest_opts o = {.trees = 100, .classes = 3, .seed = seed};
	static double share[N / 2 * 3];
	__u32 train[N / 2], test[N / 2];
	struct fosr_ranked r;
	int right = 0;

	for (__u32 i = 0; i < N; i++) {
		label[i] = i % 3;
		for (__u32 j = 0; j < D; j++)
			rows[i][j] = (float)(h(i, j, 3) + (j < 4 ? (i % 3) * 0.15 : 0));
	}
	for (__u32 i = 0; i < N / 2; i++) {
		train[i] = i;
		test[i] = N / 2 + i;
	}
	if (fosr_forest_rank(&r, rows[0], N, D) || fosr_forest(&r, label, train, N / 2, test, N / 2, &o, share))
		return NAN;
	free(r.rank);
	for (int i = 0; i < N / 2; i++)
		right += fosr_forest_class(share + (size_t)i * 3, 3) == label[test[i]];
	return right / (N / 2.0);
}

static void test_scikit(void)
{
	static const struct {
		double shift, want;
	} known[] = {{0, 0.505}, {0.1, 0.6247}, {0.25, 0.7883}};
	double sum;

	for (size_t k = 0; k < 3; k++) {
		sum = 0;
		for (__u64 seed = 0; seed < 5; seed++)
			sum += two_classes(known[k].shift, seed) / 5;
		if (!ok(fabs(sum - known[k].want) < 0.025, "two classes, %g apart: accuracy %g", known[k].shift,
			    known[k].want))
			printf("# is %g\n", sum);
	}
	sum = 0;
	for (__u64 seed = 0; seed < 5; seed++)
		sum += three_classes(seed) / 5;
	if (!ok(fabs(sum - 0.6133) < 0.025, "three classes: accuracy 0.6133"))
		printf("# is %g\n", sum);
}

static void test_ranks(void)
{
	struct fosr_ranked r;
	static float many[2000];
	int rising = 1, used = 0;

	for (int i = 0; i < 2000; i++)
		many[i] = (float)((i * 7919) % 2000);
	ok(!fosr_forest_rank(&r, many, 2000, 1), "2000 values are ranked");
	for (int i = 0; i < 2000; i++) {
		used = r.rank[i] > used ? r.rank[i] : used;
		for (int k = 0; k < 2000; k += 97)
			rising &= many[i] <= many[k] ? r.rank[i] <= r.rank[k] : r.rank[i] >= r.rank[k];
	}
	ok(rising && used == 255, "in order, with 256 ranks");
	free(r.rank);
	ok(!fosr_forest_rank(&r, (const float[]){3, 1, 3, 2}, 4, 1) && r.rank[0] == 2 && r.rank[1] == 0 &&
			r.rank[2] == 2 && r.rank[3] == 1,
		"few values keep a rank each");
	free(r.rank);
}

static void test_edges(void)
{
	const struct fosr_forest_opts o = {.trees = 10, .classes = 2};
	double accuracy[FOSR_FOLDS];
	struct fosr_ranked r;

	memset(rows, 0, sizeof(rows));
	for (int i = 0; i < N; i++)
		label[i] = (__u8)(i % 2);
	ok(!fosr_forest_rank(&r, rows[0], N, D) && !fosr_forest_folds(&r, label, &o, accuracy) && accuracy[0] == 0.5,
		"rows that are all alike tell nothing");
	free(r.rank);
	ok(two_classes(0.25, 7) == two_classes(0.25, 7), "the same seed, the same forest");
	ok(two_classes(5, 0) > 0.97, "classes that are apart are told");
}

int main(void)
{
	test_scikit();
	test_ranks();
	test_edges();
	return done();
}
