// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-setup - queues that are set up wrongly, too late, or onto something
 *
 * A device need not find fault before the queue is used, nor at all where the
 * setting is one that it may ignore; it must go on living.
 */
#include "virtio.h"

#define TOP_OF_ADDRESSES	(~UINT64_C(0) & ~UINT64_C(0xfff))


static void ready_go(struct vio *v)
{
	vio_write(v, VIO_Q_SEL, v->work);
	vio_write(v, VIO_Q_READY, 1);
	vio_write(v, VIO_STATUS, VIO_ACK | VIO_DRIVER | VIO_FEATURES_OK |
		  VIO_DRIVER_OK);
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
}

/* Reset, negotiate, and the work queue with everything right. */
static void before(struct vio *v)
{
	vio_reset(v);
	vio_negotiate(v, vio_features(v));
	vio_queue_setup(v, v->work);
}

static void with_size(struct vio *v, uint32_t size)
{
	before(v);
	vio_write(v, VIO_Q_SIZE, size);
	ready_go(v);
}

static void with_addr(struct vio *v, enum vio_reg reg, uint64_t addr)
{
	before(v);
	vio_addr(v, reg, addr);
	ready_go(v);
}

static bool size_above_maximum(struct vio *v)
{
	vio_reset(v);
	vio_write(v, VIO_Q_SEL, v->work);
	with_size(v, vio_read(v, VIO_Q_MAX) * 2);
	return true;
}

static bool size_no_power_of_two(struct vio *v)
{
	with_size(v, VIO_QSIZE - 1);
	return true;
}

static bool size_zero(struct vio *v)
{
	with_size(v, 0);
	return true;
}

static bool size_huge(struct vio *v)
{
	with_size(v, 0x8000);
	with_size(v, 0xffff);
	with_size(v, ~0U);
	return true;
}

static bool desc_unaligned(struct vio *v)
{
	with_addr(v, VIO_Q_DESC, (uint64_t)vio_q(v)->desc + 1);
	return true;
}

static bool avail_unaligned(struct vio *v)
{
	with_addr(v, VIO_Q_DRIVER, (uint64_t)vio_q(v)->avail + 1);
	return true;
}

static bool used_unaligned(struct vio *v)
{
	with_addr(v, VIO_Q_DEVICE, (uint64_t)vio_q(v)->used + 2);
	return true;
}

static bool rings_overlap(struct vio *v)
{
	with_addr(v, VIO_Q_DEVICE, (uint64_t)vio_q(v)->desc);
	return true;
}

static bool rings_all_in_one(struct vio *v)
{
	before(v);
	vio_addr(v, VIO_Q_DESC, (uint64_t)vio_q(v)->desc);
	vio_addr(v, VIO_Q_DRIVER, (uint64_t)vio_q(v)->desc);
	vio_addr(v, VIO_Q_DEVICE, (uint64_t)vio_q(v)->desc);
	ready_go(v);
	return true;
}

static void each_part(struct vio *v, uint64_t addr)
{
	with_addr(v, VIO_Q_DESC, addr);
	with_addr(v, VIO_Q_DRIVER, addr);
	with_addr(v, VIO_Q_DEVICE, addr);
}

static bool rings_outside(struct vio *v)
{
	each_part(v, ram_end);
	each_part(v, ram_end + (UINT64_C(1) << 32));
	each_part(v, 0);
	return true;
}

static bool rings_across_the_end(struct vio *v)
{
	each_part(v, ram_end - 16);
	return true;
}

static bool rings_at_the_top(struct vio *v)
{
	each_part(v, TOP_OF_ADDRESSES);
	each_part(v, ~UINT64_C(15));
	each_part(v, UINT64_C(1) << 63);
	return true;
}

/* The device's own registers, another's, the console. */
static bool rings_in_registers(struct vio *v)
{
	each_part(v, v->common);
	each_part(v, vios[0].common);
	each_part(v, uart_base);
	return true;
}

static bool ready_unconfigured(struct vio *v)
{
	vio_reset(v);
	vio_negotiate(v, vio_features(v));
	ready_go(v);
	return true;
}

static bool ready_without_addresses(struct vio *v)
{
	vio_reset(v);
	vio_negotiate(v, vio_features(v));
	vio_write(v, VIO_Q_SEL, v->work);
	vio_write(v, VIO_Q_SIZE, VIO_QSIZE);
	ready_go(v);
	return true;
}

/* New settings while it runs must not be taken over. */
static bool reconfigured(struct vio *v)
{
	volatile uint64_t *trap = (volatile uint64_t *)(v->data + VIO_DATA -
							VIO_QSIZE * 16);
	unsigned int i;

	vio_write(v, VIO_Q_SEL, v->work);
	vio_write(v, VIO_Q_SIZE, 1);
	vio_write(v, VIO_Q_SIZE, 0x8000);
	vio_addr(v, VIO_Q_DESC, (uint64_t)trap);
	vio_addr(v, VIO_Q_DRIVER, (uint64_t)trap);
	vio_addr(v, VIO_Q_DEVICE, (uint64_t)trap);
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	vio_end(v, 20);
	for (i = 0; i < VIO_QSIZE * 2; i++)
		vio_expect(!trap[i], "a ring moved while it was in use");
	return true;
}

static bool reconfigured_top(struct vio *v)
{
	vio_write(v, VIO_Q_SEL, v->work);
	vio_addr(v, VIO_Q_DESC, TOP_OF_ADDRESSES);
	vio_addr(v, VIO_Q_DRIVER, TOP_OF_ADDRESSES);
	vio_addr(v, VIO_Q_DEVICE, TOP_OF_ADDRESSES);
	vio_write(v, VIO_Q_READY, 1);
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	return true;
}

static bool select_while_ready(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < 64; i++) {
		vio_write(v, VIO_Q_SEL, i % 8);
		vio_write(v, VIO_Q_SIZE, i);
		vio_kick(v, v->work);
	}
	return true;
}

static bool ready_not_boolean(struct vio *v)
{
	before(v);
	vio_write(v, VIO_Q_SEL, v->work);
	vio_write(v, VIO_Q_READY, 2);
	vio_write(v, VIO_Q_READY, ~0U);
	vio_write(v, VIO_Q_READY, 0);
	ready_go(v);
	return true;
}

static bool stopped_and_started(struct vio *v)
{
	unsigned int i;

	vio_write(v, VIO_Q_SEL, v->work);
	for (i = 0; i < 16; i++) {
		vio_request(v, 0);
		vio_offer(vio_q(v), 0);
		vio_kick(v, v->work);
		vio_write(v, VIO_Q_SEL, v->work);
		vio_write(v, VIO_Q_READY, i & 1);
	}
	return true;
}

static bool same_memory_for_all(struct vio *v)
{
	unsigned int i;

	vio_reset(v);
	vio_negotiate(v, vio_features(v));
	for (i = 0; i < v->nr_queues; i++) {
		vio_queue_setup(v, i);
		vio_addr(v, VIO_Q_DESC, (uint64_t)vio_q(v)->desc);
		vio_addr(v, VIO_Q_DRIVER, (uint64_t)vio_q(v)->avail);
		vio_addr(v, VIO_Q_DEVICE, (uint64_t)vio_q(v)->used);
		vio_write(v, VIO_Q_READY, 1);
	}
	ready_go(v);
	for (i = 0; i < v->nr_queues; i++)
		vio_kick(v, i);
	return true;
}

/* With the device's largest queue at the least size there can be. */
static bool size_one(struct vio *v)
{
	with_size(v, 1);
	return true;
}

void test_setup(struct vio *v)
{
	vio_test(v, "size-above-maximum", size_above_maximum, WANT_ANY);
	vio_test(v, "size-no-power", size_no_power_of_two, WANT_ANY);
	vio_test(v, "size-zero", size_zero, WANT_ANY);
	vio_test(v, "size-huge", size_huge, WANT_ANY);
	vio_test(v, "size-one", size_one, WANT_ANY);
	vio_test(v, "desc-unaligned", desc_unaligned, WANT_SILENCE);
	vio_test(v, "avail-unaligned", avail_unaligned, WANT_SILENCE);
	vio_test(v, "used-unaligned", used_unaligned, WANT_SILENCE);
	vio_test(v, "rings-overlap", rings_overlap, WANT_ANY);
	vio_test(v, "rings-all-in-one", rings_all_in_one, WANT_ANY);
	vio_test(v, "rings-outside", rings_outside, WANT_SILENCE);
	vio_test(v, "rings-across-end", rings_across_the_end, WANT_SILENCE);
	vio_test(v, "rings-at-top", rings_at_the_top, WANT_SILENCE);
	vio_test(v, "rings-in-registers", rings_in_registers, WANT_ANY);
	vio_test(v, "ready-unconfigured", ready_unconfigured, WANT_SILENCE);
	vio_test(v, "ready-no-addresses", ready_without_addresses,
		 WANT_SILENCE);
	vio_test(v, "reconfigured", reconfigured, WANT_ANY);
	vio_test(v, "reconfigured-top", reconfigured_top, WANT_ANY);
	vio_test(v, "select-while-ready", select_while_ready, WANT_ANY);
	vio_test(v, "ready-not-boolean", ready_not_boolean, WANT_ANY);
	vio_test(v, "stopped-and-started", stopped_and_started, WANT_ANY);
	vio_test(v, "same-memory", same_memory_for_all, WANT_ANY);
}
