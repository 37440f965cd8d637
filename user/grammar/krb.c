// SPDX-License-Identifier: GPL-3.0-or-later
#include "grammar/krb.h"

#include "base/mix.h"

#define CONTEXT(n) (0xa0 | (n))
#define KRB5 "\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"
#define MS_KRB5 "\x2a\x86\x48\x82\xf7\x12\x01\x02\x02"
#define SPNEGO "\x2b\x06\x01\x05\x05\x02"
#define NTLMSSP "\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a"
#define AUTHENTICATOR 200 /* of an AP-REQ; the ticket is the rest */

void fosr_krb_begin(struct fosr_krb_scratch *s)
{
	s->pen = (struct fosr_pen){.out = s->bytes, .to = sizeof(s->bytes), .len = sizeof(s->bytes)};
}

void fosr_krb_put(struct fosr_pen *p, __u32 tag, const struct fosr_krb_scratch *s)
{
	fosr_ber_bytes(p, tag, s->bytes, fosr_pen_at(&s->pen));
}

void fosr_krb_realm(const struct fosr_speech *m, char realm[64])
{
	const char *domain = strchr(m->name[FOSR_BWD], '.');
	int n = 0;

	domain = domain && domain[1] ? domain + 1 : "corp.example";
	for (; n < 40 && domain[n]; n++)
		realm[n] = (char)(domain[n] >= 'a' && domain[n] <= 'z' ? domain[n] - 32 : domain[n]);
	realm[n] = '\0';
}

void fosr_krb_int(struct fosr_pen *p, __u32 tag, __u32 v)
{
	struct fosr_pen part = fosr_ber_part(p, CONTEXT(tag), 2 + fosr_ber_int_size(v));

	fosr_ber_int(&part, FOSR_BER_INTEGER, v);
}

void fosr_krb_text(struct fosr_pen *p, __u32 tag, __u32 type, const char *text)
{
	struct fosr_pen part = fosr_ber_part(p, CONTEXT(tag), fosr_ber_size(fosr_ber_size((__u32)strlen(text))));

	fosr_ber_text(&part, type, text);
}

void fosr_krb_principal(struct fosr_pen *p, __u32 tag, __u32 type, const char *first, const char *second)
{
	__u32 names = fosr_ber_size((__u32)strlen(first)) + (second ? fosr_ber_size((__u32)strlen(second)) : 0);
	__u32 list = fosr_ber_size(fosr_ber_size(names)), all = fosr_ber_size(2 + fosr_ber_int_size(type) + list);
	struct fosr_pen name = fosr_ber_part(p, CONTEXT(tag), fosr_ber_size(all)), text;

	name = fosr_ber_part(&name, FOSR_BER_SEQUENCE, all);
	fosr_krb_int(&name, 0, type);
	text = fosr_ber_part(&name, CONTEXT(1), list);
	text = fosr_ber_part(&text, FOSR_BER_SEQUENCE, fosr_pen_room(&text));
	fosr_ber_text(&text, FOSR_BER_GENERAL, first);
	if (second)
		fosr_ber_text(&text, FOSR_BER_GENERAL, second);
}

void fosr_krb_cipher(struct fosr_pen *p, __u32 tag, __u32 kvno, __u32 total, __u64 seed)
{
	struct fosr_pen part = fosr_ber_part(p, CONTEXT(tag), total);

	part = fosr_ber_part(&part, FOSR_BER_SEQUENCE, fosr_pen_room(&part));
	fosr_krb_int(&part, 0, FOSR_KRB_AES256);
	if (kvno)
		fosr_krb_int(&part, 1, kvno);
	part = fosr_ber_part(&part, CONTEXT(2), fosr_pen_room(&part));
	part = fosr_ber_part(&part, FOSR_BER_STRING, fosr_pen_room(&part));
	fosr_pen_random(&part, fosr_pen_room(&part), seed);
}

void fosr_krb_ticket(const struct fosr_speech *m, struct fosr_pen *p, const char *service, __u32 total)
{
	struct fosr_pen ticket = fosr_ber_part(p, 0x61, total);
	char realm[64];

	fosr_krb_realm(m, realm);
	ticket = fosr_ber_part(&ticket, FOSR_BER_SEQUENCE, fosr_pen_room(&ticket));
	fosr_krb_int(&ticket, 0, 5);
	fosr_krb_text(&ticket, 1, FOSR_BER_GENERAL, realm);
	fosr_krb_principal(
		&ticket, 2, FOSR_KRB_SERVICE, service, strcmp(service, "krbtgt") ? m->name[FOSR_BWD] : realm);
	fosr_krb_cipher(&ticket, 3, 2, fosr_pen_room(&ticket), fosr_mix64(m->seed ^ 0x61));
}

void fosr_krb_ap_req(const struct fosr_speech *m, struct fosr_pen *p, const char *service)
{
	struct fosr_pen req = fosr_ber_part(p, 0x6e, fosr_pen_room(p)), ticket;
	__u32 authenticator;

	req = fosr_ber_part(&req, FOSR_BER_SEQUENCE, fosr_pen_room(&req));
	fosr_krb_int(&req, 0, 5);
	fosr_krb_int(&req, 1, 14);
	fosr_pen_bytes(&req, "\xa2\x07\x03\x05\x00\x20\x00\x00\x00", 9);
	authenticator = fosr_pen_room(&req) > 3 * AUTHENTICATOR ? AUTHENTICATOR : 80;
	ticket = fosr_ber_part(&req, CONTEXT(3), fosr_pen_room(&req) - authenticator);
	fosr_krb_ticket(m, &ticket, service, fosr_pen_room(&ticket));
	fosr_krb_cipher(&req, 4, 0, fosr_pen_room(&req), fosr_mix64(m->seed + m->turn));
}

/* As Windows offers them: Kerberos under both of its names, then NTLM. */
static void mechanisms_put(struct fosr_pen *p)
{
	struct fosr_pen list = fosr_ber_part(p, CONTEXT(0), 38);

	list = fosr_ber_part(&list, FOSR_BER_SEQUENCE, fosr_pen_room(&list));
	fosr_ber_bytes(&list, FOSR_BER_OID, MS_KRB5, 9);
	fosr_ber_bytes(&list, FOSR_BER_OID, KRB5, 9);
	fosr_ber_bytes(&list, FOSR_BER_OID, NTLMSSP, 10);
}

void fosr_spnego_init(const struct fosr_speech *m, struct fosr_pen *p, const char *service)
{
	struct fosr_pen token = fosr_ber_part(p, 0x60, fosr_pen_room(p));

	fosr_ber_bytes(&token, FOSR_BER_OID, SPNEGO, 6);
	token = fosr_ber_part(&token, CONTEXT(0), fosr_pen_room(&token));
	token = fosr_ber_part(&token, FOSR_BER_SEQUENCE, fosr_pen_room(&token));
	mechanisms_put(&token);
	token = fosr_ber_part(&token, CONTEXT(2), fosr_pen_room(&token));
	token = fosr_ber_part(&token, FOSR_BER_STRING, fosr_pen_room(&token));
	token = fosr_ber_part(&token, 0x60, fosr_pen_room(&token));
	fosr_ber_bytes(&token, FOSR_BER_OID, KRB5, 9);
	fosr_pen_be16(&token, 0x0100);
	fosr_krb_ap_req(m, &token, service);
}

/* The responder's: accepted, Kerberos, AP-REP. */
void fosr_spnego_accept(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen token = fosr_ber_part(p, CONTEXT(1), fosr_pen_room(p)), part;

	token = fosr_ber_part(&token, FOSR_BER_SEQUENCE, fosr_pen_room(&token));
	fosr_pen_bytes(&token, "\xa0\x03\x0a\x01\x00", 5);
	part = fosr_ber_part(&token, CONTEXT(1), 13);
	fosr_ber_bytes(&part, FOSR_BER_OID, MS_KRB5, 9);
	token = fosr_ber_part(&token, CONTEXT(2), fosr_pen_room(&token));
	token = fosr_ber_part(&token, FOSR_BER_STRING, fosr_pen_room(&token));
	token = fosr_ber_part(&token, 0x60, fosr_pen_room(&token));
	fosr_ber_bytes(&token, FOSR_BER_OID, KRB5, 9);
	fosr_pen_be16(&token, 0x0200);
	token = fosr_ber_part(&token, 0x6f, fosr_pen_room(&token));
	token = fosr_ber_part(&token, FOSR_BER_SEQUENCE, fosr_pen_room(&token));
	fosr_krb_int(&token, 0, 5);
	fosr_krb_int(&token, 1, 15);
	fosr_krb_cipher(&token, 2, 0, fosr_pen_room(&token), fosr_mix64(m->seed + m->turn * 2 + 1));
}
