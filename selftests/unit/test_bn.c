// SPDX-License-Identifier: GPL-3.0-or-later
/* bn: a structure that was planted is found; draws keep to limits exactly; scores are what the tables say. */
#include <linux/in.h>
#include <math.h>
#include <string.h>

#include "model/bn.h"
#include "model/bn_learn.h"
#include "tap.h"

#define MONDAY_NS (1736121600ULL * FOSR_NS_PER_S) /* 2025-01-06, midnight UTC */
#define DRAWS 40000

#define PAIR(opener, responder) (FOSR_ROLE_##opener * FOSR_ROLES + FOSR_ROLE_##responder)

static struct fosr_err err;

/* A bn with its tensors. */
struct box {
	struct fosr_tensors set;
	struct fosr_model m;
};

static bool box_load(struct box *b, const struct fosr_services *services)
{
	b->m = (struct fosr_model){.ops = fosr_model_find("bn", FOSR_FLOWS), .prefix = "flows"};
	err = (struct fosr_err){0};
	return !b->m.ops->load(&b->m, &b->set, services, &err);
}

static bool box_net(struct box *b, struct fosr_bn_net *net, const struct fosr_services *services)
{
	*b = (struct box){0};
	err = (struct fosr_err){0};
	return !fosr_bn_net_save("flows", net, services, &b->set, &err) && box_load(b, services);
}

static void box_free(struct box *b)
{
	if (b->m.ops)
		b->m.ops->release(&b->m);
	fosr_tensors_free(&b->set);
}

static double bits_per_flow(const struct box *b, const struct fosr_dataset *d)
{
	struct fosr_score s;

	return b->m.ops->score(&b->m, d, &s, &err) || s.items != d->flows.n ? NAN : s.bits / (double)s.items;
}

/* One of n, the i-th with a share of 3/4. */
static __u32 mostly(struct fosr_rng *r, __u32 i, __u32 n)
{
	return fosr_rng_below(r, 4) ? i % n : fosr_rng_below(r, n);
}

static void add_steps(struct fosr_dataset *d, struct fosr_sample_flow *f, __u64 duration_ns)
{
	f->first = (__u32)d->steps.n;
	for (__u32 k = 0; k < f->packets[0] + f->packets[1]; k++) {
		struct fosr_step *s = fosr_vec_push(&d->steps);

		s->dir = k >= f->packets[0];
		s->gap_ns = k == 1 ? duration_ns : 0;
	}
}

/*
 * What depends on what: service on hour; roles, end state and the opener's packets on service; the responder's packets
 * on the opener's; the responder's bytes on its packets; duration on the opener's bytes, which depend on nothing.
 */
static const __u8 planted[][2] = {{FOSR_BN_HOUR, FOSR_BN_SERVICE}, {FOSR_BN_SERVICE, FOSR_BN_ROLES},
	{FOSR_BN_SERVICE, FOSR_BN_PACKETS_FWD}, {FOSR_BN_PACKETS_FWD, FOSR_BN_PACKETS_BWD},
	{FOSR_BN_PACKETS_BWD, FOSR_BN_BYTES_BWD}, {FOSR_BN_BYTES_FWD, FOSR_BN_DURATION}};

static void plant(struct fosr_dataset *d, __u32 flows, __u64 key)
{
	static const __u8 roles[] = {PAIR(USER, SERVER), PAIR(USER, INTERNET), PAIR(SERVER, SERVER)};

	*d = (struct fosr_dataset){0};
	fosr_services_add(&d->services, "dns", IPPROTO_UDP, 53);
	fosr_services_add(&d->services, "ntp", IPPROTO_UDP, 123);
	fosr_services_add(&d->services, "quic", IPPROTO_UDP, 443);
	for (__u32 i = 0; i < flows; i++) {
		struct fosr_rng r = fosr_rng(key, i, FOSR_STAGE_REPORT, 0);
		struct fosr_sample_flow *f = fosr_vec_push(&d->flows);
		__u32 hour = fosr_rng_below(&r, 24), bytes = fosr_rng_below(&r, 4);

		f->start_ns = MONDAY_NS + ((__u64)fosr_rng_below(&r, 7) * 24 + hour) * 3600 * FOSR_NS_PER_S;
		f->service = (__u16)mostly(&r, hour / 8, 3);
		f->l4 = IPPROTO_UDP;
		f->port = d->services.list.v[f->service].port;
		f->roles = roles[mostly(&r, f->service, 3)];
		f->end_state = FOSR_SF;
		f->packets[0] = 1 + mostly(&r, f->service, 4);
		f->packets[1] = 1 + mostly(&r, f->packets[0], 4);
		f->bytes[0] = 1ULL << (5 + 2 * bytes);
		f->bytes[1] = 1ULL << (5 + 2 * mostly(&r, f->packets[1], 4));
		add_steps(d, f, (1ULL << 2 * mostly(&r, bytes, 4)) * 1000000);
	}
}

static bool linked(const struct fosr_bn_net *net, int a, int b)
{
	for (__u32 i = 0; i < net->node[a].parents; i++)
		if (net->node[a].parent[i] == b)
			return true;
	for (__u32 i = 0; i < net->node[b].parents; i++)
		if (net->node[b].parent[i] == a)
			return true;
	return false;
}

static bool is_planted(int a, int b)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(planted); i++)
		if ((planted[i][0] == a && planted[i][1] == b) || (planted[i][0] == b && planted[i][1] == a))
			return true;
	return false;
}

static void test_search(const struct fosr_dataset *d)
{
	struct fosr_bn_data data;
	struct fosr_bn_net net;
	char extra[200] = "";

	fosr_bn_net_init(&net, &d->services);
	ok(!fosr_bn_data_init(&data, &net, d) && !fosr_bn_search(&net, &data), "a structure is searched for");
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(planted); i++)
		ok(linked(&net, planted[i][0], planted[i][1]), "found: %s - %s", fosr_bn_var_name[planted[i][0]],
			fosr_bn_var_name[planted[i][1]]);
	for (int a = 0; a < FOSR_BN_VARS; a++)
		for (int b = 0; b < a; b++)
			if (a != FOSR_BN_L4 && b != FOSR_BN_L4 && linked(&net, a, b) && !is_planted(a, b) &&
				!(b == FOSR_BN_SERVICE && a == FOSR_BN_PORT))
				snprintf(extra + strlen(extra), sizeof(extra) - strlen(extra), " %s - %s",
					fosr_bn_var_name[b], fosr_bn_var_name[a]);
	ok(!*extra, "and nothing that was not planted%s", extra);
	fosr_bn_data_free(&data);
	fosr_bn_net_free(&net);
}

/* The network of that data with parents as given, beside the least; pairs of (child, parent). */
static bool box_parents(struct box *b, const struct fosr_dataset *d, const __u8 (*edge)[2], size_t edges)
{
	struct fosr_bn_data data;
	struct fosr_bn_net net;
	bool good;

	fosr_bn_net_init(&net, &d->services);
	good = !fosr_bn_data_init(&data, &net, d);
	for (size_t i = 0; i < edges; i++)
		net.node[edge[i][1]].parent[net.node[edge[i][1]].parents++] = edge[i][0];
	good = good && !fosr_bn_count(&net, &data) && box_net(b, &net, &d->services);
	fosr_bn_data_free(&data);
	fosr_bn_net_free(&net);
	return good;
}

static void test_held_out(const struct fosr_dataset *d)
{
	static const __u8 wrong[][2] = {{FOSR_BN_WEEKEND, FOSR_BN_SERVICE}, {FOSR_BN_HOUR, FOSR_BN_ROLES},
		{FOSR_BN_ROLES, FOSR_BN_PACKETS_FWD}, {FOSR_BN_BYTES_FWD, FOSR_BN_PACKETS_BWD},
		{FOSR_BN_ROLES, FOSR_BN_BYTES_BWD}, {FOSR_BN_PACKETS_FWD, FOSR_BN_DURATION}};
	static const __u8 right[][2] = {{FOSR_BN_HOUR, FOSR_BN_SERVICE}, {FOSR_BN_SERVICE, FOSR_BN_PACKETS_FWD},
		{FOSR_BN_PACKETS_FWD, FOSR_BN_PACKETS_BWD}, {FOSR_BN_PACKETS_BWD, FOSR_BN_BYTES_BWD},
		{FOSR_BN_BYTES_FWD, FOSR_BN_DURATION}};
	struct box learned = {0}, none, planted_box, other;
	double bits_learned, bits_none, bits_right, bits_wrong;
	struct fosr_dataset unseen;

	plant(&unseen, 2000, 2);
	ok(!fosr_bn_fit("flows", d, &learned.set, &err) && box_load(&learned, &d->services), "learned: %s", err.text);
	ok(box_parents(&none, d, NULL, 0), "independent: %s", err.text);
	ok(box_parents(&planted_box, d, right, FOSR_ARRAY_SIZE(right)), "as planted: %s", err.text);
	ok(box_parents(&other, d, wrong, FOSR_ARRAY_SIZE(wrong)), "wrong: %s", err.text);
	bits_learned = bits_per_flow(&learned, &unseen);
	bits_none = bits_per_flow(&none, &unseen);
	bits_right = bits_per_flow(&planted_box, &unseen);
	bits_wrong = bits_per_flow(&other, &unseen);
	ok(bits_learned < bits_none - 1, "unseen flows take %.3f bits, %.3f with nothing depending on anything",
		bits_learned, bits_none);
	ok(bits_learned < bits_wrong - 1, "and %.3f with a wrong structure", bits_wrong);
	ok(fabs(bits_learned - bits_right) < 0.05, "and %.3f with the planted one", bits_right);
	/* 2 log2(4) + 3 parts of 3/4 + 1/16 and 3 of 1/16, ...: what nobody can go below. */
	ok(bits_learned > 7, "no structure foretells what is random");
	box_free(&learned);
	box_free(&none);
	box_free(&planted_box);
	box_free(&other);
	fosr_dataset_free(&unseen);
}

static void test_same(const struct fosr_dataset *d)
{
	struct fosr_tensors a = {0}, b = {0};
	bool same = !fosr_bn_fit("flows", d, &a, &err) && !fosr_bn_fit("flows", d, &b, &err) && a.list.n == b.list.n;

	for (size_t i = 0; same && i < a.list.n; i++)
		same = !strcmp(a.list.v[i].name, b.list.v[i].name) &&
			fosr_tensor_count(&a.list.v[i]) == fosr_tensor_count(&b.list.v[i]) &&
			!memcmp(a.list.v[i].data, b.list.v[i].data,
				fosr_tensor_count(&a.list.v[i]) * a.list.v[i].dtype);
	ok(same, "learned twice: the same tensors");
	fosr_tensors_free(&a);
	fosr_tensors_free(&b);
}

/* Three services, 900 : 90 : 10, as an importer would write them. */
static void hand_services(struct fosr_services *s)
{
	*s = (struct fosr_services){0};
	fosr_services_add(s, "http", IPPROTO_TCP, 80);
	fosr_services_add(s, "dns", IPPROTO_UDP, 53);
	fosr_services_add(s, "mdns", IPPROTO_UDP, 5353);
}

static void hand_net(struct fosr_bn_net *net, const struct fosr_services *s)
{
	static const __u32 weight[] = {900, 90, 10};
	static const __u16 port[] = {80, 53, 5353};

	fosr_bn_net_init(net, s);
	for (__u16 i = 0; i < 3; i++) {
		fosr_bn_net_cell(net, FOSR_BN_SERVICE, NULL, i, weight[i]);
		fosr_bn_net_cell(net, FOSR_BN_PORT, &i, i, 1);
		fosr_bn_net_piece(net, FOSR_BN_PORT, i, port[i], port[i], 1);
		fosr_bn_net_cell(net, FOSR_BN_ROLES, &i, i == 2 ? PAIR(USER, GROUP) : PAIR(USER, INTERNET), 50);
		if (i < 2) {
			fosr_bn_net_cell(net, FOSR_BN_ROLES, &i, PAIR(USER, SERVER), 30);
			fosr_bn_net_cell(net, FOSR_BN_ROLES, &i, PAIR(SERVER, SERVER), 20);
		}
	}
	for (__u16 l4 = 0; l4 < 2; l4++) {
		fosr_bn_net_cell(net, FOSR_BN_END, &l4, FOSR_SF, 999);
		fosr_bn_net_cell(net, FOSR_BN_END, &l4, FOSR_S0, 1);
		for (int v = FOSR_BN_PACKETS_FWD; v <= FOSR_BN_PACKETS_BWD; v++) {
			fosr_bn_net_cell(net, v, &l4, 0, 5);
			fosr_bn_net_cell(net, v, &l4, 1, 5);
		}
		fosr_bn_net_cell(net, FOSR_BN_BYTES_FWD, &l4, 3, 1);
		fosr_bn_net_cell(net, FOSR_BN_BYTES_BWD, &l4, 4, 1);
		fosr_bn_net_cell(net, FOSR_BN_DURATION, &l4, 5, 1);
	}
	for (int v = FOSR_BN_PACKETS_FWD; v <= FOSR_BN_PACKETS_BWD; v++) {
		fosr_bn_net_piece(net, v, 0, 7, 7, 1);
		fosr_bn_net_piece(net, v, 1, 1000000, 9999999, 1);
	}
}

/* Is a share of DRAWS what it should be, to five standard deviations? */
static bool about(__u32 seen, double share)
{
	double n = DRAWS;

	return fabs(seen - n * share) <= 5 * sqrt(n * share * (1 - share)) + 1e-9;
}

static void test_limits(const struct box *b)
{
	static const __u16 any = UINT16_MAX;
	const struct {
		__u16 pairs[3];
		double service[3];
		double internet, server; /* of dns: to the Internet, between servers */
		const char *what;
	} cases[] = {
		{{any, any, any}, {0.9, 0.09, 0.01}, 0.5, 0.2, "no limits"},
		{{0, any, any}, {0, 0.9, 0.1}, 0.5, 0.2, "without the service that nearly all have"},
		{{0, 1 << PAIR(USER, INTERNET) | 1 << PAIR(SERVER, SERVER), any}, {0, 0.9, 0.1}, 5.0 / 7, 2.0 / 7,
			"without one role pair"},
		{{0, 1 << PAIR(SERVER, SERVER), 0}, {0, 1, 0}, 0, 1, "with a single one"},
		{{0, 1 << PAIR(SERVER, USER) | 1 << PAIR(SERVER, SERVER), 0}, {0, 1, 0}, 0, 1,
			"an unlearned role pair beside a learned one"},
		{{0, 1 << PAIR(SERVER, USER) | 1 << PAIR(INTERNET, USER), 0}, {0, 1, 0}, 0, 0, "only unlearned ones"},
		{{any, 0, 1 << PAIR(USER, INTERNET)}, {1, 0, 0}, 0, 0, "a group service without groups"},
	};

	for (size_t c = 0; c < FOSR_ARRAY_SIZE(cases); c++) {
		const struct fosr_flow_limits limits = {.pairs = cases[c].pairs};
		__u32 service[3] = {0}, internet = 0, server = 0, outside = 0, wrong = 0;

		for (__u64 i = 0; i < DRAWS; i++) {
			struct fosr_rng r = fosr_rng(c, i, FOSR_STAGE_FLOW, 0);
			struct fosr_flow f = {.id = i};
			__u32 least[2];
			bool answer;

			if (!b->m.ops->draw_flow(&b->m, &r, &limits, MONDAY_NS + i * FOSR_NS_PER_S, &f)) {
				outside++;
				continue;
			}
			service[f.service]++;
			outside += !(cases[c].pairs[f.service] >> f.roles & 1);
			internet += f.service == 1 && f.roles == PAIR(USER, INTERNET);
			server += f.service == 1 && f.roles == PAIR(SERVER, SERVER);
			fosr_end_state_least(f.end_state, f.l4, least, &answer);
			wrong += f.packets[0] < least[0] || f.packets[1] < least[1] || (!answer && f.packets[1]) ||
				(fosr_flow_to_group(f.roles) && (f.packets[1] || f.bytes_class[1])) ||
				(f.packets[0] != 7 && (f.packets[0] < 1000000 || f.packets[0] > 9999999)) ||
				f.bytes_class[0] != 3 || f.duration_class != 5 ||
				f.end[FOSR_BWD].port !=
					(f.service == 0			 ? 80
							: f.service == 1 ? 53
									 : 5353);
		}
		ok(!outside, "%s: never outside the limits", cases[c].what);
		ok(!wrong, "%s: each flow can be", cases[c].what);
		ok(about(service[0], cases[c].service[0]) && about(service[1], cases[c].service[1]) &&
				about(service[2], cases[c].service[2]),
			"%s: services %u, %u, %u", cases[c].what, service[0], service[1], service[2]);
		ok(!service[1] ||
				(about(internet, cases[c].internet * cases[c].service[1]) &&
					about(server, cases[c].server * cases[c].service[1])),
			"%s: of dns, %u to the Internet, %u between servers", cases[c].what, internet, server);
	}
}

static void test_nothing(const struct box *b)
{
	static const __u16 pairs[3];
	const struct fosr_flow_limits limits = {.pairs = pairs};
	struct fosr_rng r = fosr_rng(1, 1, FOSR_STAGE_FLOW, 0);
	struct fosr_flow f = {0};

	ok(!b->m.ops->draw_flow(&b->m, &r, &limits, MONDAY_NS, &f), "limits that leave nothing: no flow");
}

/* An hour's own row, and what it leans on: drawn as often as the arithmetic says. */
static void test_mixing(const struct fosr_services *s)
{
	const struct fosr_bn_row *row;
	struct fosr_bn_net net;
	__u16 x[FOSR_BN_VARS] = {[FOSR_BN_HOUR] = 9}, hour;
	__u32 seen[3] = {0};
	__u64 share[3];
	struct box b;
	struct fosr_bn *bn;

	hand_net(&net, s);
	net.node[FOSR_BN_SERVICE].cell.n = 0;
	net.node[FOSR_BN_SERVICE].parents = 1;
	net.node[FOSR_BN_SERVICE].parent[0] = FOSR_BN_HOUR;
	net.node[FOSR_BN_SERVICE].prior = 3;
	hour = 9;
	fosr_bn_net_cell(&net, FOSR_BN_SERVICE, &hour, 1, 4); /* added up: 6 */
	fosr_bn_net_cell(&net, FOSR_BN_SERVICE, &hour, 1, 2);
	hour = 10;
	fosr_bn_net_cell(&net, FOSR_BN_SERVICE, &hour, 0, 10);
	ok(box_net(&b, &net, s), "hours: %s", err.text);
	bn = b.m.priv;
	/* At nine: 6 of 10 dns; the rest, 1 state + 3 of prior, from the day: 6 of 16 dns, 10 of 16 http. */
	row = fosr_bn_find(bn, FOSR_BN_SERVICE, x);
	fosr_bn_shares(bn, FOSR_BN_SERVICE, row, share);
	ok(share[0] == FOSR_BN_ONE / 10 * 4 * 10 / 16 / 1 ||
			llabs((long long)share[0] - (long long)(FOSR_BN_ONE / 4)) < 4,
		"shares: http %.6f", (double)share[0] / FOSR_BN_ONE);
	ok(llabs((long long)share[1] - (long long)(FOSR_BN_ONE / 4 * 3)) < 4 && !share[2], "and dns %.6f",
		(double)share[1] / FOSR_BN_ONE);
	for (__u64 i = 0; i < DRAWS; i++) {
		struct fosr_rng r = fosr_rng(77, i, FOSR_STAGE_FLOW, 0);
		struct fosr_flow f = {.id = i};

		if (b.m.ops->draw_flow(&b.m, &r, NULL, MONDAY_NS + 9 * 3600 * FOSR_NS_PER_S, &f))
			seen[f.service]++;
	}
	ok(about(seen[0], 0.25) && about(seen[1], 0.75) && !seen[2], "drawn: %u, %u, %u", seen[0], seen[1], seen[2]);
	box_free(&b);
	fosr_bn_net_free(&net);
}

/* What the tables say of one flow, by hand. */
static void test_score(const struct box *b, const struct fosr_services *s)
{
	struct fosr_dataset d = {.services = *s};
	struct fosr_sample_flow *f = fosr_vec_push(&d.flows);
	double want, first, none;

	*f = (struct fosr_sample_flow){.start_ns = MONDAY_NS,
		.service = 1,
		.l4 = IPPROTO_UDP,
		.port = 53,
		.roles = PAIR(USER, SERVER),
		.end_state = FOSR_SF,
		.packets = {7, 7},
		.bytes = {300, 1100}};
	add_steps(&d, f, 300 * 1000000ULL);
	/* Each row keeps (number of its states) / (weight + that) for what it has not seen, evenly over all states. */
	want = -log2((90 + 3 * 1.0 / 3) / 1003) - log2((30 + 3 * 1.0 / 16) / 103) - log2((1 + 0.5 / 3) / 2) -
		log2((999 + 2 * 1.0 / 13) / 1002) - 2 * log2((5 + 2 * 0.5 / 2) / 12) - 3 * log2((1 + 1.0 / 16) / 2);
	first = bits_per_flow(b, &d);
	ok(fabs(first - want) < 1e-9, "a flow takes %.9f bits, by hand %.9f", first, want);
	f->port = 9999;
	none = bits_per_flow(b, &d);
	want += log2((1 + 0.5 / 3) / 2) - log2(0.5 / 2 / 65536);
	ok(fabs(none - want) < 1e-9, "with a port of no category %.9f, by hand %.9f", none, want);
	f->end_state = FOSR_OTH;
	f->roles = PAIR(INTERNET, INTERNET);
	f->bytes[0] = UINT64_MAX;
	ok(isfinite(bits_per_flow(b, &d)), "with whatever was never seen: still finite");
	f->service = 3;
	ok(isnan(bits_per_flow(b, &d)) && strstr(err.text, "no service"), "a service that the model has not: %s",
		err.text);
	fosr_vec_free(&d.flows);
	fosr_vec_free(&d.steps);
}

static void expect_net(const struct fosr_services *s, void (*change)(struct fosr_bn_net *net), const char *words)
{
	struct fosr_bn_net net;
	struct box b;
	bool good;

	hand_net(&net, s);
	change(&net);
	good = box_net(&b, &net, s);
	ok(words ? !good && strstr(err.text, words) : good, "%s", words ? err.text : "a sound network is saved");
	box_free(&b);
	fosr_bn_net_free(&net);
}

static void change_nothing(struct fosr_bn_net *net)
{
}

static void change_no_roles(struct fosr_bn_net *net)
{
	net->node[FOSR_BN_ROLES].cell.n--; /* the only one of mdns */
}

static void change_no_udp(struct fosr_bn_net *net)
{
	net->node[FOSR_BN_DURATION].cell.n--;
}

static void change_given(struct fosr_bn_net *net)
{
	net->node[FOSR_BN_PORT].cell.v[0].given[0] = 3;
}

static void change_state(struct fosr_bn_net *net)
{
	net->node[FOSR_BN_PORT].cell.v[0].state = 3;
}

static void change_values(struct fosr_bn_net *net)
{
	net->node[FOSR_BN_PACKETS_FWD].piece.v[0].lo = 8;
}

static void change_end(struct fosr_bn_net *net)
{
	__u16 l4 = 1;

	fosr_bn_net_cell(net, FOSR_BN_END, &l4, FOSR_REJ, 1);
}

static void change_group(struct fosr_bn_net *net)
{
	struct fosr_bn_node *end = &net->node[FOSR_BN_END];

	end->parent[end->parents++] = FOSR_BN_ROLES;
	for (size_t i = 0; i < end->cell.n; i++)
		end->cell.v[i].given[1] = PAIR(USER, GROUP);
}

static void test_dot(const struct box *b)
{
	char *dot = b->m.ops->dot(&b->m);

	ok(dot && !strncmp(dot, "digraph bn {", 12) && strstr(dot, "\n}\n"), "a graph");
	ok(strstr(dot, "v2 -> v4 [label=\"0.722\""), "with an edge that tells something: service to roles");
	ok(!strstr(dot, "v7 -> v8"), "without one that there is not");
	free(dot);
}

int main(void)
{
	struct fosr_services services;
	struct fosr_bn_net net;
	struct fosr_dataset d;
	struct box b;

	plant(&d, 6000, 1);
	test_search(&d);
	test_held_out(&d);
	test_same(&d);
	fosr_dataset_free(&d);
	hand_services(&services);
	hand_net(&net, &services);
	ok(box_net(&b, &net, &services), "a network made by hand: %s", err.text);
	test_limits(&b);
	test_nothing(&b);
	test_score(&b, &services);
	test_dot(&b);
	box_free(&b);
	fosr_bn_net_free(&net);
	test_mixing(&services);
	expect_net(&services, change_nothing, NULL);
	expect_net(&services, change_no_roles, "service mdns has no roles");
	expect_net(&services, change_no_udp, "has no duration");
	expect_net(&services, change_given, "the table of port is given service 3 of 3");
	expect_net(&services, change_state, "out of range");
	expect_net(&services, change_values, "flows.piece");
	expect_net(&services, change_end, "a flow of UDP cannot end in REJ");
	expect_net(&services, change_group, "to a group cannot end in SF");
	fosr_vec_free(&services.list);
	return done();
}
