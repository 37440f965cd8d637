// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * SSH (RFC 4253). The first message of an end is its identification, made as long as it must be by its comment; where
 * there is room, and in the second message, the key exchange follows: algorithms, a key of Curve25519 (RFC 8731), and
 * NEWKEYS. Padding takes a few bytes, what is encrypted all the rest. A second message too short for algorithms has
 * NEWKEYS only. Lists are such that ChaCha20-Poly1305 is agreed on, whose
 * packets are the shortest, and whose lengths cannot be read.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define IDENTIFICATION_MOST 255
#define FIXED 6 /* length, length of the padding, message number */
#define PADDING_LEAST 4
#define PADDING_MOST 255
#define COOKIE 16
#define LISTS 10
#define NEWKEYS 16
#define LEFT_LEAST 20 /* of ciphertext: a block and its code */

enum { MSG_KEXINIT = 20, MSG_NEWKEYS = 21, MSG_ECDH_INIT = 30, MSG_ECDH_REPLY = 31 };

struct program {
	const char *name; /* behind SSH-2.0- */
	const struct algorithms *algorithms;
};

/* Ciphers, codes and compression are the same in both directions. */
struct algorithms {
	const char *kex, *keys, *ciphers, *codes, *compression;
};

#define ETM \
	"umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,"
#define GROUPS "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
#define NIST "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,"
#define CURVE "curve25519-sha256,curve25519-sha256@libssh.org,"
/* Clients want the kind of key first that they know of the server; here all have ECDSA's. */
#define CERTIFIED \
	"ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp256,ssh-ed25519-cert-v01@openssh.com," \
	"ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com," \
	"sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com," \
	"rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,"
#define CHACHA "chacha20-poly1305@openssh.com,"
#define CTR "aes128-ctr,aes192-ctr,aes256-ctr"
#define GCM ",aes128-gcm@openssh.com,aes256-gcm@openssh.com"

static const struct algorithms openssh_client = {
	"sntrup761x25519-sha512@openssh.com," CURVE NIST GROUPS
	"diffie-hellman-group14-sha256,ext-info-c,kex-strict-c-v00@openssh.com",
	CERTIFIED "ssh-ed25519,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,"
		  "sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256",
	CHACHA CTR GCM,
	ETM "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1",
	"none,zlib@openssh.com,zlib"};

static const struct algorithms openssh_server = {CURVE NIST
	"sntrup761x25519-sha512@openssh.com," GROUPS "diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com",
	"rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519", CHACHA CTR GCM,
	ETM "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1",
	"none,zlib@openssh.com"};

static const struct algorithms openssh_old = {CURVE NIST GROUPS
	"diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1",
	"ecdsa-sha2-nistp256,ssh-rsa,rsa-sha2-512,rsa-sha2-256,ssh-ed25519",
	CHACHA CTR GCM ",aes128-cbc,aes192-cbc,aes256-cbc",
	ETM "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1",
	"none,zlib@openssh.com"};

static const struct algorithms putty = {"curve448-sha512," CURVE NIST GROUPS
					"diffie-hellman-group14-sha256,rsa2048-sha256,ext-info-c",
	"ecdsa-sha2-nistp256,ssh-ed448,ssh-ed25519,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256,ssh-rsa",
	CHACHA "aes256-ctr,aes256-cbc,aes192-ctr,aes192-cbc,aes128-ctr,aes128-cbc,3des-ctr,3des-cbc",
	"hmac-sha2-256,hmac-sha2-512,hmac-sha1,hmac-sha1-96,hmac-md5", "none,zlib,zlib@openssh.com"};

static const struct algorithms asyncssh = {CURVE NIST GROUPS
	"diffie-hellman-group14-sha256,rsa2048-sha256,ext-info-c,kex-strict-c-v00@openssh.com",
	"ecdsa-sha2-nistp256,ssh-ed25519,ssh-ed448,ecdsa-sha2-nistp521,ecdsa-sha2-nistp384,rsa-sha2-256,rsa-sha2-512",
	CHACHA "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr",
	ETM "hmac-sha1-etm@openssh.com,umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1",
	"zlib@openssh.com,none"};

static const struct algorithms libssh = {CURVE NIST GROUPS "diffie-hellman-group14-sha256",
	"ecdsa-sha2-nistp256,ssh-ed25519,ecdsa-sha2-nistp521,ecdsa-sha2-nistp384,rsa-sha2-512,rsa-sha2-256",
	CHACHA "aes256-ctr,aes192-ctr,aes128-ctr", "hmac-sha2-256,hmac-sha2-512", "none"};

static const struct algorithms golang = {CURVE NIST "diffie-hellman-group14-sha256,diffie-hellman-group14-sha1",
	"ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-256,rsa-sha2-512,ssh-rsa", CHACHA CTR,
	"hmac-sha2-256,hmac-sha1,hmac-sha1-96", "none"};

static const struct algorithms dropbear = {CURVE NIST "diffie-hellman-group14-sha256,kexguess2@matt.ucc.asn.au",
	"ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-256,ssh-rsa", CHACHA "aes128-ctr,aes256-ctr",
	"hmac-sha2-256,hmac-sha1", "none,zlib@openssh.com"};

static const struct algorithms cisco = {"ecdh-sha2-nistp256,curve25519-sha256,diffie-hellman-group14-sha1",
	"ecdsa-sha2-nistp256,rsa-sha2-256,ssh-rsa", CHACHA CTR, "hmac-sha2-256,hmac-sha2-512,hmac-sha1", "none"};

/* What there is least room for. */
static const struct algorithms few = {
	"curve25519-sha256", "ecdsa-sha2-nistp256", "chacha20-poly1305@openssh.com", "hmac-sha2-256", "none"};

static const struct program clients[] = {{"OpenSSH_9.6", &openssh_client}, {"OpenSSH_9.7", &openssh_client},
	{"OpenSSH_9.2p1 Debian-2+deb12u3", &openssh_client}, {"OpenSSH_8.9p1 Ubuntu-3ubuntu0.10", &openssh_client},
	{"OpenSSH_for_Windows_9.5", &openssh_client}, {"OpenSSH_for_Windows_8.1", &openssh_old},
	{"OpenSSH_7.4", &openssh_old}, {"PuTTY_Release_0.78", &putty}, {"PuTTY_Release_0.81", &putty},
	{"WinSCP_release_6.3.3", &putty}, {"AsyncSSH_2.14.2", &asyncssh}, {"AsyncSSH_2.13.1", &asyncssh},
	{"libssh2_1.11.0", &libssh}, {"libssh_0.10.6", &libssh}, {"Go", &golang}, {"dropbear_2022.83", &dropbear}};

static const struct program servers[] = {{"OpenSSH_9.6", &openssh_server},
	{"OpenSSH_9.2p1 Debian-2+deb12u3", &openssh_server}, {"OpenSSH_8.9p1 Ubuntu-3ubuntu0.10", &openssh_server},
	{"OpenSSH_9.6p1 Ubuntu-3ubuntu13.5", &openssh_server}, {"OpenSSH_8.4p1 Debian-5+deb11u3", &openssh_server},
	{"OpenSSH_8.7", &openssh_server}, {"OpenSSH_7.4", &openssh_old},
	{"OpenSSH_7.9p1 Raspbian-10+deb10u2", &openssh_old}, {"dropbear_2020.81", &dropbear}, {"dropbear", &dropbear},
	{"Cisco-1.25", &cisco}, {"libssh_0.9.6", &libssh}, {"Go", &golang},
	{"OpenSSH_9.3 FreeBSD-20230719", &openssh_server}};

/* An end as its flow's seed makes it. */
struct end {
	const struct program *program;
	__u64 seed, key; /* of this message; of the server's key */
	bool server;
};

#define AROUND 10 /* SSH-2.0- and CR LF */

static __u32 identification_len(const struct program *program)
{
	return AROUND + (__u32)strlen(program->name);
}

/* A program whose identification has n bytes where there is one, else one that a comment makes longer. */
static const struct program *program_find(const struct fosr_speech *m, __u32 n)
{
	const struct program *list = m->dir == FOSR_BWD ? servers : clients, *fits = &list[0];
	__u32 count = m->dir == FOSR_BWD ? FOSR_ARRAY_SIZE(servers) : FOSR_ARRAY_SIZE(clients);
	__u32 from = (__u32)(fosr_mix64(m->seed + m->dir) % count);

	for (__u32 i = count; i--;) {
		const struct program *one = &list[(from + i) % count];

		if (identification_len(one) == n || identification_len(one) + 2 <= n)
			fits = one;
	}
	for (__u32 i = 0; i < count; i++)
		if (identification_len(&list[(from + i) % count]) == n)
			return &list[(from + i) % count];
	return fits;
}

static void identification_put(const struct end *e, struct fosr_pen *p, __u32 n)
{
	__u32 usual = identification_len(e->program);

	if (n <= AROUND) {
		fosr_pen_lines(p, n, e->seed);
		return;
	}
	fosr_pen_text(p, "SSH-2.0-");
	if (usual == n || usual + 2 <= n)
		fosr_pen_text(p, e->program->name);
	else
		fosr_pen_word(p, n - AROUND, e->seed);
	if (usual + 2 <= n) {
		fosr_pen_u8(p, strchr(e->program->name, ' ') ? '-' : ' ');
		fosr_pen_word(p, n - usual - 1, e->seed);
	}
	fosr_pen_text(p, "\r\n");
}

static void head_put(struct fosr_pen *p, __u32 n, __u32 padding, __u32 message)
{
	fosr_pen_be32(p, n - 4);
	fosr_pen_u8(p, padding);
	fosr_pen_u8(p, message);
}

static __u32 lists_len(const struct algorithms *a)
{
	return (__u32)(LISTS * 4 + strlen(a->kex) + strlen(a->keys) +
		2 * (strlen(a->ciphers) + strlen(a->codes) + strlen(a->compression)));
}

static __u32 kexinit_content(const struct algorithms *a)
{
	return FIXED + COOKIE + lists_len(a) + 5;
}

/* Padded to a multiple of 8. */
static __u32 padded(__u32 content)
{
	return (content + PADDING_LEAST + 7) / 8 * 8;
}

static void string_put(struct fosr_pen *p, const char *text)
{
	fosr_pen_be32(p, (__u32)strlen(text));
	fosr_pen_text(p, text);
}

static void kexinit_put(const struct end *e, struct fosr_pen *p, const struct algorithms *a, __u32 n)
{
	__u32 padding = n - kexinit_content(a);
	const char *const lists[LISTS] = {
		a->kex, a->keys, a->ciphers, a->ciphers, a->codes, a->codes, a->compression, a->compression, "", ""};

	head_put(p, n, padding, MSG_KEXINIT);
	fosr_pen_secret(p, COOKIE, e->seed);
	for (int i = 0; i < LISTS; i++)
		string_put(p, lists[i]);
	fosr_pen_zero(p, 5 + padding);
}

#define KEY_NAME "ecdsa-sha2-nistp256"
#define HOST_KEY (4 + 19 + 4 + 8 + 4 + 65)
#define SIGNATURE (4 + 19 + 4 + 2 * (4 + 32))

static __u32 ecdh_content(const struct end *e)
{
	return FIXED + (e->server ? 4 + HOST_KEY + 4 + 32 + 4 + SIGNATURE : 4 + 32);
}

static void blob_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	fosr_pen_be32(p, n);
	fosr_pen_secret(p, n, seed);
}

static void ecdh_put(const struct end *e, struct fosr_pen *p)
{
	__u32 n = padded(ecdh_content(e)), padding = n - ecdh_content(e);

	head_put(p, n, padding, e->server ? MSG_ECDH_REPLY : MSG_ECDH_INIT);
	if (e->server) {
		fosr_pen_be32(p, HOST_KEY);
		string_put(p, KEY_NAME);
		string_put(p, "nistp256");
		fosr_pen_be32(p, 65);
		fosr_pen_u8(p, 4);
		fosr_pen_secret(p, 64, e->key);
	}
	blob_put(p, 32, e->seed + 20);
	if (e->server) {
		fosr_pen_be32(p, SIGNATURE);
		string_put(p, KEY_NAME);
		fosr_pen_be32(p, 2 * (4 + 32));
		for (int i = 0; i < 2; i++) {
			fosr_pen_be32(p, 32);
			fosr_pen_u8(p, 0x51);
			fosr_pen_secret(p, 31, e->seed + 30 + 8 * i);
		}
	}
	fosr_pen_zero(p, padding);
}

static void newkeys_put(struct fosr_pen *p, __u32 n)
{
	head_put(p, n, n - FIXED, MSG_NEWKEYS);
	fosr_pen_zero(p, n - FIXED);
}

/* The key exchange of this end, and what it encrypts with the keys; n is at least that of the few algorithms. */
static void exchange_put(const struct end *e, struct fosr_pen *p)
{
	__u32 room = fosr_pen_room(p), behind = padded(ecdh_content(e)) + NEWKEYS, n, rest;
	const struct algorithms *a = e->program->algorithms;

	if (padded(kexinit_content(a)) + behind > room)
		a = &few;
	n = padded(kexinit_content(a));
	if (n + behind > room) {
		kexinit_put(e, p, a, room);
		return;
	}
	rest = room - n - behind;
	if (rest < LEFT_LEAST) {
		n += rest;
		rest = 0;
	}
	kexinit_put(e, p, a, n);
	ecdh_put(e, p);
	newkeys_put(p, NEWKEYS);
	fosr_pen_random(p, rest, e->seed);
}

static __u32 exchange_least(void)
{
	return kexinit_content(&few) + PADDING_LEAST;
}

static void begin_put(const struct end *e, struct fosr_pen *p)
{
	__u32 n = fosr_pen_room(p), usual = identification_len(e->program);

	if (n <= IDENTIFICATION_MOST) {
		identification_put(e, p, n);
		return;
	}
	identification_put(e, p, usual);
	exchange_put(e, p);
}

static void second_put(const struct end *e, struct fosr_pen *p)
{
	__u32 n = fosr_pen_room(p);

	if (n >= exchange_least()) {
		exchange_put(e, p);
	} else if (n >= NEWKEYS + LEFT_LEAST) {
		newkeys_put(p, NEWKEYS);
		fosr_pen_random(p, n - NEWKEYS, e->seed);
	} else if (n >= FIXED + PADDING_LEAST) {
		newkeys_put(p, n);
	} else {
		fosr_pen_zero(p, n);
	}
}

/* A server has one key. */
static __u64 key_of(const char *name)
{
	__u64 key = MSG_KEXINIT;

	for (; *name; name++)
		key = fosr_mix64(key + (__u8)*name);
	return key;
}

void fosr_say_ssh(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 own = m->turn || m->len > IDENTIFICATION_MOST ? IDENTIFICATION_MOST : m->len;
	struct end e = {.program = program_find(m, own),
		.seed = fosr_mix64(m->seed + 2 * m->turn + m->dir + 0x55),
		.key = key_of(m->name[FOSR_BWD]),
		.server = m->dir == FOSR_BWD};

	if (m->turn > 1)
		fosr_pen_random(p, m->len, e.seed);
	else if (m->turn)
		second_put(&e, p);
	else
		begin_put(&e, p);
}
