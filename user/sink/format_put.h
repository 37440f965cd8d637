/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little-endian integers into bytes, for the formats; each returns where the next goes. */
#ifndef FOSR_SINK_FORMAT_PUT_H
#define FOSR_SINK_FORMAT_PUT_H

#include "base/types.h"

static inline __u8 *fosr_put_le16(__u8 *p, __u32 v)
{
	p[0] = (__u8)v;
	p[1] = (__u8)(v >> 8);
	return p + 2;
}

static inline __u8 *fosr_put_le32(__u8 *p, __u32 v)
{
	fosr_put_le16(p, v);
	fosr_put_le16(p + 2, v >> 16);
	return p + 4;
}

#endif
