// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fixed.h"

#define FLOWS_PER_DAY_MAX 100000000000ULL

const char *const fosr_taint_name[] = {
	[FOSR_TAINT_NONE] = "none",
	[FOSR_TAINT_OPTION] = "option",
	[FOSR_TAINT_EVIL_BIT] = "evil-bit",
	NULL,
};

static int params_set(struct fosr_campaign *c, const struct fosr_campaign_spec *spec, struct fosr_err *err)
{
	c->seed = spec->seed;
	c->start_ns = spec->start_ns ? spec->start_ns : FOSR_CAMPAIGN_START_NS;
	c->duration_ns = spec->duration_ns;
	c->packets = spec->packets;
	c->flows_per_day = spec->flows_per_day;
	c->taint = spec->taint;
	c->cut = spec->cut;
	c->rotate_ns = spec->rotate_ns;
	c->craft.mtu = spec->mtu ? spec->mtu : 1500;
	c->craft.payload = fosr_payload_find(spec->payload ? spec->payload : "coherent");
	if (!c->duration_ns && !c->packets)
		return fosr_err(err, -EINVAL, "say how long the campaign is: -d DURATION (-d 60s) or -c PACKETS");
	if (c->cut && !c->duration_ns)
		return fosr_err(err, -EINVAL, "--cut needs a duration to cut at: add -d");
	if (c->craft.mtu < FOSR_MTU_MIN || c->craft.mtu > FOSR_MTU_MAX)
		return fosr_err(err, -EINVAL, "MTU %u, expected %d to %d", c->craft.mtu, FOSR_MTU_MIN, FOSR_MTU_MAX);
	if (!c->craft.payload)
		return fosr_err(err, -EINVAL, "payload \"%s\" is not known", spec->payload);
	if (c->rotate_ns && c->taint != FOSR_TAINT_OPTION)
		return fosr_err(err, -EINVAL, "--rotate changes the keys of the tags: add --taint option");
	if (c->flows_per_day > FLOWS_PER_DAY_MAX)
		return fosr_err(
			err, -EINVAL, "%llu flows per day, the limit is %llu", c->flows_per_day, FLOWS_PER_DAY_MAX);
	/* UINT64_MAX ns is the year 2554; windows are counted from the epoch. */
	if (c->duration_ns > UINT64_MAX / 4 || c->start_ns > UINT64_MAX / 4)
		return fosr_err(err, -EINVAL, "start and duration must end before the year 2262");
	return 0;
}

/* The zone's changes from the first window on, which may begin before the campaign does, to the end of the starts. */
static int tz_open(struct fosr_campaign *c, const char *name, struct fosr_err *err)
{
	__u64 from = c->start_ns / FOSR_WINDOW_NS * FOSR_WINDOW_NS;
	__u64 to = c->duration_ns ? c->start_ns + c->duration_ns : FOSR_TZ_END_NS;

	return name ? fosr_tz_open(name, from, to, &c->tz, err) : 0;
}

/*
 * The zone as far as it matters, so that machines whose zoneinfo says something else are told apart: name, then Unix
 * time and offset of each change.
 */
static int tz_bytes(const struct fosr_tz *tz, void **out, size_t *len, struct fosr_err *err)
{
	size_t name_len = strlen(tz->name) + 1;
	__u8 *p = malloc(name_len + tz->changes.n * 12);

	if (!p)
		return fosr_err(err, -ENOMEM, "out of memory for a digest");
	memcpy(p, tz->name, name_len);
	*out = p;
	*len = name_len + tz->changes.n * 12;
	p += name_len;
	for (size_t i = 0; i < tz->changes.n; i++, p += 12) {
		for (int b = 0; b < 8; b++)
			p[b] = (__u8)(tz->changes.v[i].from_ns >> 8 * b);
		for (int b = 0; b < 4; b++)
			p[8 + b] = (__u8)((__u32)tz->changes.v[i].offset_s >> 8 * b);
	}
	return 0;
}

/* The text that is the campaign: one "key value" line per parameter; younger ones only where they are used. */
static int canonical(const struct fosr_campaign *c, char *text, size_t size)
{
	char profile[FOSR_DIGEST_HEX], network[FOSR_DIGEST_HEX];
	int n;

	n = snprintf(text, size,
		"fosr-campaign 1\nprofile %s\nnetwork %s\nseed %llu\nstart %llu\nduration %llu\npackets %llu\n"
		"flows-per-day %llu\nmtu %u\npayload %s\ncut %d\ntaint %s\n",
		fosr_digest_hex(c->profile->digest, profile), fosr_digest_hex(c->network->digest, network), c->seed,
		c->start_ns, c->duration_ns, c->packets, c->flows_per_day, c->craft.mtu, c->craft.payload->name, c->cut,
		fosr_taint_name[c->taint]);
	return c->rotate_ns ? n + snprintf(text + n, size - (size_t)n, "rotate %llu\n", c->rotate_ns) : n;
}

/*
 * Frames between injectors. Who starts in mid-campaign does not know yet what time it is, so where keys rotate these
 * have an id and a key of their own, which do not.
 */
static int control_derive(struct fosr_campaign *c, const __u8 first[FOSR_DIGEST_LEN], struct fosr_err *err)
{
	__u8 key[FOSR_DIGEST_LEN];
	int ret;

	c->control = (struct fosr_common){.id = c->id, .secret = c->secret};
	if (!c->rotate_ns)
		return 0;
	ret = fosr_digest_of("fosr control", c->digest, FOSR_DIGEST_LEN, first, FOSR_DIGEST_LEN, key, err);
	c->control.id = fosr_get32(key) == c->id || !fosr_get32(key) ? ~c->id : fosr_get32(key);
	c->control.secret = fosr_secret_load(key + 16);
	return ret;
}

/* Each key from the first and its number: who learns one of them knows no other. */
static int keys_derive(struct fosr_campaign *c, const __u8 first[FOSR_DIGEST_LEN], struct fosr_err *err)
{
	__u8 key[FOSR_DIGEST_LEN];
	int ret = 0;

	c->keys = calloc(FOSR_CAMPAIGN_KEYS, sizeof(*c->keys));
	if (!c->keys)
		return fosr_err(err, -ENOMEM, "out of memory for keys");
	c->keys[0] = c->secret;
	for (int k = 1; k < FOSR_CAMPAIGN_KEYS && !ret; k++) {
		ret = fosr_digest_of("fosr rotated key", first, FOSR_DIGEST_LEN, &(__u8){(__u8)k}, 1, key, err);
		c->keys[k] = fosr_secret_load(key);
	}
	return ret;
}

/*
 * The generator's key comes from profile, network and seed alone: a longer, faster or tainted campaign has the same
 * flows as far as it goes. Id and tag key come from everything, the key from the secret file as well.
 */
static int derive(struct fosr_campaign *c, const char *secret_file, struct fosr_err *err)
{
	__u8 seed[8], key[FOSR_DIGEST_LEN], both[2 * FOSR_DIGEST_LEN];
	void *secret = NULL, *zone = NULL;
	size_t secret_len = 0, zone_len = 0;
	char text[512];
	int len = canonical(c, text, sizeof(text)), ret = 0;

	for (int i = 0; i < 8; i++)
		seed[i] = (__u8)(c->seed >> 8 * i);
	memcpy(both, c->profile->digest, FOSR_DIGEST_LEN);
	memcpy(both + FOSR_DIGEST_LEN, c->network->digest, FOSR_DIGEST_LEN);
	if (secret_file)
		ret = fosr_secret_read(secret_file, &secret, &secret_len, err);
	if (!ret && c->tz)
		ret = tz_bytes(c->tz, &zone, &zone_len, err);
	if (!ret)
		ret = fosr_digest_of("fosr generator", both, sizeof(both), seed, sizeof(seed), key, err);
	if (!ret) {
		struct fosr_secret g = fosr_secret_load(key);

		c->craft.key = g.k0;
		ret = fosr_digest_of("fosr campaign", text, (size_t)len, zone ? zone : "", zone_len, c->digest, err);
	}
	if (!ret) {
		c->id = fosr_get32(c->digest);
		c->id = c->id ? c->id : 1;
		ret = fosr_digest_of(
			"fosr tag key", c->digest, FOSR_DIGEST_LEN, secret ? secret : "", secret_len, key, err);
		c->secret = fosr_secret_load(key);
	}
	if (!ret)
		ret = control_derive(c, key, err);
	if (!ret && c->rotate_ns)
		ret = keys_derive(c, key, err);
	free(secret);
	free(zone);
	return ret;
}

static int kept_set(struct fosr_campaign *c, struct fosr_err *err)
{
	const struct fosr_model *m = &c->profile->model[FOSR_STEPS];

	if (strcmp(c->craft.payload->name, "kept"))
		return 0;
	if (m->ops->kept)
		c->craft.kept = m->ops->kept(m);
	return c->craft.kept.n ? 0
			       : fosr_err(err, -ENOENT,
					 "--payload kept: the profile %s keeps no payloads; import it again with "
					 "--keep-payloads, or choose another payload",
					 c->profile->name);
}

/* There is no such bit in IPv6. */
static int evil_fits(const struct fosr_campaign *c, const char *name, struct fosr_err *err)
{
	const struct fosr_network *net = c->network;

	for (size_t h = 0; c->taint == FOSR_TAINT_EVIL_BIT && h < net->hosts.n; h++)
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &net->hosts.v[h].ifaces.v[i];

			if (iface->addr.family == 6 || (iface->addr6.family && net->ip6_share))
				return fosr_err(err, -EAFNOSUPPORT,
					"%s:%u: host %s has IPv6, and --taint evil-bit marks IPv4 alone: use --taint option, or a "
					"network with \"ipv6: 0\"",
					name ? name : net->title, iface->line, net->hosts.v[h].name);
		}
	return 0;
}

/* What payloads are made of that profile and network know: a grammar per service, a name per host. */
static int speech_set(struct fosr_campaign *c, struct fosr_err *err)
{
	const struct fosr_services *services = &c->profile->services;

	for (size_t i = 0; i < services->list.n; i++)
		c->craft.grammar[i] = fosr_grammar_find(services->list.v[i].name, services->list.v[i].l4);
	c->names = calloc(c->network->hosts.n, sizeof(*c->names));
	if (!c->names)
		return fosr_err(err, -ENOMEM, "out of memory for names");
	for (size_t h = 0; h < c->network->hosts.n; h++)
		c->names[h] = c->network->hosts.v[h].dns;
	c->craft.names = c->names;
	c->craft.hosts = c->network->hosts.n;
	return 0;
}

/* Windows that are too full would be cut, and the mean would not be what was asked for. */
static int scale_set(struct fosr_campaign *c, struct fosr_err *err)
{
	const struct fosr_model *m = &c->profile->model[FOSR_ARRIVALS];
	__u64 learned_q16 = m->ops->per_day_q16(m), busiest_q32 = m->ops->busiest_q32(m);
	unsigned __int128 scale, most;

	c->scale_q32 = FOSR_Q32;
	if (!c->flows_per_day)
		return 0;
	if (!learned_q16)
		return fosr_err(err, -EINVAL, "the profile %s has so few flows that --flow-per-day cannot scale them",
			c->profile->name);
	scale = ((unsigned __int128)c->flows_per_day << 48) / learned_q16;
	most = ((unsigned __int128)FOSR_WINDOW_FLOWS_MAX << 64) / busiest_q32;
	if (scale > most)
		return fosr_err(err, -EINVAL,
			"%llu flows per day: in its busiest quarter of an hour the profile %s would have more than %u flows in "
			"5 s; the most that it can have is %llu per day",
			c->flows_per_day, c->profile->name, FOSR_WINDOW_FLOWS_MAX, (__u64)(most * learned_q16 >> 48));
	c->scale_q32 = (__u64)scale;
	return 0;
}

int fosr_campaign_open(const struct fosr_campaign_spec *spec, struct fosr_campaign **out, struct fosr_err *err)
{
	struct fosr_campaign *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return fosr_err(err, -ENOMEM, "out of memory");
	ret = params_set(c, spec, err);
	if (!ret)
		ret = fosr_profile_open(spec->profile, &c->profile, err);
	if (!ret)
		ret = fosr_network_open(spec->network, &c->network, err);
	if (!ret)
		ret = evil_fits(c, spec->network, err);
	if (!ret)
		ret = speech_set(c, err);
	if (!ret)
		ret = kept_set(c, err);
	if (!ret)
		ret = tz_open(c, spec->tz, err);
	if (!ret)
		ret = derive(c, spec->secret_file, err);
	if (!ret)
		ret = scale_set(c, err);
	if (ret) {
		fosr_campaign_free(c);
		return ret;
	}
	*out = c;
	return 0;
}

void fosr_campaign_free(struct fosr_campaign *c)
{
	if (!c)
		return;
	fosr_profile_free(c->profile);
	fosr_network_free(c->network);
	fosr_tz_free(c->tz);
	free(c->keys);
	free(c->names);
	free(c);
}

/* What craft makes is mostly Ethernet with an IPv4 header of 20 bytes: known without reading it all again. */
static bool layout(const __u8 *frame, __u32 len, struct fosr_pkt *pkt)
{
	const __u8 *ip = frame + FOSR_CRAFT_ETH;

	if (fosr_get16(frame + 12) != FOSR_ETH_IP4 || ip[0] != 0x45)
		return fosr_parse_eth(frame, frame + len, pkt) == FOSR_PARSE_OK;
	*pkt = (struct fosr_pkt){
		.l3_off = FOSR_CRAFT_ETH,
		.l3_end = len,
		.l4_off = FOSR_CRAFT_ETH + FOSR_CRAFT_IP4,
		.put_off = FOSR_CRAFT_ETH + FOSR_CRAFT_IP4,
		.eth_proto = FOSR_ETH_IP4,
		.ip_version = 4,
		.ihl = FOSR_CRAFT_IP4 / 4,
		.l4_proto = ip[9],
	};
	memcpy(pkt->src, ip + 12, 4);
	memcpy(pkt->dst, ip + 16, 4);
	return true;
}

__u8 *fosr_campaign_taint(const struct fosr_campaign *c, const struct fosr_tag *what, __u8 *frame, __u32 *len)
{
	struct fosr_tag tag = *what;
	struct fosr_pkt pkt;
	__u32 tagged;

	tag.campaign = c->id;

	if (c->taint == FOSR_TAINT_NONE || !layout(frame, *len, &pkt))
		return frame;
	if (c->taint == FOSR_TAINT_EVIL_BIT) {
		fosr_evil_set(frame, frame + *len, &pkt, 1);
		return frame;
	}
	/* What craft makes always has room: no options of IP, and FOSR_CRAFT_TAG_ROOM below the MTU. */
	tagged = fosr_tag_insert(frame, *len, &pkt, &tag, fosr_campaign_key(c, tag.key_id));
	frame -= tagged - *len;
	*len = tagged;
	return frame;
}
