// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * device - devices and a driver for the fuzz targets; see device.h
 */
#include "device.h"

#include "util.h"
#include "virtio/vdev_driver.h"

#define RINGS	6	/* that the driver sets up */
#define OPS	64

struct device {
	struct vdev dev;
	struct iovec iov[VQ_SIZE_MAX];
	uint8_t config[FUZZ_CONFIG];
};

static void config_read(struct vdev *dev, uint32_t offset, void *buf,
			uint32_t len)
{
	fuzz_check(offset + len <= FUZZ_CONFIG && offset + len > offset);
	memcpy(buf, &container_of(dev, struct device, dev)->config[offset],
	       len);
}

static void config_write(struct vdev *dev, uint32_t offset, const void *buf,
			 uint32_t len)
{
	fuzz_check(offset + len <= FUZZ_CONFIG && offset + len > offset);
	memcpy(&container_of(dev, struct device, dev)->config[offset], buf,
	       len);
}

static uint32_t serve(struct vdev_queue *q, struct vq_chain *c)
{
	uint32_t done = 0;
	unsigned int i;

	(void)q;
	for (i = 0; i < c->nr_in; i++) {
		struct iovec *iov = &vq_iov_in(c)[i];

		fuzz_check(fuzz_inside(iov->iov_base, iov->iov_len));
		memset(iov->iov_base, 0x5a, iov->iov_len);
		done += (uint32_t)iov->iov_len;
	}
	return done;
}

static void kick(struct vdev_queue *q)
{
	vdev_serve(q, container_of(q->dev, struct device, dev)->iov, serve);
}

static const struct vdev_ops device_ops = {
	.id = VIRTIO_ID_RNG,
	.config_read = config_read,
	.config_write = config_write,
	.kick = kick,
};

struct vdev *fuzz_device(unsigned int which)
{
	static struct device device[2];
	struct vdev *dev = &device[which].dev;
	unsigned int i;

	if (dev->ops)
		return dev;
	vdev_init(dev, &device_ops, which ? "second" : "first");
	dev->config_size = FUZZ_CONFIG;
	for (i = 0; i < FUZZ_QUEUES; i++)
		fuzz_check(!vdev_add_queue(dev, NULL));
	return dev;
}

/* A transport that nobody is behind. */
static void no_queue_signal(struct vdev_queue *q)
{
	(void)q;
}

static void no_config_signal(struct vdev *dev)
{
	(void)dev;
}

static void no_connect(struct vdev_queue *q, bool doorbell, bool call)
{
	(void)q;
	(void)doorbell;
	(void)call;
}

static const struct vdev_transport no_transport = {
	.queue_signal = no_queue_signal,
	.config_signal = no_config_signal,
	.queue_connect = no_connect,
};

static void set_addr(struct vdev *dev, unsigned int index,
		     enum vdev_queue_reg lo, uint64_t addr)
{
	vdev_queue_set(dev, index, lo, (uint32_t)addr);
	vdev_queue_set(dev, index, lo + 1, (uint32_t)(addr >> 32));
}

static void start(struct vdev *dev, struct fuzz_ring ring[RINGS],
		  uint64_t features)
{
	unsigned int i;

	features = (features & dev->offered) | BIT(VIRTIO_F_VERSION_1);
	vdev_set_status(dev, 3);
	vdev_accept(dev, 0, (uint32_t)features);
	vdev_accept(dev, 1, (uint32_t)(features >> 32));
	vdev_set_status(dev, 11);
	for (i = 0; i < RINGS; i++) {
		fuzz_ring_init(&ring[i], i,
			       features >> VIRTIO_F_RING_PACKED & 1);
		vdev_queue_set(dev, i, VDEV_Q_SIZE, ring[i].setup.size);
		set_addr(dev, i, VDEV_Q_DESC_LO, ring[i].setup.desc);
		set_addr(dev, i, VDEV_Q_DRIVER_LO, ring[i].setup.driver);
		set_addr(dev, i, VDEV_Q_DEVICE_LO, ring[i].setup.device);
		vdev_queue_set(dev, i, VDEV_Q_ENABLE, 1);
	}
	vdev_set_status(dev, 15);
}

/* Two rounds of the thread: in the second it has seen what was rung before. */
static void settle(struct vdev *dev)
{
	unsigned int i, round;

	for (round = 0; round < 2; round++)
		for (i = 0; i < dev->nr_workers; i++)
			if (dev->worker[i].started)
				worker_call(&dev->worker[i], fuzz_catch, NULL);
}

static void config(struct vdev *dev, struct fuzz_in *in)
{
	uint16_t at = fuzz_u16(in);
	unsigned int len = 1U << (at >> 14);

	at &= at & 0x2000 ? 0x1fff : 0x7f;
	vdev_config_write(dev, at, len, fuzz_u64(in));
	vdev_config_read(dev, at, len);
}

static void one(struct vdev *dev, struct fuzz_ring ring[RINGS],
		struct fuzz_in *in,
		void (*host)(struct vdev *dev, struct fuzz_in *in))
{
	uint8_t op = fuzz_u8(in);
	unsigned int index = (op >> 4) % RINGS;

	switch (op & 7) {
	case 0:
	case 1:
		fuzz_chain(&ring[index], in);
		break;
	case 2:
		fuzz_data(in);
		fuzz_chain(&ring[index], in);
		vdev_notify(dev, index);
		break;
	case 3:
		vdev_notify(dev, index);
		break;
	case 4:
		settle(dev);
		if (host)
			host(dev, in);
		break;
	case 5:
		config(dev, in);
		break;
	case 6:
		fuzz_scribble(in);
		break;
	case 7:
		vdev_set_status(dev, fuzz_u8(in));
		if (!vdev_status(dev))
			start(dev, ring, fuzz_u64(in));
		break;
	}
}

void fuzz_requests(struct vdev *dev, struct fuzz_in *in,
		   void (*host)(struct vdev *dev, struct fuzz_in *in))
{
	const struct gmem *mem = fuzz_memory();
	struct fuzz_ring ring[RINGS];
	unsigned int i;

	vdev_attach(dev, mem, NULL, &no_transport, NULL);
	settle(dev);
	start(dev, ring, fuzz_u64(in));
	for (i = 0; i < OPS && in->left; i++)
		one(dev, ring, in, host);
	for (i = 0; i < RINGS; i++)
		vdev_notify(dev, i);
	settle(dev);
	vdev_detach(dev);
}
