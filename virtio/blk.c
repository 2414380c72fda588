// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blk - disks, VIRTIO 1.2, 5.2
 *
 * DOC: the way of a request
 *
 * blk_kick() takes requests from the ring (take()), each into a slot of its
 * queue.  begin() copies the header, checks it, and asks the queue's engine
 * (blk_io.h) for what it means.  Some are done at once, the others when the
 * engine's descriptor says so (blk_event()).  finish() writes the status and
 * gives the request back; the driver is interrupted once for a batch.
 *
 * There is a slot for each request that a queue can hold (vq.h), and no more is
 * ever allocated.
 */
#include "blk.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/virtio_blk.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "blk_file.h"
#include "blk_io.h"
#include "iov.h"
#include "log.h"
#include "util.h"
#include "vdev.h"

#define SLOTS		(VQ_SIZE_MAX + 1)	/* one to find there is no more */
#define BATCH		64	/* requests for one interrupt, at most */
#define SEG_MAX		(VQ_SIZE_MAX - 2)	/* beside header and status */
/* The longest transfer that one system call makes: MAX_RW_COUNT, fs.h. */
#define TRANSFER_MAX	0x7ffff000U
/*
 * Sectors in one discard.  A block device's is done on the queue's thread: it
 * is not to hold up others for long.
 */
#define DISCARD_MAX	65536U
/* All fields up to those of secure erase, which is not offered. */
#define CONFIG_SIZE	offsetof(struct virtio_blk_config, \
				 max_secure_erase_sectors)

struct blk_req {
	struct blk_io io;
	struct vq_chain chain;
	uint32_t type;		/* VIRTIO_BLK_T_* */
	uint32_t reads;		/* bytes before the status that are written */
	uint8_t *status;	/* in guest memory */
	struct blk_req *next;	/* free ones, and flushes that wait */
};

/* Belongs to the thread of its worker. */
struct blk_queue {
	struct blk *blk;
	struct vdev_queue *q;
	struct blk_file file;	/* the disk's, with an open file of its own */
	struct blk_engine *engine;	/* owned */
	struct worker_source event;	/* the engine's descriptor */
	struct blk_req *slots;		/* owned mapping, SLOTS of them */
	struct iovec (*iov)[VQ_SIZE_MAX];	/* owned mapping, one for each */
	struct blk_req *free;
	unsigned int fresh;	/* slots from here on were never used */
	bool durable;		/* without FLUSH a write is on the disk */
	/* One flush at a time: of two, only one would hear of a failure. */
	bool flushing;
	struct blk_req *flushes;	/* that wait, the newest first */
};

struct blk {
	struct vdev dev;
	struct blk_file file;
	bool discard;
	char serial[BLK_SERIAL_MAX];
	char *path;		/* owned, for messages */
	struct log_limit host_log;
	_Atomic int flush_error;
	struct blk_queue queue[BLK_QUEUES_MAX];
};

static struct blk *to_blk(struct vdev *dev)
{
	return container_of(dev, struct blk, dev);
}

static struct blk_queue *to_queue(struct vdev_queue *q)
{
	return &to_blk(q->dev)->queue[q->index];
}

static uint64_t capacity(const struct blk *blk)
{
	return blk->file.size / BLK_SECTOR;
}

/*
 * Linux reports a failed write-back once for each open file and forgets the
 * pages: what is on the disk is not known any more, and no flush may say it is.
 */
static void note_flush(struct blk_queue *bq, const struct blk_req *r)
{
	if (r->type == VIRTIO_BLK_T_FLUSH && r->io.result)
		atomic_store_explicit(&bq->blk->flush_error, r->io.result,
				      memory_order_relaxed);
}

static bool cannot_flush(const struct blk_queue *bq)
{
	return atomic_load_explicit(&bq->blk->flush_error,
				    memory_order_relaxed);
}

/* Requests: from the header to what the host is asked */

/* Return of a type's function: done already, with this status, or: */
#define START	(-1)

static bool inside(const struct blk *blk, uint64_t sector, uint64_t nr)
{
	return sector <= capacity(blk) && nr <= capacity(blk) - sector;
}

/* A transfer of the bytes in r->io.iov. */
static int transfer(struct blk_queue *bq, struct blk_req *r, uint64_t sector)
{
	uint64_t len = iov_bytes(r->io.iov, r->io.nr);

	if (len > TRANSFER_MAX || len % BLK_SECTOR ||
	    !inside(bq->blk, sector, len / BLK_SECTOR))
		return VIRTIO_BLK_S_IOERR;
	r->io.offset = sector * BLK_SECTOR;
	r->io.len = len;
	r->io.durable = bq->durable;
	return len ? START : VIRTIO_BLK_S_OK;
}

static int type_in(struct blk_queue *bq, struct blk_req *r, uint64_t sector)
{
	int rc;

	if (iov_bytes(r->chain.iov, r->chain.nr_out) !=
	    sizeof(struct virtio_blk_outhdr))
		return VIRTIO_BLK_S_IOERR;
	r->io.op = BLK_READ;
	r->io.iov = vq_iov_in(&r->chain);
	r->io.nr = r->chain.nr_in;
	rc = transfer(bq, r, sector);
	r->reads = (uint32_t)r->io.len;
	return rc;
}

/* What follows the header. */
static void take_data(struct blk_req *r)
{
	r->io.iov = r->chain.iov;
	r->io.nr = iov_slice(r->chain.iov, r->chain.nr_out,
			     sizeof(struct virtio_blk_outhdr), UINT64_MAX,
			     r->chain.iov);
}

static int type_out(struct blk_queue *bq, struct blk_req *r, uint64_t sector)
{
	if (bq->blk->file.ro ||
	    iov_bytes(vq_iov_in(&r->chain), r->chain.nr_in))
		return VIRTIO_BLK_S_IOERR;
	r->io.op = BLK_WRITE;
	take_data(r);
	return transfer(bq, r, sector);
}

static int type_flush(struct blk_queue *bq, struct blk_req *r, uint64_t sector)
{
	(void)sector;
	if (!vdev_has(&bq->blk->dev, VIRTIO_BLK_F_FLUSH))
		return VIRTIO_BLK_S_UNSUPP;
	if (cannot_flush(bq))
		return VIRTIO_BLK_S_IOERR;
	r->io.op = BLK_FLUSH;
	return START;
}

static int type_get_id(struct blk_queue *bq, struct blk_req *r, uint64_t sector)
{
	(void)sector;
	r->reads = (uint32_t)iov_write(vq_iov_in(&r->chain), r->chain.nr_in, 0,
				       bq->blk->serial, BLK_SERIAL_MAX);
	return VIRTIO_BLK_S_OK;
}

/* The one range of a discard or write-zeroes request. */
static int range(struct blk_queue *bq, struct blk_req *r, uint32_t flags_known,
		 uint32_t *ret_flags)
{
	struct virtio_blk_discard_write_zeroes seg;
	uint32_t nr;

	take_data(r);
	if (iov_bytes(r->io.iov, r->io.nr) != sizeof(seg))
		return VIRTIO_BLK_S_IOERR;
	iov_read(r->io.iov, r->io.nr, 0, &seg, sizeof(seg));
	nr = le32toh(seg.num_sectors);
	*ret_flags = le32toh(seg.flags);
	if (*ret_flags & ~flags_known)
		return VIRTIO_BLK_S_UNSUPP;
	if (nr > DISCARD_MAX || !inside(bq->blk, le64toh(seg.sector), nr))
		return VIRTIO_BLK_S_IOERR;
	r->io.offset = le64toh(seg.sector) * BLK_SECTOR;
	r->io.len = (uint64_t)nr * BLK_SECTOR;
	r->io.nr = 0;
	return nr ? START : VIRTIO_BLK_S_OK;
}

static int type_discard(struct blk_queue *bq, struct blk_req *r,
			uint64_t sector)
{
	uint32_t flags;

	(void)sector;
	if (!vdev_has(&bq->blk->dev, VIRTIO_BLK_F_DISCARD))
		return VIRTIO_BLK_S_UNSUPP;
	r->io.op = bq->blk->file.is_device ? BLK_DISCARD : BLK_FALLOCATE;
	r->io.mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	/* UNMAP is another request's: 5.2.6.2 wants it refused here */
	return range(bq, r, 0, &flags);
}

static int type_write_zeroes(struct blk_queue *bq, struct blk_req *r,
			     uint64_t sector)
{
	uint32_t flags;
	int rc;

	(void)sector;
	if (!vdev_has(&bq->blk->dev, VIRTIO_BLK_F_WRITE_ZEROES))
		return VIRTIO_BLK_S_UNSUPP;
	rc = range(bq, r, VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP, &flags);
	if (rc != START)
		return rc;
	r->io.op = BLK_FALLOCATE;
	r->io.mode = FALLOC_FL_KEEP_SIZE |
		     (flags && bq->blk->discard ? FALLOC_FL_PUNCH_HOLE :
		      FALLOC_FL_ZERO_RANGE);
	return rc;
}

static const struct blk_type {
	const char *name;
	int (*fn)(struct blk_queue *bq, struct blk_req *r, uint64_t sector);
} types[] = {
	[VIRTIO_BLK_T_IN] = { "read", type_in },
	[VIRTIO_BLK_T_OUT] = { "write", type_out },
	[VIRTIO_BLK_T_FLUSH] = { "flush", type_flush },
	[VIRTIO_BLK_T_GET_ID] = { "id", type_get_id },
	[VIRTIO_BLK_T_DISCARD] = { "discard", type_discard },
	[VIRTIO_BLK_T_WRITE_ZEROES] = { "write zeroes", type_write_zeroes },
};

/* Answers */

static void put(struct blk_queue *bq, struct blk_req *r)
{
	r->next = bq->free;
	bq->free = r;
}

/*
 * The length that goes with an error is 1, for the status: nothing is known of
 * what lies before it, and a length of 0 is for requests without one.
 */
static void finish(struct blk_queue *bq, struct blk_req *r, int status)
{
	*(volatile uint8_t *)r->status = (uint8_t)status;
	vq_push(&bq->q->vq, &r->chain,
		status == VIRTIO_BLK_S_OK ? r->reads + 1 : 1);
	put(bq, r);
}

/* What the kernel could not do, said to the person as often as is bearable. */
static int host_failed(struct blk_queue *bq, const struct blk_req *r)
{
	struct blk *blk = bq->blk;
	bool hint = r->type == VIRTIO_BLK_T_DISCARD ||
		    r->type == VIRTIO_BLK_T_WRITE_ZEROES;

	if (hint && r->io.result == -EOPNOTSUPP)
		return VIRTIO_BLK_S_UNSUPP;
	note_flush(bq, r);
	log_guest(&blk->host_log,
		  "%s: %s of %" PRIu64 " bytes at %" PRIu64 " of %s failed: %s; the guest gets an I/O error",
		  blk->dev.name, types[r->type].name, r->io.len, r->io.offset,
		  blk->path, err_name(r->io.result));
	return VIRTIO_BLK_S_IOERR;
}

static void start(struct blk_queue *bq, struct blk_req *r);

/* The one on its way is done: the next, if there is one. */
static void flush_next(struct blk_queue *bq)
{
	struct blk_req *r;

	bq->flushing = false;
	while (!bq->flushing && (r = bq->flushes)) {
		bq->flushes = r->next;
		if (cannot_flush(bq))
			finish(bq, r, VIRTIO_BLK_S_IOERR);
		else
			start(bq, r);
	}
}

/* The engine has done r->io. */
static void done(struct blk_queue *bq, struct blk_req *r)
{
	bool flush = r->type == VIRTIO_BLK_T_FLUSH;
	int status;

	if (r->type == VIRTIO_BLK_T_WRITE_ZEROES &&
	    r->io.op == BLK_FALLOCATE && r->io.result == -EOPNOTSUPP) {
		r->io.op = BLK_ZERO;
		blk_io_now(&bq->file, &r->io);
	}
	status = r->io.result ? host_failed(bq, r) : VIRTIO_BLK_S_OK;
	/* one of another queue may have failed meanwhile */
	if (flush && cannot_flush(bq))
		status = VIRTIO_BLK_S_IOERR;
	finish(bq, r, status);
	if (flush)
		flush_next(bq);
}

static void start(struct blk_queue *bq, struct blk_req *r)
{
	if (r->type == VIRTIO_BLK_T_FLUSH) {
		if (bq->flushing) {
			r->next = bq->flushes;
			bq->flushes = r;
			return;
		}
		bq->flushing = true;
	}
	if (bq->engine->ops->start(bq->engine, &r->io))
		done(bq, r);
}

/*
 * The status is the last byte that the device may write, 5.2.6; what is before
 * it stays in the chain.  Return: false without one.
 */
static bool take_status(struct blk_req *r)
{
	struct iovec *iov = vq_iov_in(&r->chain);
	unsigned int i = r->chain.nr_in;

	while (i && !iov[i - 1].iov_len)
		i--;
	if (!i)
		return false;
	iov[i - 1].iov_len--;
	r->status = (uint8_t *)iov[i - 1].iov_base + iov[i - 1].iov_len;
	r->chain.nr_in = iov[i - 1].iov_len ? i : i - 1;
	return true;
}

static int parse(struct blk_queue *bq, struct blk_req *r)
{
	struct virtio_blk_outhdr hdr;

	if (iov_read(r->chain.iov, r->chain.nr_out, 0, &hdr, sizeof(hdr)) <
	    sizeof(hdr))
		return VIRTIO_BLK_S_IOERR;
	r->type = le32toh(hdr.type);
	if (r->type >= ARRAY_SIZE(types) || !types[r->type].fn)
		return VIRTIO_BLK_S_UNSUPP;
	return types[r->type].fn(bq, r, le64toh(hdr.sector));
}

static void begin(struct blk_queue *bq, struct blk_req *r)
{
	int status;

	r->io = (struct blk_io){ .nr = 0 };
	r->reads = 0;
	if (!take_status(r)) {
		vq_push(&bq->q->vq, &r->chain, 0);
		put(bq, r);
		return;
	}
	status = parse(bq, r);
	if (status != START)
		finish(bq, r, status);
	else
		start(bq, r);
}

static struct blk_req *slot(struct blk_queue *bq)
{
	struct blk_req *r = bq->free;

	if (r) {
		bq->free = r->next;
		return r;
	}
	assert(bq->fresh < SLOTS);
	r = &bq->slots[bq->fresh];
	r->chain.iov = bq->iov[bq->fresh++];
	return r;
}

/* Return: false when there is no request. */
static bool take(struct blk_queue *bq)
{
	struct blk_req *r = slot(bq);

	if (!vdev_pop(bq->q, &r->chain)) {
		put(bq, r);
		return false;
	}
	begin(bq, r);
	return true;
}

/*
 * The engine gets what it has kept, and gives what is done; to which it may have to
 * add something, such as the rest of a short read.
 */
static void turn(struct blk_queue *bq)
{
	struct blk_io *io;
	int rc = bq->engine->ops->submit(bq->engine);

	while ((io = bq->engine->ops->reap(bq->engine)))
		done(bq, container_of(io, struct blk_req, io));
	rc |= bq->engine->ops->submit(bq->engine);
	vdev_signal(bq->q);
	/* the kernel is short of memory: others first, then again */
	if (rc)
		vdev_again(bq->q);
}

/* All that there is, but not for ever: then others of this thread's. */
static void serve(struct blk_queue *bq)
{
	unsigned int nr, batches = 0;

	vq_kicks_off(&bq->q->vq);
	do {
		for (nr = 0; nr < BATCH && take(bq); nr++)
			;
		turn(bq);
		if (++batches > VQ_SIZE_MAX / BATCH) {
			vdev_again(bq->q);
			return;
		}
	} while (nr == BATCH || vq_kicks_on(&bq->q->vq));
}

static void blk_kick(struct vdev_queue *q)
{
	serve(to_queue(q));
}

static void blk_event(struct worker_source *src, uint32_t events)
{
	struct blk_queue *bq = container_of(src, struct blk_queue, event);

	(void)events;
	turn(bq);
}

/* Life */

static int blk_queue_start(struct vdev_queue *q)
{
	struct blk_queue *bq = to_queue(q);
	int rc = bq->engine->ops->enable(bq->engine);

	bq->durable = !vdev_has(q->dev, VIRTIO_BLK_F_FLUSH);
	if (!rc && bq->event.fd >= 0)
		rc = worker_watch(q->worker, &bq->event, EPOLLIN);
	if (rc)
		log_guest(&q->dev->start_log, "%s: queue %u cannot start: %s",
			  q->dev->name, q->index, err_name(rc));
	return rc;
}

/* What is on its way ends as it would; the driver does not hear of it. */
static void blk_queue_stop(struct vdev_queue *q)
{
	struct blk_queue *bq = to_queue(q);
	struct blk_req *r;
	struct blk_io *io;

	while ((io = bq->engine->ops->wait(bq->engine))) {
		r = container_of(io, struct blk_req, io);
		note_flush(bq, r);
		put(bq, r);
	}
	while ((r = bq->flushes)) {
		bq->flushes = r->next;
		put(bq, r);
	}
	bq->flushing = false;
	if (bq->event.fd >= 0)
		worker_unwatch(q->worker, &bq->event);
}

static void blk_config_read(struct vdev *dev, uint32_t offset, void *buf,
			    uint32_t len)
{
	const struct blk *blk = to_blk(dev);
	const struct blk_file *f = &blk->file;
	struct virtio_blk_config config = {
		.capacity = htole64(capacity(blk)),
		.seg_max = htole32(SEG_MAX),
		.blk_size = htole32(f->block_size),
		.physical_block_exp = (uint8_t)__builtin_ctz(f->physical_size /
							     f->block_size),
		.min_io_size = htole16((uint16_t)(f->physical_size /
						  f->block_size)),
		.num_queues = htole16((uint16_t)dev->nr_queues),
		.max_discard_sectors = htole32(DISCARD_MAX),
		.max_discard_seg = htole32(1),
		.discard_sector_alignment =
			htole32(f->physical_size / BLK_SECTOR),
		.max_write_zeroes_sectors = htole32(DISCARD_MAX),
		.max_write_zeroes_seg = htole32(1),
		.write_zeroes_may_unmap = blk->discard,
	};

	memcpy(buf, (char *)&config + offset, len);
}

static void blk_destroy(struct vdev *dev)
{
	struct blk *blk = to_blk(dev);
	struct blk_queue *bq;

	for (bq = blk->queue; bq < blk->queue + BLK_QUEUES_MAX; bq++) {
		if (bq->engine)
			bq->engine->ops->free(bq->engine);
		if (bq->slots)
			munmap(bq->slots, SLOTS * sizeof(*bq->slots));
		if (bq->iov)
			munmap(bq->iov, SLOTS * sizeof(*bq->iov));
		blk_file_again_close(&bq->file);
	}
	blk_file_close(&blk->file);
	free(blk->path);
	free(blk);
}

static const struct vdev_ops blk_ops = {
	.id = VIRTIO_ID_BLOCK,
	.pci_class = 0x01,	/* mass storage controller */
	.pci_subclass = 0x80,	/* other */
	.config_read = blk_config_read,
	.queue_start = blk_queue_start,
	.queue_stop = blk_queue_stop,
	.kick = blk_kick,
	.destroy = blk_destroy,
};

/* Making one */

static uint64_t features(const struct blk_options *o)
{
	uint64_t bits = BIT(VIRTIO_BLK_F_SEG_MAX) | BIT(VIRTIO_BLK_F_BLK_SIZE) |
			BIT(VIRTIO_BLK_F_TOPOLOGY);

	if (o->queues > 1)
		bits |= BIT(VIRTIO_BLK_F_MQ);
	if (o->ro)
		return bits | BIT(VIRTIO_BLK_F_RO);
	if (o->discard)
		bits |= BIT(VIRTIO_BLK_F_DISCARD);
	return bits | BIT(VIRTIO_BLK_F_FLUSH) | BIT(VIRTIO_BLK_F_WRITE_ZEROES);
}

/*
 * Auto: a file in memory has nothing to wait for, and tmpfs would have each
 * request handed to another thread.
 */
static int make_engine(const struct blk_file *f, enum blk_engine_kind kind,
		       struct blk_engine **ret, struct err *e)
{
	int rc = -ENOSYS;

	if (kind == BLK_ENGINE_URING ||
	    (kind == BLK_ENGINE_AUTO && !f->in_memory))
		rc = blk_uring_new(f, VQ_SIZE_MAX, ret);
	if (rc && kind == BLK_ENGINE_URING)
		return err_host(e, rc, "io_uring is not possible here (%s): Linux 6.1 or later has to allow it (sysctl kernel.io_uring_disabled); leave it to the default otherwise",
				err_name(rc));
	if (rc)
		rc = blk_sync_new(f, ret);
	return rc ? err_fault(e, rc, "disk") : 0;
}

/* Reserved, not touched: a page that no request needed takes no memory. */
static int reserve(size_t size, void *ret)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	*(void **)ret = p;
	return 0;
}

static int make_queue(struct blk *blk, unsigned int index,
		      enum blk_engine_kind kind, struct err *e)
{
	struct blk_queue *bq = &blk->queue[index];
	int rc = blk_file_again(&blk->file, &bq->file);

	if (rc)
		return err_fault(e, rc, "queue %u of a disk", index);
	rc = make_engine(&bq->file, kind, &bq->engine, e);
	if (rc)
		return rc;
	bq->blk = blk;
	bq->q = &blk->dev.queue[index];
	bq->event = (struct worker_source){ .fd = bq->engine->event_fd,
					    .fn = blk_event };
	rc = reserve(SLOTS * sizeof(*bq->slots), &bq->slots);
	if (!rc)
		rc = reserve(SLOTS * sizeof(*bq->iov), &bq->iov);
	if (!rc)
		rc = vdev_add_worker(&blk->dev);
	if (rc >= 0)
		rc = vdev_add_queue(&blk->dev, &blk->dev.worker[rc]);
	return rc ? err_fault(e, rc, "queue %u of a disk", index) : 0;
}

static int make_queues(struct blk *blk, const struct blk_options *o,
		       struct err *e)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < o->queues && !rc; i++)
		rc = make_queue(blk, i, o->engine, e);
	return rc;
}

static int set_up(struct blk *blk, const struct blk_options *o, struct err *e)
{
	const struct blk_file_options file = { .path = o->path, .ro = o->ro,
		.direct = o->direct, .raw = o->raw };
	int rc = blk_file_open(&file, &blk->file, e);

	if (rc)
		return rc;
	blk->path = strdup(o->path);
	if (!blk->path)
		return err_fault(e, -ENOMEM, "disk %s", o->path);
	if (o->serial)
		memcpy(blk->serial, o->serial,
		       strnlen(o->serial, BLK_SERIAL_MAX));
	blk->discard = o->discard;
	blk->dev.offered |= features(o);
	if (!o->packed)
		blk->dev.offered &= ~BIT(VIRTIO_F_RING_PACKED);
	blk->dev.config_size = CONFIG_SIZE;
	rc = make_queues(blk, o, e);
	return rc ? err_wrap(e, rc, "%s", o->path) : 0;
}

int blk_create(const struct blk_options *o, const char *name,
	       struct vdev **ret, struct err *e)
{
	struct blk *blk;
	int rc;

	if (!o->queues || o->queues > BLK_QUEUES_MAX)
		return err_config(e, "%s: a disk has 1 to %d queues", o->path,
				  BLK_QUEUES_MAX);
	blk = calloc(1, sizeof(*blk));
	if (!blk)
		return err_fault(e, -ENOMEM, "disk %s", o->path);
	blk_file_none(&blk->file);
	vdev_init(&blk->dev, &blk_ops, name);
	rc = set_up(blk, o, e);
	if (rc) {
		vdev_destroy(&blk->dev);
		return rc;
	}
	*ret = &blk->dev;
	return 0;
}
