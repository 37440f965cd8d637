/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of the profile reader: what every refusal has to look like. */
#ifndef SELFTESTS_UNIT_PROFILECHECK_H
#define SELFTESTS_UNIT_PROFILECHECK_H

#include "profilekit.h"
#include "tap.h"

/* A copy of exactly len bytes, so that a sanitizer sees the byte behind it. */
static inline int load(const void *buf, size_t len, struct fosr_profile **p, struct fosr_err *err)
{
	void *exact = malloc(len ? len : 1);
	int ret;

	memcpy(exact, buf, len);
	ret = fosr_profile_from(exact, len, "case", p, err);
	if (!ret)
		(*p)->buf = exact;
	else
		free(exact);
	return ret;
}

/* Is it refused as everything is to be: with a code, one line, the file's name in front, and those words? */
static inline bool refused(const void *buf, size_t len, const char *words, struct fosr_err *err)
{
	struct fosr_profile *p = NULL;
	int ret;

	*err = (struct fosr_err){0};
	ret = load(buf, len, &p, err);
	if (!ret) {
		fosr_profile_free(p);
		snprintf(err->text, sizeof(err->text), "(accepted)");
		return false;
	}
	return ret == err->code && ret < 0 && !p && !strncmp(err->text, "case: ", 6) && strlen(err->text) > 10 &&
		!strchr(err->text, '\n') && strstr(err->text, words);
}

static inline bool accepted(const void *buf, size_t len)
{
	struct fosr_profile *p;
	struct fosr_err err = {0};

	if (load(buf, len, &p, &err)) {
		printf("# %s\n", err.text);
		return false;
	}
	fosr_profile_free(p);
	return true;
}

static inline void expect_refused(const void *buf, size_t len, const char *words, const char *what)
{
	struct fosr_err err;
	bool is = refused(buf, len, words, &err);

	ok(is, "%s: %s", what, err.text);
}

#endif
