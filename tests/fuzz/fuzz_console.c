// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_console - hvc0, with a terminal that types and reads at odd times */
#include "device.h"
#include "virtio/console.h"

static void wake(void *opaque)
{
	(void)opaque;
}

/* What the event loop does, with bytes of the input as what is typed. */
static void terminal(struct vdev *dev, struct fuzz_in *in)
{
	static int64_t now = 1;
	uint8_t typed[64];
	const uint8_t *bytes;
	size_t nr, room;

	now += INT64_C(16) * fuzz_u8(in);
	vcon_line_ops.tick(dev, now);
	room = vcon_line_ops.rx_room(dev);
	nr = fuzz_u8(in) % sizeof(typed);
	nr = nr < room ? nr : room;
	fuzz_read(in, typed, nr);
	vcon_line_ops.rx_put(dev, typed, nr);
	nr = vcon_line_ops.tx_peek(dev, &bytes);
	if (nr) {
		(void)*(const volatile uint8_t *)bytes;
		(void)*(const volatile uint8_t *)(bytes + nr - 1);
		vcon_line_ops.tx_done(dev, fuzz_u8(in) & 1 ? nr : nr / 2);
	}
	vcon_resize(dev, fuzz_u8(in), 24);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vdev *dev;
	struct vcon_host host = { .wake = wake };
	struct fuzz_in in = { data, size };
	struct err e = { 0 };

	if (!dev)
		fuzz_check(!vcon_create("hvc0", &host, &dev, &e));
	fuzz_requests(dev, &in, terminal);
	return 0;
}
