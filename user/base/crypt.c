// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/crypt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

void fosr_hkdf_extract(const void *salt, __u32 salt_len, const void *key, __u32 key_len, __u8 out[FOSR_SECRET_LEN])
{
	HMAC(EVP_sha256(), salt, (int)salt_len, key, key_len, out, NULL);
}

#define LABEL_MOST 24

void fosr_hkdf_expand_label(const __u8 secret[FOSR_SECRET_LEN], const char *label, __u8 *out, __u32 n)
{
	__u32 len = (__u32)fosr_min_u64(strlen(label), LABEL_MOST);
	__u8 info[2 + 1 + 6 + LABEL_MOST + 1 + 1], block[FOSR_SECRET_LEN];

	info[0] = (__u8)(n >> 8);
	info[1] = (__u8)n;
	info[2] = (__u8)(6 + len);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, len);
	info[9 + len] = 0;
	/* The first block of HKDF-Expand is enough for n bytes. */
	info[10 + len] = 1;
	HMAC(EVP_sha256(), secret, FOSR_SECRET_LEN, info, 11 + len, block, NULL);
	memcpy(out, block, fosr_min_u64(n, sizeof(block)));
}

void fosr_aes128_gcm_seal(const __u8 key[FOSR_AES_LEN], const __u8 iv[FOSR_GCM_IV_LEN], const void *head,
	__u32 head_len, const void *in, __u32 len, __u8 *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	if (!ctx)
		return;
	EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, iv);
	EVP_EncryptUpdate(ctx, NULL, &n, head, (int)head_len);
	EVP_EncryptUpdate(ctx, out, &n, in, (int)len);
	EVP_EncryptFinal_ex(ctx, out + len, &n);
	EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, FOSR_GCM_TAG_LEN, out + len);
	EVP_CIPHER_CTX_free(ctx);
}

void fosr_aes128_block(const __u8 key[FOSR_AES_LEN], const __u8 in[FOSR_AES_LEN], __u8 out[FOSR_AES_LEN])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	if (!ctx)
		return;
	EVP_EncryptInit_ex(ctx, EVP_aes_128_ecb(), NULL, key, NULL);
	EVP_EncryptUpdate(ctx, out, &n, in, FOSR_AES_LEN);
	EVP_CIPHER_CTX_free(ctx);
}
