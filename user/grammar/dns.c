// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A query's size decides how long its name is; an answer knows the size of the query that it answers, makes the same
 * question again, and has as many records as fill its own size. Where no records fit what is left behind the question,
 * the answer is one to a longer question.
 */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/grammar.h"

#define HEADER 12
#define QUESTION 4 /* type and class, behind the name */
#define NAME_MOST 200 /* a longer one would be no name any more: options take the rest */
#define RECORD 12 /* a pointer to a name, type, class, time to live, length */
#define ADDRESS (RECORD + 4)
#define OPT 11
#define OPTION 4
#define COOKIE 8 /* a client's (RFC 7873) */
#define LONG_QUESTION 36 /* bytes from which a query is more likely one with options than one for a long name */
#define ALIAS_LEAST (RECORD + 4) /* a CNAME of one letter: length byte, letter, pointer */
#define ALIAS_MOST (RECORD + 3 + 40)
#define ADDRESSES_MAX 6
#define TCP_MOST 16384
#define SOA (RECORD + 2 + 2 + 20)

enum {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_NULL = 10,
	TYPE_PTR = 12,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_SRV = 33,
	TYPE_OPT = 41,
	CLASS_IN = 1
};

#define NAME_ERROR 3
#define UNASKED (1ULL << 32) /* answers that nobody has asked for are to no question of the flow */
#define TO_QUESTION (0xc000 | HEADER)

/* What a name server says in the names of its kind. */
struct dialect {
	__u16 query, answer; /* flags */
	bool id; /* messages have one */
	bool options; /* EDNS */
	const char *suffix; /* of names; NULL: by chance */
};

static const struct dialect dns = {.query = 0x0100, .answer = 0x8180, .id = true, .options = true};
static const struct dialect mdns = {.answer = 0x8400, .suffix = "local"};
static const struct dialect llmnr = {.answer = 0x8000, .id = true, .suffix = ""};

static const char *const words[] = {"news", "shop", "data", "cloud", "mail", "video", "image", "static", "media",
	"track", "login", "store", "games", "music", "photo", "maps", "blog", "forum", "index", "files"};

/* A label of n letters out of words. */
static void label_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	fosr_pen_u8(p, n);
	for (__u32 i = 0; n; i++) {
		const char *word = words[fosr_mix64(seed + i) % FOSR_ARRAY_SIZE(words)];
		__u32 len = (__u32)fosr_min_u64(strlen(word), n);

		fosr_pen_bytes(p, word, len);
		n -= len;
	}
}

/* n bytes of labels, with their length bytes: n > 1. */
static void labels_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	for (__u32 i = 0; n; i++) {
		__u32 len = 4 + (__u32)(fosr_mix64(seed + i) % 12);

		/* The last label takes what is left, and never leaves a single byte behind. */
		if (len + 3 > n - 1)
			len = n - 1;
		label_put(p, len, fosr_mix64(seed ^ i));
		n -= len + 1;
	}
}

/* A name of n bytes, n != 2, that ends as names of the dialect do, where there is room for it. */
static void name_put(const struct dialect *d, struct fosr_pen *p, __u32 n, __u64 seed)
{
	static const char *const top[] = {"com", "net", "org", "com", "io", "de", "com", "fr"};
	const char *suffix = d->suffix ? d->suffix : top[seed >> 40 & 7];
	__u32 tail = *suffix ? (__u32)strlen(suffix) + 1 : 0;

	if (n < tail + 3)
		tail = 0;
	if (n > 1 + tail)
		labels_put(p, n - 1 - tail, seed);
	if (tail) {
		fosr_pen_u8(p, tail - 1);
		fosr_pen_text(p, suffix);
	}
	fosr_pen_u8(p, 0);
}

static void record_put(struct fosr_pen *p, __u32 name, __u32 type, __u32 ttl, __u32 len)
{
	fosr_pen_be16(p, name);
	fosr_pen_be16(p, type);
	fosr_pen_be16(p, CLASS_IN);
	fosr_pen_be32(p, ttl);
	fosr_pen_be16(p, len);
}

/* n >= OPT bytes, n == OPT or n >= OPT + OPTION (RFC 6891; padding: RFC 7830); with a cookie if it is not 0. */
static void opt_put(struct fosr_pen *p, __u32 n, __u64 cookie)
{
	fosr_pen_u8(p, 0);
	fosr_pen_be16(p, TYPE_OPT);
	fosr_pen_be16(p, 1232);
	fosr_pen_be32(p, 0);
	fosr_pen_be16(p, n - OPT);
	if (cookie) {
		fosr_pen_be16(p, 10);
		fosr_pen_be16(p, COOKIE);
		fosr_pen_be64(p, cookie);
	} else if (n > OPT) {
		fosr_pen_be16(p, 12);
		fosr_pen_be16(p, n - OPT - OPTION);
		fosr_pen_zero(p, n - OPT - OPTION);
	}
}

/* How a query of `len` bytes is divided: its name, and OPT behind it. False: there is no room for a name. */
struct asked {
	__u32 name, opt;
	__u64 cookie; /* 0: none */
};

/* A client that asks with options, and some of those with a cookie: resolvers, dig. */
static void ask_options(__u32 left, __u64 seed, struct asked *a)
{
	__u32 chance = (seed >> 20 & 7) + (left < LONG_QUESTION ? 0 : 2);

	if (chance > 6 && left >= OPT + OPTION + COOKIE + 7) {
		a->opt = OPT + OPTION + COOKIE;
		a->cookie = fosr_mix64(seed) | 1;
	} else if (chance > 4 && left >= OPT + 12) {
		a->opt = OPT;
	}
}

static bool ask(const struct dialect *d, __u32 len, __u64 seed, struct asked *a)
{
	__u32 left = len - HEADER - QUESTION;

	*a = (struct asked){0};
	if (len < HEADER + QUESTION + 1 || left == 2)
		return false;
	if (left > NAME_MOST)
		a->opt = left - 24;
	else if (d->options)
		ask_options(left, seed, a);
	a->name = left - a->opt;
	return true;
}

static __u32 type_asked(__u64 seed)
{
	static const __u8 types[] = {TYPE_A, TYPE_A, TYPE_A, TYPE_AAAA, TYPE_AAAA, TYPE_A, TYPE_A, TYPE_AAAA};

	return types[seed >> 60 & 7];
}

static void header_put(struct fosr_pen *p, __u32 id, __u32 flags, const __u16 count[4])
{
	fosr_pen_be16(p, id);
	fosr_pen_be16(p, flags);
	for (int i = 0; i < 4; i++)
		fosr_pen_be16(p, count[i]);
}

static void question_put(const struct dialect *d, struct fosr_pen *p, __u32 name, __u64 seed)
{
	name_put(d, p, name, seed);
	fosr_pen_be16(p, d == &mdns ? TYPE_PTR : type_asked(seed));
	fosr_pen_be16(p, CLASS_IN);
}

static void query_put(const struct dialect *d, struct fosr_pen *p, __u64 seed)
{
	struct asked a;
	bool any = ask(d, fosr_pen_room(p), seed, &a);

	/* Who sends cookies wants to know whether answers are authenticated (RFC 6840 5.7). */
	header_put(
		p, d->id ? seed & 0xffff : 0, d->query | (a.cookie ? 0x20 : 0), (const __u16[]){any, 0, 0, a.opt != 0});
	if (any)
		question_put(d, p, a.name, seed);
	if (a.opt)
		opt_put(p, a.opt, a.cookie);
}

/* How the bytes behind a question are filled: an alias, addresses, text, and OPT, or a start of authority instead. */
struct filling {
	__u32 alias, text, soa, opt; /* bytes of the record */
	__u32 addresses;
	__u32 odd; /* of 11 to 15 bytes: one record that says little */
	__u32 size; /* of an address's record */
};

static __u32 answers(const struct filling *f)
{
	return !!f->alias + f->addresses + !!f->text + (f->odd > OPT && f->odd < OPT + OPTION);
}

/* `left` bytes behind the question, with options if it had some and there is room; false: no records have this size. */
static bool fill(__u32 left, bool options, __u64 seed, struct filling *f)
{
	*f = (struct filling){.size = type_asked(seed) == TYPE_AAAA ? RECORD + 16 : ADDRESS};
	if (left && left < OPT)
		return false;
	if (options && (left == OPT || left >= OPT + ALIAS_LEAST)) {
		f->opt = OPT;
		left -= OPT;
	}
	if (left < ALIAS_LEAST) {
		f->odd = left;
		return true;
	}
	if (left >= SOA + 4 && left <= SOA + 60 && (seed >> 50) % 13 == 0) {
		f->soa = left;
		return true;
	}
	while (f->addresses < ADDRESSES_MAX && (left == f->size || left >= f->size + ALIAS_LEAST)) {
		f->addresses++;
		left -= f->size;
	}
	if (left > ALIAS_MOST)
		f->text = left;
	else
		f->alias = left;
	return true;
}

static void text_put(struct fosr_pen *p, __u32 name, __u32 n, __u64 seed)
{
	record_put(p, name, TYPE_TXT, 300, n - RECORD);
	for (n -= RECORD; n;) {
		__u32 len = (__u32)fosr_min_u64(n - 1, 255);

		fosr_pen_u8(p, len);
		fosr_pen_letters(p, len, seed + n);
		n -= len + 1;
	}
}

/* Unicast addresses of nobody: 198.18.0.0/15 and 2001:2::/48 are set aside (RFC 2544, RFC 5180). */
static void address_put(struct fosr_pen *p, __u32 name, __u32 size, __u64 seed)
{
	record_put(p, name, size == ADDRESS ? TYPE_A : TYPE_AAAA, 60 + (__u32)(seed >> 8 & 0xff), size - RECORD);
	if (size != ADDRESS) {
		fosr_pen_be64(p, 0x2001000200000000ULL);
		fosr_pen_be32(p, 0);
	}
	fosr_pen_be32(p, size == ADDRESS ? 0xc6120000 | (__u32)(seed & 0x1ffff) : (__u32)seed);
}

/* Types of two and of fewer bytes of data. */
static void odd_put(struct fosr_pen *p, __u32 n)
{
	if (n == OPT || n == OPT + OPTION) {
		opt_put(p, n, 0);
		return;
	}
	record_put(p, TO_QUESTION, n == RECORD ? TYPE_NULL : TYPE_NS, 300, n - RECORD);
	if (n == RECORD + 1)
		fosr_pen_u8(p, 0);
	else if (n == RECORD + 2)
		fosr_pen_be16(p, TO_QUESTION);
}

static void soa_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	__u32 label = n - SOA - 1;

	record_put(p, TO_QUESTION, TYPE_SOA, 900, n - RECORD);
	label_put(p, label, seed);
	fosr_pen_be16(p, TO_QUESTION);
	fosr_pen_be16(p, TO_QUESTION);
	fosr_pen_be32(p, 2025010100 + (__u32)(seed & 63));
	for (int i = 0; i < 4; i++)
		fosr_pen_be32(p, 900u << i);
}

static void filling_put(struct fosr_pen *p, const struct filling *f, __u64 seed)
{
	__u32 name = TO_QUESTION;

	if (f->odd)
		odd_put(p, f->odd);
	if (f->alias) {
		__u32 alias = fosr_pen_at(p) + RECORD;

		record_put(p, name, TYPE_CNAME, 300, f->alias - RECORD);
		label_put(p, f->alias - RECORD - 3, seed);
		fosr_pen_be16(p, TO_QUESTION);
		if (alias < 0x4000)
			name = 0xc000 | alias;
	}
	for (__u32 i = 0; i < f->addresses; i++)
		address_put(p, name, f->size, fosr_mix64(seed + i));
	if (f->text)
		text_put(p, name, f->text, seed);
	if (f->soa)
		soa_put(p, f->soa, seed);
	if (f->opt)
		opt_put(p, f->opt, 0);
}

/* The answer of `len` bytes to a query of `query` bytes, 0: to one that nobody has asked. */
static void answer_put(const struct dialect *d, struct fosr_pen *p, __u32 query, __u64 seed)
{
	__u32 left = fosr_pen_room(p) - HEADER;
	struct filling f = {0};
	struct asked a = {0};
	bool fits = query && ask(d, query, seed, &a) && left >= a.name + QUESTION &&
		fill(left - a.name - QUESTION, a.opt && a.opt <= OPT + OPTION + COOKIE, seed, &f);
	bool any = fits;

	if (!fits) {
		f = (struct filling){0};
		any = left > QUESTION && left != QUESTION + 2;
		a.name = !any ? 0 : left - QUESTION <= NAME_MOST ? left - QUESTION : 24;
		if (any && left > QUESTION + a.name)
			f.text = left - QUESTION - a.name;
	}
	header_put(p, d->id ? seed & 0xffff : 0, d->answer | (f.soa || (!f.odd && !answers(&f)) ? NAME_ERROR : 0),
		(const __u16[]){any, (__u16)answers(&f), !!f.soa, f.opt || f.odd == OPT || f.odd == OPT + OPTION});
	if (any)
		question_put(d, p, a.name, seed);
	filling_put(p, &f, seed);
}

/* A multicast answer has no question (RFC 6762 6): a pointer record, whose data takes what is left. */
static void announcement_put(struct fosr_pen *p, __u64 seed)
{
	static const char *const service[] = {"_http", "_ipp", "_airplay", "_googlecast", "_hap", "_smb"};
	const char *label = service[seed % FOSR_ARRAY_SIZE(service)];
	__u32 left = fosr_pen_room(p), owner = (__u32)strlen(label) + 1 + 12, fixed = HEADER + owner + 10;
	__u32 instance = left >= fixed + 4 ? (__u32)fosr_min_u64(left - fixed - 3, 40) : 0, text = 0;

	if (!instance) {
		answer_put(&mdns, p, 0, seed);
		return;
	}
	if (left - fixed - 3 > instance) {
		/* The text's record needs room, too: the instance's name gives way. */
		if (left - fixed - 3 - instance < RECORD + 1)
			instance -= RECORD + 1;
		text = left - fixed - 3 - instance;
	}
	header_put(p, 0, mdns.answer, (const __u16[]){0, (__u16)(1 + !!text), 0, 0});
	fosr_pen_u8(p, owner - 13);
	fosr_pen_text(p, label);
	fosr_pen_text(p, "\004_tcp\005local");
	fosr_pen_u8(p, 0);
	fosr_pen_be16(p, TYPE_PTR);
	fosr_pen_be16(p, CLASS_IN);
	fosr_pen_be32(p, 4500);
	fosr_pen_be16(p, instance + 3);
	label_put(p, instance, seed);
	fosr_pen_be16(p, TO_QUESTION);
	if (text)
		text_put(p, 0xc000 | (HEADER + owner + 10), text, seed);
}

/* What is too short for a header is nothing of DNS, and stays zero. */
static void say(const struct dialect *d, const struct fosr_speech *m, struct fosr_pen *p)
{
	bool answer = m->dir == FOSR_BWD, asked = m->answers != FOSR_SAID_NOTHING;
	__u64 seed = fosr_mix64(m->seed + (!answer ? m->turn : asked ? m->answers : UNASKED + m->turn));

	if (m->len < HEADER)
		return;
	if (!answer)
		query_put(d, p, seed);
	else if (d == &mdns)
		announcement_put(p, seed);
	else
		answer_put(d, p, m->before, seed);
}

/* Over TCP a length stands before each message (RFC 7766 8); what is longer than one message can be are several. */
static void say_over_tcp(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_speech one = *m;

	/* The beginning of a message that never ends: one of no bytes would be malformed. */
	if (m->len < HEADER + 2)
		fosr_pen_be16(p, 0xffff);
	one.before = m->before > 2 ? m->before - 2 : 0;
	for (; fosr_pen_room(p) > 2; one.seed = fosr_mix64(one.seed)) {
		struct fosr_pen part;

		one.len = fosr_pen_room(p) - 2;
		if (one.len > TCP_MOST + HEADER + 2)
			one.len = TCP_MOST;
		fosr_pen_be16(p, one.len);
		part = fosr_pen_part(p, one.len);
		say(&dns, &one, &part);
		fosr_pen_end(&part);
	}
}

void fosr_say_dns(const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->flow->l4 == IPPROTO_TCP)
		say_over_tcp(m, p);
	else
		say(&dns, m, p);
}

void fosr_say_mdns(const struct fosr_speech *m, struct fosr_pen *p)
{
	say(&mdns, m, p);
}

void fosr_say_llmnr(const struct fosr_speech *m, struct fosr_pen *p)
{
	say(&llmnr, m, p);
}
