// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtio-vsock - packets that lie about who sent them, how long they are, and
 * how much may be sent: VIRTIO 1.2, 5.10
 */
#include "virtio.h"

#define HEADER		44
#define OP_REQUEST	1
#define OP_RST		3
#define OP_RW		5
#define OP_CREDIT_UPDATE 6
#define OP_CREDIT_REQUEST 7
#define HOST_CID	2
#define HOST_PORT	2000	/* where somebody may listen */
#define FLOOD		300
#define TINY		4
#define TAKEN_MS	50	/* some are never: vhost forgets what it drops */

struct packet {
	uint64_t src_cid, dst_cid;
	uint32_t src_port, dst_port, len;
	uint16_t type, op;
	uint32_t flags, buf_alloc, fwd_cnt;
};

static struct packet plain(struct vio *v, uint16_t op)
{
	return (struct packet){
		.src_cid = vio_config(v, 0, 4), .dst_cid = HOST_CID,
		.src_port = 1000, .dst_port = HOST_PORT, .type = 1, .op = op,
		.buf_alloc = 4096,
	};
}

/* @have bytes of data follow the header, whatever p->len says. */
static void send(struct vio *v, const struct packet *p, uint32_t have)
{
	struct vio_queue *q = vio_q(v);

	memcpy(v->data, p, HEADER);
	vio_desc(q, 0, (uint64_t)v->data, HEADER, have ? DESC_NEXT : 0, 1);
	vio_desc(q, 1, (uint64_t)v->data + 64, have, 0, 0);
	vio_offer(q, 0);
	vio_kick(v, v->work);
	vio_take(q, 1, TAKEN_MS);
}

/* The same, with room for the answer */
static void send_fed(struct vio *v, const struct packet *p, uint32_t have)
{
	vio_feed(v);
	send(v, p, have);
}

static bool other_cids(struct vio *v)
{
	static const uint64_t cids[] = {
		0, 1, 2, 4, 0xffffffff, UINT64_C(0x100000003), ~UINT64_C(0),
	};
	unsigned int i, op;
	struct packet p;

	for (i = 0; i < ARRAY_SIZE(cids); i++)
		for (op = OP_REQUEST; op <= OP_CREDIT_REQUEST; op++) {
			p = plain(v, (uint16_t)op);
			p.src_cid = cids[i];
			send_fed(v, &p, 0);
			p = plain(v, (uint16_t)op);
			p.dst_cid = cids[i];
			send_fed(v, &p, 0);
		}
	return false;
}

static bool lengths(struct vio *v)
{
	static const uint32_t len[] = {
		0, 1, 64, 65, 0x10000, 0x10001, 0x7fffffff, ~0U,
	};
	struct packet p = plain(v, OP_RW);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(len); i++) {
		p.len = len[i];
		send_fed(v, &p, 64);
		send_fed(v, &p, 0);
	}
	return false;
}

static bool operations(struct vio *v)
{
	unsigned int op, type;
	struct packet p;

	for (op = 0; op < 12; op++)
		for (type = 0; type < 4; type++) {
			p = plain(v, (uint16_t)op);
			p.type = (uint16_t)type;
			p.flags = ~0U;
			send_fed(v, &p, 0);
		}
	p = plain(v, 0xffff);
	send_fed(v, &p, 0);
	return false;
}

static bool credit(struct vio *v)
{
	static const uint32_t values[] = { 0, 1, 0x7fffffff, 0x80000000, ~0U };
	unsigned int i, j;
	struct packet p;

	p = plain(v, OP_REQUEST);
	send_fed(v, &p, 0);
	for (i = 0; i < ARRAY_SIZE(values); i++)
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			p = plain(v, OP_CREDIT_UPDATE);
			p.buf_alloc = values[i];
			p.fwd_cnt = values[j];
			send_fed(v, &p, 0);
			p.op = OP_CREDIT_REQUEST;
			send_fed(v, &p, 0);
			p.op = OP_RW;
			p.len = 64;
			send_fed(v, &p, 64);
		}
	return false;
}

static bool flood(struct vio *v)
{
	struct packet p = plain(v, OP_REQUEST);
	unsigned int i;

	for (i = 0; i < FLOOD; i++) {
		p.src_port = 5000 + i;
		p.dst_port = i & 1 ? HOST_PORT : i;
		send_fed(v, &p, 0);
	}
	p.op = OP_RST;
	for (i = 0; i < FLOOD; i++) {
		p.src_port = 5000 + i;
		send_fed(v, &p, 0);
	}
	return false;
}

static bool short_packets(struct vio *v)
{
	unsigned int len;

	for (len = 1; len < HEADER; len += 3) {
		vio_desc(vio_q(v), 0, (uint64_t)v->data, len, 0, 0);
		vio_offer(vio_q(v), 0);
		vio_kick(v, v->work);
		vio_take(vio_q(v), 1, 20);
	}
	return false;
}

/*
 * Answers have nowhere to go: the receive queue has no or tiny buffers. Few of
 * these: Linux forgets to count an answer that did not fit, and after as many as
 * the ring is long it takes nothing from this guest again, resets or not.
 */
static bool nowhere_to_answer(struct vio *v)
{
	struct packet p = plain(v, OP_REQUEST);
	unsigned int i;

	for (i = 0; i < TINY; i++) {
		vio_desc(&v->q[0], i, (uint64_t)v->data + 1024, i * HEADER / TINY,
			 DESC_WRITE, 0);
		vio_offer(&v->q[0], i);
	}
	vio_kick(v, 0);
	for (i = 0; i < 2 * VIO_QSIZE; i++) {
		p.src_port = i;
		send(v, &p, 0);
	}
	return false;
}

void test_vsock(struct vio *v)
{
	if (v->id != VIO_VSOCK)
		return;
	vio_test(v, "vsock-cids", other_cids, WANT_ANY);
	vio_test(v, "vsock-lengths", lengths, WANT_ANY);
	vio_test(v, "vsock-operations", operations, WANT_ANY);
	vio_test(v, "vsock-credit", credit, WANT_ANY);
	vio_test(v, "vsock-flood", flood, WANT_ANY);
	vio_test(v, "vsock-short", short_packets, WANT_ANY);
	vio_test(v, "vsock-no-answers", nowhere_to_answer, WANT_ANY);
}
