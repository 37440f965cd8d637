/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A directory of Fos-R's models, read as it stands. Two layouts: since 2025-10 (bn/, time_profile.json, automata/), and
 * that of v0.1 (patterns/, profil.toml, automata/); a file of the other layout that is there as well is read, too.
 */
#ifndef FOSR_IMPORT_FOSR_DIR_H
#define FOSR_IMPORT_FOSR_DIR_H

#include "base/digest.h"
#include "flow/flow.h"
#include "import/automaton_json.h"
#include "import/bifxml.h"
#include "import/tables_json.h"

#define FOSR_DIR_AUTOMATA 256
#define FOSR_DIR_NAME 96 /* of a file, below the directory */
#define FOSR_DIR_HOSTS 4096
#define FOSR_DIR_PORTS 64 /* per host, each way */

enum fosr_dir_layout {
	FOSR_LAYOUT_BN,
	FOSR_LAYOUT_V01,
};

/* An interface of the host file. */
struct fosr_dir_host {
	char name[64], os[16], mac[24]; /* empty: not given */
	struct fosr_addr addr;
	__u16 provides[FOSR_DIR_PORTS], uses[FOSR_DIR_PORTS];
	__u32 n_provides, n_uses;
};

struct fosr_import_dir {
	enum fosr_dir_layout layout;
	FOSR_VEC(struct fosr_dir_file {
		char name[FOSR_DIR_NAME];
		char digest[FOSR_DIGEST_HEX];
	})
	file; /* all that was read */
	FOSR_VEC(struct fosr_dir_automaton {
		char file[FOSR_DIR_NAME];
		struct fosr_ta ta; /* its service is never empty */
	})
	automaton; /* in the order of their names */
	struct fosr_bif common, tcp, udp; /* of the layout with bn/ */
	struct fosr_fg counts;
	struct fosr_fh histogram; /* no bin: the file was not there */
	struct fosr_fp patterns; /* weight 0: likewise */
	FOSR_VEC(struct fosr_dir_host) host; /* of the host file */
};

/* 0 and something to be freed, or -errno (-ENOENT where the directory has neither layout) and nothing to free. */
int fosr_dir_read(struct fosr_import_dir *d, const char *path, struct fosr_err *err);
void fosr_dir_free(struct fosr_import_dir *d);

/* The interfaces of a host file in TOML: appended to d->host. */
int fosr_dir_hosts(struct fosr_import_dir *d, const void *data, size_t len, const char *name, struct fosr_err *err);

#endif
