/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 (FIPS 180-4) of what is named by its content, by libcrypto; SHA-1 only for community ids, whose form asks it.
 */
#ifndef FOSR_BASE_DIGEST_H
#define FOSR_BASE_DIGEST_H

#include "base/types.h"

#define FOSR_DIGEST_LEN 32
#define FOSR_DIGEST_HEX 65
#define FOSR_SHA1_LEN 20

struct fosr_digest;

/* NULL when memory is out; add and end on NULL are not allowed, free on NULL is. */
struct fosr_digest *fosr_digest_new(void);
void fosr_digest_add(struct fosr_digest *d, const void *data, size_t len);

/* The digest of all that was added; frees d. */
void fosr_digest_end(struct fosr_digest *d, __u8 out[FOSR_DIGEST_LEN]);
void fosr_digest_free(struct fosr_digest *d);

/* 64 lower-case digits and a NUL. Returns hex. */
char *fosr_digest_hex(const __u8 digest[FOSR_DIGEST_LEN], char hex[FOSR_DIGEST_HEX]);

void fosr_sha1(const void *data, size_t len, __u8 out[FOSR_SHA1_LEN]);

#endif
