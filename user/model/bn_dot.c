// SPDX-License-Identifier: GPL-3.0-or-later
/* The structure of bn for people. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/bn.h"

struct pair {
	__u32 states; /* parent's << 16 | child's */
	__u64 weight;
};

struct pairs {
	FOSR_VEC(struct pair) list;
};

static int by_parent(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->states > y->states) - (x->states < y->states);
}

static int by_child(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	__u32 i = x->states & 0xffff, k = y->states & 0xffff;

	return i != k ? (i > k) - (i < k) : by_parent(a, b);
}

/* The full rows of v, as pairs of states of its parent number i and of its own. */
static int collect(const struct fosr_bn *bn, int v, __u32 i, struct pairs *pairs)
{
	__u64 below = 1;

	for (__u32 k = i + 1; k < bn->parents[v]; k++)
		below *= bn->states[bn->parent[v][k]];
	for (size_t at = 0; at <= bn->find.mask; at++) {
		const struct fosr_u64slot *s = &bn->find.slot[at];
		const struct fosr_bn_row *row = &bn->row.v[s->val];

		if (!s->used || s->key >> 56 != ((__u64)v << 4 | bn->parents[v]))
			continue;
		for (__u32 k = 0; k < row->n; k++) {
			const struct fosr_bn_slot *slot = &bn->slot.v[row->first + k];
			__u64 radix = s->key & FOSR_BN_RADIX;
			struct pair *p = fosr_vec_push(&pairs->list);

			if (!p)
				return -ENOMEM;
			p->states = (__u32)(radix / below % bn->states[bn->parent[v][i]]) << 16 | slot->state;
			p->weight = slot->weight;
		}
	}
	return 0;
}

/* Sum of w log2 w over groups of neighbours whose states, as far as the mask goes, are the same. */
static double sum_logs(const struct pairs *pairs, __u32 mask)
{
	double sum = 0;

	for (size_t i = 0, k; i < pairs->list.n; i = k) {
		double w = 0;

		for (k = i; k < pairs->list.n && !((pairs->list.v[k].states ^ pairs->list.v[i].states) & mask); k++)
			w += (double)pairs->list.v[k].weight;
		sum += w * log2(w);
	}
	return sum;
}

/* I(parent; v) = H(parent) + H(v) - H(both), by weight. */
static double information(const struct fosr_bn *bn, int v, __u32 i, bool *memory)
{
	struct pairs pairs = {0};
	double all = 0, both, parent, child;

	*memory = *memory && !collect(bn, v, i, &pairs) && pairs.list.n;
	if (!*memory) {
		fosr_vec_free(&pairs.list);
		return 0;
	}
	qsort(pairs.list.v, pairs.list.n, sizeof(*pairs.list.v), by_parent);
	both = sum_logs(&pairs, UINT32_MAX);
	parent = sum_logs(&pairs, 0xffff0000);
	qsort(pairs.list.v, pairs.list.n, sizeof(*pairs.list.v), by_child);
	child = sum_logs(&pairs, 0xffff);
	for (size_t k = 0; k < pairs.list.n; k++)
		all += (double)pairs.list.v[k].weight;
	fosr_vec_free(&pairs.list);
	return log2(all) + (both - parent - child) / all;
}

static bool has_parent(const struct fosr_bn *bn, int v, int p)
{
	for (__u32 i = 0; i < bn->parents[v]; i++)
		if (bn->parent[v][i] == p)
			return true;
	return false;
}

static bool print(const struct fosr_bn *bn, FILE *f)
{
	bool memory = true;

	fprintf(f, "digraph bn {\n\tnode [shape=box];\n");
	for (int v = 0; v < FOSR_BN_VARS; v++)
		fprintf(f, "\tv%d [label=\"%s\\n%u states\"];\n", v, fosr_bn_var_name[v], bn->states[v]);
	fprintf(f, "\tv%d -> v%d [style=dotted];\n", FOSR_BN_SERVICE, FOSR_BN_L4);
	for (int v = 0; v < FOSR_BN_VARS; v++)
		for (__u32 i = 0; i < bn->parents[v]; i++) {
			int p = bn->parent[v][i];

			/* The service says the protocol. */
			if (p != FOSR_BN_L4 || !has_parent(bn, v, FOSR_BN_SERVICE))
				fprintf(f, "\tv%d -> v%d [label=\"%.3f\"];\n", p, v, information(bn, v, i, &memory));
		}
	fprintf(f, "}\n");
	return memory;
}

char *fosr_bn_dot(const struct fosr_model *m)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	bool good = f && print(m->priv, f);

	if (f)
		good = !fclose(f) && good;
	if (!good) {
		free(text);
		text = NULL;
	}
	return text;
}
