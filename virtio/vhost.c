// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost - queues that the host's kernel serves
 */
#include "vhost.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>
#include <sys/ioctl.h>

#include "util.h"

#define VHOST_OWN (BIT(VIRTIO_RING_F_INDIRECT_DESC) | \
		   BIT(VIRTIO_RING_F_EVENT_IDX) | BIT(VIRTIO_F_VERSION_1) | \
		   BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_F_IN_ORDER) | \
		   BIT(VIRTIO_F_ACCESS_PLATFORM) | BIT(VIRTIO_F_RING_RESET) | \
		   BIT(VIRTIO_NET_F_MRG_RXBUF))

static int vhost_ioctl(const struct vhost *v, unsigned long req,
		       const void *arg)
{
	return ioctl(v->fd, req, arg) < 0 ? -errno : 0;
}

void vhost_close(struct vhost *v)
{
	cleanup_fd_(&v->fd);
	v->fd = -1;
}

int vhost_open(struct vhost *v, const char *path, const char *who,
	       struct err *e)
{
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CLOEXEC);

	v->fd = -1;
	if (fd < 0)
		return err_host(e, -errno, "%s: %s: %s; load its module, and "
				"make it readable and writable for you",
				who, path, err_name(errno));
	if (ioctl(fd, VHOST_SET_OWNER, NULL) < 0)
		return err_fault(e, -errno, "%s: becoming the owner of %s",
				 who, path);
	v->fd = steal_fd(&fd);
	return 0;
}

int vhost_features(const struct vhost *v, uint64_t *ret)
{
	uint64_t features = 0;
	int r = vhost_ioctl(v, VHOST_GET_FEATURES, &features);

	if (!r)
		*ret = features;
	return r;
}

uint64_t vhost_limit(uint64_t offered, uint64_t known)
{
	return offered & (known | ~VHOST_OWN);
}

/* One block of RAM is one region. */
static int vhost_set_memory(const struct vhost *v, const struct gmem *mem)
{
	struct {
		struct vhost_memory head;
		struct vhost_memory_region region;
	} table = {
		.head.nregions = 1,
		.region = {
			.guest_phys_addr = mem->base,
			.memory_size = mem->size,
			.userspace_addr = (uintptr_t)mem->host,
		},
	};

	return vhost_ioctl(v, VHOST_SET_MEM_TABLE, &table);
}

int vhost_start(const struct vhost *v, uint64_t accepted,
		const struct gmem *mem)
{
	uint64_t features = accepted & VHOST_OWN;
	int r = vhost_ioctl(v, VHOST_SET_FEATURES, &features);

	return r ? r : vhost_set_memory(v, mem);
}

static int vhost_set_file(const struct vhost *v, unsigned long req,
			  unsigned int index, int fd)
{
	const struct vhost_vring_file file = { .index = index, .fd = fd };

	return vhost_ioctl(v, req, &file);
}

/* vhost takes addresses of this process, and checks each access by itself. */
static int vhost_set_ring(const struct vhost *v, unsigned int index,
			  const struct vq *vq)
{
	const struct vhost_vring_state num = {
		.index = index, .num = vq->size,
	};
	const struct vhost_vring_state base = {
		.index = index, .num = vq->avail_idx,
	};
	const struct vhost_vring_addr addr = {
		.index = index,
		.desc_user_addr = (uintptr_t)vq->split.desc,
		.used_user_addr = (uintptr_t)vq->split.used,
		.avail_user_addr = (uintptr_t)vq->split.avail,
	};
	int r;

	r = vhost_ioctl(v, VHOST_SET_VRING_NUM, &num);
	if (!r)
		r = vhost_ioctl(v, VHOST_SET_VRING_BASE, &base);
	return r ? r : vhost_ioctl(v, VHOST_SET_VRING_ADDR, &addr);
}

int vhost_ring_start(const struct vhost *v, unsigned int index,
		     const struct vdev_queue *q)
{
	int r;

	if (q->vq.broken || q->vq.is_packed)
		return -EINVAL;
	r = vhost_set_ring(v, index, &q->vq);
	if (!r)
		r = vhost_set_file(v, VHOST_SET_VRING_ERR, index,
				   q->fault.fd);
	if (!r)
		r = vhost_set_file(v, VHOST_SET_VRING_CALL, index, q->call_fd);
	if (!r)
		r = vhost_set_file(v, VHOST_SET_VRING_KICK, index, q->kick.fd);
	if (r)
		vhost_ring_stop(v, index);
	return r;
}

void vhost_ring_stop(const struct vhost *v, unsigned int index)
{
	(void)vhost_set_file(v, VHOST_SET_VRING_KICK, index,
			     VHOST_FILE_UNBIND);
	(void)vhost_set_file(v, VHOST_SET_VRING_CALL, index,
			     VHOST_FILE_UNBIND);
	(void)vhost_set_file(v, VHOST_SET_VRING_ERR, index,
			     VHOST_FILE_UNBIND);
}
