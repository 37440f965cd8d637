/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A campaign: all that decides its bytes, and what follows from it. Whoever has the same profile, network file and
 * parameters has the same digest, the same id and key, and so the same packets.
 */
#ifndef FOSR_CAMPAIGN_CAMPAIGN_H
#define FOSR_CAMPAIGN_CAMPAIGN_H

#include <fosr/tag.h>

#include "base/digest.h"
#include "base/tz.h"
#include "campaign/secret.h"
#include "craft/craft.h"
#include "profile/network.h"
#include "profile/profile.h"

/* Monday, 2025-01-06 09:00:00 UTC: a command line alone is reproducible. */
#define FOSR_CAMPAIGN_START_NS (1736154000ULL * FOSR_NS_PER_S)

enum fosr_taint {
	FOSR_TAINT_NONE,
	FOSR_TAINT_OPTION, /* the tag */
	FOSR_TAINT_EVIL_BIT,
};

/* For option tables; NULL ends it. */
extern const char *const fosr_taint_name[];

/* As it was asked for; zero means the default. */
struct fosr_campaign_spec {
	const char *profile; /* name or file */
	const char *network; /* name or file */
	__u64 seed;
	__u64 start_ns;
	__u64 duration_ns; /* flows start this long; 0: until packets are reached */
	__u64 packets; /* stop after so many; 0: no limit */
	__u64 flows_per_day; /* 0: as learned */
	__u32 mtu;
	enum fosr_taint taint;
	const char *payload;
	bool cut; /* leave out what is due after the duration */
	const char *secret_file;
	__u64 rotate_ns; /* the key of the tags is another one after so much campaign time; 0: one for all */
	const char *tz; /* IANA name of the time zone whose clock the flows follow; NULL: UTC */
};

/* Keys of a campaign that rotates them; then they come again. */
#define FOSR_CAMPAIGN_KEYS 256

struct fosr_campaign {
	struct fosr_profile *profile;
	struct fosr_network *network;
	__u64 seed, start_ns, duration_ns, packets, flows_per_day;
	enum fosr_taint taint;
	bool cut;
	struct fosr_craft craft; /* key of the generator, MTU, payload */
	const char **names; /* by host, for craft */
	__u64 scale_q32; /* rate asked for / rate learned */
	struct fosr_tz *tz; /* of the campaign's span; NULL: UTC */
	__u8 digest[FOSR_DIGEST_LEN];
	__u32 id; /* in the tag; never 0 */
	struct fosr_secret secret; /* SipHash key of the tag */
	__u64 rotate_ns; /* campaign time that a key serves; 0: there is one key */
	struct fosr_common control; /* of frames between injectors: does not rotate */
	struct fosr_secret *keys; /* FOSR_CAMPAIGN_KEYS, by key id, the first is `secret`; NULL: there is one key */
};

int fosr_campaign_open(const struct fosr_campaign_spec *spec, struct fosr_campaign **out, struct fosr_err *err);
void fosr_campaign_free(struct fosr_campaign *c);

/* Local time - UTC at an instant of the campaign. */
static inline __s64 fosr_campaign_offset_ns(const struct fosr_campaign *c, __u64 ns)
{
	return fosr_tz_offset_ns(c->tz, ns);
}

/* What the mac of a tag with that key id is made with. */
static inline const struct fosr_secret *fosr_campaign_key(const struct fosr_campaign *c, __u8 key_id)
{
	return c->keys ? &c->keys[key_id] : &c->secret;
}

/* The key id of what is planned, or sent, at an instant of the campaign. */
static inline __u8 fosr_campaign_key_id(const struct fosr_campaign *c, __u64 time_ns)
{
	return c->rotate_ns ? (__u8)((time_ns - c->start_ns) / c->rotate_ns) : 0;
}

/* What a frame of this campaign needs in front for its taint. */
static inline __u32 fosr_campaign_headroom(const struct fosr_campaign *c, bool ip6)
{
	return c->taint != FOSR_TAINT_OPTION ? 0 : ip6 ? FOSR_TAG_LEN6 : FOSR_TAG_LEN4;
}

/*
 * Taints a crafted frame in place: gives the frame's new start (in the head room) and its length in *len. The tag's
 * campaign is filled in.
 */
__u8 *fosr_campaign_taint(const struct fosr_campaign *c, const struct fosr_tag *what, __u8 *frame, __u32 *len);

#endif
