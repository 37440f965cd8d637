/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small profiles made in memory, and files with a right digest around wrong contents, for tests of what stands behind
 * the digest. The digest is computed here once more, from its description (safetensors.c, digest_of()).
 */
#ifndef SELFTESTS_UNIT_PROFILEKIT_H
#define SELFTESTS_UNIT_PROFILEKIT_H

#include <linux/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "profile/profile.h"

/* Packets of a flow that ends as asked: the tracker's own choices, with payload where it allows some. */
static inline void kit_steps(struct fosr_dataset *d, struct fosr_sample_flow *f, struct fosr_rng *r)
{
	struct fosr_track t = {.l4 = f->l4};
	__u32 left[2] = {f->packets[0], f->packets[1]};

	f->first = (__u32)d->steps.n;
	while (left[0] + left[1]) {
		struct fosr_step *s = fosr_vec_push(&d->steps);
		__u32 len = 20 + fosr_rng_below(r, 400);

		fosr_track_default(&t, f->end_state, left, &s->dir, &s->flags);
		if (f->l4 == IPPROTO_UDP ||
			(s->flags == FOSR_TCP_ACK && fosr_rng_below(r, 2) &&
				fosr_track_allows(
					&t, f->end_state, s->dir, FOSR_TCP_PSH | FOSR_TCP_ACK, len, left[s->dir]))) {
			s->len = (__u16)len;
			s->flags |= f->l4 == IPPROTO_UDP ? 0 : FOSR_TCP_PSH;
		}
		s->gap_ns = left[0] + left[1] == f->packets[0] + f->packets[1]
			? 0
			: fosr_rng_u32(r) >> fosr_rng_below(r, 20);
		f->bytes[s->dir] += s->len;
		fosr_track_feed(&t, s->dir, s->flags);
		left[s->dir]--;
	}
}

/* So many flows of web, names and multicast names; free with fosr_dataset_free(). */
static inline void kit_dataset(struct fosr_dataset *d, __u32 flows)
{
	static const struct {
		const char *name;
		__u16 port;
		__u8 l4, roles, end_state[4];
	} kind[] = {
		{"http", 80, IPPROTO_TCP, FOSR_ROLE_USER * FOSR_ROLES + FOSR_ROLE_INTERNET,
			{FOSR_SF, FOSR_SF, FOSR_S0, FOSR_RSTO}},
		{"dns", 53, IPPROTO_UDP, FOSR_ROLE_USER * FOSR_ROLES + FOSR_ROLE_SERVER,
			{FOSR_SF, FOSR_SF, FOSR_SF, FOSR_S0}},
		{"mdns", 5353, IPPROTO_UDP, FOSR_ROLE_USER * FOSR_ROLES + FOSR_ROLE_GROUP,
			{FOSR_S0, FOSR_S0, FOSR_S0, FOSR_S0}},
	};
	struct fosr_rng r = fosr_rng(20250106, flows, FOSR_STAGE_REPORT, 0);
	struct fosr_watched *w;

	*d = (struct fosr_dataset){0};
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(kind); i++)
		fosr_services_add(&d->services, kind[i].name, kind[i].l4, kind[i].port);
	for (__u32 i = 0; i < flows; i++) {
		struct fosr_sample_flow *f = fosr_vec_push(&d->flows);
		__u32 k = i % FOSR_ARRAY_SIZE(kind), least[2];
		bool answer;

		f->start_ns = (1736154000ULL + 13 * i) * FOSR_NS_PER_S;
		f->service = (__u16)k;
		f->l4 = kind[k].l4;
		f->port = kind[k].port;
		f->roles = kind[k].roles;
		f->end_state = kind[k].end_state[fosr_rng_below(&r, 4)];
		fosr_end_state_least(f->end_state, f->l4, least, &answer);
		f->packets[0] = least[0] + fosr_rng_below(&r, 4);
		f->packets[1] = answer ? least[1] + fosr_rng_below(&r, 4) : 0;
		kit_steps(d, f, &r);
	}
	w = fosr_vec_push(&d->watched);
	*w = (struct fosr_watched){.from_ns = d->flows.v[0].start_ns, .end = flows};
	w->to_ns = w->from_ns + 13ULL * flows * FOSR_NS_PER_S;
}

/* The bytes of a profile of these families learned from that (3 flows at least: one per service); to be freed. Never
 * NULL. */
static inline void *kit_profile_of(const struct fosr_profile_spec *spec, __u32 flows, size_t *len)
{
	struct fosr_err err = {0};
	struct fosr_dataset d;
	void *buf;

	kit_dataset(&d, flows);
	if (flows < 3 || fosr_profile_fit(spec, &d, &buf, len, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	fosr_dataset_free(&d);
	return buf;
}

static inline void *kit_profile(__u32 flows, size_t *len)
{
	static const struct fosr_profile_spec spec = {.name = "kit", .family = {"hist", "bn", "markov"}};

	return kit_profile_of(&spec, flows, len);
}

static inline __u64 kit_header_len(const void *buf)
{
	const __u8 *p = buf;
	__u64 n = 0;

	for (int i = 0; i < 8; i++)
		n |= (__u64)p[i] << 8 * i;
	return n;
}

/* The file's header as JSON, or NULL. */
static inline json_t *kit_header(const void *buf, size_t len)
{
	__u64 n = len < 8 ? UINT64_MAX : kit_header_len(buf);

	return n > len - 8 ? NULL : json_loadb((const char *)buf + 8, n, JSON_REJECT_DUPLICATES, NULL);
}

/* What the digest of this header (whose own digest is taken out) and data has to be; NULL where there can be none. */
static inline const char *kit_digest(json_t *header, const void *data, size_t len, char hex[FOSR_DIGEST_HEX])
{
	struct fosr_digest *d = fosr_digest_new();
	__u8 digest[FOSR_DIGEST_LEN];
	char *text;

	json_object_del(json_object_get(header, "__metadata__"), FOSR_ST_DIGEST);
	text = json_dumps(header, JSON_COMPACT | JSON_SORT_KEYS);
	if (!d || !text) {
		fosr_digest_free(d);
		free(text);
		return NULL;
	}
	fosr_digest_add(d, text, strlen(text));
	fosr_digest_add(d, data, len);
	fosr_digest_end(d, digest);
	free(text);
	return fosr_digest_hex(digest, hex);
}

/* A file of this header, with its digest put in, and data. To be freed. */
static inline void *kit_assemble(json_t *header, const void *data, size_t data_len, size_t *len)
{
	char hex[FOSR_DIGEST_HEX], *text;
	size_t text_len, padded;
	__u8 *out;

	kit_digest(header, data, data_len, hex);
	json_object_set_new(json_object_get(header, "__metadata__"), FOSR_ST_DIGEST, json_string(hex));
	text = json_dumps(header, JSON_COMPACT);
	text_len = strlen(text);
	padded = (text_len + 7) & ~(size_t)7;
	*len = 8 + padded + data_len;
	out = malloc(*len);
	for (int i = 0; i < 8; i++)
		out[i] = (__u8)((__u64)padded >> 8 * i);
	memset(out + 8, ' ', padded);
	memcpy(out + 8, text, text_len);
	memcpy(out + 8 + padded, data, data_len);
	free(text);
	return out;
}

/* Makes the digest right where it stands, so that nothing else moves; false when the header has no place for it. */
static inline bool kit_redigest(void *buf, size_t len)
{
	static const char key[] = "\"" FOSR_ST_DIGEST "\":\"";
	json_t *header = kit_header(buf, len);
	char hex[FOSR_DIGEST_HEX], *at;
	bool good = false;
	__u64 n;

	if (header && json_is_object(json_object_get(header, "__metadata__"))) {
		n = kit_header_len(buf);
		at = memmem((char *)buf + 8, n, key, sizeof(key) - 1);
		at = at ? at + sizeof(key) - 1 : NULL;
		good = at && (size_t)((char *)buf + 8 + n - at) > FOSR_DIGEST_HEX && at[FOSR_DIGEST_HEX - 1] == '"' &&
			kit_digest(header, (char *)buf + 8 + n, len - 8 - n, hex);
		if (good)
			memcpy(at, hex, FOSR_DIGEST_HEX - 1);
	}
	json_decref(header);
	return good;
}

#endif
