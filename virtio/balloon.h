/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * balloon - the memory balloon: VIRTIO 1.2, 5.5
 *
 * The guest gives pages up when it is asked to, and takes them back when it is
 * told that it may, or when it would have to kill a program otherwise
 * (VIRTIO_BALLOON_F_DEFLATE_ON_OOM).  What it has free without being asked it
 * reports (VIRTIO_BALLOON_F_REPORTING).  Both go back to the host at once.
 */
#ifndef VIRTIO_BALLOON_H
#define VIRTIO_BALLOON_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "vdev.h"

/* Kinds of statistics, by the tag that the guest gives them: 5.5.6.4. */
enum balloon_stat {
	BALLOON_SWAP_IN,	/* bytes since the guest's start */
	BALLOON_SWAP_OUT,
	BALLOON_MAJOR_FAULTS,	/* number of times */
	BALLOON_MINOR_FAULTS,
	BALLOON_FREE,		/* bytes, now */
	BALLOON_TOTAL,
	BALLOON_AVAILABLE,
	BALLOON_CACHES,
	BALLOON_HUGE_ALLOCATED,	/* number of huge pages */
	BALLOON_HUGE_FAILED,
	BALLOON_STAT_NUM
};

struct balloon_state {
	uint64_t target;	/* bytes that the balloon is to hold */
	uint64_t actual;	/* that it holds, by what the guest says */
	uint64_t reported;	/* bytes that the guest reported free, in all */
	bool has_driver;	/* the guest uses the device */
	int64_t when_ms;	/* of stat, CLOCK_MONOTONIC; 0: never came */
	uint64_t stat[BALLOON_STAT_NUM];	/* UINT64_MAX: not told */
};

/**
 * balloon_create() - make one
 * @host_page: bytes in a page of the host: a power of two, 4 KiB to 256 KiB
 *
 * Return: 0, or -errno with @e filled.
 */
int balloon_create(const char *name, uint64_t host_page, struct vdev **ret,
		   struct err *e);

/** balloon_set_target() - how large it is to be, in bytes; rounded down to
 * pages of 4 KiB.  The event loop's thread */
void balloon_set_target(struct vdev *dev, uint64_t bytes);

/** balloon_get_state() - what is known now; any thread */
void balloon_get_state(struct vdev *dev, struct balloon_state *ret);

/** balloon_ask_stats() - ask the guest for new statistics; they come when it
 * likes, or never.  Any thread */
void balloon_ask_stats(struct vdev *dev);

/** balloon_stat_name() - "free", with underscores, as reports have it */
const char *balloon_stat_name(enum balloon_stat stat);

#endif /* VIRTIO_BALLOON_H */
