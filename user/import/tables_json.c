// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/tables_json.h"

#include <linux/in.h>
#include <stdio.h>

#include "flow/flow.h"
#include "import/json.h"

#define BIN_MAX (1ULL << 40)
#define PACKETS_MAX (1u << 24)

int fosr_fh_parse(struct fosr_fh *h, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	json_t *root = fosr_import_json(data, len, name, err);
	const json_t *list = json_object_get(root, "histogram");
	__u64 sum = 0;
	int ret = 0;

	*h = (struct fosr_fh){0};
	if (!root)
		return -EINVAL;
	if (!json_array_size(list) || json_array_size(list) > FOSR_FH_BINS)
		ret = fosr_err(err, -EINVAL, "%s: histogram: expected a list of 1 to %d", name, FOSR_FH_BINS);
	for (size_t i = 0; !ret && i < json_array_size(list); i++) {
		__u64 *bin = fosr_vec_push(&h->bin);

		if (!bin)
			ret = fosr_err(err, -ENOMEM, "%s: out of memory", name);
		else if (!fosr_json_count(json_array_get(list, i), BIN_MAX, bin))
			ret = fosr_err(
				err, -EINVAL, "%s: histogram[%zu]: expected a count up to %llu", name, i, BIN_MAX);
		else
			sum += *bin;
	}
	if (!ret && !sum)
		ret = fosr_err(err, -EINVAL, "%s: histogram: all of it is 0", name);
	json_decref(root);
	if (ret)
		fosr_fh_free(h);
	return ret;
}

void fosr_fh_free(struct fosr_fh *h)
{
	fosr_vec_free(&h->bin);
}

static int gaussians(struct fosr_fg_set *s, const json_t *j, const char *key, const char *name, struct fosr_err *err)
{
	const json_t *mu = json_object_get(j, "mu"), *var = json_object_get(j, "cov");
	size_t n = json_array_size(mu);

	if (!j)
		return 0;
	if (!n || n > FOSR_FG_CATEGORIES || !fosr_json_numbers(mu, 0, PACKETS_MAX, s->mu, n) ||
		!fosr_json_numbers(var, 0, (double)PACKETS_MAX * PACKETS_MAX, s->var, n))
		return fosr_err(err, -EINVAL,
			"%s: %s: expected as many means (mu) as variances (cov), 1 to %d, none "
			"negative",
			name, key, FOSR_FG_CATEGORIES);
	s->n = (__u32)n;
	return 0;
}

int fosr_fg_parse(struct fosr_fg *g, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	static const char *const keys[2][2] = {
		{"tcp_out_pkt_gaussians", "tcp_in_pkt_gaussians"},
		{"udp_out_pkt_gaussians", "udp_in_pkt_gaussians"},
	};
	json_t *root = fosr_import_json(data, len, name, err);
	int ret = 0;

	*g = (struct fosr_fg){0};
	if (!root)
		return -EINVAL;
	for (int i = 0; !ret && i < 4; i++)
		ret = gaussians(&g->set[i / 2][i % 2], json_object_get(root, keys[i / 2][i % 2]), keys[i / 2][i % 2],
			name, err);
	json_decref(root);
	return ret;
}

/* What FEATURE of a cell is fixed to, when it is: its domain, a list with one entry. */
static const json_t *fixed(const json_t *cell, const char **feature)
{
	const json_t *f = json_object_get(cell, "feature");
	const char *type = json_string_value(json_object_get(cell, "type"));

	*feature = json_string_value(json_object_get(f, "type"));
	if (!type || strcmp(type, "Fixed") || !*feature)
		return NULL;
	return json_array_get(json_object_get(f, "domain"), 0);
}

static int flow_cell(struct fosr_fp_flow *flow, const json_t *cell)
{
	const char *feature;
	const json_t *value = fixed(cell, &feature);
	double range[2];
	__u64 x;
	int d;

	if (!json_is_object(cell))
		return -EINVAL;
	if (!value)
		return 0;
	if (!strcmp(feature, "Proto")) {
		const char *l4 = json_string_value(value);

		if (!l4 || (strcmp(l4, "TCP") && strcmp(l4, "UDP")))
			return -EINVAL;
		flow->l4 = strcmp(l4, "TCP") ? IPPROTO_UDP : IPPROTO_TCP;
	} else if (!strcmp(feature, "DstPt")) {
		if (!fosr_json_count(value, 65535, &x))
			return -EINVAL;
		flow->port = (__u16)x;
	} else if (!strcmp(feature, "FwdPkt") || !strcmp(feature, "BwdPkt")) {
		d = *feature == 'F' ? FOSR_FWD : FOSR_BWD;
		if (!fosr_json_numbers(value, 0, PACKETS_MAX, range, 2) || range[0] >= range[1])
			return -EINVAL;
		flow->packets[d][0] = (__u32)range[0];
		flow->packets[d][1] = (__u32)range[1];
		if (flow->packets[d][0] >= flow->packets[d][1])
			return -EINVAL;
	}
	return 0;
}

static int pattern(struct fosr_fp *p, size_t i, const json_t *j, double weight, const char *name, struct fosr_err *err)
{
	const json_t *flows = json_object_get(j, "partial_flows"), *cells = json_array_get(flows, 0);
	struct fosr_fp_flow *flow;

	if (!json_array_size(flows) || !json_is_array(cells))
		return fosr_err(err, -EINVAL, "%s: patterns[%zu].partial_flows: expected lists of cells", name, i);
	p->weight += weight;
	if (json_array_size(flows) > 1) {
		p->several++;
		p->several_weight += weight;
		return 0;
	}
	flow = fosr_vec_push(&p->flow);
	if (!flow)
		return fosr_err(err, -ENOMEM, "%s: out of memory", name);
	flow->weight = weight;
	flow->l4 = IPPROTO_TCP;
	for (size_t c = 0; c < json_array_size(cells); c++)
		if (flow_cell(flow, json_array_get(cells, c)))
			return fosr_err(err, -EINVAL,
				"%s: patterns[%zu], cell %zu: expected a Proto, DstPt, FwdPkt or "
				"BwdPkt with a domain of its kind, or another cell",
				name, i, c);
	return 0;
}

int fosr_fp_parse(struct fosr_fp *p, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	json_t *root = fosr_import_json(data, len, name, err);
	const json_t *list = json_object_get(root, "patterns"), *weights = json_object_get(root, "pattern_weights");
	double weight;
	int ret = 0;

	*p = (struct fosr_fp){0};
	if (!root)
		return -EINVAL;
	if (!json_array_size(list) || json_array_size(list) > FOSR_FP_PATTERNS ||
		json_array_size(weights) != json_array_size(list))
		ret = fosr_err(err, -EINVAL,
			"%s: patterns, pattern_weights: expected two lists of the same length, 1 to %d", name,
			FOSR_FP_PATTERNS);
	for (size_t i = 0; !ret && i < json_array_size(list); i++) {
		if (!fosr_json_number(json_array_get(weights, i), 0, 1e12, &weight))
			ret = fosr_err(err, -EINVAL, "%s: pattern_weights[%zu]: expected a number", name, i);
		else
			ret = pattern(p, i, json_array_get(list, i), weight, name, err);
	}
	if (!ret && !(p->weight > 0))
		ret = fosr_err(err, -EINVAL, "%s: pattern_weights: all of it is 0", name);
	json_decref(root);
	if (ret)
		fosr_fp_free(p);
	return ret;
}

void fosr_fp_free(struct fosr_fp *p)
{
	fosr_vec_free(&p->flow);
}
