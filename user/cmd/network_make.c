// SPDX-License-Identifier: GPL-3.0-or-later
/* network from-profile: a first network file. */
#include "profile/network_make.h"

#include <string.h>

#include "base/file.h"
#include "cli/out.h"
#include "cmd/network.h"

static void tell(const struct fosr_network_args *a, const struct fosr_make_opts *o, const struct fosr_made *made,
	struct fosr_ctx *ctx)
{
	fosr_out(ctx,
		"%s: %u hosts (%u users, %u servers) in %u subnet%s; of the Internet %u hosts that open flows and %u in %u "
		"pools; %u services\n",
		strcmp(a->outfile, "-") ? a->outfile : "standard output", o->hosts, made->users, made->servers,
		made->subnets, made->subnets == 1 ? "" : "s", made->visitors, made->pool_hosts, made->pools,
		made->services);
	if (made->unknown)
		fosr_warn(ctx,
			"%u services of the profile have names that no network file knows: campaigns leave them out",
			made->unknown);
	json_object_set_new(ctx->json, "made",
		json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "hosts", (int)o->hosts, "users", (int)made->users,
			"servers", (int)made->servers, "subnets", (int)made->subnets, "visitors", (int)made->visitors,
			"pools", (int)made->pools, "pool_hosts", (int)made->pool_hosts, "services",
			(int)made->services));
}

static int check_args(const struct fosr_network_args *a, struct fosr_ctx *ctx)
{
	if (!a->outfile)
		return fosr_usage(ctx, "network from-profile writes a file: add -o FILE");
	if (!a->hosts)
		return fosr_usage(
			ctx, "how many hosts? Add --hosts N (%d to %d)", FOSR_MAKE_HOSTS_MIN, FOSR_MAKE_HOSTS_MAX);
	if (a->subnets * 2 > a->hosts)
		return fosr_usage(ctx, "--subnets %llu with --hosts %llu: give it two hosts or more per subnet",
			a->subnets, a->hosts);
	return strcmp(a->outfile, "-") ? 0 : fosr_ctx_claim_stdout(ctx);
}

int fosr_network_from_profile(const struct fosr_network_args *a, const char *profile, struct fosr_ctx *ctx)
{
	const struct fosr_make_opts o = {
		.hosts = (__u32)a->hosts, .subnets = (__u32)a->subnets, .seed = a->seed, .ip6 = a->ip6};
	struct fosr_buf text = {0};
	struct fosr_profile *p;
	struct fosr_made made;
	int ret = check_args(a, ctx);

	if (ret)
		return ret;
	ret = fosr_profile_open(profile, &p, &ctx->err);
	if (ret)
		return ret;
	ret = fosr_network_make(p, &o, &text, &made, &ctx->err);
	if (!ret)
		ret = fosr_file_write(a->outfile, text.text.v, text.text.n, &ctx->err);
	if (!ret)
		tell(a, &o, &made, ctx);
	fosr_buf_free(&text);
	fosr_profile_free(p);
	return ret;
}
