// SPDX-License-Identifier: GPL-3.0-or-later
#include "import/json.h"

json_t *fosr_import_json(const void *data, size_t len, const char *name, struct fosr_err *err)
{
	json_error_t where;
	json_t *root;

	if (len > FOSR_IMPORT_JSON_MAX) {
		fosr_err(err, -EFBIG, "%s: %zu bytes, at most %u are read", name, len, FOSR_IMPORT_JSON_MAX);
		return NULL;
	}
	root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &where);
	if (!root) {
		fosr_err(err, -EINVAL, "%s:%d:%d: %s", name, where.line, where.column, where.text);
		return NULL;
	}
	if (!json_is_object(root)) {
		json_decref(root);
		fosr_err(err, -EINVAL, "%s: expected a JSON object", name);
		return NULL;
	}
	return root;
}

bool fosr_json_number(const json_t *j, double min, double max, double *x)
{
	if (!json_is_number(j))
		return false;
	*x = json_number_value(j);
	return *x >= min && *x <= max;
}

bool fosr_json_numbers(const json_t *j, double min, double max, double *x, size_t n)
{
	if (!json_is_array(j) || json_array_size(j) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!fosr_json_number(json_array_get(j, i), min, max, &x[i]))
			return false;
	return true;
}

bool fosr_json_count(const json_t *j, __u64 max, __u64 *x)
{
	if (!json_is_integer(j) || json_integer_value(j) < 0)
		return false;
	*x = (__u64)json_integer_value(j);
	return *x <= max;
}
