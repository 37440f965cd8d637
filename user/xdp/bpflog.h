/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What libbpf and libxdp would print is kept instead, per thread, so that an error can quote the reason. Each function
 * of user/xdp that loads or attaches begins with fosr_bpflog_begin().
 */
#ifndef FOSR_XDP_BPFLOG_H
#define FOSR_XDP_BPFLOG_H

/* Routes both libraries' messages here and forgets what was kept. */
void fosr_bpflog_begin(void);

/* The last warning since then, one line without newline; "" if there was none. Valid until the next message. */
const char *fosr_bpflog_last(void);

#endif
