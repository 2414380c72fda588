/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net_rig - a network device with a driver that the test plays
 *
 * Split rings without event indices: the driver of a test wants to know each
 * interrupt.  The other side of the device is whatever net_create() opens; a
 * test that wants no real tap includes fake_tap.h.
 */
#ifndef TESTS_UNIT_NET_RIG_H
#define TESTS_UNIT_NET_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio/net_dev.h"

#define RIG_QUEUES	17
#define RIG_BUFFER	UINT64_C(0x400000)	/* where buffers are, in RAM */
#define RIG_RAM		UINT64_C(0x800000)

struct net_queue {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t size;
	uint16_t next;		/* descriptor */
	uint16_t seen;		/* of the used ring */
};

struct net_rig {
	struct gmem mem;
	struct vdev *dev;
	struct net *net;
	struct net_queue q[RIG_QUEUES];
	uint64_t next;		/* free guest memory */
	_Atomic unsigned int interrupts, config_interrupts;
};

extern struct net_rig rig;

/** net_open() - make the device and attach it.  Fails the test if it cannot */
void net_open(const struct net_options *o);

/** net_start() - drive it to DRIVER_OK with queues of @size descriptors */
void net_start(uint64_t features, uint16_t size);

/** net_reset() - write 0 to the status */
void net_reset(void);

/** net_close() - destroy all */
void net_close(void);

/** net_buffer() - @len bytes of guest memory */
void *net_buffer(uint32_t len);

/* One part of a chain; @data is guest memory. */
struct net_part {
	void *data;
	uint32_t len;
	bool write;
};

/** net_add() - make a chain available, without a kick.  Return: its head */
uint16_t net_add(unsigned int queue, const struct net_part *part,
		 unsigned int nr);

/** net_add_in() - one buffer for the device to write */
void *net_add_in(unsigned int queue, uint32_t len);

/** net_kick() - ring the doorbell */
void net_kick(unsigned int queue);

/**
 * net_used() - wait for the next used entry, 5 seconds at most
 *
 * Return: its length, its head in *@head (may be NULL).
 */
uint32_t net_used(unsigned int queue, uint32_t *head);

/** net_none_used() - nothing comes back within 20 ms */
bool net_none_used(unsigned int queue);

/** net_until() - wait until @value is not 0, 5 seconds at most */
void net_until(const _Atomic unsigned int *value);

#endif /* TESTS_UNIT_NET_RIG_H */
