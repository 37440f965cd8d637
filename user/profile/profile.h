/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A profile: what a network's traffic looks like, as one model per stage, with its vocabulary and where it comes from.
 * File form: Documentation/profile-format.rst.
 */
#ifndef FOSR_PROFILE_PROFILE_H
#define FOSR_PROFILE_PROFILE_H

#include "base/digest.h"
#include "model/model.h"
#include "profile/safetensors.h"

#define FOSR_PROFILE_FILE_MAX (1ULL << 30)
#define FOSR_PROFILE_FORMAT "1"

struct fosr_profile {
	char name[64];
	char origin[256]; /* file name, or "embedded" */
	__u8 digest[FOSR_DIGEST_LEN];
	struct fosr_services services;
	struct fosr_model model[FOSR_MODEL_STAGES];
	json_t *meta; /* all of __metadata__ */
	struct fosr_tensors tensors;
	void *buf; /* the file, borrowed by tensors; NULL when embedded */
};

/* Opens `name`: an embedded profile's name (or NULL for the default one), else a file. */
int fosr_profile_open(const char *name, struct fosr_profile **out, struct fosr_err *err);

/* The same from memory (8-byte aligned), which the profile does not own and which has to outlive it. */
int fosr_profile_from(const void *buf, size_t len, const char *origin, struct fosr_profile **out, struct fosr_err *err);

void fosr_profile_free(struct fosr_profile *p);

struct fosr_profile_spec {
	const char *name;
	const char *family[FOSR_MODEL_STAGES];
	json_t *provenance; /* strings, put into __metadata__ as they are; borrowed */
};

/* The file's bytes, malloc'ed, around tensors that were made otherwise than by fitting. */
int fosr_profile_pack(const struct fosr_profile_spec *spec, const struct fosr_services *services,
	const struct fosr_tensors *set, void **buf, size_t *len, struct fosr_err *err);

/* Fits a family per stage to the data and gives the file's bytes, malloc'ed. */
int fosr_profile_fit(const struct fosr_profile_spec *spec, const struct fosr_dataset *d, void **buf, size_t *len,
	struct fosr_err *err);

#endif
