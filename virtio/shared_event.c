// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * shared_event - eventfds that a back-end has, too
 */
#include "shared_event.h"

#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

/* One that is full has been rung.  (A write knows no RWF_NOWAIT here.) */
void shared_event_ring(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (poll(&p, 1, 0) > 0 && p.revents & POLLOUT)
		eventfd_write(fd, 1);
}

/* Linux 5.8 or later, as vhost-user's back-ends are */
bool shared_event_take(int fd)
{
	uint64_t times;
	struct iovec iov = { &times, sizeof(times) };

	return preadv2(fd, &iov, 1, -1, RWF_NOWAIT) == sizeof(times);
}
