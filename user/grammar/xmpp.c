// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * XMPP (RFC 6120, RFC 6121): each end opens its stream with the first message that has room for it; stanzas follow, and
 * what is too short for one is white space (RFC 6120 4.6.1). Bodies take the size.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define WORDS_MOST 300

/* What n bytes are put between. */
struct stanza {
	const char *before, *after;
};

static const struct stanza short_ones[] = {{"<presence id='", "'/>"}, {"<presence><status>", "</status></presence>"},
	{"<message><body>", "</body></message>"}};
static const struct stanza client[] = {{"<message type='chat' to='bob@example.com'><body>", "</body></message>"},
	{"<iq type='result' to='example.com' id='", "'/>"},
	{"<iq type='get' id='", "'><ping xmlns='urn:xmpp:ping'/></iq>"},
	{"<presence><status>", "</status></presence>"}};
static const struct stanza server[] = {{"<message type='chat' from='bob@example.com'><body>", "</body></message>"},
	{"<iq type='result' from='example.com' id='", "'/>"},
	{"<presence from='carol@example.com/phone'><status>", "</status></presence>"}};

static __u32 fixed(const struct stanza *s)
{
	return (__u32)(strlen(s->before) + strlen(s->after));
}

static void white_put(struct fosr_pen *p, __u32 n)
{
	while (n--)
		fosr_pen_u8(p, ' ');
}

static void stanza_put(struct fosr_pen *p, const struct fosr_speech *m, __u32 n, __u64 seed)
{
	const struct stanza *s = m->dir == FOSR_FWD ? &FOSR_PICK(client, seed) : &FOSR_PICK(server, seed);

	for (size_t i = FOSR_ARRAY_SIZE(short_ones); i-- && n <= fixed(s);)
		s = &short_ones[i];
	if (n <= fixed(s)) {
		if (n >= 11)
			fosr_pen_text(p, "<presence/>");
		white_put(p, n >= 11 ? n - 11 : n);
		return;
	}
	n -= fixed(s);
	fosr_pen_text(p, s->before);
	if (n > WORDS_MOST)
		fosr_pen_letters(p, n, seed);
	else if (s->after[0] == '<')
		fosr_pen_words(p, n, seed);
	else
		fosr_pen_word(p, n, seed);
	fosr_pen_text(p, s->after);
}

static void stream_add(struct fosr_text *t, const struct fosr_speech *m)
{
	const char *name = *m->name[FOSR_BWD] ? m->name[FOSR_BWD] : "example.com";

	fosr_text_add(t, "<?xml version='1.0'?><stream:stream ");
	if (m->dir == FOSR_FWD)
		fosr_text_add(t, "to='%s' ", name);
	else
		fosr_text_add(t, "id='%08x' from='%s' ", (__u32)m->seed, name);
	fosr_text_add(t, "version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>");
}

void fosr_say_xmpp(const struct fosr_speech *m, struct fosr_pen *p)
{
	static const char features[] =
		"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
	__u64 seed = fosr_mix64(m->seed + m->turn * 2 + m->dir);
	struct fosr_text t = {0};

	if (!m->turn) {
		stream_add(&t, m);
		if (m->len < t.n)
			t.n = 0;
		else if (m->dir == FOSR_BWD)
			fosr_text_fit(&t, m->len, "%s", features);
	}
	fosr_text_put(p, &t);
	if (fosr_pen_room(p))
		stanza_put(p, m, fosr_pen_room(p), seed);
}
