// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk_flush: flushes of one disk at the same time, of which one fails
 */
#include <errno.h>
#include <linux/virtio_blk.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "blk_rig.h"
#include "t.h"
#include "util.h"
#include "virtio/vdev_driver.h"

#define HDR	((uint32_t)sizeof(struct virtio_blk_outhdr))
#define SIZE	UINT64_C(0x100000)
#define PLACE		UINT64_C(4096)	/* of a queue's request, from RIG_DATA on */

/* fdatasync(2) of the device's threads comes here. */
static _Atomic bool hold;	/* the next one waits for release */
static _Atomic int error;
static _Atomic int last_fd;
static sem_t held, release;

int fdatasync(int fd)
{
	last_fd = fd;
	if (atomic_exchange(&hold, false)) {
		sem_post(&held);
		sem_wait(&release);
		return 0;
	}
	errno = -error;
	return error ? -1 : 0;
}

static void up(struct blk_rig *rig)
{
	struct blk_options o;

	hold = false;
	error = 0;
	sem_init(&held, 0, 0);
	sem_init(&release, 0, 0);
	disk_image(rig, SIZE);
	o = disk_options(rig);
	o.engine = BLK_ENGINE_SYNC;
	o.queues = 2;
	disk_up(rig, &o);
}

static uint8_t *status_of(struct blk_rig *rig, unsigned int queue)
{
	return disk_ram(rig, RIG_DATA + queue * PLACE + 64);
}

/* A flush by that queue, kicked. */
static void flush(struct blk_rig *rig, unsigned int queue)
{
	const uint64_t at = RIG_DATA + queue * PLACE;
	const struct disk_buf buf[] = {
		{ at, HDR, false }, { at + 64, 1, true },
	};
	struct virtio_blk_outhdr hdr = { .type = VIRTIO_BLK_T_FLUSH };

	memcpy(disk_ram(rig, at), &hdr, sizeof(hdr));
	*status_of(rig, queue) = 0xee;
	disk_chain(rig, queue, buf, ARRAY_SIZE(buf));
	vdev_notify(rig->dev, queue);
}

static uint8_t result(struct blk_rig *rig, unsigned int queue)
{
	disk_wait(rig, queue);
	return *status_of(rig, queue);
}

/* What failed for one is not there for the other, whose flush began before. */
START_TEST(one_that_ends_after_another_has_failed_fails)
{
	struct blk_rig rig;

	up(&rig);
	hold = true;
	flush(&rig, 1);
	sem_wait(&held);
	error = -EIO;
	flush(&rig, 0);
	ck_assert_uint_eq(result(&rig, 0), VIRTIO_BLK_S_IOERR);
	error = 0;
	sem_post(&release);
	ck_assert_uint_eq(result(&rig, 1), VIRTIO_BLK_S_IOERR);
	disk_down(&rig);
}
END_TEST

/* The kernel tells each open file of a failure once. */
START_TEST(queues_have_open_files_of_their_own)
{
	struct blk_rig rig;
	int first;

	up(&rig);
	flush(&rig, 0);
	ck_assert_uint_eq(result(&rig, 0), VIRTIO_BLK_S_OK);
	first = last_fd;
	flush(&rig, 1);
	ck_assert_uint_eq(result(&rig, 1), VIRTIO_BLK_S_OK);
	/* the position is the open file's, not the descriptor's */
	ck_assert_int_eq(lseek(first, 1234, SEEK_SET), 1234);
	ck_assert_int_eq(lseek(last_fd, 0, SEEK_CUR), 0);
	disk_down(&rig);
}
END_TEST

T_MAIN("blk_flush", one_that_ends_after_another_has_failed_fails,
       queues_have_open_files_of_their_own)
