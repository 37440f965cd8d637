// SPDX-License-Identifier: GPL-3.0-or-later
/* Changes of passwords (RFC 3244): a ticket and a private message, whose ciphertext takes what is left. */
#include <netinet/in.h>

#include "base/mix.h"
#include "grammar/krb.h"

#define HEADER 6
#define PRIVATE 60 /* a short private message */
#define PRIVATE_USUAL 160
#define AP_REP 90
#define VERSION 1
#define MICROSOFT 0xff80

static void private_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen part = fosr_ber_part(p, 0x75, fosr_pen_room(p));

	part = fosr_ber_part(&part, FOSR_BER_SEQUENCE, fosr_pen_room(&part));
	fosr_krb_int(&part, 0, 5);
	fosr_krb_int(&part, 1, 21);
	fosr_krb_cipher(&part, 3, 0, fosr_pen_room(&part), fosr_mix64(m->seed + m->turn * 2 + m->dir) + 1);
}

static void reply_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen part = fosr_ber_part(p, 0x6f, AP_REP);

	part = fosr_ber_part(&part, FOSR_BER_SEQUENCE, fosr_pen_room(&part));
	fosr_krb_int(&part, 0, 5);
	fosr_krb_int(&part, 1, 15);
	fosr_krb_cipher(&part, 2, 0, fosr_pen_room(&part), fosr_mix64(m->seed + m->turn));
}

/* What is too short for either stays zero. */
void fosr_say_kpasswd(const struct fosr_speech *m, struct fosr_pen *p)
{
	bool answer = m->dir == FOSR_BWD;
	__u32 prefix = m->flow->l4 == IPPROTO_TCP ? 4 : 0, ticket = answer ? AP_REP : FOSR_KRB_AP_LEAST, room;
	struct fosr_pen part;

	if (m->len < prefix + HEADER + ticket + PRIVATE || m->len - prefix > 0xffff)
		return;
	room = m->len - prefix - HEADER;
	if (!answer && room > ticket + PRIVATE_USUAL)
		ticket = room - PRIVATE_USUAL;
	if (prefix)
		fosr_pen_be32(p, room + HEADER);
	fosr_pen_be16(p, room + HEADER);
	fosr_pen_be16(p, answer || m->seed & 1 ? VERSION : MICROSOFT);
	fosr_pen_be16(p, ticket);
	part = fosr_pen_part(p, ticket);
	if (answer)
		reply_put(m, &part);
	else
		fosr_krb_ap_req(m, &part, "kadmin");
	private_put(m, p);
}
