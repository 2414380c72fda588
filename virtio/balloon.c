// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * balloon - the memory balloon
 *
 * Pages that the guest gives up are taken from it by madvise(2): they read as
 * zeros when it touches them again, whenever that is, and nothing has to be
 * done before.  The device keeps no list of them, so that there is nothing to
 * grow.
 *
 * The guest counts in pages of 4 KiB.  Where the host's pages are larger, only
 * a whole one can be taken: balloon_page remembers what parts of one host page
 * have been given up so far.  It is one page: guests give up pages by the run.
 * Parts of a page that is forgotten stay where they are, which costs the host
 * a page and the guest nothing.
 *
 * Statistics: the driver leaves one buffer with the device, and gets it back
 * when new ones are wanted.
 *
 * The worker must not take dev->lock: a vCPU thread holds it while it waits for
 * the worker (vdev_run.h).  So what the event loop wants to know has a lock of
 * its own, or is atomic.
 */
#include "balloon.h"

#include <assert.h>
#include <errno.h>
#include <linux/virtio_balloon.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "iov.h"
#include "util.h"

#define BALLOON_PAGE	SZ_4K		/* 5.5.6: whatever the guest's is */
/*
 * Page numbers taken of one request; Linux sends 256, FreeBSD 1024.  What is
 * beyond stays with the guest.
 */
#define BALLOON_REQUEST_MAX 4096
#define BALLOON_PIECE	256		/* copied at a time */
#define BALLOON_STATS_MAX 64		/* looked at in one request */

/*
 * 5.5.2.  The specification numbers queues by what they are for.  Linux, and
 * QEMU for it, leave out those whose feature is missing: page reporting, which
 * is queue 4, is then queue 3 or 2.
 */
enum {
	BALLOON_INFLATE,
	BALLOON_DEFLATE,
	BALLOON_STATS,
	BALLOON_FREE_PAGE,	/* its feature is not offered */
	BALLOON_REPORTING,
	BALLOON_QUEUES
};

/* Parts of one host page that the guest has given up; guest addresses. */
struct balloon_page {
	uint64_t base;
	uint64_t parts;		/* bit n: 4 KiB at n * BALLOON_PAGE; 0: none */
};

/* Pages that lie together, to be released by one system call. */
struct balloon_run {
	uint64_t start, end;	/* guest addresses; equal: none */
};

struct balloon {
	struct vdev dev;
	uint64_t host_page;	/* bytes */
	/* the worker's */
	struct balloon_page page;
	struct iovec iov[VQ_SIZE_MAX];
	struct vq_chain held;	/* the buffer for statistics: its head */
	bool holds;
	struct log_limit too_much, failed;
	/* any thread's; in pages of BALLOON_PAGE */
	_Atomic uint32_t target;	/* written by the event loop */
	_Atomic uint32_t actual;	/* by the driver */
	_Atomic uint64_t reported;	/* by the worker */
	_Atomic bool wanted;	/* new statistics */
	pthread_mutex_t lock;	/* guards all below */
	int64_t when_ms;
	uint64_t stat[BALLOON_STAT_NUM];
};

static struct balloon *balloon_of(struct vdev *dev)
{
	return container_of(dev, struct balloon, dev);
}

/*
 * To the host
 */

/*
 * What a memfd holds is shared with other processes and belongs to nobody's
 * mapping: it has to be taken out of the file.
 */
static void balloon_madvise(struct balloon *b, void *host, uint64_t len)
{
	int advice = b->dev.mem->shared ? MADV_REMOVE : MADV_DONTNEED;

	if (madvise(host, len, advice))
		log_guest(&b->failed, "%s: %llu KiB of the guest's memory cannot be given back: %s",
			  b->dev.name, (unsigned long long)(len >> 10),
			  err_name(errno));
}

/* A range of whole host pages by guest address, any value. */
static void balloon_release(struct balloon *b, uint64_t gpa, uint64_t len)
{
	void *host;

	if (len && !gmem_slice(b->dev.mem, gpa, len, &host))
		balloon_madvise(b, host, len);
}

static void balloon_flush(struct balloon *b, struct balloon_run *run)
{
	balloon_release(b, run->start, run->end - run->start);
	run->start = run->end = 0;
}

/* Guests give up neighbours one after the other, in either direction. */
static void balloon_add(struct balloon *b, struct balloon_run *run,
			uint64_t gpa, uint64_t len)
{
	if (gpa == run->end && run->end != run->start) {
		run->end += len;
	} else if (gpa + len == run->start && run->end != run->start) {
		run->start = gpa;
	} else {
		balloon_flush(b, run);
		*run = (struct balloon_run){ gpa, gpa + len };
	}
}

/* All parts of a host page, of which there are at most 64. */
static uint64_t balloon_all_parts(const struct balloon *b)
{
	uint64_t nr = b->host_page / BALLOON_PAGE;

	return UINT64_MAX >> (64 - nr);
}

static uint64_t balloon_part(const struct balloon *b, uint64_t gpa)
{
	return BIT(gpa % b->host_page / BALLOON_PAGE);
}

static void balloon_give(struct balloon *b, struct balloon_run *run,
			 uint64_t gpa)
{
	struct balloon_page *page = &b->page;
	uint64_t base = ALIGN_DOWN(gpa, b->host_page);

	if (page->base != base)
		*page = (struct balloon_page){ .base = base };
	page->parts |= balloon_part(b, gpa);
	if (page->parts != balloon_all_parts(b))
		return;
	page->parts = 0;
	balloon_add(b, run, base, b->host_page);
}

/* The guest uses it again: it is no part of what may be released. */
static void balloon_take(struct balloon *b, struct balloon_run *run,
			 uint64_t gpa)
{
	(void)run;
	if (b->page.base == ALIGN_DOWN(gpa, b->host_page))
		b->page.parts &= ~balloon_part(b, gpa);
}

static void balloon_pages(struct balloon *b, const struct vq_chain *c,
			  void (*fn)(struct balloon *b,
				     struct balloon_run *run, uint64_t gpa))
{
	struct balloon_run run = { 0 };
	uint32_t pfn[BALLOON_PIECE];
	uint64_t done = 0;
	size_t i, nr;

	do {
		nr = iov_read(c->iov, c->nr_out, done * sizeof(*pfn), pfn,
			      sizeof(pfn)) / sizeof(*pfn);
		for (i = 0; i < nr; i++)
			fn(b, &run, pfn[i] * BALLOON_PAGE);
		done += nr;
	} while (nr == BALLOON_PIECE && done < BALLOON_REQUEST_MAX);
	balloon_flush(b, &run);
	if (iov_bytes(c->iov, c->nr_out) / sizeof(*pfn) > BALLOON_REQUEST_MAX)
		log_guest(&b->too_much, "%s: the guest lists more than %u pages in one request; the rest is left alone",
			  b->dev.name, BALLOON_REQUEST_MAX);
}

/* 5.5.6.1: a driver that need not tell may use a part again that is remembered
 * here as given up. */
static uint32_t balloon_inflate(struct vdev_queue *q, struct vq_chain *c)
{
	struct balloon *b = balloon_of(q->dev);

	if (b->host_page == BALLOON_PAGE ||
	    vdev_has(q->dev, VIRTIO_BALLOON_F_MUST_TELL_HOST))
		balloon_pages(b, c, balloon_give);
	return 0;
}

static uint32_t balloon_deflate(struct vdev_queue *q, struct vq_chain *c)
{
	balloon_pages(balloon_of(q->dev), c, balloon_take);
	return 0;
}

/* 5.5.6.7: the buffers themselves are what is free; checked by the queue. */
static uint32_t balloon_report(struct vdev_queue *q, struct vq_chain *c)
{
	struct balloon *b = balloon_of(q->dev);
	const struct iovec *iov = vq_iov_in(c);
	uint64_t bytes = 0;
	unsigned int i;

	for (i = 0; i < c->nr_in; i++) {
		uint64_t start = (uintptr_t)iov[i].iov_base;
		uint64_t end = ALIGN_DOWN(start + iov[i].iov_len,
					  b->host_page);

		start = ALIGN_UP(start, b->host_page);
		if (start >= end)
			continue;
		balloon_madvise(b, (void *)(uintptr_t)start, end - start);
		bytes += end - start;
	}
	b->reported += bytes / BALLOON_PAGE;
	return 0;
}

/*
 * Statistics
 */

static const char *const balloon_stat_names[] = {
	[BALLOON_SWAP_IN] = "swap_in",
	[BALLOON_SWAP_OUT] = "swap_out",
	[BALLOON_MAJOR_FAULTS] = "major_faults",
	[BALLOON_MINOR_FAULTS] = "minor_faults",
	[BALLOON_FREE] = "free",
	[BALLOON_TOTAL] = "total",
	[BALLOON_AVAILABLE] = "available",
	[BALLOON_CACHES] = "caches",
	[BALLOON_HUGE_ALLOCATED] = "huge_allocated",
	[BALLOON_HUGE_FAILED] = "huge_failed",
};

static_assert(ARRAY_SIZE(balloon_stat_names) == BALLOON_STAT_NUM &&
	      (int)BALLOON_STAT_NUM == VIRTIO_BALLOON_S_NR &&
	      (int)BALLOON_CACHES == VIRTIO_BALLOON_S_CACHES,
	      "kinds of statistics are tags");

const char *balloon_stat_name(enum balloon_stat stat)
{
	return balloon_stat_names[stat];
}

static int64_t balloon_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

/* Under b->lock. */
static void balloon_forget_stats(struct balloon *b)
{
	b->when_ms = 0;
	memset(b->stat, 0xff, sizeof(b->stat));
}

static void balloon_read_stats(struct balloon *b, const struct vq_chain *c)
{
	struct virtio_balloon_stat stat[BALLOON_STATS_MAX];
	size_t i, nr = iov_read(c->iov, c->nr_out, 0, stat, sizeof(stat)) /
		       sizeof(stat[0]);

	pthread_mutex_lock(&b->lock);
	balloon_forget_stats(b);
	b->when_ms = balloon_now();
	for (i = 0; i < nr; i++)
		if (stat[i].tag < BALLOON_STAT_NUM)
			b->stat[stat[i].tag] = stat[i].val;
	pthread_mutex_unlock(&b->lock);
}

/*
 * One buffer is kept, and given back when statistics are wanted.  A driver that
 * adds more finds them in the queue still.
 */
static void balloon_stats(struct balloon *b, struct vdev_queue *q)
{
	if (b->holds && atomic_exchange(&b->wanted, false)) {
		vq_push(&q->vq, &b->held, 0);
		b->holds = false;
		vdev_signal(q);
	}
	if (b->holds)
		return;
	b->held.iov = b->iov;
	do {
		b->holds = vdev_pop(q, &b->held);
	} while (!b->holds && vq_kicks_on(&q->vq));
	if (b->holds)
		balloon_read_stats(b, &b->held);
}

/*
 * The device
 */

static void balloon_kick(struct vdev_queue *q)
{
	struct balloon *b = balloon_of(q->dev);

	if (q->index == BALLOON_INFLATE)
		vdev_serve(q, b->iov, balloon_inflate);
	else if (q->index == BALLOON_DEFLATE)
		vdev_serve(q, b->iov, balloon_deflate);
	else if (q->index == BALLOON_STATS &&
		 vdev_has(q->dev, VIRTIO_BALLOON_F_STATS_VQ))
		balloon_stats(b, q);
	else if (vdev_has(q->dev, VIRTIO_BALLOON_F_REPORTING))
		vdev_serve(q, b->iov, balloon_report);
}

static void balloon_queue_stop(struct vdev_queue *q)
{
	struct balloon *b = balloon_of(q->dev);

	if (q->index == BALLOON_STATS)
		b->holds = false;
	if (q->index == BALLOON_INFLATE)
		b->page.parts = 0;
}

/* The balloon of a driver that is gone holds nothing. */
static void balloon_stop(struct vdev *dev)
{
	struct balloon *b = balloon_of(dev);

	b->actual = 0;
	b->reported = 0;
	pthread_mutex_lock(&b->lock);
	balloon_forget_stats(b);
	pthread_mutex_unlock(&b->lock);
}

static void balloon_config_read(struct vdev *dev, uint32_t offset, void *buf,
				uint32_t len)
{
	const struct virtio_balloon_config config = {
		.num_pages = balloon_of(dev)->target,
		.actual = balloon_of(dev)->actual,
	};

	memcpy(buf, (const uint8_t *)&config + offset, len);
}

/* 5.5.4: the driver writes what the balloon holds, and nothing else. */
static void balloon_config_write(struct vdev *dev, uint32_t offset,
				 const void *buf, uint32_t len)
{
	uint32_t actual;

	if (offset != offsetof(struct virtio_balloon_config, actual) ||
	    len != sizeof(actual))
		return;
	memcpy(&actual, buf, sizeof(actual));
	balloon_of(dev)->actual = actual;
}

static void balloon_destroy(struct vdev *dev)
{
	struct balloon *b = balloon_of(dev);

	pthread_mutex_destroy(&b->lock);
	free(b);
}

static const struct vdev_ops balloon_ops = {
	.id = VIRTIO_ID_BALLOON,
	.pci_class = 0xff,
	.config_read = balloon_config_read,
	.config_write = balloon_config_write,
	.stop = balloon_stop,
	.queue_stop = balloon_queue_stop,
	.kick = balloon_kick,
	.destroy = balloon_destroy,
};

void balloon_set_target(struct vdev *dev, uint64_t bytes)
{
	struct balloon *b = balloon_of(dev);
	uint64_t pages = bytes / BALLOON_PAGE;

	if (pages > UINT32_MAX)
		pages = UINT32_MAX;
	if (atomic_exchange(&b->target, (uint32_t)pages) != pages)
		vdev_config_changed(dev);
}

void balloon_get_state(struct vdev *dev, struct balloon_state *ret)
{
	struct balloon *b = balloon_of(dev);

	ret->target = b->target * BALLOON_PAGE;
	ret->actual = b->actual * BALLOON_PAGE;
	ret->reported = b->reported * BALLOON_PAGE;
	ret->has_driver = dev->status & VIRTIO_CONFIG_S_DRIVER_OK;
	pthread_mutex_lock(&b->lock);
	ret->when_ms = b->when_ms;
	memcpy(ret->stat, b->stat, sizeof(ret->stat));
	pthread_mutex_unlock(&b->lock);
}

void balloon_ask_stats(struct vdev *dev)
{
	atomic_store(&balloon_of(dev)->wanted, true);
	vdev_again(&dev->queue[BALLOON_STATS]);
}

int balloon_create(const char *name, uint64_t host_page, struct vdev **ret,
		   struct err *e)
{
	struct balloon *b = calloc(1, sizeof(*b));
	int i, r = 0;

	if (!b)
		return err_fault(e, -ENOMEM, "making %s", name);
	vdev_init(&b->dev, &balloon_ops, name);
	b->dev.offered |= BIT(VIRTIO_BALLOON_F_STATS_VQ) |
			  BIT(VIRTIO_BALLOON_F_DEFLATE_ON_OOM) |
			  BIT(VIRTIO_BALLOON_F_REPORTING);
	b->dev.config_size = sizeof(struct virtio_balloon_config);
	pthread_mutex_init(&b->lock, NULL);
	b->host_page = host_page;
	if (host_page > BALLOON_PAGE)
		b->dev.offered |= BIT(VIRTIO_BALLOON_F_MUST_TELL_HOST);
	balloon_forget_stats(b);
	vdev_add_worker(&b->dev);
	for (i = 0; !r && i < BALLOON_QUEUES; i++)
		r = vdev_add_queue(&b->dev, &b->dev.worker[0]);
	if (r) {
		vdev_destroy(&b->dev);
		return err_fault(e, r, "making %s", name);
	}
	*ret = &b->dev;
	return 0;
}
