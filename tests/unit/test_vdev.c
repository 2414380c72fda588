// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdev: everything a driver may do in every state it may be in, and what the
 * device is told of it
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ear.h"
#include "t.h"
#include "util.h"
#include "vdev_rig.h"
#include "virtio/vdev_state.h"

#define ACK		VIRTIO_CONFIG_S_ACKNOWLEDGE
#define DRIVER		VIRTIO_CONFIG_S_DRIVER
#define DRIVER_OK	VIRTIO_CONFIG_S_DRIVER_OK
#define FEATURES_OK	VIRTIO_CONFIG_S_FEATURES_OK
#define NEEDS_RESET	VIRTIO_CONFIG_S_NEEDS_RESET
#define FAILED		VIRTIO_CONFIG_S_FAILED
#define RUN		(ACK | DRIVER | FEATURES_OK | DRIVER_OK)

/* What a state reads as, and what a driver can do there. */
static const struct {
	uint8_t status;
	bool accept, queue, notify, runs;
} states[RIG_STATE_NUM] = {
	[RIG_RESET] = { 0 },
	[RIG_ACKNOWLEDGED] = { ACK },
	[RIG_DRIVER] = { ACK | DRIVER, .accept = true, .queue = true },
	[RIG_FEATURES_OK] = { ACK | DRIVER | FEATURES_OK, .queue = true },
	[RIG_RUNNING] = { RUN, .notify = true, .runs = true },
	[RIG_NEEDS_RESET] = { RUN | NEEDS_RESET, .runs = true },
	[RIG_FAILED] = { RUN | FAILED },
};

START_TEST(status_in_every_state)
{
	struct vdev_rig *r = rig_device();
	unsigned int s;

	for (s = 0; s < RIG_STATE_NUM; s++) {
		rig_enter(r, s);
		ck_assert_uint_eq(vdev_status(&r->dev), states[s].status);
		ck_assert_int_eq(r->dev.running, states[s].runs);
		vdev_set_status(&r->dev, 0);
		ck_assert_uint_eq(vdev_status(&r->dev), 0);
		ck_assert(!r->dev.running);
	}
	rig_device_fini(r);
}
END_TEST

/* Steps come in order, none is taken back, and no other bit is ever set. */
static void judge_status(uint32_t before, uint32_t value, uint32_t after)
{
	static const uint8_t steps[] = {
		0, ACK, ACK | DRIVER, ACK | DRIVER | FEATURES_OK, RUN,
	};
	uint32_t step = after & RUN;
	size_t i;

	if (!value) {
		ck_assert_uint_eq(after, 0);
		return;
	}
	ck_assert_msg((after & before) == before, "%x: %x became %x", value,
		      before, after);
	ck_assert_msg(!(after & ~before & ~value), "%x: %x became %x", value,
		      before, after);
	ck_assert_uint_eq(after & NEEDS_RESET, before & NEEDS_RESET);
	ck_assert(!(after & ~(uint32_t)(RUN | NEEDS_RESET | FAILED)));
	for (i = 0; i < ARRAY_SIZE(steps) && steps[i] != step; i++)
		;
	ck_assert_msg(i < ARRAY_SIZE(steps), "%x: %x became %x", value, before,
		      after);
	if (before & (NEEDS_RESET | FAILED))
		ck_assert_uint_eq(after, before | (value & FAILED));
}

START_TEST(every_status_in_every_state)
{
	struct vdev_rig *r = rig_device();
	uint32_t value;
	unsigned int s;

	for (s = 0; s < RIG_STATE_NUM; s++)
		for (value = 0; value < 256; value++) {
			rig_enter(r, s);
			vdev_set_status(&r->dev, value);
			judge_status(states[s].status, value,
				     vdev_status(&r->dev));
			rig_enter(r, s);
			vdev_set_status(&r->dev, value | 0xffffff00);
			ck_assert_msg(vdev_status(&r->dev) != 0 ||
				      s == RIG_RESET, "high bits reset it");
		}
	rig_device_fini(r);
}
END_TEST

START_TEST(features_in_every_state)
{
	struct vdev_rig *r = rig_device();
	unsigned int s;

	for (s = 0; s < RIG_STATE_NUM; s++) {
		uint32_t before;

		rig_enter(r, s);
		before = vdev_accepted(&r->dev, 0);
		vdev_accept(&r->dev, 0, 0xa5a5a5a5);
		ck_assert_uint_eq(vdev_accepted(&r->dev, 0),
				  states[s].accept ? 0xa5a5a5a5 : before);
		vdev_accept(&r->dev, 2, ~0U);
		vdev_accept(&r->dev, ~0U, ~0U);
		ck_assert_uint_eq(vdev_accepted(&r->dev, 2), 0);
		ck_assert_uint_eq(vdev_features(&r->dev, 2), 0);
		ck_assert_uint_eq(vdev_features(&r->dev, ~0U), 0);
		ck_assert_uint_eq(vdev_features(&r->dev, 0),
				  (uint32_t)r->dev.offered);
	}
	rig_device_fini(r);
}
END_TEST

static uint32_t written(struct vdev_rig *r, enum vdev_queue_reg reg)
{
	vdev_queue_set(&r->dev, 0, reg, 0x41);
	return vdev_queue_get(&r->dev, 0, reg);
}

START_TEST(queue_registers_in_every_state)
{
	struct vdev_rig *r = rig_device();
	unsigned int s, reg;

	for (s = 0; s < RIG_STATE_NUM; s++)
		for (reg = 0; reg < VDEV_Q_REG_NUM; reg++) {
			bool may = states[s].queue;
			uint32_t before;

			rig_enter(r, s);
			/* as a driver that has not enabled it yet */
			if (may)
				vdev_queue_set(&r->dev, 0, VDEV_Q_ENABLE, 0);
			before = vdev_queue_get(&r->dev, 0, reg);
			if (reg == VDEV_Q_ENABLE)
				ck_assert_uint_eq(written(r, reg),
						  may ? 1 : before);
			else
				ck_assert_uint_eq(written(r, reg),
						  may ? 0x41 : before);
		}
	rig_device_fini(r);
}
END_TEST

START_TEST(an_enabled_queue_is_settled)
{
	struct vdev_rig *r = rig_device();
	unsigned int reg;

	for (reg = 0; reg < VDEV_Q_REG_NUM; reg++) {
		uint32_t before;

		if (reg == VDEV_Q_ENABLE || reg == VDEV_Q_VECTOR)
			continue;
		rig_enter(r, RIG_FEATURES_OK);
		before = vdev_queue_get(&r->dev, 0, reg);
		ck_assert_uint_eq(written(r, reg), before);
	}
	rig_device_fini(r);
}
END_TEST

START_TEST(notify_in_every_state)
{
	struct vdev_rig *r = rig_device();
	unsigned int s;

	for (s = 0; s < RIG_STATE_NUM; s++) {
		unsigned int before;

		rig_enter(r, s);
		before = r->kicks;
		vdev_notify(&r->dev, 0);
		ck_assert_uint_eq(r->kicks, before + states[s].notify);
	}
	rig_device_fini(r);
}
END_TEST

START_TEST(notify_of_queues_there_are_not)
{
	static const uint32_t index[] = {
		RIG_QUEUES, VDEV_QUEUES_MAX, 0xffff, 0x80000000, ~0U,
	};
	struct vdev_rig *r = rig_device();
	unsigned int i, reg, before;

	rig_enter(r, RIG_RUNNING);
	before = r->kicks;
	for (i = 0; i < ARRAY_SIZE(index); i++) {
		vdev_notify(&r->dev, index[i]);
		for (reg = 0; reg < VDEV_Q_REG_NUM; reg++) {
			vdev_queue_set(&r->dev, index[i], reg, 1);
			ck_assert_uint_eq(vdev_queue_get(&r->dev, index[i],
							 reg), 0);
		}
	}
	ck_assert_uint_eq(r->kicks, before);
	rig_device_fini(r);
}
END_TEST

START_TEST(config_in_every_state)
{
	struct vdev_rig *r = rig_device();
	unsigned int s;

	for (s = 0; s < RIG_STATE_NUM; s++) {
		rig_enter(r, s);
		r->config[4] = 1;
		ck_assert_uint_eq(vdev_config_read(&r->dev, 4, 1), 1);
		vdev_config_write(&r->dev, 4, 1, 2);
		ck_assert_uint_eq(r->config[4], 2);
	}
	rig_device_fini(r);
}
END_TEST

static const struct {
	uint64_t offset;
	unsigned int len;
	bool inside;
} accesses[] = {
	{ 0, 1, true }, { 0, 8, true }, { 4, 8, true }, { 11, 1, true },
	{ 8, 4, true }, { 3, 4, true }, { 12, 1, false }, { 11, 2, false },
	{ 8, 8, false }, { 5, 8, false }, { 13, 4, false },
	{ 0xffffffff, 4, false }, { 0x100000000, 1, false },
	{ UINT64_MAX, 1, false }, { UINT64_MAX - 3, 8, false },
};

START_TEST(config_space_ends)
{
	struct vdev_rig *r = rig_device();
	size_t i;

	rig_enter(r, RIG_RUNNING);
	for (i = 0; i < ARRAY_SIZE(accesses); i++) {
		memset(r->config, 0x11, sizeof(r->config));
		ck_assert_int_eq(vdev_config_read(&r->dev, accesses[i].offset,
						  accesses[i].len) != 0,
				 accesses[i].inside);
		vdev_config_write(&r->dev, accesses[i].offset,
				  accesses[i].len, 0);
		ck_assert_int_eq(memchr(r->config, 0, RIG_CONFIG) != NULL,
				 accesses[i].inside);
	}
	rig_device_fini(r);
}
END_TEST

START_TEST(only_what_was_offered)
{
	struct vdev_rig *r = rig_device();
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		uint64_t bits = BIT(VIRTIO_F_VERSION_1) | BIT(bit);

		rig_enter(r, RIG_DRIVER);
		vdev_accept(&r->dev, 0, (uint32_t)bits);
		vdev_accept(&r->dev, 1, (uint32_t)(bits >> 32));
		vdev_set_status(&r->dev, ACK | DRIVER | FEATURES_OK);
		ck_assert_msg(!!(vdev_status(&r->dev) & FEATURES_OK) ==
			      (r->dev.offered >> bit & 1), "bit %u", bit);
		/* DRIVER_OK does not get past it */
		vdev_set_status(&r->dev, RUN);
		ck_assert_int_eq(r->dev.running, r->dev.offered >> bit & 1);
	}
	rig_device_fini(r);
}
END_TEST

START_TEST(not_without_version_1)
{
	struct vdev_rig *r = rig_device();

	rig_enter(r, RIG_DRIVER);
	vdev_set_status(&r->dev, RUN);
	ck_assert_uint_eq(vdev_status(&r->dev), ACK | DRIVER);
	/* the driver may change its mind */
	vdev_accept(&r->dev, 1, 1);
	vdev_set_status(&r->dev, RUN);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN);
	ck_assert_uint_eq(r->starts, 1);
	rig_device_fini(r);
}
END_TEST

/* What is offered before DRIVER_OK is served then, and not before. */
START_TEST(served_from_the_start)
{
	struct vdev_rig *r = rig_device();
	uint8_t *data = rig_host(&r->ring, RIG_DATA + 0x8000);

	rig_enter(r, RIG_FEATURES_OK);
	rig_desc(&r->ring, 0, RIG_DATA + 0x8000, 8, VRING_DESC_F_WRITE, 0);
	rig_offer(&r->ring, 0);
	vdev_notify(&r->dev, 0);
	ck_assert_uint_eq(r->served, 0);
	vdev_set_status(&r->dev, RUN);
	ck_assert_uint_eq(r->served, 1);
	ck_assert_uint_eq(data[7], RIG_FILL);
	ck_assert_uint_eq(r->ring.used->ring[0].len, 8);
	ck_assert_uint_eq(r->queue_signals, 1);
	rig_device_fini(r);
}
END_TEST

/* A request in queue 1, which a thread serves. */
static void offer_second(struct vdev_rig *r)
{
	struct vring_desc *desc = rig_host(&r->ring, RIG_DESC + 0x8000);
	struct vring_avail *avail = rig_host(&r->ring, RIG_AVAIL + 0x8000);

	desc[0] = (struct vring_desc){
		.addr = RIG_DATA + 0x8000, .len = 4,
		.flags = VRING_DESC_F_WRITE,
	};
	avail->idx++;
}

START_TEST(served_by_the_thread)
{
	struct vdev_rig *r = rig_device();

	rig_enter(r, RIG_RUNNING);
	/* the inline queue has no doorbell, the other has */
	ck_assert_uint_eq(r->doorbells, 2);
	ck_assert_uint_eq(r->calls, 3);
	offer_second(r);
	vdev_notify(&r->dev, 1);
	rig_wait(&r->served, 1);
	vdev_set_status(&r->dev, 0);
	ck_assert_uint_eq(r->doorbells | r->calls, 0);
	rig_device_fini(r);
}
END_TEST

START_TEST(nothing_after_a_reset)
{
	struct vdev_rig *r = rig_device();
	unsigned int i;

	rig_enter(r, RIG_RUNNING);
	vdev_set_status(&r->dev, 0);
	rig_desc(&r->ring, 0, RIG_DATA, 8, VRING_DESC_F_WRITE, 0);
	rig_offer(&r->ring, 0);
	for (i = 0; i < RIG_QUEUES; i++) {
		vdev_notify(&r->dev, i);
		vdev_again(&r->dev.queue[i]);
	}
	ck_assert_uint_eq(r->served, 0);
	ck_assert_uint_eq(vdev_queue_get(&r->dev, 0, VDEV_Q_ENABLE), 0);
	ck_assert_uint_eq(vdev_queue_get(&r->dev, 0, VDEV_Q_DESC_LO), 0);
	ck_assert_uint_eq(vdev_queue_get(&r->dev, 0, VDEV_Q_SIZE), VQ_SIZE_MAX);
	ck_assert_uint_eq(vdev_queue_get(&r->dev, 0, VDEV_Q_VECTOR),
			  VDEV_NO_VECTOR);
	ck_assert_uint_eq(vdev_accepted(&r->dev, 1), 0);
	rig_device_fini(r);
}
END_TEST

START_TEST(many_cycles)
{
	struct vdev_rig *r = rig_device();
	size_t i;

	for (i = 1; i <= 500; i++) {
		rig_enter(r, RIG_RUNNING);
		ck_assert_uint_eq(r->starts, i);
		ck_assert_uint_eq(r->stops, i - 1);
		ck_assert_uint_eq(r->queue_starts, i * RIG_QUEUES);
	}
	rig_device_fini(r);
}
END_TEST

START_TEST(a_queue_set_up_wrongly)
{
	struct vdev_rig *r = rig_device();

	rig_enter(r, RIG_FEATURES_OK);
	vdev_queue_set(&r->dev, 1, VDEV_Q_ENABLE, 0);
	vdev_queue_set(&r->dev, 1, VDEV_Q_SIZE, 0x10010);
	vdev_queue_set(&r->dev, 1, VDEV_Q_ENABLE, 1);
	vdev_set_status(&r->dev, RUN);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN | NEEDS_RESET);
	ck_assert_uint_eq(r->config_signals, 1);
	ck_assert_uint_eq(r->starts, 0);
	ck_assert_uint_eq(r->dev.faults, 1);
	vdev_notify(&r->dev, 0);
	vdev_notify(&r->dev, 1);
	ck_assert_uint_eq(r->kicks, 0);
	rig_enter(r, RIG_RUNNING);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN);
	rig_device_fini(r);
}
END_TEST

START_TEST(a_ring_that_breaks)
{
	struct vdev_rig *r = rig_device();

	rig_enter(r, RIG_RUNNING);
	rig_offer(&r->ring, 0xffff);
	vdev_notify(&r->dev, 0);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN | NEEDS_RESET);
	ck_assert_uint_eq(r->config_signals, 1);
	vdev_notify(&r->dev, 0);
	vdev_notify(&r->dev, 0);
	ck_assert_uint_eq(r->dev.faults, 1);
	rig_enter(r, RIG_RUNNING);
	rig_desc(&r->ring, 0, RIG_DATA + 0x8000, 8, VRING_DESC_F_WRITE, 0);
	memset(r->ring.avail, 0, 64);
	rig_offer(&r->ring, 0);
	vdev_notify(&r->dev, 0);
	ck_assert_uint_eq(r->served, 1);
	rig_device_fini(r);
}
END_TEST

#define TO_DO ": the device needs a reset by its driver\n"

/* Which device and which queue it is, and what is wrong with it. */
START_TEST(a_fault_is_one_line)
{
	struct vdev_rig *r = rig_device();
	struct vring_avail *avail = rig_host(&r->ring, RIG_AVAIL + 0x8000);
	static struct ear ear;

	ear_open(&ear);
	rig_enter(r, RIG_RUNNING);
	rig_offer(&r->ring, 0xffff);
	vdev_notify(&r->dev, 0);
	vdev_notify(&r->dev, 0);
	ck_assert_str_eq(ear_text(&ear), "tallyvm: counter, queue 0: available entry out of range" TO_DO);
	rig_enter(r, RIG_RUNNING);
	avail->idx = 0x4000;
	vdev_notify(&r->dev, 1);
	ck_assert(ear_hears(&ear, "\ntallyvm: counter, queue 1: available index has jumped" TO_DO));
	vdev_fault(&r->dev, NULL, "it is wanted");
	ck_assert(ear_hears(&ear, "\ntallyvm: counter: it is wanted" TO_DO));
	ear_close(&ear);
	rig_device_fini(r);
}
END_TEST

static void nothing(void *arg)
{
	(void)arg;
}

/*
 * Ring as a guest does that has a doorbell.  The thread has heard it when it
 * has done something that it is told later, but perhaps looks at first: twice.
 */
static void ring_second(struct vdev_rig *r)
{
	vdev_again(&r->dev.queue[1]);
	worker_call(&r->dev.worker[0], nothing, NULL);
	worker_call(&r->dev.worker[0], nothing, NULL);
}

/* One broken ring costs the device, not only that queue. */
START_TEST(no_queue_is_served_in_a_device_that_needs_a_reset)
{
	struct vdev_rig *r = rig_device();

	rig_enter(r, RIG_RUNNING);
	memset(r->ring.avail, 0, 64);
	rig_offer(&r->ring, 0xffff);
	vdev_notify(&r->dev, 0);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN | NEEDS_RESET);
	offer_second(r);
	ring_second(r);
	ck_assert_uint_eq(r->served, 0);
	/* it has not forgotten how */
	rig_enter(r, RIG_RUNNING);
	offer_second(r);
	ring_second(r);
	ck_assert_uint_eq(r->served, 1);
	rig_device_fini(r);
}
END_TEST

START_TEST(no_queue_is_served_after_one_that_breaks_at_the_start)
{
	struct vdev_rig *r = rig_device();

	rig_enter(r, RIG_FEATURES_OK);
	memset(r->ring.avail, 0, 64);
	rig_offer(&r->ring, 0xffff);
	offer_second(r);
	vdev_set_status(&r->dev, RUN);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN | NEEDS_RESET);
	ring_second(r);
	ck_assert_uint_eq(r->served, 0);
	rig_device_fini(r);
}
END_TEST

/* The rings of a driver that has given up may be gone already. */
START_TEST(a_driver_that_gives_up_is_let_alone)
{
	static const enum rig_state from[] = { RIG_RUNNING, RIG_NEEDS_RESET };
	struct vdev_rig *r = rig_device();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		rig_enter(r, from[i]);
		vdev_set_status(&r->dev, RUN | FAILED);
		ck_assert_uint_eq(vdev_status(&r->dev),
				  states[from[i]].status | FAILED);
		ck_assert_uint_eq(r->doorbells | r->calls, 0);
		ck_assert_uint_eq(r->stops, i + 1);
		ck_assert_uint_eq(r->queue_stops, r->queue_starts);
		offer_second(r);
		ring_second(r);
		ck_assert_uint_eq(r->served, 0);
		/* as often as it likes, until it resets */
		vdev_set_status(&r->dev, RUN | FAILED);
		vdev_set_status(&r->dev, 0);
		ck_assert_uint_eq(r->stops, i + 1);
	}
	rig_enter(r, RIG_RUNNING);
	offer_second(r);
	ring_second(r);
	ck_assert_uint_eq(r->served, 1);
	rig_device_fini(r);
}
END_TEST

START_TEST(a_device_that_cannot_start)
{
	struct vdev_rig *r = rig_device();

	r->start_result = -EIO;
	rig_enter(r, RIG_RUNNING);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN | NEEDS_RESET);
	vdev_set_status(&r->dev, 0);
	ck_assert_uint_eq(r->stops, 0);
	r->start_result = 0;
	rig_enter(r, RIG_RUNNING);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN);
	rig_device_fini(r);
}
END_TEST

START_TEST(a_queue_that_cannot_start)
{
	struct vdev_rig *r = rig_device();

	r->queue_result = -EIO;
	rig_enter(r, RIG_RUNNING);
	ck_assert(vdev_status(&r->dev) & NEEDS_RESET);
	vdev_notify(&r->dev, 0);
	ck_assert_uint_eq(r->kicks, 0);
	vdev_set_status(&r->dev, 0);
	ck_assert_uint_eq(r->queue_stops, 0);
	r->queue_result = 0;
	rig_enter(r, RIG_RUNNING);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN);
	rig_device_fini(r);
}
END_TEST

START_TEST(no_queue_at_all)
{
	struct vdev_rig *r = rig_device();

	rig_enter(r, RIG_DRIVER);
	vdev_accept(&r->dev, 1, 1);
	vdev_set_status(&r->dev, RUN);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN);
	vdev_notify(&r->dev, 0);
	ck_assert_uint_eq(r->kicks, 0);
	rig_device_fini(r);
}
END_TEST

/* Settings are those of the moment of DRIVER_OK. */
START_TEST(settings_after_the_start)
{
	struct vdev_rig *r = rig_device();

	rig_enter(r, RIG_RUNNING);
	rig_queue(r, 1);
	vdev_queue_set(&r->dev, 0, VDEV_Q_SIZE, 0x8000);
	vdev_queue_set(&r->dev, 0, VDEV_Q_DESC_HI, ~0U);
	vdev_queue_set(&r->dev, 0, VDEV_Q_ENABLE, 0);
	rig_desc(&r->ring, 0, RIG_DATA + 0x8000, 8, VRING_DESC_F_WRITE, 0);
	rig_offer(&r->ring, 0);
	vdev_notify(&r->dev, 0);
	ck_assert_uint_eq(r->served, 1);
	ck_assert_uint_eq(vdev_status(&r->dev), RUN);
	rig_device_fini(r);
}
END_TEST

/* A guest that adds without end gives others a turn. */
START_TEST(a_turn_ends)
{
	struct vdev_rig *r = rig_device();
	struct vring_desc *desc = rig_host(&r->ring, RIG_DESC + 0x8000);
	struct vring_avail *avail = rig_host(&r->ring, RIG_AVAIL + 0x8000);
	unsigned int i;

	rig_enter(r, RIG_RUNNING);
	desc[0] = (struct vring_desc){ .addr = RIG_DATA, .len = 1 };
	for (i = 1; i <= 2 * VQ_SIZE_MAX / 16 + 1; i++) {
		avail->idx = (uint16_t)(16 * i);
		vdev_notify(&r->dev, 1);
		rig_wait(&r->served, 16 * i);
	}
	rig_device_fini(r);
}
END_TEST

START_TEST(the_configuration_changes)
{
	struct vdev_rig *r = rig_device();
	uint32_t before = r->dev.config_generation;

	rig_enter(r, RIG_FEATURES_OK);
	vdev_config_changed(&r->dev);
	ck_assert_uint_eq(r->config_signals, 0);
	rig_enter(r, RIG_RUNNING);
	vdev_config_changed(&r->dev);
	ck_assert_uint_eq(r->config_signals, 1);
	ck_assert_uint_eq(r->dev.config_generation, before + 2);
	rig_device_fini(r);
}
END_TEST

START_TEST(as_many_queues_and_threads_as_there_are)
{
	struct vdev_rig *r = rig_device();
	unsigned int i;

	for (i = RIG_QUEUES; i < VDEV_QUEUES_MAX; i++)
		ck_assert_int_eq(vdev_add_queue(&r->dev, NULL), 0);
	ck_assert_int_eq(vdev_add_queue(&r->dev, NULL), -ENOSPC);
	for (i = 1; i < VDEV_WORKERS_MAX; i++)
		ck_assert_int_eq(vdev_add_worker(&r->dev), (int)i);
	ck_assert_int_eq(vdev_add_worker(&r->dev), -ENOSPC);
	r->dev.nr_workers = 1;
	rig_device_fini(r);
}
END_TEST

/* As of now: the lowest that is free. */
static int next_fd(void)
{
	int fd = dup(STDIN_FILENO);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return fd;
}

/* Nothing is left of a queue for which there are too few descriptors. */
START_TEST(a_queue_without_descriptors)
{
	struct vdev_rig *r = rig_device();
	const int free_fd = next_fd();
	struct rlimit before, few;
	unsigned int i;

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	r->dev.external = true;
	for (i = 0; i < 3; i++) {
		few.rlim_cur = (rlim_t)free_fd + i;
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
		ck_assert_int_eq(vdev_add_queue(&r->dev, NULL), -EMFILE);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
		ck_assert_int_eq(next_fd(), free_fd);
	}
	ck_assert_int_eq(vdev_add_queue(&r->dev, NULL), 0);
	ck_assert_int_eq(next_fd(), free_fd + 3);
	r->dev.external = false;
	rig_device_fini(r);
	for (i = 0; i < 3; i++)
		ck_assert_int_eq(fcntl(free_fd + (int)i, F_GETFD), -1);
}
END_TEST

START_TEST(attached_again)
{
	struct vdev_rig *r = rig_device();
	const struct vdev_transport *t = r->dev.transport;

	rig_enter(r, RIG_RUNNING);
	vdev_detach(&r->dev);
	ck_assert_uint_eq(r->stops, 1);
	vdev_detach(&r->dev);
	vdev_attach(&r->dev, &r->ring.mem, NULL, t, r);
	ck_assert_uint_eq(vdev_status(&r->dev), 0);
	rig_enter(r, RIG_RUNNING);
	ck_assert_uint_eq(r->starts, 2);
	rig_device_fini(r);
}
END_TEST

/* What a good driver does is no misuse, taking down after a reset included. */
START_TEST(misuse_is_counted)
{
	struct vdev_rig *r = rig_device();
	_Atomic uint64_t *count = &r->dev.misuse_log.count;

	rig_enter(r, RIG_RUNNING);
	vdev_set_status(&r->dev, 0);
	vdev_queue_set(&r->dev, 0, VDEV_Q_ENABLE, 0);
	vdev_queue_set(&r->dev, 0, VDEV_Q_VECTOR, VDEV_NO_VECTOR);
	ck_assert_uint_eq(*count, 0);
	rig_enter(r, RIG_RUNNING);
	vdev_notify(&r->dev, VDEV_QUEUES_MAX);
	ck_assert_uint_eq(*count, 1);
	vdev_queue_set(&r->dev, 0, VDEV_Q_SIZE, 4);
	ck_assert_uint_eq(*count, 2);
	vdev_accept(&r->dev, 0, 0);
	ck_assert_uint_eq(*count, 3);
	vdev_queue_set(&r->dev, VDEV_QUEUES_MAX, VDEV_Q_SIZE, 4);
	ck_assert_uint_eq(*count, 4);
	rig_device_fini(r);
}
END_TEST

START_TEST(reports_have_it)
{
	static const char *const words[RIG_STATE_NUM] = {
		[RIG_RESET] = "reset",
		[RIG_ACKNOWLEDGED] = "acknowledge",
		[RIG_DRIVER] = "driver",
		[RIG_FEATURES_OK] = "features_ok",
		[RIG_RUNNING] = "driver_ok",
		[RIG_NEEDS_RESET] = "needs_reset",
		[RIG_FAILED] = "failed",
	};
	struct vdev_rig *r = rig_device();
	struct vdev_state now;
	unsigned int s;

	for (s = 0; s < RIG_STATE_NUM; s++) {
		rig_enter(r, s);
		vdev_get_state(&r->dev, &now);
		ck_assert_str_eq(now.status, words[s]);
		ck_assert_uint_eq(now.faults, s >= RIG_NEEDS_RESET);
		ck_assert_uint_eq(now.misuse, 0);
	}
	vdev_fault(&r->dev, NULL, "wanted by the test");
	vdev_misuse(&r->dev, "wanted by the test");
	vdev_misuse(&r->dev, "wanted by the test");
	vdev_misuse(&r->dev, "wanted by the test");
	vdev_get_state(&r->dev, &now);
	ck_assert_str_eq(now.kind, "rng");
	ck_assert_str_eq(now.status, "needs_reset");
	ck_assert_uint_eq(now.faults, 2);
	ck_assert_uint_eq(now.misuse, 3);
	rig_device_fini(r);
}
END_TEST

T_MAIN("vdev",
       status_in_every_state,
       every_status_in_every_state,
       features_in_every_state,
       queue_registers_in_every_state,
       an_enabled_queue_is_settled,
       notify_in_every_state,
       notify_of_queues_there_are_not,
       config_in_every_state,
       config_space_ends,
       only_what_was_offered,
       not_without_version_1,
       served_from_the_start,
       served_by_the_thread,
       nothing_after_a_reset,
       many_cycles,
       a_queue_set_up_wrongly,
       a_ring_that_breaks,
       a_fault_is_one_line,
       no_queue_is_served_in_a_device_that_needs_a_reset,
       no_queue_is_served_after_one_that_breaks_at_the_start,
       a_driver_that_gives_up_is_let_alone,
       a_device_that_cannot_start,
       a_queue_that_cannot_start,
       no_queue_at_all,
       settings_after_the_start,
       a_turn_ends,
       the_configuration_changes,
       as_many_queues_and_threads_as_there_are,
       a_queue_without_descriptors,
       attached_again,
       misuse_is_counted,
       reports_have_it)
