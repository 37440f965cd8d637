// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * SSH (RFC 4253): each end says who it is, as long as it must be by a comment, then which algorithms it knows, then its
 * key for Curve25519 (RFC 8731), or for sntrup761 with it where both know that and there is room, and NEWKEYS. What an
 * end can know by then decides what is in one message: a server has no key to answer with its algorithms, a client
 * sends its own with them if the server's were there before. Lists are cut to the message's size; padding takes a few
 * bytes, what is encrypted all the rest. They are such that ChaCha20-Poly1305 is agreed on, whose packets are the
 * shortest, and whose lengths cannot be read.
 */
#include "base/mix.h"
#include "grammar/grammar.h"

#define IDENTIFICATION_MOST 255
#define FIXED 6 /* length, length of the padding, message number */
#define PADDING_LEAST 4
#define PADDING_MOST 255
#define COOKIE 16
#define LISTS 10
#define KINDS 5 /* of lists: most are there for each direction */
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

/* The same as far as there is room for them: the first so many bytes. */
struct lists {
	const char *name[KINDS];
	__u32 len[KINDS];
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

static const struct algorithms putty = {"sntrup761x25519-sha512@openssh.com,curve448-sha512," CURVE NIST GROUPS
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
	{"OpenSSH-keyscan", &openssh_client}, {"OpenSSH_for_Windows_9.5", &openssh_client},
	{"OpenSSH_for_Windows_8.1", &openssh_old}, {"OpenSSH_7.4", &openssh_old}, {"PuTTY_Release_0.78", &putty},
	{"PuTTY_Release_0.81", &putty}, {"WinSCP_release_6.3.3", &putty}, {"AsyncSSH_2.14.2", &asyncssh},
	{"AsyncSSH_2.13.1", &asyncssh}, {"libssh2_1.11.0", &libssh}, {"libssh_0.10.6", &libssh}, {"Go", &golang},
	{"dropbear_2022.83", &dropbear}};

static const struct program servers[] = {{"OpenSSH_9.6", &openssh_server},
	{"OpenSSH_9.2p1 Debian-2+deb12u3", &openssh_server}, {"OpenSSH_9.2p1 Debian-2+deb12u10", &openssh_server},
	{"OpenSSH_8.9p1 Ubuntu-3ubuntu0.10", &openssh_server}, {"OpenSSH_9.6p1 Ubuntu-3ubuntu13.5", &openssh_server},
	{"OpenSSH_8.4p1 Debian-5+deb11u3", &openssh_server}, {"OpenSSH_8.7", &openssh_server},
	{"OpenSSH_7.4", &openssh_old}, {"OpenSSH_7.9p1 Raspbian-10+deb10u2", &openssh_old},
	{"dropbear_2020.81", &dropbear}, {"dropbear", &dropbear}, {"Cisco-1.25", &cisco}, {"libssh_0.9.6", &libssh},
	{"Go", &golang}, {"OpenSSH_9.3 FreeBSD-20230719", &openssh_server}};

/* An end as its flow's seed makes it. */
struct end {
	const struct program *program;
	__u64 seed, key; /* of this message; of the server's key */
	bool server;
	bool hybrid; /* its key is one for sntrup761, too */
};

#define AROUND 10 /* SSH-2.0- and CR LF */

static __u32 identification_len(const struct program *program)
{
	return AROUND + (__u32)strlen(program->name);
}

static __u32 kexinit_content(const struct lists *l)
{
	return FIXED + COOKIE + LISTS * 4 + 5 + l->len[0] + l->len[1] + 2 * (l->len[2] + l->len[3] + l->len[4]);
}

static struct lists lists_of(const struct algorithms *a)
{
	struct lists l = {.name = {a->kex, a->keys, a->ciphers, a->codes, a->compression}};

	for (int i = 0; i < KINDS; i++)
		l.len[i] = (__u32)strlen(l.name[i]);
	return l;
}

/* The last name of the longest list goes. False: each has one name. */
static bool cut(struct lists *l)
{
	__u32 longest = 0, left = 0;

	for (__u32 i = 0; i < KINDS; i++) {
		__u32 n = l->len[i];

		while (n && l->name[i][n - 1] != ',')
			n--;
		if (n && (!left || l->len[i] > l->len[longest])) {
			longest = i;
			left = n - 1;
		}
	}
	if (left)
		l->len[longest] = left;
	return left;
}

/* For a message of `room` bytes; a list is never cut by more than padding can fill. */
static struct lists lists_fit(const struct algorithms *a, __u32 room)
{
	struct lists l = lists_of(a);

	while (kexinit_content(&l) + PADDING_LEAST > room)
		if (!cut(&l))
			return lists_of(&few);
	return l;
}

/* Identification and algorithms are as long as the end's first message, cut or padded. */
static bool is_long(const struct program *program, __u32 begun)
{
	struct lists l = lists_of(program->algorithms);

	return identification_len(program) + kexinit_content(&l) + PADDING_MOST >= begun;
}

/* How long the identification of an end is: its first message, or the first packet of that; 0: as long as it likes. */
static __u32 identification_of(const struct fosr_speech *m, enum fosr_dir dir)
{
	__u32 begun = fosr_speech_begun(m, dir), opening = m->opening[dir];

	if (begun <= IDENTIFICATION_MOST)
		return begun;
	return opening > AROUND && opening <= IDENTIFICATION_MOST && opening < begun ? opening : 0;
}

/* The program at an end: one whose identification is as long, or can be made so by a comment, and whose lists are long
 * enough if they are in the first message. */
static const struct program *program_find(const struct fosr_speech *m, enum fosr_dir dir)
{
	const struct program *list = dir == FOSR_BWD ? servers : clients, *fits = &list[0];
	__u32 count = dir == FOSR_BWD ? FOSR_ARRAY_SIZE(servers) : FOSR_ARRAY_SIZE(clients);
	__u32 from = (__u32)(fosr_mix64(m->seed + dir) % count), n = identification_of(m, dir);
	__u32 begun = fosr_speech_begun(m, dir), best = 0;

	for (__u32 i = count; i--;) {
		const struct program *one = &list[(from + i) % count];
		__u32 usual = identification_len(one), good;

		if (n && usual != n && usual + 2 > n)
			continue;
		good = 1 + (usual == n) + 2 * (begun > IDENTIFICATION_MOST && is_long(one, begun));
		if (good >= best) {
			best = good;
			fits = one;
		}
	}
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

/* Padded to a multiple of 8. */
static __u32 padded(__u32 content)
{
	return (content + PADDING_LEAST + 7) / 8 * 8;
}

static void name_put(struct fosr_pen *p, const char *text, __u32 n)
{
	fosr_pen_be32(p, n);
	fosr_pen_bytes(p, text, n);
}

static void string_put(struct fosr_pen *p, const char *text)
{
	name_put(p, text, (__u32)strlen(text));
}

static void kexinit_put(const struct end *e, struct fosr_pen *p, const struct lists *l, __u32 n)
{
	static const __u8 kinds[] = {0, 1, 2, 2, 3, 3, 4, 4};
	__u32 padding = n - kexinit_content(l);

	head_put(p, n, padding, MSG_KEXINIT);
	fosr_pen_secret(p, COOKIE, e->seed);
	for (size_t i = 0; i < sizeof(kinds); i++)
		name_put(p, l->name[kinds[i]], l->len[kinds[i]]);
	/* No languages. */
	fosr_pen_zero(p, 4 + 4 + 5 + padding);
}

#define KEY_NAME "ecdsa-sha2-nistp256"
#define HOST_KEY (4 + 19 + 4 + 8 + 4 + 65)
#define SIGNATURE (4 + 19 + 4 + 2 * (4 + 32))

/* Of Curve25519, behind what sntrup761 takes. */
static __u32 share_len(const struct end *e)
{
	return 32 + (!e->hybrid ? 0 : e->server ? 1039 : 1158);
}

static __u32 ecdh_content(const struct end *e)
{
	return FIXED + 4 + share_len(e) + (e->server ? 4 + HOST_KEY + 4 + SIGNATURE : 0);
}

static void blob_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	fosr_pen_be32(p, n);
	fosr_pen_secret(p, n, seed);
}

static void ecdh_put(const struct end *e, struct fosr_pen *p, __u32 n)
{
	__u32 padding = n - ecdh_content(e);

	head_put(p, n, padding, e->server ? MSG_ECDH_REPLY : MSG_ECDH_INIT);
	if (e->server) {
		fosr_pen_be32(p, HOST_KEY);
		string_put(p, KEY_NAME);
		string_put(p, "nistp256");
		fosr_pen_be32(p, 65);
		fosr_pen_u8(p, 4);
		fosr_pen_secret(p, 64, e->key);
	}
	blob_put(p, share_len(e), e->seed + 20);
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

/* NEWKEYS, and what the new keys encrypt. */
static void newkeys_say(const struct end *e, struct fosr_pen *p)
{
	__u32 n = fosr_pen_room(p);

	if (n >= NEWKEYS + LEFT_LEAST) {
		newkeys_put(p, NEWKEYS);
		fosr_pen_random(p, n - NEWKEYS, e->seed);
	} else if (n >= FIXED + PADDING_LEAST) {
		newkeys_put(p, n);
	} else {
		fosr_pen_zero(p, n);
	}
}

/* This end's key. The server's new ones follow it; a client has to wait for them, unless there is more than padding. */
static void key_say(const struct end *e, struct fosr_pen *p)
{
	__u32 least = padded(ecdh_content(e)), room = fosr_pen_room(p), rest = room - least;

	if (room < least) {
		newkeys_say(e, p);
		return;
	}
	if (rest < NEWKEYS || (!e->server && room - ecdh_content(e) <= PADDING_MOST)) {
		ecdh_put(e, p, room);
		return;
	}
	rest -= NEWKEYS;
	if (rest >= LEFT_LEAST)
		rest = 0;
	ecdh_put(e, p, least + rest);
	newkeys_say(e, p);
}

static __u32 exchange_least(void)
{
	struct lists l = lists_of(&few);

	return kexinit_content(&l) + PADDING_LEAST;
}

/* The algorithms of this end, and `key`: its key behind them. */
static void algorithms_say(const struct end *e, struct fosr_pen *p, bool key)
{
	__u32 room = fosr_pen_room(p), behind = key ? padded(ecdh_content(e)) : 0, n;
	struct lists l;

	if (room < exchange_least()) {
		newkeys_say(e, p);
		return;
	}
	if (room < exchange_least() + behind)
		behind = 0;
	l = lists_fit(e->program->algorithms, room - behind);
	n = room - behind - kexinit_content(&l) <= PADDING_MOST ? room - behind : padded(kexinit_content(&l));
	kexinit_put(e, p, &l, n);
	if (n < room)
		key_say(e, p);
}

static void begin_put(const struct end *e, struct fosr_pen *p, __u32 identification, bool key)
{
	__u32 n = fosr_pen_room(p);

	if (!identification)
		identification = identification_len(e->program);
	if (n <= IDENTIFICATION_MOST)
		identification = n;
	identification_put(e, p, identification);
	if (n > identification)
		algorithms_say(e, p, key);
}

/* A server has one key. */
static __u64 key_of(const char *name)
{
	__u64 key = MSG_KEXINIT;

	for (; *name; name++)
		key = fosr_mix64(key + (__u8)*name);
	return key;
}

/* Both ends' algorithms were in their first messages or in their second ones. */
static bool at_once(const struct fosr_speech *m, enum fosr_dir dir)
{
	return fosr_speech_begun(m, dir) > IDENTIFICATION_MOST;
}

#define HYBRID_LEAST 1208 /* a client's key for sntrup761 */

/* Both ends' programs prefer it, and the client's message has room. */
static bool hybrid(const struct fosr_speech *m)
{
	__u32 asked = m->dir == FOSR_FWD ? m->len : m->before;

	return asked >= HYBRID_LEAST && program_find(m, FOSR_BWD)->algorithms == &openssh_server &&
		!strncmp(program_find(m, FOSR_FWD)->algorithms->kex, "sntrup", 6);
}

enum step { IDENTIFICATION, ALGORITHMS, KEY, NEW_KEYS, ENCRYPTED };

/* What is next: algorithms may have gone with the identification, a client's key with its algorithms. */
static __u32 step_of(const struct fosr_speech *m, bool early)
{
	__u32 step = m->turn + (m->turn && at_once(m, m->dir));

	return step + (early && step > ALGORITHMS && !at_once(m, FOSR_FWD));
}

void fosr_say_ssh(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool server = m->dir == FOSR_BWD, early = !server && at_once(m, FOSR_BWD) && m->answers != FOSR_SAID_NOTHING;
	__u32 step = step_of(m, early);
	struct end e = {.seed = fosr_mix64(m->seed + 2 * m->turn + m->dir + 0x55), .server = server};

	if (step >= (server ? NEW_KEYS : ENCRYPTED)) {
		fosr_pen_random(p, m->len, e.seed);
		return;
	}
	e.program = program_find(m, m->dir);
	e.key = key_of(m->name[FOSR_BWD]);
	e.hybrid = step == KEY && hybrid(m);
	if (step == IDENTIFICATION)
		begin_put(&e, p, identification_of(m, m->dir), early);
	else if (step == ALGORITHMS)
		algorithms_say(&e, p, early);
	else if (step == KEY)
		key_say(&e, p);
	else
		newkeys_say(&e, p);
}
