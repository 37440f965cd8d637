// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/automaton_json.h"

#include <linux/in.h>
#include <stdio.h>

#include "flow/flow.h"
#include "flow/step.h"
#include "import/json.h"
#include "model/automaton.h"

/* Of a mean or a covariance: what a double holds without trouble when squared. */
#define FIELD_MAX 1e60

struct reader {
	struct fosr_ta *a;
	const char *name;
	struct fosr_err *err;
};

static int fail(const struct reader *r, size_t edge, const char *key, const char *expected)
{
	return fosr_err(r->err, -EINVAL, "%s: edges[%zu].%s: expected %s", r->name, edge, key, expected);
}

static int flags_of(const char *text, size_t n, __u8 *flags)
{
	static const char letters[] = "FSRPA";
	static const __u8 bit[] = {FOSR_TCP_FIN, FOSR_TCP_SYN, FOSR_TCP_RST, FOSR_TCP_PSH, FOSR_TCP_ACK};

	*flags = 0;
	for (size_t i = 0; i < n; i++) {
		const char *at = text[i] ? strchr(letters, text[i]) : NULL;

		/* URG is not modelled. */
		if (!at && text[i] != 'U')
			return -EINVAL;
		if (at)
			*flags |= bit[at - letters];
	}
	return 0;
}

/* TCP: FLAGS_DIRECTION_TYPE; UDP: DIRECTION_TYPE. The type is for people. */
static int symbol(const struct reader *r, const char *text, struct fosr_ta_edge *e)
{
	const char *dir = text;

	if (!strcmp(text, "$")) {
		e->end = true;
		return 0;
	}
	if (r->a->l4 == IPPROTO_TCP) {
		dir = strchr(text, '_');
		if (!dir || dir == text || flags_of(text, (size_t)(dir - text), &e->flags))
			return -EINVAL;
		dir++;
	}
	if ((*dir != '<' && *dir != '>') || dir[1] != '_')
		return -EINVAL;
	e->dir = *dir == '<' ? FOSR_BWD : FOSR_FWD;
	return 0;
}

static int hex(const char *text, size_t n, __u8 *out)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	for (size_t i = 0; i < n; i++) {
		const char *d = text[i] ? strchr(digits, text[i]) : NULL;

		if (!d)
			return -EINVAL;
		out[i / 2] = (__u8)(out[i / 2] << 4 | ((d - digits) & 15));
	}
	return 0;
}

/* RFC 4648, with padding. Returns the length, or -EINVAL. */
static int base64(const char *text, size_t n, __u8 *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = 0;
	__u32 bits = 0;

	if (n % 4)
		return -EINVAL;
	for (int pad = 0; pad < 2 && n && text[n - 1] == '='; pad++)
		n--;
	for (size_t i = 0; i < n; i++) {
		const char *d = text[i] ? strchr(digits, text[i]) : NULL;

		if (!d)
			return -EINVAL;
		bits = bits << 6 | (__u32)(d - digits);
		if (i % 4)
			out[len++] = (__u8)(bits >> (6 - i % 4 * 2));
	}
	return (int)len;
}

enum form { LENGTHS, HEX, TEXT, BASE64, FORMS };

static const struct {
	const char *type, *list;
} forms[FORMS] = {
	[LENGTHS] = {"Lengths", "lengths"},
	[HEX] = {"HexCodes", "content"},
	[TEXT] = {"Text", "content"},
	[BASE64] = {"Base64", "content"},
};

/* One payload's bytes behind the others. */
static int content(const struct reader *r, enum form form, const json_t *j, struct fosr_ta_payload *p)
{
	const char *text = json_string_value(j);
	size_t n = json_string_length(j), at = r->a->bytes.n;
	int len;

	if (!text || n > 2 * FOSR_TA_PAYLOAD || (form == HEX && n % 2))
		return -EINVAL;
	if (fosr_vec_reserve(&r->a->bytes, at + n + 1))
		return -ENOMEM;
	if (form == TEXT)
		memcpy(r->a->bytes.v + at, text, n);
	len = form == TEXT    ? (int)n
		: form == HEX ? (hex(text, n, r->a->bytes.v + at) ? -EINVAL : (int)(n / 2))
			      : base64(text, n, r->a->bytes.v + at);
	if (len < 0 || len > FOSR_TA_PAYLOAD)
		return -EINVAL;
	p->at = at;
	p->len = (__u32)len;
	r->a->bytes.n += (size_t)len;
	return 0;
}

static int payload_one(const struct reader *r, enum form form, const json_t *j, const json_t *weight)
{
	struct fosr_ta_payload *p;
	__u64 len;
	int ret;

	if (r->a->payload.n == FOSR_TA_PAYLOADS)
		return -EFBIG;
	p = fosr_vec_push(&r->a->payload);
	if (!p)
		return -ENOMEM;
	p->edge = (__u32)r->a->edge.n - 1;
	p->weight = 1;
	p->at = FOSR_TA_NONE;
	if (weight && !fosr_json_number(weight, 0, 1e12, &p->weight))
		return -EINVAL;
	if (form == LENGTHS) {
		if (!fosr_json_count(j, FOSR_TA_PAYLOAD, &len))
			return -EINVAL;
		p->len = (__u32)len;
		return 0;
	}
	ret = content(r, form, j, p);
	return ret;
}

static int payload_list(const struct reader *r, size_t edge, enum form form, const json_t *list, const json_t *weights)
{
	int ret = 0;

	if (!json_array_size(list) || (weights && json_array_size(weights) != json_array_size(list)))
		return fail(r, edge, "payloads", "a list that is not empty, and as many weights");
	for (size_t i = 0; !ret && i < json_array_size(list); i++)
		ret = payload_one(r, form, json_array_get(list, i), weights ? json_array_get(weights, i) : NULL);
	if (ret == -EFBIG)
		return fosr_err(r->err, ret, "%s: more than %u payloads", r->name, FOSR_TA_PAYLOADS);
	if (ret == -ENOMEM)
		return fosr_err(r->err, ret, "%s: out of memory", r->name);
	return ret ? fail(r, edge, "payloads", "lengths, or texts, of at most 65535 bytes") : 0;
}

static int payloads(const struct reader *r, size_t edge, const json_t *j, struct fosr_ta_edge *e)
{
	const char *type = json_string_value(json_object_get(j, "type"));
	int ret = 0;

	e->payload = (__u32)r->a->payload.n;
	if (!type)
		return fail(r, edge, "payloads.type", "a name");
	if (strcmp(type, "NoPayload")) {
		int form = 0;

		while (form < FORMS && strcmp(forms[form].type, type))
			form++;
		if (form == FORMS)
			return fail(r, edge, "payloads.type", "NoPayload, Lengths, HexCodes, Text or Base64");
		ret = payload_list(r, edge, form, json_object_get(j, forms[form].list), json_object_get(j, "weights"));
	}
	/* payload_list() may have moved nothing but payloads: the edge stays where it is. */
	e->payloads = (__u32)r->a->payload.n - e->payload;
	if (!ret && e->end && e->payloads)
		return fail(r, edge, "payloads", "none at the end of a flow");
	return ret;
}

static int state(const json_t *j, struct fosr_ta *a, __u32 *out)
{
	__u64 x;

	if (!fosr_json_count(j, FOSR_TA_STATES - 1, &x))
		return -EINVAL;
	*out = (__u32)x;
	if (*out >= a->states)
		a->states = *out + 1;
	return 0;
}

static int guard(const struct reader *r, size_t i, const json_t *j, struct fosr_ta_edge *e)
{
	const json_t *cov = json_object_get(j, "cov");

	if (!fosr_json_numbers(json_object_get(j, "mu"), 0, FIELD_MAX, e->mu, 2))
		return fail(r, i, "mu", "two numbers, not negative");
	if (json_array_size(cov) != 2 ||
		!fosr_json_numbers(json_array_get(cov, 0), -FIELD_MAX, FIELD_MAX, e->cov[0], 2) ||
		!fosr_json_numbers(json_array_get(cov, 1), -FIELD_MAX, FIELD_MAX, e->cov[1], 2) || e->cov[0][0] < 0 ||
		e->cov[1][1] < 0)
		return fail(r, i, "cov", "two rows of two numbers, no negative variance");
	return 0;
}

static int edge(const struct reader *r, size_t i, const json_t *j)
{
	struct fosr_ta_edge *e = fosr_vec_push(&r->a->edge);
	const char *text = json_string_value(json_object_get(j, "symbol"));
	int ret;

	if (!e)
		return fosr_err(r->err, -ENOMEM, "%s: out of memory", r->name);
	if (state(json_object_get(j, "src"), r->a, &e->from) || state(json_object_get(j, "dst"), r->a, &e->to))
		return fail(r, i, "src, dst", "states below 1024");
	if (!text || symbol(r, text, e))
		return fail(r, i, "symbol",
			r->a->l4 == IPPROTO_TCP ? "FLAGS_>_TYPE, FLAGS_<_TYPE or $" : ">_TYPE, <_TYPE or $");
	if (!fosr_json_number(json_object_get(j, "p"), 0, 1 + 1e-6, &e->p))
		return fail(r, i, "p", "a probability");
	if (!fosr_json_count(json_object_get(j, "count"), UINT32_MAX, &e->count))
		return fail(r, i, "count", "a count");
	ret = guard(r, i, j, e);
	return ret ? ret : payloads(r, i, json_object_get(j, "payloads"), e);
}

/* Lower case into a buffer of FOSR_TA_NAME. */
static void name_put(char *out, const json_t *j)
{
	const char *text = json_string_value(j);

	snprintf(out, FOSR_TA_NAME, "%s", text ? text : "");
	for (; *out; out++)
		if (*out >= 'A' && *out <= 'Z')
			*out += 'a' - 'A';
}

static void metadata(const struct reader *r, const json_t *root)
{
	const json_t *meta = json_object_get(root, "metadata");
	const json_t *ports = json_object_get(meta, "select_dst_ports");
	__u64 port;

	name_put(r->a->service, json_object_get(root, "l7protocol"));
	if (!*r->a->service)
		name_put(r->a->service, json_object_get(meta, "automaton_name"));
	name_put(r->a->input_file, json_object_get(meta, "input_file"));
	for (size_t i = 0; i < json_array_size(ports) && i < FOSR_TA_PORTS; i++)
		if (fosr_json_count(json_array_get(ports, i), 65535, &port))
			r->a->port[r->a->ports++] = (__u32)port;
}

static int noise(const struct reader *r, const json_t *j)
{
	static const char *const keys[FOSR_NOISES] = {
		[FOSR_NOISE_ADDITION] = "addition",
		[FOSR_NOISE_REEMISSION] = "reemission",
		[FOSR_NOISE_TRANSPOSITION] = "transposition",
		[FOSR_NOISE_DELETION] = "deletion",
	};
	double sum = 0;

	for (int i = 0; i < FOSR_NOISES && j; i++) {
		const json_t *x = json_object_get(j, keys[i]);

		if (x && !fosr_json_number(x, 0, 1, &r->a->noise[i]))
			return fosr_err(r->err, -EINVAL, "%s: noise.%s: expected a probability", r->name, keys[i]);
		sum += r->a->noise[i];
	}
	return sum < 1 ? 0
		       : fosr_err(r->err, -EINVAL, "%s: noise: its parts sum to %g, expected below 1", r->name, sum);
}

static int document(const struct reader *r, const json_t *root)
{
	const char *l4 = json_string_value(json_object_get(root, "protocol"));
	const json_t *edges = json_object_get(root, "edges");
	int ret;

	if (!l4 || (strcmp(l4, "TCP") && strcmp(l4, "UDP")))
		return fosr_err(r->err, -EINVAL, "%s: protocol: expected \"TCP\" or \"UDP\"", r->name);
	r->a->l4 = strcmp(l4, "TCP") ? IPPROTO_UDP : IPPROTO_TCP;
	if (state(json_object_get(root, "initial_state"), r->a, &r->a->initial) ||
		state(json_object_get(root, "accepting_state"), r->a, &r->a->accepting))
		return fosr_err(r->err, -EINVAL, "%s: initial_state, accepting_state: expected states below %d",
			r->name, FOSR_TA_STATES);
	if (!json_array_size(edges) || json_array_size(edges) > FOSR_TA_EDGES)
		return fosr_err(r->err, -EINVAL, "%s: edges: expected a list of 1 to %d", r->name, FOSR_TA_EDGES);
	ret = noise(r, json_object_get(root, "noise"));
	for (size_t i = 0; !ret && i < json_array_size(edges); i++)
		ret = edge(r, i, json_array_get(edges, i));
	if (!ret)
		metadata(r, root);
	return ret;
}

int fosr_ta_parse(struct fosr_ta *a, const void *data, size_t len, const char *name, struct fosr_err *err)
{
	struct reader r = {.a = a, .name = name, .err = err};
	json_t *root;
	int ret;

	*a = (struct fosr_ta){0};
	root = fosr_import_json(data, len, name, err);
	if (!root)
		return err && err->code ? err->code : -EINVAL;
	ret = document(&r, root);
	json_decref(root);
	if (ret)
		fosr_ta_free(a);
	return ret;
}

void fosr_ta_free(struct fosr_ta *a)
{
	fosr_vec_free(&a->edge);
	fosr_vec_free(&a->payload);
	fosr_vec_free(&a->bytes);
}
