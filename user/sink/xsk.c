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

#define FRAME_SIZE 4096
#define TX_FRAMES 2048
#define RX_FRAMES 4096 /* fill ring and receive ring, both full */
#define RING 2048
#define SEND_BUFFER (64 << 20)
#define REBIND_NS (2 * FOSR_NS_PER_S)
#define REBIND_STEP_NS 5000000

struct fosr_xsk {
	__u8 *area;
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill, tx;
	struct xsk_ring_cons completion, rx;
	__u64 free[TX_FRAMES]; /* addresses of frames nobody uses */
	__u32 free_n;
	__u32 pending;
	__u32 held; /* received, lent to the caller */
	__u64 held_addr[FOSR_XSK_BATCH];
};

static int umem_make(struct fosr_xsk *x, struct fosr_err *err)
{
	const struct xsk_umem_config config = {
		.fill_size = RX_FRAMES,
		.comp_size = RING,
		.frame_size = FRAME_SIZE,
	};
	size_t size = (size_t)(TX_FRAMES + RX_FRAMES) * FRAME_SIZE;
	int ret;

	x->area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (x->area == MAP_FAILED) {
		x->area = NULL;
		return fosr_err(err, -ENOMEM, "out of memory for %zu bytes of frames", size);
	}
	ret = xsk_umem__create(&x->umem, x->area, size, &x->fill, &x->completion, &config);
	if (ret)
		return fosr_err(err, ret, "cannot register memory for AF_XDP: %s%s", strerror(-ret),
			ret == -EPERM ? "; CAP_NET_RAW is needed: run it with sudo" : "");
	for (__u32 i = 0; i < TX_FRAMES; i++)
		x->free[x->free_n++] = (__u64)i * FRAME_SIZE;
	return 0;
}

static int bind_queue(struct fosr_xsk *x, const char *ifname, __u32 queue)
{
	const struct xsk_socket_config config = {
		.rx_size = RING,
		.tx_size = RING,
		.libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
		.bind_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
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

static void fill_all(struct fosr_xsk *x)
{
	__u32 at;

	if (xsk_ring_prod__reserve(&x->fill, RX_FRAMES, &at) != RX_FRAMES)
		return;
	for (__u32 i = 0; i < RX_FRAMES; i++)
		*xsk_ring_prod__fill_addr(&x->fill, at + i) = (__u64)(TX_FRAMES + i) * FRAME_SIZE;
	xsk_ring_prod__submit(&x->fill, RX_FRAMES);
}

int fosr_xsk_open(struct fosr_xsk **out, const char *ifname, __u32 queue, struct fosr_err *err)
{
	struct fosr_xsk *x = calloc(1, sizeof(*x));
	int ret, size = SEND_BUFFER;

	if (!x)
		return fosr_err(err, -ENOMEM, "out of memory");
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
	if (ret) {
		fosr_xsk_close(x);
		return ret;
	}
	/* Frames in flight are charged to the socket; the default would stall after a hundred. Best effort. */
	if (setsockopt(fosr_xsk_fd(x), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fosr_xsk_fd(x), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	fill_all(x);
	*out = x;
	return 0;
}

int fosr_xsk_fd(const struct fosr_xsk *x)
{
	return xsk_socket__fd(x->socket);
}

static void take_completions(struct fosr_xsk *x)
{
	__u32 at, n = xsk_ring_cons__peek(&x->completion, RING, &at);

	for (__u32 i = 0; i < n; i++)
		/* The kernel gives back the address it was given: anywhere in the frame. */
		x->free[x->free_n++] = *xsk_ring_cons__comp_addr(&x->completion, at + i) & ~(__u64)(FRAME_SIZE - 1);
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

	for (__u32 i = 0; i < n; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&x->rx, at + i);

		frames[i] = (struct fosr_xsk_frame){.data = x->area + desc->addr, .len = desc->len};
		x->held_addr[i] = desc->addr & ~(__u64)(FRAME_SIZE - 1);
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
		.rx_dropped = s.rx_dropped + s.rx_ring_full + s.rx_fill_ring_empty_descs,
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
		munmap(x->area, (size_t)(TX_FRAMES + RX_FRAMES) * FRAME_SIZE);
	free(x);
}
