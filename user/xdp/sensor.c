// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/sensor.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "untag.skel.h"
#include "xdp/bpflog.h"
#include "xdp/counters.h"

struct loading {
	const struct fosr_sensor_opts *o;
	struct untag_bpf *skel;
};

static int teach(const struct fosr_sensor_opts *o, int fd)
{
	int err = 0;

	for (__u32 k = 0; k < o->keys && !err; k++)
		err = bpf_map_update_elem(fd, &o->key[k], &o->secret[k], BPF_ANY);
	return err;
}

static int load(void *arg, struct fosr_attach_program *out, struct fosr_err *e)
{
	int cpus = libbpf_num_possible_cpus(), err;
	struct loading *l = arg;
	struct untag_bpf *skel = untag_bpf__open();

	if (!skel)
		return fosr_attach_refused("sensor's program", -errno, e);
	skel->rodata->check = l->o->keys != 0;
	err = cpus < 0 ? cpus : bpf_map__set_max_entries(skel->maps.counters, (__u32)cpus);
	if (!err)
		err = untag_bpf__load(skel);
	if (!err)
		err = teach(l->o, bpf_map__fd(skel->maps.campaigns));
	if (err) {
		untag_bpf__destroy(skel);
		return fosr_attach_refused("sensor's program", err, e);
	}
	l->skel = skel;
	*out = (struct fosr_attach_program){
		.fd = bpf_program__fd(skel->progs.fosr_untag),
		.map = {{FOSR_PIN_CAMPAIGNS, bpf_map__fd(skel->maps.campaigns)},
			{FOSR_PIN_COUNTERS, bpf_map__fd(skel->maps.counters)}},
		.maps_n = 2,
	};
	return 0;
}

static void unload(void *arg)
{
	struct loading *l = arg;

	untag_bpf__destroy(l->skel);
}

int fosr_sensor_attach(
	const char *ifname, const struct fosr_sensor_opts *o, struct fosr_attached *result, struct fosr_err *e)
{
	static const struct fosr_attach_ops ops = {
		.kind = FOSR_PINS_SENSOR, .what = "sensor's program", .load = load, .unload = unload};
	struct loading l = {.o = o};

	return fosr_attach(&ops, &l, ifname, o->mode, o->replace, result, e);
}

int fosr_sensor_detach(const char *ifname, bool *was, struct fosr_err *e)
{
	return fosr_detach(FOSR_PINS_SENSOR, ifname, was, e);
}

int fosr_sensor_status(const char *ifname, bool *attached, __u64 count[FOSR_COUNTERS], struct fosr_err *e)
{
	return fosr_attached_counters(FOSR_PINS_SENSOR, ifname, attached, count, e);
}
