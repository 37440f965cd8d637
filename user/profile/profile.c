// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/profile.h"

#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "profile/embedded.h"

static const char *meta_string(const struct fosr_profile *p, const char *key)
{
	return json_string_value(json_object_get(p->meta, key));
}

/* "services" is a JSON array of [name, "tcp" or "udp", usual port]. */
static int services_load(struct fosr_profile *p, struct fosr_err *err)
{
	const char *text = meta_string(p, "services");
	json_t *list = text ? json_loads(text, 0, NULL) : NULL;
	int ret = 0;

	if (!json_array_size(list) || json_array_size(list) > FOSR_SERVICES_MAX)
		ret = fosr_err(
			err, -EINVAL, "metadata \"services\": expected a list of 1 to %d services", FOSR_SERVICES_MAX);
	for (size_t i = 0; !ret && i < json_array_size(list); i++) {
		const char *name, *l4;
		json_int_t port;

		if (json_unpack(json_array_get(list, i), "[s, s, I!]", &name, &l4, &port) || port < 0 || port > 65535 ||
			(strcmp(l4, "tcp") && strcmp(l4, "udp")) || strlen(name) >= FOSR_SERVICE_NAME)
			ret = fosr_err(
				err, -EINVAL, "metadata \"services\", entry %zu: expected [name, tcp|udp, port]", i);
		else if (fosr_services_add(&p->services, name, strcmp(l4, "udp") ? IPPROTO_TCP : IPPROTO_UDP,
				 (__u16)port) != (int)i)
			ret = fosr_err(err, -EINVAL, "metadata \"services\": %s/%s is there twice", name, l4);
	}
	json_decref(list);
	return ret;
}

static int models_load(struct fosr_profile *p, struct fosr_err *err)
{
	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++) {
		struct fosr_model *m = &p->model[stage];
		const char *family = meta_string(p, fosr_model_stage_name[stage]);
		int ret;

		if (!family)
			return fosr_err(err, -EINVAL, "metadata names no family for %s", fosr_model_stage_name[stage]);
		m->ops = fosr_model_find(family, stage);
		if (!m->ops)
			return fosr_err(err, -EINVAL, "family \"%s\" for %s is not known to this version", family,
				fosr_model_stage_name[stage]);
		m->prefix = fosr_model_stage_name[stage];
		ret = m->ops->load(m, &p->tensors, &p->services, err);
		if (ret)
			return ret;
	}
	return 0;
}

int fosr_profile_from(const void *buf, size_t len, const char *origin, struct fosr_profile **out, struct fosr_err *err)
{
	struct fosr_profile *p = calloc(1, sizeof(*p));
	const char *format;
	int ret;

	if (!p)
		return fosr_err(err, -ENOMEM, "out of memory");
	snprintf(p->origin, sizeof(p->origin), "%s", origin);
	ret = fosr_st_read(buf, len, &p->tensors, &p->meta, p->digest, err);
	if (!ret) {
		format = meta_string(p, "fosr.format");
		snprintf(p->name, sizeof(p->name), "%s", meta_string(p, "name") ? meta_string(p, "name") : "unnamed");
		if (!format || strcmp(format, FOSR_PROFILE_FORMAT))
			ret = fosr_err(err, -EINVAL, "profile format %s, this version reads %s",
				format ? format : "missing", FOSR_PROFILE_FORMAT);
	}
	if (!ret)
		ret = services_load(p, err);
	if (!ret)
		ret = models_load(p, err);
	if (ret) {
		fosr_profile_free(p);
		fosr_err_prefix(err, "%s", origin);
		return ret;
	}
	*out = p;
	return 0;
}

int fosr_profile_open(const char *name, struct fosr_profile **out, struct fosr_err *err)
{
	const struct fosr_embedded *e = fosr_embedded_profile(name);
	size_t len;
	void *buf;
	int ret;

	if (e)
		return fosr_profile_from(e->data, (size_t)(e->end - e->data), e->name, out, err);
	ret = fosr_file_read(name, FOSR_PROFILE_FILE_MAX, &buf, &len, err);
	if (ret == -ENOENT && !strchr(name, '/'))
		fosr_err(err, ret, "%s: neither a file nor the built-in profile (%s)", name,
			fosr_embedded_profile(NULL)->name);
	if (ret)
		return ret;
	ret = fosr_profile_from(buf, len, name, out, err);
	if (ret)
		free(buf);
	else
		(*out)->buf = buf;
	return ret;
}

void fosr_profile_free(struct fosr_profile *p)
{
	if (!p)
		return;
	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++)
		if (p->model[stage].ops)
			p->model[stage].ops->release(&p->model[stage]);
	fosr_tensors_free(&p->tensors);
	fosr_vec_free(&p->services.list);
	json_decref(p->meta);
	free(p->buf);
	free(p);
}

static json_t *services_text(const struct fosr_services *s)
{
	json_t *list = json_array(), *text;
	char *dump;

	for (size_t i = 0; i < s->list.n; i++)
		json_array_append_new(list,
			json_pack("[s, s, i]", s->list.v[i].name, s->list.v[i].l4 == IPPROTO_UDP ? "udp" : "tcp",
				s->list.v[i].port));
	dump = json_dumps(list, JSON_COMPACT);
	text = json_string(dump ? dump : "");
	free(dump);
	json_decref(list);
	return text;
}

static json_t *meta_make(const struct fosr_profile_spec *spec, const struct fosr_services *services)
{
	json_t *meta = json_object();

	json_object_update(meta, spec->provenance);
	json_object_set_new(meta, "fosr.format", json_string(FOSR_PROFILE_FORMAT));
	json_object_set_new(meta, "name", json_string(spec->name));
	for (int stage = 0; stage < FOSR_MODEL_STAGES; stage++)
		json_object_set_new(meta, fosr_model_stage_name[stage], json_string(spec->family[stage]));
	json_object_set_new(meta, "services", services_text(services));
	return meta;
}

static void meta_number(json_t *meta, const char *key, size_t x)
{
	char n[32];

	snprintf(n, sizeof(n), "%zu", x);
	json_object_set_new(meta, key, json_string(n));
}

int fosr_profile_pack(const struct fosr_profile_spec *spec, const struct fosr_services *services,
	const struct fosr_tensors *set, void **buf, size_t *len, struct fosr_err *err)
{
	json_t *meta = meta_make(spec, services);
	int ret = fosr_st_write(set, meta, buf, len, err);

	json_decref(meta);
	return ret;
}

int fosr_profile_fit(const struct fosr_profile_spec *spec, const struct fosr_dataset *d, void **buf, size_t *len,
	struct fosr_err *err)
{
	struct fosr_tensors set = {0};
	json_t *meta;
	int ret = 0;

	if (!d->flows.n)
		return fosr_err(err, -EINVAL, "no TCP or UDP flow was found, so there is nothing to learn");
	for (int stage = 0; !ret && stage < FOSR_MODEL_STAGES; stage++) {
		const struct fosr_model_ops *ops = fosr_model_find(spec->family[stage], stage);

		if (!ops)
			ret = fosr_err(err, -EINVAL, "no family \"%s\" for %s", spec->family[stage],
				fosr_model_stage_name[stage]);
		else
			ret = ops->fit(fosr_model_stage_name[stage], d, &set, err);
	}
	if (!ret) {
		meta = meta_make(spec, &d->services);
		meta_number(meta, "learned.flows", d->flows.n);
		meta_number(meta, "learned.packets", d->steps.n);
		ret = fosr_st_write(&set, meta, buf, len, err);
		json_decref(meta);
	}
	fosr_tensors_free(&set);
	return ret;
}
