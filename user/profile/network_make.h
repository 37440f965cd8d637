/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A first network file for a profile, to be edited: hosts that offer and use what the profile's flows do, in its roles.
 * The same text for the same profile and options, on every machine.
 */
#ifndef FOSR_PROFILE_NETWORK_MAKE_H
#define FOSR_PROFILE_NETWORK_MAKE_H

#include "base/buf.h"
#include "profile/profile.h"

#define FOSR_MAKE_HOSTS_MIN 10
#define FOSR_MAKE_HOSTS_MAX 10000
#define FOSR_MAKE_SUBNETS_MAX 128

struct fosr_make_opts {
	__u32 hosts; /* inside, within the limits above */
	__u32 subnets; /* 0: by the number of hosts */
	__u64 seed;
	bool ip6; /* a second address for everybody */
};

struct fosr_made {
	__u32 users, servers, visitors, subnets, pools, pool_hosts;
	__u32 services; /* names offered */
	__u32 unknown; /* services of the profile that no network file can name */
};

/* 0 and the text, which was read as a network file, or -ENOMEM, or -EFBIG where it is larger than one may be. */
int fosr_network_make(const struct fosr_profile *p, const struct fosr_make_opts *o, struct fosr_buf *out,
	struct fosr_made *made, struct fosr_err *err);

#endif
