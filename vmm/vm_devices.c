// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vm_devices - from the configuration to virtio devices: the table of kinds
 *
 * A device knows nothing of the configuration; here its options are taken out
 * of it.
 */
#include "vm_devices.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util.h"
#include "virtio/balloon.h"
#include "virtio/blk.h"
#include "virtio/console.h"
#include "virtio/fs.h"
#include "virtio/net.h"
#include "virtio/ports.h"
#include "virtio/rng.h"
#include "virtio/vsock.h"
#include "vm.h"

static unsigned int disk_count(const struct vm_config *cfg)
{
	return cfg->nr_disks;
}

static int disk_make(struct vm_session *s, unsigned int index,
		     const char *name, struct vdev **ret, struct err *e)
{
	static const enum blk_engine_kind engines[] = {
		[IO_AUTO] = BLK_ENGINE_AUTO,
		[IO_URING] = BLK_ENGINE_URING,
		[IO_SYNC] = BLK_ENGINE_SYNC,
	};
	const struct disk_config *disk = &s->cfg->disks[index];
	const struct blk_options o = {
		.path = disk->path,
		.serial = disk->serial,
		.queues = disk->queues,
		.engine = engines[disk->io],
		.ro = disk->ro,
		.direct = disk->direct,
		.discard = disk->discard,
		.packed = disk->packed,
		.raw = disk->raw,
	};

	return blk_create(&o, name, ret, e);
}

static unsigned int net_count(const struct vm_config *cfg)
{
	return cfg->nr_nets;
}

static int net_make(struct vm_session *s, unsigned int index,
		    const char *name, struct vdev **ret, struct err *e)
{
	const struct net_config *net = &s->cfg->nets[index];
	struct net_options o = {
		.user = net->mode == NET_USER,
		.packed = net->packed,
		.offload = net->offload,
		.tapif = net->tapif,
		.fd = net->fd,
		.vhost = net->vhost,
		.pairs = net->mq,
		.script = net->script,
		.downscript = net->downscript,
		.host_ip = net->host_ip,
		.guest_ip = net->guest_ip,
		.forward = net->forward,
	};

	_Static_assert(sizeof(o.mac) == sizeof(net->mac), "one address");
	memcpy(o.mac, net->mac, sizeof(o.mac));
	return net_create(&o, name, ret, e);
}

static unsigned int rng_count(const struct vm_config *cfg)
{
	return cfg->rng;
}

static int rng_make(struct vm_session *s, unsigned int index,
		    const char *name, struct vdev **ret, struct err *e)
{
	(void)s;
	(void)index;
	return rng_create(name, ret, e);
}

static unsigned int console_count(const struct vm_config *cfg)
{
	return cfg->console == CONSOLE_VIRTIO;
}

static void console_wake(void *opaque)
{
	struct vm_session *s = opaque;

	eventfd_write(s->wake_fd, 1);
}

static int console_make(struct vm_session *s, unsigned int index,
			const char *name, struct vdev **ret, struct err *e)
{
	const struct vcon_host host = { console_wake, s };
	int r = vcon_create(name, &host, ret, e);

	(void)index;
	if (!r)
		s->devices.console = *ret;
	return r;
}

static unsigned int fs_count(const struct vm_config *cfg)
{
	return cfg->nr_fs;
}

static int fs_make(struct vm_session *s, unsigned int index,
		   const char *name, struct vdev **ret, struct err *e)
{
	const struct fs_config *c = &s->cfg->fs[index];
	const struct fs_options o = {
		.dir = c->dir, .tag = c->tag, .socket = c->socket,
		.cache = c->cache, .ro = c->ro,
	};

	return fs_create(&o, name, ret, e);
}

static unsigned int vsock_count(const struct vm_config *cfg)
{
	return cfg->nr_vsock;
}

static int vsock_make(struct vm_session *s, unsigned int index,
		      const char *name, struct vdev **ret, struct err *e)
{
	const struct vsock_options o = {
		.cid = s->cfg->vsock.cid, .uds = s->cfg->vsock.uds,
	};

	(void)index;
	return vsock_create(&o, name, ret, e);
}

/* All ports are one device. */
static unsigned int ports_count(const struct vm_config *cfg)
{
	return cfg->nr_ports != 0;
}

static int ports_make(struct vm_session *s, unsigned int index,
		      const char *name, struct vdev **ret, struct err *e)
{
	const struct vm_config *cfg = s->cfg;
	struct port_options port[CONFIG_PORTS_MAX];
	unsigned int i;

	(void)index;
	for (i = 0; i < cfg->nr_ports; i++)
		port[i] = (struct port_options){ cfg->ports[i].name,
						 cfg->ports[i].path };
	return ports_create(name, port, cfg->nr_ports, ret, e);
}

static unsigned int balloon_count(const struct vm_config *cfg)
{
	return cfg->balloon;
}

static int balloon_make(struct vm_session *s, unsigned int index,
			const char *name, struct vdev **ret, struct err *e)
{
	int r = balloon_create(name, (uint64_t)sysconf(_SC_PAGESIZE), ret, e);

	(void)index;
	if (!r)
		s->devices.balloon = *ret;
	return r;
}

/* In the order in which a guest finds them. */
const struct vm_device_kind vm_device_kinds[VM_DEVICE_KINDS] = {
	{ "disk", disk_count, disk_make },
	{ "net", net_count, net_make },
	{ "console", console_count, console_make },
	{ "ports", ports_count, ports_make },
	{ "balloon", balloon_count, balloon_make },
	{ "rng", rng_count, rng_make },
	{ "fs", fs_count, fs_make },
	{ "vsock", vsock_count, vsock_make },
};
