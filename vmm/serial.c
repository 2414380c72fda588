// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * serial - the guest's 16550A: registers and interrupts
 *
 * The buffers behind the registers are in serial_io.c.
 */
#include "serial.h"

#include "serial_io.h"

/* PC16550D, table II: register addresses */
enum {
	REG_DATA = 0,	/* RBR, THR; DLL when DLAB */
	REG_IER = 1,	/* DLM when DLAB */
	REG_IIR = 2,	/* FCR when written */
	REG_LCR = 3,
	REG_MCR = 4,
	REG_LSR = 5,
	REG_MSR = 6,
	REG_SCR = 7,
};

#define IER_RDI		0x01	/* received data */
#define IER_THRI	0x02	/* transmitter empty */
#define IER_MASK	0x0f
#define IIR_NONE	0x01
#define IIR_THRI	0x02
#define IIR_RDI		0x04
#define IIR_FIFO	0xc0
#define FCR_ENABLE	0x01
#define LCR_DLAB	0x80
#define MCR_LOOP	0x10
#define LSR_DR		0x01
#define LSR_THRE	0x20
#define LSR_TEMT	0x40
#define MSR_DCD_DSR_CTS	0xb0	/* a peer that is always there */

/* The guest listens: see "Input" in serial.h. */
static bool serial_listens(const struct serial *s)
{
	return (s->regs.ier & IER_RDI) || s->regs.polls >= SERIAL_POLLS;
}

static bool serial_has_data(const struct serial *s)
{
	if (s->regs.mcr & MCR_LOOP)
		return s->regs.looped_ready;
	return s->rx_shown != s->rx_tail && serial_listens(s);
}

static uint8_t serial_pending(const struct serial *s)
{
	if ((s->regs.ier & IER_RDI) && serial_has_data(s))
		return IIR_RDI;
	if ((s->regs.ier & IER_THRI) && s->regs.thri && serial_tx_ready_(s))
		return IIR_THRI;
	return IIR_NONE;
}

void serial_update_irq_(struct serial *s)
{
	irq_line_set(&s->irq, serial_pending(s) != IIR_NONE);
}

static uint8_t serial_read_data(struct serial *s)
{
	if (s->regs.lcr & LCR_DLAB)
		return s->regs.dll;
	if (!serial_has_data(s))
		return 0;
	if (!(s->regs.mcr & MCR_LOOP))
		return serial_rx_get_(s);
	s->regs.looped_ready = false;
	return s->regs.looped;
}

static uint8_t serial_read_iir(struct serial *s)
{
	uint8_t pending = serial_pending(s);

	/* PC16550D 8.6: reading IIR resets this source, and only this one */
	if (pending == IIR_THRI)
		s->regs.thri = false;
	return pending | (s->regs.fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

static uint8_t serial_read_lsr(struct serial *s)
{
	uint8_t lsr = 0;

	if (s->regs.polls < SERIAL_POLLS)
		s->regs.polls++;
	if (serial_has_data(s))
		lsr |= LSR_DR;
	if (serial_tx_ready_(s))
		lsr |= LSR_THRE | LSR_TEMT;
	return lsr;
}

/* PC16550D 8.8: in loopback the four outputs appear as the four inputs. */
static uint8_t serial_read_msr(const struct serial *s)
{
	if (!(s->regs.mcr & MCR_LOOP))
		return MSR_DCD_DSR_CTS;
	return (uint8_t)((s->regs.mcr & 0x0c) << 4 | (s->regs.mcr & 0x02) << 3 |
			 (s->regs.mcr & 0x01) << 5);
}

static uint8_t serial_read_reg(struct serial *s, uint64_t reg)
{
	switch (reg) {
	case REG_DATA:
		return serial_read_data(s);
	case REG_IER:
		return s->regs.lcr & LCR_DLAB ? s->regs.dlm : s->regs.ier;
	case REG_IIR:
		return serial_read_iir(s);
	case REG_LCR:
		return s->regs.lcr;
	case REG_MCR:
		return s->regs.mcr;
	case REG_LSR:
		return serial_read_lsr(s);
	case REG_MSR:
		return serial_read_msr(s);
	default:
		return s->regs.scr;
	}
}

static void serial_write_data(struct serial *s, uint8_t value)
{
	if (s->regs.lcr & LCR_DLAB) {
		s->regs.dll = value;
		return;
	}
	if (s->regs.mcr & MCR_LOOP) {
		s->regs.looped = value;
		s->regs.looped_ready = true;
	} else {
		serial_tx_put_(s, value);
	}
	s->regs.thri = true;
}

static void serial_write_ier(struct serial *s, uint8_t value)
{
	if (s->regs.lcr & LCR_DLAB) {
		s->regs.dlm = value;
		return;
	}
	/* PC16550D 8.7: enabling it with an empty THR raises it at once */
	if ((value & IER_THRI) && !(s->regs.ier & IER_THRI))
		s->regs.thri = true;
	s->regs.ier = value & IER_MASK;
}

static void serial_write_reg(struct serial *s, uint64_t reg, uint8_t value)
{
	switch (reg) {
	case REG_DATA:
		serial_write_data(s, value);
		break;
	case REG_IER:
		serial_write_ier(s, value);
		break;
	case REG_IIR:
		/* the clear bits are ignored: see "Input" in serial.h */
		s->regs.fcr = value;
		break;
	case REG_LCR:
		s->regs.lcr = value;
		break;
	case REG_MCR:
		s->regs.mcr = value;
		break;
	case REG_SCR:
		s->regs.scr = value;
		break;
	default:
		break;		/* LSR and MSR are read only */
	}
}

static uint64_t serial_read(void *dev, uint64_t offset, unsigned int len)
{
	struct serial *s = dev;
	uint8_t value;

	if (len != 1)
		return 0;
	pthread_mutex_lock(&s->lock);
	if (offset != REG_LSR && offset != REG_DATA)
		s->regs.polls = 0;
	value = serial_read_reg(s, offset);
	serial_update_irq_(s);
	pthread_mutex_unlock(&s->lock);
	return value;
}

void serial_write_locked_(struct serial *s, uint64_t offset, uint8_t value)
{
	/* a guest that polls for input may well print in between */
	if (offset != REG_DATA)
		s->regs.polls = 0;
	serial_write_reg(s, offset, value);
}

static void serial_write(void *dev, uint64_t offset, unsigned int len,
			 uint64_t value)
{
	struct serial *s = dev;

	if (len != 1)
		return;
	pthread_mutex_lock(&s->lock);
	if (offset == REG_DATA && !(s->regs.lcr & LCR_DLAB))
		serial_tx_begin_(s);
	serial_write_locked_(s, offset, (uint8_t)value);
	serial_update_irq_(s);
	pthread_mutex_unlock(&s->lock);
}

const struct mmio_ops serial_ops = {
	.read = serial_read,
	.write = serial_write,
};
