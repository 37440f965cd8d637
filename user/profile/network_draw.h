/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network file as a picture. */
#ifndef FOSR_PROFILE_NETWORK_DRAW_H
#define FOSR_PROFILE_NETWORK_DRAW_H

#include "base/buf.h"
#include "profile/network_areas.h"

/* A graph in DOT (Graphviz): subnets are clusters. 0 or -ENOMEM. */
int fosr_network_dot(const struct fosr_network *net, struct fosr_buf *out, struct fosr_err *err);

/* A picture that needs nothing else: SVG 1.1 with its style in it, for light and dark. 0 or -ENOMEM. */
int fosr_network_svg(const struct fosr_network *net, struct fosr_buf *out, struct fosr_err *err);

/* Words for both. Each appends to out. */

/* "web1", "40 servers (www1 ... www40)", "300 hosts (video)". */
void fosr_draw_name(const struct fosr_network *net, const struct fosr_item *item, struct fosr_buf *out);
/* "Linux", "Linux and Windows", "Linux and 3 others". */
void fosr_draw_os(const struct fosr_item *item, struct fosr_buf *out);
/* The names of what it offers, at most `most` of them, "and 5 more"; nothing when it offers nothing. */
void fosr_draw_offers(const struct fosr_network *net, const struct fosr_item *item, size_t most, struct fosr_buf *out);
/* "10.0.0.0/24, 2001:db8::/64"; "in no subnet". */
void fosr_draw_area(const struct fosr_network *net, const struct fosr_area *area, struct fosr_buf *out);
/* "VLAN 10, router 02:00:00:00:00:01, 1 hop, rtt 300us": what the file says. */
void fosr_draw_link(const struct fosr_network *net, const struct fosr_area *area, struct fosr_buf *out);
/* "; also here: gw1, gw2": hosts that stand in another area. */
void fosr_draw_also(
	const struct fosr_network *net, const struct fosr_areas *a, const struct fosr_area *area, struct fosr_buf *out);

#endif
