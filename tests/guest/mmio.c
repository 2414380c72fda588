// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mmio: accesses no driver makes.  Wherever nothing is, reads give zero or an
 * abort that the guest can take, writes are ignored or abort, and the machine
 * goes on; the guest says which it was.  (An unaligned access to a device is
 * the CPU's to refuse, but emulated ones let it through to the monitor.)
 */
#include "guest.h"
#include "fdt.h"

#define SIXTEEN_BYTES	16	/* LDP/STP: no syndrome for the host to decode */

static const uint64_t nowhere[] = {
	0x0, 0x10000, 0xfffff8, 0x1000008, 0x1000ff8, 0x1020000, 0x2000000,
	0x2000001, 0x3000000, 0x3efffff0, 0x40000000, 0x50000000, 0x7ffffff0,
	UINT64_C(0x7ffffffff0), UINT64_C(0xfffffffff0),
};

static unsigned int nr_aborts, nr_zero, nr_stale;

static void touch(uint64_t addr, unsigned int width)
{
	uint64_t val = 0;

	if (!try_read(addr, width, &val)) {
		nr_aborts++;
	} else if (val) {
		nr_stale++;
		printf("INFO %u bytes at %lx read %lx\n", width, addr, val);
	} else {
		nr_zero++;
	}
	if (!try_write(addr, width, UINT64_C(0xa5a5a5a5a5a5a5a5)))
		nr_aborts++;
}

static void check_nowhere(void)
{
	unsigned int i, width;

	for (i = 0; i < ARRAY_SIZE(nowhere); i++)
		for (width = 1; width <= SIXTEEN_BYTES; width *= 2)
			touch(nowhere[i], width);
	printf("INFO zero=%u aborts=%u\n", nr_zero, nr_aborts);
	check(!nr_stale, "nowhere", "%u reads gave something", nr_stale);
}

/* Every width at every offset; the answers are the device's business. */
static void pound(uint64_t base, uint64_t len)
{
	unsigned int width;
	uint64_t off, val;

	for (width = 1; width <= SIXTEEN_BYTES; width *= 2)
		for (off = 0; off < len; off += width)
			try_read(base + off, width, &val);
}

static void check_devices(void)
{
	fdt_node rtc = fdt_find(dtb, "arm,pl031");
	fdt_node pvpanic = fdt_find(dtb, "qemu,pvpanic-mmio");
	uint64_t addr = fdt_reg(dtb, rtc, 0);

	if (!uart_is_pl011)
		pound(uart_base, 16);
	if (rtc) {
		pound(addr, 0x40);
		pound(addr + 0xfc0, 0x40);
		try_write(addr + 8, 1, 0xff);
		try_write(addr + 0xfe0, 8, ~UINT64_C(0));
		try_write(addr, SIXTEEN_BYTES, 0);
	}
	if (pvpanic) {
		addr = fdt_reg(dtb, pvpanic, 0);
		pound(addr, 16);
		try_write(addr, 1, 0);
		try_write(addr, 1, 0x80);
		try_write(addr + 1, 1, 1);
	}
	check(true, "devices", "unreachable");
}

void guest_test(void)
{
	check_nowhere();
	check_devices();
}
