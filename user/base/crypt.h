/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the first packets of QUIC need (RFC 9001 5), by libcrypto. Whoever knows them can read them: no secret of ours.
 */
#ifndef FOSR_BASE_CRYPT_H
#define FOSR_BASE_CRYPT_H

#include "base/types.h"

#define FOSR_SECRET_LEN 32 /* of SHA-256 */
#define FOSR_AES_LEN 16
#define FOSR_GCM_IV_LEN 12
#define FOSR_GCM_TAG_LEN 16

/* RFC 5869 2.2. */
void fosr_hkdf_extract(const void *salt, __u32 salt_len, const void *key, __u32 key_len, __u8 out[FOSR_SECRET_LEN]);

/* HKDF-Expand-Label of RFC 8446 7.1 with an empty context; n is at most FOSR_SECRET_LEN. */
void fosr_hkdf_expand_label(const __u8 secret[FOSR_SECRET_LEN], const char *label, __u8 *out, __u32 n);

/* out has len + FOSR_GCM_TAG_LEN bytes, and may be in. */
void fosr_aes128_gcm_seal(const __u8 key[FOSR_AES_LEN], const __u8 iv[FOSR_GCM_IV_LEN], const void *head,
	__u32 head_len, const void *in, __u32 len, __u8 *out);

void fosr_aes128_block(const __u8 key[FOSR_AES_LEN], const __u8 in[FOSR_AES_LEN], __u8 out[FOSR_AES_LEN]);

#endif
