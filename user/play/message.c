// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/message.h"

#include <errno.h>
#include <string.h>

#include <fosr/tag.h>

#include "base/cur.h"

#define HEAD 24
#define MAC_AT 16

__u64 fosr_message_mac(
	const void *bytes, size_t len, const struct fosr_message_ends *e, const struct fosr_secret *secret)
{
	__u64 words[FOSR_MESSAGE_MAX / 8 + 3] = {e->nonce, (__u64)e->src << 32 | e->dst, (__u64)len << 32 | e->number};
	__u8 copy[FOSR_MESSAGE_MAX] = {0};

	memcpy(copy, bytes, len);
	memset(copy + MAC_AT, 0, 8);
	for (size_t i = 0; i < (len + 7) / 8; i++)
		words[3 + i] = fosr_le64(copy + i * 8);
	return fosr_siphash(secret, words, 3 + (__u32)((len + 7) / 8));
}

static __u8 *put64(__u8 *p, __u64 v)
{
	fosr_put64(p, v);
	return p + 8;
}

static __u8 *put_hello(__u8 *p, const struct fosr_hello *h)
{
	p = put64(p, h->sent_ns);
	p = put64(p, h->echo_ns);
	p = put64(p, h->echoed_ns);
	p = put64(p, h->start_ns);
	p = put64(p, h->clear_ns);
	p = put64(p, h->resume_ns);
	p = put64(p, h->speed_q16);
	fosr_put32(p, h->state);
	p += 4;
	for (__u16 i = 0; i < h->hosts; i++, p += 4)
		fosr_put32(p, h->host[i]);
	return p;
}

static __u8 *put_ask(__u8 *p, const struct fosr_ask *a)
{
	p = put64(p, a->flow);
	p = put64(p, a->bits);
	fosr_put32(p, a->base);
	return p + 4;
}

__u32 fosr_message_encode(const struct fosr_message *m, const struct fosr_message_ends *ends,
	const struct fosr_secret *secret, __u8 out[FOSR_MESSAGE_MAX])
{
	__u8 *p = out + HEAD;
	__u16 records = 0;

	switch (m->kind) {
	case FOSR_MESSAGE_HELLO:
		records = m->hello.hosts;
		p = put_hello(p, &m->hello);
		break;
	case FOSR_MESSAGE_ASK:
		records = m->asks;
		for (__u16 i = 0; i < m->asks; i++)
			p = put_ask(p, &m->ask[i]);
		break;
	default:
		memcpy(p, m->digest, FOSR_DIGEST_LEN);
		p += FOSR_DIGEST_LEN;
	}
	fosr_put32(out, FOSR_MESSAGE_VERSION << 24 | (__u32)m->kind << 16 | records);
	fosr_put32(out + 4, 0);
	fosr_put64(out + 8, m->to);
	fosr_put64(out + MAC_AT, fosr_message_mac(out, (size_t)(p - out), ends, secret));
	return (__u32)(p - out);
}

static void get_hello(struct fosr_cur *c, struct fosr_hello *h)
{
	h->sent_ns = fosr_cur_be64(c);
	h->echo_ns = fosr_cur_be64(c);
	h->echoed_ns = fosr_cur_be64(c);
	h->start_ns = fosr_cur_be64(c);
	h->clear_ns = fosr_cur_be64(c);
	h->resume_ns = fosr_cur_be64(c);
	h->speed_q16 = fosr_cur_be64(c);
	h->state = (__u8)fosr_cur_be32(c);
	for (__u16 i = 0; i < h->hosts; i++)
		h->host[i] = fosr_cur_be32(c);
}

static void get_ask(struct fosr_cur *c, struct fosr_ask *a)
{
	a->flow = fosr_cur_be64(c);
	a->bits = fosr_cur_be64(c);
	a->base = fosr_cur_be32(c);
}

static int get_body(struct fosr_cur *c, struct fosr_message *m, __u16 records)
{
	const __u8 *digest;

	switch (m->kind) {
	case FOSR_MESSAGE_ANNOUNCE:
		digest = fosr_cur_take(c, FOSR_DIGEST_LEN);
		if (digest)
			memcpy(m->digest, digest, FOSR_DIGEST_LEN);
		break;
	case FOSR_MESSAGE_HELLO:
		if (records > FOSR_MESSAGE_HOSTS)
			return -EPROTO;
		m->hello.hosts = records;
		get_hello(c, &m->hello);
		break;
	case FOSR_MESSAGE_ASK:
		if (records > FOSR_MESSAGE_ASKS)
			return -EPROTO;
		m->asks = records;
		for (__u16 i = 0; i < records; i++)
			get_ask(c, &m->ask[i]);
		break;
	default:
		return -EPROTO;
	}
	return c->bad || fosr_cur_left(c) ? -EPROTO : 0;
}

int fosr_message_decode(struct fosr_message *m, const struct fosr_message_ends *ends, const struct fosr_secret *secret,
	const void *bytes, size_t len)
{
	struct fosr_cur c = fosr_cur(bytes, len);
	__u16 records;
	__u64 mac;

	memset(m, 0, sizeof(*m));
	if (len < HEAD || len > FOSR_MESSAGE_MAX || fosr_cur_u8(&c) != FOSR_MESSAGE_VERSION)
		return -EPROTO;
	m->kind = fosr_cur_u8(&c);
	records = fosr_cur_be16(&c);
	fosr_cur_skip(&c, 4);
	m->to = fosr_cur_be64(&c);
	mac = fosr_cur_be64(&c);
	if (mac != fosr_message_mac(bytes, len, ends, secret))
		return -EBADMSG;
	return get_body(&c, m, records);
}
