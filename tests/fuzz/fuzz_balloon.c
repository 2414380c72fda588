// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_balloon - lists of pages, reports and statistics, while the host asks */
#include "device.h"
#include "virtio/balloon.h"

static void ask(struct vdev *dev, struct fuzz_in *in)
{
	struct balloon_state state;

	balloon_set_target(dev, fuzz_u32(in));
	balloon_ask_stats(dev);
	balloon_get_state(dev, &state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vdev *dev[2];
	struct fuzz_in in = { data, size };
	struct err e = { 0 };
	unsigned int i;

	for (i = 0; i < 2 && !dev[i]; i++) {
		fuzz_check(!balloon_create("balloon0", i ? 0x10000 : 0x1000,
					   &dev[i], &e));
		fuzz_check(!vdev_start_workers(dev[i]));
	}
	fuzz_requests(dev[fuzz_u8(&in) & 1], &in, ask);
	return 0;
}
