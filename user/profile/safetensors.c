// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cur.h"

#define ELEMENTS_MAX (1ULL << 40)

/* The digest covers the header in canonical form (compact, sorted keys, without the digest itself), then the data. */
static int digest_of(json_t *header, const void *data, size_t len, __u8 out[FOSR_DIGEST_LEN], struct fosr_err *err)
{
	json_t *meta = json_object_get(header, "__metadata__");
	json_t *old = json_incref(json_object_get(meta, FOSR_ST_DIGEST));
	struct fosr_digest *d = fosr_digest_new();
	char *text;

	json_object_del(meta, FOSR_ST_DIGEST);
	text = json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS);
	if (old)
		json_object_set_new(meta, FOSR_ST_DIGEST, old);
	if (!d || !text) {
		fosr_digest_free(d);
		free(text);
		return fosr_err(err, -ENOMEM, "out of memory for the digest");
	}
	fosr_digest_add(d, text, strlen(text));
	fosr_digest_add(d, data, len);
	fosr_digest_end(d, out);
	free(text);
	return 0;
}

static int dtype_of(const char *name)
{
	if (!strcmp(name, "U8"))
		return FOSR_U8;
	if (!strcmp(name, "U16"))
		return FOSR_U16;
	if (!strcmp(name, "U32"))
		return FOSR_U32;
	return strcmp(name, "U64") ? 0 : FOSR_U64;
}

static int shape_get(struct fosr_tensor *t, const json_t *shape, struct fosr_err *err)
{
	__u64 elements = 1;

	t->ndim = (__u32)json_array_size(shape);
	if (!json_is_array(shape) || !t->ndim || t->ndim > FOSR_TENSOR_DIMS)
		return fosr_err(
			err, -EINVAL, "tensor %s: expected a shape of 1 to %d numbers", t->name, FOSR_TENSOR_DIMS);
	for (__u32 i = 0; i < t->ndim; i++) {
		json_int_t n = json_integer_value(json_array_get(shape, i));

		if (!json_is_integer(json_array_get(shape, i)) || n < 0 || (__u64)n > ELEMENTS_MAX)
			return fosr_err(err, -EINVAL, "tensor %s: dimension %u is not a number in 0..2^40", t->name, i);
		t->shape[i] = (__u64)n;
		if (n && elements > ELEMENTS_MAX / (__u64)n)
			return fosr_err(err, -EINVAL, "tensor %s: more than 2^40 elements", t->name);
		elements *= (__u64)n;
	}
	return 0;
}

static int tensor_get(struct fosr_tensors *set, const char *name, const json_t *row, const __u8 *data, size_t len,
	struct fosr_err *err)
{
	const json_t *at = json_object_get(row, "data_offsets");
	const char *dtype = json_string_value(json_object_get(row, "dtype"));
	struct fosr_tensor *t = fosr_vec_push(&set->list);
	json_int_t from, to;
	int ret;

	if (!t)
		return fosr_err(err, -ENOMEM, "out of memory");
	if (strlen(name) >= sizeof(t->name))
		return fosr_err(
			err, -EINVAL, "tensor name of %zu bytes, the limit is %zu", strlen(name), sizeof(t->name) - 1);
	strcpy(t->name, name);
	t->dtype = dtype ? dtype_of(dtype) : 0;
	if (!t->dtype)
		return fosr_err(
			err, -EINVAL, "tensor %s: dtype %s, expected U8, U16, U32 or U64", name, dtype ? dtype : "?");
	ret = shape_get(t, json_object_get(row, "shape"), err);
	if (ret)
		return ret;
	from = json_integer_value(json_array_get(at, 0));
	to = json_integer_value(json_array_get(at, 1));
	if (json_array_size(at) != 2 || from < 0 || to < from || (__u64)to > len)
		return fosr_err(err, -EINVAL, "tensor %s: data_offsets %lld..%lld leave the %zu bytes of data", name,
			(long long)from, (long long)to, len);
	if ((__u64)(to - from) != fosr_tensor_count(t) * t->dtype || (uintptr_t)(data + from) % t->dtype)
		return fosr_err(err, -EINVAL, "tensor %s: %lld bytes do not hold its shape, or are not aligned", name,
			(long long)(to - from));
	t->data = data + from;
	return 0;
}

static int tensors_get(struct fosr_tensors *set, json_t *header, const __u8 *data, size_t len, struct fosr_err *err)
{
	const char *name;
	json_t *row;

	if (json_object_size(header) > FOSR_ST_TENSORS_MAX)
		return fosr_err(
			err, -EINVAL, "%zu tensors, the limit is %d", json_object_size(header), FOSR_ST_TENSORS_MAX);
	json_object_foreach (header, name, row) {
		int ret = strcmp(name, "__metadata__") ? tensor_get(set, name, row, data, len, err) : 0;

		if (ret)
			return ret;
	}
	return 0;
}

static int digest_check(
	json_t *header, const void *data, size_t len, __u8 digest[FOSR_DIGEST_LEN], struct fosr_err *err)
{
	const char *said = json_string_value(json_object_get(json_object_get(header, "__metadata__"), FOSR_ST_DIGEST));
	char hex[FOSR_DIGEST_HEX];
	int ret = digest_of(header, data, len, digest, err);

	if (ret)
		return ret;
	fosr_digest_hex(digest, hex);
	if (!said || strcmp(said, hex))
		return fosr_err(err, -EBADMSG,
			"the digest is wrong: the file says %.16s..., its content has %.16s...; "
			"it was changed or damaged, learn it again or fetch it again",
			said ? said : "nothing", hex);
	return 0;
}

int fosr_st_read(const void *buf, size_t len, struct fosr_tensors *set, json_t **meta, __u8 digest[FOSR_DIGEST_LEN],
	struct fosr_err *err)
{
	struct fosr_cur c = fosr_cur(buf, len);
	__u64 header_len = fosr_cur_le64(&c);
	const __u8 *text, *data;
	json_error_t bad;
	json_t *header;
	size_t data_len;
	int ret;

	*meta = NULL;
	if (c.bad || header_len > FOSR_ST_HEADER_MAX)
		return fosr_err(err, -EINVAL,
			"not a profile: expected a safetensors header of at most %u bytes, found %llu",
			FOSR_ST_HEADER_MAX, c.bad ? 0 : header_len);
	text = fosr_cur_take(&c, header_len);
	if (!text)
		return fosr_err(
			err, -EINVAL, "the header is %llu bytes, but the file ends at byte %zu", header_len, len);
	header = json_loadb((const char *)text, header_len, JSON_REJECT_DUPLICATES, &bad);
	if (!header)
		return fosr_err(err, -EINVAL, "header, byte %d: %s", 8 + bad.position, bad.text);
	data_len = fosr_cur_left(&c);
	data = fosr_cur_take(&c, data_len);
	if (!json_is_object(header) || !json_is_object(json_object_get(header, "__metadata__")))
		ret = fosr_err(err, -EINVAL, "the header has no __metadata__ object: not a profile of fosr-xdp");
	else
		ret = digest_check(header, data, data_len, digest, err);
	if (!ret)
		ret = tensors_get(set, header, data, data_len, err);
	if (!ret)
		*meta = json_incref(json_object_get(header, "__metadata__"));
	json_decref(header);
	return ret;
}

static int widest_first(const void *a, const void *b)
{
	const struct fosr_tensor *x = *(const struct fosr_tensor *const *)a, *y = *(const struct fosr_tensor *const *)b;

	return x->dtype != y->dtype ? (int)y->dtype - (int)x->dtype : strcmp(x->name, y->name);
}

static json_t *tensor_row(const struct fosr_tensor *t, __u64 from)
{
	static const char *const name[] = {
		[FOSR_U8] = "U8", [FOSR_U16] = "U16", [FOSR_U32] = "U32", [FOSR_U64] = "U64"};
	json_t *shape = json_array();

	for (__u32 i = 0; i < t->ndim; i++)
		json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", name[t->dtype], "shape", shape, "data_offsets",
		(json_int_t)from, (json_int_t)(from + fosr_tensor_count(t) * t->dtype));
}

static int assemble(json_t *header, const __u8 *data, size_t data_len, void **buf, size_t *len, struct fosr_err *err)
{
	char *text = json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS);
	size_t text_len = text ? strlen(text) : 0;
	size_t padded = (text_len + 7) & ~(size_t)7;
	__u8 *out = text ? malloc(8 + padded + data_len) : NULL;

	if (!out) {
		free(text);
		return fosr_err(err, -ENOMEM, "out of memory for the profile");
	}
	for (int i = 0; i < 8; i++)
		out[i] = (__u8)((__u64)padded >> 8 * i);
	memset(out + 8, ' ', padded);
	memcpy(out + 8, text, text_len);
	memcpy(out + 8 + padded, data, data_len);
	free(text);
	*buf = out;
	*len = 8 + padded + data_len;
	return 0;
}

int fosr_st_write(const struct fosr_tensors *set, json_t *meta, void **buf, size_t *len, struct fosr_err *err)
{
	const struct fosr_tensor **order = malloc((set->list.n + 1) * sizeof(*order));
	json_t *header = json_object();
	__u8 digest[FOSR_DIGEST_LEN], *data = NULL;
	char hex[FOSR_DIGEST_HEX];
	size_t total = 0, at = 0;
	int ret = -ENOMEM;

	for (size_t i = 0; order && i < set->list.n; i++) {
		order[i] = &set->list.v[i];
		total += fosr_tensor_count(order[i]) * order[i]->dtype;
	}
	data = malloc(total + 1);
	if (!order || !header || !data)
		goto out;
	qsort(order, set->list.n, sizeof(*order), widest_first);
	json_object_set(header, "__metadata__", meta);
	for (size_t i = 0; i < set->list.n; i++) {
		size_t bytes = fosr_tensor_count(order[i]) * order[i]->dtype;

		memcpy(data + at, order[i]->data, bytes);
		json_object_set_new(header, order[i]->name, tensor_row(order[i], at));
		at += bytes;
	}
	ret = digest_of(header, data, total, digest, err);
	if (ret)
		goto out;
	fosr_digest_hex(digest, hex);
	json_object_set_new(meta, FOSR_ST_DIGEST, json_string(hex));
	ret = assemble(header, data, total, buf, len, err);
out:
	free(order);
	free(data);
	json_decref(header);
	return ret == -ENOMEM ? fosr_err(err, ret, "out of memory for the profile") : ret;
}
