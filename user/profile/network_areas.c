// SPDX-License-Identifier: GPL-3.0-or-later
#include "profile/network_areas.h"

#include <string.h>

#include "profile/addr.h"

/* How hosts of an area are told apart. */
enum level {
	BY_HOST,
	BY_LOOKS, /* servers by what they offer, others by operating system */
	BY_OS,
};

/* A host on its way into an item; the key is what must be the same. */
struct entry {
	struct fosr_item item;
	struct {
		__u32 area, kind;
		__u64 same; /* host, pool or operating system */
		__u64 offers[FOSR_SERVICES_MAX / 64];
	} key;
};

struct sorter {
	const struct fosr_network *net;
	struct fosr_areas *a;
	__u32 *area_of; /* by subnet */
	FOSR_VEC(struct entry) entry;
	enum level *level; /* by area */
};

/* The subnet that a host is in: by its first address that is in one. */
static __u16 place_of(const struct fosr_host *h)
{
	for (size_t i = 0; i < h->ifaces.n; i++) {
		if (h->ifaces.v[i].place != FOSR_NO_PLACE)
			return h->ifaces.v[i].place;
		if (h->ifaces.v[i].place6 != FOSR_NO_PLACE)
			return h->ifaces.v[i].place6;
	}
	return FOSR_NO_PLACE;
}

/* An IPv6 subnet that an IPv4 one has hosts in common with is the same area. */
static int find_subnets(struct sorter *s)
{
	__u16 twin[FOSR_PLACES_MAX];

	memset(twin, 0xff, sizeof(twin));
	for (size_t h = 0; h < s->net->hosts.n; h++)
		for (size_t i = 0; i < s->net->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &s->net->hosts.v[h].ifaces.v[i];

			if (iface->place != FOSR_NO_PLACE && iface->place6 != FOSR_NO_PLACE &&
				twin[iface->place6] == FOSR_NO_PLACE)
				twin[iface->place6] = iface->place;
		}
	for (size_t p = 0; p < s->net->places.n; p++) {
		struct fosr_area *area;

		if (twin[p] != FOSR_NO_PLACE)
			continue;
		area = fosr_vec_push(&s->a->area);
		if (!area)
			return -ENOMEM;
		*area = (struct fosr_area){.place = (__u16)p, .place6 = FOSR_NO_PLACE};
		s->area_of[p] = (__u32)(s->a->area.n - 1);
	}
	for (size_t p = 0; p < s->net->places.n; p++)
		if (twin[p] != FOSR_NO_PLACE) {
			s->area_of[p] = s->area_of[twin[p]];
			s->a->area.v[s->area_of[p]].place6 = (__u16)p;
		}
	return 0;
}

/* The last two areas, made when they are needed first; UINT32_MAX: no memory. */
static __u32 other_area(struct sorter *s, enum fosr_area_kind kind)
{
	struct fosr_area *area;

	for (size_t i = 0; i < s->a->area.n; i++)
		if (s->a->area.v[i].kind == kind)
			return (__u32)i;
	area = fosr_vec_push(&s->a->area);
	if (!area)
		return UINT32_MAX;
	*area = (struct fosr_area){.kind = kind, .place = FOSR_NO_PLACE, .place6 = FOSR_NO_PLACE};
	return (__u32)(s->a->area.n - 1);
}

static enum fosr_item_kind kind_of(const struct fosr_host *h, bool internet)
{
	return h->pooled    ? FOSR_ITEM_POOL
		: internet  ? FOSR_ITEM_INTERNET
		: h->server ? FOSR_ITEM_SERVER
			    : FOSR_ITEM_USER;
}

/* Subnets that the host is in besides its own. */
static int note_others(struct sorter *s, size_t h, __u32 own)
{
	const struct fosr_host *host = &s->net->hosts.v[h];

	for (size_t i = 0; i < host->ifaces.n; i++) {
		__u16 place = host->ifaces.v[i].place;
		struct fosr_also *also;

		if (place == FOSR_NO_PLACE || s->area_of[place] == own)
			continue;
		also = fosr_vec_push(&s->a->also);
		if (!also)
			return -ENOMEM;
		*also = (struct fosr_also){.area = s->area_of[place], .host = h};
	}
	return 0;
}

static int add_host(struct sorter *s, size_t h, size_t pool)
{
	const struct fosr_host *host = &s->net->hosts.v[h];
	__u16 place = place_of(host);
	bool internet = place == FOSR_NO_PLACE && fosr_addr_is_global(&host->ifaces.v[0].addr);
	struct entry *e = fosr_vec_push(&s->entry);
	__u32 area = place != FOSR_NO_PLACE ? s->area_of[place]
					    : other_area(s, internet ? FOSR_AREA_INTERNET : FOSR_AREA_LINK);

	if (!e || area == UINT32_MAX)
		return -ENOMEM;
	e->item = (struct fosr_item){.kind = kind_of(host, internet || host->pooled),
		.area = area,
		.host = h,
		.last = h,
		.hosts = 1,
		.pool = pool,
		.os = 1ULL << host->os};
	for (size_t i = 0; i < host->ifaces.n; i++)
		for (size_t k = 0; k < host->ifaces.v[i].offers.n; k++) {
			__u16 service = host->ifaces.v[i].offers.v[k].service;

			e->item.offers[service / 64] |= 1ULL << (service % 64);
		}
	s->a->area.v[area].hosts++;
	return note_others(s, h, area);
}

static int add_hosts(struct sorter *s)
{
	for (size_t h = 0, pool = 0; h < s->net->hosts.n; h++) {
		while (pool < s->net->pools.n && h >= s->net->pools.v[pool].first + s->net->pools.v[pool].hosts)
			pool++;
		if (add_host(s, h, pool))
			return -ENOMEM;
	}
	return 0;
}

static void set_key(const struct sorter *s, struct entry *e)
{
	enum level level = s->level[e->item.area];

	memset(&e->key, 0, sizeof(e->key));
	e->item.grouped = level != BY_HOST;
	e->key.area = e->item.area;
	e->key.kind = e->item.kind;
	if (e->item.kind == FOSR_ITEM_POOL)
		e->key.same = e->item.pool;
	else if (level == BY_HOST)
		e->key.same = e->item.host;
	else if (level == BY_LOOKS && e->item.kind == FOSR_ITEM_SERVER)
		memcpy(e->key.offers, e->item.offers, sizeof(e->key.offers));
	else
		e->key.same = e->item.os;
}

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = x->key.area != y->key.area ? (x->key.area > y->key.area) - (x->key.area < y->key.area)
					       : memcmp(&x->key, &y->key, sizeof(x->key));

	return order ? order : (x->item.host > y->item.host) - (x->item.host < y->item.host);
}

static int by_place(const void *a, const void *b)
{
	const struct fosr_item *x = a, *y = b;

	if (x->area != y->area)
		return (x->area > y->area) - (x->area < y->area);
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	if (x->grouped && x->kind == FOSR_ITEM_USER && x->os != y->os)
		return (x->os > y->os) - (x->os < y->os);
	return (x->host > y->host) - (x->host < y->host);
}

/* Entries with the same key become one item. */
static int join(struct sorter *s)
{
	struct fosr_item *last = NULL;

	for (size_t i = 0; i < s->entry.n; i++)
		set_key(s, &s->entry.v[i]);
	qsort(s->entry.v, s->entry.n, sizeof(*s->entry.v), by_key);
	s->a->item.n = 0;
	for (size_t i = 0; i < s->entry.n; i++) {
		const struct entry *e = &s->entry.v[i];

		if (i && !memcmp(&e->key, &e[-1].key, sizeof(e->key))) {
			last->hosts++;
			last->last = e->item.host;
			last->os |= e->item.os;
			for (size_t k = 0; k < FOSR_ARRAY_SIZE(last->offers); k++)
				last->offers[k] |= e->item.offers[k];
			continue;
		}
		last = fosr_vec_push(&s->a->item);
		if (!last)
			return -ENOMEM;
		*last = e->item;
	}
	qsort(s->a->item.v, s->a->item.n, sizeof(*s->a->item.v), by_place);
	return 0;
}

static void index_areas(struct fosr_areas *a)
{
	for (size_t i = 0; i < a->area.n; i++)
		a->area.v[i].first = a->area.v[i].items = 0;
	for (size_t i = a->item.n; i-- > 0;) {
		struct fosr_area *area = &a->area.v[a->item.v[i].area];

		area->first = i;
		area->items++;
	}
}

static int group(struct sorter *s)
{
	size_t alone = s->net->hosts.n;
	bool again = false;
	int ret;

	for (size_t i = 0; i < s->net->pools.n; i++)
		alone -= s->net->pools.v[i].hosts;
	s->level = calloc(s->a->area.n, sizeof(*s->level));
	if (!s->level)
		return -ENOMEM;
	for (size_t i = 0; i < s->a->area.n; i++)
		s->level[i] = alone <= FOSR_AREA_ALONE || s->a->area.v[i].hosts <= FOSR_AREA_FEW ? BY_HOST : BY_LOOKS;
	ret = join(s);
	if (ret)
		return ret;
	index_areas(s->a);
	for (size_t i = 0; i < s->a->area.n; i++)
		if (s->level[i] == BY_LOOKS && s->a->area.v[i].items > FOSR_AREA_ITEMS) {
			s->level[i] = BY_OS;
			again = true;
		}
	return again ? join(s) : 0;
}

/* The link comes before the Internet, whichever was needed first. */
static void order_last(struct sorter *s)
{
	size_t n = s->a->area.n;
	struct fosr_area swap;

	if (n < 2 || s->a->area.v[n - 1].kind != FOSR_AREA_LINK || s->a->area.v[n - 2].kind != FOSR_AREA_INTERNET)
		return;
	swap = s->a->area.v[n - 1];
	s->a->area.v[n - 1] = s->a->area.v[n - 2];
	s->a->area.v[n - 2] = swap;
	for (size_t i = 0; i < s->entry.n; i++)
		if (s->entry.v[i].item.area >= n - 2)
			s->entry.v[i].item.area = (__u32)(2 * n - 3 - s->entry.v[i].item.area);
}

int fosr_areas_make(const struct fosr_network *net, struct fosr_areas *a, struct fosr_err *err)
{
	struct sorter s = {.net = net, .a = a, .area_of = calloc(net->places.n + 1, sizeof(*s.area_of))};
	int ret;

	*a = (struct fosr_areas){0};
	ret = s.area_of ? find_subnets(&s) : -ENOMEM;
	if (!ret)
		ret = add_hosts(&s);
	if (!ret) {
		order_last(&s);
		ret = group(&s);
	}
	if (!ret)
		index_areas(a);
	free(s.area_of);
	free(s.level);
	fosr_vec_free(&s.entry);
	if (ret)
		fosr_areas_free(a);
	return ret ? fosr_err(err, ret, "out of memory for a drawing") : 0;
}

void fosr_areas_free(struct fosr_areas *a)
{
	fosr_vec_free(&a->area);
	fosr_vec_free(&a->item);
	fosr_vec_free(&a->also);
}
