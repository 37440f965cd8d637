// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>

/* struct fosr_digest is libcrypto's context under a name of our own: nothing above base knows the library. */
struct fosr_digest *fosr_digest_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		ctx = NULL;
	}
	return (struct fosr_digest *)ctx;
}

void fosr_digest_add(struct fosr_digest *d, const void *data, size_t len)
{
	EVP_DigestUpdate((EVP_MD_CTX *)d, data, len);
}

void fosr_digest_end(struct fosr_digest *d, __u8 out[FOSR_DIGEST_LEN])
{
	EVP_DigestFinal_ex((EVP_MD_CTX *)d, out, NULL);
	fosr_digest_free(d);
}

void fosr_digest_free(struct fosr_digest *d)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)d);
}

char *fosr_digest_hex(const __u8 digest[FOSR_DIGEST_LEN], char hex[FOSR_DIGEST_HEX])
{
	for (int i = 0; i < FOSR_DIGEST_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return hex;
}

void fosr_sha1(const void *data, size_t len, __u8 out[FOSR_SHA1_LEN])
{
	SHA1(data, len, out);
}
