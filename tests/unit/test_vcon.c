// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio console: bytes in both directions, and drivers that would keep its
 * loops going with buffers that hold nothing
 */
#include "virtio/console.h"

#include <linux/virtio_console.h>
#include <stddef.h>

#include "t.h"
#include "util.h"
#include "virtio/vdev_driver.h"
#include "vq_rig.h"

#define SIZE	16
#define RX	0
#define TX	1
#define PART	UINT64_C(0x8000)	/* from one queue to the next */
#define OK	15

struct rig {
	struct vq_rig mem;
	struct vdev *dev;
	unsigned int signals, wakes;
	uint16_t offered[2];
};

static void wake(void *opaque)
{
	((struct rig *)opaque)->wakes++;
}

static void queue_signal(struct vdev_queue *q)
{
	((struct rig *)q->dev->bus)->signals++;
}

static void config_signal(struct vdev *dev)
{
	(void)dev;
}

static void connect(struct vdev_queue *q, bool doorbell, bool call)
{
	(void)q;
	(void)doorbell;
	(void)call;
}

static const struct vdev_transport transport = {
	.queue_signal = queue_signal,
	.config_signal = config_signal,
	.queue_connect = connect,
};

/* No driver has seen it yet. */
static void make_console(struct rig *r)
{
	struct vcon_host host = { .wake = wake, .opaque = r };
	struct err e = { 0 };

	memset(r, 0, sizeof(*r));
	rig_init(&r->mem, SIZE, 0);
	ck_assert_int_eq(vcon_create("hvc0", &host, &r->dev, &e), 0);
	vdev_attach(r->dev, &r->mem.mem, NULL, &transport, r);
}

static void start_driver(struct rig *r)
{
	unsigned int i;

	vdev_set_status(r->dev, 3);
	vdev_accept(r->dev, 1, 1);
	vdev_set_status(r->dev, 11);
	for (i = RX; i <= TX; i++) {
		uint32_t at = (uint32_t)(i * PART);

		vdev_queue_set(r->dev, i, VDEV_Q_SIZE, SIZE);
		vdev_queue_set(r->dev, i, VDEV_Q_DESC_LO,
			       (uint32_t)RIG_DESC + at);
		vdev_queue_set(r->dev, i, VDEV_Q_DRIVER_LO,
			       (uint32_t)RIG_AVAIL + at);
		vdev_queue_set(r->dev, i, VDEV_Q_DEVICE_LO,
			       (uint32_t)RIG_USED + at);
		vdev_queue_set(r->dev, i, VDEV_Q_ENABLE, 1);
	}
	vdev_set_status(r->dev, OK);
}

static void open_deaf_console(struct rig *r)
{
	make_console(r);
	start_driver(r);
}

/* A driver that has its queues for long listens. */
static void open_console(struct rig *r)
{
	open_deaf_console(r);
	vcon_line_ops.tick(r->dev, 1000);
	vcon_line_ops.tick(r->dev, 11000);
}

static void close_console(struct rig *r)
{
	vdev_destroy(r->dev);
	rig_fini(&r->mem);
}

/* One buffer of @len bytes; the driver's index moves on. */
static uint8_t *offer(struct rig *r, unsigned int queue, uint32_t len,
		      uint16_t flags)
{
	struct vring_desc *desc = rig_host(&r->mem, RIG_DESC + queue * PART);
	struct vring_avail *avail = rig_host(&r->mem,
					     RIG_AVAIL + queue * PART);
	unsigned int i = r->offered[queue]++ % SIZE;
	uint64_t at = RIG_DATA + queue * PART + i * UINT64_C(0x400);

	desc[i] = (struct vring_desc){ .addr = at, .len = len,
				       .flags = flags };
	avail->ring[i] = (uint16_t)i;
	avail->idx = r->offered[queue];
	return rig_host(&r->mem, at);
}

static uint16_t used(struct rig *r, unsigned int queue)
{
	struct vring_used *u = rig_host(&r->mem, RIG_USED + queue * PART);

	return u->idx;
}

START_TEST(output_is_taken_at_once)
{
	const uint8_t *bytes;
	struct rig r;

	open_console(&r);
	memcpy(offer(&r, TX, 5, 0), "hello", 5);
	memcpy(offer(&r, TX, 6, 0), " world", 6);
	vdev_notify(r.dev, TX);
	ck_assert_uint_eq(used(&r, TX), 2);
	ck_assert_uint_eq(vcon_line_ops.tx_peek(r.dev, &bytes), 11);
	ck_assert_mem_eq(bytes, "hello world", 11);
	ck_assert_uint_gt(r.wakes, 0);
	vcon_line_ops.tx_done(r.dev, 11);
	ck_assert_uint_eq(vcon_line_ops.tx_peek(r.dev, &bytes), 0);
	close_console(&r);
}
END_TEST

START_TEST(a_host_that_takes_nothing)
{
	const uint8_t *bytes;
	unsigned int i;
	struct rig r;
	size_t all;

	open_console(&r);
	for (i = 0; i < 65536 / 1024; i++) {
		memset(offer(&r, TX, 1024, 0), 'a', 1024);
		vdev_notify(r.dev, TX);
	}
	ck_assert_uint_eq(used(&r, TX), i);
	memset(offer(&r, TX, 1024, 0), 'b', 1024);
	vdev_notify(r.dev, TX);
	ck_assert_uint_eq(used(&r, TX), i);
	/* half of it fits, then the rest; and no byte twice */
	vcon_line_ops.tx_done(r.dev, 512);
	ck_assert_uint_eq(used(&r, TX), i);
	vcon_line_ops.tx_done(r.dev, 512);
	ck_assert_uint_eq(used(&r, TX), i + 1);
	for (all = 0; (i = vcon_line_ops.tx_peek(r.dev, &bytes)); all += i)
		vcon_line_ops.tx_done(r.dev, i);
	ck_assert_uint_eq(all, 65536);
	close_console(&r);
}
END_TEST

START_TEST(input_goes_into_buffers)
{
	struct rig r;
	uint8_t *a, *b;

	open_console(&r);
	a = offer(&r, RX, 3, VRING_DESC_F_WRITE);
	b = offer(&r, RX, 8, VRING_DESC_F_WRITE);
	vcon_line_ops.rx_put(r.dev, (const uint8_t *)"typed", 5);
	ck_assert_uint_eq(used(&r, RX), 2);
	ck_assert_mem_eq(a, "typ", 3);
	ck_assert_mem_eq(b, "ed", 2);
	ck_assert_uint_gt(r.signals, 0);
	close_console(&r);
}
END_TEST

/* The event loop gives input out: no driver may keep it there. */
START_TEST(input_buffers_that_hold_nothing)
{
	struct rig r;
	unsigned int i;

	open_console(&r);
	for (i = 0; i < SIZE; i++)
		offer(&r, RX, i & 1 ? 8 : 0, i & 1 ? 0 : VRING_DESC_F_WRITE);
	vcon_line_ops.rx_put(r.dev, (const uint8_t *)"x", 1);
	ck_assert_uint_eq(used(&r, RX), 1);
	ck_assert(vdev_status(r.dev) & VIRTIO_CONFIG_S_NEEDS_RESET);
	vdev_set_status(r.dev, 0);
	ck_assert_uint_eq(vdev_status(r.dev), 0);
	close_console(&r);
}
END_TEST

START_TEST(output_without_bytes)
{
	struct rig r;
	unsigned int i;

	open_console(&r);
	for (i = 0; i < SIZE; i++)
		offer(&r, TX, 0, 0);
	vdev_notify(r.dev, TX);
	ck_assert_uint_eq(used(&r, TX), 1);
	ck_assert(vdev_status(r.dev) & VIRTIO_CONFIG_S_NEEDS_RESET);
	/* of such a device the other queue is not served, too */
	offer(&r, RX, 8, VRING_DESC_F_WRITE);
	vcon_line_ops.rx_put(r.dev, (const uint8_t *)"x", 1);
	ck_assert_uint_eq(used(&r, RX), 0);
	close_console(&r);
}
END_TEST

/* Linux throws away what comes before its console is there. */
START_TEST(input_waits_for_a_listener)
{
	struct rig r;

	open_deaf_console(&r);
	offer(&r, RX, 8, VRING_DESC_F_WRITE);
	vcon_line_ops.rx_put(r.dev, (const uint8_t *)"typed", 5);
	ck_assert_int_gt(vcon_line_ops.tick(r.dev, 1000), 0);
	ck_assert_uint_eq(used(&r, RX), 0);
	memcpy(offer(&r, TX, 5, 0), "hello", 5);
	vdev_notify(r.dev, TX);
	vcon_line_ops.tick(r.dev, 2000);
	vcon_line_ops.tick(r.dev, 2090);
	ck_assert_uint_eq(used(&r, RX), 0);
	vcon_line_ops.tick(r.dev, 2110);
	ck_assert_uint_eq(used(&r, RX), 1);
	close_console(&r);
}
END_TEST

#define EMERG_WR	offsetof(struct virtio_console_config, emerg_wr)

static void shout(struct rig *r, const char *text)
{
	for (; *text; text++)
		vdev_config_write(r->dev, EMERG_WR, 4, (uint8_t)*text);
}

/* 5.3.4: from a guest that has not even reset the device */
START_TEST(emergency_before_a_driver)
{
	const uint8_t *bytes;
	struct rig r;

	make_console(&r);
	ck_assert_uint_eq(EMERG_WR, 8);
	ck_assert(r.dev->offered & BIT(VIRTIO_CONSOLE_F_EMERG_WRITE));
	ck_assert_uint_eq(r.wakes, 0);
	shout(&r, "oh");
	ck_assert_uint_eq(vcon_line_ops.tx_peek(r.dev, &bytes), 2);
	ck_assert_mem_eq(bytes, "oh", 2);
	ck_assert_uint_gt(r.wakes, 0);
	/* nothing else in there is for writing, and the register reads as 0 */
	vdev_config_write(r.dev, 0, 4, 'x');
	vdev_config_write(r.dev, EMERG_WR - 4, 4, 'x');
	vdev_config_write(r.dev, EMERG_WR + 1, 1, 'x');
	vdev_config_write(r.dev, EMERG_WR + 4, 4, 'x');
	ck_assert_uint_eq(vdev_config_read(r.dev, EMERG_WR, 4), 0);
	/* what the driver writes comes behind it */
	start_driver(&r);
	memcpy(offer(&r, TX, 3, 0), " no", 3);
	vdev_notify(r.dev, TX);
	shout(&r, "!");
	ck_assert_uint_eq(vcon_line_ops.tx_peek(r.dev, &bytes), 6);
	ck_assert_mem_eq(bytes, "oh no!", 6);
	vcon_line_ops.tx_done(r.dev, 6);
	ck_assert_uint_eq(vcon_line_ops.tx_peek(r.dev, &bytes), 0);
	close_console(&r);
}
END_TEST

/* A register cannot make the guest wait: what finds no room is lost. */
START_TEST(emergency_without_room)
{
	const uint8_t *bytes;
	struct rig r;
	size_t i, n;

	make_console(&r);
	for (i = 0; i < 65536; i++)
		vdev_config_write(r.dev, EMERG_WR, 1, 'a' + i % 26);
	shout(&r, "#");
	n = vcon_line_ops.tx_peek(r.dev, &bytes);
	ck_assert_uint_eq(n, 65536);
	for (i = 0; i < n && bytes[i] == 'a' + i % 26; i++)
		;
	ck_assert_uint_eq(i, n);
	vcon_line_ops.tx_done(r.dev, 1);
	shout(&r, "#?");
	vcon_line_ops.tx_done(r.dev, n - 1);
	ck_assert_uint_eq(vcon_line_ops.tx_peek(r.dev, &bytes), 1);
	ck_assert_uint_eq(bytes[0], '#');
	close_console(&r);
}
END_TEST

T_MAIN("vcon",
       output_is_taken_at_once,
       a_host_that_takes_nothing,
       input_goes_into_buffers,
       input_waits_for_a_listener,
       input_buffers_that_hold_nothing,
       output_without_bytes,
       emergency_before_a_driver,
       emergency_without_room)
