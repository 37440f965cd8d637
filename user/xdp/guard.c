// SPDX-License-Identifier: GPL-3.0-or-later
/* What a guard that is attached knows and counts: everything through its pins. */
#include "xdp/guard.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "xdp/bpflog.h"
#include "xdp/counters.h"
#include "xdp/pins.h"

const char *const fosr_verdict_name[] = {
	[FOSR_VERDICT_DROP] = "drop",
	[FOSR_VERDICT_MIRROR] = "mirror",
	[FOSR_VERDICT_BLIND] = "blind",
	NULL,
};

static int read_campaigns(const struct fosr_pins *pins, struct fosr_guard_status *status, struct fosr_err *e)
{
	struct fosr_campaign_key key, *last = NULL;
	int fd = fosr_pins_get(pins, FOSR_PIN_CAMPAIGNS);

	if (fd < 0)
		return fosr_err(e, fd, "%s/" FOSR_PIN_CAMPAIGNS ": %s", pins->path, strerror(-fd));
	/* A key deleted meanwhile makes the kernel start over: the bound ends that. */
	while (status->campaigns < FOSR_CAMPAIGNS_MAX && !bpf_map_get_next_key(fd, last, &key)) {
		if (status->campaigns < FOSR_GUARD_CAMPAIGNS)
			status->campaign[status->campaigns] = key;
		status->campaigns++;
		last = &key;
	}
	close(fd);
	return 0;
}

/* Which program of ours the interface runs, by the pinned link or in a dispatcher; 0 if none. */
static int linked_prog(const struct fosr_pins *pins, __u32 ifindex, __u32 *prog_id, int *shared, struct fosr_err *e)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int fd = fosr_pins_get(pins, FOSR_PIN_LINK), err;

	*prog_id = 0;
	if (fd == -ENOENT) {
		*shared = fosr_attach_shared_prog(pins, ifindex, prog_id);
		if (*shared <= 0)
			*prog_id = *shared = 0;
		return 0;
	}
	if (fd < 0)
		return fosr_err(e, fd, "%s/" FOSR_PIN_LINK ": %s", pins->path, strerror(-fd));
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	if (err)
		return fosr_err(e, err, "%s/" FOSR_PIN_LINK ": %s", pins->path, strerror(-err));
	if (info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex == ifindex)
		*prog_id = info.prog_id;
	return 0;
}

static int status_of_pins(const struct fosr_pins *pins, struct fosr_guard_status *status, struct fosr_err *e)
{
	int err = linked_prog(pins, status->ifindex, &status->prog_id, &status->shared, e);
	__u32 mirror;

	if (err || !status->prog_id)
		return err;
	status->attached = true;
	status->mode = status->other.mode;
	if (status->shared || status->other.id == status->prog_id)
		memset(&status->other, 0, sizeof(status->other));
	err = fosr_guard_verdict(pins, &status->verdict, &mirror);
	if (err)
		return fosr_err(e, err, "%s/" FOSR_PIN_RODATA ": %s", pins->path, strerror(-err));
	if (mirror)
		if_indextoname(mirror, status->mirror);
	status->sockets = fosr_device_sockets(status->ifindex);
	if (status->sockets < 0)
		status->sockets = -1;
	err = fosr_counters_read(pins, status->count, e);
	return err ? err : read_campaigns(pins, status, e);
}

int fosr_guard_status(const char *ifname, struct fosr_guard_status *status, struct fosr_err *e)
{
	struct fosr_pins pins;
	int err;

	fosr_bpflog_begin();
	memset(status, 0, sizeof(*status));
	err = fosr_device_index(ifname, &status->ifindex, e);
	if (!err)
		err = fosr_device_prog(status->ifindex, &status->other, e);
	if (err)
		return err;
	snprintf(status->ifname, sizeof(status->ifname), "%s", ifname);
	err = fosr_pins_open(&pins, FOSR_PINS_GUARD, status->ifindex, false, e);
	if (err)
		return err == -ENOENT && !fosr_pins_need_bpffs(e) ? 0 : err;
	err = status_of_pins(&pins, status, e);
	fosr_pins_close(&pins);
	return err;
}

int fosr_guard_prog(const char *ifname, __u32 *prog_id, struct fosr_err *e)
{
	struct fosr_pins pins;
	__u32 ifindex;
	int err, shared;

	fosr_bpflog_begin();
	*prog_id = 0;
	err = fosr_device_index(ifname, &ifindex, e);
	if (err)
		return err;
	err = fosr_pins_open(&pins, FOSR_PINS_GUARD, ifindex, false, e);
	if (err)
		return err == -ENOENT && !fosr_pins_need_bpffs(e) ? 0 : err;
	err = linked_prog(&pins, ifindex, prog_id, &shared, e);
	fosr_pins_close(&pins);
	return err;
}

struct list {
	__u64 netns;
	struct fosr_guard_ref *refs;
	int max, n;
};

static int list_one(enum fosr_pins_kind kind, __u64 netns, __u32 ifindex, const char *path, void *arg)
{
	struct list *l = arg;
	char name[IFNAMSIZ];

	if (kind != FOSR_PINS_GUARD || netns != l->netns || !if_indextoname(ifindex, name))
		return 0;
	if (l->n < l->max) {
		l->refs[l->n].ifindex = ifindex;
		memcpy(l->refs[l->n].ifname, name, sizeof(name));
	}
	l->n++;
	return 0;
}

int fosr_guard_list(struct fosr_guard_ref *refs, int max, struct fosr_err *e)
{
	struct list l = {.refs = refs, .max = max};
	int err;

	fosr_bpflog_begin();
	err = fosr_pins_need_bpffs(e);
	if (!err)
		err = fosr_pins_netns(&l.netns, e);
	if (err)
		return err;
	fosr_pins_sweep();
	err = fosr_pins_each(list_one, &l, e);
	return err ? err : l.n;
}

/* Pins may be there of a guard that is not: its interface was made anew, or its link taken apart by force. */
static int need_link(const struct fosr_pins *pins, const char *ifname, __u32 ifindex, struct fosr_err *e)
{
	__u32 prog_id;
	int shared, err = linked_prog(pins, ifindex, &prog_id, &shared, e);

	if (err || prog_id)
		return err;
	return fosr_err(e, -ENOENT,
		"%s: its guard is gone: the interface was made anew, or the guard's link taken apart by force; run "
		"fosr-xdp attach %s",
		ifname, ifname);
}

/* A map of the guard on ifname, held under the folder's lock for as long as the pins are open. */
static int open_map(const char *ifname, const char *name, struct fosr_pins *pins, struct fosr_err *e)
{
	__u32 ifindex;
	int fd, err;

	fosr_bpflog_begin();
	err = fosr_device_index(ifname, &ifindex, e);
	if (err)
		return err;
	err = fosr_pins_open(pins, FOSR_PINS_GUARD, ifindex, false, e);
	if (err == -ENOENT && !fosr_pins_need_bpffs(e))
		return fosr_err(e, err, "%s: no guard is attached; run fosr-xdp attach %s", ifname, ifname);
	if (err)
		return err;
	err = need_link(pins, ifname, ifindex, e);
	if (!err) {
		fd = fosr_pins_get(pins, name);
		if (fd >= 0)
			return fd;
		err = fosr_err(e, fd, "%s/%s: %s", pins->path, name, strerror(-fd));
	}
	fosr_pins_close(pins);
	return err;
}

int fosr_guard_add_campaign(
	const char *ifname, __u32 campaign, __u8 key_id, const struct fosr_secret *secret, struct fosr_err *e)
{
	struct fosr_campaign_key key = {.campaign = campaign, .key_id = key_id};
	struct fosr_pins pins;
	int fd = open_map(ifname, FOSR_PIN_CAMPAIGNS, &pins, e), err;

	if (fd < 0)
		return fd;
	err = bpf_map_update_elem(fd, &key, secret, BPF_ANY);
	close(fd);
	fosr_pins_close(&pins);
	if (err == -E2BIG)
		return fosr_err(e, err,
			"%s: the guard knows %d campaigns, which is its limit; detach and attach it again to "
			"forget them",
			ifname, FOSR_CAMPAIGNS_MAX);
	return err ? fosr_err(e, err, "%s: the guard cannot learn campaign %08x: %s", ifname, campaign, strerror(-err))
		   : 0;
}

int fosr_guard_del_campaign(const char *ifname, __u32 campaign, __u8 key_id, struct fosr_err *e)
{
	struct fosr_campaign_key key = {.campaign = campaign, .key_id = key_id};
	struct fosr_pins pins;
	int fd = open_map(ifname, FOSR_PIN_CAMPAIGNS, &pins, e), err;

	if (fd < 0)
		return fd;
	err = bpf_map_delete_elem(fd, &key);
	close(fd);
	fosr_pins_close(&pins);
	if (!err || err == -ENOENT)
		return 0;
	return fosr_err(e, err, "%s: the guard cannot forget campaign %08x: %s", ifname, campaign, strerror(-err));
}

int fosr_guard_forget(const char *ifname, __u32 campaign, struct fosr_err *e)
{
	struct fosr_campaign_key key = {.campaign = campaign};
	struct fosr_pins pins;
	int fd = open_map(ifname, FOSR_PIN_CAMPAIGNS, &pins, e), err = 0;

	if (fd < 0)
		return fd;
	for (int k = 0; k <= UINT8_MAX && (!err || err == -ENOENT); k++) {
		key.key_id = (__u8)k;
		err = bpf_map_delete_elem(fd, &key);
	}
	close(fd);
	fosr_pins_close(&pins);
	if (!err || err == -ENOENT)
		return 0;
	return fosr_err(e, err, "%s: the guard cannot forget campaign %08x: %s", ifname, campaign, strerror(-err));
}

static int queue_in_range(const char *ifname, __u32 queue, struct fosr_err *e)
{
	if (queue < FOSR_QUEUES_MAX)
		return 0;
	return fosr_err(e, -ERANGE, "%s: queue %u: the guard serves queues 0 to %d; lower them with ethtool -L %s",
		ifname, queue, FOSR_QUEUES_MAX - 1, ifname);
}

int fosr_guard_set_xsk(const char *ifname, __u32 queue, int xsk_fd, struct fosr_err *e)
{
	struct fosr_pins pins;
	int fd, err = queue_in_range(ifname, queue, e);

	if (err)
		return err;
	fd = open_map(ifname, FOSR_PIN_XSKS, &pins, e);
	if (fd < 0)
		return fd;
	err = bpf_map_update_elem(fd, &queue, &xsk_fd, BPF_ANY);
	close(fd);
	fosr_pins_close(&pins);
	if (!err)
		return 0;
	return fosr_err(e, err, "%s: queue %u: the guard does not take the socket: %s", ifname, queue, strerror(-err));
}

int fosr_guard_set(
	const char *ifname, const struct fosr_settings *settings, struct fosr_settings *before, struct fosr_err *e)
{
	struct fosr_pins pins;
	int fd = open_map(ifname, FOSR_PIN_SETTINGS, &pins, e), err;
	__u32 zero = 0;

	if (fd < 0)
		return fd;
	err = bpf_map_lookup_elem(fd, &zero, before);
	if (!err)
		err = bpf_map_update_elem(fd, &zero, settings, BPF_ANY);
	close(fd);
	fosr_pins_close(&pins);
	return err ? fosr_err(e, err, "%s: the guard takes no settings: %s", ifname, strerror(-err)) : 0;
}
