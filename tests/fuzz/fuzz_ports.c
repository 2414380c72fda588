// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_ports - console ports: control messages and bytes, with a program of the
 * host that connects, sends, reads and hangs up
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "device.h"
#include "virtio/ports.h"

static char folder[] = "/tmp/tallyvm-fuzz-XXXXXX";
static char path[64];
static int client = -1;

static void clean(void)
{
	unlink(path);
	rmdir(folder);
}

static void hang_up(void)
{
	if (client >= 0)
		close(client);
	client = -1;
}

static void call(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0);
	if (connect(client, (struct sockaddr *)&name, sizeof(name)))
		hang_up();
}

static void program(struct vdev *dev, struct fuzz_in *in)
{
	uint8_t what = fuzz_u8(in);
	uint8_t bytes[256];

	(void)dev;
	if (client < 0)
		call();
	if (client < 0)
		return;
	fuzz_read(in, bytes, what);
	(void)!send(client, bytes, what, MSG_NOSIGNAL);
	while (what & 1 && recv(client, bytes, sizeof(bytes), 0) > 0)
		;
	if (what % 8 == 0)
		hang_up();
}

static struct vdev *make(void)
{
	struct port_options port[2] = {
		{ .name = "socket", .path = path },
		{ .name = "file", .path = "/dev/null" },
	};
	struct vdev *dev = NULL;
	struct err e = { 0 };

	fuzz_check(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/port", folder);
	fuzz_check(!ports_create("ports0", port, 2, &dev, &e));
	fuzz_check(!vdev_start_workers(dev));
	atexit(clean);
	return dev;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct vdev *dev;
	struct fuzz_in in = { data, size };

	if (!dev)
		dev = make();
	fuzz_requests(dev, &in, program);
	hang_up();
	return 0;
}
