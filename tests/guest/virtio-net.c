// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-net - frames, offload headers and control requests that are wrong:
 * VIRTIO 1.2, 5.1
 *
 * A frame that cannot be sent is lost and its buffer used; the queue goes on.
 */
#include "virtio.h"

#define RX		0
#define HEADER		12
#define FRAME		60
#define F_CTRL_VQ	17
#define NEEDS_CSUM	1
#define GSO_TCPV4	1
#define GSO_UDP		3
#define GSO_TCPV6	4
#define GSO_ECN		0x80
#define ANSWER_MS	3000

struct net_header {
	uint8_t flags;
	uint8_t gso;
	uint16_t hdr_len;
	uint16_t gso_size;
	uint16_t csum_start;
	uint16_t csum_offset;
	uint16_t buffers;
};

static void begin(struct vio *v)
{
	vio_start(v, vio_features(v) | (v->offered & 0xffffff));
}

static void send(struct vio *v, uint64_t addr, uint32_t len)
{
	vio_desc(vio_q(v), 0, addr, len, 0, 0);
	vio_offer(vio_q(v), 0);
	vio_kick(v, v->work);
	if (!v->lenient)
		vio_expect(vio_take(vio_q(v), 1, ANSWER_MS) || vio_broken(v),
			   "neither used nor rejected");
	else
		vio_take(vio_q(v), 1, 20);
}

static void frame(struct vio *v)
{
	uint8_t *p = v->data;

	memset(p, 0, HEADER + FRAME);
	memset(p + HEADER, 0xff, 6);
	p[HEADER + 6] = 0x02;
	p[HEADER + 12] = 0x08;
	p[HEADER + 14] = 0x45;
}

static bool short_frames(struct vio *v)
{
	uint32_t len;

	for (len = 1; len < HEADER + 20; len++) {
		frame(v);
		send(v, (uint64_t)v->data, len);
	}
	return false;
}

static bool oversize(struct vio *v)
{
	uint64_t room = (ram_end - (uint64_t)v->data) & ~UINT64_C(4095);
	static const uint32_t len[] = {
		1514 + HEADER + 1, 4096, 9018, 65536, 65550, 65551, 70000,
		0x100000,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		frame(v);
		if (len[i] <= room)
			send(v, (uint64_t)v->data, len[i]);
	}
	send(v, (uint64_t)v->data, (uint32_t)room);
	return false;
}

static void bad_header(struct vio *v, struct net_header h)
{
	frame(v);
	memcpy(v->data, &h, sizeof(h));
	send(v, (uint64_t)v->data, HEADER + FRAME);
}

static bool bad_gso(struct vio *v)
{
	static const uint8_t types[] = {
		GSO_TCPV4, GSO_UDP, GSO_TCPV6, GSO_TCPV4 | GSO_ECN, 2, 5, 6,
		0x7f, 0x80, 0xff,
	};
	unsigned int i;

	begin(v);
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		bad_header(v, (struct net_header){ .gso = types[i] });
		bad_header(v, (struct net_header){ .gso = types[i],
						   .gso_size = 0xffff,
						   .hdr_len = 0xffff });
		bad_header(v, (struct net_header){ .gso = types[i],
						   .gso_size = 1,
						   .hdr_len = 1,
						   .flags = NEEDS_CSUM });
	}
	return false;
}

static bool bad_checksum(struct vio *v)
{
	static const uint16_t at[] = { 0, 13, FRAME - 1, FRAME, 0x7fff, 0xffff };
	unsigned int i, j;

	begin(v);
	for (i = 0; i < ARRAY_SIZE(at); i++)
		for (j = 0; j < ARRAY_SIZE(at); j++)
			bad_header(v, (struct net_header){
					.flags = NEEDS_CSUM,
					.csum_start = at[i],
					.csum_offset = at[j] });
	return false;
}

static bool bad_flags(struct vio *v)
{
	unsigned int flags;

	for (flags = 0; flags < 256; flags += 3)
		bad_header(v, (struct net_header){ .flags = (uint8_t)flags,
						   .buffers = 0xffff });
	return false;
}

/* Buffers too small for a header, and none at all, where frames come. */
static bool short_receive(struct vio *v)
{
	struct vio_queue *q = &v->q[RX];
	unsigned int i;

	begin(v);
	for (i = 0; i < VIO_QSIZE; i++) {
		vio_desc(q, i, (uint64_t)v->data + i, i, DESC_WRITE, 0);
		vio_offer(q, i);
	}
	vio_kick(v, RX);
	frame(v);
	send(v, (uint64_t)v->data, HEADER + FRAME);
	return false;
}

static bool readable_receive(struct vio *v)
{
	unsigned int i;

	for (i = 0; i < VIO_QSIZE; i++) {
		vio_desc(&v->q[RX], i, (uint64_t)v->data, 2048, 0, 0);
		vio_offer(&v->q[RX], i);
	}
	vio_kick(v, RX);
	delay_ms(5);
	return false;
}

/* Class, command, data and acknowledgement: 5.1.6.5 */
static void control(struct vio *v, unsigned int ctrl, uint8_t class,
		    uint8_t command, uint32_t len)
{
	struct vio_queue *q = &v->q[ctrl];
	uint8_t *p = v->data;

	p[0] = class;
	p[1] = command;
	p[64] = 0xee;
	vio_desc(q, 0, (uint64_t)p, 2, DESC_NEXT, len ? 1 : 2);
	vio_desc(q, 1, (uint64_t)p + 128, len, DESC_NEXT, 2);
	vio_desc(q, 2, (uint64_t)p + 64, 1, DESC_WRITE, 0);
	vio_offer(q, 0);
	vio_kick(v, ctrl);
	vio_take(q, 1, 100);
}

static bool controls(struct vio *v)
{
	unsigned int ctrl = v->nr_queues - 1, class, command, value;

	if (!(v->offered & vio_bit(F_CTRL_VQ)) || v->nr_queues < 3 ||
	    v->nr_queues == VIO_QUEUES)
		return vio_skip();
	v->in_use = v->nr_queues;
	begin(v);
	for (class = 0; class < 7; class++)
		for (command = 0; command < 4; command++) {
			control(v, ctrl, (uint8_t)class, (uint8_t)command, 0);
			control(v, ctrl, (uint8_t)class, (uint8_t)command,
				VIO_PAGE);
		}
	/* pairs of queues: none, too many, those there are not */
	for (value = 0; value < 0x10000; value += 0x1555) {
		v->data[128] = (uint8_t)value;
		v->data[129] = (uint8_t)(value >> 8);
		control(v, ctrl, 4, 0, 2);
	}
	return false;
}

static bool control_without(struct vio *v)
{
	unsigned int ctrl = v->nr_queues - 1;

	if (v->nr_queues < 3 || v->nr_queues == VIO_QUEUES)
		return vio_skip();
	v->in_use = v->nr_queues;
	vio_start(v, vio_features(v));
	control(v, ctrl, 0, 0, 1);
	return false;
}

void test_net(struct vio *v)
{
	if (v->id != VIO_NET)
		return;
	vio_test(v, "net-short", short_frames, WANT_ANY);
	vio_test(v, "net-oversize", oversize, WANT_ANY);
	vio_test(v, "net-gso", bad_gso, WANT_ANY);
	vio_test(v, "net-checksum", bad_checksum, WANT_ANY);
	vio_test(v, "net-flags", bad_flags, WANT_ANY);
	vio_test(v, "net-short-receive", short_receive, WANT_ANY);
	vio_test(v, "net-readable-receive", readable_receive, WANT_ANY);
	vio_test(v, "net-control", controls, WANT_ANY);
	vio_test(v, "net-control-without", control_without, WANT_ANY);
}
