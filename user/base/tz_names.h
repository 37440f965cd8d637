/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of time zones: what may be one, and which ones a folder of zoneinfo has. */
#ifndef FOSR_BASE_TZ_NAMES_H
#define FOSR_BASE_TZ_NAMES_H

#include "base/tz.h"

/* Letters, digits, _, + and -, in up to four parts with / between them: no path out of a folder is one. */
bool fosr_tz_name_good(const char *name);

/* The name of a file below folder that is nearest (base/nearest.h); false when none is near. */
bool fosr_tz_nearest(const char *folder, const char *name, char near[FOSR_TZ_NAME]);

#endif
