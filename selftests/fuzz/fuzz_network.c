// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Network files from bytes: whatever is read is walked to its end, counted, drawn and filled; what is refused says
 * where and leaks nothing.
 */
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/network_draw.h"
#include "profile/network_facts.h"
#include "profile/network_fill.h"

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

static void draw(const struct fosr_network *net)
{
	struct fosr_buf svg = {0}, dot = {0};
	struct fosr_net_facts f;
	struct fosr_err err;
	XML_Parser xml = XML_ParserCreate("UTF-8");

	require(!fosr_net_facts(net, &f, &err) && f.hosts == net->hosts.n);
	fosr_net_facts_free(&f);
	require(!fosr_network_dot(net, &dot, &err) && !fosr_network_svg(net, &svg, &err));
	require(xml && XML_Parse(xml, svg.text.v, (int)svg.text.n, 1) == XML_STATUS_OK);
	XML_ParserFree(xml);
	fosr_buf_free(&svg);
	fosr_buf_free(&dot);
}

/* A MAC address for every gap, or a reason. */
static void fill(const uint8_t *data, size_t size)
{
	struct fosr_buf out = {0};
	struct fosr_err err = {0};
	struct fosr_fill f;
	int ret = fosr_fill_open(&f, data, size, "fuzz", &err);

	require(!ret || (ret == -EINVAL && strstr(err.text, "UTF-8")));
	if (ret)
		return;
	for (size_t i = 0; i < f.gaps.n; i++) {
		f.gaps.v[i].found = true;
		memcpy(f.gaps.v[i].mac, "\x02\x00\x00\x00\x00\x01", 6);
	}
	ret = fosr_fill_text(&f, &out, &err);
	require(!ret || *err.text);
	require(ret || out.text.n >= size);
	fosr_fill_free(&f);
	fosr_buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fosr_network *net = NULL;
	struct fosr_err err = {0};
	int ret = fosr_network_parse(data, size, "fuzz", &net, &err);

	require(!ret == !!net);
	if (net) {
		walk(net);
		draw(net);
		fill(data, size);
	} else {
		require(err.code == ret && !strncmp(err.text, "fuzz:", 5));
	}
	fosr_network_free(net);
	return 0;
}
