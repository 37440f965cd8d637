// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/tz_names.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/nearest.h"

#define PARTS_MAX 4
#define ENTRIES_MAX 10000 /* looked at; zoneinfo has some 1800 */

bool fosr_tz_name_good(const char *name)
{
	unsigned int parts = 1, in_part = 0, len = 0;

	for (const char *p = name; *p; p++, len++) {
		char low = (char)(*p | 32);
		bool good =
			(low >= 'a' && low <= 'z') || (*p >= '0' && *p <= '9') || *p == '_' || *p == '+' || *p == '-';

		if (len == FOSR_TZ_NAME - 1 || (!good && *p != '/') || (*p == '/' && !in_part))
			return false;
		parts += *p == '/';
		in_part = good ? in_part + 1 : 0;
	}
	return in_part && parts <= PARTS_MAX;
}

struct search {
	const char *folder;
	struct fosr_nearest nearest;
	char *near;
	unsigned int entries;
};

static void offer(struct search *s, const char *name)
{
	const char *before = s->nearest.best;

	fosr_nearest_offer(&s->nearest, name);
	if (s->nearest.best == before)
		return;
	snprintf(s->near, FOSR_TZ_NAME, "%s", name);
	s->nearest.best = s->near;
}

/* Everything in one folder, "" or "Area/" below the first one; deeper by recursion, which ends with PARTS_MAX. */
static void look_in(struct search *s, const char *below, int parts)
{
	char path[FOSR_PATH_MAX], name[2 * FOSR_TZ_NAME];
	struct dirent *e;
	struct stat st;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", s->folder, below);
	d = opendir(path);
	while (d && (e = readdir(d)) && s->entries++ < ENTRIES_MAX) {
		if ((size_t)snprintf(name, sizeof(name), "%s%s", below, e->d_name) >= sizeof(name) ||
			!fosr_tz_name_good(name) || !strcmp(name, "posix") || !strcmp(name, "right") ||
			(size_t)snprintf(path, sizeof(path), "%s/%s", s->folder, name) >= sizeof(path) ||
			stat(path, &st))
			continue;
		if (S_ISREG(st.st_mode)) {
			offer(s, name);
		} else if (S_ISDIR(st.st_mode) && parts < PARTS_MAX) {
			strcat(name, "/");
			look_in(s, name, parts + 1);
		}
	}
	if (d)
		closedir(d);
}

bool fosr_tz_nearest(const char *folder, const char *name, char near[FOSR_TZ_NAME])
{
	struct search s = {.folder = folder, .nearest = fosr_nearest(name), .near = near};

	look_in(&s, "", 1);
	return s.nearest.best;
}
