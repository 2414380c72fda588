// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vpci_regs - the registers in the BAR of a virtio function: VIRTIO 1.2, 4.1.4
 *
 * Four parts of 4 KiB: common configuration, ISR status, the device's own
 * configuration, and one notification address for each queue.
 */
#include <linux/virtio_pci.h>
#include <stdatomic.h>
#include <stddef.h>

#include "util.h"
#include "vdev_driver.h"
#include "vpci_regs.h"

#define COMMON(field) offsetof(struct virtio_pci_common_cfg, field)

enum {
	REG_READ_ONLY = 1,
	REG_QUEUE = 2,		/* of the queue that queue_select names */
};

/*
 * The common configuration.  4.1.3.1: each field is accessed in its own width,
 * the 64-bit ones as two halves; anything else reads as 0 and is not written.
 */
static const struct {
	uint8_t offset, len, flags;
	uint8_t queue_reg;	/* enum vdev_queue_reg */
} common_regs[] = {
	{ COMMON(device_feature_select), 4, 0, 0 },
	{ COMMON(device_feature), 4, REG_READ_ONLY, 0 },
	{ COMMON(guest_feature_select), 4, 0, 0 },
	{ COMMON(guest_feature), 4, 0, 0 },
	{ COMMON(msix_config), 2, 0, 0 },
	{ COMMON(num_queues), 2, REG_READ_ONLY, 0 },
	{ COMMON(device_status), 1, 0, 0 },
	{ COMMON(config_generation), 1, REG_READ_ONLY, 0 },
	{ COMMON(queue_select), 2, 0, 0 },
	{ COMMON(queue_size), 2, REG_QUEUE, VDEV_Q_SIZE },
	{ COMMON(queue_msix_vector), 2, REG_QUEUE, VDEV_Q_VECTOR },
	{ COMMON(queue_enable), 2, REG_QUEUE, VDEV_Q_ENABLE },
	{ COMMON(queue_notify_off), 2, REG_READ_ONLY, 0 },
	{ COMMON(queue_desc_lo), 4, REG_QUEUE, VDEV_Q_DESC_LO },
	{ COMMON(queue_desc_hi), 4, REG_QUEUE, VDEV_Q_DESC_HI },
	{ COMMON(queue_avail_lo), 4, REG_QUEUE, VDEV_Q_DRIVER_LO },
	{ COMMON(queue_avail_hi), 4, REG_QUEUE, VDEV_Q_DRIVER_HI },
	{ COMMON(queue_used_lo), 4, REG_QUEUE, VDEV_Q_DEVICE_LO },
	{ COMMON(queue_used_hi), 4, REG_QUEUE, VDEV_Q_DEVICE_HI },
};

static uint32_t common_field(struct virtio_pci *v, unsigned int offset)
{
	struct vdev *dev = v->dev;

	switch (offset) {
	case COMMON(device_feature_select):
		return v->features_sel;
	case COMMON(device_feature):
		return vdev_features(dev, v->features_sel);
	case COMMON(guest_feature_select):
		return v->driver_sel;
	case COMMON(guest_feature):
		return vdev_accepted(dev, v->driver_sel);
	case COMMON(msix_config):
		return v->config_vector;
	case COMMON(num_queues):
		return dev->nr_queues;
	case COMMON(device_status):
		return vdev_status(dev);
	case COMMON(config_generation):
		return (uint8_t)dev->config_generation;
	case COMMON(queue_select):
		return v->queue_sel;
	case COMMON(queue_notify_off):
		return v->queue_sel < dev->nr_queues ? v->queue_sel : 0;
	default:
		return 0;
	}
}

static uint64_t common_read(struct virtio_pci *v, uint64_t offset,
			    unsigned int len)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(common_regs); i++) {
		if (common_regs[i].offset != offset ||
		    common_regs[i].len != len)
			continue;
		if (common_regs[i].flags & REG_QUEUE)
			return vdev_queue_get(v->dev, v->queue_sel,
					      common_regs[i].queue_reg);
		return common_field(v, (unsigned int)offset);
	}
	vdev_misuse(v->dev, "a read of a wrong width or place");
	return 0;
}

/* 4.1.5.1.2.1: a vector that there is not reads back as none */
static uint32_t vpci_vector(const struct virtio_pci *v, uint32_t value)
{
	return value < v->fn.msix.nr ? value : VDEV_NO_VECTOR;
}

/*
 * 4.1.5.1.2.1: after a reset no event has a vector.  Those of the queues are
 * the device's; this one goes first, while no driver can have chosen it anew.
 */
static void vpci_status(struct virtio_pci *v, uint32_t value)
{
	if (!value)
		vpci_set_config_vector(v, VDEV_NO_VECTOR);
	vdev_set_status(v->dev, value);
	if (!value)
		vpci_isr_clear(v);
}

static void common_set(struct virtio_pci *v, unsigned int offset,
		       uint32_t value)
{
	switch (offset) {
	case COMMON(device_feature_select):
		v->features_sel = value;
		break;
	case COMMON(guest_feature_select):
		v->driver_sel = value;
		break;
	case COMMON(guest_feature):
		vdev_accept(v->dev, v->driver_sel, value);
		break;
	case COMMON(msix_config):
		vpci_set_config_vector(v, (uint16_t)vpci_vector(v, value));
		break;
	case COMMON(device_status):
		vpci_status(v, value);
		break;
	case COMMON(queue_select):
		v->queue_sel = value;
		break;
	default:
		break;
	}
}

static void common_write(struct virtio_pci *v, uint64_t offset,
			 unsigned int len, uint32_t value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(common_regs); i++) {
		if (common_regs[i].offset != offset ||
		    common_regs[i].len != len ||
		    common_regs[i].flags & REG_READ_ONLY)
			continue;
		if (!(common_regs[i].flags & REG_QUEUE)) {
			common_set(v, (unsigned int)offset, value);
			return;
		}
		if (common_regs[i].queue_reg == VDEV_Q_VECTOR)
			value = vpci_vector(v, value);
		vdev_queue_set(v->dev, v->queue_sel,
			       common_regs[i].queue_reg, value);
		return;
	}
	vdev_misuse(v->dev, "a write of a wrong width or place");
}

static uint64_t vpci_read(void *opaque, uint64_t offset, unsigned int len)
{
	struct virtio_pci *v = opaque;
	uint64_t at = offset % VPCI_PART;

	switch (offset / VPCI_PART) {
	case VPCI_COMMON:
		return common_read(v, at, len);
	case VPCI_ISR:
		return at ? 0 : vpci_isr_clear(v);
	case VPCI_DEVICE:
		return vdev_config_read(v->dev, at, len);
	default:
		return 0;
	}
}

static void vpci_write(void *opaque, uint64_t offset, unsigned int len,
		       uint64_t value)
{
	struct virtio_pci *v = opaque;
	uint64_t at = offset % VPCI_PART;

	switch (offset / VPCI_PART) {
	case VPCI_COMMON:
		common_write(v, at, len, (uint32_t)value);
		break;
	case VPCI_DEVICE:
		vdev_config_write(v->dev, at, len, value);
		break;
	case VPCI_NOTIFY:
		vdev_notify(v->dev, (uint32_t)at / VPCI_NOTIFY_STEP);
		break;
	default:
		break;
	}
}

const struct mmio_ops vpci_ops = { .read = vpci_read, .write = vpci_write };
