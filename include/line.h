/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line - a stream of bytes between a guest and the host's console
 *
 * What the serial port and the virtio console have in common for the event
 * loop, which alone calls these functions.
 */
#ifndef INCLUDE_LINE_H
#define INCLUDE_LINE_H

#include <stddef.h>
#include <stdint.h>

struct line_ops {
	/*
	 * Take in what waits elsewhere, and say when to look again: @now is
	 * CLOCK_MONOTONIC in ms.  Return: milliseconds, -1 for "when woken".
	 */
	int (*tick)(void *dev, int64_t now);
	/*
	 * Bytes from the guest, contiguous; *ret is valid until tx_done().
	 * Return: how many, 0 for none.
	 */
	size_t (*tx_peek)(void *dev, const uint8_t **ret);
	/* the host took @n of them, or they are given up */
	void (*tx_done)(void *dev, size_t n);
	/*
	 * Bytes that rx_put() takes now; after 0 the loop is woken when there
	 * is room again.
	 */
	size_t (*rx_room)(void *dev);
	void (*rx_put)(void *dev, const uint8_t *data, size_t len);
};

struct line {
	const struct line_ops *ops;
	void *dev;		/* not owned */
};

#endif /* INCLUDE_LINE_H */
