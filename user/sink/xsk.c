// SPDX-License-Identifier: GPL-3.0-or-later
#include "sink/xsk.h"

#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <xdp/xsk.h>

#include "base/intr.h"
#include "base/time.h"

#define TX_MAX 2048
#define RING_MIN 64
/* Of a chunk the kernel keeps so much in front of what it receives (XDP_PACKET_HEADROOM). */
#define KERNEL_ROOM 256
#define SEND_BUFFER (64 << 20)
#define RX_BUDGET 64 /* frames of one look into the card's queue */
/* Newer than Debian 12's headers: Linux 5.11 and 6.17. */
#ifndef SO_PREFER_BUSY_POLL
#define SO_PREFER_BUSY_POLL 69
#define SO_BUSY_POLL_BUDGET 70
#endif
#ifndef XDP_MAX_TX_SKB_BUDGET
#define XDP_MAX_TX_SKB_BUDGET 9
#endif
#define REBIND_NS (2 * FOSR_NS_PER_S)
#define REBIND_STEP_NS 5000000

struct fosr_xsk {
	__u8 *area;
	__u32 frame_size; /* 2048 or 4096: pages cannot be cut otherwise */
	__u32 tx_ring,
		rx_ring; /* frames; for receiving there are twice as many: fill ring and receive ring, both full */
	bool zero_copy;
	bool busy_poll;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons completion, rx;
	__u64 free[TX_MAX]; /* addresses of frames nobody uses */
	__u32 free_n;
	__u32 pending;
	__u32 held; /* received, lent to the caller */
	__u64 held_addr[FOSR_XSK_BATCH];
};

static size_t area_size(const struct fosr_xsk *x)
{
	return (size_t)(x->tx_ring + 2 * x->rx_ring) * x->frame_size;
}

/* Where the frame that has this address begins; the kernel gives back any address in it. */
static __u64 frame_of(const struct fosr_xsk *x, __u64 addr)
{
	return addr & ~(__u64)(x->frame_size - 1);
}

static int umem_try(struct fosr_xsk *x)
{
	const struct xsk_umem_config config = {
		.fill_size = 2 * x->rx_ring,
		.comp_size = x->tx_ring,
		.frame_size = x->frame_size,
	};
	size_t size = area_size(x);
	int ret;

	x->area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (x->area == MAP_FAILED) {
		x->area = NULL;
		return -ENOMEM;
	}
	ret = xsk_umem__create(&x->umem, x->area, size, &x->fill, &x->completion, &config);
	if (!ret)
		return 0;
	munmap(x->area, size);
	x->area = NULL;
	return ret;
}

/* The memory is locked: where less may be than is wanted, the rings are shorter. */
static int umem_make(struct fosr_xsk *x, struct fosr_err *err)
{
	int ret = umem_try(x);

	while (ret == -ENOBUFS && x->rx_ring > RING_MIN) {
		x->rx_ring /= 2;
		x->tx_ring = x->tx_ring > x->rx_ring ? x->rx_ring : x->tx_ring;
		ret = umem_try(x);
	}
	if (ret)
		return fosr_err(err, ret, "cannot register %zu KiB of memory for AF_XDP: %s%s", area_size(x) >> 10,
			strerror(-ret),
			ret == -EPERM		  ? "; CAP_NET_RAW is needed: run it with sudo"
				: ret == -ENOBUFS ? "; raise the limit of locked memory (ulimit -l, LimitMEMLOCK=)"
						  : "");
	for (__u32 i = 0; i < x->tx_ring; i++)
		x->free[x->free_n++] = (__u64)i * x->frame_size;
	return 0;
}

static int bind_as(struct fosr_xsk *x, const char *ifname, __u32 queue, __u16 flags)
{
	const struct xsk_socket_config config = {
		.rx_size = x->rx_ring,
		.tx_size = x->tx_ring,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = flags | XDP_USE_NEED_WAKEUP,
	};
	const struct timespec step = {.tv_nsec = REBIND_STEP_NS};
	__u64 deadline = fosr_now_mono() + REBIND_NS;
	int ret;

	for (;;) {
		ret = xsk_socket__create(&x->socket, ifname, queue, x->umem, &x->rx, &x->tx, &config);
		if (ret != -EBUSY || fosr_now_mono() > deadline || fosr_interrupted())
			return ret;
		nanosleep(&step, NULL);
	}
}

/* A driver that can do without copying does; a socket that did not bind can be bound again. */
static int bind_queue(struct fosr_xsk *x, const char *ifname, __u32 queue)
{
	x->zero_copy = !bind_as(x, ifname, queue, XDP_ZEROCOPY);
	return x->zero_copy ? 0 : bind_as(x, ifname, queue, XDP_COPY);
}

static void fill_all(struct fosr_xsk *x)
{
	__u32 at, frames = 2 * x->rx_ring;

	if (xsk_ring_prod__reserve(&x->fill, frames, &at) != frames)
		return;
	for (__u32 i = 0; i < frames; i++)
		*xsk_ring_prod__fill_addr(&x->fill, at + i) = (__u64)(x->tx_ring + i) * x->frame_size;
	xsk_ring_prod__submit(&x->fill, frames);
}

/* What makes it faster and is not everywhere. Best effort, all but busy polling, which was asked for. */
static int tune(struct fosr_xsk *x, const struct fosr_xsk_opts *o, struct fosr_err *err)
{
	int fd = fosr_xsk_fd(x), one = 1, buffer = SEND_BUFFER, ring = (int)x->tx_ring, us = (int)o->busy_poll_us,
	    budget = RX_BUDGET;

	/* Frames in flight are charged to the socket; the default would stall after a hundred. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	/* In copy mode, frames of one call: 32 by default. */
	setsockopt(fd, SOL_XDP, XDP_MAX_TX_SKB_BUDGET, &ring, sizeof(ring));
	if (!us)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &one, sizeof(one)) ||
		setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &us, sizeof(us)) ||
		setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &budget, sizeof(budget)))
		return fosr_err(err, -errno, "busy polling is not to be had here: %s", strerror(errno));
	x->busy_poll = true;
	return 0;
}

int fosr_xsk_open(
	struct fosr_xsk **out, const char *ifname, __u32 queue, const struct fosr_xsk_opts *o, struct fosr_err *err)
{
	struct fosr_xsk *x = calloc(1, sizeof(*x));
	int ret;

	if (!x)
		return fosr_err(err, -ENOMEM, "out of memory");
	x->tx_ring = TX_MAX;
	x->rx_ring = o->rx_ring ? o->rx_ring : FOSR_XSK_RX_RING;
	x->frame_size = o->frame_max + KERNEL_ROOM <= 2048 ? 2048 : 4096;
	ret = umem_make(x, err);
	if (!ret) {
		ret = bind_queue(x, ifname, queue);
		if (ret) {
			x->socket = NULL;
			fosr_err(err, ret, "%s queue %u: cannot bind an AF_XDP socket: %s%s", ifname, queue,
				strerror(-ret),
				ret == -EBUSY ? "; another program holds the queue"
					: ret == -EOPNOTSUPP || ret == -EAFNOSUPPORT
					? "; 'fosr-xdp probe' tells what is missing"
					: "");
		}
	}
	if (!ret)
		ret = tune(x, o, err);
	if (ret) {
		fosr_xsk_close(x);
		return ret;
	}
	fill_all(x);
	*out = x;
	return 0;
}

bool fosr_xsk_zero_copy(const struct fosr_xsk *x)
{
	return x->zero_copy;
}

__u32 fosr_xsk_rx_ring(const struct fosr_xsk *x)
{
	return x->rx_ring;
}

int fosr_xsk_fd(const struct fosr_xsk *x)
{
	return xsk_socket__fd(x->socket);
}

static void take_completions(struct fosr_xsk *x)
{
	__u32 at, n = xsk_ring_cons__peek(&x->completion, x->tx_ring, &at);

	for (__u32 i = 0; i < n; i++)
		x->free[x->free_n++] = frame_of(x, *xsk_ring_cons__comp_addr(&x->completion, at + i));
	if (n)
		xsk_ring_cons__release(&x->completion, n);
	x->pending -= n;
}

__u8 *fosr_xsk_lend(struct fosr_xsk *x)
{
	if (!x->free_n)
		take_completions(x);
	if (!x->free_n || !xsk_prod_nb_free(&x->tx, 1))
		return NULL;
	return x->area + x->free[x->free_n - 1] + FOSR_XSK_HEADROOM;
}

void fosr_xsk_send(struct fosr_xsk *x, __u8 *frame, __u32 len)
{
	struct xdp_desc *desc;
	__u32 at;

	/* lend() saw room, and nobody else produces. */
	if (xsk_ring_prod__reserve(&x->tx, 1, &at) != 1)
		return;
	desc = xsk_ring_prod__tx_desc(&x->tx, at);
	desc->addr = (__u64)(frame - x->area);
	desc->len = len;
	desc->options = 0;
	x->free_n--;
	x->pending++;
	xsk_ring_prod__submit(&x->tx, 1);
}

/* In copy mode one call transmits a bounded number of frames and says EAGAIN when there are more. */
int fosr_xsk_kick(struct fosr_xsk *x)
{
	ssize_t ret = 0;

	take_completions(x);
	if (x->pending && xsk_ring_prod__needs_wakeup(&x->tx))
		ret = sendto(fosr_xsk_fd(x), NULL, 0, MSG_DONTWAIT, NULL, 0);
	take_completions(x);
	if (ret >= 0 || errno == EAGAIN || errno == EBUSY || errno == ENOBUFS || errno == EINTR)
		return 0;
	return -errno;
}

__u32 fosr_xsk_pending(const struct fosr_xsk *x)
{
	return x->pending;
}

__u32 fosr_xsk_receive(struct fosr_xsk *x, struct fosr_xsk_frame frames[FOSR_XSK_BATCH])
{
	__u32 at, n = xsk_ring_cons__peek(&x->rx, FOSR_XSK_BATCH, &at);

	if (!n && x->busy_poll) {
		recvfrom(fosr_xsk_fd(x), NULL, 0, MSG_DONTWAIT, NULL, NULL);
		n = xsk_ring_cons__peek(&x->rx, FOSR_XSK_BATCH, &at);
	}
	for (__u32 i = 0; i < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&x->rx, at + i);

		frames[i] = (struct fosr_xsk_frame){.data = x->area + desc->addr, .len = desc->len};
		x->held_addr[i] = frame_of(x, desc->addr);
	}
	x->held = n;
	return n;
}

void fosr_xsk_release(struct fosr_xsk *x)
{
	__u32 at;

	if (!x->held)
		return;
	xsk_ring_cons__release(&x->rx, x->held);
	/* The fill ring holds all receive frames there are: there is always room. */
	if (xsk_ring_prod__reserve(&x->fill, x->held, &at) == x->held) {
		for (__u32 i = 0; i < x->held; i++)
			*xsk_ring_prod__fill_addr(&x->fill, at + i) = x->held_addr[i];
		xsk_ring_prod__submit(&x->fill, x->held);
	}
	x->held = 0;
	if (xsk_ring_prod__needs_wakeup(&x->fill))
		recvfrom(fosr_xsk_fd(x), NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

int fosr_xsk_stats(const struct fosr_xsk *x, struct fosr_xsk_stats *stats)
{
	struct xdp_statistics s = {0};
	socklen_t len = sizeof(s);

	if (getsockopt(fosr_xsk_fd(x), SOL_XDP, XDP_STATISTICS, &s, &len))
		return -errno;
	*stats = (struct fosr_xsk_stats){
		/* A copying kernel that finds no free frame counts that one as dropped, and its look for it besides. */
		.rx_dropped = s.rx_dropped + s.rx_ring_full + (x->zero_copy ? s.rx_fill_ring_empty_descs : 0),
		.tx_invalid = s.tx_invalid_descs,
	};
	return 0;
}

void fosr_xsk_close(struct fosr_xsk *x)
{
	if (!x)
		return;
	if (x->socket)
		xsk_socket__delete(x->socket);
	if (x->umem)
		xsk_umem__delete(x->umem);
	if (x->area)
		munmap(x->area, area_size(x));
	free(x);
}
