/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that are part of the binary, so that it works in an empty folder. */
#ifndef FOSR_PROFILE_EMBEDDED_H
#define FOSR_PROFILE_EMBEDDED_H

struct fosr_embedded {
	const char *name;
	const unsigned char *data, *end;
};

/* The profile of that name, the default one for NULL; NULL when none is so called. */
const struct fosr_embedded *fosr_embedded_profile(const char *name);

/* The same for network files. */
const struct fosr_embedded *fosr_embedded_network(const char *name);

#endif
