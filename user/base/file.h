/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files whole or not at all: bounded reading, and writing under a temporary name until complete. */
#ifndef FOSR_BASE_FILE_H
#define FOSR_BASE_FILE_H

#include "base/err.h"

#define FOSR_PATH_MAX 4096

/* The whole file in a malloc'ed *buf (8-byte aligned); more than cap bytes is an error. Grows with what is read. */
int fosr_file_read(const char *path, __u64 cap, void **buf, size_t *len, struct fosr_err *err);

/*
 * A file on its way. It is made as .NAME.XXXXXX.part in the folder of its final name, so that the rename at the end is
 * atomic; commit or abort ends it. path "-" is standard output, for which, as for a FIFO or a device, both only let go.
 */
struct fosr_outfile {
	int fd; /* read-write; -1 when not open */
	bool synced; /* nothing was written since fosr_outfile_sync() */
	char path[FOSR_PATH_MAX];
	char temp[FOSR_PATH_MAX + 32]; /* empty for what is written in place */
};

int fosr_outfile_open(struct fosr_outfile *o, const char *path, struct fosr_err *err);

/* Syncs the data, so that commit and keep need not; nothing may be written afterwards. On failure abort is to come. */
int fosr_outfile_sync(struct fosr_outfile *o, struct fosr_err *err);

/* Syncs the data, closes, renames, syncs the folder. On failure nothing is left behind. */
int fosr_outfile_commit(struct fosr_outfile *o, struct fosr_err *err);

/* Syncs and closes, but leaves the file under o->temp: what an interrupted run has so far. */
int fosr_outfile_keep(struct fosr_outfile *o, struct fosr_err *err);

/* Closes and removes. Allowed on one that is not open. */
void fosr_outfile_abort(struct fosr_outfile *o);

/* The three steps for bytes in memory. */
int fosr_file_write(const char *path, const void *data, size_t len, struct fosr_err *err);

#endif
