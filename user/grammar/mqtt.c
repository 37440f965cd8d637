// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * MQTT 3.1.1 (OASIS standard). The first message connects, the first answer accepts; then clients publish and servers
 * confirm or publish. Names and payloads take what is left; two bytes are a ping, four a confirmation.
 */
#include <stdio.h>

#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/leap.h"

#define PING 2
#define CONFIRMATION 4
#define SUBSCRIPTION 5 /* of granted quality */
#define CONNECT_LEAST 14
#define CONNECT_MOST 60000
#define CONNECT_USUAL 60
#define SUBSCRIBE_LEAST 8
#define PUBLISH_LEAST 6
#define PUBLISH_MOST 65536
#define ID_MOST 23

enum {
	CONNECT = 0x10,
	CONNACK = 0x20,
	PUBLISH = 0x30,
	PUBACK = 0x40,
	SUBSCRIBE = 0x82,
	SUBACK = 0x90,
	PINGREQ = 0xc0,
	PINGRESP = 0xd0
};

/* Bytes of the length of a packet of `total` bytes. */
static __u32 length_size(__u32 total)
{
	return total <= 0x7f + 2 ? 1 : total <= 0x3fff + 3 ? 2 : total <= 0x1fffff + 4 ? 3 : 4;
}

static struct fosr_pen packet(struct fosr_pen *p, __u32 type, __u32 total)
{
	__u32 width = length_size(total), n = total - 1 - width;

	fosr_pen_u8(p, type);
	for (__u32 i = 0; i < width; i++)
		fosr_pen_u8(p, (n >> 7 * i & 0x7f) | (i + 1 < width ? 0x80 : 0));
	return fosr_pen_part(p, n);
}

/* Sizes that no packet has. */
static bool hollow(__u32 total)
{
	return total == 130 || total == 16387 || total == 2097157;
}

static void string_put(struct fosr_pen *p, const char *text, __u32 n, __u64 seed)
{
	__u32 own = (__u32)fosr_min_u64(strlen(text), n);

	fosr_pen_be16(p, n);
	fosr_pen_bytes(p, text, own);
	fosr_pen_word(p, n - own, seed);
}

static const char *topic(__u64 seed)
{
	static const char *const topics[] = {"home/livingroom/temperature", "zigbee2mqtt/0x00158d0003a1b2c4",
		"tele/sonoff/SENSOR", "stat/plug/POWER", "sensors/office/co2", "homeassistant/status",
		"devices/pump3/state", "meter/electricity"};

	return topics[fosr_mix64(seed) & 7];
}

/* Name, then user and password where there is room for them, then a will that takes the rest. */
static void connect_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char *const ids[] = {"mosq-", "esp32_", "tasmota_", "paho", "hass-", "shelly"};
	struct fosr_pen body = packet(p, CONNECT, fosr_pen_room(p));
	__u32 room = fosr_pen_room(&body) - 10 - 2, user = 0, will = 0, id = room;

	if (room > ID_MOST + 4 + 12) {
		user = 8;
		room -= 4 + 2 * user;
		id = (__u32)fosr_min_u64(room, ID_MOST);
		will = room - id;
		if (will && will < 5) {
			id -= 5 - will;
			will = 5;
		}
	} else if (room > ID_MOST + 5) {
		id = 18;
		will = room - id;
	}
	string_put(&body, "MQTT", 4, 0);
	fosr_pen_u8(&body, 4);
	fosr_pen_u8(&body, 0x02 | (will ? 0x04 : 0) | (user ? 0xc0 : 0));
	fosr_pen_be16(&body, 60);
	string_put(&body, ids[m->seed % FOSR_ARRAY_SIZE(ids)], id, fosr_mix64(m->seed));
	if (will) {
		__u32 name = (__u32)fosr_min_u64(will - 4, 9);

		string_put(&body, "status/up", name, 0);
		string_put(&body, "offline", will - 4 - name, m->seed);
	}
	if (user) {
		string_put(&body, "device01", user, 0);
		string_put(&body, "", user, fosr_mix64(m->seed + 9));
	}
}

static void subscribe_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen body = packet(p, SUBSCRIBE, fosr_pen_room(p));

	fosr_pen_be16(&body, 1 + (m->turn & 0x7fff));
	string_put(&body, topic(m->seed + m->turn), fosr_pen_room(&body) - 3, m->seed);
	fosr_pen_u8(&body, 0);
}

/* What a sensor tells, in JSON, where it has room. */
static void payload_put(struct fosr_pen *p, __u64 seed)
{
	__u32 n = fosr_pen_room(p);

	if (n >= 40 && n <= 2000) {
		char text[40];
		__u32 len = (__u32)snprintf(text, sizeof(text), "{\"temperature\":%u.%u,\"name\":\"",
			(unsigned int)(15 + seed % 12), (unsigned int)(seed / 16 % 10));

		fosr_pen_bytes(p, text, len);
		fosr_pen_letters(p, n - len - 2, seed);
		fosr_pen_text(p, "\"}");
	} else if (n <= 8) {
		static const char digits[] = "21.53087";

		fosr_pen_bytes(p, digits + (seed & 3) % (9 - n), n);
	} else {
		fosr_pen_random(p, n, seed);
	}
}

/* Half of the clients want their publications confirmed, which takes two bytes. */
static bool confirms(const struct fosr_speech *m, __u32 len)
{
	return m->seed >> 12 & 1 && len >= PUBLISH_LEAST + 2;
}

static bool subscribes(__u32 turn, __u32 len)
{
	return turn == 1 && len >= SUBSCRIBE_LEAST && len < 100;
}

static void publish_put(const struct fosr_speech *m, struct fosr_pen *p, __u32 total, __u32 i)
{
	__u64 seed = fosr_mix64(m->seed + m->turn) + i;
	bool confirmed = m->dir == FOSR_FWD && !i && confirms(m, total);
	struct fosr_pen body = packet(p, confirmed ? PUBLISH | 2 : PUBLISH, total);
	__u32 room = fosr_pen_room(&body) - (confirmed ? 2 : 0), name = (__u32)strlen(topic(m->seed));

	name = room - 2 > name ? name : room - 2;
	string_put(&body, topic(m->seed), name, 0);
	if (confirmed)
		fosr_pen_be16(&body, 1 + (m->turn & 0x7fff));
	payload_put(&body, seed);
}

/* All of p, PUBLISH_LEAST and more: packets of one size, and a longer one at the end. */
static void publishes_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 count = fosr_pen_room(p) / PUBLISH_MOST, i;

	count -= count ? 1 : 0;
	for (i = fosr_pen_leap(p, PUBLISH_MOST, count); i < count; i++)
		publish_put(m, p, PUBLISH_MOST, i);
	publish_put(m, p, fosr_pen_room(p), count);
}

/* Less than a publication: a byte is the beginning of a packet. */
static void pings_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 type = m->dir == FOSR_BWD ? PINGRESP : PINGREQ;

	while (fosr_pen_room(p) >= PING)
		fosr_pen_be16(p, type << 8);
	if (fosr_pen_room(p))
		fosr_pen_u8(p, type);
}

/* Behind its connection a client need not wait (4.8 of the standard). */
static void ask(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 len = fosr_pen_room(p);
	struct fosr_pen part;

	if (!m->turn && len >= CONNECT_LEAST) {
		part = fosr_pen_part(p, len > CONNECT_MOST ? CONNECT_USUAL : len);
		connect_put(m, &part);
		len = fosr_pen_room(p);
	}
	if (subscribes(m->turn, len))
		subscribe_put(m, p);
	else if (len >= PUBLISH_LEAST)
		publishes_put(m, p);
	else
		pings_put(m, p);
}

/* Room for a confirmation of n bytes, and for nothing behind it or for a publication. */
static bool room_for(const struct fosr_pen *p, __u32 n)
{
	return fosr_pen_room(p) == n || fosr_pen_room(p) >= n + PUBLISH_LEAST;
}

static void answer(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u32 turn = m->answers;

	if (!turn && m->before >= CONNECT_LEAST && room_for(p, CONFIRMATION)) {
		fosr_pen_be16(p, CONNACK << 8 | 2);
		fosr_pen_be16(p, 0);
	} else if (subscribes(turn, m->before) && room_for(p, SUBSCRIPTION)) {
		fosr_pen_be16(p, SUBACK << 8 | 3);
		fosr_pen_be16(p, 1 + (turn & 0x7fff));
		fosr_pen_u8(p, 0);
	} else if (turn && turn != FOSR_SAID_NOTHING && !subscribes(turn, m->before) && confirms(m, m->before) &&
		room_for(p, CONFIRMATION)) {
		fosr_pen_be16(p, PUBACK << 8 | 2);
		fosr_pen_be16(p, 1 + (turn & 0x7fff));
	}
	if (fosr_pen_room(p) >= PUBLISH_LEAST)
		publishes_put(m, p);
	else
		pings_put(m, p);
}

/* Where no packet has the size, a ping goes behind one that is shorter. */
void fosr_say_mqtt(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen part = fosr_pen_part(p, hollow(m->len) ? m->len - PING : m->len);

	if (m->dir == FOSR_FWD)
		ask(m, &part);
	else
		answer(m, &part);
	pings_put(m, p);
}
