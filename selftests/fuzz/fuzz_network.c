// SPDX-License-Identifier: GPL-3.0-or-later
/* Network files from bytes: whatever is read is walked to its end; what is refused says where and leaks nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void walk(const struct fosr_network *net)
{
	require(net->title && net->hosts.n && net->ifaces >= net->hosts.n);
	for (size_t h = 0; h < net->hosts.n; h++) {
		const struct fosr_host *host = &net->hosts.v[h];

		require(host->name[0] && host->usage && host->ifaces.n && host->os < FOSR_OSES);
		for (size_t i = 0; i < host->ifaces.n; i++) {
			const struct fosr_iface *iface = &host->ifaces.v[i];

			require(fosr_iface_role(host, iface) < FOSR_ROLES && !(iface->mac[0] & 1));
			for (size_t k = 0; k < iface->offers.n; k++)
				require(iface->offers.v[k].service < net->services);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fosr_network *net = NULL;
	struct fosr_err err = {0};
	int ret = fosr_network_parse(data, size, "fuzz", &net, &err);

	require(!ret == !!net);
	if (net)
		walk(net);
	else
		require(err.code == ret && !strncmp(err.text, "fuzz:", 5));
	fosr_network_free(net);
	return 0;
}
