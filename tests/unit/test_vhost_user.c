// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost_user: what a back-end is told, and one that does not behave
 */
#include "virtio/vhost_user.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "driver_t.h"
#include "ear.h"
#include "fake_backend.h"
#include "t.h"
#include "util.h"

#define BASE	UINT64_C(0x80000000)
#define SIZE	UINT64_C(0x400000)

struct rig {
	struct fake_backend backend;
	struct fake_backend next[2];	/* in its place, one after the other */
	unsigned int nr_next;
	struct gmem mem;
	struct vhost_user vu;
	struct vdev dev;
	struct err err;
	struct driver_t driver;
};

static struct rig *rig_of(struct vdev *dev)
{
	return container_of(dev, struct rig, dev);
}

static int start(struct vdev *dev)
{
	return vhost_user_start(&rig_of(dev)->vu, &dev->worker[0]);
}

static int queue_start(struct vdev_queue *q)
{
	return vhost_user_queue_start(&rig_of(q->dev)->vu, q);
}

static void queue_stop(struct vdev_queue *q)
{
	vhost_user_queue_stop(&rig_of(q->dev)->vu, q);
}

static void stop(struct vdev *dev)
{
	vhost_user_stop(&rig_of(dev)->vu);
}

static void destroy(struct vdev *dev)
{
	vhost_user_fini(&rig_of(dev)->vu);
}

static const struct vdev_ops ops = {
	.id = VIRTIO_ID_FS,
	.start = start,
	.stop = stop,
	.queue_start = queue_start,
	.queue_stop = queue_stop,
	.destroy = destroy,
};

static int rig_init(struct rig *rig)
{
	int r;

	vdev_init(&rig->dev, &ops, "test0");
	rig->dev.external = true;
	ck_assert_int_ge(vdev_add_worker(&rig->dev), 0);
	ck_assert_int_eq(vdev_add_queue(&rig->dev, NULL), 0);
	ck_assert_int_eq(vdev_add_queue(&rig->dev, NULL), 0);
	r = vhost_user_init(&rig->vu, &rig->dev, "the other end",
			    fake_backend_start(&rig->backend), &rig->err);
	rig->vu.timeout_ms = 1000;	/* for a start as a whole, on a busy machine */
	ck_assert_int_eq(gmem_init_shared(&rig->mem, BASE, SIZE), 0);
	ck_assert_int_eq(vdev_start_workers(&rig->dev), 0);
	driver_attach(&rig->driver, &rig->dev, &rig->mem);
	return r;
}

static void rig_fini(struct rig *rig)
{
	vdev_destroy(&rig->dev);
	fake_backend_stop(&rig->backend);
	while (rig->nr_next)
		fake_backend_stop(&rig->next[--rig->nr_next]);
	gmem_fini(&rig->mem);
	free(rig);
}

static struct rig *rig_new(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	ck_assert_ptr_nonnull(rig);
	fake_backend_init(&rig->backend);
	return rig;
}

static struct rig *rig_good(void)
{
	struct rig *rig = rig_new();

	ck_assert_int_eq(rig_init(rig), 0);
	rig->dev.offered = vhost_user_offer(&rig->vu, rig->dev.offered, 0);
	return rig;
}

static void drive(struct rig *rig)
{
	driver_start(&rig->dev, 2);
}

static bool needs_reset(struct rig *rig)
{
	return driver_needs_reset(&rig->dev);
}

/* On the device's thread; what it had to do before is done then. */
static void turn_of(struct rig *rig, void (*fn)(void *arg))
{
	worker_call(&rig->dev.worker[0], fn, rig);
}

static void nothing(void *arg)
{
	(void)arg;
}

START_TEST(the_first_words)
{
	struct rig *rig = rig_good();

	ck_assert_uint_eq(rig->vu.max_queues, FAKE_QUEUES);
	ck_assert_uint_eq(rig->backend.set_protocol, BIT(0) | BIT(3));
	ck_assert_uint_eq(fake_backend_saw(&rig->backend, 3), 1);
	/* what the back-end lacks is not offered, nor is its bit 30 */
	ck_assert_uint_eq(rig->dev.offered, BIT(32) | BIT(28));
	ck_assert_uint_eq(vhost_user_offer(&rig->vu, BIT(34), BIT(28) | 1),
			  BIT(28));
	rig_fini(rig);
}
END_TEST

START_TEST(queues_and_memory_are_handed_over)
{
	struct rig *rig = rig_good();
	const struct fake_queue *q = &rig->backend.queue[1];
	struct stat ours, theirs;

	drive(rig);
	ck_assert(!needs_reset(rig));
	ck_assert_uint_eq(rig->backend.set_features,
			  BIT(32) | BIT(30) | BIT(28));
	ck_assert_uint_eq(rig->backend.gpa, BASE);
	ck_assert_uint_eq(rig->backend.size, SIZE);
	ck_assert_uint_eq(rig->backend.user, BASE);
	ck_assert_uint_eq(rig->backend.offset, 0);
	ck_assert_int_eq(fstat(rig->mem.fd, &ours), 0);
	ck_assert_int_eq(fstat(rig->backend.mem_fd, &theirs), 0);
	ck_assert_uint_eq(ours.st_ino, theirs.st_ino);
	ck_assert_uint_eq(q->num, 64);
	ck_assert_uint_eq(q->base, 0);
	ck_assert_uint_eq(q->desc, BASE + 0x10000);
	ck_assert_uint_eq(q->avail, BASE + 0x11000);
	ck_assert_uint_eq(q->used, BASE + 0x12000);
	ck_assert_uint_eq(q->enabled, 1);
	rig_fini(rig);
}
END_TEST

static bool called(struct vdev *dev)
{
	eventfd_t n;

	return !eventfd_read(dev->queue[1].call_fd, &n);
}

START_TEST(a_kick_comes_back_as_an_interrupt)
{
	struct rig *rig = rig_good();

	drive(rig);
	/* the first kick is ours: it starts the ring */
	ck_assert(driver_soon(&rig->dev, called));
	vdev_notify(&rig->dev, 1);
	ck_assert(driver_soon(&rig->dev, called));
	rig_fini(rig);
}
END_TEST

START_TEST(a_reset_takes_the_queues_back_and_may_be_repeated)
{
	struct rig *rig = rig_good();
	unsigned int i;

	for (i = 1; i <= 4; i++) {
		drive(rig);
		ck_assert(!needs_reset(rig));
		vdev_set_status(&rig->dev, 0);
		ck_assert_uint_eq(fake_backend_saw(&rig->backend, 11),
				  UINT64_C(2) * i);
		ck_assert_uint_eq(rig->backend.queue[0].enabled, 0);
		ck_assert_int_eq(rig->backend.queue[1].kick, -1);
	}
	rig_fini(rig);
}
END_TEST

/*
 * Nobody tells the back-end that the device needs a reset.  That the driver has
 * given up it is told, by the loss of its queues.
 */
START_TEST(a_driver_that_gives_up_has_its_queues_taken_back)
{
	static const uint32_t over = VIRTIO_CONFIG_S_NEEDS_RESET |
				     VIRTIO_CONFIG_S_FAILED;
	struct rig *rig = rig_good();

	drive(rig);
	vdev_fault(&rig->dev, NULL, "wanted by the test");
	ck_assert_uint_eq(fake_backend_saw(&rig->backend, 11), 0);
	vdev_set_status(&rig->dev, vdev_status(&rig->dev) | over);
	ck_assert_uint_eq(vdev_status(&rig->dev) & over, over);
	ck_assert_uint_eq(fake_backend_saw(&rig->backend, 11), 2);
	ck_assert_uint_eq(rig->backend.queue[0].enabled, 0);
	drive(rig);
	ck_assert(!needs_reset(rig));
	rig_fini(rig);
}
END_TEST

START_TEST(new_memory_for_a_new_vm)
{
	struct rig *rig = rig_good();
	struct gmem other;

	drive(rig);
	ck_assert_int_eq(gmem_init_shared(&other, BASE, 2 * SIZE), 0);
	vdev_detach(&rig->dev);
	driver_attach(&rig->driver, &rig->dev, &other);
	drive(rig);
	ck_assert(!needs_reset(rig));
	ck_assert_uint_eq(rig->backend.size, 2 * SIZE);
	vdev_detach(&rig->dev);
	gmem_fini(&other);
	rig_fini(rig);
}
END_TEST

START_TEST(private_memory_is_refused)
{
	struct rig *rig = rig_good();

	gmem_fini(&rig->mem);
	ck_assert_int_eq(gmem_init(&rig->mem, BASE, SIZE), 0);
	drive(rig);
	ck_assert(needs_reset(rig));
	ck_assert_uint_eq(fake_backend_saw(&rig->backend, 5), 0);
	rig_fini(rig);
}
END_TEST

START_TEST(an_old_back_end_without_protocol_features)
{
	struct rig *rig = rig_new();

	rig->backend.features = BIT(32);
	ck_assert_int_eq(rig_init(rig), 0);
	rig->dev.offered = vhost_user_offer(&rig->vu, rig->dev.offered, 0);
	drive(rig);
	vdev_set_status(&rig->dev, 0);	/* which waits for an answer */
	ck_assert(rig->vu.max_queues == UINT64_MAX);
	ck_assert_uint_eq(rig->backend.set_features, BIT(32));
	ck_assert_uint_eq(fake_backend_saw(&rig->backend, 15), 0);
	ck_assert_uint_eq(fake_backend_saw(&rig->backend, 18), 0);
	ck_assert_uint_eq(fake_backend_saw(&rig->backend, 11), 2);
	rig_fini(rig);
}
END_TEST

START_TEST(a_legacy_back_end_is_refused)
{
	struct rig *rig = rig_new();

	rig->backend.features = BIT(30);
	ck_assert_int_eq(rig_init(rig), -ENOTSUP);
	ck_assert_int_eq(rig->err.kind, ERR_HOST);
	ck_assert_ptr_nonnull(strstr(rig->err.text, "virtio 1.0"));
	rig_fini(rig);
}
END_TEST

static const struct {
	enum fake_fault fault;
	int want;
} init_faults[] = {
	{ FAKE_CLOSE, -ECONNRESET },
	{ FAKE_WRONG_REQUEST, -EPROTO },
	{ FAKE_WRONG_SIZE, -EPROTO },
	{ FAKE_WRONG_FLAGS, -EPROTO },
};

START_TEST(bad_first_answers)
{
	static const uint32_t requests[] = { 1, 15, 17 };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(init_faults); i++) {
		for (j = 0; j < ARRAY_SIZE(requests); j++) {
			struct rig *rig = rig_new();

			rig->backend.fault = init_faults[i].fault;
			rig->backend.at = requests[j];
			ck_assert_int_eq(rig_init(rig), init_faults[i].want);
			ck_assert_ptr_nonnull(strstr(rig->err.text,
						     "test0: the other end"));
			rig_fini(rig);
		}
	}
}
END_TEST

static const enum fake_fault run_faults[] = {
	FAKE_SILENT, FAKE_CLOSE, FAKE_REFUSE, FAKE_WRONG_REQUEST,
	FAKE_WRONG_SIZE, FAKE_WRONG_FLAGS, FAKE_HALF,
};

static void lose(enum fake_fault fault, uint32_t request)
{
	struct rig *rig = rig_new();

	rig->backend.fault = fault;
	rig->backend.at = request;
	ck_assert_int_eq(rig_init(rig), 0);
	rig->dev.offered = vhost_user_offer(&rig->vu, rig->dev.offered, 0);
	drive(rig);
	ck_assert(needs_reset(rig));
	/* a reset ends at once, and the next attempt fails at once */
	drive(rig);
	ck_assert(needs_reset(rig));
	ck_assert_uint_eq(fake_backend_saw(&rig->backend, request), 1);
	rig_fini(rig);
}

START_TEST(bad_answers_cost_the_device_only)
{
	static const uint32_t requests[] = { 2, 5, 8, 9, 10, 12, 13, 14, 18 };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(run_faults); i++) {
		for (j = 0; j < ARRAY_SIZE(requests); j++)
			lose(run_faults[i], requests[j]);
	}
}
END_TEST

START_TEST(a_stop_that_is_not_answered)
{
	struct rig *rig = rig_new();
	struct vdev_queue *q = &rig->dev.queue[0];

	rig->backend.fault = FAKE_SILENT;
	rig->backend.at = 11;
	ck_assert_int_eq(rig_init(rig), 0);
	rig->dev.offered = vhost_user_offer(&rig->vu, rig->dev.offered, 0);
	drive(rig);
	ck_assert(!needs_reset(rig));
	ck_assert_int_eq(vhost_user_queue_stop(&rig->vu, q), -ETIMEDOUT);
	ck_assert_int_eq(vhost_user_queue_stop(&rig->vu, q), -ENOTCONN);
	rig_fini(rig);
}
END_TEST

START_TEST(a_back_end_that_dies_is_noticed)
{
	struct rig *rig = rig_good();

	drive(rig);
	ck_assert(!needs_reset(rig));
	shutdown(rig->backend.fd, SHUT_RDWR);
	ck_assert(driver_soon(&rig->dev, driver_needs_reset));
	ck_assert_uint_eq(rig->driver.config_signals, 1);
	ck_assert(rig->vu.lost);
	rig_fini(rig);
}
END_TEST

static int reopen(struct vhost_user *vu, int *ret)
{
	struct rig *rig = container_of(vu, struct rig, vu);

	if (rig->nr_next == ARRAY_SIZE(rig->next))
		return -EBUSY;
	*ret = fake_backend_start(&rig->next[rig->nr_next++]);
	return 0;
}

static struct rig *rig_with_next(void)
{
	struct rig *rig = rig_good();

	fake_backend_init(&rig->next[0]);
	fake_backend_init(&rig->next[1]);
	rig->vu.reopen = reopen;
	return rig;
}

static bool signalled(struct vdev *dev)
{
	return rig_of(dev)->driver.config_signals;
}

START_TEST(one_that_dies_is_replaced_and_goes_on)
{
	struct rig *rig = rig_with_next();
	struct vring_avail *avail;
	struct vring_used *used;

	drive(rig);
	ck_assert_int_eq(gmem_slice(&rig->mem, BASE + 0x12000, 4,
				    (void **)&used), 0);
	used->idx = 5;
	ck_assert_int_eq(gmem_slice(&rig->mem, BASE + 0x11000, 4,
				    (void **)&avail), 0);
	avail->idx = 5;
	shutdown(rig->backend.fd, SHUT_RDWR);
	ck_assert(driver_soon(&rig->dev, signalled));
	ck_assert(!needs_reset(rig));
	ck_assert(!rig->vu.lost);
	ck_assert_uint_eq(rig->next[0].set_features, BIT(32) | BIT(30) | BIT(28));
	ck_assert_uint_eq(rig->next[0].queue[1].base, 5);
	ck_assert_uint_eq(rig->next[0].queue[1].used, BASE + 0x12000);
	ck_assert_uint_eq(rig->next[0].queue[1].enabled, 1);
	while (called(&rig->dev))
		;
	vdev_notify(&rig->dev, 1);
	ck_assert(driver_soon(&rig->dev, called));
	rig_fini(rig);
}
END_TEST

/*
 * A start that failed half way leaves nothing behind: the machine after it has
 * other memory, and the old ring is not looked at there.
 */
START_TEST(a_start_that_failed_is_forgotten)
{
	struct rig *rig = rig_new();
	struct gmem other;

	rig->backend.fault = FAKE_CLOSE;
	rig->backend.at = 8;
	ck_assert_int_eq(rig_init(rig), 0);
	rig->dev.offered = vhost_user_offer(&rig->vu, rig->dev.offered, 0);
	fake_backend_init(&rig->next[0]);
	fake_backend_init(&rig->next[1]);
	rig->vu.reopen = reopen;
	drive(rig);
	ck_assert(needs_reset(rig));
	vdev_detach(&rig->dev);
	ck_assert_int_eq(gmem_init_shared(&other, BASE, SIZE), 0);
	gmem_fini(&rig->mem);
	driver_attach(&rig->driver, &rig->dev, &other);
	driver_start(&rig->dev, 1);
	ck_assert(!needs_reset(rig));
	rig->driver.config_signals = 0;
	shutdown(rig->next[0].fd, SHUT_RDWR);
	ck_assert(driver_soon(&rig->dev, signalled));
	ck_assert_int_eq(rig->next[1].queue[1].num, 0);
	vdev_detach(&rig->dev);
	gmem_fini(&other);
	rig_fini(rig);
}
END_TEST

/* A descriptor that is shared is made to wait; it is read at each start. */
START_TEST(one_that_wants_to_hold_us_up)
{
	struct rig *rig = rig_good();
	const struct fake_queue *q = &rig->backend.queue[0];

	drive(rig);
	ck_assert(!needs_reset(rig));
	ck_assert_int_eq(fcntl(q->err, F_SETFL, 0), 0);
	drive(rig);
	ck_assert(!needs_reset(rig));
	rig_fini(rig);
}
END_TEST

/* It cannot make guest memory shorter, under our feet. */
START_TEST(one_that_takes_memory_away)
{
	struct rig *rig = rig_good();
	void *p;

	drive(rig);
	ck_assert_int_ne(ftruncate(rig->backend.mem_fd, 0), 0);
	ck_assert_int_ne(ftruncate(rig->backend.mem_fd, 2 * SIZE), 0);
	ck_assert_int_eq(gmem_slice(&rig->mem, BASE + SIZE - 4, 4, &p), 0);
	ck_assert_int_eq(*(volatile char *)p, 0);
	rig_fini(rig);
}
END_TEST

START_TEST(one_that_dies_soon_again_is_replaced_by_a_reset)
{
	struct rig *rig = rig_with_next();

	drive(rig);
	shutdown(rig->backend.fd, SHUT_RDWR);
	ck_assert(driver_soon(&rig->dev, signalled));
	ck_assert(!needs_reset(rig));
	shutdown(rig->next[0].fd, SHUT_RDWR);
	ck_assert(driver_soon(&rig->dev, driver_needs_reset));
	ck_assert_uint_eq(rig->nr_next, 1);
	drive(rig);
	ck_assert(!needs_reset(rig));
	ck_assert_uint_eq(rig->next[1].queue[1].base, 0);
	ck_assert_uint_eq(rig->next[1].queue[1].enabled, 1);
	/* and then there is no other */
	shutdown(rig->next[1].fd, SHUT_RDWR);
	ck_assert(driver_soon(&rig->dev, driver_needs_reset));
	drive(rig);
	ck_assert(needs_reset(rig));
	rig_fini(rig);
}
END_TEST

START_TEST(one_that_can_do_less_is_not_taken)
{
	struct rig *rig = rig_with_next();

	rig->next[0].features = BIT(32) | BIT(30);
	drive(rig);
	shutdown(rig->backend.fd, SHUT_RDWR);
	ck_assert(driver_soon(&rig->dev, driver_needs_reset));
	ck_assert(rig->vu.lost);
	rig_fini(rig);
}
END_TEST

START_TEST(one_that_fails_at_once_is_lost_too)
{
	static const uint32_t requests[] = { 1, 15, 17, 2, 5, 12 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		struct rig *rig = rig_with_next();

		rig->next[0].fault = FAKE_CLOSE;
		rig->next[0].at = requests[i];
		drive(rig);
		shutdown(rig->backend.fd, SHUT_RDWR);
		ck_assert(driver_soon(&rig->dev, driver_needs_reset));
		ck_assert(rig->vu.lost);
		rig_fini(rig);
	}
}
END_TEST

/* The rings are nonsense: nobody knows what to ask again. */
START_TEST(what_was_not_answered_has_to_be_known)
{
	struct rig *rig = rig_with_next();
	struct vring_avail *avail;

	drive(rig);
	ck_assert_int_eq(gmem_slice(&rig->mem, BASE + 0x11000, 4,
				    (void **)&avail), 0);
	avail->idx = 65;
	shutdown(rig->backend.fd, SHUT_RDWR);
	ck_assert(driver_soon(&rig->dev, driver_needs_reset));
	drive(rig);
	ck_assert(!needs_reset(rig));
	rig_fini(rig);
}
END_TEST

/* A reset and the replacement at the same time: neither waits for the other. */
START_TEST(a_reset_while_it_is_replaced)
{
	int i;

	for (i = 0; i < 50; i++) {
		struct rig *rig = rig_with_next();
		struct fake_backend *b = &rig->next[0];

		/* at once, or at the end of the reset */
		rig->backend.fault = FAKE_CLOSE;
		rig->backend.at = 11;
		drive(rig);
		if (i & 1)
			shutdown(rig->backend.fd, SHUT_RDWR);
		usleep((useconds_t)(i * 20));
		drive(rig);
		ck_assert(!needs_reset(rig));
		ck_assert_uint_eq(rig->nr_next, 1);
		usleep(5000);
		/* no queue is handed over twice without being taken back */
		ck_assert_uint_eq(fake_backend_saw(b, 12),
				  2 + fake_backend_saw(b, 11));
		rig_fini(rig);
	}
}
END_TEST

/* Each queue has a descriptor for it, so that it is known which one it is. */
START_TEST(a_fault_that_it_reports)
{
	struct rig *rig = rig_good();
	static struct ear ear;
	char line[128];
	unsigned int i;

	ear_open(&ear);
	for (i = 0; i < 2; i++) {
		/* it still is there: a reset helps */
		drive(rig);
		ck_assert(!needs_reset(rig));
		eventfd_write(rig->backend.queue[i].err, 1);
		snprintf(line, sizeof(line), "test0, queue %u: its back-end found a broken queue: the device needs a reset", i);
		ck_assert(ear_hears(&ear, line));
		ck_assert(needs_reset(rig));
	}
	ear_close(&ear);
	/* what it says when nobody uses the queue is for nobody */
	vdev_set_status(&rig->dev, 0);
	eventfd_write(rig->backend.queue[1].err, 1);
	drive(rig);
	turn_of(rig, nothing);
	ck_assert(!needs_reset(rig));
	ck_assert_uint_eq(rig->dev.faults, 2);
	rig_fini(rig);
}
END_TEST

static void end_with_a_fault(void *arg)
{
	struct rig *rig = arg;

	shutdown(rig->backend.fd, SHUT_RDWR);
	eventfd_write(rig->backend.queue[1].err, 1);
}

/* Both are there to be heard at once when the thread looks again. */
START_TEST(last_words_are_not_held_against_the_next)
{
	struct rig *rig = rig_with_next();

	drive(rig);
	turn_of(rig, end_with_a_fault);
	ck_assert(driver_soon(&rig->dev, signalled));
	turn_of(rig, nothing);
	ck_assert(!needs_reset(rig));
	ck_assert_uint_eq(rig->nr_next, 1);
	/* the next one is heard by the same descriptor */
	eventfd_write(rig->next[0].queue[1].err, 1);
	ck_assert(driver_soon(&rig->dev, driver_needs_reset));
	rig_fini(rig);
}
END_TEST

/* The thread finds the timer first, and behind it the socket of the lost one. */
static void lose_with_two_events(void *arg)
{
	static const struct itimerspec now = { .it_value = { 0, 1 } };
	struct vhost_user *vu = &((struct rig *)arg)->vu;
	struct pollfd p = { .fd = vu->retry.fd, .events = POLLIN };

	timerfd_settime(vu->retry.fd, 0, &now, NULL);
	ck_assert_int_eq(poll(&p, 1, 1000), 1);
	vhost_user_lose(vu, "wanted by the test");
}

START_TEST(a_hang_up_is_not_taken_for_the_next_ones)
{
	struct rig *rig = rig_with_next();

	drive(rig);
	turn_of(rig, lose_with_two_events);
	ck_assert(driver_soon(&rig->dev, signalled));
	turn_of(rig, nothing);
	ck_assert(!needs_reset(rig));
	ck_assert(!rig->vu.lost);
	ck_assert_uint_eq(rig->nr_next, 1);
	rig_fini(rig);
}
END_TEST

START_TEST(fini_is_legal_twice_and_on_zeroes)
{
	struct vhost_user vu = { 0 };

	vhost_user_fini(&vu);
	vhost_user_fini(&vu);
}
END_TEST

T_MAIN("vhost_user",
       the_first_words,
       queues_and_memory_are_handed_over,
       a_kick_comes_back_as_an_interrupt,
       a_reset_takes_the_queues_back_and_may_be_repeated,
       a_driver_that_gives_up_has_its_queues_taken_back,
       new_memory_for_a_new_vm,
       private_memory_is_refused,
       an_old_back_end_without_protocol_features,
       a_legacy_back_end_is_refused,
       bad_first_answers,
       bad_answers_cost_the_device_only,
       a_stop_that_is_not_answered,
       a_back_end_that_dies_is_noticed,
       one_that_dies_is_replaced_and_goes_on,
       a_start_that_failed_is_forgotten,
       one_that_wants_to_hold_us_up,
       one_that_takes_memory_away,
       one_that_dies_soon_again_is_replaced_by_a_reset,
       one_that_can_do_less_is_not_taken,
       one_that_fails_at_once_is_lost_too,
       what_was_not_answered_has_to_be_known,
       a_reset_while_it_is_replaced,
       a_fault_that_it_reports,
       last_words_are_not_held_against_the_next,
       a_hang_up_is_not_taken_for_the_next_ones,
       fini_is_legal_twice_and_on_zeroes)
