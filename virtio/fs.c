// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs - a directory of the host in the guest; see fs.h
 *
 * Queue 0 is for requests that may not wait behind others, queue 1 for all
 * else.  Neither program called virtiofsd serves more.
 */
#include "fs.h"

#include <endian.h>
#include <errno.h>
#include <linux/virtio_fs.h>
#include <stdio.h>
#include <string.h>

#include "helper.h"
#include "util.h"
#include "vhost_user.h"
#include "virtiofsd.h"

#define FS_QUEUES 2

/* One of daemon and connector is used, the other is zeroes. */
struct fs {
	struct vdev dev;
	struct vhost_user vu;
	struct helper daemon;
	struct keeper connector;	/* to somebody else's */
	struct virtio_fs_config config;
};

static bool fs_is_ours(const struct fs *fs)
{
	return fs->daemon.program;
}

static struct fs *fs_of(struct vdev *dev)
{
	return container_of(dev, struct fs, dev);
}

static void fs_config_read(struct vdev *dev, uint32_t offset, void *buf,
			   uint32_t len)
{
	memcpy(buf, (char *)&fs_of(dev)->config + offset, len);
}

static int fs_start(struct vdev *dev)
{
	struct fs *fs = fs_of(dev);

	helper_watch(&fs->daemon, &dev->worker[0]);
	return vhost_user_start(&fs->vu, &dev->worker[0]);
}

static int fs_queue_start(struct vdev_queue *q)
{
	return vhost_user_queue_start(&fs_of(q->dev)->vu, q);
}

/*
 * One that does not let go of guest memory may not keep it.  And a request that
 * it did not answer may be what its thread for the queue is busy with for ever
 * (virtiofsd 1.13 with an index that jumps), which nobody sees from outside.
 */
static void fs_queue_stop(struct vdev_queue *q)
{
	struct fs *fs = fs_of(q->dev);

	if (!vhost_user_queue_stop(&fs->vu, q)) {
		if (vq_is_idle(&q->vq) || !fs_is_ours(fs))
			return;
		vhost_user_lose(&fs->vu, "it has left requests unanswered");
	}
	helper_kill(&fs->daemon);
}

static void fs_stop(struct vdev *dev)
{
	vhost_user_stop(&fs_of(dev)->vu);
}

static int fs_join(struct fs *fs, int *ret)
{
	struct keeper_started it;
	int r = keeper_ask(&fs->connector, &it);

	if (!r)
		*ret = it.fd;
	return r;
}

/* What the guest had open there is unknown to another virtiofsd. */
static int fs_reopen(struct vhost_user *vu, int *ret)
{
	struct fs *fs = container_of(vu, struct fs, vu);
	int r;

	if (fs_is_ours(fs))
		return helper_again(&fs->daemon, ret);
	r = fs_join(fs, ret);
	if (r)
		log_guest(&vu->losses, "%s: cannot connect to virtiofsd: %s",
			  fs->dev.name, err_name(r));
	return r;
}

/* virtiofsd ends when its connection does. */
static void fs_destroy(struct vdev *dev)
{
	struct fs *fs = fs_of(dev);

	vhost_user_fini(&fs->vu);
	helper_fini(&fs->daemon);
	keeper_stop(&fs->connector);
	free(fs);
}

static const struct vdev_ops fs_ops = {
	.id = VIRTIO_ID_FS,
	.pci_class = 0x01,	/* mass storage, other: as QEMU has it */
	.pci_subclass = 0x80,
	.config_read = fs_config_read,
	.start = fs_start,
	.stop = fs_stop,
	.queue_start = fs_queue_start,
	.queue_stop = fs_queue_stop,
	.destroy = fs_destroy,
};

static int fs_check(const struct fs_options *o, struct err *e)
{
	size_t len = strlen(o->tag);

	if (!len || len > FS_TAG_MAX)
		return err_config(e, "the tag of a shared directory has 1 to %d bytes, \"%s\" has %zu",
				  FS_TAG_MAX, o->tag, len);
	if (o->socket && o->ro)
		return err_config(e, "a directory shared through the socket %s is read-only when its virtiofsd was started with --readonly",
				  o->socket);
	return 0;
}

static int fs_meet(struct fs *fs, const char *path, int *ret, struct err *e)
{
	int r = virtiofsd_meet(path, &fs->connector, e);

	if (r)
		return r;
	r = fs_join(fs, ret);
	return r ? err_config(e, "%s: cannot connect to virtiofsd: %s", path,
			      err_name(r)) : 0;
}

static int fs_connect(struct fs *fs, const struct fs_options *o,
		      struct err *e)
{
	const char *said;
	int fd = -1;
	int r = o->socket ? fs_meet(fs, o->socket, &fd, e) :
		virtiofsd_start(o, fs->dev.name, &fs->daemon, &fd, e);

	if (r)
		return r;
	r = vhost_user_init(&fs->vu, &fs->dev, "virtiofsd", fd, e);
	fs->vu.reopen = fs_reopen;
	if (!r || o->socket)
		return r;
	said = helper_last(&fs->daemon);
	return *said ? err_host(e, r, "%s: virtiofsd cannot share %s: %s",
				fs->dev.name, o->dir, said) : r;
}

static int fs_setup(struct fs *fs, const struct fs_options *o, struct err *e)
{
	struct vdev *dev = &fs->dev;
	int i, r = fs_connect(fs, o, e);

	if (r)
		return r;
	dev->offered = vhost_user_offer(&fs->vu, dev->offered, 0);
	dev->external = true;
	dev->config_size = sizeof(fs->config);
	memcpy(fs->config.tag, o->tag, strlen(o->tag));
	fs->config.num_request_queues = htole32(FS_QUEUES - 1);
	r = vdev_add_worker(dev);	/* it watches virtiofsd */
	for (i = 0; r >= 0 && i < FS_QUEUES; i++)
		r = vdev_add_queue(dev, NULL);
	return r < 0 ? err_fault(e, r, "%s: cannot be made", dev->name) : 0;
}

int fs_create(const struct fs_options *o, const char *name, struct vdev **ret,
	      struct err *e)
{
	struct fs *fs;
	int r = fs_check(o, e);

	if (r)
		return r;
	fs = calloc(1, sizeof(*fs));
	if (!fs)
		return err_fault(e, -ENOMEM, "%s", name);
	vdev_init(&fs->dev, &fs_ops, name);
	r = fs_setup(fs, o, e);
	if (r)
		vdev_destroy(&fs->dev);
	else
		*ret = &fs->dev;
	return r;
}
