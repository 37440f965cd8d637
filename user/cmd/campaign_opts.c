// SPDX-License-Identifier: GPL-3.0-or-later
#include "cmd/campaign_opts.h"

#include "base/time.h"
#include "cli/out.h"
#include "cmd/campaign_file.h"

#define AT(member) offsetof(struct fosr_campaign_args, member)

const struct fosr_opt fosr_campaign_opts[] = {
	{'p', "profile", FOSR_OPT_STRING, .offset = AT(profile), .metavar = "NAME|FILE",
		.help = "what the traffic looks like: a built-in profile or a file made by learn (default: office)"},
	{'n', "network", FOSR_OPT_STRING, .offset = AT(network), .metavar = "NAME|FILE",
		.help = "who talks: a built-in network or a YAML file (default: small-office)"},
	{'s', "seed", FOSR_OPT_U64, .offset = AT(seed), .metavar = "N",
		.help = "another seed is another campaign (default: 0)"},
	{'t', "start-time", FOSR_OPT_TIME, .offset = AT(start_ns),
		.help = "campaign time to begin at, RFC 3339 or Unix seconds (default: 2025-01-06T09:00:00Z, a Monday)"},
	{'d', "duration", FOSR_OPT_DURATION, .offset = AT(duration_ns), .min = 1,
		.help = "new flows begin for so long: 10s, '2days 3h'"},
	{'c', "packets-count", FOSR_OPT_NUMBER, .offset = AT(packets), .min = 1,
		.help = "end after so many packets: 5000, 1.5M"},
	{'f', "flow-per-day", FOSR_OPT_NUMBER, .offset = AT(flows_per_day), .min = 1,
		.help = "mean number of new flows in 24 hours (default: as learned)"},
	{0, "tz", FOSR_OPT_STRING, .offset = AT(tz), .metavar = "ZONE",
		.help = "time zone whose clock the rate follows, through daylight saving: an IANA name (default: UTC)"},
	{0, "cut", FOSR_OPT_FLAG, .offset = AT(cut), .help = "leave out what is due after the duration"},
	{0, "mtu", FOSR_OPT_U64, .offset = AT(mtu), .min = FOSR_MTU_MIN, .max = FOSR_MTU_MAX,
		.help = "largest IP packet, tag included (default: 1500)"},
	{0, "taint", FOSR_OPT_CHOICE, .offset = AT(taint), .choices = fosr_taint_name,
		.help = "how packets are marked (default: none for create-pcap, option for the others)"},
	{0, "payload", FOSR_OPT_CHOICE, .offset = AT(payload), .choices = fosr_payload_name,
		.help = "bytes that the packets carry: what the service says, by the seed; random ones; zeroes; what\n"
			"the profile keeps (default: coherent)"},
	{0, "secret-file", FOSR_OPT_STRING, .offset = AT(secret_file), .metavar = "FILE",
		.help = "mix the 16 or more bytes of this file, mode 0600, into the key of the tags"},
	{0, "rotate", FOSR_OPT_DURATION, .offset = AT(rotate_ns), .min = 1,
		.help = "the key of the tags is another one after so much campaign time, 256 in turn (default: one for all)"},
	{0, "campaign", FOSR_OPT_STRING, .offset = AT(file), .metavar = "FILE",
		.help = "take these options from a YAML file whose keys are their names; one that is given here as well wins"},
	{0, "dump-campaign", FOSR_OPT_STRING, .offset = AT(dump), .metavar = "FILE",
		.help = "write the resolved campaign down, for --campaign on another machine"},
	{0},
};

int fosr_campaign_from_args(struct fosr_campaign **out, const struct fosr_campaign_args *args, struct fosr_ctx *ctx)
{
	const struct fosr_campaign_spec spec = {
		.profile = args->profile,
		.network = args->network,
		.seed = args->seed,
		.start_ns = args->start_ns,
		.duration_ns = args->duration_ns,
		.packets = args->packets,
		.flows_per_day = args->flows_per_day,
		.mtu = (__u32)args->mtu,
		.taint = args->taint,
		.payload = fosr_payload_name[args->payload],
		.cut = args->cut,
		.secret_file = args->secret_file,
		.rotate_ns = args->rotate_ns,
		.tz = args->tz,
	};
	int ret;

	if (!args->duration_ns && !args->packets)
		return fosr_usage(ctx, "how long is the campaign? Give -d DURATION (-d 60s) or -c PACKETS");
	if (args->cut && !args->duration_ns)
		return fosr_usage(ctx, "--cut needs a duration to cut at: add -d");
	ret = fosr_campaign_open(&spec, out, &ctx->err);
	if (!ret && args->dump) {
		ret = fosr_campaign_file_dump(args->dump, args, *out, &ctx->err);
		if (ret)
			fosr_campaign_free(*out);
	}
	return ret;
}

static json_t *u64(__u64 v)
{
	return json_integer((json_int_t)v);
}

void fosr_campaign_print(const struct fosr_campaign *c, struct fosr_ctx *ctx)
{
	char digest[FOSR_DIGEST_HEX], profile[FOSR_DIGEST_HEX], network[FOSR_DIGEST_HEX];
	char start[FOSR_TIME_TEXT], duration[FOSR_TIME_TEXT], id[16], seed[24];
	json_t *j = json_object();

	fosr_digest_hex(c->digest, digest);
	snprintf(id, sizeof(id), "%08x", c->id);
	fosr_out(ctx, "campaign %s (id %s)\n", digest, id);
	json_object_set_new(j, "digest", json_string(digest));
	json_object_set_new(j, "id", json_string(id));
	json_object_set_new(j, "profile", json_string(fosr_digest_hex(c->profile->digest, profile)));
	json_object_set_new(j, "network", json_string(fosr_digest_hex(c->network->digest, network)));
	/* As text: a seed may be larger than what JSON readers hold exactly. */
	snprintf(seed, sizeof(seed), "%llu", c->seed);
	json_object_set_new(j, "seed", json_string(seed));
	json_object_set_new(j, "start_time", json_string(fosr_time_format(start, c->start_ns)));
	json_object_set_new(j, "duration", json_string(fosr_duration_format(duration, c->duration_ns)));
	json_object_set_new(j, "packets_count", u64(c->packets));
	json_object_set_new(j, "flow_per_day", u64(c->flows_per_day));
	json_object_set_new(j, "tz", json_string(c->tz ? c->tz->name : "UTC"));
	json_object_set_new(j, "mtu", u64(c->craft.mtu));
	json_object_set_new(j, "taint", json_string(fosr_taint_name[c->taint]));
	json_object_set_new(j, "payload", json_string(c->craft.payload->name));
	json_object_set_new(j, "cut", json_boolean(c->cut));
	if (c->rotate_ns)
		json_object_set_new(j, "rotate", json_string(fosr_duration_format(duration, c->rotate_ns)));
	json_object_set_new(ctx->json, "campaign", j);
}
