// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_user - passt as the other side of a network device
 *
 * It serves the rings by itself where this version of it can (vhost-user), and
 * takes frames from a socket otherwise.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "clock.h"
#include "log.h"
#include "net_dev.h"
#include "net_stream.h"
#include "passt.h"
#include "peer.h"
#include "util.h"

/*
 * Frames by a socket
 */

/* The old one was forgotten by the worker, or was never watched. */
static int stream_again(struct net *net)
{
	int fd, r = helper_again(&net->passt, &fd);

	if (r)
		return r;
	net_stream_renew(net->passt_stream, fd);
	net->pair[0].source.fd = fd;
	net->resume_ms = now_ms() + PEER_STEADY_MS;
	net->lost = false;
	log_guest(&net->renewals, "%s: passt is back", net->dev.name);
	return 0;
}

/* A guest whose passt is gone has a dead link, not a dead device. */
static int stream_start(struct net *net)
{
	helper_watch(&net->passt, &net->dev.worker[0]);
	if (net->lost || net_stream_ended(net->passt_stream))
		(void)stream_again(net);
	return 0;
}

/* Not soon again: a frame of the guest may be what ended it. */
static int stream_renew(struct net_pair *p)
{
	struct worker *worker = p->rxq->worker;
	bool watched = p->source.watched;
	int r;

	if (now_ms() < p->net->resume_ms)
		return -EBUSY;
	worker_unwatch(worker, &p->source);
	r = stream_again(p->net);
	if (!r && watched)
		r = worker_watch(worker, &p->source, EPOLLIN | EPOLLOUT);
	return r;
}

static ssize_t stream_send(struct net_pair *p, struct iovec *iov, int nr)
{
	return net_stream_send(p->net->passt_stream, iov, nr);
}

static ssize_t stream_receive(struct net_pair *p, const struct iovec *iov,
			      int nr)
{
	return net_stream_receive(p->net->passt_stream, iov, (unsigned int)nr);
}

static void stream_flush(struct net_pair *p)
{
	if (net_stream_flush(p->net->passt_stream) == -ENOLINK)
		net_gone(p);
}

static void stream_destroy(struct net *net)
{
	net_stream_free(net->passt_stream);
	helper_fini(&net->passt);
}

static const struct net_backend stream_backend = {
	.start = stream_start,
	.send = stream_send,
	.receive = stream_receive,
	.flush = stream_flush,
	.renew = stream_renew,
	.destroy = stream_destroy,
};

static int stream_create(struct net *net, int fd, struct err *e)
{
	net->passt_stream = net_stream_new(fd);
	if (!net->passt_stream) {
		close(fd);
		return err_fault(e, -ENOMEM, "%s: buffers", net->dev.name);
	}
	net->pair[0].source.fd = fd;
	net->dev.offered |= BIT(VIRTIO_NET_F_MRG_RXBUF);
	return 0;
}

/*
 * Rings by vhost-user
 */

static int rings_start(struct net *net)
{
	helper_watch(&net->passt, &net->dev.worker[0]);
	(void)vhost_user_start(&net->passt_rings, &net->dev.worker[0]);
	return 0;
}

static int rings_on(struct net *net, struct vdev_queue *q)
{
	(void)vhost_user_queue_start(&net->passt_rings, q);
	return 0;
}

static void rings_off(struct net *net, struct vdev_queue *q)
{
	if (vhost_user_queue_stop(&net->passt_rings, q))
		helper_kill(&net->passt);
}

static void rings_stop(struct net *net)
{
	vhost_user_stop(&net->passt_rings);
}

static int rings_reopen(struct vhost_user *vu, int *ret)
{
	return helper_again(&container_of(vu, struct net, passt_rings)->passt,
			    ret);
}

static void rings_destroy(struct net *net)
{
	vhost_user_fini(&net->passt_rings);
	helper_fini(&net->passt);
}

static const struct net_backend rings_backend = {
	.start = rings_start,
	.stop = rings_stop,
	.ring_start = rings_on,
	.ring_stop = rings_off,
	.destroy = rings_destroy,
};

static int rings_create(struct net *net, int fd, struct err *e)
{
	struct vdev *dev = &net->dev;
	int r = vhost_user_init(&net->passt_rings, dev, "passt", fd, e);
	const char *said = helper_last(&net->passt);

	if (r && *said)
		return err_host(e, r, "%s: passt: %s", dev->name, said);
	if (r)
		return r;
	net->passt_rings.reopen = rings_reopen;
	net->passt_rings.optional = true;
	dev->external = true;
	dev->offered = vhost_user_offer(&net->passt_rings, dev->offered,
					BIT(VIRTIO_NET_F_MRG_RXBUF));
	return 0;
}

int net_user_create(struct net *net, const struct net_options *o,
		    struct err *e)
{
	char path[PATH_MAX];
	bool rings;
	int fd, r;

	snprintf(net->peer, sizeof(net->peer), "passt");
	r = passt_find(path, sizeof(path), net->dev.name, e);
	if (r)
		return r;
	rings = !o->no_vhost_user && passt_can_vhost_user(path);
	r = passt_start(&net->passt, path, net->dev.name, o, rings, &fd, e);
	if (r)
		return r;
	net->backend = rings ? &rings_backend : &stream_backend;
	return rings ? rings_create(net, fd, e) : stream_create(net, fd, e);
}
