/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Community ID flow hashing, version 1, seed 0 (github.com/corelight/community-id-spec): the name by which Zeek,
 * Suricata and Wireshark know a flow. */
#ifndef FOSR_FLOW_COMMUNITY_H
#define FOSR_FLOW_COMMUNITY_H

#include "flow/flow.h"

#define FOSR_COMMUNITY_ID 32 /* "1:" and 28 base64 characters, and a NUL */

/* TCP or UDP over IPv4 or IPv6; both directions give the same. Returns id. */
char *fosr_community_id(const struct fosr_flow *f, char id[FOSR_COMMUNITY_ID]);

#endif
