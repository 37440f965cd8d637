// SPDX-License-Identifier: GPL-3.0-or-later
#include "xdp/probe.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <linux/io_uring.h>

#include "guard.skel.h"
#include "probe.skel.h"
#include "probe_ext.skel.h"
#include "xdp/bpflog.h"
#include "xdp/device.h"
#include "xdp/pins.h"

#define AS_ROOT "run as root, or with CAP_BPF, CAP_NET_ADMIN, CAP_NET_RAW and CAP_PERFMON"

#ifndef BPF_F_TEST_XDP_LIVE_FRAMES
#define BPF_F_TEST_XDP_LIVE_FRAMES (1U << 1)
#endif

/* How a try failed: the row's detail from the error and libbpf's last word, the row's todo by whether rights lacked. */
static void refused(struct fosr_probe_row *row, int err, const char *todo)
{
	const char *why = fosr_bpflog_last();

	snprintf(row->detail, sizeof(row->detail), "%s%s%.120s", strerror(err < 0 ? -err : err), *why ? ": " : "", why);
	snprintf(row->todo, sizeof(row->todo), "%s", geteuid() && (err == -EPERM || err == -EACCES) ? AS_ROOT : todo);
}

static void answer(struct fosr_probe_row *row, int err, const char *good, const char *todo)
{
	row->ok = !err;
	if (err)
		refused(row, err, todo);
	else
		snprintf(row->detail, sizeof(row->detail), "%s", good);
}

/* What the rows try with. A skeleton that did not load is NULL. */
struct tools {
	struct probe_bpf *probe;
	int err; /* why not */
};

static void try_kernel(struct fosr_probe_row *row, const struct tools *t)
{
	struct utsname u;

	row->ok = !uname(&u);
	if (row->ok)
		snprintf(row->detail, sizeof(row->detail), "%.60s %.60s %.60s", u.sysname, u.release, u.machine);
}

static void try_load(struct fosr_probe_row *row, const struct tools *t)
{
	answer(row, t->err, "XDP programs load", "a kernel with CONFIG_BPF_SYSCALL, and a process that may use it");
}

static void try_guard(struct fosr_probe_row *row, const struct tools *t)
{
	struct guard_bpf *skel = guard_bpf__open();
	int err = skel ? guard_bpf__load(skel) : -errno;

	answer(row, err, "the verifier accepts it",
		"a kernel of 6.1 or later with CONFIG_BPF_JIT and CONFIG_XDP_SOCKETS");
	guard_bpf__destroy(skel);
}

static void try_btf(struct fosr_probe_row *row, const struct tools *t)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);

	answer(row, fd < 0 ? -errno : 0, "the kernel describes its types",
		"a kernel with CONFIG_DEBUG_INFO_BTF; only the dispatcher needs it");
	if (fd >= 0)
		close(fd);
}

static void try_bpffs(struct fosr_probe_row *row, const struct tools *t)
{
	char path[64];
	int err;

	if (fosr_pins_need_bpffs(NULL)) {
		snprintf(row->detail, sizeof(row->detail), "no bpffs at " FOSR_BPFFS);
		snprintf(row->todo, sizeof(row->todo),
			"mount -t bpf bpf " FOSR_BPFFS "; `ip netns exec` hides it: use nsenter --net=/run/netns/NAME");
		return;
	}
	if (!t->probe) {
		answer(row, t->err, "", "nothing to pin without a program");
		return;
	}
	snprintf(path, sizeof(path), FOSR_BPFFS "/fosr_probe_%d", (int)getpid());
	err = bpf_obj_pin(bpf_program__fd(t->probe->progs.probe_drop), path);
	answer(row, err, "mounted at " FOSR_BPFFS ", and takes pins", "the right to write there: run as root");
	if (!err)
		unlink(path);
}

static void try_xsk(struct fosr_probe_row *row, const struct tools *t)
{
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);

	answer(row, fd < 0 ? -errno : 0, "can be opened", "a kernel with CONFIG_XDP_SOCKETS, and CAP_NET_RAW");
	if (fd >= 0)
		close(fd);
}

#define UMEM_TRY (16 << 20)
#define UMEM_LEAST (1 << 20) /* shorter rings than these are of no use */

static int register_frames(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0), err = 0;
	struct xdp_umem_reg reg = {.addr = (uintptr_t)mem, .len = size, .chunk_size = 2048};

	if (mem == MAP_FAILED || fd < 0 || setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg)))
		err = -errno;
	if (fd >= 0)
		close(fd);
	if (mem != MAP_FAILED)
		munmap(mem, size);
	return err;
}

/* Frame memory is pinned, and charged to the memlock limit; rings are made shorter where that is low. */
static void try_umem(struct fosr_probe_row *row, const struct tools *t)
{
	size_t size = UMEM_TRY;
	int err = register_frames(size);

	while (err == -ENOBUFS && size > UMEM_LEAST) {
		size /= 2;
		err = register_frames(size);
	}
	answer(row, err, "16 MiB of frames can be registered", "a higher limit (ulimit -l), or CAP_IPC_LOCK");
	if (!err && size < UMEM_TRY)
		snprintf(row->detail, sizeof(row->detail),
			"%zu MiB of frames, no more: receive rings will be short; raise the limit (ulimit -l)",
			size >> 20);
}

struct link_try {
	int prog_fd, err;
	bool no_place; /* to try it in */
};

/* In a network namespace of its own, whose loopback is nobody else's, and which ends with the thread. */
static void *link_thread(void *arg)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XDP_FLAGS_SKB_MODE);
	struct link_try *l = arg;
	int fd;

	if (unshare(CLONE_NEWNET)) {
		l->err = -errno;
		l->no_place = true;
		return NULL;
	}
	fd = bpf_link_create(l->prog_fd, 1, BPF_XDP, &opts);
	l->err = fd < 0 ? fd : 0;
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void try_link(struct fosr_probe_row *row, const struct tools *t)
{
	struct link_try l = {.prog_fd = -1, .err = t->err};
	pthread_t thread;

	if (t->probe) {
		l.prog_fd = bpf_program__fd(t->probe->progs.probe_pass);
		l.err = -pthread_create(&thread, NULL, link_thread, &l);
		if (!l.err)
			pthread_join(thread, NULL);
	}
	if (l.no_place && l.err == -EPERM) {
		row->ok = true;
		snprintf(row->detail, sizeof(row->detail),
			"not tried: only root may make a network namespace for that; probe DEV tries it there");
		return;
	}
	answer(row, l.err, "programs attach by a link that can be pinned", "a kernel with XDP links (6.1 has them)");
}

static void try_live(struct fosr_probe_row *row, const struct tools *t)
{
	char frame[64] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = sizeof(frame), .repeat = 1,
		.flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int err = t->probe ? bpf_prog_test_run_opts(bpf_program__fd(t->probe->progs.probe_drop), &opts) : t->err;

	answer(row, err, "test runs send real frames", "a kernel of 5.18 or later; without it, injection is by AF_XDP");
}

static void try_dispatcher(struct fosr_probe_row *row, const struct tools *t)
{
	struct probe_ext_bpf *ext = t->probe ? probe_ext_bpf__open() : NULL;
	int err = t->probe ? -errno : t->err;

	if (ext) {
		err = bpf_program__set_attach_target(
			ext->progs.probe_extension, bpf_program__fd(t->probe->progs.probe_pass), "probe_slot");
		err = err ? err : probe_ext_bpf__load(ext);
	}
	answer(row, err, "extension programs load: several XDP programs can share an interface",
		"nothing must be done: the guard is then the interface's only XDP program");
	probe_ext_bpf__destroy(ext);
}

static void try_io_uring(struct fosr_probe_row *row, const struct tools *t)
{
	struct io_uring_params params = {0};
	int fd = (int)syscall(__NR_io_uring_setup, 4, &params);

	answer(row, fd < 0 ? -errno : 0, "capture files are written through it",
		"sysctl kernel.io_uring_disabled=0, or a container profile that allows it; without it, pwrite is used");
	if (fd >= 0)
		close(fd);
}

void fosr_probe_machine(fosr_probe_fn *fn, void *arg)
{
	static const struct {
		const char *need;
		bool optional;
		void (*attempt)(struct fosr_probe_row *row, const struct tools *t);
	} rows[] = {
		{"kernel", false, try_kernel},
		{"BPF programs", false, try_load},
		{"guard program", false, try_guard},
		{"XDP link", false, try_link},
		{"bpffs", false, try_bpffs},
		{"AF_XDP socket", false, try_xsk},
		{"AF_XDP memory", false, try_umem},
		{"kernel BTF", true, try_btf},
		{"live frames", true, try_live},
		{"XDP dispatcher", true, try_dispatcher},
		{"io_uring", true, try_io_uring},
	};
	struct tools t = {0};

	fosr_bpflog_begin();
	t.probe = probe_bpf__open();
	t.err = t.probe ? probe_bpf__load(t.probe) : -errno;
	if (t.err) {
		probe_bpf__destroy(t.probe);
		t.probe = NULL;
	}
	for (size_t i = 0; i < FOSR_ARRAY_SIZE(rows); i++) {
		struct fosr_probe_row row = {.need = rows[i].need, .optional = rows[i].optional};

		if (i != 1) /* that row tells how loading above went */
			fosr_bpflog_begin();
		rows[i].attempt(&row, &t);
		fn(&row, arg);
	}
	probe_bpf__destroy(t.probe);
}

static int try_mode(int prog_fd, __u32 ifindex, enum fosr_xdp_mode mode)
{
	LIBBPF_OPTS(
		bpf_link_create_opts, opts, .flags = mode == FOSR_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE);
	int fd = bpf_link_create(prog_fd, (int)ifindex, BPF_XDP, &opts);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static void try_device_mode(
	struct fosr_probe_row *row, __u32 ifindex, const struct fosr_device_prog *prog, enum fosr_xdp_mode mode)
{
	struct probe_bpf *probe;
	int err;

	fosr_bpflog_begin();
	row->optional = mode == FOSR_XDP_NATIVE;
	if (prog->id) {
		row->ok = prog->mode == mode;
		snprintf(row->detail, sizeof(row->detail), "not tried: program %u (%s) is attached, in %s mode",
			prog->id, prog->name, fosr_xdp_mode_name(prog->mode));
		if (!row->ok)
			snprintf(row->todo, sizeof(row->todo), "to try it, detach that program first");
		return;
	}
	probe = probe_bpf__open();
	err = probe ? probe_bpf__load(probe) : -errno;
	if (!err)
		err = try_mode(bpf_program__fd(probe->progs.probe_pass), ifindex, mode);
	answer(row, err, mode == FOSR_XDP_NATIVE ? "the driver runs XDP programs" : "any device does",
		mode == FOSR_XDP_NATIVE
			? "nothing must be done: attach falls back to generic mode, which is slower; an MTU or "
			  "queue count that the driver allows may help"
			: "a kernel with CONFIG_BPF_SYSCALL and CONFIG_NET");
	probe_bpf__destroy(probe);
}

void fosr_probe_device(const char *ifname, fosr_probe_fn *fn, void *arg)
{
	struct fosr_probe_row row = {.need = "interface"};
	struct fosr_device_prog prog = {0};
	struct fosr_err e = {0};
	__u32 ifindex;

	fosr_bpflog_begin();
	snprintf(row.dev, sizeof(row.dev), "%.15s", ifname);
	row.ok = !fosr_device_index(ifname, &ifindex, &e) && !fosr_device_prog(ifindex, &prog, &e);
	if (row.ok)
		snprintf(row.detail, sizeof(row.detail), "is there");
	else
		snprintf(row.detail, sizeof(row.detail), "%.199s", e.text);
	if (!row.ok)
		snprintf(row.todo, sizeof(row.todo), "name an interface of this network namespace");
	fn(&row, arg);
	if (!row.ok)
		return;
	for (enum fosr_xdp_mode mode = FOSR_XDP_NATIVE; mode <= FOSR_XDP_GENERIC; mode++) {
		struct fosr_probe_row m = {.need = mode == FOSR_XDP_NATIVE ? "native XDP" : "generic XDP"};

		memcpy(m.dev, row.dev, sizeof(m.dev));
		try_device_mode(&m, ifindex, &prog, mode);
		fn(&m, arg);
	}
}
