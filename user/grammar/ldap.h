/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What LDAP over TCP and the locator over UDP share. */
#ifndef FOSR_GRAMMAR_LDAP_H
#define FOSR_GRAMMAR_LDAP_H

#include "grammar/ber.h"
#include "grammar/grammar.h"

#define FOSR_LDAP_DONE 14 /* a result without texts, its number of one byte */
#define FOSR_LDAP_SUCCESS 0
#define FOSR_LDAP_NO_OBJECT 32
#define FOSR_LDAP_ENTRY 0x64
#define FOSR_LDAP_SEARCH_DONE 0x65

/* LDAPMessage of `total` bytes: what is behind its number. */
struct fosr_pen fosr_ldap_message(struct fosr_pen *p, __u32 id, __u32 total);

/* Its operation, all of p. */
struct fosr_pen fosr_ldap_operation(struct fosr_pen *p, __u32 tag);

/* LDAPResult with a DN that takes what is left of p. */
void fosr_ldap_result(struct fosr_pen *p, __u32 tag, __u32 code, __u64 seed);

/* The server's domain as DN; n bytes of a DN that ends in it, or of its end. */
void fosr_ldap_dn(const struct fosr_speech *m, struct fosr_pen *p, __u32 n, __u64 seed);

/* Asks for domain controllers and answers (MS-ADTS 6.3.3): all of p. */
void fosr_ldap_locate(const struct fosr_speech *m, struct fosr_pen *p, __u32 id);
void fosr_ldap_located(const struct fosr_speech *m, struct fosr_pen *p, __u32 id);

#endif
