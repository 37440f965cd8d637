// SPDX-License-Identifier: GPL-3.0-or-later
/* The keys and the server's packet of RFC 9001, appendix A. */
#include <stdio.h>
#include <string.h>

#include "base/crypt.h"
#include "tap.h"

static bool same(const __u8 *p, const char *hex)
{
	size_t n = strlen(hex) / 2;
	unsigned v;

	for (size_t i = 0; i < n; i++)
		if (sscanf(hex + 2 * i, "%2x", &v) != 1 || v != p[i])
			return false;
	return true;
}

static __u32 bytes(const char *hex, __u8 *out)
{
	__u32 n = (__u32)strlen(hex) / 2;
	unsigned v;

	for (__u32 i = 0; i < n && sscanf(hex + 2 * i, "%2x", &v) == 1; i++)
		out[i] = (__u8)v;
	return n;
}

static __u8 key[16], iv[12], hp[16];

static bool keys(const char *end, const char *want_key, const char *want_iv, const char *want_hp)
{
	__u8 salt[20], cid[8], initial[32], secret[32];

	bytes("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", salt);
	bytes("8394c8f03e515708", cid);
	fosr_hkdf_extract(salt, sizeof(salt), cid, sizeof(cid), initial);
	fosr_hkdf_expand_label(initial, end, secret, sizeof(secret));
	fosr_hkdf_expand_label(secret, "quic key", key, sizeof(key));
	fosr_hkdf_expand_label(secret, "quic iv", iv, sizeof(iv));
	fosr_hkdf_expand_label(secret, "quic hp", hp, sizeof(hp));
	return same(key, want_key) && same(iv, want_iv) && same(hp, want_hp);
}

/* A.3, with the keys of the server. */
static void server_packet(void)
{
	__u8 head[64], body[256], mask[16];
	__u32 n = bytes("c1000000010008f067a5502a4262b50040750001", head);
	__u32 len = bytes("02000000000600405a020000560303eefce7f7b37ba1d1632e96677825ddf73988cfc79825df566dc5430b9a045a"
			  "1200130100002e00330024001d00209d3c940d89690b84d08a60993c144eca684d1081287c834d5311bcf32bb9"
			  "da1a002b00020304",
		body);

	iv[11] ^= 1;
	fosr_aes128_gcm_seal(key, iv, head, n, body, len, body);
	fosr_aes128_block(hp, body + 2, mask);
	ok(same(body,
		   "5a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46"
		   "c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d"
		   "20398c276456cbc42158407dd074ee"),
		"a packet of the server, sealed");
	ok((head[0] ^ (mask[0] & 15)) == 0xcf && (head[18] ^ mask[1]) == 0xc0 && (head[19] ^ mask[2]) == 0xd9,
		"its header, protected");
}

int main(void)
{
	ok(keys("client in", "1f369613dd76d5467730efcbe3b1a22d", "fa044b2f42a3fd3b46fb255c",
		   "9f50449e04a0e810283a1e9933adedd2"),
		"keys of the client");
	ok(keys("server in", "cf3a5331653c364c88f0f379b6067e37", "0ac1493ca1905853b0bba03e",
		   "c206b8d9b9f0f37644430b490eeaa314"),
		"keys of the server");
	server_packet();
	return done();
}
