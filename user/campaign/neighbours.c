// SPDX-License-Identifier: GPL-3.0-or-later
#include "campaign/neighbours.h"

#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "profile/addr.h"

/* What a host of its own can have. */
static bool mac_fits(const __u8 mac[6])
{
	static const __u8 zero[6];

	return !(mac[0] & 1) && memcmp(mac, zero, 6);
}

static bool wanted(const char *dev, const char *const *devs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(dev, devs[i]))
			return true;
	return !n;
}

static int add(struct fosr_neighbours *n, const struct fosr_addr *addr, const __u8 *mac, const char *dev, bool own)
{
	struct fosr_neighbour *e;

	if (!mac_fits(mac))
		return 0;
	e = fosr_vec_push(&n->list);
	if (!e)
		return -ENOMEM;
	*e = (struct fosr_neighbour){.addr = *addr, .own = own};
	memcpy(e->mac, mac, sizeof(e->mac));
	snprintf(e->dev, sizeof(e->dev), "%s", dev);
	return 0;
}

/* The Ethernet address of an interface among all that getifaddrs() gave; NULL: it has none. */
static const __u8 *mac_of(const struct ifaddrs *all, const char *dev)
{
	for (; all; all = all->ifa_next) {
		const struct sockaddr_ll *ll = (const struct sockaddr_ll *)all->ifa_addr;

		if (ll && ll->sll_family == AF_PACKET && ll->sll_halen == 6 && !strcmp(all->ifa_name, dev))
			return ll->sll_addr;
	}
	return NULL;
}

static bool addr_of(const struct sockaddr *sa, struct fosr_addr *addr)
{
	*addr = (struct fosr_addr){.family = sa->sa_family == AF_INET6 ? 6 : 4};
	if (sa->sa_family == AF_INET)
		memcpy(addr->b, &((const struct sockaddr_in *)sa)->sin_addr, 4);
	else if (sa->sa_family == AF_INET6)
		memcpy(addr->b, &((const struct sockaddr_in6 *)sa)->sin6_addr, 16);
	else
		return false;
	return true;
}

static int add_own(struct fosr_neighbours *n, const char *const *devs, size_t devs_n, struct fosr_err *err)
{
	struct ifaddrs *all;
	int ret = 0;

	if (getifaddrs(&all))
		return fosr_err(err, -errno, "cannot list the addresses of this machine: %s", strerror(errno));
	for (struct ifaddrs *a = all; a && !ret; a = a->ifa_next) {
		struct fosr_addr addr;
		char dev[IFNAMSIZ];
		const __u8 *mac;

		/* An IPv4 address may have a label, "eth0:1". */
		snprintf(dev, sizeof(dev), "%.*s", (int)strcspn(a->ifa_name, ":"), a->ifa_name);
		if (!a->ifa_addr || !addr_of(a->ifa_addr, &addr) || !wanted(dev, devs, devs_n))
			continue;
		mac = mac_of(all, dev);
		if (mac)
			ret = add(n, &addr, mac, dev, true);
	}
	freeifaddrs(all);
	return ret ? fosr_err(err, ret, "out of memory") : 0;
}

/* One entry of the neighbour table; those that nobody has answered for are none. */
static int add_entry(struct fosr_neighbours *n, const struct nlmsghdr *h, const char *const *devs, size_t devs_n)
{
	const struct ndmsg *nd = NLMSG_DATA(h);
	int left = (int)h->nlmsg_len - (int)NLMSG_LENGTH(sizeof(*nd));
	const struct rtattr *dst = NULL, *mac = NULL;
	struct fosr_addr addr = {.family = 4};
	char dev[IFNAMSIZ];

	if (left < 0 || nd->ndm_state & (NUD_INCOMPLETE | NUD_FAILED | NUD_NOARP) ||
		(nd->ndm_family != AF_INET && nd->ndm_family != AF_INET6))
		return 0;
	for (const struct rtattr *a = (const struct rtattr *)(nd + 1); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == NDA_DST)
			dst = a;
		else if (a->rta_type == NDA_LLADDR)
			mac = a;
	}
	if (nd->ndm_family == AF_INET6)
		addr.family = 6;
	if (!dst || !mac || RTA_PAYLOAD(mac) != 6 || RTA_PAYLOAD(dst) != (addr.family == 6 ? 16 : 4) ||
		!if_indextoname((unsigned int)nd->ndm_ifindex, dev) || !wanted(dev, devs, devs_n))
		return 0;
	memcpy(addr.b, RTA_DATA(dst), RTA_PAYLOAD(dst));
	return add(n, &addr, RTA_DATA(mac), dev, false);
}

/* 1 at the end of the dump, 0 to go on, or -errno. */
static int take_answer(struct fosr_neighbours *n, const char *buf, size_t len, const char *const *devs, size_t devs_n)
{
	int ret = 0;

	for (size_t at = 0; at + sizeof(struct nlmsghdr) <= len && !ret;) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)(buf + at);

		if (h->nlmsg_len < sizeof(*h) || h->nlmsg_len > len - at)
			return -EPROTO;
		if (h->nlmsg_type == NLMSG_DONE)
			ret = 1;
		else if (h->nlmsg_type == NLMSG_ERROR)
			ret = ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
		else if (h->nlmsg_type == RTM_NEWNEIGH)
			ret = add_entry(n, h, devs, devs_n);
		at += NLMSG_ALIGN(h->nlmsg_len);
	}
	return ret;
}

static int dump(struct fosr_neighbours *n, int fd, const char *const *devs, size_t devs_n)
{
	struct {
		struct nlmsghdr h;
		struct ndmsg nd;
	} ask = {
		.h = {.nlmsg_len = sizeof(ask), .nlmsg_type = RTM_GETNEIGH, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP}};
	char buf[32768] __attribute__((aligned(8)));
	int ret = send(fd, &ask, sizeof(ask), 0) < 0 ? -errno : 0;

	while (!ret) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		if (len < 0 && errno == EINTR)
			continue;
		ret = len < 0 ? -errno : take_answer(n, buf, (size_t)len, devs, devs_n);
	}
	return ret < 0 ? ret : 0;
}

static int by_addr(const void *a, const void *b)
{
	const struct fosr_neighbour *x = a, *y = b;
	int order = fosr_addr_cmp(&x->addr, &y->addr);

	if (!order)
		order = (int)y->own - (int)x->own;
	return order ? order : strcmp(x->dev, y->dev);
}

int fosr_neighbours_read(struct fosr_neighbours *n, const char *const *devs, size_t devs_n, struct fosr_err *err)
{
	int fd, ret;

	*n = (struct fosr_neighbours){0};
	for (size_t i = 0; i < devs_n; i++)
		if (!if_nametoindex(devs[i]))
			return fosr_err(err, -ENODEV, "%s: no such interface; 'ip link' lists the interfaces", devs[i]);
	ret = add_own(n, devs, devs_n, err);
	fd = ret ? -1 : socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (!ret) {
		ret = fd < 0 ? -errno : dump(n, fd, devs, devs_n);
		if (ret)
			fosr_err(err, ret, "cannot read the neighbour table: %s", strerror(-ret));
	}
	if (fd >= 0)
		close(fd);
	if (ret)
		fosr_neighbours_free(n);
	else if (n->list.n)
		qsort(n->list.v, n->list.n, sizeof(*n->list.v), by_addr);
	return ret;
}

void fosr_neighbours_free(struct fosr_neighbours *n)
{
	fosr_vec_free(&n->list);
}

const struct fosr_neighbour *fosr_neighbours_find(
	const struct fosr_neighbours *n, const struct fosr_addr *addr, const struct fosr_neighbour **other)
{
	size_t low = 0, high = n->list.n;

	*other = NULL;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (fosr_addr_cmp(&n->list.v[mid].addr, addr) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == n->list.n || fosr_addr_cmp(&n->list.v[low].addr, addr))
		return NULL;
	for (size_t i = low + 1; i < n->list.n && !fosr_addr_cmp(&n->list.v[i].addr, addr) && !*other; i++)
		if (n->list.v[i].own == n->list.v[low].own && memcmp(n->list.v[i].mac, n->list.v[low].mac, 6))
			*other = &n->list.v[i];
	return &n->list.v[low];
}
