// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * HTTP/1.1 (RFC 9110, RFC 9112): a message is one request or one answer. A request's size decides whether it has a
 * body; what its lines leave goes into a cookie, or into the path. An answer knows its request, and its body or, where
 * it has none, a header takes what is left.
 */
#include "grammar/http.h"

#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define REQUEST_LEAST 18 /* GET / HTTP/1.0 and an empty line */
#define ANSWER_LEAST 17 /* HTTP/1.1 204 and nothing to say about it */
#define HEADERS_MOST 1500 /* a request that is longer has a body */
#define POST_LEAST 180
#define COOKIE_LEAST 18
#define QUERY_MOST 200
#define CHUNK 8192

struct request {
	__u32 len;
	bool post;
	bool again; /* the client has a copy, and asks for a newer one */
};

static const char *of(const struct fosr_http_list *l, __u64 bits)
{
	return l->v[bits % l->n];
}

/* Both ends know it: what the client's message of this turn and length asks for. */
static struct request request_of(const struct fosr_http_kind *k, __u64 seed, __u32 len)
{
	struct request r = {.len = len, .post = len > HEADERS_MOST || (len >= POST_LEAST && (seed & 15) < k->posts)};

	r.again = !r.post && len >= 200 && (seed >> 4 & 7) == 0;
	return r;
}

/* What a path leads to, as far as n bytes are enough for it. */
static const struct fosr_http_type *type_of(const struct fosr_http_types *t, const char *path, __u32 n, __u64 seed)
{
	const struct fosr_http_type *any = NULL;

	for (__u32 i = 0; i < t->n; i++) {
		const struct fosr_http_type *one = &t->v[(seed + i) % t->n];

		if (n < one->least)
			continue;
		if (one->path && strstr(path, one->path))
			return one;
		if (!any || (any->path && !one->path))
			any = one;
	}
	return any;
}

#define LANGUAGE_LEAST 31 /* Accept-Language */
#define ENCODING 32 /* Accept-Encoding */

/* The lines that a client writes into each request; curl, no more than it must. */
struct client {
	const char *agent;
	bool browser, brief;
};

static struct client client_of(const struct fosr_http_kind *k, const char *agent)
{
	return (struct client){.agent = agent,
		.browser = k->browsers && !strncmp(agent, "Mozilla", 7),
		.brief = !strncmp(agent, "curl/", 5)};
}

static __u32 client_least(const struct client *c)
{
	return (__u32)strlen("User-Agent: \r\nAccept: */*\r\n") + (__u32)strlen(c->agent) + (c->brief ? 0 : ENCODING) +
		(c->browser ? LANGUAGE_LEAST : 0);
}

/* The same in the whole flow: one whose lines have room in the first request; where none has, the briefest. */
static struct client client_find(const struct fosr_http_kind *k, const struct fosr_speech *m, __u32 host, __u64 seed)
{
	__u32 begun = fosr_speech_begun(m, FOSR_FWD), frame = REQUEST_LEAST + host;
	struct client least = client_of(k, of(&k->agents, seed));

	for (__u32 i = 0; i < k->agents.n; i++) {
		struct client c = client_of(k, of(&k->agents, seed + i));

		if (!begun || frame + client_least(&c) <= begun)
			return c;
		if (client_least(&c) < client_least(&least))
			least = c;
	}
	return least;
}

/* What stands in each request of the flow: whom it is for, and the lines of its client. */
static struct client asking(const struct fosr_http_kind *k, const struct fosr_speech *m, struct fosr_text *host)
{
	fosr_text_add(host, "Host: ");
	fosr_text_end(host, m, FOSR_BWD);
	fosr_text_add(host, "\r\n");
	return client_find(k, m, host->n, fosr_mix64(m->seed));
}

/* The first path that has room in a request of r->len bytes: both ends know it. */
static const char *path_find(
	const struct fosr_http_kind *k, const struct request *r, const struct client *c, __u32 host, __u64 seed)
{
	const struct fosr_http_list *paths = r->post && k->posted.n ? &k->posted : &k->paths;
	__u32 usual = REQUEST_LEAST - 1 + host + client_least(c), most = r->len > usual ? r->len - usual : 1;

	for (__u32 i = 0; i < paths->n; i++)
		if (strlen(of(paths, seed + i)) <= most)
			return of(paths, seed + i);
	return of(paths, seed);
}

static const char *asked_path(
	const struct fosr_http_kind *k, const struct fosr_speech *m, const struct request *r, __u64 seed)
{
	struct fosr_text host = {0};
	struct client c = asking(k, m, &host);

	return path_find(k, r, &c, host.n, seed >> 16);
}

/* Letters behind a path, n > 0: the more there are, the more they look like a query. */
static void path_rest(struct fosr_pen *p, __u32 n, __u64 seed)
{
	if (n >= 4) {
		fosr_pen_bytes(p, seed & 1 ? "?v=" : "?q=", 3);
		n -= 3;
	}
	fosr_pen_word(p, n, seed);
}

static void least_request(struct fosr_pen *p, __u64 seed)
{
	fosr_pen_text(p, "GET /");
	fosr_pen_word(p, fosr_pen_room(p) - (REQUEST_LEAST - 5), seed);
	fosr_pen_text(p, " HTTP/1.0\r\n\r\n");
}

/* The lines of a request that it need not have, as many as fit. */
static void request_lines(struct fosr_text *t, const struct fosr_speech *m, const struct fosr_http_kind *k,
	const struct client *c, const struct request *r, __u32 most, __u64 seed)
{
	__u64 client = fosr_mix64(m->seed);
	bool browser = c->browser;

	fosr_text_fit(t, most, "User-Agent: %s\r\n", c->agent);
	if (r->again)
		fosr_text_fit(t, most, "If-None-Match: \"%08x\"\r\n", (__u32)client);
	if (k->extra)
		fosr_text_fit(t, most, "%s", k->extra);
	fosr_text_fit(t, most, "Accept: %s\r\n",
		browser && seed >> 8 & 1 ? "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" : "*/*");
	if (browser)
		fosr_text_fit(t, most, "Accept-Language: %s\r\n", client >> 9 & 1 ? "en-US,en;q=0.9" : "de,en;q=0.7");
	if (c->brief)
		return;
	if (browser || client >> 10 & 1)
		fosr_text_fit(t, most, "Accept-Encoding: gzip, deflate\r\n");
	if (client >> 11 & 1)
		fosr_text_fit(t, most, "Connection: keep-alive\r\n");
	if (browser && m->turn && *m->name[FOSR_BWD])
		fosr_text_fit(t, most, "Referer: http://%s/\r\n", m->name[FOSR_BWD]);
	if (browser && !m->turn)
		fosr_text_fit(t, most, "Upgrade-Insecure-Requests: 1\r\n");
}

static void request_put(const struct fosr_http_kind *k, const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn);
	struct request r = request_of(k, seed, m->len);
	const char *path, *method = !r.post ? "GET" : seed >> 24 & 7 ? "POST" : "PUT";
	const struct fosr_http_type *type = NULL;
	struct fosr_text t = {0};
	struct client c = asking(k, m, &t);
	__u32 left, line, body = 0;

	path = path_find(k, &r, &c, t.n, seed >> 16);
	line = (__u32)(strlen(method) + strlen(path)) + 12;
	if (m->len < line + t.n + 2 + (r.post ? 90 : 0)) {
		least_request(p, seed);
		return;
	}
	request_lines(&t, m, k, &c, &r, m->len - line - 2 - (r.post ? 90 : 0), seed);
	left = m->len - line - 2 - t.n;
	if (r.post)
		type = type_of(&k->asked, path, left - 70, seed >> 32);
	if (r.post && !type) {
		left += (__u32)strlen(method) - 3;
		method = "GET";
	}
	if (type) {
		fosr_text_add(&t, "Content-Type: %s\r\n", type->name);
		left = m->len - line - 2 - t.n - 18;
		body = fosr_counted(left);
		fosr_text_add(&t, "Content-Length: %u\r\n", body);
		left -= body + fosr_digits(body);
	}
	fosr_pen_text(p, method);
	fosr_pen_u8(p, ' ');
	fosr_pen_text(p, path);
	if (left && (left < COOKIE_LEAST || (c.brief && left < QUERY_MOST)))
		path_rest(p, left, seed);
	fosr_pen_text(p, " HTTP/1.1\r\n");
	fosr_text_put(p, &t);
	if (left >= (c.brief ? QUERY_MOST : COOKIE_LEAST)) {
		fosr_pen_text(p, "Cookie: id=");
		fosr_pen_word(p, left - 13, seed);
		fosr_pen_text(p, "\r\n");
	}
	fosr_pen_text(p, "\r\n");
	if (type)
		fosr_body_put(p, type->body, body, seed);
}

/* Too short for lines about it: the reason takes what is left. */
static void least_answer(struct fosr_pen *p, __u64 seed)
{
	static const char reason[] = "No Content";
	__u32 n = fosr_pen_room(p) - ANSWER_LEAST, known = (__u32)fosr_min_u64(n, sizeof(reason) - 1);

	fosr_pen_text(p, "HTTP/1.1 204 ");
	if (n >= known + 14) {
		fosr_pen_text(p, reason);
		fosr_pen_text(p, "\r\nServer: ");
		fosr_pen_word(p, n - known - 10, seed);
	} else {
		fosr_pen_bytes(p, reason, known);
		fosr_pen_word(p, n - known, seed);
	}
	fosr_pen_text(p, "\r\n\r\n");
}

/* Chunks of equal size, one of what they leave, and the last one, which is empty. n bytes with all of them. */
struct chunks {
	__u32 whole, rest;
};

static __u32 hex_digits(__u32 v)
{
	__u32 n = 1;

	while (v >>= 4)
		n++;
	return n;
}

/* False: no chunks have this size. */
static bool chunks_of(__u32 n, struct chunks *c)
{
	__u32 size = CHUNK + 4 + 4;

	if (n < 5 + 6)
		return false;
	n -= 5;
	c->whole = (n - 6) / size;
	n -= c->whole * size + 4;
	for (__u32 digits = 1; digits < n && digits < 5; digits++)
		if (hex_digits(n - digits) == digits) {
			c->rest = n - digits;
			return true;
		}
	return false;
}

static void chunk_row(struct fosr_pen *p, __u32 row, __u32 size, __u64 seed)
{
	(void)size;
	fosr_pen_print(p, "%x\r\n", CHUNK);
	fosr_body_put(p, seed & 1 ? FOSR_BODY_LINES : FOSR_BODY_BINARY, CHUNK, seed + row);
	fosr_pen_text(p, "\r\n");
}

static void chunks_put(struct fosr_pen *p, const struct chunks *c, enum fosr_body kind, __u64 seed)
{
	fosr_pen_rows(p, c->whole, CHUNK + 8, chunk_row, (seed & ~1ULL) | (kind == FOSR_BODY_LINES));
	fosr_pen_print(p, "%x\r\n", c->rest);
	fosr_body_put(p, kind, c->rest, seed);
	fosr_pen_text(p, "\r\n0\r\n\r\n");
}

struct status {
	const char *line;
	bool empty;
};

/* A status that fits what was asked, and how much there is to say about it. */
static struct status status_of(
	const struct fosr_http_kind *k, const struct fosr_speech *m, const struct request *r, __u64 seed)
{
	static const char *const wrong[] = {"404 Not Found", "404 Not Found", "403 Forbidden",
		"500 Internal Server Error", "400 Bad Request", "503 Service Unavailable"};

	if (m->answers == FOSR_SAID_NOTHING)
		return (struct status){.line = "408 Request Timeout"};
	if (m->len < 400 && r->again)
		return (struct status){.line = "304 Not Modified", .empty = true};
	if (m->len < 260 && (r->post || k != &fosr_http_web) && seed & 1)
		return (struct status){.line = "204 No Content", .empty = true};
	if (k == &fosr_http_web && m->len < 900 && seed >> 4 & 1)
		return (struct status){.line = seed >> 5 & 1 ? "302 Found" : "301 Moved Permanently"};
	if (m->len < 3000 && (seed >> 8 & 7) == 0)
		return (struct status){.line = FOSR_PICK(wrong, seed >> 12)};
	return (struct status){.line = r->post && (seed >> 16 & 3) == 0 ? "201 Created" : "200 OK"};
}

/* A server program's habits: who it is before the date, what it knows of a file behind its length; Python's speaks
 * HTTP/1.0, and says little. */
struct server {
	const char *name;
	bool first, brief;
};

static struct server server_of(const struct fosr_http_kind *k, const struct fosr_speech *m)
{
	const char *name = of(&k->servers, fosr_mix64(m->seed + 77));
	bool brief = !strncmp(name, "SimpleHTTP", 10);

	return (struct server){.name = name, .first = brief || !strncmp(name, "nginx", 5), .brief = brief};
}

/* A file is older than what is said of it. */
static void file_lines(
	struct fosr_text *t, const struct fosr_speech *m, const struct server *is, __u32 most, __u64 seed)
{
	struct fosr_text date = {0};

	fosr_text_date(&date, m->time_ns - (1 + seed % 1000) * 3600 * FOSR_NS_PER_S);
	fosr_text_fit(t, most, "Last-Modified: %s GMT\r\n", date.s);
	if (is->brief)
		return;
	fosr_text_fit(t, most, "ETag: \"%08x\"\r\n", (__u32)fosr_mix64(m->seed));
	if (seed >> 12 & 1)
		fosr_text_fit(t, most, "Cache-Control: max-age=%u\r\n", 60u << (seed >> 13 & 7));
	else
		fosr_text_fit(t, most, "Accept-Ranges: bytes\r\n");
}

/* Into `t` what stands before the type and length of what is answered, into `behind` what stands behind it. */
static void answer_lines(struct fosr_text *t, struct fosr_text *behind, const struct fosr_http_kind *k,
	const struct fosr_speech *m, const struct status *s, __u32 most, __u64 seed)
{
	__u64 server = fosr_mix64(m->seed + 77);
	struct server is = server_of(k, m);
	struct fosr_text date = {0};

	fosr_text_date(&date, m->time_ns);
	if (*is.name && is.first)
		fosr_text_fit(t, most, "Server: %s\r\n", is.name);
	fosr_text_fit(t, most, "Date: %s GMT\r\n", date.s);
	if (*is.name && !is.first)
		fosr_text_fit(t, most, "Server: %s\r\n", is.name);
	if (*s->line == '3' && !s->empty)
		fosr_text_fit(t, most, "Location: %s%s/%08x\r\n", *m->name[FOSR_BWD] ? "https://" : "",
			m->name[FOSR_BWD], (__u32)seed);
	if (k->browsers && *s->line == '2' && (is.brief || seed >> 20 & 1))
		file_lines(is.first ? behind : t, m, &is, most - (is.first ? fosr_min_u64(most, t->n) : 0), seed >> 21);
	if (is.brief)
		return;
	most -= (__u32)fosr_min_u64(most, behind->n);
	if (server >> 40 & 1)
		fosr_text_fit(t, most, "Connection: keep-alive\r\n");
	if (server >> 41 & 1)
		fosr_text_fit(t, most, "X-Content-Type-Options: nosniff\r\n");
}

/* Without a body, a header takes what is left. */
static void empty_answer(struct fosr_pen *p, const struct fosr_text *t, __u64 seed)
{
	__u32 left = fosr_pen_room(p) - t->n - 2;

	fosr_text_put(p, t);
	if (left) {
		fosr_pen_text(p, "Set-Cookie: id=");
		fosr_pen_word(p, left - 17, seed);
		fosr_pen_text(p, "\r\n");
	}
	fosr_pen_text(p, "\r\n");
}

static void answer_put(const struct fosr_http_kind *k, const struct fosr_speech *m, struct fosr_pen *p)
{
	bool asked = m->answers != FOSR_SAID_NOTHING;
	__u64 seed = fosr_mix64(m->seed + m->turn + 1000);
	__u64 question = fosr_mix64(m->seed + (asked ? m->answers : 0));
	struct request r = request_of(k, question, asked ? m->before : 0);
	struct status s = status_of(k, m, &r, seed);
	const struct fosr_http_type *type;
	struct fosr_text t = {0}, behind = {0};
	struct chunks c = {0};
	bool plain; /* a page that says why there is nothing */
	__u32 left, body, spare;
	bool brief = server_of(k, m).brief;

	fosr_text_add(&t, "HTTP/1.%u %s\r\n", !brief, s.line);
	if (m->len < t.n + (s.empty ? 20 : 60)) {
		least_answer(p, seed);
		return;
	}
	spare = s.empty ? 20 : 100;
	answer_lines(&t, &behind, k, m, &s, m->len > spare ? m->len - spare : 0, seed);
	if (s.empty) {
		fosr_text_add(&t, "%s", behind.s);
		empty_answer(p, &t, seed);
		return;
	}
	plain = *s.line != '2';
	left = m->len - t.n - behind.n - 2;
	type = type_of(
		&k->answered, plain ? "" : asked_path(k, m, &r, question), left > 90 ? left - 90 : 0, seed >> 32);
	if (!type) {
		least_answer(p, seed);
		return;
	}
	fosr_text_fit(&t, m->len - behind.n - 22, "Content-Type: %s\r\n", type->name);
	left = m->len - t.n - behind.n - 2;
	if (!brief && left > 600 && (seed >> 28 & 3) == 0 && chunks_of(left - 28, &c) &&
		(!c.whole || fosr_body_divides(type->body))) {
		fosr_text_add(&t, "Transfer-Encoding: chunked\r\n%s\r\n", behind.s);
		fosr_text_put(p, &t);
		chunks_put(p, &c, type->body, seed);
		return;
	}
	body = fosr_counted(left - 18);
	spare = left - 18 - body - fosr_digits(body);
	fosr_text_add(&t, "Content-Length: %s%u\r\n%s\r\n", spare ? " " : "", body, behind.s);
	fosr_text_put(p, &t);
	fosr_body_put(p, type->body, body, seed);
}

static void say(const struct fosr_http_kind *k, const struct fosr_speech *m, struct fosr_pen *p)
{
	if (m->len < (m->dir == FOSR_FWD ? REQUEST_LEAST : ANSWER_LEAST))
		fosr_pen_blank(p, m->len);
	else if (m->dir == FOSR_FWD)
		request_put(k, m, p);
	else
		answer_put(k, m, p);
}

#define SAY(name, kind) \
	void fosr_say_##name(const struct fosr_speech *m, struct fosr_pen *p) \
	{ \
		say(&fosr_http_##kind, m, p); \
	}

SAY(http, web)
SAY(winrm, winrm)
SAY(ipp, ipp)
SAY(upnp, upnp)
SAY(elasticsearch, elastic)
SAY(docker, docker)
SAY(prometheus, metrics)
SAY(influxdb, influx)
SAY(etcd, etcd)
