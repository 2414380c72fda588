/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blk_rig - a disk, and a driver in a guest of its own making
 *
 * The device, its state machine, rings and threads are the real ones.  The
 * transport is not: it counts.
 */
#ifndef TESTS_UNIT_BLK_RIG_H
#define TESTS_UNIT_BLK_RIG_H

#include <linux/virtio_blk.h>
#include <stdint.h>

#include "gmem.h"
#include "virtio/blk.h"
#include "virtio/vdev.h"

#define RIG_BASE	UINT64_C(0x80000000)
#define RIG_SIZE	UINT64_C(0x1000000)
#define RIG_QUEUE	256	/* descriptors */
#define RIG_DATA	UINT64_C(0x200000)	/* offset: free for buffers */

struct disk_queue {
	uint16_t desc;		/* next free descriptor, never given back */
	uint16_t avail;
	uint16_t used;		/* seen so far */
};

struct blk_rig {
	char dir[64];
	char path[96];		/* the image, of disk_image() */
	struct vdev *dev;
	struct gmem mem;
	struct disk_queue queue[BLK_QUEUES_MAX];
	_Atomic unsigned int signals;
	_Atomic unsigned int config_signals;
};

/* A buffer of a chain: @offset in guest memory. */
struct disk_buf {
	uint64_t offset;
	uint32_t len;
	bool write;		/* the device writes it */
};

/* What the device gave back. */
struct disk_used {
	uint32_t head;
	uint32_t len;
};

/** disk_image() - a directory with an image of @size bytes, all of a pattern */
void disk_image(struct blk_rig *rig, uint64_t size);

/** disk_options() - of a disk on that image: one queue, discard, all else off */
struct blk_options disk_options(const struct blk_rig *rig);

/** disk_create() - make the device and start its threads.  Fails the test */
void disk_create(struct blk_rig *rig, const struct blk_options *o);

/** disk_probe() - be its driver: accept @features of those offered, all queues.
 *
 * Legal again: resets first.
 */
void disk_probe(struct blk_rig *rig, uint64_t features);

/** disk_up() - all of the above with everything that is offered but packed */
void disk_up(struct blk_rig *rig, const struct blk_options *o);

/** disk_down() - end all of it, remove the image */
void disk_down(struct blk_rig *rig);

/** disk_ram() - guest memory at an offset */
void *disk_ram(struct blk_rig *rig, uint64_t offset);

/** disk_chain() - make a chain available, without a kick.  Return: its head */
uint16_t disk_chain(struct blk_rig *rig, unsigned int queue,
		 const struct disk_buf *buf, unsigned int nr);

/** disk_wait() - the next that comes back; fails the test after ten seconds */
struct disk_used disk_wait(struct blk_rig *rig, unsigned int queue);

/** disk_do() - one chain, kicked and waited for.  Return: its used length */
uint32_t disk_do(struct blk_rig *rig, const struct disk_buf *buf,
		unsigned int nr);

/*
 * A request as a driver makes it.  Its header lies at RIG_DATA - 64, its status
 * at RIG_DATA - 1, and @len bytes of data at RIG_DATA.
 */
#define RIG_HDR		(RIG_DATA - 64)
#define RIG_STATUS	(RIG_DATA - 1)

/** disk_header() - write it into guest memory */
void disk_header(struct blk_rig *rig, uint32_t type, uint64_t sector);

/** disk_request() - the type says which way the data goes.  Return: status */
uint8_t disk_request(struct blk_rig *rig, uint32_t type, uint64_t sector,
		    uint32_t len);

/** disk_range() - discard or write zeroes.  Return: status */
uint8_t disk_range(struct blk_rig *rig, uint32_t type, uint64_t sector,
		  uint32_t nr, uint32_t flags);

/** disk_file() - read the image itself */
void disk_file(struct blk_rig *rig, uint64_t offset, void *buf, size_t len);

/** disk_pattern() - what disk_image() has put at @offset */
uint8_t disk_pattern(uint64_t offset);

#endif /* TESTS_UNIT_BLK_RIG_H */
