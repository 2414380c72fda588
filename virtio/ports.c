// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ports - byte streams between programs of the guest and of the host
 *
 * DOC: theory of operation
 *
 * The device has no buffers.  What the guest writes goes from its memory into
 * the socket or file; what that does not take stays in the queue, partly taken
 * (tx_skip), and the guest waits until the host's end is writable again.  What a
 * client sends stays in its socket until a program of the guest has opened the
 * port and given room.  So nothing is lost while both ends are there.
 *
 * A client that hangs up: what it sent before is given to the guest first, then
 * the guest is told that the port is closed, and only when it has been told is
 * the next client taken.  What the guest writes to nobody is discarded; Linux
 * writes nothing until it has heard of a client.
 *
 * What there is to tell a guest is kept as bits for each port, not as messages,
 * so a guest that takes none has nothing piled up.
 *
 * Everything runs on the device's one thread, which has no other work: sockets
 * are accepted, written and read there.  Clients that come before the driver
 * does wait in the socket's backlog.
 */
#include "ports.h"

#include <assert.h>
#include <errno.h>
#include <linux/virtio_console.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "iov.h"
#include "port_end.h"
#include "util.h"

/* Bytes for each turn of a queue: then others are served.  A request costs at
 * least PORTS_REQUEST of it. */
#define PORTS_TURN	0x100000
#define PORTS_REQUEST	0x1000
#define PORTS_CHUNK	0x10000	/* for one system call */

/* 5.3.2: the queues of port 0, which is never added, then those of control. */
enum {
	PORTS_RX0,
	PORTS_TX0,
	PORTS_CTL_RX,
	PORTS_CTL_TX,
	PORTS_FIRST,
};

static_assert(PORTS_FIRST + 2 * PORTS_MAX <= VDEV_QUEUES_MAX,
	      "each port has two queues");

/* What the guest is to be told of a port, in this order. */
enum port_news {
	NEWS_ADD,
	NEWS_NAME,
	NEWS_OPEN,		/* or closed, as it is when it is told */
	NEWS_NUM
};

struct ports;

struct port {
	struct ports *ports;
	uint32_t id;
	char name[PORTS_NAME_MAX + 1];
	struct port_end end;
	struct worker_source listen;	/* clients come */
	struct worker_source peer;	/* the client, or the file */
	uint64_t tx_skip;	/* bytes already taken of the next request */
	unsigned int news;	/* BIT(enum port_news): to be told */
	bool ready;		/* the driver has the port */
	bool open;		/* and a program has opened it */
};

struct ports {
	struct vdev dev;
	struct virtio_console_config config;
	unsigned int nr;
	struct port port[PORTS_MAX];
	struct iovec iov[VQ_SIZE_MAX];
};

struct port_message {
	struct virtio_console_control head;
	char name[PORTS_NAME_MAX];
};

static struct ports *ports_of(struct vdev *dev)
{
	return container_of(dev, struct ports, dev);
}

static struct vdev_queue *port_queue(struct port *p, bool tx)
{
	return &p->ports->dev.queue[PORTS_FIRST + 2 * (p->id - 1) + tx];
}

/* Return: how much of a turn is left. */
static uint32_t ports_spend(uint32_t left, uint64_t bytes)
{
	uint64_t cost = bytes > PORTS_REQUEST ? bytes : PORTS_REQUEST;

	return cost < left ? left - (uint32_t)cost : 0;
}

/*
 * From the guest to the host
 */

/* A file that cannot be written is given up; a client hangs up by itself. */
static void port_write_failed(struct port *p, int r)
{
	if (port_end_is_socket(&p->end))
		return;
	log_warn("%s: writing to %s: %s: port \"%s\" is closed",
		 p->ports->dev.name, p->end.path, err_name(r), p->name);
	worker_unwatch(&p->ports->dev.worker[0], &p->peer);
	port_end_drop(&p->end);
	p->news |= p->ready ? BIT(NEWS_OPEN) : 0;
}

/* Return: as port_end_write(); what nobody takes counts as taken. */
static ssize_t port_write(struct port *p, const struct vq_chain *c,
			  uint64_t bytes)
{
	struct iovec part[VQ_SIZE_MAX];
	unsigned int nr;
	ssize_t n;

	if (p->end.fd < 0)
		return (ssize_t)bytes;
	nr = iov_slice(c->iov, c->nr_out, p->tx_skip, PORTS_CHUNK, part);
	n = port_end_write(&p->end, part, nr);
	if (n >= 0 || n == -EAGAIN)
		return n;
	port_write_failed(p, (int)n);
	return (ssize_t)bytes;
}

/* Return: whether the request was given back. */
static bool port_tx_take(struct port *p, struct vq *vq, struct vq_chain *c,
			 uint32_t *left)
{
	uint64_t bytes = iov_bytes(c->iov, c->nr_out);
	uint32_t before = *left;

	while (p->tx_skip < bytes && *left) {
		ssize_t n = port_write(p, c, bytes - p->tx_skip);

		if (n < 0)
			break;
		p->tx_skip += (uint64_t)n;
		if (p->end.fd >= 0)
			*left = ports_spend(*left, (uint64_t)n);
	}
	if (*left == before)
		*left = ports_spend(before, 0);
	if (p->tx_skip < bytes) {
		vq_unpop(vq, c);
		return false;
	}
	p->tx_skip = 0;
	vq_push(vq, c, 0);
	return true;
}

/* What is left in the queue when it returns is waiting for the host's end, or
 * for the next turn. */
static void port_tx(struct port *p)
{
	struct vdev_queue *q = port_queue(p, true);
	struct vq_chain c = { .iov = p->ports->iov };
	uint32_t left = PORTS_TURN;
	bool taken = true;

	if (!vdev_serves(q))
		return;
	vq_kicks_off(&q->vq);
	do {
		while (left && taken && vdev_pop(q, &c))
			taken = port_tx_take(p, &q->vq, &c, &left);
	} while (left && taken && vq_kicks_on(&q->vq));
	vdev_signal(q);
	if (!left)
		vdev_again(q);
}

/*
 * From the host to the guest
 */

/* Return: bytes, 0 also for a request without room; -EAGAIN, -EPIPE. */
static ssize_t port_rx_fill(struct port *p, struct vq_chain *c)
{
	struct iovec part[VQ_SIZE_MAX];
	unsigned int nr = iov_slice(vq_iov_in(c), c->nr_in, 0, PORTS_CHUNK,
				    part);

	return iov_bytes(part, nr) ? port_end_read(&p->end, part, nr) : 0;
}

/* Kicks are wanted only while there is input and no room for it. */
static void port_rx(struct port *p)
{
	struct vdev_queue *q = port_queue(p, false);
	struct vq_chain c = { .iov = p->ports->iov };
	uint32_t left = PORTS_TURN;

	if (!vdev_serves(q) || !p->open || p->end.fd < 0 ||
	    !port_end_is_socket(&p->end))
		return;
	vq_kicks_off(&q->vq);
	while (left) {
		ssize_t n;

		if (!vdev_pop(q, &c)) {
			if (vq_kicks_on(&q->vq))
				continue;
			break;
		}
		n = port_rx_fill(p, &c);
		if (n < 0) {
			vq_unpop(&q->vq, &c);
			break;
		}
		vq_push(&q->vq, &c, (uint32_t)n);
		left = ports_spend(left, (uint64_t)n);
	}
	vdev_signal(q);
	if (!left)
		vdev_again(q);
}

/*
 * What the guest is told
 */

static uint32_t port_message(const struct port *p, enum port_news news,
			     struct port_message *m)
{
	static const uint16_t event[NEWS_NUM] = {
		[NEWS_ADD] = VIRTIO_CONSOLE_PORT_ADD,
		[NEWS_NAME] = VIRTIO_CONSOLE_PORT_NAME,
		[NEWS_OPEN] = VIRTIO_CONSOLE_PORT_OPEN,
	};
	size_t len = news == NEWS_NAME ? strlen(p->name) : 0;

	m->head = (struct virtio_console_control){
		.id = p->id, .event = event[news], .value = 1,
	};
	if (news == NEWS_OPEN)
		m->head.value = p->end.fd >= 0;
	memcpy(m->name, p->name, len);
	return (uint32_t)(sizeof(m->head) + len);
}

/* Return: whether there was a request to answer. */
static bool port_tell(struct port *p, enum port_news news)
{
	struct vdev_queue *q = &p->ports->dev.queue[PORTS_CTL_RX];
	struct vq_chain c = { .iov = p->ports->iov };
	struct port_message m;
	uint32_t len;

	while (!vdev_pop(q, &c))
		if (!vq_kicks_on(&q->vq))
			return false;
	len = port_message(p, news, &m);
	len = (uint32_t)iov_write(vq_iov_in(&c), c.nr_in, 0, &m, len);
	vq_push(&q->vq, &c, len);
	p->news &= ~BIT(news);
	return true;
}

/* A client is not taken before the guest has heard of the end of the last. */
static void port_accept(struct port *p)
{
	if (p->news & BIT(NEWS_OPEN) || !port_end_accept(&p->end))
		return;
	p->peer.fd = p->end.fd;
	if (worker_watch(&p->ports->dev.worker[0], &p->peer,
			 EPOLLIN | EPOLLOUT | EPOLLRDHUP))
		port_end_drop(&p->end);
	else if (p->ready)
		p->news |= BIT(NEWS_OPEN);
}

static bool port_tell_all(struct port *p)
{
	enum port_news news;

	for (news = 0; news < NEWS_NUM; news++) {
		while (p->news & BIT(news)) {
			if (!port_tell(p, news))
				return false;
			port_accept(p);
		}
	}
	return true;
}

static void ports_tell(struct ports *d)
{
	struct vdev_queue *q = &d->dev.queue[PORTS_CTL_RX];
	unsigned int i;

	if (!vdev_serves(q))
		return;
	for (i = 0; i < d->nr; i++)
		if (!port_tell_all(&d->port[i]))
			break;
	vdev_signal(q);
}

/* At the end of whatever was done for a port. */
static void port_settle(struct port *p)
{
	if (port_end_is_over(&p->end)) {
		worker_unwatch(&p->ports->dev.worker[0], &p->peer);
		port_end_drop(&p->end);
		p->news |= p->ready ? BIT(NEWS_OPEN) : 0;
		port_tx(p);	/* what the client has not taken */
	}
	port_accept(p);
	ports_tell(p->ports);
}

/*
 * What the guest tells
 */

static void port_hear(struct port *p, uint16_t event, uint16_t value)
{
	if (event == VIRTIO_CONSOLE_PORT_OPEN) {
		p->open = value;
	} else if (event == VIRTIO_CONSOLE_PORT_READY) {
		p->ready = value;
		p->news &= BIT(NEWS_ADD);
		if (value)
			p->news |= BIT(NEWS_NAME);
		if (value && p->end.fd >= 0)
			p->news |= BIT(NEWS_OPEN);
	}
}

static uint32_t ports_hear(struct vdev_queue *q, struct vq_chain *c)
{
	struct ports *d = ports_of(q->dev);
	struct virtio_console_control m;
	unsigned int i;

	if (iov_read(c->iov, c->nr_out, 0, &m, sizeof(m)) < sizeof(m))
		return 0;
	if (m.event == VIRTIO_CONSOLE_DEVICE_READY) {
		for (i = 0; m.value && i < d->nr; i++)
			d->port[i].news |= BIT(NEWS_ADD);
	} else if (m.id && m.id <= d->nr) {
		port_hear(&d->port[m.id - 1], m.event, m.value);
	}
	return 0;
}

static void ports_control(struct ports *d)
{
	unsigned int i;

	vdev_serve(&d->dev.queue[PORTS_CTL_TX], d->iov, ports_hear);
	for (i = 0; i < d->nr; i++) {
		port_rx(&d->port[i]);
		port_settle(&d->port[i]);
	}
}

static uint32_t ports_discard(struct vdev_queue *q, struct vq_chain *c)
{
	(void)q;
	(void)c;
	return 0;
}

/*
 * The device
 */

static void ports_kick_port(struct ports *d, unsigned int queue)
{
	struct port *p = &d->port[(queue - PORTS_FIRST) / 2];

	if (queue % 2)
		port_tx(p);
	else
		port_rx(p);
	port_settle(p);
}

static void ports_kick(struct vdev_queue *q)
{
	struct ports *d = ports_of(q->dev);

	if (q->index >= PORTS_FIRST)
		ports_kick_port(d, q->index);
	else if (q->index == PORTS_CTL_TX)
		ports_control(d);
	else if (q->index == PORTS_CTL_RX)
		ports_tell(d);
	else if (q->index == PORTS_TX0)
		vdev_serve(q, d->iov, ports_discard);
}

/*
 * @events may be of a client that left since they were collected: the
 * descriptor itself is asked.
 */
static void port_on_peer(struct worker_source *src, uint32_t events)
{
	struct port *p = src->dev;

	(void)events;
	port_tx(p);
	port_rx(p);
	port_settle(p);
}

static void port_on_listen(struct worker_source *src, uint32_t events)
{
	(void)events;
	port_settle(src->dev);
}

/* The first time.  A regular file cannot be watched, and need not be. */
static int port_watch(struct port *p)
{
	struct worker *w = &p->ports->dev.worker[0];

	if (p->listen.watched || p->peer.watched)
		return 0;
	p->listen.fd = p->end.listen_fd;
	p->peer.fd = p->end.fd;
	if (port_end_is_socket(&p->end))
		return worker_watch(w, &p->listen, EPOLLIN);
	if (p->end.fd >= 0)
		worker_watch(w, &p->peer, EPOLLOUT);
	return 0;
}

/* Clients are of interest from when a driver can hear of them. */
static int ports_queue_start(struct vdev_queue *q)
{
	struct ports *d = ports_of(q->dev);
	unsigned int i;
	int r = 0;

	for (i = 0; q->index == PORTS_CTL_TX && !r && i < d->nr; i++)
		r = port_watch(&d->port[i]);
	return r;
}

/* What the guest has said ends with the queue by which it said it. */
static void ports_queue_stop(struct vdev_queue *q)
{
	struct ports *d = ports_of(q->dev);
	unsigned int i;

	for (i = 0; q->index == PORTS_CTL_TX && i < d->nr; i++) {
		d->port[i].ready = d->port[i].open = false;
		d->port[i].news = 0;
	}
	if (q->index >= PORTS_FIRST && q->index % 2)
		d->port[(q->index - PORTS_FIRST) / 2].tx_skip = 0;
}

static void ports_config_read(struct vdev *dev, uint32_t offset, void *buf,
			      uint32_t len)
{
	memcpy(buf, (const uint8_t *)&ports_of(dev)->config + offset, len);
}

static void ports_destroy(struct vdev *dev)
{
	struct ports *d = ports_of(dev);
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		port_end_close(&d->port[i].end);
	free(d);
}

static const struct vdev_ops ports_ops = {
	.id = VIRTIO_ID_CONSOLE,
	.pci_class = 0x07,	/* communication controller */
	.pci_subclass = 0x80,	/* of another kind */
	.config_read = ports_config_read,
	.queue_start = ports_queue_start,
	.queue_stop = ports_queue_stop,
	.kick = ports_kick,
	.destroy = ports_destroy,
};

static int ports_add(struct ports *d, const struct port_options *o,
		     struct err *e)
{
	struct port *p = &d->port[d->nr];
	int r = port_end_open(&p->end, o->path, e);

	if (r)
		return r;
	p->ports = d;
	p->id = ++d->nr;
	strncpy(p->name, o->name, PORTS_NAME_MAX);
	p->listen.fn = port_on_listen;
	p->peer.fn = port_on_peer;
	p->listen.dev = p->peer.dev = p;
	return 0;
}

int ports_create(const char *name, const struct port_options *port,
		 unsigned int nr, struct vdev **ret, struct err *e)
{
	struct ports *d = calloc(1, sizeof(*d));
	unsigned int i;
	int r = 0;

	if (!d)
		return err_fault(e, -ENOMEM, "making %s", name);
	vdev_init(&d->dev, &ports_ops, name);
	d->dev.offered |= BIT(VIRTIO_CONSOLE_F_MULTIPORT);
	d->dev.config_size = sizeof(d->config);
	d->config.max_nr_ports = nr + 1;
	vdev_add_worker(&d->dev);
	for (i = 0; !r && i < PORTS_FIRST + 2 * nr; i++)
		r = vdev_add_queue(&d->dev, &d->dev.worker[0]);
	if (r)
		err_fault(e, r, "making %s", name);
	for (i = 0; !r && i < nr; i++)
		r = ports_add(d, &port[i], e);
	if (r) {
		vdev_destroy(&d->dev);
		return r;
	}
	*ret = &d->dev;
	return 0;
}
