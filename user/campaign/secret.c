// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <fosr/tag.h>

#include "base/file.h"

int fosr_secret_read(const char *path, void **buf, size_t *len, struct fosr_err *err)
{
	struct stat st;
	int ret;

	if (!stat(path, &st) && (st.st_mode & 077))
		return fosr_err(
			err, -EPERM, "%s: mode %04o lets others read it; chmod 600 it", path, st.st_mode & 07777);
	ret = fosr_file_read(path, FOSR_SECRET_MAX, buf, len, err);
	if (ret || *len >= FOSR_SECRET_MIN)
		return ret;
	free(*buf);
	*buf = NULL;
	return fosr_err(err, -EINVAL, "%s: %zu bytes, a secret has at least %d", path, *len, FOSR_SECRET_MIN);
}

int fosr_digest_of(const char *purpose, const void *a, size_t a_len, const void *b, size_t b_len,
	__u8 out[FOSR_DIGEST_LEN], struct fosr_err *err)
{
	struct fosr_digest *d = fosr_digest_new();

	if (!d)
		return fosr_err(err, -ENOMEM, "out of memory for a digest");
	fosr_digest_add(d, purpose, strlen(purpose) + 1);
	fosr_digest_add(d, a, a_len);
	fosr_digest_add(d, b, b_len);
	fosr_digest_end(d, out);
	return 0;
}

int fosr_common_open(struct fosr_common *out, const char *secret_file, struct fosr_err *err)
{
	__u8 digest[FOSR_DIGEST_LEN];
	void *secret = NULL;
	size_t len = 0;
	int ret = secret_file ? fosr_secret_read(secret_file, &secret, &len, err) : 0;

	if (!ret)
		ret = fosr_digest_of("fosr common", secret ? secret : "", len, "", 0, digest, err);
	free(secret);
	if (ret)
		return ret;
	out->id = fosr_get32(digest) | 1;
	out->secret = fosr_secret_load(digest + 16);
	return 0;
}
