/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who speaks HTTP and what about: a row per service. */
#ifndef FOSR_GRAMMAR_HTTP_H
#define FOSR_GRAMMAR_HTTP_H

#include "grammar/body.h"

struct fosr_http_type {
	const char *name; /* of the media type */
	enum fosr_body body;
	__u32 least; /* bytes that such a document has */
	const char *path; /* what paths to it contain; NULL: any */
};

struct fosr_http_list {
	const char *const *v;
	__u32 n;
};

struct fosr_http_types {
	const struct fosr_http_type *v;
	__u32 n;
};

struct fosr_http_kind {
	struct fosr_http_list paths, agents, servers;
	struct fosr_http_list posted; /* paths of requests with a body; none: the same */
	struct fosr_http_types asked, answered; /* what requests with a body and what answers carry */
	const char *extra; /* a line that its requests have; NULL: none */
	__u8 posts; /* of 16 requests, so many have a body */
	bool browsers; /* agents are browsers: languages, encodings, cookies */
};

extern const struct fosr_http_kind fosr_http_web, fosr_http_winrm, fosr_http_ipp, fosr_http_upnp, fosr_http_elastic,
	fosr_http_docker, fosr_http_metrics, fosr_http_influx, fosr_http_etcd;

#endif
