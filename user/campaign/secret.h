/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Secret files, and the keys that come from them. */
#ifndef FOSR_CAMPAIGN_SECRET_H
#define FOSR_CAMPAIGN_SECRET_H

#include <fosr/abi.h>

#include "base/digest.h"
#include "base/err.h"

#define FOSR_SECRET_MIN 16
#define FOSR_SECRET_MAX 65536

/* The file's bytes in a malloc'ed *buf: FOSR_SECRET_MIN or more, readable by its owner alone, or an error. */
int fosr_secret_read(const char *path, void **buf, size_t *len, struct fosr_err *err);

/* SHA-256(purpose, 0, a, b). */
int fosr_digest_of(const char *purpose, const void *a, size_t a_len, const void *b, size_t b_len,
	__u8 out[FOSR_DIGEST_LEN], struct fosr_err *err);

/*
 * What is tagged outside of any campaign, foreign traffic say: an id and a key that all have who have the same secret
 * file, or none.
 */
struct fosr_common {
	__u32 id;
	struct fosr_secret secret;
};

int fosr_common_open(struct fosr_common *out, const char *secret_file, struct fosr_err *err);

#endif
