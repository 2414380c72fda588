// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_net - the network device between a driver and a tap, both played here
 */
#include "net_frames.h"

START_TEST(configuration)
{
	uint64_t mac;

	start(0);
	mac = vdev_config_read(rig.dev, 0, 4) |
		vdev_config_read(rig.dev, 4, 2) << 32;
	ck_assert_mem_eq(&mac, one_pair.mac, NET_MAC_LEN);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 6, 2),
			  VIRTIO_NET_S_LINK_UP);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 8, 2), 1);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 12, 4), 0);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 10, 4), 0);
	vdev_config_write(rig.dev, 0, 4, 0x12345678);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 0, 2), 0x1502);
	net_close();
}
END_TEST

static uint64_t offered(const struct net_options *o)
{
	uint64_t features;

	net_open(o);
	features = rig.dev->offered;
	net_close();
	return features;
}

START_TEST(features)
{
	const uint64_t offload = BIT(VIRTIO_NET_F_CSUM) |
		BIT(VIRTIO_NET_F_GUEST_TSO4);
	struct net_options o = one_pair;
	uint64_t f = offered(&o);

	ck_assert_uint_eq(f & offload, offload);
	ck_assert(f & BIT(VIRTIO_F_RING_PACKED));
	ck_assert(f & MRG);
	ck_assert(f & BIT(VIRTIO_NET_F_STATUS));
	ck_assert(f & BIT(VIRTIO_NET_F_CTRL_VQ));
	ck_assert(!(f & BIT(VIRTIO_NET_F_MQ)));
	ck_assert(!(f & BIT(VIRTIO_NET_F_MTU)));
	o.pairs = 2;
	o.offload = false;
	o.packed = false;
	f = offered(&o);
	ck_assert(!(f & offload));
	ck_assert(!(f & BIT(VIRTIO_F_RING_PACKED)));
	ck_assert(f & BIT(VIRTIO_NET_F_MQ));
}
END_TEST

START_TEST(pairs_out_of_range)
{
	struct net_options o = one_pair;
	struct vdev *dev = NULL;
	struct err e;

	o.pairs = 0;
	ck_assert_int_eq(net_create(&o, "net0", &dev, &e), -EINVAL);
	o.pairs = NET_PAIRS_MAX + 1;
	ck_assert_int_eq(net_create(&o, "net0", &dev, &e), -EINVAL);
	ck_assert_ptr_nonnull(strstr(e.text, "mq=9"));
	ck_assert_ptr_null(dev);
}
END_TEST

/* A new driver finds nothing of the time before. */
START_TEST(reset)
{
	start(MRG | BIT(VIRTIO_NET_F_GUEST_CSUM));
	ck_assert(tap.offloads & BIT(VIRTIO_NET_F_GUEST_CSUM));
	net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(60000);	/* waits for buffers */
	ck_assert(net_none_used(RX));
	net_reset();
	tap_gives(1000);	/* for nobody */
	net_start(0, 256);
	ck_assert(!(tap.offloads & BIT(VIRTIO_NET_F_GUEST_CSUM)));
	net_add_in(RX, 1526);
	net_kick(RX);
	ck_assert(net_none_used(RX));
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	expect_alive();
	net_close();
}
END_TEST

START_TEST(many_resets)
{
	start(MRG);
	for (int i = 0; i < 100; i++) {
		net_add_in(RX, 1526);
		net_kick(RX);
		send_frame(plain, FRAME);
		tap_gives(FRAME);
		net_reset();
		net_start(MRG, 256);
	}
	while (recv(tap.peer[0], &rig.next, 1, MSG_DONTWAIT) > 0)
		;
	rig.next = RIG_BUFFER;
	expect_alive();
	net_close();
}
END_TEST

/* The interface is deleted while the guest sends or receives. */
static void gone(unsigned int queue)
{
	start(0);
	ck_assert_uint_eq(rig.config_interrupts, 0);
	tap.gone = true;
	if (queue == RX) {
		net_add_in(RX, 1526);
		net_kick(RX);
	} else {
		send_frame(plain, FRAME);
		net_used(TX, NULL);
	}
	net_until(&rig.config_interrupts);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 6, 2), 0);
	ck_assert_uint_eq(rig.config_interrupts, 1);
	/* frames come to nothing, but come back */
	for (int i = 0; i < 10; i++) {
		send_frame(plain, FRAME);
		ck_assert_uint_eq(net_used(TX, NULL), 0);
	}
	ck_assert(!(vdev_status(rig.dev) & VIRTIO_CONFIG_S_NEEDS_RESET));
	net_reset();
	net_start(0, 256);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 6, 2), 0);
	ck_assert_uint_eq(rig.config_interrupts, 1);
	net_close();
}

START_TEST(gone_on_receive)
{
	gone(RX);
}
END_TEST

START_TEST(gone_on_send)
{
	gone(TX);
}
END_TEST

START_TEST(broken_ring)
{
	start(0);
	net_add_in(RX, 1526);
	net_kick(RX);
	rig.q[TX].avail->ring[0] = 9999;
	rig.q[TX].avail->idx = 1;
	net_kick(TX);
	net_until(&rig.config_interrupts);
	ck_assert(vdev_status(rig.dev) & VIRTIO_CONFIG_S_NEEDS_RESET);
	/* nor is a frame received that comes after that */
	tap_gives(FRAME);
	ck_assert(net_none_used(RX));
	net_reset();
	net_start(0, 256);
	expect_alive();
	net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), NET_HDR_LEN + FRAME);
	net_close();
}
END_TEST

START_TEST(start_fails)
{
	net_open(&one_pair);
	tap.fail = -EIO;
	net_start(0, 256);
	ck_assert(vdev_status(rig.dev) & VIRTIO_CONFIG_S_NEEDS_RESET);
	tap.fail = 0;
	net_reset();
	net_start(0, 256);
	expect_alive();
	net_close();
}
END_TEST

/*
 * The control queue
 */

/* Return: the device's answer, 0xaa when there was none. */
static uint8_t control(unsigned int queue, uint8_t class, uint8_t cmd,
		       uint64_t arg, uint32_t arg_len)
{
	uint8_t *p = net_buffer(16), *ack = net_buffer(1);
	struct net_part part[] = {
		{ p, 2, false }, { p + 2, arg_len, false }, { ack, 1, true },
	};

	p[0] = class;
	p[1] = cmd;
	memcpy(p + 2, &arg, sizeof(arg));
	*ack = 0xaa;
	net_add(queue, part, 3);
	net_kick(queue);
	ck_assert_uint_eq(net_used(queue, NULL), 1);
	return *ack;
}

static uint8_t set_pairs(unsigned int queue, uint16_t nr)
{
	return control(queue, VIRTIO_NET_CTRL_MQ,
		       VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET, nr, 2);
}

static const struct net_options four_pairs = {
	.fd = -1, .pairs = 4, .offload = true,
};

#define MQ (BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_MQ))

START_TEST(queue_pairs)
{
	const unsigned int ctrl = 8;

	net_open(&four_pairs);
	net_start(MQ, 256);
	ck_assert_uint_eq(vdev_config_read(rig.dev, 8, 2), 4);
	ck_assert_uint_eq(tap.used, 1);
	ck_assert_uint_eq(set_pairs(ctrl, 3), VIRTIO_NET_OK);
	ck_assert_uint_eq(tap.used, 3);
	ck_assert_uint_eq(set_pairs(ctrl, 0), VIRTIO_NET_ERR);
	ck_assert_uint_eq(set_pairs(ctrl, 5), VIRTIO_NET_ERR);
	ck_assert_uint_eq(set_pairs(ctrl, 0x8000), VIRTIO_NET_ERR);
	ck_assert_uint_eq(set_pairs(ctrl, 0xffff), VIRTIO_NET_ERR);
	ck_assert_uint_eq(tap.used, 3);
	tap.fail = -EIO;
	ck_assert_uint_eq(set_pairs(ctrl, 4), VIRTIO_NET_ERR);
	tap.fail = 0;
	net_close();
}
END_TEST

/* Each change costs the whole host something; what changes nothing does not. */
START_TEST(changes_without_end)
{
	const unsigned int ctrl = 8;
	unsigned int i, done = 0;

	net_open(&four_pairs);
	net_start(MQ, 256);
	while (done < 100 && set_pairs(ctrl, 2 + done % 2) == VIRTIO_NET_OK)
		done++;
	ck_assert_uint_ge(done, 32);
	ck_assert_uint_lt(done, 100);
	for (i = 0; i < 100; i++)
		ck_assert_uint_eq(set_pairs(ctrl, (uint16_t)tap.used),
				  VIRTIO_NET_OK);
	net_close();
}
END_TEST

/* A pair is silent until the driver has asked for it. */
START_TEST(pair_wakes_up)
{
	const unsigned int rx2 = 4, ctrl = 8;
	uint8_t frame[NET_HDR_LEN + FRAME] = { 0 };

	net_open(&four_pairs);
	net_start(MQ, 256);
	net_add_in(rx2, 1526);
	net_kick(rx2);
	ck_assert_int_eq(send(tap.peer[2], frame, sizeof(frame), 0),
			 sizeof(frame));
	ck_assert(net_none_used(rx2));
	ck_assert_uint_eq(set_pairs(ctrl, 4), VIRTIO_NET_OK);
	ck_assert_uint_eq(net_used(rx2, NULL), sizeof(frame));
	ck_assert_uint_eq(set_pairs(ctrl, 1), VIRTIO_NET_OK);
	net_add_in(rx2, 1526);
	net_kick(rx2);
	ck_assert_int_eq(send(tap.peer[2], frame, sizeof(frame), 0),
			 sizeof(frame));
	ck_assert(net_none_used(rx2));
	net_close();
}
END_TEST

/* 5.1.2: the control queue comes after the pairs that were negotiated. */
START_TEST(control_without_mq)
{
	net_open(&four_pairs);
	net_start(BIT(VIRTIO_NET_F_CTRL_VQ), 256);
	ck_assert_uint_eq(set_pairs(CTRL, 2), VIRTIO_NET_ERR);
	expect_alive();
	net_close();
}
END_TEST

static uint8_t set_offloads(uint64_t value, uint32_t len)
{
	return control(CTRL, VIRTIO_NET_CTRL_GUEST_OFFLOADS,
		       VIRTIO_NET_CTRL_GUEST_OFFLOADS_SET, value, len);
}

START_TEST(offloads)
{
	const uint64_t csum = BIT(VIRTIO_NET_F_GUEST_CSUM);
	const uint64_t tso4 = BIT(VIRTIO_NET_F_GUEST_TSO4);

	start(BIT(VIRTIO_NET_F_CTRL_VQ) | csum | tso4 |
	      BIT(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS));
	ck_assert_uint_eq(set_offloads(csum, 8), VIRTIO_NET_OK);
	ck_assert_uint_eq(tap.offloads, csum);
	ck_assert_uint_eq(set_offloads(0, 8), VIRTIO_NET_OK);
	ck_assert_uint_eq(tap.offloads, 0);
	ck_assert_uint_eq(set_offloads(csum | tso4, 8), VIRTIO_NET_OK);
	/* not negotiated; no offload; cut off */
	ck_assert_uint_eq(set_offloads(BIT(VIRTIO_NET_F_GUEST_TSO6), 8),
			  VIRTIO_NET_ERR);
	ck_assert_uint_eq(set_offloads(BIT(VIRTIO_NET_F_CTRL_VQ), 8),
			  VIRTIO_NET_ERR);
	ck_assert_uint_eq(set_offloads(csum, 7), VIRTIO_NET_ERR);
	ck_assert_uint_eq(tap.offloads, csum | tso4);
	net_close();
}
END_TEST

START_TEST(bad_commands)
{
	uint8_t *p;
	struct net_part no_room = { NULL, 2, false };
	struct net_part short_one[2];

	start(BIT(VIRTIO_NET_F_CTRL_VQ));
	p = net_buffer(64);
	ck_assert_uint_eq(set_offloads(0, 8), VIRTIO_NET_ERR);
	ck_assert_uint_eq(set_pairs(CTRL, 1), VIRTIO_NET_ERR);
	ck_assert_uint_eq(control(CTRL, 0xff, 0xff, 0, 8), VIRTIO_NET_ERR);
	ck_assert_uint_eq(control(CTRL, VIRTIO_NET_CTRL_MQ, 9, 0, 2),
			  VIRTIO_NET_ERR);
	no_room.data = p;
	net_add(CTRL, &no_room, 1);
	net_kick(CTRL);
	ck_assert_uint_eq(net_used(CTRL, NULL), 0);
	short_one[0] = (struct net_part){ p, 1, false };
	short_one[1] = (struct net_part){ p + 8, 1, true };
	net_add(CTRL, short_one, 2);
	net_kick(CTRL);
	ck_assert_uint_eq(net_used(CTRL, NULL), 1);
	ck_assert_uint_eq(p[8], VIRTIO_NET_ERR);
	expect_alive();
	net_close();
}
END_TEST

T_MAIN("net", configuration, features, pairs_out_of_range, reset, many_resets,
       gone_on_receive, gone_on_send, broken_ring, start_fails, queue_pairs,
       changes_without_end, pair_wakes_up, control_without_mq, offloads,
       bad_commands)
