// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vmmio - virtio over MMIO: VIRTIO 1.2, 4.2
 */
#include "vmmio.h"

#include <errno.h>
#include <linux/virtio_mmio.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util.h"
#include "vdev_driver.h"

#define MMIO_MAGIC	0x74726976	/* "virt" */
#define MMIO_VERSION	2
#define MMIO_VENDOR	0x594c4154	/* "TALY" */
#define MMIO_NO_SHM	UINT32_MAX	/* 4.2.2: length of a region there is not */

static void mmio_interrupt(struct virtio_mmio *m, uint32_t why)
{
	/* A driver acknowledges before it looks: one edge is enough till then. */
	if (!(atomic_fetch_or(&m->isr, why) & why))
		eventfd_write(m->irq_fd, 1);
}

static void mmio_queue_signal(struct vdev_queue *q)
{
	mmio_interrupt(q->dev->bus, VIRTIO_MMIO_INT_VRING);
}

/* Two may come here at once; the one that is late finds it done (-EBUSY). */
static void mmio_bind(struct virtio_mmio *m)
{
	int r;

	if (m->bound)
		return;
	r = signals_bind(m->signals, m->gsi, m->irq_fd, true);
	m->bound = !r || r == -EBUSY;
}

/* Also of a device whose queues were never connected, because one was wrong. */
static void mmio_config_signal(struct vdev *dev)
{
	mmio_bind(dev->bus);
	mmio_interrupt(dev->bus, VIRTIO_MMIO_INT_CONFIG);
}

static void mmio_queue_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	struct virtio_mmio *m = q->dev->bus;
	struct doorbell bell = {
		.gpa = m->base + VIRTIO_MMIO_QUEUE_NOTIFY,
		.len = 4,
		.match = true,
		.value = q->index,
		.fd = q->kick.fd,
	};

	(void)signals_doorbell(m->signals, &bell, doorbell);
	if (q->dev->external)
		(void)signals_bind(m->signals, m->gsi, q->call_fd, call);
	if (call)
		mmio_bind(m);
}

static const struct vdev_transport mmio_transport = {
	.queue_signal = mmio_queue_signal,
	.config_signal = mmio_config_signal,
	.queue_connect = mmio_queue_connect,
};

/* The registers of the queue that QueueSel names, by offset. */
static const struct {
	uint16_t offset;
	enum vdev_queue_reg reg;
} mmio_queue_regs[] = {
	{ VIRTIO_MMIO_QUEUE_NUM, VDEV_Q_SIZE },
	{ VIRTIO_MMIO_QUEUE_READY, VDEV_Q_ENABLE },
	{ VIRTIO_MMIO_QUEUE_DESC_LOW, VDEV_Q_DESC_LO },
	{ VIRTIO_MMIO_QUEUE_DESC_HIGH, VDEV_Q_DESC_HI },
	{ VIRTIO_MMIO_QUEUE_AVAIL_LOW, VDEV_Q_DRIVER_LO },
	{ VIRTIO_MMIO_QUEUE_AVAIL_HIGH, VDEV_Q_DRIVER_HI },
	{ VIRTIO_MMIO_QUEUE_USED_LOW, VDEV_Q_DEVICE_LO },
	{ VIRTIO_MMIO_QUEUE_USED_HIGH, VDEV_Q_DEVICE_HI },
};

static uint32_t mmio_isr(const struct virtio_mmio *m)
{
	/* who pushes from outside does not set the bit, and may have */
	return m->isr | (m->dev->external ? VIRTIO_MMIO_INT_VRING : 0);
}

static uint32_t mmio_reg_read(struct virtio_mmio *m, uint64_t offset)
{
	struct vdev *dev = m->dev;

	switch (offset) {
	case VIRTIO_MMIO_MAGIC_VALUE:
		return MMIO_MAGIC;
	case VIRTIO_MMIO_VERSION:
		return MMIO_VERSION;
	case VIRTIO_MMIO_DEVICE_ID:
		return dev->ops->id;
	case VIRTIO_MMIO_VENDOR_ID:
		return MMIO_VENDOR;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return vdev_features(dev, m->features_sel);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return m->queue_sel < dev->nr_queues ? VQ_SIZE_MAX : 0;
	case VIRTIO_MMIO_QUEUE_READY:
		return vdev_queue_get(dev, m->queue_sel, VDEV_Q_ENABLE);
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return mmio_isr(m);
	case VIRTIO_MMIO_STATUS:
		return vdev_status(dev);
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return dev->config_generation;
	case VIRTIO_MMIO_SHM_LEN_LOW:
	case VIRTIO_MMIO_SHM_LEN_HIGH:
		return MMIO_NO_SHM;
	default:
		return 0;
	}
}

/* 4.2.2.2: registers are read and written as 32 bits, aligned. */
static bool mmio_is_reg(uint64_t offset, unsigned int len)
{
	return offset < VIRTIO_MMIO_CONFIG && len == 4 && offset % 4 == 0;
}

static uint64_t mmio_read(void *opaque, uint64_t offset, unsigned int len)
{
	struct virtio_mmio *m = opaque;

	if (offset >= VIRTIO_MMIO_CONFIG)
		return vdev_config_read(m->dev, offset - VIRTIO_MMIO_CONFIG,
					len);
	if (mmio_is_reg(offset, len))
		return mmio_reg_read(m, offset);
	vdev_misuse(m->dev, "a read of a wrong width or place");
	return 0;
}

static void mmio_queue_write(struct virtio_mmio *m, uint64_t offset,
			     uint32_t value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mmio_queue_regs); i++) {
		if (mmio_queue_regs[i].offset == offset) {
			vdev_queue_set(m->dev, m->queue_sel,
				       mmio_queue_regs[i].reg, value);
			return;
		}
	}
	vdev_misuse(m->dev, "a write where nothing can be written");
}

static void mmio_reg_write(struct virtio_mmio *m, uint64_t offset,
			   uint32_t value)
{
	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		m->features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		m->driver_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		vdev_accept(m->dev, m->driver_sel, value);
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		m->queue_sel = value;
		break;
	case VIRTIO_MMIO_SHM_SEL:
		break;		/* whichever it is, there is none */
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		vdev_notify(m->dev, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		atomic_fetch_and(&m->isr, ~value);
		break;
	case VIRTIO_MMIO_STATUS:
		vdev_set_status(m->dev, value);
		if (!value)
			m->isr = 0;
		break;
	default:
		mmio_queue_write(m, offset, value);
		break;
	}
}

static void mmio_write(void *opaque, uint64_t offset, unsigned int len,
		       uint64_t value)
{
	struct virtio_mmio *m = opaque;

	if (offset >= VIRTIO_MMIO_CONFIG)
		vdev_config_write(m->dev, offset - VIRTIO_MMIO_CONFIG, len,
				  value);
	else if (mmio_is_reg(offset, len))
		mmio_reg_write(m, offset, (uint32_t)value);
	else
		vdev_misuse(m->dev, "a write of a wrong width or place");
}

const struct mmio_ops virtio_mmio_ops = {
	.read = mmio_read,
	.write = mmio_write,
};

int virtio_mmio_init(struct virtio_mmio *m, struct vdev *dev,
		     const struct gmem *mem, struct signals *signals,
		     uint64_t base, uint32_t intid)
{
	memset(m, 0, sizeof(*m));
	m->irq_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->irq_fd < 0)
		return -errno;
	m->dev = dev;
	m->signals = signals;
	m->base = base;
	m->gsi = signals_gsi_spi(signals, intid);
	vdev_attach(dev, mem, signals, &mmio_transport, m);
	return 0;
}

void virtio_mmio_fini(struct virtio_mmio *m)
{
	if (!m->dev)
		return;
	vdev_detach(m->dev);
	close(m->irq_fd);
	m->dev = NULL;
}
