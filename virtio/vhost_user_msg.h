/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vhost_user_msg - one request of the vhost-user protocol, and its answer
 */
#ifndef VIRTIO_VHOST_USER_MSG_H
#define VIRTIO_VHOST_USER_MSG_H

#include <stdbool.h>
#include <stdint.h>

/* "Header" and "Message types" of vhost-user.rst */
enum vu_request {
	VU_GET_FEATURES = 1,
	VU_SET_FEATURES = 2,
	VU_SET_OWNER = 3,
	VU_SET_MEM_TABLE = 5,
	VU_SET_VRING_NUM = 8,
	VU_SET_VRING_ADDR = 9,
	VU_SET_VRING_BASE = 10,
	VU_GET_VRING_BASE = 11,
	VU_SET_VRING_KICK = 12,
	VU_SET_VRING_CALL = 13,
	VU_SET_VRING_ERR = 14,
	VU_GET_PROTOCOL_FEATURES = 15,
	VU_SET_PROTOCOL_FEATURES = 16,
	VU_GET_QUEUE_NUM = 17,
	VU_SET_VRING_ENABLE = 18,
	VU_REQUEST_NUM
};

/* One exchange: what is sent, and the answer where the request has one. */
struct vu_call {
	enum vu_request request;
	const void *payload;
	uint32_t size;
	int fd;			/* sent along; -1: none */
	void *reply;		/* NULL: the request has none of its own */
	uint32_t reply_size;
};

/** vu_name() - of a request, for people */
const char *vu_name(enum vu_request request);

/**
 * vu_exchange() - send a request, wait for its answer and check it
 * @fd:   connected stream socket
 * @acks: VHOST_USER_PROTOCOL_F_REPLY_ACK was agreed on
 * @ms:   for all of it
 *
 * A descriptor that comes with an answer is dropped by the kernel, as there is
 * no room for it.
 *
 * Return: 0 or -errno: -EPROTO, not the answer asked for or not of its size;
 * -EREMOTEIO, a refusal; -ETIMEDOUT; -ECONNRESET.
 */
int vu_exchange(int fd, const struct vu_call *c, bool acks, int ms);

#endif /* VIRTIO_VHOST_USER_MSG_H */
