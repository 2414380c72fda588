/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compat/net - what the build machine's headers for virtio-net and tap may lack
 *
 * Whether the running kernel has it is always found out by trying.  Source of
 * the values: Linux include/uapi/linux/virtio_net.h and if_tun.h, 6.12.
 */
#ifndef INCLUDE_COMPAT_NET_H
#define INCLUDE_COMPAT_NET_H

#include <linux/if_tun.h>
#include <linux/virtio_net.h>

/* Linux 6.2: segmentation of UDP */
#ifndef TUN_F_USO4
#define TUN_F_USO4	0x20
#define TUN_F_USO6	0x40
#endif

#ifndef VIRTIO_NET_F_HOST_USO
#define VIRTIO_NET_F_GUEST_USO4	54
#define VIRTIO_NET_F_GUEST_USO6	55
#define VIRTIO_NET_F_HOST_USO	56
#endif

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#endif /* INCLUDE_COMPAT_NET_H */
