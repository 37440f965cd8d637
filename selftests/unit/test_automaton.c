// SPDX-License-Identifier: GPL-3.0-or-later
/* Automata as tensors: what is refused, what comes back, and how the end-state rules split one that ignores them. */
#include <linux/in.h>
#include <string.h>

#include "model/automaton.h"
#include "model/families.h"
#include "tap.h"

/* As fosr_action(), by size class: 3 is 40 bytes, 7 is 600. */
#define ACT(dir, flags, class) ((dir) << 9 | (flags) << 4 | (class))
#define CLASS(f, b) (FOSR_AUTOMATON_CLASS | (f) << 4 | (b))
#define SYN ACT(0, FOSR_TCP_SYN, 0)
#define SYNACK ACT(1, FOSR_TCP_SYN | FOSR_TCP_ACK, 0)
#define ACK(dir) ACT(dir, FOSR_TCP_ACK, 0)
#define FIN(dir) ACT(dir, FOSR_TCP_FIN | FOSR_TCP_ACK, 0)
#define DATA(dir) ACT(dir, FOSR_TCP_ACK | FOSR_TCP_PSH, 3)

static struct fosr_services services;

static void tables(struct fosr_automata *a)
{
	struct fosr_quant *q = fosr_vec_push(&a->gap);

	for (int k = 0; k <= FOSR_QUANTS; k++)
		q->knot[k] = 1000 + (__u64)k;
	fosr_vec_push(&a->size);
	q = fosr_vec_push(&a->size);
	for (int k = 0; k <= FOSR_QUANTS; k++)
		q->knot[k] = 40;
}

/* One state, as TADAM's own automata may be: whatever comes, the state is the same. */
static const struct fosr_edge any[] = {
	{.action = SYN, .weight = 9},
	{.action = SYNACK, .weight = 9},
	{.action = ACK(0), .weight = 9},
	{.action = DATA(1), .weight = 9, .size = 1},
	{.action = FIN(0), .weight = 2},
	{.action = FIN(1), .weight = 2},
	{.action = FOSR_AUTOMATON_END, .weight = 1},
};

static void test_split(void)
{
	struct fosr_automaton m = {.l4 = IPPROTO_TCP, .end_state = FOSR_SF, .states = 1, .edges = FOSR_ARRAY_SIZE(any)};
	struct fosr_automata a = {0};
	struct fosr_err err = {0};
	bool end = false;

	tables(&a);
	ok(!fosr_automata_add(&a, &m, any, &err), "an automaton that knows no rules is split by them: %s", err.text);
	ok(!fosr_automata_check(&a, "split", &err), "what comes out keeps to them: %s", err.text);
	ok(a.list.v[0].states > 5 && a.list.v[0].states < 40, "a state per set of events (%u)", a.list.v[0].states);
	for (__u32 i = 0; i < a.list.v[0].edges; i++)
		end |= a.edge.v[i].action == FOSR_AUTOMATON_END && !a.edge.v[i].from;
	ok(!end, "no end at the beginning");
	m.end_state = FOSR_RSTR;
	ok(fosr_automata_add(&a, &m, any, &err) == -ENOENT && a.list.n == 1 && strstr(err.text, "RSTR"),
		"no path ends in a reset: %s", err.text);
	m.edges = 2;
	m.end_state = FOSR_SF;
	ok(fosr_automata_add(&a, &m, (struct fosr_edge[2]){{.to = 1, .action = SYN, .weight = 1}}, &err) == -EINVAL,
		"an edge to a state that is not there: %s", err.text);
	fosr_automata_free(&a);
}

/* A good set of tensors: UDP, ask and answer, with a payload. */
static void make(struct fosr_tensors *set)
{
	static const struct fosr_edge edge[] = {
		{.from = 0, .to = 1, .action = CLASS(1, 1), .weight = 1},
		{.from = 0, .to = 1, .action = CLASS(2, 3), .weight = 2},
		{.from = 1, .to = 2, .action = ACT(0, 0, 3), .weight = 1, .size = 1, .payload_n = 1},
		{.from = 2, .to = 3, .action = ACT(1, 0, 3), .weight = 1, .size = 1},
		{.from = 3, .to = 3, .action = ACT(1, 0, 3), .weight = 1, .size = 1},
		{.from = 3, .action = FOSR_AUTOMATON_END, .weight = 1},
	};
	struct fosr_automaton m = {.service = 1, .l4 = IPPROTO_UDP, .end_state = FOSR_SF, .states = 4, .weight = 3};
	struct fosr_automata a = {0};
	struct fosr_err err = {0};

	*set = (struct fosr_tensors){0};
	m.edges = FOSR_ARRAY_SIZE(edge);
	tables(&a);
	for (int i = 0; i < 40; i++)
		*(__u8 *)fosr_vec_push(&a.payload) = (__u8)i;
	*(__u32 *)fosr_vec_push(&a.payload_end) = 40;
	if (fosr_automata_add(&a, &m, edge, &err))
		abort();
	m.service = FOSR_AUTOMATON_ANY;
	if (fosr_automata_add(&a, &m, edge, &err) || fosr_automata_save("steps", &a, set, &err)) {
		printf("# %s\n", err.text);
		abort();
	}
	fosr_automata_free(&a);
}

enum { SERVICE, L4, END, STATES, EDGES, WEIGHT, NOISE, HEAD = 10, USE = 5 };
#define LAST UINT64_MAX

static const struct edit {
	const char *tensor;
	__u64 at, value;
	const char *words; /* NULL: legal */
} edits[] = {
	{"steps.automaton", SERVICE, 2, "automaton 0 is out of range"},
	{"steps.automaton", SERVICE, 0, "automaton 0 is out of range"},
	{"steps.automaton", SERVICE, FOSR_AUTOMATON_ANY, "there twice"},
	{"steps.automaton", L4, IPPROTO_TCP, "automaton 0 is out of range"},
	{"steps.automaton", HEAD + L4, IPPROTO_TCP, "rules of that end state"},
	{"steps.automaton", L4, 256 + IPPROTO_UDP, "automaton 0 is out of range"},
	{"steps.automaton", END, FOSR_S0, "rules of that end state"},
	{"steps.automaton", END, FOSR_S1, "out of range"},
	{"steps.automaton", END, 255, "automaton 0 is out of range"},
	{"steps.automaton", STATES, 3, "out of range"},
	{"steps.automaton", STATES, 0, "automaton 0 is out of range"},
	{"steps.automaton", STATES, 5, "on no path to an end"},
	{"steps.automaton", STATES, UINT32_MAX, "more than 16384 states"},
	{"steps.automaton", STATES, 5000, "automaton 0 is out of range"},
	{"steps.automaton", EDGES, 5, "do not add up"},
	{"steps.automaton", EDGES, UINT32_MAX, "automaton 0 is out of range"},
	{"steps.automaton", EDGES, 7, "automaton 1 is out of range"},
	{"steps.automaton", NOISE, UINT32_MAX, NULL},
	{"steps.edge", 0, 1, "edge 0: only state 0"},
	{"steps.edge", 1, 4, "edge 0 is out of range"},
	{"steps.edge", 1, 0, "edge 0: only state 0"},
	{"steps.edge", 3 * 2 + 2, FOSR_AUTOMATON_CLASS, "edge 2: only state 0"},
	{"steps.edge", 0 * 3 + 2, ACT(0, 0, 3), "edge 0 has sizes of another class"},
	{"steps.edge", 1 * 3 + 2, FOSR_AUTOMATON_END, "only state 0"},
	{"steps.edge", 3 * 2 + 2, ACT(1, 0, 3), "rules of that end state"},
	{"steps.edge", 3 * 2 + 2, ACT(0, FOSR_TCP_ACK, 3), "rules of that end state"},
	{"steps.edge", 3 * 2 + 2, ACT(0, 0, 7), "sizes of another class"},
	{"steps.edge", 3 * 2 + 2, FOSR_ACTION_START, "edge 2 is out of range"},
	{"steps.edge", 3 * 2 + 2, 9, "edge 2 is out of range"},
	{"steps.edge", 3 * 3 + 1, 2, "rules of that end state"},
	{"steps.edge", 3 * 5 + 2, ACT(0, 0, 3), "edge 5 has sizes of another class"},
	{"steps.edge", LAST, ACT(1, 0, 0), "rules of that end state"},
	{"steps.edge_use", 0, 0, "edge 0 is out of range"},
	{"steps.edge_use", USE * 2 + 1, 1, "edge 2 is out of range"},
	{"steps.edge_use", USE * 2 + 2, 2, "edge 2 is out of range"},
	{"steps.edge_use", USE * 2 + 2, 0, "sizes of another class"},
	{"steps.edge_use", USE * 2 + 3, 1, "sizes of another class"},
	{"steps.edge_use", USE * 2 + 3, UINT32_MAX, "sizes of another class"},
	{"steps.edge_use", USE * 2 + 4, UINT32_MAX, "sizes of another class"},
	{"steps.edge_use", USE * 3, UINT32_MAX, NULL},
	{"steps.gap_table", 0, UINT64_MAX, "steps.gap_table[0] is not a quantile table"},
	{"steps.size_table", LAST, 0, "steps.size_table[1] is not a quantile table"},
	{"steps.payload_end", 0, 41, "steps.payload_end[0] is out of range"},
	{"steps.payload_end", 0, 5, "sizes of another class"},
	{"steps.payload", 0, 255, NULL},
};

static struct fosr_tensor *of(struct fosr_tensors *set, const char *name)
{
	struct fosr_tensor *t = (struct fosr_tensor *)fosr_tensors_find(set, name);

	if (!t)
		abort();
	return t;
}

static int load(const struct fosr_tensors *set, struct fosr_err *err)
{
	struct fosr_model m = {.ops = &fosr_model_tadam, .prefix = "steps"};
	int ret = m.ops->load(&m, set, &services, err);

	m.ops->release(&m);
	return ret;
}

static void test_refusals(void)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(edits); i++) {
		const struct edit *e = &edits[i];
		struct fosr_tensors set;
		struct fosr_err err = {0};
		struct fosr_tensor *t;
		__u64 at;
		int ret;

		make(&set);
		t = of(&set, e->tensor);
		at = e->at == LAST ? fosr_tensor_count(t) - 1 : e->at;
		memcpy((__u8 *)t->data + at * t->dtype, &e->value, t->dtype);
		ret = load(&set, &err);
		ok(e->words ? ret == -EINVAL && strstr(err.text, e->words) : !ret, "%s[%llu] = %llu: %s", e->tensor, at,
			e->value, ret ? err.text : "taken");
		fosr_tensors_free(&set);
	}
}

static void test_missing(void)
{
	static const char *const names[] = {"steps.automaton", "steps.edge", "steps.edge_use", "steps.gap_table",
		"steps.size_table", "steps.payload"};

	for (size_t i = 0; i < FOSR_ARRAY_SIZE(names); i++) {
		struct fosr_tensors set;
		struct fosr_err err = {0};

		make(&set);
		of(&set, names[i])->name[0] = 'x';
		ok(load(&set, &err) == -EINVAL && strstr(err.text, "missing"), "%s", err.text);
		fosr_tensors_free(&set);
	}
}

static void test_back(void)
{
	struct fosr_automata a = {0}, b = {0};
	struct fosr_tensors set, again = {0};
	struct fosr_err err = {0};
	bool same = true;

	make(&set);
	ok(!fosr_automata_load(&a, "steps", &set, &services, &err) && a.list.n == 2 && a.edge.n == 12, "read: %s",
		err.text);
	ok(!fosr_automata_save("steps", &a, &again, &err) && again.list.n == set.list.n, "written again: %s", err.text);
	for (size_t i = 0; i < set.list.n; i++)
		same &= !memcmp(set.list.v[i].data, of(&again, set.list.v[i].name)->data,
			fosr_tensor_count(&set.list.v[i]) * set.list.v[i].dtype);
	ok(same, "the same bytes");
	a.edge.v[2].weight = 0;
	ok(fosr_automata_save("steps", &a, &again, &err) == -EINVAL, "nothing is saved that would not be read: %s",
		err.text);
	fosr_automata_free(&a);
	fosr_automata_free(&b);
	fosr_tensors_free(&set);
	fosr_tensors_free(&again);
}

/* A payload that was kept is sent. */
static void test_payload(void)
{
	struct fosr_flow f = {
		.service = 1, .l4 = IPPROTO_UDP, .end_state = FOSR_SF, .packets = {1, 2}, .bytes_class = {9, 9}};
	struct fosr_model m = {.ops = &fosr_model_tadam, .prefix = "steps"};
	struct fosr_step s[3] = {0};
	struct fosr_tensors set;
	struct fosr_err err = {0};
	struct fosr_walk w;

	make(&set);
	if (m.ops->load(&m, &set, &services, &err))
		abort();
	fosr_walk_begin(&w, &f);
	for (int i = 0; i < 3; i++) {
		struct fosr_rng r = fosr_rng(1, 1, FOSR_STAGE_STEP, w.step);

		m.ops->next_step(&m, &r, &w, &s[i]);
	}
	ok(s[0].payload == 1 && s[0].len == 40 && !s[1].payload && !s[2].payload && s[2].len == 40,
		"the edge's payload is named, other edges have none");
	ok(!s[0].gap_ns && s[1].gap_ns >= 1000 && s[1].gap_ns <= 1064, "gaps are the table's, the first has none");
	m.ops->release(&m);
	fosr_tensors_free(&set);
}

int main(void)
{
	fosr_services_add(&services, "web", IPPROTO_TCP, 80);
	fosr_services_add(&services, "names", IPPROTO_UDP, 53);
	test_split();
	test_back();
	test_refusals();
	test_missing();
	test_payload();
	fosr_vec_free(&services.list);
	return done();
}
