/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside network_make: the plan of a network file that is to be written. */
#ifndef FOSR_PROFILE_NETWORK_MAKE_PRIV_H
#define FOSR_PROFILE_NETWORK_MAKE_PRIV_H

#include "profile/census.h"
#include "profile/network_make.h"

#define FOSR_MAKE_THEMES 12

/* Services that run on a machine together. */
struct fosr_make_theme {
	const char *server, *pool; /* what machines with them are called */
	const char *services; /* words */
};

struct fosr_make_theme_plan {
	__u64 flows[FOSR_ROLE_GROUP]; /* that a role answers */
	__u32 first, servers; /* which of the servers inside */
	__u32 pool_hosts;
};

struct fosr_make_service {
	const char *name; /* the profile's */
	__u64 opened[FOSR_ROLES], answered[FOSR_ROLES]; /* sampled flows, by role */
	bool offered[FOSR_ROLE_GROUP]; /* by whom */
	__u32 offerers; /* users that offer it */
	__u8 theme;
};

struct fosr_make {
	const struct fosr_profile *p;
	const struct fosr_make_opts *o;
	struct fosr_made *made;
	__u64 flows, opened[FOSR_ROLES], answered[FOSR_ROLES];
	struct fosr_make_service service[FOSR_SERVICES_MAX];
	__u32 services;
	struct fosr_make_theme_plan theme[FOSR_MAKE_THEMES];
	__u32 desktops; /* users that are no phones */
};

/* What fosr_make_number() is for: one number per use. */
enum { FOSR_MAKE_PHONE, FOSR_MAKE_OS, FOSR_MAKE_USAGE, FOSR_MAKE_MAC, FOSR_MAKE_OFFER };

__u64 fosr_make_number(const struct fosr_make *m, __u32 what, __u32 k);
bool fosr_make_is_phone(const struct fosr_make *m, __u32 user);
const struct fosr_make_theme *fosr_make_theme(__u32 t);

/* Writes the plan as a network file; out->oom tells of memory that was out. */
void fosr_make_text(const struct fosr_make *m, struct fosr_buf *out);

#endif
