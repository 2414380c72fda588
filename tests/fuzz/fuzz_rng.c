// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_rng - requests of the entropy device */
#include "device.h"
#include "virtio/rng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vdev *dev;
	struct fuzz_in in = { data, size };
	struct err e = { 0 };

	if (!dev) {
		fuzz_check(!rng_create("rng0", &dev, &e));
		fuzz_check(!vdev_start_workers(dev));
	}
	fuzz_requests(dev, &in, NULL);
	return 0;
}
