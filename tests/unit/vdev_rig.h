/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vdev_rig - a device that counts what is asked of it, behind a transport that
 * counts what the device says, with a ring in guest memory
 *
 * Queue 0 is served inline, queue 1 by a thread.  A request is answered by
 * filling its writable bytes with RIG_FILL.
 */
#ifndef TESTS_UNIT_VDEV_RIG_H
#define TESTS_UNIT_VDEV_RIG_H

#include "virtio/vdev_driver.h"
#include "vq_rig.h"

#define RIG_FILL	0x5a
#define RIG_CONFIG	12	/* bytes of configuration space */
#define RIG_QUEUES	2
#define RIG_FEATURE_OF_DEVICE 5

/* How far the driver has come. */
enum rig_state {
	RIG_RESET,
	RIG_ACKNOWLEDGED,
	RIG_DRIVER,
	RIG_FEATURES_OK,
	RIG_RUNNING,
	RIG_NEEDS_RESET,
	RIG_FAILED,
	RIG_STATE_NUM
};

struct vdev_rig {
	struct vdev dev;
	struct vq_rig ring;
	struct iovec iov[VQ_SIZE_MAX];
	uint8_t config[RIG_CONFIG];
	int start_result, queue_result;
	/* what was called */
	unsigned int starts, stops, queue_starts, queue_stops, destroyed;
	_Atomic unsigned int served, kicks;
	_Atomic unsigned int queue_signals, config_signals;
	unsigned int doorbells, calls;	/* connected now */
};

/** rig_device() - a device of two queues, attached; its thread runs */
struct vdev_rig *rig_device(void);
void rig_device_fini(struct vdev_rig *r);

/** rig_enter() - reset and go there, with good queues and features */
void rig_enter(struct vdev_rig *r, enum rig_state state);

/** rig_queue() - write good settings of queue @index, by registers */
void rig_queue(struct vdev_rig *r, unsigned int index);

/** rig_wait() - until *what is @want, five seconds at most */
void rig_wait(_Atomic unsigned int *what, unsigned int want);

#endif /* TESTS_UNIT_VDEV_RIG_H */
