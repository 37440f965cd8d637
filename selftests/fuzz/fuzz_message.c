// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Any bytes as a message between injectors. No such bytes have the right mac but by chance, so they are given one: what
 * is then taken comes out again as the same bytes, but for what nobody reads.
 */
#include <stdlib.h>
#include <string.h>

#include <fosr/tag.h>

#include "play/message.h"

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size);

static const struct fosr_secret secret = {3, 4};
static const struct fosr_message_ends ends = {5, 6, 7, 8};

int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	__u8 out[FOSR_MESSAGE_MAX], again[FOSR_MESSAGE_MAX];
	struct fosr_message m, back;
	__u8 *exact = malloc(size ? size : 1);
	__u32 len, len2;

	if (!exact)
		abort();
	memcpy(exact, data, size);
	if (size >= 24 && size <= FOSR_MESSAGE_MAX)
		fosr_put64(exact + 16, fosr_message_mac(exact, size, &ends, &secret));
	if (!fosr_message_decode(&m, &ends, &secret, exact, size)) {
		len = fosr_message_encode(&m, &ends, &secret, out);
		if (len != size || fosr_message_decode(&back, &ends, &secret, out, len))
			abort();
		len2 = fosr_message_encode(&back, &ends, &secret, again);
		if (len2 != len || memcmp(out, again, len))
			abort();
	}
	free(exact);
	return 0;
}
