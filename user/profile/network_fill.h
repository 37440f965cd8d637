/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writes MAC addresses into a network file that lacks them, as text: comments, order and layout stay. What comes out is
 * read again, and is the same network but for them.
 */
#ifndef FOSR_PROFILE_NETWORK_FILL_H
#define FOSR_PROFILE_NETWORK_FILL_H

#include "base/buf.h"
#include "profile/network.h"

/* An interface without mac_addr. */
struct fosr_gap {
	size_t host, iface; /* index in the network, in the host */
	bool found; /* mac is what to write */
	__u8 mac[6];
	/* Where its ip_addr stands. */
	__u32 line, column; /* of the value */
	__u32 key_column;
	bool flow; /* in braces */
};

struct fosr_fill {
	const char *name; /* borrowed, as is text */
	const char *text;
	size_t len;
	struct fosr_network *net;
	FOSR_VEC(struct fosr_gap) gaps; /* in the file's order */
};

/* 0 and a struct to be freed, or what fosr_network_parse() returns. */
int fosr_fill_open(struct fosr_fill *f, const void *text, size_t len, const char *name, struct fosr_err *err);

/* The file with the gaps filled that have been found; -EINVAL names the line where that cannot be. */
int fosr_fill_text(const struct fosr_fill *f, struct fosr_buf *out, struct fosr_err *err);

void fosr_fill_free(struct fosr_fill *f);

#endif
