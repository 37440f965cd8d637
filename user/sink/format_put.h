/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little-endian integers into bytes, for the formats; each returns where the next goes. */
#ifndef FOSR_SINK_FORMAT_PUT_H
#define FOSR_SINK_FORMAT_PUT_H

#include <endian.h>
#include <string.h>

#include "base/types.h"

static inline __u8 *fosr_put_le16(__u8 *p, __u32 v)
{
	__u16 le = htole16((__u16)v);

	memcpy(p, &le, sizeof(le));
	return p + 2;
}

static inline __u8 *fosr_put_le32(__u8 *p, __u32 v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
	return p + 4;
}

#endif
