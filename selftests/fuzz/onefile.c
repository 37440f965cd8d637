// SPDX-License-Identifier: GPL-3.0-or-later
/* Gives each file named on the command line, or in a folder named there, to a fuzz target: replays without libFuzzer.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define INPUT_MAX (64u << 20)

int LLVMFuzzerTestOneInput(const __u8 *bytes, size_t size);

static int one_file(const char *path)
{
	struct fosr_err err = {0};
	void *buf, *exact;
	size_t len;

	if (fosr_file_read(path, INPUT_MAX, &buf, &len, &err)) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	/* A block of its exact size, so that a sanitizer sees the first byte behind it. */
	exact = malloc(len ? len : 1);
	if (!exact)
		return 1;
	memcpy(exact, buf, len);
	free(buf);
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return 0;
}

static int folder(const char *path, DIR *d, unsigned int *done)
{
	struct dirent *e;
	char name[4096];
	int bad = 0;

	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		bad |= one_file(name);
		++*done;
	}
	closedir(d);
	return bad;
}

int main(int argc, char **argv)
{
	unsigned int done = 0;
	int bad = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);

		if (d) {
			bad |= folder(argv[i], d, &done);
		} else {
			bad |= one_file(argv[i]);
			done++;
		}
	}
	printf("%u inputs\n", done);
	return bad || !done;
}
