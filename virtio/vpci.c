// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vpci - virtio over PCI: the function, its capabilities, its interrupts
 *
 * With MSI-X each queue's eventfd is bound to its vector, and to signal is one
 * write(2).  Without, ISR status says why and the pin is asserted until it is
 * read.
 */
#include "vpci.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util.h"
#include "vpci_regs.h"

#define VPCI_VENDOR	0x1af4
#define VPCI_DEVICE_ID	0x1040	/* 4.1.2: plus the virtio device ID */
#define VPCI_SUBDEVICE	0x1100	/* 4.1.2.1: 0x40 or higher */
#define VPCI_REVISION	1	/* 4.1.2.1: no legacy interface */

#define VPCI_MSIX_BAR	0
#define VPCI_REGS_BAR	2

#define ISR_QUEUE	1	/* 4.1.4.5 */
#define ISR_CONFIG	2

static void vpci_isr_set(struct virtio_pci *v, uint32_t why, bool pin)
{
	pthread_mutex_lock(&v->isr_lock);
	v->isr |= why;
	if (pin)
		pci_intx(&v->fn, true);
	pthread_mutex_unlock(&v->isr_lock);
}

uint32_t vpci_isr_clear(struct virtio_pci *v)
{
	uint32_t isr;

	pthread_mutex_lock(&v->isr_lock);
	isr = atomic_exchange(&v->isr, 0);
	pci_intx(&v->fn, false);
	pthread_mutex_unlock(&v->isr_lock);
	return isr;
}

static void vpci_queue_signal(struct vdev_queue *q)
{
	struct virtio_pci *v = q->dev->bus;

	if (v->msix)
		eventfd_write(q->call_fd, 1);
	else
		vpci_isr_set(v, ISR_QUEUE, true);
}

/*
 * 4.1.4.5.1: ISR status says so with MSI-X, too: queues may have the same
 * vector, and a driver could not tell.
 */
static void vpci_config_signal(struct vdev *dev)
{
	struct virtio_pci *v = dev->bus;
	bool msix = pci_msix_enabled(&v->fn);

	vpci_isr_set(v, ISR_CONFIG, !msix);
	if (msix)
		eventfd_write(v->config_fd, 1);
}

/*
 * 4.1.4.4: the notification address of a queue.  It moves with the BAR.
 */
static void vpci_ring(struct virtio_pci *v, unsigned int i, bool add)
{
	struct doorbell bell = {
		.gpa = v->bar_addr + (uint64_t)VPCI_NOTIFY * VPCI_PART +
		       (uint64_t)i * VPCI_NOTIFY_STEP,
		.fd = v->dev->queue[i].kick.fd,
	};

	if (v->bar_addr && v->doorbell[i])
		(void)signals_doorbell(v->fn.bridge->signals, &bell, add);
}

static void vpci_moved(struct pci_function *fn, unsigned int bar,
		       uint64_t addr)
{
	struct virtio_pci *v = container_of(fn, struct virtio_pci, fn);
	unsigned int i;

	if (bar != VPCI_REGS_BAR)
		return;
	pthread_mutex_lock(&v->dev->lock);
	for (i = 0; i < v->dev->nr_queues; i++)
		vpci_ring(v, i, false);
	v->bar_addr = addr;
	for (i = 0; i < v->dev->nr_queues; i++)
		vpci_ring(v, i, true);
	pthread_mutex_unlock(&v->dev->lock);
}

static void vpci_doorbell(struct virtio_pci *v, unsigned int i, bool on)
{
	if (on == v->doorbell[i])
		return;
	if (!on)
		vpci_ring(v, i, false);
	v->doorbell[i] = on;
	if (on)
		vpci_ring(v, i, true);
}

/*
 * Without MSI-X somebody has to assert the pin for a device that is served
 * outside: its worker, which has nothing else to do.
 */
static void vpci_forward(struct worker_source *src, uint32_t events)
{
	struct vdev *dev = src->dev;
	struct virtio_pci *v = dev->bus;

	(void)events;
	vpci_isr_set(v, ISR_QUEUE, true);
}

struct forward {
	struct worker *worker;
	struct worker_source *src;
};

static void vpci_forward_on(void *arg)
{
	struct forward *f = arg;

	(void)worker_watch(f->worker, f->src, EPOLLIN);
}

static void vpci_forward_off(void *arg)
{
	struct forward *f = arg;

	worker_unwatch(f->worker, f->src);
}

static void vpci_external(struct virtio_pci *v, struct vdev_queue *q, bool on)
{
	struct worker_source *src = &v->intx_call[q->index];
	struct forward f = { .worker = &v->dev->worker[0], .src = src };

	if (!v->dev->nr_workers || on == src->watched)
		return;
	src->fd = q->call_fd;
	src->fn = vpci_forward;
	src->dev = v->dev;
	worker_call(f.worker, on ? vpci_forward_on : vpci_forward_off, &f);
}

static void vpci_queue_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	struct virtio_pci *v = q->dev->bus;
	struct pci_call *c = &v->queue_call[q->index];

	vpci_doorbell(v, q->index, doorbell);
	pci_msix_detach(&v->fn, c);
	if (call)
		v->msix = pci_msix_enabled(&v->fn);
	if (q->dev->external)
		vpci_external(v, q, call && !v->msix);
	c->fd = q->call_fd;
	c->vector = q->vector;
	if (call && v->msix)
		pci_msix_attach(&v->fn, c);
}

static const struct vdev_transport vpci_transport = {
	.queue_signal = vpci_queue_signal,
	.config_signal = vpci_config_signal,
	.queue_connect = vpci_queue_connect,
};

void vpci_set_config_vector(struct virtio_pci *v, uint16_t vector)
{
	pthread_mutex_lock(&v->dev->lock);
	pci_msix_detach(&v->fn, &v->config_call);
	v->config_vector = vector;
	v->config_call.fd = v->config_fd;
	v->config_call.vector = vector;
	pci_msix_attach(&v->fn, &v->config_call);
	pthread_mutex_unlock(&v->dev->lock);
}

/*
 * VIRTIO_PCI_CAP_PCI_CFG, 4.1.4.9: a window into the BAR through configuration
 * space, for firmware that has no BARs mapped.
 */

struct cfg_access {
	uint32_t bar, offset, length, data;
};

static bool vpci_cfg_access(struct virtio_pci *v, struct cfg_access *a)
{
	const struct pci_function *fn = &v->fn;
	unsigned int cap = v->cfg_cap;

	a->bar = pci_config_get(fn, cap + VIRTIO_PCI_CAP_BAR, 1);
	a->offset = pci_config_get(fn, cap + VIRTIO_PCI_CAP_OFFSET, 4);
	a->length = pci_config_get(fn, cap + VIRTIO_PCI_CAP_LENGTH, 4);
	a->data = cap + (unsigned int)offsetof(struct virtio_pci_cfg_cap,
					       pci_cfg_data);
	return a->bar == VPCI_REGS_BAR &&
	       (a->length == 1 || a->length == 2 || a->length == 4) &&
	       a->offset % a->length == 0 &&
	       a->offset < VPCI_PARTS * VPCI_PART;
}

static void vpci_config_read(struct pci_function *fn, unsigned int offset,
			     unsigned int len)
{
	struct virtio_pci *v = container_of(fn, struct virtio_pci, fn);
	struct cfg_access a;

	if (vpci_cfg_access(v, &a) && offset == a.data && len == a.length)
		pci_config_put(fn, a.data, a.length,
			       (uint32_t)vpci_ops.read(v, a.offset, a.length));
}

static void vpci_config_write(struct pci_function *fn, unsigned int offset,
			      unsigned int len)
{
	struct virtio_pci *v = container_of(fn, struct virtio_pci, fn);
	struct cfg_access a;

	if (vpci_cfg_access(v, &a) && offset == a.data && len == a.length)
		vpci_ops.write(v, a.offset, a.length,
			       pci_config_get(fn, a.data, a.length));
}

static const struct pci_ops vpci_function_ops = {
	.moved = vpci_moved,
	.config_read = vpci_config_read,
	.config_write = vpci_config_write,
};

/* 4.1.4: a capability says where a part is; the last one is the window. */
static int vpci_add_cap(struct pci_function *fn, uint8_t type, uint32_t offset,
			uint32_t length, uint32_t extra, unsigned int len)
{
	struct {
		struct virtio_pci_cap cap;
		uint32_t extra;
	} c = {
		.cap = {
			.cap_len = (uint8_t)len,
			.cfg_type = type,
			.bar = VPCI_REGS_BAR,
			.offset = offset,
			.length = length,
		},
		.extra = extra,
	};

	return pci_add_cap(fn, PCI_CAP_ID_VNDR, (uint8_t *)&c + 2, len - 2);
}

static int vpci_add_part(struct virtio_pci *v, uint8_t type,
			 enum vpci_part part, uint32_t length)
{
	uint32_t step = part == VPCI_NOTIFY ? VPCI_NOTIFY_STEP : 0;
	unsigned int len = part == VPCI_NOTIFY ? sizeof(struct virtio_pci_notify_cap) :
						 sizeof(struct virtio_pci_cap);

	return vpci_add_cap(&v->fn, type, part * VPCI_PART, length, step, len);
}

static int vpci_add_caps(struct virtio_pci *v)
{
	const struct vdev *dev = v->dev;
	int r;

	r = vpci_add_part(v, VIRTIO_PCI_CAP_COMMON_CFG, VPCI_COMMON,
			  sizeof(struct virtio_pci_common_cfg));
	if (r >= 0)
		r = vpci_add_part(v, VIRTIO_PCI_CAP_NOTIFY_CFG, VPCI_NOTIFY,
				  dev->nr_queues * VPCI_NOTIFY_STEP);
	if (r >= 0)
		r = vpci_add_part(v, VIRTIO_PCI_CAP_ISR_CFG, VPCI_ISR, 1);
	if (r >= 0 && dev->config_size)
		r = vpci_add_part(v, VIRTIO_PCI_CAP_DEVICE_CFG, VPCI_DEVICE,
				  dev->config_size);
	if (r >= 0)
		r = vpci_add_cap(&v->fn, VIRTIO_PCI_CAP_PCI_CFG, 0, 0, 0,
				 sizeof(struct virtio_pci_cfg_cap));
	if (r < 0)
		return r;
	v->cfg_cap = (unsigned int)r;
	v->fn.writable[r + VIRTIO_PCI_CAP_BAR] = 0xff;
	memset(&v->fn.writable[r + VIRTIO_PCI_CAP_OFFSET], 0xff,
	       sizeof(struct virtio_pci_cfg_cap) - VIRTIO_PCI_CAP_OFFSET);
	return 0;
}

static int vpci_function(struct virtio_pci *v, struct signals *signals)
{
	const struct vdev *dev = v->dev;
	struct pci_identity id = {
		.vendor = VPCI_VENDOR,
		.device = (uint16_t)(VPCI_DEVICE_ID + dev->ops->id),
		.subvendor = VPCI_VENDOR,
		.subdevice = VPCI_SUBDEVICE,
		.revision = VPCI_REVISION,
		.class = dev->ops->pci_class,
		.subclass = dev->ops->pci_subclass,
	};
	int r;

	pci_function_init(&v->fn, &vpci_function_ops, &id);
	pci_add_bar(&v->fn, VPCI_REGS_BAR, VPCI_BAR_SIZE, true,
		    &vpci_ops, v);
	r = pci_add_msix(&v->fn, signals, VPCI_MSIX_BAR, dev->nr_queues + 1);
	return r ? r : vpci_add_caps(v);
}

int virtio_pci_init(struct virtio_pci *v, struct vdev *dev,
		    const struct gmem *mem, struct pci_bridge *bridge)
{
	int r;

	memset(v, 0, sizeof(*v));
	v->config_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (v->config_fd < 0)
		return -errno;
	v->dev = dev;
	v->config_vector = VDEV_NO_VECTOR;
	pthread_mutex_init(&v->isr_lock, NULL);
	r = vpci_function(v, bridge->signals);
	if (!r)
		r = pci_bridge_add(bridge, &v->fn);
	if (r) {
		close(v->config_fd);
		v->dev = NULL;
		return r;
	}
	vdev_attach(dev, mem, bridge->signals, &vpci_transport, v);
	return 0;
}

void virtio_pci_fini(struct virtio_pci *v)
{
	if (!v->dev)
		return;
	vdev_detach(v->dev);
	pci_function_fini(&v->fn);
	close(v->config_fd);
	pthread_mutex_destroy(&v->isr_lock);
	v->dev = NULL;
}
