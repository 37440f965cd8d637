// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/embedded.h"

#include <stddef.h>
#include <string.h>

/* profiles/<file>, made part of this object by the assembler; aligned for the widest tensor element. */
#define EMBED(symbol, file) \
	extern const unsigned char symbol[], symbol##_end[]; \
	__asm__(".section .rodata, \"a\"\n.balign 8\n.global " #symbol "\n" #symbol ":\n.incbin \"profiles/" file \
		"\"\n.global " #symbol "_end\n" #symbol "_end:\n.byte 0\n.balign 8\n.previous\n")

EMBED(fosr_embedded_office, "office.fosr");
EMBED(fosr_embedded_small_office, "small-office.yaml");

static const struct fosr_embedded profiles[] = {
	{"office", fosr_embedded_office, fosr_embedded_office_end},
};

static const struct fosr_embedded networks[] = {
	{"small-office", fosr_embedded_small_office, fosr_embedded_small_office_end},
};

const struct fosr_embedded *fosr_embedded_profile(const char *name)
{
	return !name || !strcmp(name, profiles[0].name) ? &profiles[0] : NULL;
}

const struct fosr_embedded *fosr_embedded_network(const char *name)
{
	return !name || !strcmp(name, networks[0].name) ? &networks[0] : NULL;
}
