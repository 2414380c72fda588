// SPDX-License-Identifier: GPL-2.0-or-later
/* virtio-state - the steps to DRIVER_OK in every wrong order */
#include "virtio.h"

#define CYCLES		50
#define QUIET_MS	10
#define ALL_BUT_OK	(VIO_ACK | VIO_DRIVER | VIO_FEATURES_OK)

static void ask(struct vio *v)
{
	vio_request(v, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
}

static bool kick_too_early(struct vio *v)
{
	vio_prepare(v, vio_features(v));
	ask(v);
	delay_ms(QUIET_MS);
	vio_expect(!vio_used(vio_q(v)), "served before DRIVER_OK");
	vio_write(v, VIO_STATUS, ALL_BUT_OK | VIO_DRIVER_OK);
	vio_kick(v, v->work);
	return true;
}

static bool kick_after_reset(struct vio *v)
{
	vio_reset(v);
	ask(v);
	return true;
}

/* As many as fit; returns how many. */
static unsigned int fill(struct vio *v)
{
	unsigned int first = 0, nr = 0, used;

	do {
		used = vio_request(v, first);
		vio_offer(vio_q(v), first);
		first += used;
		nr++;
	} while (first + used <= VIO_QSIZE);
	return nr;
}

/* After a reset has ended the device touches no memory any more. */
static bool reset_in_flight(struct vio *v)
{
	uint16_t before;
	unsigned int i;

	for (i = 0; i < 10; i++) {
		fill(v);
		vio_kick(v, v->work);
		vio_expect(vio_reset(v), "reset does not end");
		before = vio_q(v)->used->idx;
		delay_ms(2);
		vio_expect(vio_q(v)->used->idx == before,
			   "used ring written after a reset");
		vio_start(v, vio_features(v));
	}
	return false;
}

static bool reset_cycles(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < CYCLES; i++)
		vio_expect(vio_start(v, vio_features(v)), "does not start");
	ask(v);
	return true;
}

static bool reset_twice(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < CYCLES; i++)
		vio_write(v, VIO_STATUS, 0);
	vio_start(v, vio_features(v));
	ask(v);
	return true;
}

static bool bits_cleared(struct vio *v)
{
	static const uint8_t status[] = {
		VIO_DRIVER_OK, VIO_ACK, VIO_ACK | VIO_DRIVER,
		ALL_BUT_OK, VIO_FEATURES_OK | VIO_DRIVER_OK,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(status); i++) {
		vio_write(v, VIO_STATUS, status[i]);
		ask(v);
	}
	return true;
}

static bool unoffered_feature(struct vio *v)
{
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		if (v->offered & vio_bit(bit))
			continue;
		vio_reset(v);
		vio_expect(!vio_negotiate(v, vio_features(v) | vio_bit(bit)),
			   "a feature was accepted that was not offered");
		vio_write(v, VIO_STATUS, ALL_BUT_OK | VIO_DRIVER_OK);
	}
	vio_reset(v);
	vio_expect(!vio_negotiate(v, ~UINT64_C(0)),
		   "all features at once were accepted");
	ask(v);
	return true;
}

static bool no_features_ok(struct vio *v)
{
	unsigned int i;

	vio_reset(v);
	vio_write(v, VIO_STATUS, VIO_ACK);
	vio_write(v, VIO_STATUS, VIO_ACK | VIO_DRIVER);
	for (i = 0; i < v->nr_queues; i++) {
		vio_queue_setup(v, i);
		vio_write(v, VIO_Q_READY, 1);
	}
	vio_write(v, VIO_STATUS, VIO_ACK | VIO_DRIVER | VIO_DRIVER_OK);
	ask(v);
	return true;
}

static bool features_changed_late(struct vio *v)
{
	vio_write(v, VIO_DRV_SEL, 0);
	vio_write(v, VIO_DRV_FEATURES, (uint32_t)v->offered);
	vio_write(v, VIO_DRV_SEL, 1);
	vio_write(v, VIO_DRV_FEATURES, (uint32_t)(v->offered >> 32));
	ask(v);
	return true;
}

static bool all_offered(struct vio *v)
{
	vio_reset(v);
	vio_negotiate(v, v->offered);
	vio_write(v, VIO_STATUS, ALL_BUT_OK | VIO_DRIVER_OK);
	return true;
}

static bool reserved_bits(struct vio *v)
{
	vio_reset(v);
	vio_write(v, VIO_STATUS, 0x30);
	vio_write(v, VIO_STATUS, 0xff);
	vio_reset(v);
	vio_write(v, VIO_STATUS, ~0U);
	vio_write(v, VIO_STATUS, 0xffffff00);
	return true;
}

static bool failed(struct vio *v)
{
	vio_write(v, VIO_STATUS, vio_read(v, VIO_STATUS) | VIO_FAILED);
	ask(v);
	return true;
}

static bool wrong_order(struct vio *v)
{
	vio_reset(v);
	vio_write(v, VIO_STATUS, VIO_DRIVER_OK);
	vio_write(v, VIO_STATUS, VIO_DRIVER_OK | VIO_DRIVER);
	vio_write(v, VIO_STATUS, VIO_DRIVER_OK | VIO_DRIVER | VIO_ACK);
	vio_write(v, VIO_STATUS, ALL_BUT_OK | VIO_DRIVER_OK);
	ask(v);
	return true;
}

static bool every_status(struct vio *v)
{
	uint32_t status;

	for (status = 0; status < 256; status++) {
		vio_write(v, VIO_STATUS, status);
		vio_write(v, VIO_Q_READY, 1);
		vio_kick(v, v->work);
	}
	return true;
}

static bool needs_reset_by_driver(struct vio *v)
{
	vio_write(v, VIO_STATUS, vio_read(v, VIO_STATUS) | VIO_NEEDS_RESET);
	return true;
}

static bool ok_twice(struct vio *v)
{
	ask(v);
	vio_write(v, VIO_STATUS, ALL_BUT_OK | VIO_DRIVER_OK);
	vio_write(v, VIO_STATUS, ALL_BUT_OK | VIO_DRIVER_OK);
	return true;
}

void test_state(struct vio *v)
{
	vio_test(v, "state-kick-early", kick_too_early, WANT_ANSWER);
	vio_test(v, "state-kick-after-reset", kick_after_reset, WANT_SILENCE);
	vio_test(v, "state-reset-in-flight", reset_in_flight, WANT_ANY);
	vio_test(v, "state-reset-cycles", reset_cycles, WANT_ANSWER);
	vio_test(v, "state-reset-twice", reset_twice, WANT_ANSWER);
	vio_test(v, "state-bits-cleared", bits_cleared, WANT_ANY);
	vio_test(v, "state-unoffered", unoffered_feature, WANT_SILENCE);
	vio_test(v, "state-no-features-ok", no_features_ok, WANT_ANY);
	vio_test(v, "state-features-late", features_changed_late, WANT_ANY);
	vio_test(v, "state-all-offered", all_offered, WANT_ANY);
	vio_test(v, "state-reserved-bits", reserved_bits, WANT_ANY);
	vio_test(v, "state-failed", failed, WANT_ANY);
	vio_test(v, "state-wrong-order", wrong_order, WANT_ANY);
	vio_test(v, "state-every-status", every_status, WANT_ANY);
	vio_test(v, "state-needs-reset", needs_reset_by_driver, WANT_ANY);
	vio_test(v, "state-ok-twice", ok_twice, WANT_ANSWER);
}
