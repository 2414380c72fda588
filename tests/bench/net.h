/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net - what the two ends of a network measurement say to each other
 *
 * The guest connects to the host twice: for commands, and for the bytes of the
 * TCP measurements.  Packets of UDP go in windows: whoever receives answers
 * after each, so that no queue on the way overflows, and the cost of the answer
 * is small.
 */
#ifndef BENCH_NET_H
#define BENCH_NET_H

#include <stdint.h>

#define NET_HOST_IP	"192.168.33.1"
#define NET_GUEST_IP	"192.168.33.2"
#define NET_PORT	5001
#define NET_PACKET	64	/* bytes of payload */
#define NET_WINDOW	400	/* packets; a tap's queue holds 1000 */
#define NET_BUFFER	(128 * 1024)
#define NET_PATIENCE_MS	500	/* until a packet counts as lost */

enum net_op {
	NET_END,		/* the guest powers off */
	NET_UDP_OUT,		/* count windows from the guest */
	NET_UDP_IN,		/* to it; each answer is how many came */
	NET_ECHO,		/* count packets there and back */
	NET_TCP_OUT,		/* count MiB from the guest */
	NET_TCP_IN,		/* to it; it sends one byte when all is there */
};

struct net_command {
	uint32_t op;
	uint32_t count;
};

/** net_guest() - be the guest's end until told to end; 0, or 1: it failed */
int net_guest(void);

#endif /* BENCH_NET_H */
