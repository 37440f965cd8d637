// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/dispatch.h"

#include <string.h>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "xdp/bpflog.h"

static enum xdp_attach_mode mode_of(enum fosr_xdp_mode mode)
{
	return mode == FOSR_XDP_GENERIC ? XDP_MODE_SKB : XDP_MODE_NATIVE;
}

/* The interface's dispatcher, or NULL: nothing there, or a program that is none. */
static struct xdp_multiprog *dispatcher_of(__u32 ifindex)
{
	struct xdp_multiprog *mp = xdp_multiprog__get_from_ifindex((int)ifindex);

	if (libxdp_get_error(mp))
		return NULL;
	if (!xdp_multiprog__is_legacy(mp))
		return mp;
	xdp_multiprog__close(mp);
	return NULL;
}

static struct xdp_program *find(const struct xdp_multiprog *mp, __u32 prog_id)
{
	struct xdp_program *p = NULL;

	while ((p = xdp_multiprog__next_prog(p, mp)))
		if (xdp_program__id(p) == prog_id)
			return p;
	return NULL;
}

/* May we be added? *there: the mode in which a dispatcher runs already, or FOSR_XDP_AUTO for a free interface. */
static int look(
	const char *ifname, __u32 ifindex, enum fosr_xdp_mode wanted, enum fosr_xdp_mode *there, struct fosr_err *e)
{
	struct fosr_device_prog prog;
	struct xdp_multiprog *mp;
	int err = fosr_device_prog(ifindex, &prog, e);

	*there = FOSR_XDP_AUTO;
	if (err || !prog.id)
		return err;
	mp = dispatcher_of(ifindex);
	if (!mp)
		return fosr_err(e, -EBUSY,
			"%s runs an XDP program that is no dispatcher of libxdp's (%s, id %u), which stays; load it with "
			"xdp-loader, and the guard can share the interface with it",
			ifname, *prog.name ? prog.name : "no name", prog.id);
	xdp_multiprog__close(mp);
	*there = prog.mode;
	if (wanted == FOSR_XDP_AUTO || wanted == prog.mode)
		return 0;
	return fosr_err(e, -EEXIST, "%s: its dispatcher runs in %s mode; attach without --mode, or with that one",
		ifname, fosr_xdp_mode_name(prog.mode));
}

/* Where extension programs are refused, libxdp attaches the program by itself, unasked: off again. */
static int want_dispatcher(
	struct xdp_program *p, const char *ifname, __u32 ifindex, enum fosr_xdp_mode mode, struct fosr_err *e)
{
	struct xdp_multiprog *mp = dispatcher_of(ifindex);

	if (mp) {
		xdp_multiprog__close(mp);
		return 0;
	}
	xdp_program__detach(p, (int)ifindex, mode_of(mode), 0);
	return fosr_err(e, -EOPNOTSUPP,
		"%s: this kernel refuses the extension programs that a dispatcher needs; attach without --dispatcher",
		ifname);
}

static int add(struct xdp_program *p, const char *ifname, __u32 ifindex, enum fosr_xdp_mode *mode, struct fosr_err *e)
{
	int err = xdp_program__attach(p, (int)ifindex, mode_of(*mode), 0);

	if (!err)
		return want_dispatcher(p, ifname, ifindex, *mode, e);
	return fosr_err(e, err, "%s: the guard does not get into a dispatcher in %s mode (%s)%s%s", ifname,
		fosr_xdp_mode_name(*mode), strerror(-err), *fosr_bpflog_last() ? ": " : "", fosr_bpflog_last());
}

int fosr_dispatch_attach(struct bpf_object *obj, const char *name, const char *ifname, __u32 ifindex,
	enum fosr_xdp_mode *mode, struct fosr_err *e)
{
	struct xdp_program_opts opts = {.sz = sizeof(opts), .obj = obj, .prog_name = name};
	enum fosr_xdp_mode there;
	struct xdp_program *p;
	int err = look(ifname, ifindex, *mode, &there, e);

	if (err)
		return err;
	if (*mode == FOSR_XDP_AUTO)
		*mode = there == FOSR_XDP_AUTO ? FOSR_XDP_NATIVE : there;
	p = xdp_program__create(&opts);
	err = (int)libxdp_get_error(p);
	if (err)
		return fosr_err(e, err, "%s: libxdp does not take the program %s: %s", ifname, name, strerror(-err));
	err = add(p, ifname, ifindex, mode, e);
	xdp_program__close(p); /* obj is not its own and stays */
	return err;
}

int fosr_dispatch_with(__u32 ifindex, __u32 prog_id)
{
	struct xdp_multiprog *mp = dispatcher_of(ifindex);
	int n = mp && find(mp, prog_id) ? xdp_multiprog__program_count(mp) : 0;

	xdp_multiprog__close(mp);
	return n;
}

int fosr_dispatch_detach(const char *ifname, __u32 ifindex, __u32 prog_id, struct fosr_err *e)
{
	struct xdp_multiprog *mp = dispatcher_of(ifindex);
	struct xdp_program *p = mp ? find(mp, prog_id) : NULL;
	int err = p ? xdp_program__detach(p, (int)ifindex, xdp_multiprog__attach_mode(mp), 0) : 0;

	xdp_multiprog__close(mp);
	return err ? fosr_err(e, err, "%s: the guard does not come out of the dispatcher: %s%s%s", ifname,
			     strerror(-err), *fosr_bpflog_last() ? "; libxdp: " : "", fosr_bpflog_last())
		   : 0;
}
