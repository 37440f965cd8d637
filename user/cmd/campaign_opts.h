/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options that say which campaign: the same rows for create-pcap, inject and verify. */
#ifndef FOSR_CMD_CAMPAIGN_OPTS_H
#define FOSR_CMD_CAMPAIGN_OPTS_H

#include "campaign/campaign.h"
#include "cmd/cmd.h"

/* NULL and zero: not given, the campaign's default counts. */
struct fosr_campaign_args {
	const char *profile, *network, *secret_file, *tz;
	const char *file; /* the campaign file that some of these came from (cmd/campaign_file.h), or NULL */
	const char *dump; /* where to write the resolved campaign, or NULL */
	__u64 seed, start_ns, duration_ns, packets, flows_per_day, mtu, rotate_ns;
	unsigned int taint; /* enum fosr_taint */
	unsigned int payload; /* index in fosr_payload_name */
	bool cut;
};

/* For the defaults of a command: .campaign = FOSR_CAMPAIGN_DEFAULTS(FOSR_TAINT_OPTION) */
#define FOSR_CAMPAIGN_DEFAULTS(taint_) \
	{ \
		.taint = (taint_) \
	}

/* Bind as {"Campaign", fosr_campaign_opts, offsetof(struct args, campaign)}. */
extern const struct fosr_opt fosr_campaign_opts[];

/* Opens the campaign that was asked for. 0, fosr_usage(), or -errno with ctx->err. */
int fosr_campaign_from_args(struct fosr_campaign **out, const struct fosr_campaign_args *args, struct fosr_ctx *ctx);

/* The last line of a command: the campaign's digest and id, with --json its parameters as the object "campaign". */
void fosr_campaign_print(const struct fosr_campaign *c, struct fosr_ctx *ctx);

#endif
