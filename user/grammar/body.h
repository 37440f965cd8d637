/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What messages with a content type carry: documents of exactly n bytes that their dissectors read. */
#ifndef FOSR_GRAMMAR_BODY_H
#define FOSR_GRAMMAR_BODY_H

#include "grammar/pen.h"

enum fosr_body {
	FOSR_BODY_LINES, /* text/plain, scripts and style sheets: lines */
	FOSR_BODY_HTML,
	FOSR_BODY_JSON,
	FOSR_BODY_NDJSON, /* an object on each line */
	FOSR_BODY_FORM, /* application/x-www-form-urlencoded */
	FOSR_BODY_XML,
	FOSR_BODY_SOAP,
	FOSR_BODY_PNG,
	FOSR_BODY_MP4,
	FOSR_BODY_BINARY,
	FOSR_BODY_SAMPLES, /* metrics: a name, a value on each line */
	FOSR_BODY_IPP_REQUEST, /* RFC 8010 */
	FOSR_BODY_IPP_ANSWER,
};

void fosr_body_put(struct fosr_pen *p, enum fosr_body kind, __u32 n, __u64 seed);

/* Cut where it is convenient, such a document is still what it was. */
static inline bool fosr_body_divides(enum fosr_body kind)
{
	return kind == FOSR_BODY_LINES || kind == FOSR_BODY_BINARY;
}

#endif
