// SPDX-License-Identifier: GPL-3.0-or-later
/* Host files from bytes: the document's list is well formed, the hosts read from it are within their limits. */
#include <stdlib.h>
#include <string.h>

#include "import/fosr_dir.h"
#include "import/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void walk(const struct fosr_toml *t)
{
	int depth = 0;

	for (size_t i = 0; i < t->item.n; i++) {
		const struct fosr_toml_item *item = &t->item.v[i];

		require(item->line && item->name < t->texts.n && item->text < t->texts.n);
		require(strlen(fosr_toml_text(t, item->name)) < t->texts.n);
		depth += (item->kind == FOSR_TOML_ARRAY) - (item->kind == FOSR_TOML_END);
		require(depth >= 0 && depth <= FOSR_TOML_DEPTH);
	}
	require(!depth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fosr_import_dir d = {0};
	struct fosr_toml t;
	struct fosr_err err = {0};
	int ret = fosr_toml_parse(&t, data, size, "fuzz", &err);

	if (ret) {
		require(err.code == ret && !strncmp(err.text, "fuzz:", 5));
		return 0;
	}
	walk(&t);
	fosr_toml_free(&t);
	ret = fosr_dir_hosts(&d, data, size, "fuzz", &err);
	require(!ret || (err.code == ret && !strncmp(err.text, "fuzz:", 5)));
	for (size_t i = 0; i < d.host.n && !ret; i++)
		require(d.host.v[i].addr.family && d.host.v[i].n_provides <= FOSR_DIR_PORTS);
	fosr_dir_free(&d);
	return 0;
}
