// SPDX-License-Identifier: GPL-3.0-or-later
/* Writes the seeds of fuzz_profile: make_profiles FOLDER. Small profiles learned from made-up flows (profilekit.h). */
#include "../unit/profilekit.h"
#include "base/file.h"

static int save(const char *folder, const char *name, const void *buf, size_t len)
{
	struct fosr_err err = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (fosr_file_write(path, buf, len, &err))
		return fprintf(stderr, "%s\n", err.text), 1;
	return 0;
}

/* The same profile without one context: what is left are the two quantile tables of each kind. */
static int save_bare(const char *folder)
{
	static const char *const empty[] = {"steps.context", "steps.action", "steps.weight", "steps.gap", "steps.size"};
	__u8 digest[FOSR_DIGEST_LEN];
	struct fosr_tensors set = {0};
	struct fosr_err err = {0};
	json_t *meta = NULL;
	void *bare = NULL;
	size_t len;
	void *buf = kit_profile(3, &len);
	int bad = fosr_st_read(buf, len, &set, &meta, digest, &err);

	for (size_t i = 0; i < set.list.n; i++) {
		struct fosr_tensor *t = &set.list.v[i];

		for (size_t k = 0; k < FOSR_ARRAY_SIZE(empty); k++)
			if (!strcmp(t->name, empty[k]))
				t->shape[0] = 0;
		if (!strcmp(t->name, "steps.first"))
			t->shape[0] = 1;
		if (!strcmp(t->name, "steps.gap_table") || !strcmp(t->name, "steps.size_table"))
			t->shape[0] = 2;
	}
	bad = bad || fosr_st_write(&set, meta, &bare, &len, &err) || save(folder, "bare.fosr", bare, len);
	json_decref(meta);
	fosr_tensors_free(&set);
	free(bare);
	free(buf);
	return bad;
}

int main(int argc, char **argv)
{
	static const __u32 flows[] = {3, 6, 8};
	char name[32];
	int bad = 0;

	if (argc != 2)
		return fprintf(stderr, "usage: make_profiles FOLDER\n"), 2;
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(flows); i++) {
		size_t len;
		void *buf = kit_profile(flows[i], &len);

		snprintf(name, sizeof(name), "flows%u.fosr", flows[i]);
		bad |= save(argv[1], name, buf, len);
		free(buf);
	}
	return bad | save_bare(argv[1]);
}
