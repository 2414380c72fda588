/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vdev_driver - what a driver does to a device, for the transports
 *
 * Every value comes from the guest and may be anything.  Misuse is ignored and
 * counted as the specification lets a device do; nothing here fails.  All
 * functions take dev->lock themselves and run on vCPU threads.
 */
#ifndef VIRTIO_VDEV_DRIVER_H
#define VIRTIO_VDEV_DRIVER_H

#include "vdev.h"

/* Registers of a queue that both transports have. */
enum vdev_queue_reg {
	VDEV_Q_SIZE,
	VDEV_Q_DESC_LO,
	VDEV_Q_DESC_HI,
	VDEV_Q_DRIVER_LO,
	VDEV_Q_DRIVER_HI,
	VDEV_Q_DEVICE_LO,
	VDEV_Q_DEVICE_HI,
	VDEV_Q_ENABLE,
	VDEV_Q_VECTOR,
	VDEV_Q_REG_NUM
};

/**
 * vdev_misuse() - the driver has used a register as it must not; what it wrote
 * is ignored, what it read is zero.  Counted, and logged at a limited rate.
 *
 * @what: constant text
 */
void vdev_misuse(struct vdev *dev, const char *what);

/** vdev_status() - the device status field */
uint8_t vdev_status(const struct vdev *dev);

/** vdev_set_status() - a write to it; 0 resets, and returns when all is idle */
void vdev_set_status(struct vdev *dev, uint32_t value);

/** vdev_features() - 32 of the offered bits; @sel above 1 gives 0 */
uint32_t vdev_features(const struct vdev *dev, uint32_t sel);

/** vdev_accept() - 32 of the driver's bits.  Refused after FEATURES_OK */
void vdev_accept(struct vdev *dev, uint32_t sel, uint32_t value);

/** vdev_accepted() - what vdev_accept() has stored */
uint32_t vdev_accepted(const struct vdev *dev, uint32_t sel);

/** vdev_queue_get() - a register of queue @index, 0 for a queue there is not */
uint32_t vdev_queue_get(struct vdev *dev, uint32_t index,
			enum vdev_queue_reg reg);

/** vdev_queue_set() - write one; only what may change in this state does */
void vdev_queue_set(struct vdev *dev, uint32_t index, enum vdev_queue_reg reg,
		    uint32_t value);

/** vdev_notify() - a kick that no doorbell has caught */
void vdev_notify(struct vdev *dev, uint32_t index);

/**
 * vdev_config_read(), vdev_config_write() - configuration space
 * @len: 1, 2, 4 or 8; what lies outside reads as zero and is not written
 */
uint64_t vdev_config_read(struct vdev *dev, uint64_t offset, unsigned int len);
void vdev_config_write(struct vdev *dev, uint64_t offset, unsigned int len,
		       uint64_t value);

#endif /* VIRTIO_VDEV_DRIVER_H */
