// SPDX-License-Identifier: GPL-3.0-or-later
/* The structure of bn by hill climbing. What is kept of a table is what was seen, so that is what the score counts. */
#include <math.h>
#include <stdlib.h>

#include "base/mix.h"
#include "model/bn.h"
#include "model/bn_learn.h"

/* Flows that the search looks at, at most: every so many-th of a larger data set. */
#define FLOWS_MAX 65536
/* Moves: more than there are edges, by far; for numbers that rounding makes go in circles. */
#define MOVES_MAX 1000
#define TIE 1e-6 /* bits */
/* A table has a row for every so many flows at most; but a capture of so few that this would leave none is told flow by
 * flow, if that is what foretells it. */
#define ROW_FLOWS 2
#define FEW 100

struct seat {
	__u64 key;
	__u32 group;
	__u32 turn; /* of search.turn, else it is empty */
};

struct search {
	size_t n;
	__u16 *x[FOSR_BN_VARS];
	__u32 states[FOSR_BN_VARS];
	__u32 parents[FOSR_BN_VARS]; /* learned ones, as bits */
	double score[FOSR_BN_VARS]; /* bits, with those parents */
	double toggled[FOSR_BN_VARS][FOSR_BN_VARS]; /* score of v with parent p in or out */
	__u32 *group; /* [n] what flows have in common */
	__u32 *size; /* [n] how many flows of each group */
	double *log; /* [n + 1] k log2 k */
	struct seat *seat;
	size_t mask;
	__u32 turn;
};

/* Parts the groups by the states of v. Returns how many there are. */
static __u32 refine(struct search *s, int v)
{
	__u32 groups = 0;

	s->turn++;
	for (size_t i = 0; i < s->n; i++) {
		__u64 key = (__u64)s->group[i] << 16 | s->x[v][i];
		size_t at = fosr_mix64(key) & s->mask;

		while (s->seat[at].turn == s->turn && s->seat[at].key != key)
			at = (at + 1) & s->mask;
		if (s->seat[at].turn != s->turn)
			s->seat[at] = (struct seat){.key = key, .group = groups++, .turn = s->turn};
		s->group[i] = s->seat[at].group;
	}
	return groups;
}

static double sum_logs(struct search *s, __u32 groups)
{
	double sum = 0;

	memset(s->size, 0, groups * sizeof(*s->size));
	for (size_t i = 0; i < s->n; i++)
		s->size[s->group[i]]++;
	for (__u32 g = 0; g < groups; g++)
		sum += s->log[s->size[g]];
	return sum;
}

static int forced(int v)
{
	if (v == FOSR_BN_SERVICE)
		return -1;
	return v == FOSR_BN_ROLES || v == FOSR_BN_PORT ? FOSR_BN_SERVICE : FOSR_BN_L4;
}

/* Bits that the flows' states of v take, given the parents, and how large the table is. */
static double bits_of(struct search *s, int v, __u32 parents, __u32 *rows, __u32 *numbers)
{
	double bits;

	*rows = 1;
	memset(s->group, 0, s->n * sizeof(*s->group));
	if (forced(v) >= 0)
		*rows = refine(s, forced(v));
	for (int p = 0; p < FOSR_BN_VARS; p++)
		if (parents >> p & 1)
			*rows = refine(s, p);
	bits = sum_logs(s, *rows);
	*numbers = refine(s, v);
	return bits - sum_logs(s, *numbers);
}

/* The last number of a row follows from the others. Rows of few flows each would tell them one by one. */
static double score_of(struct search *s, int v, __u32 parents)
{
	__u32 rows, numbers;
	double bits = bits_of(s, v, parents, &rows, &numbers);

	if (parents && s->n >= FEW && (__u64)rows * ROW_FLOWS > s->n)
		return INFINITY;
	return bits + (numbers - rows) * log2((double)s->n) / 2;
}

/* Time says which services and roles, and through them the rest: captures are short, and in one that is, or in many of
 * different days, what else seems to change with the hour is who happened to be recorded. */
static bool can_depend(int v, int p)
{
	__u8 tier = fosr_bn_tier[v], of = fosr_bn_tier[p];

	if (!fosr_bn_has_table(v) || p == v || p == FOSR_BN_L4 || p == forced(v))
		return false;
	return tier < 3 ? of < tier : of && of <= tier;
}

static void score_moves(struct search *s, int v)
{
	for (int p = 0; p < FOSR_BN_VARS; p++)
		if (can_depend(v, p))
			s->toggled[v][p] = score_of(s, v, s->parents[v] ^ 1U << p);
}

/* Is `to` an ancestor of v, or v itself? */
static bool reaches(const struct search *s, int v, int to)
{
	__u32 known = 1U << v, before;

	do {
		before = known;
		for (int u = 0; u < FOSR_BN_VARS; u++)
			if (known >> u & 1)
				known |= s->parents[u];
	} while (known != before);
	return known >> to & 1;
}

static bool has_room(const struct search *s, int v)
{
	return __builtin_popcount(s->parents[v]) < FOSR_BN_LEARNED;
}

/* What toggling p -> v wins, and reversing it; or less than nothing when it may not be. */
static double win_toggle(const struct search *s, int v, int p)
{
	if (!(s->parents[v] >> p & 1) && (!has_room(s, v) || reaches(s, p, v)))
		return -1;
	return s->score[v] - s->toggled[v][p];
}

static double win_reverse(struct search *s, int v, int p)
{
	bool round;

	if (!(s->parents[v] >> p & 1) || !can_depend(p, v) || !has_room(s, p))
		return -1;
	s->parents[v] ^= 1U << p;
	round = reaches(s, v, p);
	s->parents[v] ^= 1U << p;
	return round ? -1 : s->score[v] - s->toggled[v][p] + s->score[p] - s->toggled[p][v];
}

static void move(struct search *s, int v, int p)
{
	s->parents[v] ^= 1U << p;
	s->score[v] = s->toggled[v][p];
	score_moves(s, v);
}

/* Makes the best move; false when none is worth it. Where both ways of an edge are as good, the one from the earlier
 * variable: the others hang on those. */
static bool climb(struct search *s)
{
	double best = 0;
	int at_v = -1, at_p = -1;
	bool reverse = false;

	for (int p = 0; p < FOSR_BN_VARS; p++)
		for (int v = 0; v < FOSR_BN_VARS; v++) {
			double toggle, turn;

			if (!can_depend(v, p))
				continue;
			toggle = win_toggle(s, v, p);
			turn = win_reverse(s, v, p);
			if (fmax(toggle, turn) > best + TIE) {
				reverse = turn > toggle;
				best = reverse ? turn : toggle;
				at_v = v;
				at_p = p;
			}
		}
	if (at_v < 0)
		return false;
	move(s, at_v, at_p);
	if (reverse)
		move(s, at_p, at_v);
	return true;
}

static int search_init(struct search *s, const struct fosr_bn_net *net, const struct fosr_bn_data *data)
{
	size_t every = (data->n + FLOWS_MAX - 1) / FLOWS_MAX, seats = 16;

	*s = (struct search){.n = data->n / every};
	while (seats < 2 * s->n)
		seats *= 2;
	s->mask = seats - 1;
	s->group = calloc(s->n, sizeof(*s->group));
	s->size = calloc(s->n, sizeof(*s->size));
	s->log = calloc(s->n + 1, sizeof(*s->log));
	s->seat = calloc(seats, sizeof(*s->seat));
	if (!s->group || !s->size || !s->log || !s->seat)
		return -ENOMEM;
	for (size_t k = 1; k <= s->n; k++)
		s->log[k] = (double)k * log2((double)k);
	for (int v = 0; v < FOSR_BN_VARS; v++) {
		s->states[v] = net->node[v].states;
		s->x[v] = calloc(s->n, sizeof(*s->x[v]));
		if (!s->x[v])
			return -ENOMEM;
		for (size_t i = 0; i < s->n; i++)
			s->x[v][i] = data->x[v][i * every];
	}
	return 0;
}

static void search_free(struct search *s)
{
	for (int v = 0; v < FOSR_BN_VARS; v++)
		free(s->x[v]);
	free(s->group);
	free(s->size);
	free(s->log);
	free(s->seat);
}

/* The parents of v into the net: first the forced one, then always the one that saves most bits beside those before. */
static void put_parents(struct search *s, struct fosr_bn_net *net, int v)
{
	struct fosr_bn_node *node = &net->node[v];
	__u32 before = 0;

	node->parents = 0;
	if (forced(v) >= 0)
		node->parent[node->parents++] = (__u8)forced(v);
	while (before != s->parents[v]) {
		double least = INFINITY;
		int best = -1;

		for (int p = 0; p < FOSR_BN_VARS; p++) {
			__u32 rows, numbers;
			double bits;

			if (!((s->parents[v] & ~before) >> p & 1))
				continue;
			bits = bits_of(s, v, before | 1U << p, &rows, &numbers);
			if (bits < least - TIE) {
				least = bits;
				best = p;
			}
		}
		node->parent[node->parents++] = (__u8)best;
		before |= 1U << best;
	}
}

int fosr_bn_search(struct fosr_bn_net *net, const struct fosr_bn_data *data)
{
	struct search s;
	int ret = search_init(&s, net, data);

	for (int v = 0; v < FOSR_BN_VARS && !ret; v++)
		if (fosr_bn_has_table(v)) {
			s.score[v] = score_of(&s, v, 0);
			score_moves(&s, v);
		}
	for (int i = 0; i < MOVES_MAX && !ret; i++)
		if (!climb(&s))
			break;
	for (int v = 0; v < FOSR_BN_VARS && !ret; v++)
		if (fosr_bn_has_table(v))
			put_parents(&s, net, v);
	search_free(&s);
	return ret;
}
