/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The series of packets over time of a capture, in chunks, each transformed when it is over. */
#ifndef FOSR_FIDELITY_LOAD_H
#define FOSR_FIDELITY_LOAD_H

#include "base/types.h"

struct fosr_wire;

/* A packet of that Unix time. A long silence, or a clock that goes back by more than reordering explains, begins anew.
 */
void fosr_load_packet(struct fosr_wire *w, __u64 ts);
void fosr_load_end(struct fosr_wire *w);

#endif
