// SPDX-License-Identifier: GPL-3.0-or-later
/* Readers of Fos-R's files, and the repairs, on small inputs of the tests' own. */
#include <linux/in.h>
#include <math.h>
#include <string.h>

#include "flow/step.h"
#include "import/align.h"
#include "import/flows.h"
#include "import/gap.h"
#include "import/toml.h"
#include "import/unfold.h"
#include "tap.h"

#define XML(body) "<BIF VERSION='0.3'><NETWORK>" body "</NETWORK></BIF>"
#define VAR(name, outcomes) "<VARIABLE><NAME>" name "</NAME>" outcomes "</VARIABLE>"
#define OUT(x) "<OUTCOME>" x "</OUTCOME>"
#define DEF(name, given, table) "<DEFINITION><FOR>" name "</FOR>" given "<TABLE>" table "</TABLE></DEFINITION>"
#define GIVEN(x) "<GIVEN>" x "</GIVEN>"

static struct fosr_err err;

static int bif(struct fosr_bif *b, const char *text)
{
	err = (struct fosr_err){0};
	return fosr_bif_parse(b, text, strlen(text), "own", &err);
}

static bool refused(const char *text, const char *why)
{
	struct fosr_bif b;
	int ret = bif(&b, text);

	if (!ret)
		fosr_bif_free(&b);
	return ret == -EINVAL && strstr(err.text, why) && !strncmp(err.text, "own:1:", 6);
}

static void test_bif(void)
{
	struct fosr_bif b;
	const double *row;
	int a, c;

	ok(!bif(&b,
		   XML(VAR("A", OUT("x") OUT("y")) VAR("B", OUT("u") OUT("v") OUT("w"))
				   DEF("A", "", "0.25 <!-- c --> 0.75") DEF("B", GIVEN("A"), "1 0 0\n0 0.5 0.5"))),
		"a network is read");
	a = fosr_bif_find(&b, "A");
	c = fosr_bif_find(&b, "B");
	ok(a == 0 && c == 1 && fosr_bif_find(&b, "C") == -ENOENT, "variables are found by name");
	ok(fosr_bif_outcome(&b, 1, "w") == 2 && !strcmp(fosr_bif_label(&b, 1, 1), "v"), "and outcomes");
	row = fosr_bif_row(&b, 1, (const __u32[]){1});
	ok(row[0] == 0 && row[1] == 0.5 && row[2] == 0.5, "a row: the variable itself is fastest");
	fosr_bif_free(&b);
	ok(refused(XML(VAR("A", OUT("x")) DEF("A", "", "1 1")), "has 2 values"), "a table of another size: refused");
	ok(refused(XML(VAR("A", OUT("x") OUT("y")) DEF("A", "", "0.3 0.3")), "sums to"), "no distribution: refused");
	ok(refused(XML(VAR("A", OUT("x")) VAR("A", OUT("x"))), "twice"), "a name twice: refused");
	ok(refused(XML(DEF("A", "", "1")), "no variable"), "a definition of nothing: refused");
	ok(refused("<!DOCTYPE x [<!ENTITY a 'b'>]>" XML(""), "document type"), "a document type: refused");
	ok(refused("<svg/>", "expected <BIF>"), "another kind of XML: refused");
}

static void test_toml(void)
{
	static const char text[] = "a.'b c' = [1, [-2, \"x\\\"y\"],] # end\n[[t]]\nk = true\n";
	struct fosr_toml t;

	ok(!fosr_toml_parse(&t, text, sizeof(text) - 1, "own", &err), "TOML is read");
	ok(t.item.n == 9 && t.item.v[0].kind == FOSR_TOML_ARRAY && t.item.v[3].number == -2 &&
			t.item.v[6].kind == FOSR_TOML_END && t.item.v[7].kind == FOSR_TOML_TABLES,
		"as a list of headers, keys and values");
	ok(!strcmp(fosr_toml_text(&t, t.item.v[0].name), "a.b c") &&
			!strcmp(fosr_toml_text(&t, t.item.v[4].text), "x\"y") && t.item.v[8].line == 3,
		"with names, texts and lines");
	fosr_toml_free(&t);
	ok(fosr_toml_parse(&t, "a = [1, 2\nb = 3", 15, "own", &err) == -EINVAL &&
			strstr(err.text, "own:2: expected , or ]"),
		"an array that does not end: refused, with its line");
	ok(fosr_toml_parse(&t, "a = 2025-01-01", 14, "own", &err) == -EINVAL, "what is not of the subset: refused");
}

#define EDGE(src, dst, symbol, p, count, payloads) \
	"{\"src\":" src ",\"dst\":" dst ",\"symbol\":\"" symbol "\",\"p\":" p ",\"count\":" count \
	",\"mu\":[1e6,0],\"cov\":[[1e12,0],[0,0]],\"payloads\":" payloads "}"
#define NONE "{\"type\":\"NoPayload\"}"
#define TA(edges) \
	"{\"protocol\":\"TCP\",\"l7protocol\":\"HTTP\",\"initial_state\":4,\"accepting_state\":9,\"edges\":[" edges "]}"

static int ta(struct fosr_ta *a, const char *text)
{
	err = (struct fosr_err){0};
	return fosr_ta_parse(a, text, strlen(text), "own", &err);
}

/*
 * State 2 is left open by 3 of 10 flows, closed by 7. By p, walks would say half and half, and some would send data
 * after both FINs.
 */
static const char merged[] = TA(EDGE("4", "1", "S_>_Empty", "1", "10", NONE) "," EDGE("1", "0", "AS_<_Empty", "1", "10",
	NONE) "," EDGE("0", "2", "A_>_Empty", "1", "10", NONE) "," EDGE("2", "2", "PA_>_Random", "0.5", "10",
	"{\"type\":\"Lengths\",\"lengths\":[5,6,600,3000]}") "," EDGE("2", "5", "FA_>_Empty", "0.25", "7",
	NONE) "," EDGE("5", "2", "AF_<_Empty", "1", "7", NONE) "," EDGE("2", "9", "$", "0.25", "10", NONE));

static void test_unfold(void)
{
	struct fosr_unfold u = {.service = 3, .mss = 1460, .gap_scale = 1};
	struct fosr_automata a = {0};
	struct fosr_ta t;
	double most = 0;

	ok(!ta(&t, merged) && !strcmp(t.service, "http") && t.l4 == IPPROTO_TCP && t.states == 10 && t.edge.n == 7,
		"an automaton is read");
	ok(t.edge.v[3].flags == (FOSR_TCP_PSH | FOSR_TCP_ACK) && t.edge.v[5].dir == FOSR_BWD && t.edge.v[6].end,
		"with flags, directions and ends");
	ok(!fosr_unfold(&u, &t, "own", &a, &err), "and unfolded: %s", err.text);
	ok(!fosr_automata_check(&a, "own", &err), "into automata that walks can use: %s", err.text);
	ok(fabs(u.walked[FOSR_S1] - 0.5) < 1e-6 && u.refused > 0.1,
		"walks along merged states: half stay open, some do what no connection does");
	ok(u.fitted && fabs(u.share[FOSR_SF] - 0.7) < 0.01 && fabs(u.share[FOSR_S1] - 0.3) < 0.01 && u.misfit < 0.01,
		"by the counts of edges, 7 of 10 are closed");
	ok(u.cut == 1, "a payload longer than a packet is cut");
	for (size_t i = 0; i < a.size.n; i++)
		most = fmax(most, (double)a.size.v[i].knot[FOSR_QUANTS]);
	ok(most == 1460, "at the packet's room");
	fosr_automata_free(&a);
	fosr_ta_free(&t);
	ok(ta(&t, TA(EDGE("4", "1", "X_>_Empty", "1", "1", NONE))) == -EINVAL && strstr(err.text, "edges[0].symbol"),
		"an unknown flag: refused");
	ok(ta(&t, TA(EDGE("4", "9999", "S_>_Empty", "1", "1", NONE))) == -EINVAL, "a state beyond the cap: refused");
	ok(!ta(&t, TA(EDGE("4", "4", "S_>_Empty", "1", "1", NONE))), "an automaton that never ends is read");
	ok(fosr_unfold(&u, &t, "own", &a, &err) == -EINVAL && strstr(err.text, "no path"), "but makes no flow");
	fosr_automata_free(&a);
	fosr_ta_free(&t);
}

/* A loop of resets would fill whatever counts a flow has left. */
static void test_resets(void)
{
	static const char loop[] = TA(EDGE("4", "1", "S_>_Empty", "1", "1", NONE) "," EDGE(
		"1", "2", "AS_<_Empty", "1", "1", NONE) "," EDGE("2", "3", "R_>_Empty", "1", "1", NONE) "," EDGE("3",
		"3", "R_>_Empty", "0.5", "1", NONE) "," EDGE("3", "9", "$", "0.5", "1", NONE));
	struct fosr_unfold u = {.mss = 1460, .gap_scale = 1};
	struct fosr_automata a = {0};
	struct fosr_ta t;
	int resets = 0, loops = 0;

	ok(!ta(&t, loop) && !fosr_unfold(&u, &t, "own", &a, &err) && u.share[FOSR_RSTO] == 1,
		"a loop of resets is unfolded");
	for (size_t i = 0; i < a.edge.n; i++) {
		resets += a.edge.v[i].action != FOSR_AUTOMATON_END &&
			fosr_action_flags(a.edge.v[i].action) & FOSR_TCP_RST;
		loops += a.edge.v[i].action != FOSR_AUTOMATON_END && a.edge.v[i].to <= a.edge.v[i].from;
	}
	ok(resets == 5 && !loops, "into five at most, one after the other (%d, %d)", resets, loops);
	fosr_automata_free(&a);
	fosr_ta_free(&t);
}

static void test_payloads(void)
{
	static const char text[] = TA(EDGE("4", "1", "AP_>_Replay", "1", "1",
		"{\"type\":\"Base64\",\"content\":[\"aGVsbG8=\",\"aGk=\"],\"weights\":[1,2]}") "," EDGE("1", "9",
		"AP_<_Replay", "1", "1", "{\"type\":\"HexCodes\",\"content\":[\"00fF7a\"]}"));
	struct fosr_ta t;

	ok(!ta(&t, text) && t.payload.n == 3 && t.bytes.n == 10 && !memcmp(t.bytes.v, "hellohi\0\xffz", 10),
		"payloads in base64 and hexadecimal");
	ok(t.payload.v[1].weight == 2 && t.payload.v[2].len == 3, "with weights and lengths");
	fosr_ta_free(&t);
	ok(ta(&t, TA(EDGE("4", "1", "AP_>_R", "1", "1", "{\"type\":\"HexCodes\",\"content\":[\"0\"]}"))) == -EINVAL,
		"half a byte: refused");
}

static void test_gap(void)
{
	struct fosr_rng r = fosr_rng(1, 1, FOSR_STAGE_STEP, 0);
	struct fosr_quant q;
	double sum = 0;

	fosr_gap_table(&q, 26.3e6, 63e6 * 63e6);
	ok(!fosr_quant_check(&q) && fabs(fosr_quant_mean(&q) / 26.3e6 - 1) < 0.01, "a table of the Gaussian's mean");
	for (int i = 0; i < 400000; i++)
		sum += (double)fosr_quant_draw(&q, &r);
	ok(fabs(sum / 400000 / 26.3e6 - 1) < 0.02, "which draws have, too: %.4g", sum / 400000);
	ok(q.knot[0] > 0 && q.knot[32] < 12e6 && q.knot[64] > 300e6, "positive, with a tail");
	fosr_gap_table(&q, 5000, 1e-6);
	ok(q.knot[0] == 5000 && q.knot[64] == 5000, "no variance: constant");
	fosr_gap_table(&q, 0, 1e-6);
	ok(!q.knot[64], "none at all: 0");
	ok(fabs(fosr_normal_quantile(0.975) - 1.959964) < 1e-5, "quantiles of the normal distribution");
}

static void test_counts(void)
{
	struct fosr_import_flows f = {0};
	double below = 0, all = 0;
	int one = fosr_import_counts_gauss(&f, FOSR_FWD, 1, 1e-6, 1);
	int wide = fosr_import_counts_gauss(&f, FOSR_FWD, 25000, 2.1e9, 1);

	ok(one == 0 && f.counts[0].v[0].piece.n == 1 && f.counts[0].v[0].piece.v[0].lo == 1 &&
			f.counts[0].v[0].piece.v[0].hi == 1,
		"N(1, 0.001) is 1, never 0");
	for (size_t i = 0; i < f.counts[0].v[wide].piece.n; i++) {
		const struct fosr_import_piece *p = &f.counts[0].v[wide].piece.v[i];

		all += p->weight;
		below += p->hi < 25000 ? p->weight : 0;
	}
	ok(fabs(all - 1) < 1e-4 && below > 0.25 && below < 0.35, "a wide one has nothing below 1: %.3f below its mean",
		below);
	fosr_import_flows_free(&f);
}

/* The root's values are sorted, its labels are not: only a Server has children of its own kind. */
static void test_align(void)
{
	static const char common[] = XML(VAR("R", OUT("I") OUT("S") OUT("U")) VAR("C", OUT("I") OUT("S") OUT("U"))
			DEF("R", "", "0.99 0.008 0.002") DEF("C", GIVEN("R"), "0 1 0 0.5 0.5 0 0.9 0.08 0.02"));
	static const char tcp[] = XML(VAR("C", OUT("I") OUT("S") OUT("U")) DEF("C", "", "0.895 0.0852 0.0198"));
	static const char other[] = XML(VAR("D", OUT("I") OUT("S")) DEF("D", "", "0.5 0.5"));
	struct fosr_import_dir d = {0};
	struct fosr_report report = {0};
	double p[FOSR_ALIGN_OUTCOMES];

	ok(!bif(&d.common, common) && !bif(&d.tcp, tcp) && !bif(&d.udp, other), "three networks");
	fosr_align_root(&d, 0, 1, p, &report);
	ok(p[0] == 0.002 && p[1] == 0.008 && p[2] == 0.99, "the order that gives the child's marginal is found");
	ok(report.line.n == 1 && report.line.v[0].kind == FOSR_REPAIRED, "and told");
	fosr_bif_free(&d.tcp);
	fosr_align_root(&d, 0, 1, p, &report);
	ok(p[0] == 0.99 && report.line.v[1].kind == FOSR_UNREPAIRED,
		"without the other network: left as it is, and told");
	fosr_report_free(&report);
	fosr_dir_free(&d);
}

int main(void)
{
	test_bif();
	test_toml();
	test_unfold();
	test_resets();
	test_payloads();
	test_gap();
	test_counts();
	test_align();
	return done();
}
