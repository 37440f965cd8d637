// SPDX-License-Identifier: GPL-3.0-or-later
#include "play/local.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fosr/csum.h>

static int ask(const char *dev, unsigned long request, struct ifreq *req)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;

	if (fd < 0)
		return -errno;
	memset(req, 0, sizeof(*req));
	snprintf(req->ifr_name, sizeof(req->ifr_name), "%s", dev);
	if (ioctl(fd, request, req))
		ret = -errno;
	close(fd);
	return ret;
}

int fosr_local_link(const char *dev, struct fosr_err *err)
{
	struct ifreq req;
	int ret = ask(dev, SIOCGIFFLAGS, &req);

	if (ret)
		return fosr_err(err, ret, "%s: %s; 'ip link' lists the interfaces", dev,
			ret == -ENODEV ? "no such interface" : strerror(-ret));
	if (!(req.ifr_flags & IFF_UP))
		return fosr_err(err, -ENETDOWN, "%s is down: ip link set %s up", dev, dev);
	if (!(req.ifr_flags & IFF_RUNNING))
		return fosr_err(err, -ENETDOWN, "%s has no carrier: is its other end up?", dev);
	return 0;
}

int fosr_local_mtu(const char *dev, __u32 *mtu, struct fosr_err *err)
{
	struct ifreq req;
	int ret = ask(dev, SIOCGIFMTU, &req);

	if (ret)
		return fosr_err(err, ret, "%s: cannot read its MTU: %s", dev,
			ret == -ENODEV ? "no such interface" : strerror(-ret));
	*mtu = (__u32)req.ifr_mtu;
	return 0;
}

__u32 fosr_local_sent(const struct fosr_local_dev *d)
{
	struct ifaddrs *all, *a;
	__u32 n = 0;

	if (getifaddrs(&all))
		return 0;
	for (a = all; a; a = a->ifa_next)
		if (a->ifa_addr && a->ifa_addr->sa_family == AF_PACKET && a->ifa_data && !strcmp(a->ifa_name, d->name))
			n = ((const struct rtnl_link_stats *)a->ifa_data)->tx_packets;
	freeifaddrs(all);
	return n;
}

/* 0 when the driver does not tell. */
static __u32 queues_of(const char *dev)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = {.ifr_data = (char *)&channels};
	__u32 n = 0;

	if (fd < 0)
		return 0;
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", dev);
	if (!ioctl(fd, SIOCETHTOOL, &req))
		n = channels.combined_count + channels.rx_count;
	close(fd);
	return n;
}

static int dev_open(struct fosr_local_dev *d, const char *name, const struct fosr_campaign *c, struct fosr_err *err)
{
	struct ifreq req;
	int ret = fosr_local_link(name, err);

	if (ret)
		return ret;
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->ifindex = if_nametoindex(name);
	ret = ask(name, SIOCGIFHWADDR, &req);
	if (ret)
		return fosr_err(err, ret, "%s: cannot read its MAC address: %s", name, strerror(-ret));
	memcpy(d->mac, req.ifr_hwaddr.sa_data, sizeof(d->mac));
	ret = fosr_local_mtu(name, &d->mtu, err);
	if (ret)
		return ret;
	d->queues = queues_of(name);
	if (c && d->mtu < c->craft.mtu)
		return fosr_err(err, -EMSGSIZE,
			"%s has an MTU of %u, the campaign's packets need %u with the tag: raise it "
			"(ip link set %s mtu %u), or give every host of the campaign --mtu %u",
			name, d->mtu, c->craft.mtu, name, c->craft.mtu, d->mtu);
	return 0;
}

static const struct fosr_iface *find_iface(const struct fosr_network *net, __u32 addr, const struct fosr_host **host)
{
	for (size_t h = 0; h < net->hosts.n; h++)
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &net->hosts.v[h].ifaces.v[i];

			*host = &net->hosts.v[h];
			if (iface->addr.family == 4 && fosr_get32(iface->addr.b) == addr)
				return iface;
		}
	return NULL;
}

/* A switch delivers by MAC address: frames for another one would never come back. */
static int add(struct fosr_local *l, size_t dev, const struct fosr_host *host, const struct fosr_iface *iface,
	struct fosr_err *err)
{
	struct fosr_local_dev *d = &l->dev[dev];
	const __u8 *want = iface->mac, *have = d->mac;
	int ret;

	if (memcmp(want, have, 6))
		return fosr_err(err, -EADDRNOTAVAIL,
			"%s has MAC address %02x:%02x:%02x:%02x:%02x:%02x, but the network file gives "
			"host %s %02x:%02x:%02x:%02x:%02x:%02x: a switch would not deliver; change one of them",
			d->name, have[0], have[1], have[2], have[3], have[4], have[5], host->name, want[0], want[1],
			want[2], want[3], want[4], want[5]);
	ret = fosr_u64map_put(&l->by_addr, fosr_get32(iface->addr.b), (__u32)dev);
	d->hosts++;
	return ret ? fosr_err(err, ret, "out of memory") : 0;
}

/* Addresses configured on the interfaces. */
static int add_configured(struct fosr_local *l, const struct fosr_campaign *c, struct fosr_err *err)
{
	struct ifaddrs *all, *a;
	int ret = 0;

	if (getifaddrs(&all))
		return fosr_err(err, -errno, "cannot list the addresses of this machine: %s", strerror(errno));
	for (a = all; a && !ret; a = a->ifa_next)
		for (size_t d = 0; d < l->devs && !ret; d++) {
			const struct fosr_iface *iface;
			const struct fosr_host *host;

			if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || strcmp(a->ifa_name, l->dev[d].name))
				continue;
			iface = find_iface(
				c->network, ntohl(((struct sockaddr_in *)a->ifa_addr)->sin_addr.s_addr), &host);
			if (iface)
				ret = add(l, d, host, iface, err);
		}
	freeifaddrs(all);
	return ret;
}

static int add_named(struct fosr_local *l, const struct fosr_campaign *c, const char *name, struct fosr_err *err)
{
	for (size_t h = 0; h < c->network->hosts.n; h++) {
		const struct fosr_host *host = &c->network->hosts.v[h];
		int ret = 0;

		if (strcmp(host->name, name))
			continue;
		for (size_t i = 0; i < host->ifaces.n && !ret; i++)
			if (!fosr_u64map_get(&l->by_addr, fosr_get32(host->ifaces.v[i].addr.b)))
				ret = add(l, 0, host, &host->ifaces.v[i], err);
		return ret;
	}
	return fosr_err(
		err, -ENOENT, "--host %s: the network \"%s\" has no host of that name", name, c->network->title);
}

static __u64 key6(const __u8 b[16])
{
	__u64 w[2];

	memcpy(w, b, sizeof(w));
	return fosr_mix64(fosr_mix64(w[0]) + w[1]);
}

/* Two addresses of a file with the same key would need some 2^32 of them. */
static int note_ip6(struct fosr_local *l, const struct fosr_network *net, struct fosr_err *err)
{
	for (size_t h = 0; h < net->hosts.n; h++)
		for (size_t i = 0; i < net->hosts.v[h].ifaces.n; i++) {
			const struct fosr_iface *iface = &net->hosts.v[h].ifaces.v[i];

			if (iface->addr6.family &&
				fosr_u64map_put(&l->by_ip6, key6(iface->addr6.b), fosr_get32(iface->addr.b)))
				return fosr_err(err, -ENOMEM, "out of memory");
		}
	return 0;
}

static int open_devs(
	struct fosr_local *l, const struct fosr_campaign *c, const char *const *devs, size_t n, struct fosr_err *err)
{
	int ret = 0;

	*l = (struct fosr_local){0};
	if (n > FOSR_LOCAL_DEVS)
		return fosr_err(err, -E2BIG, "%zu interfaces, at most %d", n, FOSR_LOCAL_DEVS);
	for (; l->devs < n && !ret; l->devs++)
		ret = dev_open(&l->dev[l->devs], devs[l->devs], c, err);
	return ret;
}

int fosr_local_open_devs(struct fosr_local *l, const char *const *devs, size_t n, struct fosr_err *err)
{
	return open_devs(l, NULL, devs, n, err);
}

int fosr_local_open(struct fosr_local *l, const struct fosr_campaign *c, const char *const *devs, size_t n,
	const char *const *hosts, size_t hosts_n, struct fosr_err *err)
{
	int ret = open_devs(l, c, devs, n, err);

	if (!ret)
		ret = fosr_network_has_ip4(c->network, err);
	if (!ret)
		ret = note_ip6(l, c->network, err);
	if (!ret)
		ret = add_configured(l, c, err);
	for (size_t i = 0; i < hosts_n && !ret; i++)
		ret = add_named(l, c, hosts[i], err);
	if (!ret && !l->by_addr.n)
		ret = fosr_err(err, -EADDRNOTAVAIL,
			"no host of the network \"%s\" has an address that is configured on %s%s: "
			"configure one, or say who is here by --host NAME",
			c->network->title, devs[0], n > 1 ? "..." : "");
	if (ret)
		fosr_local_free(l);
	return ret;
}

void fosr_local_free(struct fosr_local *l)
{
	fosr_u64map_free(&l->by_addr);
	fosr_u64map_free(&l->by_ip6);
}

int fosr_local_plays(const struct fosr_local *l, __u32 ip4)
{
	const __u32 *dev = fosr_u64map_get(&l->by_addr, ip4);

	return dev ? (int)*dev : -1;
}

__u32 fosr_local_ip4(const struct fosr_local *l, __u8 version, const __u8 addr[16])
{
	const __u32 *ip4 = version == 6 ? fosr_u64map_get(&l->by_ip6, key6(addr)) : NULL;

	return version == 4 ? fosr_get32(addr) : ip4 ? *ip4 : 0;
}

int fosr_local_dev(const struct fosr_local *l, const struct fosr_end *e)
{
	return fosr_local_plays(l, e->ip4);
}
