/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serial_io - between the halves of the serial port
 *
 * Only serial.c and serial_io.c include this.  All are called with the lock
 * held.
 */
#ifndef VMM_SERIAL_IO_H
#define VMM_SERIAL_IO_H

#include <stdbool.h>
#include <stdint.h>

struct serial;

/* serial.c */

/** serial_update_irq_() - bring the interrupt line to what registers say */
void serial_update_irq_(struct serial *s);
/** serial_write_locked_() - one register write; the line is not updated */
void serial_write_locked_(struct serial *s, uint64_t offset, uint8_t value);

/* serial_io.c */

/** serial_tx_full_() - whether not even one more byte can be taken */
bool serial_tx_full_(const struct serial *s);
/** serial_tx_ready_() - whether the guest may write a FIFO full of bytes:
 * drivers write so many after one look at LSR or one interrupt */
bool serial_tx_ready_(const struct serial *s);
/** serial_tx_begin_() - a byte is about to be written by a vCPU: start the
 * tick, and wait for room if there is none (drops the lock meanwhile) */
void serial_tx_begin_(struct serial *s);
/** serial_tx_put_() - append a byte; without room, which happens only when the
 * VM ends, it is dropped */
void serial_tx_put_(struct serial *s, uint8_t byte);
/** serial_rx_get_() - next input byte; there must be one */
uint8_t serial_rx_get_(struct serial *s);

#endif /* VMM_SERIAL_IO_H */
