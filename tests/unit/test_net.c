// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_net - the network device between a driver and a tap, both played here
 */
#include "fake_tap.h"
#include "net_rig.h"
#include "t.h"
#include "virtio/vdev_driver.h"

#define RX 0
#define TX 1
#define CTRL 2			/* of a device with one pair */

#define MRG	BIT(VIRTIO_NET_F_MRG_RXBUF)
#define FRAME	64		/* bytes of a short frame, without header */

static const struct net_options one_pair = {
	.mac = { 2, 0x15, 0x15, 1, 2, 3 }, .fd = -1, .pairs = 1,
	.offload = true, .packed = true,
};

static void start(uint64_t features)
{
	net_open(&one_pair);
	net_start(features, 256);
}

static uint8_t pattern(uint32_t i)
{
	return (uint8_t)(i * 7 + i / 256);
}

static void fill(uint8_t *p, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		p[i] = pattern(i);
}

static void check(const uint8_t *p, uint32_t from, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++)
		ck_assert_uint_eq(p[i], pattern(from + i));
}

/*
 * From the guest
 */

/* A frame of @len bytes behind @hdr, in one buffer. */
static uint16_t send_frame(struct virtio_net_hdr_v1 hdr, uint32_t len)
{
	struct net_part part = { net_buffer(len + NET_HDR_LEN),
				 len + NET_HDR_LEN, false };
	uint16_t head;

	memcpy(part.data, &hdr, NET_HDR_LEN);
	fill((uint8_t *)part.data + NET_HDR_LEN, len);
	head = net_add(TX, &part, 1);
	net_kick(TX);
	return head;
}

static const struct virtio_net_hdr_v1 plain;

/* What the tap got; -1: nothing. */
static ssize_t tap_got(struct virtio_net_hdr_v1 *hdr, uint8_t *frame)
{
	static uint8_t buf[NET_FRAME_MAX];
	ssize_t n = recv(tap.peer[0], buf, sizeof(buf), MSG_DONTWAIT);

	if (n < 0)
		return -1;
	ck_assert_int_ge(n, NET_HDR_LEN);
	memcpy(hdr, buf, NET_HDR_LEN);
	memcpy(frame, buf + NET_HDR_LEN, (size_t)n - NET_HDR_LEN);
	return n - NET_HDR_LEN;
}

static void expect_sent(uint32_t len)
{
	static uint8_t frame[NET_FRAME_MAX];
	struct virtio_net_hdr_v1 hdr;

	ck_assert_int_eq(tap_got(&hdr, frame), len);
	check(frame, 0, len);
}

static void expect_dropped(void)
{
	static uint8_t frame[NET_FRAME_MAX];
	struct virtio_net_hdr_v1 hdr;

	ck_assert_int_eq(tap_got(&hdr, frame), -1);
}

/* Frames still go out, and one that cannot is not kept. */
static void expect_alive(void)
{
	uint32_t head, sent = send_frame(plain, FRAME);

	ck_assert_uint_eq(net_used(TX, &head), 0);
	ck_assert_uint_eq(head, sent);
	expect_sent(FRAME);
	ck_assert_uint_eq(vdev_status(rig.dev) & VIRTIO_CONFIG_S_NEEDS_RESET,
			  0);
}

START_TEST(sends)
{
	uint32_t head, sent;

	start(0);
	sent = send_frame(plain, FRAME);
	ck_assert_uint_eq(net_used(TX, &head), 0);
	ck_assert_uint_eq(head, sent);
	expect_sent(FRAME);
	net_until(&rig.interrupts);
	net_close();
}
END_TEST

/* Header and frame in pieces, as a driver may cut them (5.1.6.2). */
START_TEST(sends_pieces)
{
	uint8_t *p;
	struct net_part part[4];

	start(0);
	p = net_buffer(NET_HDR_LEN + FRAME);
	memset(p, 0, NET_HDR_LEN);
	fill(p + NET_HDR_LEN, FRAME);
	part[0] = (struct net_part){ p, 5, false };
	part[1] = (struct net_part){ p + 5, 8, false };
	part[2] = (struct net_part){ p + 13, 1, false };
	part[3] = (struct net_part){ p + 14, NET_HDR_LEN + FRAME - 14, false };
	net_add(TX, part, 4);
	net_kick(TX);
	net_used(TX, NULL);
	expect_sent(FRAME);
	net_close();
}
END_TEST

START_TEST(longest_frame)
{
	start(0);
	send_frame(plain, NET_FRAME_MAX - NET_HDR_LEN);
	net_used(TX, NULL);
	expect_sent(NET_FRAME_MAX - NET_HDR_LEN);
	net_close();
}
END_TEST

static void send_part(struct net_part part)
{
	net_add(TX, &part, 1);
	net_kick(TX);
	ck_assert_uint_eq(net_used(TX, NULL), 0);
	expect_dropped();
	expect_alive();
}

START_TEST(bad_lengths)
{
	void *p;

	start(0);
	p = net_buffer(0x100000);
	send_part((struct net_part){ p, 1, false });
	send_part((struct net_part){ p, NET_HDR_LEN - 1, false });
	send_part((struct net_part){ p, NET_HDR_LEN, false });
	send_part((struct net_part){ p, NET_HDR_LEN + NET_ETH_LEN - 1,
				     false });
	send_part((struct net_part){ p, NET_FRAME_MAX + 1, false });
	send_part((struct net_part){ p, 0x100000, false });
	/* nothing to read at all */
	send_part((struct net_part){ p, FRAME, true });
	send_part((struct net_part){ p, 0, false });
	ck_assert_uint_eq(rig.net->bad_frames, 8);
	net_close();
}
END_TEST

/* More bytes in a chain than 32 bits hold are no matter of the device. */
START_TEST(huge_chain)
{
	struct net_part part[200];
	void *p;

	start(0);
	p = net_buffer(0x200000);
	for (size_t i = 0; i < ARRAY_SIZE(part); i++)
		part[i] = (struct net_part){ p, 0x200000, false };
	net_add(TX, part, ARRAY_SIZE(part));
	net_kick(TX);
	net_used(TX, NULL);
	expect_dropped();
	expect_alive();
	net_close();
}
END_TEST

START_TEST(bad_headers)
{
	static const struct virtio_net_hdr_v1 bad[] = {
		{ .gso_type = VIRTIO_NET_HDR_GSO_TCPV6, .gso_size = 1400 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_UDP, .gso_size = 1400 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_UDP_L4, .gso_size = 1400 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 },
		{ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4 |
		  VIRTIO_NET_HDR_GSO_ECN, .gso_size = 1400 },
		{ .gso_type = 2, .gso_size = 1400 },
		{ .gso_type = 0x7f, .gso_size = 1400 },
		{ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		  .csum_start = FRAME - 1 },
		{ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		  .csum_offset = FRAME - 1 },
		{ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		  .csum_start = 0xffff, .csum_offset = 0xffff },
	};

	start(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_HOST_TSO4));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		send_frame(bad[i], FRAME);
		ck_assert_uint_eq(net_used(TX, NULL), 0);
		expect_dropped();
	}
	ck_assert_uint_eq(rig.net->bad_frames, ARRAY_SIZE(bad));
	expect_alive();
	net_close();
}
END_TEST

START_TEST(offload_headers)
{
	const struct virtio_net_hdr_v1 good = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM |
			VIRTIO_NET_HDR_F_DATA_VALID | 0x80,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .gso_size = 1400,
		.hdr_len = 54, .csum_start = 34, .csum_offset = 16,
		.num_buffers = 99,
	};
	struct virtio_net_hdr_v1 hdr;
	static uint8_t frame[NET_FRAME_MAX];

	start(BIT(VIRTIO_NET_F_CSUM) | BIT(VIRTIO_NET_F_HOST_TSO4));
	send_frame(good, 3000);
	net_used(TX, NULL);
	ck_assert_int_eq(tap_got(&hdr, frame), 3000);
	ck_assert_uint_eq(hdr.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	ck_assert_uint_eq(hdr.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	ck_assert_uint_eq(hdr.gso_size, 1400);
	ck_assert_uint_eq(hdr.hdr_len, 54);
	ck_assert_uint_eq(hdr.csum_start, 34);
	ck_assert_uint_eq(hdr.csum_offset, 16);
	ck_assert_uint_eq(hdr.num_buffers, 0);
	net_close();
}
END_TEST

START_TEST(checksum_not_negotiated)
{
	start(0);
	send_frame((struct virtio_net_hdr_v1){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM }, FRAME);
	net_used(TX, NULL);
	expect_dropped();
	net_close();
}
END_TEST

/* The table of the specification, without a device around it. */
START_TEST(check_function)
{
	struct virtio_net_hdr_v1 hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = 60, .csum_offset = 2,
	};

	ck_assert_ptr_null(net_tx_check(&hdr, BIT(VIRTIO_NET_F_CSUM), 64));
	ck_assert_ptr_nonnull(net_tx_check(&hdr, BIT(VIRTIO_NET_F_CSUM), 63));
	hdr = (struct virtio_net_hdr_v1){
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4, .gso_size = 1,
	};
	ck_assert_ptr_null(net_tx_check(&hdr, BIT(VIRTIO_NET_F_HOST_USO), 64));
	hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN;
	ck_assert_ptr_null(net_tx_check(&hdr, BIT(VIRTIO_NET_F_HOST_TSO6) |
					BIT(VIRTIO_NET_F_HOST_ECN), 64));
	ck_assert_ptr_nonnull(net_tx_check(&hdr, BIT(VIRTIO_NET_F_HOST_ECN),
					   64));
}
END_TEST

START_TEST(host_refuses)
{
	static const int errors[] = { EINVAL, EIO, ENOBUFS, EFAULT, ENOMEM };

	start(0);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		tap.send_error = errors[i];
		send_frame(plain, FRAME);
		net_used(TX, NULL);
		expect_dropped();
	}
	expect_alive();
	net_close();
}
END_TEST

/* A tap that is full loses no frame and changes no order. */
START_TEST(host_is_slow)
{
	static uint8_t frame[NET_FRAME_MAX];
	struct virtio_net_hdr_v1 hdr;
	uint32_t len = 20000, sent = 0, got = 0;

	start(0);
	for (; sent < 100; sent++)
		send_frame((struct virtio_net_hdr_v1){
			.hdr_len = (uint16_t)sent }, len);
	usleep(20000);
	ck_assert_uint_lt(rig.q[TX].used->idx, sent);
	for (; got < sent; got++) {
		unsigned int i;

		for (i = 0; i < 5000 && tap_got(&hdr, frame) < 0; i++)
			usleep(1000);
		ck_assert_uint_eq(hdr.hdr_len, got);
	}
	for (got = 0; got < sent; got++)
		net_used(TX, NULL);
	net_close();
}
END_TEST

/*
 * To the guest
 */

static void tap_gives(uint32_t len)
{
	static uint8_t buf[NET_FRAME_MAX + 1000];

	memset(buf, 0, NET_HDR_LEN);
	fill(buf + NET_HDR_LEN, len);
	ck_assert_int_eq(send(tap.peer[0], buf, len + NET_HDR_LEN, 0),
			 len + NET_HDR_LEN);
}

static uint16_t num_buffers(const void *p)
{
	struct virtio_net_hdr_v1 hdr;

	memcpy(&hdr, p, sizeof(hdr));
	return hdr.num_buffers;
}

START_TEST(receives)
{
	uint8_t *buf;

	start(0);
	buf = net_add_in(RX, 1526);
	memset(buf, 0xee, 1526);
	net_kick(RX);
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	check(buf + NET_HDR_LEN, 0, FRAME);
	ck_assert_uint_eq(num_buffers(buf), 1);
	ck_assert_uint_eq(buf[NET_HDR_LEN + FRAME], 0xee);
	net_until(&rig.interrupts);
	net_close();
}
END_TEST

/* Frames wait in the tap while the driver has no buffers. */
START_TEST(receives_later)
{
	uint8_t *buf;

	start(0);
	tap_gives(FRAME);
	tap_gives(FRAME + 1);
	ck_assert(net_none_used(RX));
	buf = net_add_in(RX, 1526);
	net_kick(RX);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	check(buf + NET_HDR_LEN, 0, FRAME);
	net_add_in(RX, 1526);
	net_kick(RX);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + 1 + NET_HDR_LEN);
	net_close();
}
END_TEST

/* @len bytes come in buffers of @size bytes. */
static void expect_merged(uint8_t *const buf[], uint32_t size, uint32_t len)
{
	uint32_t total = len + NET_HDR_LEN, done = 0;
	uint32_t nr = (total + size - 1) / size;

	for (uint32_t i = 0; i < nr; i++) {
		uint32_t part = total - done < size ? total - done : size;
		uint32_t skip = i ? 0 : NET_HDR_LEN;

		ck_assert_uint_eq(net_used(RX, NULL), part);
		check(buf[i] + skip, i ? done - NET_HDR_LEN : 0, part - skip);
		done += part;
	}
	ck_assert_uint_eq(num_buffers(buf[0]), nr);
}

/* First by way of spill, then straight, then small ones in between. */
START_TEST(merges)
{
	static const uint32_t len[] = { 60000, 60000, FRAME, 60000, 4000 };
	uint8_t *buf[200];
	uint32_t at = 0;

	start(MRG);
	for (size_t i = 0; i < ARRAY_SIZE(buf); i++)
		buf[i] = net_add_in(RX, 1526);
	net_kick(RX);
	for (size_t i = 0; i < ARRAY_SIZE(len); i++) {
		tap_gives(len[i]);
		expect_merged(buf + at, 1526, len[i]);
		at += (len[i] + NET_HDR_LEN + 1525) / 1526;
	}
	net_close();
}
END_TEST

/* Buffers of several pieces each, so that the window's array is used up. */
START_TEST(merges_pieces)
{
	struct net_part part[200];
	unsigned int round;
	size_t i;

	net_open(&one_pair);
	net_start(MRG, 256);
	for (round = 0; round < 30; round++) {
		uint8_t *p = net_buffer(3000);

		for (i = 0; i < ARRAY_SIZE(part); i++)
			part[i] = (struct net_part){ p + 15 * i, 15, true };
		net_add(RX, part, ARRAY_SIZE(part) / 2);
		net_add(RX, part + ARRAY_SIZE(part) / 2, ARRAY_SIZE(part) / 2);
		net_kick(RX);
		tap_gives(2000);
		ck_assert_uint_eq(net_used(RX, NULL), 1500);
		ck_assert_uint_eq(net_used(RX, NULL), 512);
		check(p + NET_HDR_LEN, 0, 2000);
		rig.next = RIG_BUFFER;
	}
	net_close();
}
END_TEST

/* Half of the buffers are there when the frame comes. */
START_TEST(merges_when_more_come)
{
	uint8_t *buf[40];

	start(MRG);
	for (int i = 0; i < 20; i++)
		buf[i] = net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(60000);
	ck_assert(net_none_used(RX));
	for (int i = 20; i < 40; i++)
		buf[i] = net_add_in(RX, 1526);
	net_kick(RX);
	expect_merged(buf, 1526, 60000);
	net_close();
}
END_TEST

/* A ring full of buffers that are too small together: drop, and go on. */
START_TEST(ring_too_small)
{
	net_open(&one_pair);
	net_start(MRG, 4);
	for (int i = 0; i < 4; i++)
		net_add_in(RX, 100);
	net_kick(RX);
	tap_gives(1000);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(net_used(RX, NULL), 0);
	net_add_in(RX, 100);
	net_kick(RX);
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	net_close();
}
END_TEST

START_TEST(short_buffers)
{
	struct net_part readable = { NULL, 1526, false };
	uint8_t *buf;

	start(0);
	net_add_in(RX, NET_HDR_LEN - 1);
	readable.data = net_buffer(1526);
	net_add(RX, &readable, 1);
	net_add_in(RX, 100);
	buf = net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(200);
	/* no header fits; nothing to write; the frame does not fit */
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(net_used(RX, NULL), 0);
	ck_assert(net_none_used(RX));
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	check(buf + NET_HDR_LEN, 0, FRAME);
	ck_assert_uint_eq(rig.net->bad_frames, 3);
	net_close();
}
END_TEST

START_TEST(many_useless_buffers)
{
	start(0);
	for (int i = 0; i < 200; i++)
		net_add_in(RX, 1);
	net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(FRAME);
	for (int i = 0; i < 200; i++)
		ck_assert_uint_eq(net_used(RX, NULL), 0);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	net_close();
}
END_TEST

/* Longer than any frame: it comes to nothing, the buffers stay. */
START_TEST(jumbo)
{
	start(MRG);
	for (int i = 0; i < 3; i++)
		net_add_in(RX, 70000);
	net_kick(RX);
	tap_gives(NET_FRAME_MAX + 100);
	ck_assert(net_none_used(RX));
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	net_close();
}
END_TEST

START_TEST(receive_error)
{
	start(0);
	tap.receive_error = EFAULT;
	net_add_in(RX, 1526);
	net_kick(RX);
	tap_gives(FRAME);
	ck_assert_uint_eq(net_used(RX, NULL), FRAME + NET_HDR_LEN);
	net_close();
}
END_TEST

/* One interrupt for what came together. */
START_TEST(batch)
{
	unsigned int n;

	start(0);
	for (int i = 0; i < 40; i++)
		tap_gives(FRAME);
	for (int i = 0; i < 40; i++)
		net_add_in(RX, 1526);
	n = rig.interrupts;
	net_kick(RX);
	for (int i = 0; i < 40; i++)
		net_used(RX, NULL);
	net_until(&rig.interrupts);
	usleep(10000);
	ck_assert_uint_eq(rig.interrupts, n + 1);
	net_close();
}
END_TEST

/* More than a turn: the doorbell that the device rings itself goes on. */
START_TEST(long_batch)
{
	start(0);
	for (int i = 0; i < 200; i++)
		net_add_in(RX, 100);
	net_kick(RX);
	for (int i = 0; i < 200; i++) {
		while (send(tap.peer[0], &plain, sizeof(plain), 0) < 0)
			usleep(1000);
	}
	for (int i = 0; i < 200; i++)
		ck_assert_uint_eq(net_used(RX, NULL), NET_HDR_LEN);
	net_close();
}
END_TEST

/*
 * The device
 */

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
	rig.q[TX].avail->ring[0] = 9999;
	rig.q[TX].avail->idx = 1;
	net_kick(TX);
	net_until(&rig.config_interrupts);
	ck_assert(vdev_status(rig.dev) & VIRTIO_CONFIG_S_NEEDS_RESET);
	net_reset();
	net_start(0, 256);
	expect_alive();
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

T_MAIN("net", sends, sends_pieces, longest_frame, bad_lengths, huge_chain,
       bad_headers, offload_headers, checksum_not_negotiated, check_function,
       host_refuses, host_is_slow, receives, receives_later, merges,
       merges_pieces, merges_when_more_come, ring_too_small, short_buffers,
       many_useless_buffers, jumbo, receive_error, batch, long_batch,
       configuration, features, pairs_out_of_range, reset, many_resets,
       gone_on_receive, gone_on_send, broken_ring, start_fails, queue_pairs,
       pair_wakes_up, control_without_mq, offloads, bad_commands)
