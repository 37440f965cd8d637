// SPDX-License-Identifier: GPL-3.0-or-later
/* MAC addresses written into the text of network files, whatever their layout: what is around them stays. */
#include <string.h>

#include "profile/network_fill.h"
#include "tap.h"

#define HEAD "metadata: {title: T}\nhosts:\n"
#define SERVER "- interfaces: [{ip_addr: 10.0.0.2, mac_addr: \"02:00:00:00:00:02\", services: [http]}]\n"
#define MAC "mac_addr: \"02:00:00:00:00:09\""

static struct fosr_err err;

/* Fills all gaps with the MAC address ...:09, :0a, ... in the file's order. 0 or what went wrong, and the text. */
static int fill(const char *yaml, size_t len, struct fosr_buf *out)
{
	struct fosr_fill f;
	int ret = fosr_fill_open(&f, yaml, len, "net.yaml", &err);

	*out = (struct fosr_buf){0};
	if (ret)
		return ret;
	for (size_t i = 0; i < f.gaps.n; i++) {
		memcpy(f.gaps.v[i].mac, (const __u8[]){2, 0, 0, 0, 0, (__u8)(9 + i)}, 6);
		f.gaps.v[i].found = true;
	}
	ret = fosr_fill_text(&f, out, &err);
	fosr_fill_free(&f);
	return ret;
}

static void becomes(const char *yaml, const char *want, const char *what)
{
	struct fosr_buf out;
	int ret;

	err = (struct fosr_err){0};
	ret = fill(yaml, strlen(yaml), &out);
	if (!ok(!ret && out.text.v && !strcmp(out.text.v, want), "%s (%s)", what, err.text))
		printf("# %s\n", out.text.v ? out.text.v : "");
	fosr_buf_free(&out);
}

static void refused(const char *yaml, size_t len, const char *words, const char *what)
{
	struct fosr_buf out;

	err = (struct fosr_err){0};
	ok(fill(yaml, len, &out) == -EINVAL && strstr(err.text, words), "refused: %s (%s)", what, err.text);
	fosr_buf_free(&out);
}

static void block_style(void)
{
	becomes(HEAD "- interfaces:\n  - ip_addr: 10.0.0.1   # the first\n    services: []\n" SERVER,
		HEAD "- interfaces:\n  - ip_addr: 10.0.0.1   # the first\n    " MAC "\n    services: []\n" SERVER,
		"block style: a line of its own, with the same indent, behind the comment");
	becomes(HEAD SERVER "- interfaces:\n  - services: []\n    ip_addr: 10.0.0.1",
		HEAD SERVER "- interfaces:\n  - services: []\n    ip_addr: 10.0.0.1\n    " MAC "\n",
		"at the end of a file without a line break");
	becomes("metadata: {title: T}\r\nhosts:\r\n" SERVER "- interfaces:\r\n  - ip_addr: 10.0.0.1\r\n",
		"metadata: {title: T}\r\nhosts:\r\n" SERVER "- interfaces:\r\n  - ip_addr: 10.0.0.1\r\n    " MAC "\r\n",
		"lines that end with CR LF");
	becomes(HEAD SERVER "- interfaces:\n  -\n    ip_addr:\n      '10.0.0.1'\n",
		HEAD SERVER "- interfaces:\n  -\n    ip_addr:\n      '10.0.0.1'\n    " MAC "\n",
		"a value on the next line");
	becomes("\xef\xbb\xbf" HEAD SERVER "- hostname: h\xc3\xa9\n  interfaces:\n  - ip_addr: 10.0.0.1\n",
		"\xef\xbb\xbf" HEAD SERVER "- hostname: h\xc3\xa9\n  interfaces:\n  - ip_addr: 10.0.0.1\n    " MAC "\n",
		"a byte order mark, and other letters than ASCII");
}

static void flow_style(void)
{
	becomes(HEAD SERVER "- {hostname: \"\xc3\xa9\", interfaces: [{ip_addr: 10.0.0.1, services: []}]}\n",
		HEAD SERVER "- {hostname: \"\xc3\xa9\", interfaces: [{ip_addr: 10.0.0.1, " MAC ", services: []}]}\n",
		"braces: behind the value");
	becomes(HEAD SERVER "- interfaces: [{ip_addr: '2001:db8::1'}]\n",
		HEAD SERVER "- interfaces: [{ip_addr: '2001:db8::1', " MAC "}]\n", "braces: behind a quoted value");
	becomes(HEAD SERVER "- interfaces: [{ip_addr: 10.0.0.1}, {ip_addr: 10.0.0.3}]\n",
		HEAD SERVER "- interfaces: [{ip_addr: 10.0.0.1, " MAC
			    "}, {ip_addr: 10.0.0.3, mac_addr: \"02:00:00:00:00:0a\"}]\n",
		"two on one line");
	becomes("{\"metadata\": {\"title\": \"T\"},\n\"hosts\": [{\"interfaces\": [{\"ip_addr\": \"10.0.0.1\"}]},\n"
		"{\"interfaces\": [{\"mac_addr\": \"02:00:00:00:00:01\", \"ip_addr\": \"10.0.0.2\", \"services\": [\"http\"]}]}]}",
		"{\"metadata\": {\"title\": \"T\"},\n\"hosts\": [{\"interfaces\": [{\"ip_addr\": \"10.0.0.1\", \"mac_addr\": "
		"\"02:00:00:00:00:09\"}]},\n"
		"{\"interfaces\": [{\"mac_addr\": \"02:00:00:00:00:01\", \"ip_addr\": \"10.0.0.2\", \"services\": [\"http\"]}]}]}",
		"JSON stays JSON");
}

static void others(void)
{
	static const char pools[] = "internet: {pools: [{name: web, hosts: 3, services: [https]}]}\n";
	static const char utf16[] = "\xff\xfem\0e\0";
	char before[400], after[500];

	snprintf(before, sizeof(before), "%s" HEAD SERVER "- interfaces:\n  - ip_addr: 10.0.0.1\n", pools);
	snprintf(after, sizeof(after), "%s" HEAD SERVER "- interfaces:\n  - ip_addr: 10.0.0.1\n    " MAC "\n", pools);
	becomes(before, after, "pools before the hosts are not counted");
	becomes(HEAD SERVER "- interfaces: [{ip_addr: 10.0.0.1, " MAC "}]\n",
		HEAD SERVER "- interfaces: [{ip_addr: 10.0.0.1, " MAC "}]\n", "nothing to fill: the same bytes");
	refused(HEAD SERVER "- interfaces: [ip_addr: 10.0.0.1]\n",
		strlen(HEAD SERVER "- interfaces: [ip_addr: 10.0.0.1]\n"), "cannot be written beside ip_addr",
		"a map without braces in a list");
	refused(HEAD SERVER "- interfaces:\n  - ? ip_addr\n    : 10.0.0.1\n",
		strlen(HEAD SERVER "- interfaces:\n  - ? ip_addr\n    : 10.0.0.1\n"),
		"cannot be written beside ip_addr", "a key with a question mark");
	refused(HEAD SERVER "- interfaces:\n  - ip_addr: |-\n      10.0.0.1\n",
		strlen(HEAD SERVER "- interfaces:\n  - ip_addr: |-\n      10.0.0.1\n"),
		"cannot be written beside ip_addr", "a literal");
	refused(utf16, sizeof(utf16) - 1, "iconv", "UTF-16");
	refused("hosts: []", 9, "net.yaml:1:", "what is no network");
}

int main(void)
{
	block_style();
	flow_style();
	others();
	return done();
}
