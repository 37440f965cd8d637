// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/device.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/xdp_diag.h>

const char *const fosr_xdp_mode_names[] = {
	[FOSR_XDP_AUTO] = "auto", [FOSR_XDP_NATIVE] = "native", [FOSR_XDP_GENERIC] = "generic", NULL};

const char *fosr_xdp_mode_name(enum fosr_xdp_mode mode)
{
	return mode <= FOSR_XDP_GENERIC ? fosr_xdp_mode_names[mode] : "unknown";
}

int fosr_device_index(const char *ifname, __u32 *ifindex, struct fosr_err *e)
{
	if (!*ifname || strlen(ifname) >= IFNAMSIZ)
		return fosr_err(
			e, -EINVAL, "'%.32s' cannot be an interface: names have 1 to %d bytes", ifname, IFNAMSIZ - 1);
	*ifindex = if_nametoindex(ifname);
	if (*ifindex)
		return 0;
	if (errno != ENODEV && errno != ENXIO)
		return fosr_err(e, -errno, "%s: %s", ifname, strerror(errno));
	return fosr_err(e, -ENODEV,
		"%s: no such interface in this network namespace; `ip link` lists those that are there", ifname);
}

static void prog_name(struct fosr_device_prog *prog)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(prog->id);

	prog->name[0] = 0;
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(prog->name, sizeof(prog->name), "%.*s", (int)sizeof(info.name), info.name);
	close(fd);
}

int fosr_device_prog(__u32 ifindex, struct fosr_device_prog *prog, struct fosr_err *e)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, q);
	int err = bpf_xdp_query(ifindex, 0, &q);

	memset(prog, 0, sizeof(*prog));
	if (err)
		return fosr_err(e, err, "interface %u: the kernel does not say what XDP program it runs: %s", ifindex,
			strerror(-err));
	/* With programs in several modes (a NIC may run one itself) the kernel names none of them in prog_id. */
	prog->id = q.drv_prog_id ? q.drv_prog_id : q.skb_prog_id ? q.skb_prog_id : q.prog_id;
	prog->mode =
		q.drv_prog_id || (q.prog_id && q.attach_mode == XDP_ATTACHED_DRV) ? FOSR_XDP_NATIVE : FOSR_XDP_GENERIC;
	if (prog->id)
		prog_name(prog);
	return 0;
}

/* The XDP link through which a program is attached; program ids are unique, which makes the interface unique too. */
static int link_of(__u32 ifindex, __u32 prog_id)
{
	__u32 id = 0;

	while (!bpf_link_get_next_id(id, &id)) {
		struct bpf_link_info info = {};
		__u32 len = sizeof(info);
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == BPF_LINK_TYPE_XDP &&
			info.prog_id == prog_id && info.xdp.ifindex == ifindex)
			return fd;
		close(fd);
	}
	return -ENOENT;
}

int fosr_device_prog_detach(__u32 ifindex, const struct fosr_device_prog *prog, struct fosr_err *e)
{
	int fd = link_of(ifindex, prog->id), err;

	if (fd >= 0) {
		err = bpf_link_detach(fd);
		close(fd);
	} else {
		err = bpf_xdp_detach(
			ifindex, prog->mode == FOSR_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE, NULL);
	}
	if (!err)
		return 0;
	return fosr_err(e, err, "interface %u: program %u (%s) cannot be taken off: %s%s", ifindex, prog->id,
		*prog->name ? prog->name : "no name", strerror(-err),
		err == -EBUSY ? "; it is attached by a link, which whoever has made it may take off, or root" : "");
}

/* Counts the answers in one datagram; 1 when the list has ended, 0 for more, or -errno. */
static int count_answers(const void *buf, size_t len, __u32 ifindex, int *count)
{
	for (const struct nlmsghdr *h = buf; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		const struct xdp_diag_msg *msg = NLMSG_DATA(h);
		const struct nlattr *a = (const void *)((const char *)msg + NLMSG_ALIGN(sizeof(*msg)));
		const char *end = (const char *)h + h->nlmsg_len;

		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		if (h->nlmsg_type == NLMSG_ERROR)
			return -EOPNOTSUPP;
		while ((const char *)(a + 1) <= end && a->nla_len >= sizeof(*a) &&
			(const char *)a + a->nla_len <= end) {
			struct xdp_diag_info info;

			if (a->nla_type == XDP_DIAG_INFO && a->nla_len >= sizeof(*a) + sizeof(info)) {
				memcpy(&info, a + 1, sizeof(info));
				*count += info.ifindex == ifindex;
			}
			a = (const void *)((const char *)a + NLA_ALIGN(a->nla_len));
		}
	}
	return 0;
}

int fosr_device_sockets(__u32 ifindex)
{
	struct {
		struct nlmsghdr h;
		struct xdp_diag_req req;
	} ask = {
		.h = {.nlmsg_len = sizeof(ask),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.req = {.sdiag_family = AF_XDP, .xdiag_show = XDP_SHOW_INFO},
	};
	_Alignas(struct nlmsghdr) char buf[16384];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), count = 0, res = 0;

	if (fd < 0)
		return -errno;
	if (send(fd, &ask, sizeof(ask), 0) < 0)
		res = -errno;
	while (!res) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EINTR)
			continue;
		res = n < 0 ? -errno : count_answers(buf, (size_t)n, ifindex, &count);
	}
	close(fd);
	return res < 0 ? res : count;
}
