// SPDX-License-Identifier: GPL-3.0-or-later
/* Network files made for a profile, over all sizes: they are read, have what was asked for, and offer all services. */
#include <string.h>

#include "profile/network.h"
#include "profile/network_facts.h"
#include "profile/network_make.h"
#include "tap.h"
#include "unit/profilekit.h"

static struct fosr_err err;

/* A profile in memory that outlives what is made of it. */
static struct fosr_profile *profile_of(void *buf, size_t len)
{
	struct fosr_profile *p = NULL;

	if (fosr_profile_from(buf, len, "memory", &p, &err)) {
		fprintf(stderr, "%s\n", err.text);
		abort();
	}
	return p;
}

/* Hosts, users and servers as told, nobody in no subnet, and no subnet without a host. */
static bool as_asked(const struct fosr_make_opts *o, const struct fosr_made *made, const struct fosr_buf *text)
{
	struct fosr_network *net;
	struct fosr_net_facts f;
	bool good;

	if (fosr_network_parse(text->text.v, text->text.n, "made", &net, &err))
		return false;
	if (fosr_net_facts(net, &f, &err)) {
		fosr_network_free(net);
		return false;
	}
	good = made->users + made->servers == o->hosts && f.role[FOSR_ROLE_USER] == made->users &&
		f.role[FOSR_ROLE_SERVER] == made->servers && f.role[FOSR_ROLE_INTERNET] == made->visitors &&
		f.pooled == made->pool_hosts && !f.derived && !f.nowhere && !f.only6 &&
		f.both == (o->ip6 ? f.ifaces : 0) && (!o->subnets || made->subnets == o->subnets) &&
		net->places.n == (size_t)made->subnets * (1 + o->ip6);
	for (size_t i = 0; i < net->places.n; i++)
		good &= f.place[i] > 0;
	for (size_t s = 0; s < net->services; s++)
		good &= f.service[s].clients > 1;
	fosr_net_facts_free(&f);
	fosr_network_free(net);
	return good;
}

static bool made_well(const struct fosr_profile *p, const struct fosr_make_opts *o, __u32 services)
{
	struct fosr_buf text = {0};
	struct fosr_made made;
	int ret = fosr_network_make(p, o, &text, &made, &err);
	bool good = !ret && made.services == services && as_asked(o, &made, &text);

	if (!good)
		printf("# %u hosts, %u subnets, IPv6 %d: %s\n", o->hosts, o->subnets, o->ip6, ret ? err.text : "wrong");
	fosr_buf_free(&text);
	return good;
}

static void sizes(const struct fosr_profile *p)
{
	unsigned int wrong = 0, all = 0;

	for (__u32 hosts = FOSR_MAKE_HOSTS_MIN; hosts <= FOSR_MAKE_HOSTS_MAX;
		hosts = hosts < 60 ? hosts + 25 : hosts * 5) {
		for (__u32 subnets = 0; subnets <= FOSR_MAKE_SUBNETS_MAX && subnets * 2 <= hosts;
			subnets = subnets * 3 + 1, all++) {
			struct fosr_make_opts o = {.hosts = hosts, .subnets = subnets, .seed = all, .ip6 = all & 1};

			wrong += !made_well(p, &o, 3);
		}
	}
	ok(all > 10 && !wrong, "%u sizes with and without IPv6: all as asked for", all);
	ok(made_well(p, &(struct fosr_make_opts){.hosts = FOSR_MAKE_HOSTS_MAX, .subnets = 1, .ip6 = true}, 3) &&
			made_well(p,
				&(struct fosr_make_opts){.hosts = FOSR_MAKE_HOSTS_MAX,
					.subnets = FOSR_MAKE_SUBNETS_MAX,
					.seed = UINT64_MAX,
					.ip6 = true},
				3),
		"the largest, in one subnet and in the most");
}

static void text(const struct fosr_profile *p)
{
	struct fosr_make_opts o = {.hosts = 50};
	struct fosr_buf a = {0}, b = {0}, c = {0};
	struct fosr_made made;

	ok(!fosr_network_make(p, &o, &a, &made, &err) && !fosr_network_make(p, &o, &b, &made, &err) &&
			a.text.n == b.text.n && !memcmp(a.text.v, b.text.v, a.text.n),
		"again: the same text");
	o.seed = 1;
	ok(!fosr_network_make(p, &o, &c, &made, &err) && strcmp(a.text.v, c.text.v), "another seed: another one");
	ok(strstr(a.text.v, "hostname: ns1") && strstr(a.text.v, "services: [mdns]") &&
			strstr(a.text.v, "name: site") && !strstr(a.text.v, "visitor"),
		"names by servers, multicast names by users, the web by a pool, and nobody that the Internet is not");
	fosr_buf_free(&a);
	fosr_buf_free(&b);
	fosr_buf_free(&c);
}

/* A profile whose services have names of its own. */
static void strange(void)
{
	static const struct fosr_profile_spec spec = {.name = "a\nb: \"c", .family = {"hist", "bn", "markov"}};
	struct fosr_buf out = {0};
	struct fosr_made made;
	struct fosr_profile *p;
	struct fosr_dataset d;
	void *buf = NULL;
	size_t len;

	kit_dataset(&d, 30);
	strcpy(d.services.list.v[0].name, "strange");
	if (!ok(!fosr_profile_fit(&spec, &d, &buf, &len, &err), "a profile with a strange service (%s)", err.text))
		return;
	fosr_dataset_free(&d);
	p = profile_of(buf, len);
	ok(!fosr_network_make(p, &(struct fosr_make_opts){.hosts = 10}, &out, &made, &err) && made.unknown == 1 &&
			made.services == 2,
		"it is counted and left out, and a name that is no YAML does no harm (%s)", err.text);
	fosr_buf_free(&out);
	fosr_profile_free(p);
	free(buf);
}

int main(void)
{
	size_t len;
	void *buf = kit_profile(300, &len);
	struct fosr_profile *p = profile_of(buf, len);

	sizes(p);
	text(p);
	strange();
	fosr_profile_free(p);
	free(buf);
	return done();
}
