// SPDX-License-Identifier: GPL-3.0-or-later
/* NTLMSSP (MS-NLMP 2.2.1). Names take what is left, the workstation's and the domain's. */
#include "base/mix.h"
#include "grammar/netbios.h"
#include "grammar/smb.h"

#define FLAGS 0xe2088297
#define AV_EOL 0
#define AV_DOMAIN 2
#define AV_TREE 5

static void field_put(struct fosr_pen *p, __u32 n, __u32 at)
{
	fosr_pen_le16(p, n);
	fosr_pen_le16(p, n);
	fosr_pen_le32(p, at);
}

static void version_put(struct fosr_pen *p)
{
	fosr_pen_u8(p, 10);
	fosr_pen_u8(p, 0);
	fosr_pen_le16(p, 19041);
	fosr_pen_le32(p, 0x0f000000);
}

/* From 32 bytes on; below 40 without a version, and flags say so. */
void fosr_ntlm_negotiate(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char machine[] = "LAPTOP-01";
	bool versioned = fosr_pen_room(p) >= FOSR_NTLM_NEGOTIATE;
	__u32 at = versioned ? FOSR_NTLM_NEGOTIATE : FOSR_NTLM_NEGOTIATE - 8, rest = fosr_pen_room(p) - at;
	__u32 own = (__u32)fosr_min_u64(rest, sizeof(machine) - 1);

	fosr_pen_bytes(p, "NTLMSSP\0\1\0\0\0", 12);
	fosr_pen_le32(p, (versioned ? FLAGS : FLAGS & ~0x02000000u) | (rest ? 0x3000 : 0));
	field_put(p, rest - own, at + own);
	field_put(p, own, at);
	if (versioned)
		version_put(p);
	fosr_pen_bytes(p, machine, own);
	for (rest -= own; rest; rest--)
		fosr_pen_u8(p, 'A' + (__u32)(fosr_mix64(m->seed + rest) % 26));
}

void fosr_ntlm_challenge(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 info = fosr_pen_room(p) - 56 - 8;

	fosr_pen_bytes(p, "NTLMSSP\0\2\0\0\0", 12);
	field_put(p, 8, 56);
	fosr_pen_le32(p, 0xe2898215);
	fosr_pen_secret(p, 8, fosr_mix64(m->seed ^ 0xc4a));
	fosr_pen_zero(p, 8);
	field_put(p, info, 64);
	version_put(p);
	fosr_smb_text_put(p, "CORP", 8, 0);
	info -= 4;
	if (info >= 4 + 12) {
		fosr_pen_le16(p, AV_DOMAIN);
		fosr_pen_le16(p, 8);
		fosr_smb_text_put(p, "CORP", 8, 0);
		info -= 12;
	}
	if (info >= 4) {
		fosr_pen_le16(p, AV_TREE);
		fosr_pen_le16(p, info - 4);
		fosr_smb_text_put(p, "corp.example", info - 4, m->seed);
	}
	fosr_pen_le32(p, AV_EOL);
}
