/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arm64/irq - a level-triggered interrupt line into the in-kernel GIC
 *
 * The owner of the line serialises calls (each device does, by its lock).
 */
#ifndef ARM64_IRQ_H
#define ARM64_IRQ_H

#include <stdbool.h>
#include <stdint.h>

struct irq_line {
	int vm_fd;		/* not owned */
	uint32_t intid;		/* an SPI: 32.. */
	bool level;		/* what the GIC was told last */
};

/** irq_level() - tell the GIC the level of SPI @intid */
void irq_level(int vm_fd, uint32_t intid, bool level);

/** irq_line_set() - drive the line; a system call only when it changes */
void irq_line_set(struct irq_line *line, bool level);

#endif /* ARM64_IRQ_H */
