// SPDX-License-Identifier: GPL-3.0-or-later
/* Putting the guard on an interface and taking it off. */
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "guard.skel.h"
#include "xdp/attach.h"
#include "xdp/bpflog.h"
#include "xdp/guard.h"

struct loading {
	const struct fosr_guard_opts *o;
	__u32 mirror;
	struct guard_bpf *skel;
};

static int load(void *arg, struct fosr_attach_program *out, struct fosr_err *e)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct loading *l = arg;
	struct guard_bpf *skel = guard_bpf__open();

	if (!skel)
		return fosr_err(
			e, -errno, "the guard's BPF object does not open: %s %s", strerror(errno), fosr_bpflog_last());
	skel->rodata->verdict = l->o->verdict;
	skel->rodata->mirror = l->mirror;
	err = cpus < 0 ? cpus : bpf_map__set_max_entries(skel->maps.counters, (__u32)cpus);
	if (!err)
		err = guard_bpf__load(skel);
	if (!err)
		err = bpf_map_update_elem(bpf_map__fd(skel->maps.campaigns),
			&(struct fosr_campaign_key){.campaign = l->o->campaign}, &l->o->secret, BPF_ANY);
	if (err) {
		guard_bpf__destroy(skel);
		return fosr_attach_refused("guard", err, e);
	}
	l->skel = skel;
	*out = (struct fosr_attach_program){
		.fd = bpf_program__fd(skel->progs.fosr_guard),
		.map = {{FOSR_PIN_CAMPAIGNS, bpf_map__fd(skel->maps.campaigns)},
			{FOSR_PIN_COUNTERS, bpf_map__fd(skel->maps.counters)},
			{FOSR_PIN_XSKS, bpf_map__fd(skel->maps.xsks)},
			{FOSR_PIN_SETTINGS, bpf_map__fd(skel->maps.settings)},
			{FOSR_PIN_RODATA, bpf_map__fd(skel->maps.rodata)}},
		.maps_n = 5,
	};
	return 0;
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
	if (verdict == l->o->verdict && mirror == l->mirror)
		return 0;
	return fosr_err(e, -EEXIST, "%s: the guard is attached with the verdict %s%s; for another, detach it first",
		ifname, fosr_verdict_name[verdict], verdict == FOSR_VERDICT_MIRROR ? " to another interface" : "");
}

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
	return fosr_attach(&guard_ops, &l, ifname, o->mode, o->replace, result, e);
}

int fosr_guard_detach(const char *ifname, bool *was, struct fosr_err *e)
{
	return fosr_detach(FOSR_PINS_GUARD, ifname, was, e);
}
