// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/taint.h"

#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tag.skel.h"
#include "xdp/attach.h"
#include "xdp/bpflog.h"
#include "xdp/counters.h"

/* Linux 6.6; Debian 12's headers are older. */
#define TCX_EGRESS ((enum bpf_attach_type)47)

/* Our filter among those of the interface. */
#define HANDLE 1
#define PRIORITY 0xf05e

#define PIN_QDISC "qdisc" /* says that the filter's qdisc is ours as well */

const char *const fosr_taint_hook_name[] = {
	[FOSR_TAINT_AUTO] = "auto", [FOSR_TAINT_TCX] = "tcx", [FOSR_TAINT_CLSACT] = "clsact", NULL};

static int load(const struct fosr_taint_opts *o, struct tag_bpf **out, struct fosr_err *e)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct tag_bpf *skel = tag_bpf__open();

	if (!skel)
		return fosr_attach_refused("tagging program", -errno, e);
	skel->rodata->campaign = o->campaign;
	skel->rodata->mtu = o->mtu;
	skel->rodata->secret0 = o->secret.k0;
	skel->rodata->secret1 = o->secret.k1;
	err = cpus < 0 ? cpus : bpf_map__set_max_entries(skel->maps.counters, (__u32)cpus);
	if (!err)
		err = tag_bpf__load(skel);
	for (__u32 i = 0; i < o->rules && !err; i++)
		err = bpf_map_update_elem(bpf_map__fd(skel->maps.rules), &i, &o->rule[i], BPF_ANY);
	if (err) {
		tag_bpf__destroy(skel);
		return fosr_attach_refused("tagging program", err, e);
	}
	*out = skel;
	return 0;
}

static int pin_maps(const struct fosr_pins *pins, const struct tag_bpf *skel, struct fosr_err *e)
{
	int err = fosr_pins_put(pins, FOSR_PIN_PROG, bpf_program__fd(skel->progs.fosr_tag), e);

	return err ? err : fosr_pins_put(pins, FOSR_PIN_COUNTERS, bpf_map__fd(skel->maps.counters), e);
}

static int by_tcx(const struct fosr_pins *pins, __u32 ifindex, int prog_fd, struct fosr_err *e)
{
	int fd = bpf_link_create(prog_fd, (int)ifindex, TCX_EGRESS, NULL), err;

	if (fd < 0)
		return fd;
	err = fosr_pins_put(pins, FOSR_PIN_LINK, fd, e);
	close(fd);
	return err;
}

static int by_clsact(const struct fosr_pins *pins, __u32 ifindex, int prog_fd, struct fosr_err *e)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd, .handle = HANDLE, .priority = PRIORITY);
	int ret = bpf_tc_hook_create(&hook), err;

	if (ret && ret != -EEXIST)
		return ret;
	err = bpf_tc_attach(&hook, &opts);
	if (!err)
		err = fosr_pins_put(pins, FOSR_PIN_FILTER, prog_fd, e);
	if (!err && !ret)
		err = fosr_pins_put(pins, PIN_QDISC, prog_fd, e);
	return err;
}

static int hook_up(const struct fosr_pins *pins, const char *ifname, __u32 ifindex, enum fosr_taint_hook hook,
	int prog_fd, struct fosr_taint_attached *result, struct fosr_err *e)
{
	int err = -EOPNOTSUPP;

	if (hook != FOSR_TAINT_CLSACT) {
		result->hook = FOSR_TAINT_TCX;
		err = by_tcx(pins, ifindex, prog_fd, e);
	}
	if (hook == FOSR_TAINT_CLSACT || (hook == FOSR_TAINT_AUTO && err && err != -EPERM)) {
		result->hook = FOSR_TAINT_CLSACT;
		err = by_clsact(pins, ifindex, prog_fd, e);
	}
	if (!err || e->code)
		return err;
	return fosr_err(e, err, "%s: the kernel refuses a %s program at the egress: %s%s", ifname,
		fosr_taint_hook_name[result->hook], strerror(-err),
		result->hook == FOSR_TAINT_TCX && hook == FOSR_TAINT_TCX ? "; --hook clsact works before Linux 6.6"
									 : "");
}

static bool pinned(const struct fosr_pins *pins, const char *name)
{
	int fd = fosr_pins_get(pins, name);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Takes off what the pins say is there. */
static void take_off(const struct fosr_pins *pins, __u32 ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY);
	int fd = fosr_pins_get(pins, FOSR_PIN_LINK);

	if (fd >= 0) {
		bpf_link_detach(fd);
		close(fd);
	}
	if (!pinned(pins, FOSR_PIN_FILTER))
		return;
	bpf_tc_detach(&hook, &opts);
	if (pinned(pins, PIN_QDISC)) {
		hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
		bpf_tc_hook_destroy(&hook);
	}
}

int fosr_taint_attach(
	const char *ifname, const struct fosr_taint_opts *o, struct fosr_taint_attached *result, struct fosr_err *e)
{
	struct tag_bpf *skel = NULL;
	struct fosr_pins pins;
	__u32 ifindex;
	int err;

	fosr_bpflog_begin();
	memset(result, 0, sizeof(*result));
	err = fosr_device_index(ifname, &ifindex, e);
	if (err)
		return err;
	fosr_pins_sweep();
	err = fosr_pins_open(&pins, FOSR_PINS_TAINT, ifindex, true, e);
	if (err)
		return err;
	if (pinned(&pins, FOSR_PIN_LINK) || pinned(&pins, FOSR_PIN_FILTER)) {
		result->already = true;
		result->hook = pinned(&pins, FOSR_PIN_FILTER) ? FOSR_TAINT_CLSACT : FOSR_TAINT_TCX;
	} else {
		err = load(o, &skel, e);
		if (!err)
			err = pin_maps(&pins, skel, e);
		if (!err)
			err = hook_up(
				&pins, ifname, ifindex, o->hook, bpf_program__fd(skel->progs.fosr_tag), result, e);
		if (err) {
			take_off(&pins, ifindex);
			fosr_pins_remove(&pins, NULL);
		}
	}
	tag_bpf__destroy(skel);
	fosr_pins_close(&pins);
	return err;
}

int fosr_taint_detach(const char *ifname, bool *was, struct fosr_err *e)
{
	struct fosr_pins pins;
	__u32 ifindex;
	int err;

	fosr_bpflog_begin();
	*was = false;
	err = fosr_device_index(ifname, &ifindex, e);
	if (err)
		return err;
	fosr_pins_sweep();
	err = fosr_pins_open(&pins, FOSR_PINS_TAINT, ifindex, false, e);
	if (err)
		return err == -ENOENT && !fosr_pins_need_bpffs(e) ? 0 : err;
	*was = true;
	take_off(&pins, ifindex);
	err = fosr_pins_remove(&pins, e);
	fosr_pins_close(&pins);
	return err;
}

int fosr_taint_status(const char *ifname, bool *attached, __u64 count[FOSR_COUNTERS], struct fosr_err *e)
{
	return fosr_attached_counters(FOSR_PINS_TAINT, ifname, attached, count, e);
}
