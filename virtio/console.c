// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * console - the virtio console hvc0: VIRTIO 1.2, 5.3
 *
 * Output.  A driver waits, spinning, until its bytes are taken; so they are
 * taken on the vCPU thread that kicks, into a buffer that the event loop writes
 * out at most VCON_TICK_MS after the first byte.  No thread is woken for a few
 * bytes.  A host that takes nothing leaves requests in the queue, and the guest
 * waits; nothing is lost.
 *
 * Input waits in a buffer until the driver has room for it, and until it
 * listens: Linux adds its buffers before it can take what is in them, and
 * throws away what comes in between (drivers/char/virtio_console.c, in_intr()
 * before add_port() is done).  A console that has printed something and is then
 * silent for VCON_HUSH_MS listens, and one that has had its queue for long.
 *
 * All of it is guarded by dev->lock: vCPU threads hold it when they kick, the
 * event loop takes it.
 */
#include "console.h"

#include <errno.h>
#include <linux/virtio_console.h>
#include <stdlib.h>
#include <string.h>

#include "iov.h"
#include "util.h"

#define VCON_TX_SIZE	65536	/* powers of two */
#define VCON_RX_SIZE	4096
#define VCON_TICK_MS	10
#define VCON_QUIET_MS	500	/* without a byte: no more ticks */
#define VCON_HUSH_MS	100	/* without a byte: it is not about to start */
#define VCON_DEAF_MS	10000	/* with a queue, and nothing of the above */

enum { VCON_RX, VCON_TX, VCON_QUEUES };	/* 5.3.2 */

struct vcon {
	struct vdev dev;
	struct vcon_host host;
	struct virtio_console_config config;
	/* rings: positions run on, masked when used */
	uint32_t tx_head, tx_tail;	/* written up to, taken up to */
	uint32_t rx_head, rx_tail;
	uint64_t tx_skip;	/* bytes already taken of the next request */
	bool rx_was_full;	/* the loop waits for room */
	bool hears;		/* the driver listens */
	bool has_spoken;	/* since its queues are there */
	int64_t deaf_until;	/* ms; 0: no queue yet, or not seen */
	bool active;		/* the loop looks every VCON_TICK_MS */
	bool spoke;		/* a byte came since its last look */
	int64_t quiet_at;	/* ms: when silence becomes quiet */
	struct iovec iov[VQ_SIZE_MAX];
	uint8_t tx[VCON_TX_SIZE];
	uint8_t rx[VCON_RX_SIZE];
};

static struct vcon *vcon_of(struct vdev *dev)
{
	return container_of(dev, struct vcon, dev);
}

static uint32_t vcon_tx_room(const struct vcon *v)
{
	return VCON_TX_SIZE - (v->tx_head - v->tx_tail);
}

static void vcon_spoke(struct vcon *v)
{
	v->spoke = true;
	v->has_spoken = true;
	if (v->active)
		return;
	v->active = true;
	v->host.wake(v->host.opaque);
}

/* Copy what fits of the request, from where the last time ended. */
static uint64_t vcon_tx_copy(struct vcon *v, const struct vq_chain *c)
{
	uint64_t done = 0;
	uint32_t room;

	while ((room = vcon_tx_room(v))) {
		uint32_t at = v->tx_head % VCON_TX_SIZE;
		size_t n = VCON_TX_SIZE - at;

		if (n > room)
			n = room;
		n = iov_read(c->iov, c->nr_out, v->tx_skip + done, &v->tx[at],
			     n);
		if (!n)
			break;
		v->tx_head += (uint32_t)n;
		done += n;
	}
	return done;
}

/* Return: whether all of it was taken. */
static bool vcon_tx_take(struct vcon *v, struct vq *vq, struct vq_chain *c)
{
	uint64_t bytes = iov_bytes(c->iov, c->nr_out);
	uint64_t done = vcon_tx_copy(v, c);

	if (done)
		vcon_spoke(v);
	if (v->tx_skip + done < bytes) {
		v->tx_skip += done;
		vq_unpop(vq, c);
		return false;
	}
	v->tx_skip = 0;
	vq_push(vq, c, 0);
	return true;
}

/*
 * A buffer without a byte of use would cost a turn of the loops below and take
 * none of what bounds them.  Return: whether the chain is one.
 */
static bool vcon_empty(struct vdev_queue *q, const struct vq_chain *c,
		       unsigned int vectors)
{
	if (vectors)
		return false;
	vq_push(&q->vq, c, 0);
	vdev_fault(q->dev, q, "a buffer with no bytes in it");
	return true;
}

/* Bounded by the room that there is: every request takes some of it. */
static void vcon_tx_serve(struct vcon *v)
{
	struct vdev_queue *q = &v->dev.queue[VCON_TX];
	struct vq_chain c = { .iov = v->iov };
	bool more = true;

	do {
		while (more && vdev_pop(q, &c))
			more = !vcon_empty(q, &c, c.nr_out) &&
				vcon_tx_take(v, &q->vq, &c);
	} while (more && vq_kicks_on(&q->vq));
	vdev_signal(q);
}

/* Kicks are wanted only while there is input and no room for it.  Bounded by
 * the input. */
static void vcon_rx_serve(struct vcon *v)
{
	struct vdev_queue *q = &v->dev.queue[VCON_RX];
	struct vq_chain c = { .iov = v->iov };

	vq_kicks_off(&q->vq);
	while (v->hears && v->rx_head != v->rx_tail) {
		uint32_t at = v->rx_tail % VCON_RX_SIZE;
		size_t n = v->rx_head - v->rx_tail;

		if (!vdev_pop(q, &c)) {
			if (vq_kicks_on(&q->vq))
				continue;
			break;
		}
		if (vcon_empty(q, &c, c.nr_in))
			break;
		if (n > VCON_RX_SIZE - at)
			n = VCON_RX_SIZE - at;
		n = iov_write(vq_iov_in(&c), c.nr_in, 0, &v->rx[at], n);
		v->rx_tail += (uint32_t)n;
		vq_push(&q->vq, &c, (uint32_t)n);
	}
	vdev_signal(q);
	if (v->rx_was_full && v->rx_head == v->rx_tail) {
		v->rx_was_full = false;
		v->host.wake(v->host.opaque);
	}
}

static bool vcon_live(const struct vcon *v, unsigned int queue)
{
	return vdev_serves(&v->dev.queue[queue]);
}

/* The loop is to see that there is a queue: vcon_listen(). */
static int vcon_queue_start(struct vdev_queue *q)
{
	struct vcon *v = vcon_of(q->dev);

	if (q->index == VCON_RX)
		v->host.wake(v->host.opaque);
	return 0;
}

static void vcon_kick(struct vdev_queue *q)
{
	if (q->index == VCON_TX)
		vcon_tx_serve(vcon_of(q->dev));
	else
		vcon_rx_serve(vcon_of(q->dev));
}

static void vcon_queue_stop(struct vdev_queue *q)
{
	struct vcon *v = vcon_of(q->dev);

	v->tx_skip = 0;
	v->hears = false;
	v->has_spoken = false;
	v->deaf_until = 0;
}

static void vcon_config_read(struct vdev *dev, uint32_t offset, void *buf,
			     uint32_t len)
{
	memcpy(buf, (const uint8_t *)&vcon_of(dev)->config + offset, len);
}

/* 5.3.4: a character before there is a queue, from a driver in trouble */
static void vcon_config_write(struct vdev *dev, uint32_t offset,
			      const void *buf, uint32_t len)
{
	struct vcon *v = vcon_of(dev);

	(void)len;
	if (offset != offsetof(struct virtio_console_config, emerg_wr) ||
	    !vcon_tx_room(v))
		return;
	v->tx[v->tx_head++ % VCON_TX_SIZE] = *(const uint8_t *)buf;
	vcon_spoke(v);
}

static void vcon_destroy(struct vdev *dev)
{
	free(vcon_of(dev));
}

static const struct vdev_ops vcon_ops = {
	.id = VIRTIO_ID_CONSOLE,
	.pci_class = 0x07,	/* communication controller */
	.pci_subclass = 0x80,	/* of another kind */
	.config_read = vcon_config_read,
	.config_write = vcon_config_write,
	.queue_start = vcon_queue_start,
	.queue_stop = vcon_queue_stop,
	.kick = vcon_kick,
	.destroy = vcon_destroy,
};

/*
 * The event loop
 */

/* Return: whether to look again soon: there is input, and nobody listens. */
static bool vcon_listen(struct vcon *v, int64_t now)
{
	if (v->hears || !vcon_live(v, VCON_RX))
		return false;
	if (!v->deaf_until)
		v->deaf_until = now + VCON_DEAF_MS;
	v->hears = now >= v->deaf_until ||
		   (v->has_spoken &&
		    now >= v->quiet_at - VCON_QUIET_MS + VCON_HUSH_MS);
	if (v->hears)
		vcon_rx_serve(v);
	return !v->hears && v->rx_head != v->rx_tail;
}

static int vcon_tick(void *dev, int64_t now)
{
	struct vcon *v = vcon_of(dev);
	int ms = -1;

	pthread_mutex_lock(&v->dev.lock);
	if (v->spoke)
		v->quiet_at = now + VCON_QUIET_MS;
	v->spoke = false;
	v->active = v->active && now < v->quiet_at;
	if (vcon_listen(v, now) || v->active)
		ms = VCON_TICK_MS;
	pthread_mutex_unlock(&v->dev.lock);
	return ms;
}

/* What lies between tail and head is not touched until it is taken. */
static size_t vcon_tx_peek(void *dev, const uint8_t **ret)
{
	struct vcon *v = vcon_of(dev);
	uint32_t at;
	size_t n;

	pthread_mutex_lock(&v->dev.lock);
	at = v->tx_tail % VCON_TX_SIZE;
	n = v->tx_head - v->tx_tail;
	if (n > VCON_TX_SIZE - at)
		n = VCON_TX_SIZE - at;
	*ret = &v->tx[at];
	pthread_mutex_unlock(&v->dev.lock);
	return n;
}

static void vcon_tx_done(void *dev, size_t n)
{
	struct vcon *v = vcon_of(dev);
	bool was_full;

	pthread_mutex_lock(&v->dev.lock);
	was_full = !vcon_tx_room(v);
	v->tx_tail += (uint32_t)n;
	if (was_full && vcon_live(v, VCON_TX))
		vcon_tx_serve(v);
	pthread_mutex_unlock(&v->dev.lock);
}

static size_t vcon_rx_room(void *dev)
{
	struct vcon *v = vcon_of(dev);
	size_t room;

	pthread_mutex_lock(&v->dev.lock);
	room = VCON_RX_SIZE - (v->rx_head - v->rx_tail);
	if (!room)
		v->rx_was_full = true;
	pthread_mutex_unlock(&v->dev.lock);
	return room;
}

static void vcon_rx_put(void *dev, const uint8_t *data, size_t len)
{
	struct vcon *v = vcon_of(dev);

	pthread_mutex_lock(&v->dev.lock);
	while (len--)
		v->rx[v->rx_head++ % VCON_RX_SIZE] = *data++;
	if (vcon_live(v, VCON_RX))
		vcon_rx_serve(v);
	pthread_mutex_unlock(&v->dev.lock);
}

const struct line_ops vcon_line_ops = {
	.tick = vcon_tick,
	.tx_peek = vcon_tx_peek,
	.tx_done = vcon_tx_done,
	.rx_room = vcon_rx_room,
	.rx_put = vcon_rx_put,
};

void vcon_resize(struct vdev *dev, uint16_t cols, uint16_t rows)
{
	struct vcon *v = vcon_of(dev);
	bool changed;

	pthread_mutex_lock(&dev->lock);
	changed = v->config.cols != cols || v->config.rows != rows;
	v->config.cols = cols;
	v->config.rows = rows;
	pthread_mutex_unlock(&dev->lock);
	if (changed)
		vdev_config_changed(dev);
}

int vcon_create(const char *name, const struct vcon_host *host,
		struct vdev **ret, struct err *e)
{
	struct vcon *v = calloc(1, sizeof(*v));
	int i, r = 0;

	if (!v)
		return err_fault(e, -ENOMEM, "making %s", name);
	vdev_init(&v->dev, &vcon_ops, name);
	v->host = *host;
	v->dev.offered |= BIT(VIRTIO_CONSOLE_F_SIZE) |
			  BIT(VIRTIO_CONSOLE_F_EMERG_WRITE);
	v->dev.config_size = sizeof(v->config);
	v->config.max_nr_ports = 1;
	for (i = 0; !r && i < VCON_QUEUES; i++)
		r = vdev_add_queue(&v->dev, NULL);
	if (r) {
		vdev_destroy(&v->dev);
		return err_fault(e, r, "making %s", name);
	}
	*ret = &v->dev;
	return 0;
}
