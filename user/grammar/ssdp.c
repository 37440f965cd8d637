// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * SSDP (UPnP Device Architecture 1.1, clause 1): searches are short, announcements are longer; what they search for,
 * and who they are, takes the size.
 */
#include "base/mix.h"
#include "grammar/grammar.h"
#include "grammar/text.h"

#define SEARCH_MOST 220
#define GROUP "HOST: 239.255.255.250:1900\r\n"

static const char *const systems[] = {"Linux/5.10 UPnP/1.1 MiniUPnPd/2.2.1", "Microsoft-Windows/10.0 UPnP/1.0",
	"Linux UPnP/1.0 Sonos/79.1-53290", "Linux/4.4 UPnP/1.0 IpBridge/1.60.0", "Roku/12.5 UPnP/1.0 Roku/12.5"};
static const char *const types[] = {"upnp:rootdevice", "urn:schemas-upnp-org:device:MediaServer:1",
	"urn:schemas-upnp-org:device:InternetGatewayDevice:1", "urn:dial-multiscreen-org:service:dial:1", "ssdp:all",
	"urn:schemas-upnp-org:service:ContentDirectory:1", "roku:ecp", "urn:schemas-upnp-org:device:basic:1"};

static void device_add(struct fosr_text *t, __u64 seed)
{
	fosr_text_add(t, "uuid:%08x-%04x-1000-8000-%012llx", (__u32)seed, (__u32)(seed >> 40) & 0xffff,
		(unsigned long long)(fosr_mix64(seed) >> 16));
}

/* The head's lines, and one line of what is left. Too little for its name: the first line's reason is an empty line. */
static void lines_put(struct fosr_pen *p, const struct fosr_text *t, const char *name, __u64 seed)
{
	__u32 left = fosr_pen_room(p) - t->n - 2, fixed = (__u32)strlen(name) + 2;

	fosr_text_put(p, t);
	if (left) {
		fosr_pen_text(p, name);
		fosr_pen_word(p, left - fixed, seed);
		fosr_pen_text(p, "\r\n");
	}
	fosr_pen_text(p, "\r\n");
}

/* Adds a line if what is left then is nothing, or enough for the last line. */
static bool line_add(struct fosr_text *t, __u32 len, const char *name, const char *value)
{
	__u32 n = (__u32)(strlen(name) + strlen(value)) + 2;

	if (t->n + n + 2 != len && t->n + n + 2 + 20 > len)
		return false;
	fosr_text_add(t, "%s%s\r\n", name, value);
	return true;
}

static void search_put(struct fosr_pen *p, __u32 len, __u64 seed)
{
	struct fosr_text t = {0};
	bool target = false;

	fosr_text_add(&t, "M-SEARCH * HTTP/1.1\r\n");
	line_add(&t, len, "HOST: ", "239.255.255.250:1900");
	line_add(&t, len, "MAN: ", "\"ssdp:discover\"");
	line_add(&t, len, "MX: ", seed & 1 ? "1" : "3");
	for (__u32 i = 0; i < FOSR_ARRAY_SIZE(types) && !target; i++)
		target = line_add(&t, len, "ST: ", FOSR_PICK(types, (seed >> 8 & 0xff) + i));
	line_add(&t, len, "USER-AGENT: ", seed & 2 ? "Google Chrome/131.0.6778.86 Windows" : "Chromium/130.0 Linux");
	lines_put(p, &t, target ? "X-ID: " : "ST: urn:", seed);
}

static void announcement_put(struct fosr_pen *p, const struct fosr_speech *m, bool answer, __u64 seed)
{
	const char *type = FOSR_PICK(types, seed >> 8);
	struct fosr_text t = {0}, where = {0}, usn = {0}, date = {0};

	fosr_text_add(&where, "http://");
	fosr_text_addr(&where, &m->flow->end[m->dir].addr);
	fosr_text_add(&where, ":49152/rootDesc.xml");
	device_add(&usn, m->seed);
	fosr_text_add(&usn, "::%s", type);
	fosr_text_date(&date, m->time_ns);
	fosr_text_add(&t, answer ? "HTTP/1.1 200 OK\r\n" : "NOTIFY * HTTP/1.1\r\n");
	if (!answer)
		line_add(&t, m->len, "HOST: ", "239.255.255.250:1900");
	line_add(&t, m->len, "CACHE-CONTROL: ", "max-age=1800");
	line_add(&t, m->len, "LOCATION: ", where.s);
	line_add(&t, m->len, answer ? "ST: " : "NT: ", type);
	if (!answer)
		line_add(&t, m->len, "NTS: ", "ssdp:alive");
	line_add(&t, m->len, "USN: ", usn.s);
	line_add(&t, m->len, "SERVER: ", FOSR_PICK(systems, m->seed));
	if (answer) {
		line_add(&t, m->len, "EXT:", "");
		fosr_text_add(&date, " GMT");
		line_add(&t, m->len, "DATE: ", date.s);
	}
	line_add(&t, m->len, "BOOTID.UPNP.ORG: ", "1736150000");
	line_add(&t, m->len, "CONFIGID.UPNP.ORG: ", "1");
	lines_put(p, &t, "X-ID: ", seed);
}

void fosr_say_ssdp(const struct fosr_speech *m, struct fosr_pen *p)
{
	__u64 seed = fosr_mix64(m->seed + m->turn);

	if (m->len < 44)
		fosr_pen_blank(p, m->len);
	else if (m->dir == FOSR_BWD)
		announcement_put(p, m, true, seed);
	else if (m->len <= SEARCH_MOST)
		search_put(p, m->len, seed);
	else
		announcement_put(p, m, false, seed);
}
