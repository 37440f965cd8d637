// SPDX-License-Identifier: GPL-3.0-or-later
#include "fidelity/forest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/intr.h"
#include "base/rng.h"
#include "base/vec.h"

#define RANKS 256
#define FEW 48 /* rows that are sorted by insertion, more by counting */
#define LEAF UINT32_MAX

struct node {
	__u32 feature; /* LEAF: left is where its shares begin */
	__u32 left, right;
	__u8 most; /* ranks up to this go left */
};

struct growing {
	const struct fosr_ranked *table;
	const __u8 *label;
	const struct fosr_forest_opts *o;
	struct fosr_rng rng;
	__u32 *row; /* of the bootstrap, each node's side by side */
	__u32 *spare;
	__u16 *sorted; /* rank << 8 | label of a node's rows */
	__u16 *sorted_spare;
	__u32 *feature; /* all of them, in an order that changes */
	FOSR_VEC(struct node) node;
	FOSR_VEC(float) share;
};

/* ---- Ranks. */

static int by_float(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

/* The largest value of each rank, rising; how many ranks there are. */
static size_t edges_of(float *value, size_t n, float edge[RANKS])
{
	size_t distinct = 0, ranks = 0;

	qsort(value, n, sizeof(*value), by_float);
	for (size_t i = 0; i < n; i++)
		distinct += !i || value[i] > value[i - 1];
	for (size_t i = 0; i < n; i++) {
		bool last = i + 1 == n || value[i + 1] > value[i];

		if (last && (distinct <= RANKS || i + 1 == n || (i + 1) * RANKS / n > ranks))
			edge[ranks++] = value[i];
	}
	return ranks;
}

static __u8 rank_of(float value, const float *edge, size_t ranks)
{
	size_t low = 0, high = ranks - 1;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (value <= edge[mid])
			high = mid;
		else
			low = mid + 1;
	}
	return (__u8)low;
}

int fosr_forest_rank(struct fosr_ranked *r, const float *rows, size_t n, size_t d)
{
	float *column = calloc(n + 1, sizeof(*column)), edge[RANKS];

	*r = (struct fosr_ranked){.rank = calloc(n + 1, d), .n = n, .d = d};
	if (!column || !r->rank) {
		free(column);
		free(r->rank);
		r->rank = NULL;
		return -ENOMEM;
	}
	for (size_t f = 0; f < d && n; f++) {
		size_t ranks;

		for (size_t i = 0; i < n; i++)
			column[i] = rows[i * d + f];
		ranks = edges_of(column, n, edge);
		for (size_t i = 0; i < n; i++)
			r->rank[i * d + f] = rank_of(rows[i * d + f], edge, ranks);
	}
	free(column);
	return 0;
}

/* ---- One tree. */

static void sort_few(__u16 *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		__u16 x = v[i];
		size_t at = i;

		for (; at && v[at - 1] > x; at--)
			v[at] = v[at - 1];
		v[at] = x;
	}
}

/* By rank alone: order among equals does not matter. */
static void sort_many(__u16 *v, __u16 *spare, size_t n)
{
	__u32 at[RANKS + 1] = {0};

	for (size_t i = 0; i < n; i++)
		at[(v[i] >> 8) + 1]++;
	for (size_t i = 0; i < RANKS; i++)
		at[i + 1] += at[i];
	for (size_t i = 0; i < n; i++)
		spare[at[v[i] >> 8]++] = v[i];
	memcpy(v, spare, n * sizeof(*v));
}

struct split {
	double purity; /* sum over both parts of squared counts over rows: the larger the purer */
	__u32 feature;
	__u8 most;
	bool found;
};

/* The best place to cut the node's rows by one feature. Counts are moved from right to left one row at a time. */
static void try_feature(
	struct growing *g, size_t first, size_t n, __u32 feature, const __u32 *count, struct split *best)
{
	const struct fosr_ranked *t = g->table;
	__u32 left[FOSR_CLASSES_MAX] = {0};
	double squares_left = 0, squares_right = 0;

	for (__u32 c = 0; c < g->o->classes; c++)
		squares_right += (double)count[c] * count[c];
	for (size_t i = 0; i < n; i++) {
		__u32 row = g->row[first + i];

		g->sorted[i] = (__u16)(t->rank[row * t->d + feature] << 8 | g->label[row]);
	}
	if (n <= FEW)
		sort_few(g->sorted, n);
	else
		sort_many(g->sorted, g->sorted_spare, n);
	for (size_t i = 0; i + 1 < n; i++) {
		__u8 c = (__u8)g->sorted[i];
		double purity;

		squares_left += 2.0 * left[c] + 1;
		squares_right -= 2.0 * (count[c] - left[c]) - 1;
		left[c]++;
		if (g->sorted[i] >> 8 == g->sorted[i + 1] >> 8)
			continue;
		purity = squares_left / (double)(i + 1) + squares_right / (double)(n - i - 1);
		if (!best->found || purity > best->purity)
			*best = (struct split){purity, feature, (__u8)(g->sorted[i] >> 8), true};
	}
}

/* Features in random order until enough were tried and one of them splits. */
static struct split best_split(struct growing *g, size_t first, size_t n, const __u32 *count)
{
	size_t d = g->table->d, enough = (size_t)sqrt((double)d);
	struct split best = {0};

	for (size_t i = 0; i < d && (i < enough || !best.found); i++) {
		size_t other = i + fosr_rng_below(&g->rng, (__u32)(d - i));
		__u32 feature = g->feature[other];

		g->feature[other] = g->feature[i];
		g->feature[i] = feature;
		try_feature(g, first, n, feature, count, &best);
	}
	return best;
}

/* Rows that go left first, order kept. Returns how many. */
static size_t part(struct growing *g, size_t first, size_t n, const struct split *s)
{
	const struct fosr_ranked *t = g->table;
	size_t left = 0, right = 0;

	for (size_t i = 0; i < n; i++) {
		__u32 row = g->row[first + i];

		if (t->rank[row * t->d + s->feature] <= s->most)
			g->row[first + left++] = row;
		else
			g->spare[right++] = row;
	}
	memcpy(g->row + first + left, g->spare, right * sizeof(*g->row));
	return left;
}

struct work {
	size_t first, n;
	__u32 node;
};

static int make_leaf(struct growing *g, struct node *node, const __u32 *count, size_t n)
{
	node->feature = LEAF;
	node->left = (__u32)g->share.n;
	if (fosr_vec_reserve(&g->share, g->share.n + g->o->classes))
		return -ENOMEM;
	for (__u32 c = 0; c < g->o->classes; c++)
		g->share.v[g->share.n++] = (float)count[c] / (float)n;
	return 0;
}

/* Splits one node, or makes it a leaf: work gets its children. */
static int grow_node(struct growing *g, const struct work *w, struct work child[2], bool *split)
{
	__u32 count[FOSR_CLASSES_MAX] = {0}, most = 0, at = (__u32)g->node.n;
	struct split best = {0};

	for (size_t i = 0; i < w->n; i++)
		count[g->label[g->row[w->first + i]]]++;
	for (__u32 c = 0; c < g->o->classes; c++)
		most = count[c] > most ? count[c] : most;
	if (most < w->n)
		best = best_split(g, w->first, w->n, count);
	*split = best.found;
	if (!best.found)
		return make_leaf(g, &g->node.v[w->node], count, w->n);
	if (!fosr_vec_push(&g->node) || !fosr_vec_push(&g->node))
		return -ENOMEM;
	g->node.v[w->node] = (struct node){.feature = best.feature, .left = at, .right = at + 1, .most = best.most};
	child[0] = (struct work){w->first, part(g, w->first, w->n, &best), at};
	child[1] = (struct work){w->first + child[0].n, w->n - child[0].n, at + 1};
	return 0;
}

static int grow(struct growing *g, size_t n)
{
	FOSR_VEC(struct work) todo = {0};
	struct work *w = fosr_vec_push(&todo), child[2], now;
	bool split;
	int ret = 0;

	g->node.n = g->share.n = 0;
	if (!w || !fosr_vec_push(&g->node))
		ret = -ENOMEM;
	else
		*w = (struct work){0, n, 0};
	while (!ret && todo.n) {
		now = todo.v[--todo.n];
		ret = grow_node(g, &now, child, &split);
		for (int i = 0; i < 2 && !ret && split; i++) {
			w = fosr_vec_push(&todo);
			ret = w ? 0 : -ENOMEM;
			if (w)
				*w = child[i];
		}
	}
	fosr_vec_free(&todo);
	return ret;
}

static void vote(const struct growing *g, const __u8 *rank, double *share)
{
	const struct node *n = g->node.v;

	while (n->feature != LEAF)
		n = &g->node.v[rank[n->feature] <= n->most ? n->left : n->right];
	for (__u32 c = 0; c < g->o->classes; c++)
		share[c] += (double)g->share.v[n->left + c];
}

/* ---- The forest. */

static int start(struct growing *g, size_t n)
{
	g->row = calloc(n + 1, sizeof(*g->row));
	g->spare = calloc(n + 1, sizeof(*g->spare));
	g->sorted = calloc(n + 1, sizeof(*g->sorted));
	g->sorted_spare = calloc(n + 1, sizeof(*g->sorted_spare));
	g->feature = calloc(g->table->d + 1, sizeof(*g->feature));
	return g->row && g->spare && g->sorted && g->sorted_spare && g->feature ? 0 : -ENOMEM;
}

static void stop(struct growing *g)
{
	free(g->row);
	free(g->spare);
	free(g->sorted);
	free(g->sorted_spare);
	free(g->feature);
	fosr_vec_free(&g->node);
	fosr_vec_free(&g->share);
}

int fosr_forest(const struct fosr_ranked *r, const __u8 *label, const __u32 *train, size_t n_train, const __u32 *test,
	size_t n_test, const struct fosr_forest_opts *o, double *share)
{
	struct growing g = {.table = r, .label = label, .o = o};
	int ret = start(&g, n_train);

	memset(share, 0, n_test * o->classes * sizeof(*share));
	for (__u32 tree = 0; tree < o->trees && !ret && n_train; tree++) {
		g.rng = fosr_rng(o->seed, tree, FOSR_STAGE_REPORT, 2);
		for (__u32 f = 0; f < r->d; f++)
			g.feature[f] = f;
		for (size_t i = 0; i < n_train; i++)
			g.row[i] = train[fosr_rng_below(&g.rng, (__u32)n_train)];
		ret = fosr_interrupted() ? -EINTR : grow(&g, n_train);
		for (size_t i = 0; i < n_test && !ret; i++)
			vote(&g, r->rank + test[i] * r->d, share + i * o->classes);
	}
	for (size_t i = 0; i < n_test * o->classes; i++)
		share[i] /= o->trees;
	stop(&g);
	return ret;
}

__u32 fosr_forest_class(const double *share, __u32 classes)
{
	__u32 best = 0;

	for (__u32 c = 1; c < classes; c++)
		if (share[c] > share[best])
			best = c;
	return best;
}

/* Fold of every row: each class dealt out in random order. */
static void deal(const struct fosr_ranked *r, const __u8 *label, __u64 seed, __u8 *fold, __u32 *order)
{
	for (__u8 c = 0; c < 2; c++) {
		struct fosr_rng rng = fosr_rng(seed, c, FOSR_STAGE_REPORT, 3);
		size_t n = 0;

		for (size_t i = 0; i < r->n; i++)
			if (label[i] == c)
				order[n++] = (__u32)i;
		for (size_t i = 0; i < n; i++) {
			size_t other = i + fosr_rng_below(&rng, (__u32)(n - i));
			__u32 row = order[other];

			order[other] = order[i];
			fold[row] = (__u8)(i % FOSR_FOLDS);
		}
	}
}

static int one_fold(const struct fosr_ranked *r, const __u8 *label, const struct fosr_forest_opts *o, const __u8 *fold,
	__u8 which, __u32 *rows, double *share, double *accuracy)
{
	size_t n_train = 0, n_test = 0, right = 0;
	__u32 *test = rows + r->n;
	int ret;

	for (__u32 i = 0; i < r->n; i++)
		if (fold[i] == which)
			test[n_test++] = i;
		else
			rows[n_train++] = i;
	ret = fosr_forest(r, label, rows, n_train, test, n_test, o, share);
	for (size_t i = 0; i < n_test && !ret; i++)
		right += fosr_forest_class(share + 2 * i, 2) == label[test[i]];
	*accuracy = n_test ? (double)right / (double)n_test : 0;
	return ret;
}

int fosr_forest_folds(
	const struct fosr_ranked *r, const __u8 *label, const struct fosr_forest_opts *o, double accuracy[FOSR_FOLDS])
{
	__u32 *rows = calloc(2 * r->n + 1, sizeof(*rows));
	double *share = calloc(2 * r->n + 1, sizeof(*share));
	__u8 *fold = calloc(r->n + 1, 1);
	int ret = rows && share && fold ? 0 : -ENOMEM;

	if (!ret)
		deal(r, label, o->seed, fold, rows);
	for (__u8 f = 0; f < FOSR_FOLDS && !ret; f++)
		ret = one_fold(r, label, o, fold, f, rows, share, &accuracy[f]);
	free(rows);
	free(share);
	free(fold);
	return ret;
}
