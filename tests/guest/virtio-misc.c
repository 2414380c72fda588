// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-misc - what is the console's, the entropy device's and the balloon's:
 * VIRTIO 1.2, 5.3, 5.4 and 5.5
 */
#include "virtio.h"

#define INFLATE		0
#define DEFLATE		1
#define ANSWER_MS	5000
#define CONSOLE_RX	0
#define CONTROL_RX	2	/* with ports */
#define CONTROL_TX	3
#define F_MULTIPORT	1

static void send(struct vio *v, unsigned int queue, uint64_t addr,
		 uint32_t len, uint16_t flags)
{
	vio_desc(&v->q[queue], 0, addr, len, flags, 0);
	vio_offer(&v->q[queue], 0);
	vio_kick(v, queue);
	vio_expect(vio_take(&v->q[queue], 1, ANSWER_MS) || vio_broken(v),
		   "neither used nor rejected");
}

/* --- balloon: page numbers, 32 bits each --- */

/* Pages that are not RAM, RAM that is in use by the device itself. */
static bool pages(struct vio *v)
{
	uint32_t *p = (uint32_t *)v->data;
	uint32_t end = (uint32_t)(ram_end / VIO_PAGE);
	unsigned int i, queue;

	for (queue = INFLATE; queue <= DEFLATE; queue++) {
		p[0] = 0;
		p[1] = end;
		p[2] = end - 1;
		p[3] = ~0U;
		p[4] = 0x7fffffff;
		p[5] = 0x1000;	/* the console */
		p[6] = 0x3000;
		for (i = 7; i < 256; i++)
			p[i] = end - 2;
		send(v, queue, (uint64_t)p, 1024, 0);
	}
	return false;
}

static bool odd_lengths(struct vio *v)
{
	uint32_t len;

	*(uint32_t *)v->data = (uint32_t)(ram_end / VIO_PAGE - 1);
	for (len = 1; len < 12; len++) {
		send(v, INFLATE, (uint64_t)v->data, len, 0);
		send(v, DEFLATE, (uint64_t)v->data, len, 0);
	}
	return false;
}

/* All of RAM read as a list of pages: it takes no longer than it may. */
static bool long_list(struct vio *v)
{
	uint64_t from = (uint64_t)v->data & ~UINT64_C(4095);

	send(v, DEFLATE, from, (uint32_t)(ram_end - from), 0);
	return false;
}

static bool wrong_way(struct vio *v)
{
	send(v, INFLATE, (uint64_t)v->data, 64, DESC_WRITE);
	return false;
}

static bool config_written(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < 16; i += 4)
		try_write(v->config + i, 4, ~UINT64_C(0));
	return false;
}

static bool statistics(struct vio *v)
{
	unsigned int i;

	if (!(v->offered & vio_bit(1)) || v->nr_queues < 3)
		return vio_skip();
	v->in_use = v->nr_queues;
	vio_start(v, vio_features(v) | vio_bit(1));
	memset(v->data, 0xff, VIO_PAGE);
	for (i = 1; i < VIO_PAGE; i = i * 3 + 1) {
		vio_desc(&v->q[2], 0, (uint64_t)v->data, i, 0, 0);
		vio_offer(&v->q[2], 0);
		vio_kick(v, 2);
	}
	delay_ms(5);
	return false;
}

/* Free pages that are reported: buffers that are device-writable. */
static bool reporting(struct vio *v)
{
	unsigned int last = v->nr_queues - 1;

	if (!(v->offered & vio_bit(5)) || v->nr_queues < 3)
		return vio_skip();
	v->in_use = v->nr_queues;
	vio_start(v, vio_features(v) | vio_bit(5));
	/* not whole pages, and what is not free: the device may only drop it */
	send(v, last, (uint64_t)v->data + 1, 4095, DESC_WRITE);
	send(v, last, (uint64_t)v->data + VIO_PAGE, VIO_PAGE, DESC_WRITE);
	send(v, last, (uint64_t)v->data, 64, 0);
	return false;
}

/* --- rng --- */

static bool huge_random(struct vio *v)
{
	uint64_t from = ((uint64_t)v->data + VIO_DATA + 4095) &
		~UINT64_C(4095);

	/* memory that nobody uses: the second half of RAM */
	from += (ram_end - from) / 2;
	send(v, 0, from, (uint32_t)(ram_end - from), DESC_WRITE);
	return false;
}

static bool random_readable(struct vio *v)
{
	send(v, 0, (uint64_t)v->data, 64, 0);
	return false;
}

/* --- console --- */

static bool long_output(struct vio *v)
{
	memset(v->data, SILENT, VIO_PAGE);
	send(v, v->work, (uint64_t)v->data, VIO_PAGE, 0);
	return false;
}

static bool output_writable(struct vio *v)
{
	send(v, v->work, (uint64_t)v->data, 64, DESC_WRITE);
	return false;
}

static bool input_odd(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < VIO_QSIZE; i++) {
		vio_desc(&v->q[CONSOLE_RX], i, (uint64_t)v->data, i,
			 i & 1 ? DESC_WRITE : 0, 0);
		vio_offer(&v->q[CONSOLE_RX], i);
	}
	vio_kick(v, CONSOLE_RX);
	delay_ms(5);
	return false;
}

static bool emergency(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < 300; i++)
		try_write(v->config + 8, 4, SILENT);
	for (i = 0; i < 16; i++)
		try_write(v->config + i, 1, 0xff);
	return false;
}

/* Control messages: id, event, value; for ports there are not, and garbage. */
static bool port_control(struct vio *v)
{
	static const uint32_t ids[] = { 0, 1, 30, 31, 32, 0x7fffffff, ~0U };
	unsigned int i, event;
	uint8_t *p = v->data;

	if (!(v->offered & vio_bit(F_MULTIPORT)) || v->nr_queues < 4)
		return vio_skip();
	v->in_use = v->nr_queues;
	vio_start(v, vio_features(v) | vio_bit(F_MULTIPORT));
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		for (event = 0; event < 9; event++) {
			*(uint32_t *)p = ids[i];
			p[4] = (uint8_t)event;
			p[5] = 0;
			p[6] = (uint8_t)(i & 1);
			p[7] = 0;
			send(v, CONTROL_TX, (uint64_t)p, 8, 0);
		}
	for (i = 1; i < 64; i += 7)
		send(v, CONTROL_TX, (uint64_t)p, i, 0);
	vio_kick(v, CONTROL_RX);
	return false;
}

static void test_balloon(struct vio *v)
{
	vio_test(v, "balloon-pages", pages, WANT_ANY);
	vio_test(v, "balloon-odd-lengths", odd_lengths, WANT_ANY);
	vio_test(v, "balloon-long-list", long_list, WANT_ANY);
	vio_test(v, "balloon-wrong-way", wrong_way, WANT_ANY);
	vio_test(v, "balloon-config", config_written, WANT_ANY);
	vio_test(v, "balloon-statistics", statistics, WANT_ANY);
	vio_test(v, "balloon-reporting", reporting, WANT_ANY);
}

static void test_console(struct vio *v)
{
	vio_test(v, "console-long", long_output, WANT_ANY);
	vio_test(v, "console-writable", output_writable, WANT_ANY);
	vio_test(v, "console-input", input_odd, WANT_ANY);
	vio_test(v, "console-emergency", emergency, WANT_ANY);
	vio_test(v, "console-control", port_control, WANT_ANY);
}

void test_misc(struct vio *v)
{
	if (v->id == VIO_BALLOON)
		test_balloon(v);
	if (v->id == VIO_CONSOLE)
		test_console(v);
	if (v->id == VIO_RNG) {
		vio_test(v, "rng-huge", huge_random, WANT_ANY);
		vio_test(v, "rng-readable", random_readable, WANT_ANY);
	}
}
