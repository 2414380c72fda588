// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * net_tap - the host's end of a tap interface
 */
#include "net_tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "compat/net.h"
#include "log.h"
#include "net_tap_up.h"
#include "util.h"

#define TAP_DEVICE "/dev/net/tun"

/* Each offload of frames that we read, and its twin for frames we write. */
static const struct {
	unsigned int tun;
	unsigned int guest, host;	/* VIRTIO_NET_F_* */
} tap_offload[] = {
	{ TUN_F_CSUM, VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_CSUM },
	{ TUN_F_TSO4, VIRTIO_NET_F_GUEST_TSO4, VIRTIO_NET_F_HOST_TSO4 },
	{ TUN_F_TSO6, VIRTIO_NET_F_GUEST_TSO6, VIRTIO_NET_F_HOST_TSO6 },
	{ TUN_F_TSO_ECN, VIRTIO_NET_F_GUEST_ECN, VIRTIO_NET_F_HOST_ECN },
	{ TUN_F_UFO, VIRTIO_NET_F_GUEST_UFO, VIRTIO_NET_F_HOST_UFO },
	{ TUN_F_USO4, VIRTIO_NET_F_GUEST_USO4, VIRTIO_NET_F_HOST_USO },
	{ TUN_F_USO6, VIRTIO_NET_F_GUEST_USO6, VIRTIO_NET_F_HOST_USO },
};

uint64_t net_tap_features(const struct net_tap *t)
{
	uint64_t features = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tap_offload); i++)
		if (t->offloads & tap_offload[i].tun)
			features |= BIT(tap_offload[i].guest) |
				    BIT(tap_offload[i].host);
	return features;
}

/*
 * Linux takes both kinds of USO or none (drivers/net/tun.c, set_offload()), and
 * without checksums nothing.
 */
static unsigned int tap_flags(uint64_t features)
{
	const unsigned int uso = TUN_F_USO4 | TUN_F_USO6;
	unsigned int flags = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tap_offload); i++)
		if (features >> tap_offload[i].guest & 1)
			flags |= tap_offload[i].tun;
	if ((flags & uso) != uso)
		flags &= ~uso;
	if (!(flags & (TUN_F_TSO4 | TUN_F_TSO6)))
		flags &= ~TUN_F_TSO_ECN;
	return flags & TUN_F_CSUM ? flags : 0;
}

int net_tap_offload(const struct net_tap *t, uint64_t features)
{
	unsigned long flags = tap_flags(features) & t->offloads;

	return ioctl(t->fd[0], TUNSETOFFLOAD, flags) ? -errno : 0;
}

/* The kernel refuses a set that has what it does not know. */
static void tap_probe(struct net_tap *t)
{
	static const unsigned int try[] = {
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN |
			TUN_F_UFO | TUN_F_USO4 | TUN_F_USO6,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN |
			TUN_F_UFO,
		TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN,
	};

	t->offloads = 0;
	for (size_t i = 0; !t->offloads && i < ARRAY_SIZE(try); i++)
		if (!ioctl(t->fd[0], TUNSETOFFLOAD, (unsigned long)try[i]))
			t->offloads = try[i];
	(void)ioctl(t->fd[0], TUNSETOFFLOAD, 0UL);
}

int net_tap_use(struct net_tap *t, unsigned int nr)
{
	unsigned int i;

	for (i = 0; t->nr_fds > 1 && i < t->nr_fds; i++) {
		struct ifreq ifr = {
			.ifr_flags = i < nr ? IFF_ATTACH_QUEUE :
				     IFF_DETACH_QUEUE,
		};

		/* EINVAL: it is what it is to become */
		if (ioctl(t->fd[i], TUNSETQUEUE, &ifr) && errno != EINVAL)
			return -errno;
	}
	return 0;
}

bool net_tap_alive(const struct net_tap *t)
{
	struct ifreq ifr = { 0 };

	return !ioctl(t->fd[0], TUNGETIFF, &ifr) || errno != EBADFD;
}

static int tap_set_header(const struct net_tap *t, const char *who,
			  struct err *e)
{
	const int size = sizeof(struct virtio_net_hdr_v1);

	if (ioctl(t->fd[0], TUNSETVNETHDRSZ, &size))
		return err_host(e, -errno, "%s: %s: %s: this kernel's tap has "
				"no headers of %d bytes", who, t->name,
				err_name(errno), size);
	return 0;
}

static int tap_refused(const struct net_tap *t, const char *who, int r,
		       struct err *e)
{
	if (r == -EPERM)
		return err_host(e, r, "%s: no right to make interface %s; "
				"name one that is yours with tapif= (\"ip "
				"tuntap add NAME mode tap user $USER\"), or "
				"use mode=user", who, t->name);
	if (r == -EBUSY)
		return err_host(e, r, "%s: %s is in use by another program",
				who, t->name);
	if (r == -EINVAL)
		return err_host(e, r, "%s: %s is no tap, or was made for "
				"another number of queues (\"ip tuntap add "
				"... multi_queue\" is for mq= above 1)",
				who, t->name);
	return err_fault(e, r, "%s: attaching to interface %s", who, t->name);
}

/* One more queue of t->name.  Return: 0 or -errno of TUNSETIFF. */
static int tap_attach(struct net_tap *t, unsigned int flags)
{
	_cleanup_fd_ int fd = open(TAP_DEVICE, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	struct ifreq ifr = {
		.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
				     flags),
	};

	if (fd < 0)
		return -errno;
	memcpy(ifr.ifr_name, t->name, IFNAMSIZ);
	if (ioctl(fd, TUNSETIFF, &ifr))
		return -errno;
	memcpy(t->name, ifr.ifr_name, IFNAMSIZ);
	t->fd[t->nr_fds++] = steal_fd(&fd);
	return 0;
}

/* A tap made for many queues wants to be asked for many, even for one. */
static int tap_attach_all(struct net_tap *t, unsigned int nr, const char *who,
			  struct err *e)
{
	unsigned int flags = nr > 1 ? IFF_MULTI_QUEUE : 0;
	int r = tap_attach(t, flags);

	if (r == -EINVAL && nr == 1) {
		flags = IFF_MULTI_QUEUE;
		r = tap_attach(t, flags);
	}
	while (!r && t->nr_fds < nr)
		r = tap_attach(t, flags);
	return r ? tap_refused(t, who, r, e) : 0;
}

static int tap_by_name(struct net_tap *t, const struct net_options *o,
		       const char *who, struct err *e)
{
	snprintf(t->name, sizeof(t->name), "%s", o->tapif ? o->tapif : "tap%d");
	if (access(TAP_DEVICE, R_OK | W_OK))
		return err_host(e, -errno, "%s: " TAP_DEVICE ": %s; load the "
				"module tun, or use mode=user", who,
				err_name(errno));
	return tap_attach_all(t, o->pairs, who, e);
}

static int tap_by_fd(struct net_tap *t, const struct net_options *o,
		     const char *who, struct err *e)
{
	struct ifreq ifr = { 0 };
	int flags;

	if (ioctl(o->fd, TUNGETIFF, &ifr))
		return err_config(e, "%s: fd=%d: %s; it is to be an open tap",
				  who, o->fd, err_name(errno));
	if (!(ifr.ifr_flags & IFF_TAP) || !(ifr.ifr_flags & IFF_NO_PI) ||
	    !(ifr.ifr_flags & IFF_VNET_HDR))
		return err_config(e, "%s: fd=%d: %.*s was not opened with "
				  "IFF_TAP, IFF_NO_PI and IFF_VNET_HDR", who,
				  o->fd, IFNAMSIZ, ifr.ifr_name);
	if (o->pairs != 1)
		return err_config(e, "%s: fd=%d has one queue; mq=1", who,
				  o->fd);
	flags = fcntl(o->fd, F_GETFL);
	if (flags < 0 || fcntl(o->fd, F_SETFL, flags | O_NONBLOCK) ||
	    fcntl(o->fd, F_SETFD, FD_CLOEXEC))
		return err_fault(e, -errno, "%s: fd=%d", who, o->fd);
	memcpy(t->name, ifr.ifr_name, IFNAMSIZ);
	t->fd[t->nr_fds++] = o->fd;
	return 0;
}

/* lkvm takes these with any tap, and drops them: so do we, but we say it. */
static void tap_warn(const struct net_tap *t, const struct net_options *o,
		     bool is_new, const char *who)
{
	if (o->guest_ip)
		log_warn("%s: guest_ip does nothing with a tap: the guest sets its address by itself",
			 who);
	if (o->host_ip && o->script)
		log_warn("%s: host_ip does nothing where a script brings %s up",
			 who, t->name);
	else if (o->host_ip && !is_new)
		log_warn("%s: host_ip does nothing: %s was there before and keeps its address",
			 who, t->name);
}

int net_tap_open(struct net_tap *t, const struct net_options *o,
		 const char *who, struct err *e)
{
	bool is_new = o->fd < 0 && (!o->tapif || !if_nametoindex(o->tapif));
	int r;

	memset(t, 0, sizeof(*t));
	t->waiter_fd = -1;
	r = o->fd >= 0 ? tap_by_fd(t, o, who, e) : tap_by_name(t, o, who, e);
	if (!r)
		tap_warn(t, o, is_new, who);
	if (!r && (is_new || o->script))
		r = net_tap_up(t, o, who, e);
	if (!r)
		r = tap_set_header(t, who, e);
	if (!r && o->downscript)
		r = net_tap_on_end(t, o->downscript, who, e);
	if (r) {
		net_tap_close(t);
		return r;
	}
	tap_probe(t);
	t->mtu = net_tap_mtu(t);
	return 0;
}

void net_tap_close(struct net_tap *t)
{
	net_tap_end(t);
	while (t->nr_fds)
		close(t->fd[--t->nr_fds]);
}
