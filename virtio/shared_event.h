/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared_event - eventfds that a back-end has, too
 *
 * Whether a read or write of a descriptor may wait (O_NONBLOCK) is a property of
 * the open file, which both sides share: the other one can make it wait, and could
 * hold up the thread that touches it for ever.
 */
#ifndef VIRTIO_SHARED_EVENT_H
#define VIRTIO_SHARED_EVENT_H

#include <stdbool.h>

/**
 * shared_event_ring() - make it readable, if it is not.  Any thread
 *
 * It is asked first whether it is full; who fills it in the moment between that and
 * the write has this one wait.
 */
void shared_event_ring(int fd);

/** shared_event_take() - until it is rung again.  Return: whether it was */
bool shared_event_take(int fd);

#endif /* VIRTIO_SHARED_EVENT_H */
