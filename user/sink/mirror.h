/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory whose beginning is mapped once more behind its end: what runs over a ring's end is contiguous. */
#ifndef FOSR_SINK_MIRROR_H
#define FOSR_SINK_MIRROR_H

#include "base/types.h"

/* size bytes of fd (-1: new memory), then the first `mirror` of them again; multiples of the page's size. 0 or -errno.
 */
int fosr_mirror_map(int fd, size_t size, size_t mirror, __u8 **out);
void fosr_mirror_unmap(__u8 *p, size_t size, size_t mirror);

#endif
