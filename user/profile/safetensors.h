/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The safetensors container (github.com/huggingface/safetensors, "Format"): 8 bytes of little-endian header length, a
 * JSON header, raw little-endian tensors without holes. Read as hostile: every offset and shape is checked against
 * named caps before a byte is used; the tensors borrow the buffer.
 */
#ifndef FOSR_PROFILE_SAFETENSORS_H
#define FOSR_PROFILE_SAFETENSORS_H

#include <jansson.h>

#include "base/digest.h"
#include "base/err.h"
#include "math/tensor.h"

#define FOSR_ST_HEADER_MAX (4u << 20)
#define FOSR_ST_TENSORS_MAX 4096

/* Key of __metadata__ that holds the digest of all the rest. */
#define FOSR_ST_DIGEST "fosr.digest"

/*
 * Reads a container of len bytes, which must stay where they are (8-byte aligned) while the set is used. *meta gets a
 * new reference to the object of strings in __metadata__. The digest is checked against the one in there.
 */
int fosr_st_read(const void *buf, size_t len, struct fosr_tensors *set, json_t **meta, __u8 digest[FOSR_DIGEST_LEN],
	struct fosr_err *err);

/*
 * Lays the set out, widest elements first so that each is aligned, puts the digest into meta (an object of strings),
 * and gives the file's bytes in a malloc'ed *buf.
 */
int fosr_st_write(const struct fosr_tensors *set, json_t *meta, void **buf, size_t *len, struct fosr_err *err);

#endif
