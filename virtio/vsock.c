// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vsock - sockets between the host and the guest, by vhost_vsock
 *
 * Queue 0 is what the guest receives, 1 what it sends.  Queue 2, for events,
 * is there for the driver to fill: the only event that is defined tells of a
 * migration.
 */
#include "vsock.h"

#include <endian.h>
#include <errno.h>
#include <linux/vhost.h>
#include <linux/virtio_vsock.h>
#include <string.h>
#include <sys/ioctl.h>

#include "util.h"
#include "vhost.h"
#include "vsock_bridge.h"

#define VHOST_VSOCK	"/dev/vhost-vsock"
#define VSOCK_QUEUES	3
#define VSOCK_RINGS	2	/* of them vhost's */
#define VSOCK_CID_MIN	3	/* 2 is the host */

#ifndef VIRTIO_VSOCK_F_SEQPACKET
#define VIRTIO_VSOCK_F_SEQPACKET 1	/* Linux 5.14 */
#endif

struct vsock {
	struct vdev dev;
	struct vhost vhost;
	struct vsock_bridge *bridge;	/* owned, or NULL */
	struct virtio_vsock_config config;
	unsigned int rings;		/* that vhost has now */
};

static struct vsock *vsock_of(struct vdev *dev)
{
	return container_of(dev, struct vsock, dev);
}

static void vsock_config_read(struct vdev *dev, uint32_t offset, void *buf,
			      uint32_t len)
{
	memcpy(buf, (char *)&vsock_of(dev)->config + offset, len);
}

/* ---- start and stop ---- */

/* vhost_start() hands over what all vhost devices know; this is vsock's own. */
static int vsock_set_seqpacket(const struct vsock *v)
{
	uint64_t features;

	if (!vdev_has(&v->dev, VIRTIO_VSOCK_F_SEQPACKET))
		return 0;
	features = v->dev.accepted;
	return ioctl(v->vhost.fd, VHOST_SET_FEATURES, &features) ? -errno : 0;
}

static int vsock_start(struct vdev *dev)
{
	struct vsock *v = vsock_of(dev);
	int r = vhost_start(&v->vhost, dev->accepted, dev->mem);

	if (!r)
		r = vsock_set_seqpacket(v);
	if (!r && v->bridge)
		r = vsock_bridge_start(v->bridge, &dev->worker[0]);
	if (r)
		log_guest(&dev->start_log, "%s: starting vhost: %s", dev->name,
			  err_name(r));
	return r;
}

static void vsock_stop(struct vdev *dev)
{
	struct vsock *v = vsock_of(dev);

	if (v->bridge)
		vsock_bridge_stop(v->bridge);
}

static int vsock_set_running(struct vsock *v, int on)
{
	int r = ioctl(v->vhost.fd, VHOST_VSOCK_SET_RUNNING, &on) ? -errno : 0;

	if (r && on)
		log_guest(&v->dev.start_log, "%s: starting vhost: %s",
			  v->dev.name, err_name(r));
	return r;
}

/*
 * vhost runs with both rings or not at all (Linux drivers/vhost/vsock.c,
 * vhost_vsock_start()).  What the guest has rung for before that was not heard.
 */
static int vsock_run(struct vsock *v)
{
	unsigned int i;
	int r = vsock_set_running(v, 1);

	for (i = 0; !r && i < VSOCK_RINGS; i++)
		vdev_again(&v->dev.queue[i]);
	return r;
}

static void vsock_take_back(struct vsock *v, unsigned int index)
{
	vhost_ring_stop(&v->vhost, index);
	v->rings &= ~(1u << index);
}

static int vsock_queue_start(struct vdev_queue *q)
{
	struct vsock *v = vsock_of(q->dev);
	int r;

	if (q->index >= VSOCK_RINGS)
		return 0;
	r = vhost_ring_start(&v->vhost, q->index, q);
	if (r) {
		log_guest(&v->dev.start_log,
			  "%s: giving queue %u to vhost: %s", v->dev.name,
			  q->index, err_name(r));
		return r;
	}
	v->rings |= 1u << q->index;
	if (v->rings != (1u << VSOCK_RINGS) - 1)
		return 0;
	r = vsock_run(v);
	if (r)
		vsock_take_back(v, q->index);
	return r;
}

/* This waits for what the kernel's thread does with a ring just now. */
static void vsock_queue_stop(struct vdev_queue *q)
{
	struct vsock *v = vsock_of(q->dev);

	if (q->index >= VSOCK_RINGS)
		return;
	vsock_set_running(v, 0);
	vsock_take_back(v, q->index);
}

static void vsock_destroy(struct vdev *dev)
{
	struct vsock *v = vsock_of(dev);

	vsock_bridge_destroy(v->bridge);
	vhost_close(&v->vhost);
	free(v);
}

static const struct vdev_ops vsock_ops = {
	.id = VIRTIO_ID_VSOCK,
	.pci_class = 0x07,	/* communication, other: as QEMU has it */
	.pci_subclass = 0x80,
	.config_read = vsock_config_read,
	.start = vsock_start,
	.stop = vsock_stop,
	.queue_start = vsock_queue_start,
	.queue_stop = vsock_queue_stop,
	.destroy = vsock_destroy,
};

/* ---- making it ---- */

static int vsock_open(struct vsock *v, struct err *e)
{
	if (access(VHOST_VSOCK, F_OK) && errno == ENOENT)
		return err_host(e, -ENOENT,
				"%s: this host has no " VHOST_VSOCK "; \"modprobe vhost_vsock\" as root makes it appear",
				v->dev.name);
	return vhost_open(&v->vhost, VHOST_VSOCK, v->dev.name, e);
}

static int vsock_take_cid(struct vsock *v, uint64_t cid, struct err *e)
{
	int r = ioctl(v->vhost.fd, VHOST_VSOCK_SET_GUEST_CID, &cid) ?
		-errno : 0;

	if (r == -EADDRINUSE)
		return err_host(e, r, "%s: the CID %llu is another guest's on this host; choose another one",
				v->dev.name, (unsigned long long)cid);
	v->config.guest_cid = htole64(cid);
	return r ? err_fault(e, r, "%s: setting the CID %llu", v->dev.name,
			     (unsigned long long)cid) : 0;
}

static int vsock_offer(struct vsock *v, struct err *e)
{
	struct vdev *dev = &v->dev;
	uint64_t known;
	int r = vhost_features(&v->vhost, &known);

	if (r)
		return err_fault(e, r, "%s: asking vhost for its features",
				 dev->name);
	dev->offered = vhost_limit(dev->offered, known) |
		(known & BIT(VIRTIO_VSOCK_F_SEQPACKET));
	return 0;
}

static int vsock_setup(struct vsock *v, const struct vsock_options *o,
		       struct err *e)
{
	struct vdev *dev = &v->dev;
	int i, r = vsock_open(v, e);

	if (!r)
		r = vsock_take_cid(v, o->cid, e);
	if (!r)
		r = vsock_offer(v, e);
	if (!r && o->uds)
		r = vsock_bridge_create(o->uds, dev->name, (uint32_t)o->cid,
					&vsock_net, &v->bridge, e);
	if (r)
		return r;
	dev->external = true;
	dev->config_size = sizeof(v->config);
	r = vdev_add_worker(dev);	/* for faults, and the bridge */
	for (i = 0; r >= 0 && i < VSOCK_QUEUES; i++)
		r = vdev_add_queue(dev, NULL);
	return r < 0 ? err_fault(e, r, "%s: cannot be made", dev->name) : 0;
}

int vsock_create(const struct vsock_options *o, const char *name,
		 struct vdev **ret, struct err *e)
{
	struct vsock *v;
	int r;

	if (o->cid < VSOCK_CID_MIN || o->cid >= UINT32_MAX)
		return err_config(e, "the CID of a guest is 3 to 4294967294, not %llu",
				  (unsigned long long)o->cid);
	v = calloc(1, sizeof(*v));
	if (!v)
		return err_fault(e, -ENOMEM, "%s", name);
	v->vhost = (struct vhost){ .fd = -1 };
	vdev_init(&v->dev, &vsock_ops, name);
	r = vsock_setup(v, o, e);
	if (r)
		vdev_destroy(&v->dev);
	else
		*ret = &v->dev;
	return r;
}
