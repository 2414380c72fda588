// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_blk - requests to a disk, by both engines */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device.h"
#include "virtio/blk.h"

#define DISK_SIZE	0x10000

/* Where the kernel has no io_uring for us, both are the simple one. */
static struct vdev *disk(enum blk_engine_kind engine)
{
	int fd = memfd_create("disk", MFD_CLOEXEC);
	struct blk_options o = { .queues = 2, .engine = engine,
				 .serial = "fuzz", .discard = true,
				 .packed = true, .raw = true };
	struct vdev *dev = NULL;
	struct err e = { 0 };
	char path[32];

	fuzz_check(fd >= 0 && !ftruncate(fd, DISK_SIZE));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	o.path = path;
	if (blk_create(&o, "disk0", &dev, &e)) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
	fuzz_check(!vdev_start_workers(dev));
	return dev;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vdev *dev[2];
	struct fuzz_in in = { data, size };

	if (!dev[0]) {
		dev[0] = disk(BLK_ENGINE_SYNC);
		dev[1] = disk(BLK_ENGINE_AUTO);
	}
	fuzz_requests(dev[fuzz_u8(&in) & 1], &in, NULL);
	return 0;
}
