/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of Kerberos (RFC 4120) and of its wrapping in GSS-API (RFC 4121, RFC 4178), for whoever carries tickets. */
#ifndef FOSR_GRAMMAR_KRB_H
#define FOSR_GRAMMAR_KRB_H

#include "grammar/ber.h"
#include "grammar/grammar.h"

#define FOSR_KRB_SCRATCH 512
#define FOSR_KRB_AP_LEAST 300 /* an AP-REQ or AP-REP of fewer bytes has no room for names */
#define FOSR_SPNEGO_LEAST 400 /* and one in SPNEGO */

enum { FOSR_KRB_PRINCIPAL = 1, FOSR_KRB_SERVICE = 2, FOSR_KRB_AES256 = 18 };

/* A part that is written before its size is known; FOSR_KRB_SCRATCH bytes at most. */
struct fosr_krb_scratch {
	__u8 bytes[FOSR_KRB_SCRATCH];
	struct fosr_pen pen;
};

void fosr_krb_begin(struct fosr_krb_scratch *s);
void fosr_krb_put(struct fosr_pen *p, __u32 tag, const struct fosr_krb_scratch *s);

static inline __u32 fosr_krb_size(const struct fosr_krb_scratch *s)
{
	return fosr_ber_size(fosr_pen_at(&s->pen));
}

/* Whoever the server is of: its domain in capitals. */
void fosr_krb_realm(const struct fosr_speech *m, char realm[64]);

/* [tag] of a small integer, of a text; of a principal with one or two names (second: NULL). */
void fosr_krb_int(struct fosr_pen *p, __u32 tag, __u32 v);
void fosr_krb_text(struct fosr_pen *p, __u32 tag, __u32 type, const char *text);
void fosr_krb_principal(struct fosr_pen *p, __u32 tag, __u32 type, const char *first, const char *second);

/* [tag] EncryptedData of `total` bytes; kvno 0: none. */
void fosr_krb_cipher(struct fosr_pen *p, __u32 tag, __u32 kvno, __u32 total, __u64 seed);

/* A ticket for service/host of `total` bytes: 150 and more. */
void fosr_krb_ticket(const struct fosr_speech *m, struct fosr_pen *p, const char *service, __u32 total);

/* AP-REQ for service/host, all of p. */
void fosr_krb_ap_req(const struct fosr_speech *m, struct fosr_pen *p, const char *service);

/* NegTokenInit with a ticket for the service, and the server's NegTokenResp, all of p. */
void fosr_spnego_init(const struct fosr_speech *m, struct fosr_pen *p, const char *service);
void fosr_spnego_accept(const struct fosr_speech *m, struct fosr_pen *p);
#define FOSR_SPNEGO_ACCEPT_LEAST 80

#endif
