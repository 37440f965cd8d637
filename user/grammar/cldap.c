// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * How Windows finds a domain controller (MS-ADTS 6.3.3): a search of the root by UDP for the attribute Netlogon, whose
 * value is a structure of its own. What is left goes to the host's name that is asked for, and to the site's that is
 * told.
 */
#include "base/mix.h"
#include "grammar/ldap.h"

#define ASK_LEAST 90
#define TELL_LEAST 160
#define LABEL_MOST 63
#define SITE_LEAST 4 /* a name of two labels that are not empty */

static const char *domain_of(const struct fosr_speech *m)
{
	const char *domain = strchr(m->name[FOSR_BWD], '.');

	return domain && domain[1] && strlen(domain) < 24 ? domain + 1 : "corp.example";
}

static void equals_put(struct fosr_pen *p, const char *name, const void *value, __u32 n)
{
	struct fosr_pen part =
		fosr_ber_part(p, 0xa3, fosr_ber_size(fosr_ber_size((__u32)strlen(name)) + fosr_ber_size(n)));

	fosr_ber_text(&part, FOSR_BER_STRING, name);
	fosr_ber_bytes(&part, FOSR_BER_STRING, value, n);
}

/* (&(DnsDomain=...)(NtVer=...)(Host=...)), the host last. */
static void filter_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	struct fosr_pen part = fosr_ber_part(p, 0xa0, fosr_pen_room(p));
	__u32 own;

	if (fosr_pen_room(&part) > 70)
		equals_put(&part, "DnsDomain", domain_of(m), (__u32)strlen(domain_of(m)));
	equals_put(&part, "NtVer", "\x16\x00\x00\x20", 4);
	part = fosr_ber_part(&part, 0xa3, fosr_pen_room(&part));
	fosr_ber_text(&part, FOSR_BER_STRING, "Host");
	part = fosr_ber_part(&part, FOSR_BER_STRING, fosr_pen_room(&part));
	own = (__u32)strcspn(m->name[FOSR_FWD], ".");
	if (own < fosr_pen_room(&part))
		fosr_pen_bytes(&part, m->name[FOSR_FWD], own);
	fosr_pen_word(&part, fosr_pen_room(&part), m->seed);
}

void fosr_ldap_locate(const struct fosr_speech *m, struct fosr_pen *p, __u32 id)
{
	struct fosr_pen search, filter;

	if (m->len < ASK_LEAST) {
		/* An abandon, which asks for nothing. */
		search = fosr_ldap_message(p, id, m->len);
		search = fosr_ber_part(&search, 0x50, fosr_pen_room(&search));
		fosr_pen_end(&search);
		return;
	}
	search = fosr_ldap_message(p, id, m->len);
	search = fosr_ldap_operation(&search, 0x63);
	fosr_ber_text(&search, FOSR_BER_STRING, "");
	fosr_ber_int(&search, FOSR_BER_ENUMERATED, 0);
	fosr_ber_int(&search, FOSR_BER_ENUMERATED, 0);
	fosr_ber_int(&search, FOSR_BER_INTEGER, 0);
	fosr_ber_int(&search, FOSR_BER_INTEGER, 0);
	fosr_ber_int(&search, FOSR_BER_BOOLEAN, 0);
	filter = fosr_pen_part(&search, fosr_pen_room(&search) - 12);
	filter_put(m, &filter);
	search = fosr_ber_part(&search, FOSR_BER_SEQUENCE, 12);
	fosr_ber_text(&search, FOSR_BER_STRING, "Netlogon");
}

/* A name as DNS writes it. */
static void name_put(struct fosr_pen *p, const char *name)
{
	while (*name) {
		__u32 n = (__u32)strcspn(name, ".");

		fosr_pen_u8(p, n);
		fosr_pen_bytes(p, name, n);
		name += n + (name[n] == '.');
	}
	fosr_pen_u8(p, 0);
}

/* n >= 2 bytes of labels and their end, each of a word. */
static void site_put(struct fosr_pen *p, __u32 n, __u64 seed)
{
	for (n--; n > 1;) {
		__u32 len = (__u32)fosr_min_u64(n - 1, LABEL_MOST);

		if (n - len - 1 == 1)
			len--;
		fosr_pen_u8(p, len);
		fosr_pen_word(p, len, seed + n);
		n -= len + 1;
	}
	fosr_pen_u8(p, 0);
}

/* NETLOGON_SAM_LOGON_RESPONSE_EX. */
static void netlogon_put(const struct fosr_speech *m, struct fosr_pen *p)
{
	const char *domain = domain_of(m);
	char host[16] = "DC01";
	__u32 left;

	fosr_pen_le16(p, 23);
	fosr_pen_le16(p, 0);
	fosr_pen_le32(p, 0x0003f3fd);
	fosr_pen_secret(p, 16, fosr_mix64(m->flow->end[FOSR_BWD].host));
	name_put(p, domain);
	name_put(p, domain);
	name_put(p, *m->name[FOSR_BWD] && strlen(m->name[FOSR_BWD]) < 40 ? m->name[FOSR_BWD] : host);
	name_put(p, "CORP");
	name_put(p, host);
	name_put(p, "");
	left = fosr_pen_room(p) - 8;
	if (left > 2 * 25) {
		name_put(p, "Default-First-Site-Name");
		left -= 25;
	} else {
		name_put(p, "");
		left--;
	}
	site_put(p, left, m->seed);
	fosr_pen_le32(p, 5);
	fosr_pen_le32(p, 0xffffffff);
}

void fosr_ldap_located(const struct fosr_speech *m, struct fosr_pen *p, __u32 id)
{
	struct fosr_pen entry;
	__u32 done = fosr_ber_int_size(id) + 11;

	if (m->len < done)
		return;
	if (m->len >= TELL_LEAST + done) {
		entry = fosr_ldap_message(p, id, m->len - done);
		entry = fosr_ldap_operation(&entry, FOSR_LDAP_ENTRY);
		fosr_ber_text(&entry, FOSR_BER_STRING, "");
		entry = fosr_ber_part(&entry, FOSR_BER_SEQUENCE, fosr_pen_room(&entry));
		entry = fosr_ber_part(&entry, FOSR_BER_SEQUENCE, fosr_pen_room(&entry));
		fosr_ber_text(&entry, FOSR_BER_STRING, "Netlogon");
		entry = fosr_ber_part(&entry, FOSR_BER_SET, fosr_pen_room(&entry));
		entry = fosr_ber_part(&entry, FOSR_BER_STRING, fosr_pen_room(&entry));
		netlogon_put(m, &entry);
	}
	entry = fosr_ldap_message(p, id, fosr_pen_room(p));
	fosr_ldap_result(&entry, FOSR_LDAP_SEARCH_DONE, FOSR_LDAP_SUCCESS, m->seed);
}
