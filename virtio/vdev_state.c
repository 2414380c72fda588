// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdev_state - what there is to say of a device, for reports
 *
 * Threads of the device go on meanwhile: everything read here is constant or
 * atomic.
 */
#include "vdev_state.h"

#include "util.h"
#include "vdev.h"

static const char *vdev_kind(uint16_t id)
{
	switch (id) {
	case VIRTIO_ID_NET: return "net";
	case VIRTIO_ID_BLOCK: return "block";
	case VIRTIO_ID_CONSOLE: return "console";
	case VIRTIO_ID_RNG: return "rng";
	case VIRTIO_ID_BALLOON: return "balloon";
	case VIRTIO_ID_VSOCK: return "vsock";
	case VIRTIO_ID_FS: return "fs";
	default: return NULL;
	}
}

/* Steps follow one another; the last one counts. */
static const char *vdev_status_word(uint32_t status)
{
	static const struct {
		uint8_t bit;
		const char *word;
	} words[] = {
		{ VIRTIO_CONFIG_S_NEEDS_RESET, "needs_reset" },
		{ VIRTIO_CONFIG_S_FAILED, "failed" },
		{ VIRTIO_CONFIG_S_DRIVER_OK, "driver_ok" },
		{ VIRTIO_CONFIG_S_FEATURES_OK, "features_ok" },
		{ VIRTIO_CONFIG_S_DRIVER, "driver" },
		{ VIRTIO_CONFIG_S_ACKNOWLEDGE, "acknowledge" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++)
		if (status & words[i].bit)
			return words[i].word;
	return "reset";
}

/* The status first: vdev_fault() counts before it says so. */
void vdev_get_state(const struct vdev *dev, struct vdev_state *ret)
{
	ret->kind = vdev_kind(dev->ops->id);
	ret->status = vdev_status_word(dev->status);
	ret->faults = dev->faults;
	ret->misuse = dev->misuse_log.count;
}
