/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest_rig - a driver for any virtio device, in a guest of its own making
 *
 * The device, its threads and rings are the real ones; the transport counts.
 * Rings are split and without event indices, so that every interrupt and every
 * kick is one.
 */
#ifndef TESTS_UNIT_GUEST_RIG_H
#define TESTS_UNIT_GUEST_RIG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "gmem.h"
#include "virtio/vdev_driver.h"

#define GR_BASE		UINT64_C(0x80000000)
#define GR_SIZE		UINT64_C(0x4000000)
#define GR_QUEUE	64	/* descriptors of each queue */

struct gr_queue {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t next_desc, seen;
};

struct guest_rig {
	struct gmem mem;
	struct vdev *dev;	/* owned */
	struct gr_queue queue[VDEV_QUEUES_MAX];
	uint64_t next;		/* free guest memory, as an offset */
	_Atomic unsigned int signals, config_signals;
};

/** gr_init() - guest memory around @dev, whose threads are started
 * @shared: memory is a memfd
 */
void gr_init(struct guest_rig *g, struct vdev *dev, bool shared);

/** gr_start() - reset, accept @features and VERSION_1, all queues, DRIVER_OK */
void gr_start(struct guest_rig *g, uint64_t features);

/** gr_reset() - write 0 to the status */
void gr_reset(struct guest_rig *g);

/** gr_fini() - the device too */
void gr_fini(struct guest_rig *g);

/** gr_alloc() - @len bytes of guest memory, aligned to 4 KiB, zeros */
void *gr_alloc(struct guest_rig *g, uint64_t len);

/** gr_gpa() - the guest's address of what gr_alloc() gave */
uint64_t gr_gpa(const struct guest_rig *g, const void *host);

/** gr_add() - offer one buffer by guest address, any values, without a kick.
 *
 * Return: its head.
 */
uint16_t gr_add(struct guest_rig *g, unsigned int queue, uint64_t gpa,
		uint32_t len, bool write);

/** gr_send() - @len bytes for the device to read, with a kick */
void gr_send(struct guest_rig *g, unsigned int queue, const void *data,
	     uint32_t len);

/** gr_room() - a buffer for the device to write, with a kick */
void *gr_room(struct guest_rig *g, unsigned int queue, uint32_t len);

void gr_kick(struct guest_rig *g, unsigned int queue);

/**
 * gr_used() - wait for the next request to come back, five seconds at most
 * @len: what the device wrote, may be NULL
 *
 * Return: whether one came.
 */
bool gr_used(struct guest_rig *g, unsigned int queue, uint32_t *len);

/** gr_idle() - nothing comes back within 30 ms */
bool gr_idle(struct guest_rig *g, unsigned int queue);

/** gr_sick() - wait for DEVICE_NEEDS_RESET, five seconds at most */
bool gr_sick(struct guest_rig *g);

#endif /* TESTS_UNIT_GUEST_RIG_H */
