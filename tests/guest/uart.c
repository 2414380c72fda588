// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * uart: what a 16550A driver relies on (National Semiconductor PC16550D), then
 * a flood of numbered lines, the odd ones without looking at the line status.
 * Output after "FLOOD" is byte for byte known to whoever runs this.
 *
 * Boot arguments: lines=N, default 1000; blind: no line looks.
 */
#include "guest.h"
#include "fdt.h"

enum { THR, IER, FCR, LCR, MCR, LSR, MSR, SCR, IIR = FCR };

#define IER_THRI	0x02
#define IIR_NONE	0x01
#define IIR_THRI	0x02
#define IIR_FIFO	0xc0
#define LCR_8N1		0x03
#define LCR_DLAB	0x80
#define LSR_DR		0x01
#define LSR_IDLE	0x60	/* holding and shift register empty */
#define MCR_OUT2_RTS	0x0a
#define MCR_LOOP	0x10

static volatile unsigned int nr_thri;
static volatile uint8_t first_iir;
static unsigned int uart_intid;

static uint8_t rd(unsigned int reg)
{
	return mmio_read8(uart_base + reg);
}

static void wr(unsigned int reg, unsigned int val)
{
	mmio_write8(uart_base + reg, (uint8_t)val);
}

void irq_handler(unsigned int intid)
{
	uint8_t iir = rd(IIR);

	if (intid != uart_intid)
		check(false, "intid", "interrupt %u", intid);
	if (!nr_thri++)
		first_iir = iir;
	wr(IER, 0);
}

static void check_registers(void)
{
	wr(SCR, 0x5a);
	check(rd(SCR) == 0x5a, "scratch", "%x", rd(SCR));
	wr(LCR, LCR_8N1 | LCR_DLAB);
	wr(THR, 12);
	wr(IER, 1);
	check(rd(THR) == 12 && rd(IER) == 1, "divisor", "%u %u", rd(THR),
	      rd(IER));
	wr(THR, 1);
	wr(IER, 0);
	wr(LCR, LCR_8N1);
	check(rd(LCR) == LCR_8N1 && rd(IER) == 0, "lcr", "%x, IER %x",
	      rd(LCR), rd(IER));
	wr(FCR, 0x07);
	check((rd(IIR) & IIR_FIFO) == IIR_FIFO, "fifo", "IIR %x", rd(IIR));
	check((rd(LSR) & LSR_IDLE) == LSR_IDLE, "lsr", "%x", rd(LSR));
}

/* Linux autoconfig() looks for CTS and DCD here. */
static void check_loopback(void)
{
	uint8_t msr, lsr, byte;

	wr(MCR, MCR_LOOP | MCR_OUT2_RTS);
	msr = rd(MSR) & 0xf0;
	wr(THR, 'L');
	lsr = rd(LSR);
	byte = rd(THR);
	wr(MCR, 0);
	check(msr == 0x90, "loop-modem", "MSR %x", msr);
	check(lsr & LSR_DR && byte == 'L', "loop-data", "LSR %x, byte %x", lsr,
	      byte);
}

static void check_interrupt(void)
{
	fdt_node n = fdt_find(dtb, "ns16550a");
	uint64_t start = time_now();

	uart_intid = fdt_cell(dtb, n, "interrupts", 1) + 32;
	gic_cpu_init();
	gic_enable(uart_intid);
	irq_enable();
	wr(IER, IER_THRI);
	while (!nr_thri && time_now() - start < time_ms(5000))
		;
	irq_disable();
	check(nr_thri == 1 && (first_iir & 0xf) == IIR_THRI, "thri",
	      "%u interrupts, IIR %x", nr_thri, first_iir);
	check(rd(IIR) & IIR_NONE, "iir-clear", "%x", rd(IIR));
}

static void flood_line(uint64_t i, bool blind)
{
	static const char text[] = " the quick brown fox jumps over it\n";
	uint64_t scale = 100000;
	unsigned int k;

	for (; scale; scale /= 10)
		wr(THR, (unsigned int)(i / scale % 10) + '0');
	for (k = 0; k < sizeof(text) - 1; k++) {
		if (blind)
			wr(THR, (uint8_t)text[k]);
		else
			putc(text[k]);
	}
}

void guest_test(void)
{
	uint64_t i, lines = arg_u64("lines", 1000);
	bool all_blind = arg_str("blind") != NULL;

	if (!check(!uart_is_pl011, "16550", "no ns16550a in the device tree"))
		return;
	printf("INFO uart=%lx\n", uart_base);
	check_registers();
	check_loopback();
	check_interrupt();
	printf("FLOOD\n");
	for (i = 0; i < lines; i++)
		flood_line(i, all_blind || i & 1);
}
