// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_blk - requests to a disk, by both engines */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "device.h"
#include "virtio/blk.h"

#define DISK_SIZE	0x10000

/* On a file system that is none in memory: there, io_uring has nothing to do. */
static struct vdev *disk(enum blk_engine_kind engine, bool direct,
			 struct err *e)
{
	int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct blk_options o = { .queues = 2, .engine = engine,
				 .direct = direct, .serial = "fuzz",
				 .discard = true, .packed = true, .raw = true };
	struct vdev *dev = NULL;
	char path[32];

	fuzz_check(fd >= 0 && !ftruncate(fd, DISK_SIZE));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	o.path = path;
	if (blk_create(&o, "disk0", &dev, e))
		return NULL;
	fuzz_check(!vdev_start_workers(dev));
	return dev;
}

/* All that goes through a ring where there can be one, or says that it does not. */
static struct vdev *ring_disk(void)
{
	struct err e = { 0 };
	struct vdev *dev = disk(BLK_ENGINE_URING, true, &e);

	if (!dev) {
		fprintf(stderr, "without io_uring: %s\n", e.text);
		dev = disk(BLK_ENGINE_AUTO, false, &e);
	}
	return dev;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vdev *dev[2];
	struct fuzz_in in = { data, size };
	struct err e = { 0 };

	if (!dev[0]) {
		dev[0] = disk(BLK_ENGINE_SYNC, false, &e);
		dev[1] = ring_disk();
		fuzz_check(dev[0] && dev[1]);
	}
	fuzz_requests(dev[fuzz_u8(&in) & 1], &in, NULL);
	return 0;
}
