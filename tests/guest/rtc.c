// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtc: the PL031 clock (Arm DDI 0224) runs, tells the host's time, can be set,
 * and identifies itself.
 *
 * Boot argument now=SECONDS: the host's time of day.
 */
#include "guest.h"
#include "fdt.h"

#define RTC_DR		0x000
#define RTC_LR		0x008
#define RTC_CR		0x00c
#define RTC_PERIPHID	0xfe0
#define TOLERANCE_S	300

static uint64_t base;

static uint32_t rd(uint64_t off)
{
	return mmio_read32(base + off);
}

/* PrimeCell identification: one byte in each of eight words */
static uint64_t identification(void)
{
	uint64_t id = 0;
	unsigned int i;

	for (i = 0; i < 8; i++)
		id |= (uint64_t)(rd(RTC_PERIPHID + i * 4) & 0xff) << i * 8;
	return id;
}

static void check_time(void)
{
	uint32_t start = rd(RTC_DR);
	uint64_t now = arg_u64("now", start);
	int64_t diff = (int64_t)start - (int64_t)now;

	check(diff >= -TOLERANCE_S && diff <= TOLERANCE_S, "time",
	      "%u, %ld s from the host's", start, diff);
	delay_ms(1500);
	check(rd(RTC_DR) - start >= 1 && rd(RTC_DR) - start <= 30, "runs",
	      "%u after 1.5 s, started at %u", rd(RTC_DR), start);
}

static void check_set(void)
{
	mmio_write32(base + RTC_LR, 1000000000);
	check(rd(RTC_DR) - 1000000000 <= 5, "set", "reads %u", rd(RTC_DR));
}

void guest_test(void)
{
	fdt_node n = fdt_find(dtb, "arm,pl031");
	uint64_t id;

	if (!check(n != NULL, "node", "no arm,pl031 in the device tree"))
		return;
	base = fdt_reg(dtb, n, 0);
	id = identification();
	check((id & ~UINT64_C(0xf00000)) == UINT64_C(0xb105f00d00041031),
	      "id", "%lx", id);
	check(rd(RTC_CR) & 1, "enabled", "RTCCR is %x", rd(RTC_CR));
	check_time();
	check_set();
}
