// SPDX-License-Identifier: GPL-3.0-or-later
/* Putting the guard on an interface and taking it off. */
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "guard.skel.h"
#include "xdp/attach.h"
#include "xdp/bpflog.h"
#include "xdp/dispatch.h"
#include "xdp/guard.h"

struct loading {
	const struct fosr_guard_opts *o;
	__u32 mirror;
	struct guard_bpf *skel;
};

static int open_skel(struct loading *l, struct fosr_err *e)
{
	int cpus = libbpf_num_possible_cpus(), err;

	l->skel = guard_bpf__open();
	if (!l->skel)
		return fosr_err(
			e, -errno, "the guard's BPF object does not open: %s %s", strerror(errno), fosr_bpflog_last());
	l->skel->rodata->verdict = l->o->verdict;
	l->skel->rodata->mirror = l->mirror;
	err = cpus < 0 ? cpus : bpf_map__set_max_entries(l->skel->maps.counters, (__u32)cpus);
	if (!err)
		return 0;
	guard_bpf__destroy(l->skel);
	return fosr_attach_refused("guard", err, e);
}

static int first_campaign(const struct loading *l)
{
	struct fosr_campaign_key key = {.campaign = l->o->campaign};

	return bpf_map_update_elem(bpf_map__fd(l->skel->maps.campaigns), &key, &l->o->secret, BPF_ANY);
}

static void describe(const struct guard_bpf *skel, const struct bpf_program *prog, struct fosr_attach_program *out)
{
	*out = (struct fosr_attach_program){
		.fd = bpf_program__fd(prog),
		.map = {{FOSR_PIN_CAMPAIGNS, bpf_map__fd(skel->maps.campaigns)},
			{FOSR_PIN_COUNTERS, bpf_map__fd(skel->maps.counters)},
			{FOSR_PIN_XSKS, bpf_map__fd(skel->maps.xsks)},
			{FOSR_PIN_SETTINGS, bpf_map__fd(skel->maps.settings)},
			{FOSR_PIN_RODATA, bpf_map__fd(skel->maps.rodata)}},
		.maps_n = 5,
	};
}

static int load(void *arg, struct fosr_attach_program *out, struct fosr_err *e)
{
	struct loading *l = arg;
	int err = open_skel(l, e);

	if (err)
		return err;
	err = guard_bpf__load(l->skel);
	err = err ? err : first_campaign(l);
	if (err) {
		guard_bpf__destroy(l->skel);
		return fosr_attach_refused("guard", err, e);
	}
	describe(l->skel, l->skel->progs.fosr_guard, out);
	return 0;
}

/* Frames of the first campaign that come before it is known are dropped all the same. */
static int share(void *arg, const char *ifname, __u32 ifindex, enum fosr_xdp_mode *mode,
	struct fosr_attach_program *out, struct fosr_err *e)
{
	struct loading *l = arg;
	int err = open_skel(l, e);

	if (err)
		return err;
	bpf_program__set_autoload(l->skel->progs.fosr_guard, false);
	bpf_program__set_autoload(l->skel->progs.fosr_guard_shared, true);
	err = fosr_dispatch_attach(
		l->skel->obj, bpf_program__name(l->skel->progs.fosr_guard_shared), ifname, ifindex, mode, e);
	if (err) {
		guard_bpf__destroy(l->skel);
		return err;
	}
	describe(l->skel, l->skel->progs.fosr_guard_shared, out);
	err = first_campaign(l);
	return err ? fosr_err(e, err, "%s: the guard cannot learn its first campaign: %s", ifname, strerror(-err)) : 0;
}

static void unload(void *arg)
{
	struct loading *l = arg;

	guard_bpf__destroy(l->skel);
}

int fosr_guard_verdict(const struct fosr_pins *pins, enum fosr_verdict *verdict, __u32 *mirror)
{
	int fd = fosr_pins_get(pins, FOSR_PIN_RODATA), err;
	struct guard_bpf__rodata rodata;
	__u32 zero = 0;

	if (fd < 0)
		return fd;
	err = bpf_map_lookup_elem(fd, &zero, &rodata);
	close(fd);
	*verdict = (enum fosr_verdict)rodata.verdict;
	*mirror = rodata.mirror;
	return err;
}

static int same(void *arg, const struct fosr_pins *pins, const char *ifname, struct fosr_err *e)
{
	const struct loading *l = arg;
	enum fosr_verdict verdict;
	__u32 mirror;
	int err = fosr_guard_verdict(pins, &verdict, &mirror);

	if (err)
		return fosr_err(e, err, "%s/" FOSR_PIN_RODATA ": %s", pins->path, strerror(-err));
	if (l->o->shared && !fosr_pins_has(pins, FOSR_PIN_SHARED))
		return fosr_err(e, -EEXIST,
			"%s: the guard is attached alone; to share the interface with other programs, detach it first",
			ifname);
	if (verdict == l->o->verdict && mirror == l->mirror)
		return 0;
	return fosr_err(e, -EEXIST, "%s: the guard is attached with the verdict %s%s; for another, detach it first",
		ifname, fosr_verdict_name[verdict], verdict == FOSR_VERDICT_MIRROR ? " to another interface" : "");
}

static const struct fosr_attach_ops shared_ops = {
	.kind = FOSR_PINS_GUARD,
	.what = "guard",
	.load = load,
	.share = share,
	.unload = unload,
	.same = same,
};

static const struct fosr_attach_ops guard_ops = {
	.kind = FOSR_PINS_GUARD,
	.what = "guard",
	.load = load,
	.unload = unload,
	.same = same,
};

int fosr_guard_attach(
	const char *ifname, const struct fosr_guard_opts *o, struct fosr_attached *result, struct fosr_err *e)
{
	struct loading l = {.o = o};
	int err = o->verdict == FOSR_VERDICT_MIRROR ? fosr_device_index(o->mirror, &l.mirror, e) : 0;

	if (err)
		return err;
	if (l.mirror && !strcmp(o->mirror, ifname))
		return fosr_err(e, -EINVAL, "%s: an interface cannot be its own mirror", ifname);
	return fosr_attach(o->shared ? &shared_ops : &guard_ops, &l, ifname, o->mode, o->replace, result, e);
}

int fosr_guard_detach(const char *ifname, bool *was, struct fosr_err *e)
{
	return fosr_detach(FOSR_PINS_GUARD, ifname, was, e);
}
