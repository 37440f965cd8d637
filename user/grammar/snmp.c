// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * SNMPv1 and v2c (RFC 1157, RFC 3416). A message has as many variables as fit; what is left goes to the last one: in a
 * request its name (the index of NET-SNMP-EXTEND-MIB is a string), in an answer its value. An answer repeats the names
 * of the request that it answers, which follow from the request's length.
 */
#include "base/mix.h"
#include "grammar/ber.h"
#include "grammar/grammar.h"

#define BIND_LEAST 7 /* sequence, zeroDotZero, NULL */
#define NO_BINDS 20 /* a message without community and variables, its number of one byte */
#define BIND_USUAL 14 /* a name of 8 bytes */
#define BINDS_MOST 60
#define EXTEND "\x2b\x06\x01\x04\x01\xbf\x08\x01\x03\x02\x03\x01\x01" /* nsExtendOutput1Line */
#define TICKS 0x43
#define COUNTER32 0x41
#define GAUGE32 0x42

enum { GET = 0xa0, NEXT, RESPONSE, BULK = 0xa5, TRAP = 0xa7 };

/* Objects by the length of their names, with the value's type; the last byte is the index where there is one. */
struct object {
	__u8 len, type;
	char name[14];
};

static const struct object objects[] = {
	{8, TICKS, "\x2b\x06\x01\x02\x01\x01\x03\x00"}, /* sysUpTime */
	{8, FOSR_BER_STRING, "\x2b\x06\x01\x02\x01\x01\x01\x00"}, /* sysDescr */
	{8, FOSR_BER_STRING, "\x2b\x06\x01\x02\x01\x01\x05\x00"}, /* sysName */
	{10, COUNTER32, "\x2b\x06\x01\x02\x01\x02\x02\x01\x0a\x01"}, /* ifInOctets */
	{10, COUNTER32, "\x2b\x06\x01\x02\x01\x02\x02\x01\x10\x01"}, /* ifOutOctets */
	{10, FOSR_BER_INTEGER, "\x2b\x06\x01\x02\x01\x02\x02\x01\x08\x01"}, /* ifOperStatus */
	{10, FOSR_BER_STRING, "\x2b\x06\x01\x02\x01\x02\x02\x01\x02\x01"}, /* ifDescr */
	{10, GAUGE32, "\x2b\x06\x01\x02\x01\x02\x02\x01\x05\x01"}, /* ifSpeed */
	{11, FOSR_BER_STRING, "\x2b\x06\x01\x02\x01\x1f\x01\x01\x01\x12\x01"}, /* ifAlias */
	{11, FOSR_BER_INTEGER, "\x2b\x06\x01\x02\x01\x19\x03\x03\x01\x02\x01"}, /* hrProcessorLoad */
	{11, FOSR_BER_STRING, "\x2b\x06\x01\x02\x01\x19\x03\x02\x01\x03\x01"}, /* hrDeviceDescr */
	{12, FOSR_BER_INTEGER, "\x2b\x06\x01\x02\x01\x2b\x0b\x01\x01\x09\x01\x01"}, /* prtMarkerSuppliesLevel */
	{12, FOSR_BER_STRING, "\x2b\x06\x01\x02\x01\x2b\x0b\x01\x01\x06\x01\x01"}, /* prtMarkerSuppliesDescription */
	{13, FOSR_BER_INTEGER,
		"\x2b\x06\x01\x04\x01\x0b\x02\x03\x09\x01\x01\x07\x00"}, /* JetDirect's gdPasswords' kin */
};

/* A variable of a message; without an object its name is as long as it must be. */
struct variable {
	const struct object *object;
	__u32 name; /* bytes */
	__u64 seed;
};

/* The i-th variable of requests in this turn; walks go on from one to the next. */
static struct variable variable_of(__u64 seed, __u32 i)
{
	__u64 bits = fosr_mix64(seed + i);
	const struct object *o = &objects[bits % FOSR_ARRAY_SIZE(objects)];

	return (struct variable){.object = o, .name = o->len, .seed = bits};
}

static __u32 bind_size(const struct variable *v, __u32 value)
{
	return fosr_ber_size(fosr_ber_size(v->name) + value);
}

/* Its index varies with the seed where it has one. */
static void name_put(struct fosr_pen *p, const struct variable *v)
{
	struct fosr_pen name = fosr_ber_part(p, FOSR_BER_OID, fosr_ber_size(v->name));
	const struct object *o = v->object;
	__u32 rest;

	if (o) {
		fosr_pen_bytes(&name, o->name, o->len - 1);
		fosr_pen_u8(&name,
			o->name[o->len - 1] && o->len < 12 ? 1 + (v->seed >> 32) % 24 : (__u8)o->name[o->len - 1]);
		return;
	}
	fosr_pen_bytes(&name, EXTEND, (__u32)fosr_min_u64(v->name, sizeof(EXTEND) - 1));
	rest = fosr_pen_room(&name);
	if (rest)
		fosr_pen_u8(&name, rest - 1 < 128 ? rest - 1 : 1);
	fosr_pen_word(&name, fosr_pen_room(&name), v->seed);
}

/* The natural size of a value. */
static __u32 value_size(const struct variable *v)
{
	if (v->object && v->object->type == FOSR_BER_INTEGER)
		return 3;
	return v->object && v->object->type != FOSR_BER_STRING ? 6 : 2 + (v->seed >> 20) % 24;
}

static void value_put(struct fosr_pen *p, const struct variable *v, __u32 size)
{
	static const char *const texts[] = {
		"Linux gateway 5.10.0-28-amd64 #1 SMP Debian 5.10.209-2 (2024-01-31) x86_64",
		"GigabitEthernet1/0/24 to the core switch", "Black Toner Cartridge CF410X", "eth0",
		"Intel Corporation 82574L"};
	const char *text = texts[v->seed % FOSR_ARRAY_SIZE(texts)];
	struct fosr_pen value;
	__u32 n;

	if (v->object && v->object->type != FOSR_BER_STRING && size == value_size(v)) {
		fosr_ber_int(p, v->object->type,
			size == 3 ? 1 + (v->seed >> 30) % 100 : 0x1000000 | (v->seed >> 30 & 0x3ffffff));
		return;
	}
	value = fosr_ber_part(p, FOSR_BER_STRING, size);
	n = (__u32)fosr_min_u64(fosr_pen_room(&value), strlen(text));
	fosr_pen_bytes(&value, text, n);
	fosr_pen_word(&value, fosr_pen_room(&value), v->seed);
}

static void bind_put(struct fosr_pen *p, const struct variable *v, __u32 value, bool null, __u32 total)
{
	struct fosr_pen bind = fosr_ber_part(p, FOSR_BER_SEQUENCE, total);

	name_put(&bind, v);
	if (null)
		fosr_ber_bytes(&bind, FOSR_BER_NULL, "", 0);
	else
		value_put(&bind, v, value);
}

/* An object of the kind that strings are of, with a name of n bytes, or with any. */
static const struct object *string_object(__u32 n, __u64 seed)
{
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(objects); i++) {
		const struct object *o = &objects[(i + seed) % FOSR_ARRAY_SIZE(objects)];

		if ((o->len == n || !n) && o->type == FOSR_BER_STRING)
			return o;
	}
	return NULL;
}

/* The variable that takes all `total` bytes of a request: by its name. */
static struct variable asking(__u32 total, __u64 seed)
{
	__u32 content = total - fosr_ber_header(total) - 2, name = content - fosr_ber_header(content);

	return (struct variable){.object = string_object(name, seed), .name = name, .seed = seed};
}

/* And of an answer: by its value, if that fits behind the name that was asked for. */
static struct variable answering(__u32 total, __u32 name, __u64 seed, __u32 *value)
{
	__u32 content = total - fosr_ber_header(total);
	struct variable v = {.object = string_object(name, seed), .seed = seed};

	v.name = name ? name : v.object->len;
	if (content < fosr_ber_size(v.name) + 2)
		v = asking(total, seed);
	*value = content - fosr_ber_size(v.name);
	return v;
}

/* What a request asks for: how many variables, and of how many bytes the last one's name is; 0 where that is free. */
struct asked {
	__u32 variables, name;
};

/* As many variables as are asked for and the room allows; null: without values. Room of 1 to 6 bytes there never is. */
static void binds_put(struct fosr_pen *p, __u64 seed, const struct asked *a, bool null)
{
	for (__u32 i = 0; fosr_pen_room(p); i++) {
		struct variable v = variable_of(seed, i);
		__u32 value = null ? 2 : value_size(&v), size = bind_size(&v, value);

		if (i + 1 < a->variables && fosr_pen_room(p) >= size + BIND_USUAL) {
			bind_put(p, &v, value, null, size);
			continue;
		}
		size = fosr_pen_room(p);
		v = null ? asking(size, v.seed) : answering(size, a->name, v.seed, &value);
		bind_put(p, &v, value, null, size);
	}
}

static const char *community(__u64 seed)
{
	static const char *const names[] = {"public", "public", "public", "monitor", "internal", "private"};

	return names[fosr_mix64(seed + 7) % FOSR_ARRAY_SIZE(names)];
}

/* How a message is divided: everything in front of its variables, with lengths that take what would be too short. */
struct frame {
	const char *community;
	__u32 number, extra; /* bytes by which lengths are longer */
};

/* The room that variables have in a message of `len` bytes. */
static __u32 room_of(__u32 len, const struct frame *f)
{
	__u32 n = len - fosr_ber_header(len) - 3 - 2 - (__u32)strlen(f->community);

	n -= fosr_ber_header(n) + fosr_ber_int_size(f->number) + 6;
	return n - fosr_ber_header(n);
}

static struct frame frame_of(const struct fosr_speech *m, __u32 turn, __u32 len)
{
	struct frame f = {.community = community(m->seed), .number = ((__u32)fosr_mix64(m->seed) & 0x3fffffff) + turn};

	f.number |= 0x10000000;
	if (len < NO_BINDS + 9)
		f = (struct frame){.community = "", .number = turn & 0x7f};
	if (room_of(len, &f) < BIND_LEAST)
		f.extra = room_of(len, &f);
	return f;
}

static void message_put(const struct fosr_speech *m, struct fosr_pen *p, const struct frame *f, __u32 type, bool v2,
	struct fosr_pen *binds)
{
	__u32 outer = (__u32)fosr_min_u64(f->extra, 4);
	struct fosr_pen whole = fosr_ber_wide(p, FOSR_BER_SEQUENCE, fosr_pen_room(p), outer), pdu;
	bool bulk = type == BULK;

	fosr_ber_int(&whole, FOSR_BER_INTEGER, v2);
	fosr_ber_text(&whole, FOSR_BER_STRING, f->community);
	pdu = fosr_ber_wide(&whole, type, fosr_pen_room(&whole), f->extra - outer);
	fosr_ber_int(&pdu, FOSR_BER_INTEGER, f->number);
	fosr_ber_int(&pdu, FOSR_BER_INTEGER, 0);
	fosr_ber_int(&pdu, FOSR_BER_INTEGER, bulk ? 10 + (m->seed >> 40 & 15) : 0);
	*binds = fosr_ber_part(&pdu, FOSR_BER_SEQUENCE, fosr_pen_room(&pdu));
}

/* What a request of `len` bytes asks for: the division of its room that binds_put() makes. */
static struct asked asked(const struct fosr_speech *m, __u32 turn, __u32 len)
{
	struct frame f = frame_of(m, turn, len);
	__u64 seed = fosr_mix64(m->seed) + turn;
	struct asked a = {.variables = 1};
	__u32 room;

	if (len < NO_BINDS || !room_of(len, &f) || f.extra)
		return a;
	for (room = room_of(len, &f); a.variables < BINDS_MOST; a.variables++) {
		struct variable v = variable_of(seed, a.variables - 1);
		__u32 size = bind_size(&v, 2);

		if (room < size + BIND_USUAL)
			break;
		room -= size;
	}
	a.name = asking(room, 0).name;
	return a;
}

void fosr_say_snmp(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const __u8 types[] = {GET, GET, NEXT, GET, NEXT, BULK, GET, NEXT};
	bool answer = m->dir == FOSR_BWD;
	__u32 turn = answer && m->answers != FOSR_SAID_NOTHING ? m->answers : m->turn;
	__u32 type = types[m->seed >> 24 & 7];
	struct frame f = frame_of(m, turn, m->len);
	struct asked a = {.variables = BINDS_MOST};
	struct fosr_pen binds;

	if (m->len < NO_BINDS)
		return;
	if (answer && type != BULK)
		a = asked(m, turn, m->before);
	message_put(m, p, &f, answer ? RESPONSE : type, type == BULK || m->seed >> 16 & 3, &binds);
	binds_put(&binds, fosr_mix64(m->seed) + turn, &a, !answer);
}

/* sysUpTime, snmpTrapOID, then what the trap is of. */
static void trap_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char up[] = "\x2b\x06\x01\x02\x01\x01\x03\x00", oid[] = "\x2b\x06\x01\x06\x03\x01\x01\x04\x01\x00";
	static const char trap[] = "\x2b\x06\x01\x06\x03\x01\x01\x05\x03"; /* linkDown; the next is linkUp */
	struct fosr_pen bind;

	if (fosr_pen_room(p) < 18 + 25 + BIND_LEAST && fosr_pen_room(p) != 18 + 25)
		return;
	bind = fosr_ber_part(p, FOSR_BER_SEQUENCE, 18);
	fosr_ber_bytes(&bind, FOSR_BER_OID, up, 8);
	fosr_ber_int(&bind, TICKS, 0x1000000 | (__u32)(m->time_ns / 10000000 & 0xffffff));
	bind = fosr_ber_part(p, FOSR_BER_SEQUENCE, 25);
	fosr_ber_bytes(&bind, FOSR_BER_OID, oid, 10);
	bind = fosr_ber_part(&bind, FOSR_BER_OID, 11);
	fosr_pen_bytes(&bind, trap, 8);
	fosr_pen_u8(&bind, 3 + (m->turn & 1));
}

void fosr_say_snmp_trap(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct frame f = frame_of(m, m->turn, m->len);
	struct fosr_pen binds;

	if (m->len < NO_BINDS)
		return;
	message_put(m, p, &f, m->dir == FOSR_BWD ? RESPONSE : TRAP, true, &binds);
	trap_put(m, &binds);
	binds_put(&binds, fosr_mix64(m->seed) + m->turn, &(struct asked){.variables = BINDS_MOST}, false);
}
