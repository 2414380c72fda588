// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rng - the entropy device: VIRTIO 1.2, 5.4
 *
 * A request is a buffer that is filled with random bytes of the host.  The
 * device has a thread of its own only because it must not be served on a vCPU:
 * a large buffer takes a while.
 */
#include "rng.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "iov.h"
#include "util.h"

/* For each request: enough for any seed, and a bound on the time it takes. */
#define RNG_BYTES_MAX 0x10000

struct rng {
	struct vdev dev;
	struct iovec iov[VQ_SIZE_MAX];
};

static uint32_t rng_fill(struct vdev_queue *q, struct vq_chain *c)
{
	struct iovec part[VQ_SIZE_MAX];
	unsigned int i, nr;
	uint32_t done = 0;

	(void)q;
	nr = iov_slice(vq_iov_in(c), c->nr_in, 0, RNG_BYTES_MAX, part);
	for (i = 0; i < nr; i++) {
		ssize_t n = getrandom(part[i].iov_base, part[i].iov_len, 0);

		if (n <= 0)
			break;
		done += (uint32_t)n;
		if ((size_t)n < part[i].iov_len)
			break;
	}
	return done;
}

static void rng_kick(struct vdev_queue *q)
{
	struct rng *rng = container_of(q->dev, struct rng, dev);

	vdev_serve(q, rng->iov, rng_fill);
}

static void rng_destroy(struct vdev *dev)
{
	free(container_of(dev, struct rng, dev));
}

static const struct vdev_ops rng_ops = {
	.id = VIRTIO_ID_RNG,
	.pci_class = 0xff,
	.kick = rng_kick,
	.destroy = rng_destroy,
};

int rng_create(const char *name, struct vdev **ret, struct err *e)
{
	struct rng *rng = calloc(1, sizeof(*rng));
	int r;

	if (!rng)
		return err_fault(e, -ENOMEM, "making %s", name);
	vdev_init(&rng->dev, &rng_ops, name);
	vdev_add_worker(&rng->dev);
	r = vdev_add_queue(&rng->dev, &rng->dev.worker[0]);
	if (r) {
		vdev_destroy(&rng->dev);
		return err_fault(e, r, "making %s", name);
	}
	*ret = &rng->dev;
	return 0;
}
