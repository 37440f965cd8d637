// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/attach.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "xdp/bpflog.h"
#include "xdp/counters.h"
#include "xdp/dispatch.h"
#include "xdp/pins.h"

static const char *hint(int err)
{
	return err == -EPERM || err == -EACCES ? "; it needs CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON: run as root"
		: err == -ENOMEM	       ? "; the kernel has no memory, or the memlock limit is too low"
					       : "";
}

static int link_in_mode(int prog_fd, __u32 ifindex, enum fosr_xdp_mode mode)
{
	LIBBPF_OPTS(
		bpf_link_create_opts, opts, .flags = mode == FOSR_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);

	return bpf_link_create(prog_fd, (int)ifindex, BPF_XDP, &opts);
}

/* Would another mode help? Not when the interface is taken, gone, or forbidden. */
static bool mode_refused(int err)
{
	return err != -EBUSY && err != -EEXIST && err != -EPERM && err != -ENODEV;
}

static int link_refused(const char *ifname, enum fosr_xdp_mode mode, int err, int native_err, struct fosr_err *e)
{
	char also[96] = "";

	if (err == -EBUSY || err == -EEXIST)
		return fosr_err(e, -EBUSY,
			"%s: another XDP program came first; look with fosr-xdp status %s and try again", ifname,
			ifname);
	if (native_err)
		snprintf(also, sizeof(also), " and native mode (%s)", strerror(-native_err));
	return fosr_err(e, err,
		"%s: the kernel refuses a link in %s mode (%s)%s%s; fosr-xdp probe %s says what is missing", ifname,
		fosr_xdp_mode_name(mode), strerror(-err), also, hint(err), ifname);
}

/* A link in the mode asked for; result gets the mode, and why it is the second choice. */
static int make_link(
	int prog_fd, const char *ifname, enum fosr_xdp_mode mode, struct fosr_attached *result, struct fosr_err *e)
{
	int fd, native_err = 0;

	result->mode = mode == FOSR_XDP_GENERIC ? FOSR_XDP_GENERIC : FOSR_XDP_NATIVE;
	fd = link_in_mode(prog_fd, result->ifindex, result->mode);
	if (fd < 0 && mode == FOSR_XDP_AUTO && mode_refused(fd)) {
		native_err = fd;
		result->mode = FOSR_XDP_GENERIC;
		fd = link_in_mode(prog_fd, result->ifindex, result->mode);
		snprintf(result->note, sizeof(result->note), "the driver refused native mode (%s)",
			strerror(-native_err));
	}
	return fd < 0 ? link_refused(ifname, result->mode, fd, native_err, e) : fd;
}

/* The link, or what stands for it, last: its pin is what makes the folder complete. */
static int pin_all(const struct fosr_pins *pins, const struct fosr_attach_program *p, const char *last, int last_fd,
	struct fosr_err *e)
{
	int err = fosr_pins_put(pins, FOSR_PIN_PROG, p->fd, e);

	for (size_t i = 0; i < p->maps_n && !err; i++)
		err = fosr_pins_put(pins, p->map[i].name, p->map[i].fd, e);
	return err ? err : fosr_pins_put(pins, last, last_fd, e);
}

static __u32 prog_id_of(int prog_fd)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	return bpf_obj_get_info_by_fd(prog_fd, &info, &len) ? 0 : info.id;
}

/* The interface must be free, or its program be ours to replace. *other keeps that program alive until we know. */
static int make_room(const char *ifname, bool replace, struct fosr_attached *result, int *other,
	struct fosr_device_prog *prog, struct fosr_err *e)
{
	int err = fosr_device_prog(result->ifindex, prog, e);

	if (err || !prog->id)
		return err;
	if (!replace)
		return fosr_err(e, -EBUSY,
			"%s runs another XDP program (%s, id %u, %s mode), which stays; to take it off, give --replace",
			ifname, *prog->name ? prog->name : "no name", prog->id, fosr_xdp_mode_name(prog->mode));
	*other = bpf_prog_get_fd_by_id(prog->id);
	err = fosr_device_prog_detach(result->ifindex, prog, e);
	result->replaced = !err;
	return err;
}

static void put_back(__u32 ifindex, int other, const struct fosr_device_prog *prog)
{
	bpf_xdp_attach((int)ifindex, other,
		XDP_FLAGS_UPDATE_IF_NOEXIST | (prog->mode == FOSR_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE),
		NULL);
}

static int attach_new(const struct fosr_attach_ops *ops, void *arg, const char *ifname, enum fosr_xdp_mode mode,
	bool replace, const struct fosr_pins *pins, struct fosr_attached *result, struct fosr_err *e)
{
	struct fosr_attach_program p = {};
	struct fosr_device_prog prog = {};
	int other = -1, link_fd = -1, err;

	err = ops->load(arg, &p, e);
	if (err)
		return err;
	err = make_room(ifname, replace, result, &other, &prog, e);
	if (!err) {
		link_fd = make_link(p.fd, ifname, mode, result, e);
		err = link_fd < 0 ? link_fd : pin_all(pins, &p, FOSR_PIN_LINK, link_fd, e);
	}
	result->prog_id = prog_id_of(p.fd);
	if (link_fd >= 0)
		close(link_fd);
	ops->unload(arg);
	if (err && result->replaced && other >= 0)
		put_back(result->ifindex, other, &prog);
	if (!err && result->replaced) {
		size_t n = strlen(result->note);

		snprintf(result->note + n, sizeof(result->note) - n, "%sprogram %u (%s) was taken off", n ? "; " : "",
			prog.id, *prog.name ? prog.name : "no name");
	}
	if (other >= 0)
		close(other);
	return err;
}

static int attach_shared(const struct fosr_attach_ops *ops, void *arg, const char *ifname, enum fosr_xdp_mode mode,
	const struct fosr_pins *pins, struct fosr_attached *result, struct fosr_err *e)
{
	struct fosr_attach_program p = {};
	int err, n;

	result->mode = mode;
	err = ops->share(arg, ifname, result->ifindex, &result->mode, &p, e);
	if (err && !p.maps_n)
		return err;
	result->prog_id = prog_id_of(p.fd);
	err = err ? err : pin_all(pins, &p, FOSR_PIN_SHARED, p.fd, e);
	if (err)
		fosr_dispatch_detach(ifname, result->ifindex, result->prog_id, NULL);
	n = fosr_dispatch_with(result->ifindex, result->prog_id);
	snprintf(result->note, sizeof(result->note), "in a dispatcher with %d other program%s", n - 1,
		n == 2 ? "" : "s");
	ops->unload(arg);
	return err;
}

int fosr_attach_shared_prog(const struct fosr_pins *pins, __u32 ifindex, __u32 *prog_id)
{
	int fd = fosr_pins_get(pins, FOSR_PIN_SHARED);

	if (fd < 0)
		return fd;
	*prog_id = prog_id_of(fd);
	close(fd);
	return fosr_dispatch_with(ifindex, *prog_id);
}

/* Is what this folder holds attached to the interface? It is not if someone detached it by force. */
static int link_alive(const struct fosr_pins *pins, __u32 ifindex, __u32 *prog_id)
{
	struct bpf_link_info info = {};
	__u32 len = sizeof(info);
	int fd = fosr_pins_get(pins, FOSR_PIN_LINK), err;

	if (fd == -ENOENT) {
		err = fosr_attach_shared_prog(pins, ifindex, prog_id);
		return err > 0 ? 0 : err ? err : -ENOENT;
	}
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	*prog_id = info.prog_id;
	return err ? err : info.type == BPF_LINK_TYPE_XDP && info.xdp.ifindex == ifindex ? 0 : -ENOENT;
}

static int already(const struct fosr_attach_ops *ops, const char *ifname, enum fosr_xdp_mode mode,
	struct fosr_attached *result, struct fosr_err *e)
{
	struct fosr_device_prog prog;
	int err = fosr_device_prog(result->ifindex, &prog, e);

	if (err)
		return err;
	result->already = true;
	result->mode = prog.mode;
	if (mode == FOSR_XDP_AUTO || mode == prog.mode)
		return 0;
	return fosr_err(e, -EEXIST, "%s: the %s is attached in %s mode; for %s mode, detach it first", ifname,
		ops->what, fosr_xdp_mode_name(prog.mode), fosr_xdp_mode_name(mode));
}

int fosr_attach(const struct fosr_attach_ops *ops, void *arg, const char *ifname, enum fosr_xdp_mode mode, bool replace,
	struct fosr_attached *result, struct fosr_err *e)
{
	struct fosr_pins pins;
	int err;

	fosr_bpflog_begin();
	memset(result, 0, sizeof(*result));
	err = fosr_device_index(ifname, &result->ifindex, e);
	if (err)
		return err;
	fosr_pins_sweep();
	err = fosr_pins_open(&pins, ops->kind, result->ifindex, true, e);
	if (err)
		return err;
	err = link_alive(&pins, result->ifindex, &result->prog_id);
	if (!err) {
		err = already(ops, ifname, mode, result, e);
		if (!err && ops->same)
			err = ops->same(arg, &pins, ifname, e);
	} else if (err != -ENOENT) {
		err = fosr_err(e, err, "%s/" FOSR_PIN_LINK ": %s%s", pins.path, strerror(-err), hint(err));
	} else {
		err = ops->share ? attach_shared(ops, arg, ifname, mode, &pins, result, e)
				 : attach_new(ops, arg, ifname, mode, replace, &pins, result, e);
		if (err)
			fosr_pins_remove(&pins, NULL);
	}
	fosr_pins_close(&pins);
	return err;
}

/* Unpinning alone detaches too, but from a work queue, some time later. */
static void detach_now(const struct fosr_pins *pins)
{
	int fd = fosr_pins_get(pins, FOSR_PIN_LINK);

	if (fd < 0)
		return;
	bpf_link_detach(fd);
	close(fd);
}

int fosr_detach(enum fosr_pins_kind kind, const char *ifname, bool *was, struct fosr_err *e)
{
	struct fosr_pins pins;
	__u32 ifindex, prog_id;
	int err;

	fosr_bpflog_begin();
	*was = false;
	err = fosr_device_index(ifname, &ifindex, e);
	if (err)
		return err;
	fosr_pins_sweep();
	err = fosr_pins_open(&pins, kind, ifindex, false, e);
	if (err)
		return err == -ENOENT && !fosr_pins_need_bpffs(e) ? 0 : err;
	*was = !link_alive(&pins, ifindex, &prog_id);
	detach_now(&pins);
	/* Pins go only when the program is out: nobody could take it out later. */
	err = *was ? fosr_dispatch_detach(ifname, ifindex, prog_id, e) : 0;
	err = err ? err : fosr_pins_remove(&pins, e);
	fosr_pins_close(&pins);
	return err;
}

int fosr_attached_counters(
	enum fosr_pins_kind kind, const char *ifname, bool *attached, __u64 count[FOSR_COUNTERS], struct fosr_err *e)
{
	struct fosr_pins pins;
	__u32 ifindex;
	int err;

	fosr_bpflog_begin();
	*attached = false;
	memset(count, 0, FOSR_COUNTERS * sizeof(*count));
	err = fosr_device_index(ifname, &ifindex, e);
	if (err)
		return err;
	fosr_pins_sweep();
	err = fosr_pins_open(&pins, kind, ifindex, false, e);
	if (err)
		return err == -ENOENT && !fosr_pins_need_bpffs(e) ? 0 : err;
	*attached = true;
	err = fosr_counters_read(&pins, count, e);
	fosr_pins_close(&pins);
	return err;
}

int fosr_attach_refused(const char *what, int err, struct fosr_err *e)
{
	return fosr_err(e, err, "the kernel does not load the %s: %s%s%s%s", what, strerror(-err), hint(err),
		*fosr_bpflog_last() ? "; libbpf: " : "", fosr_bpflog_last());
}
