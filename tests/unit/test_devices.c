// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_devices - bus, clock, panic device, stop reasons
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "arm64/pl031.h"
#include "fake_kvm.h"
#include "t.h"
#include "vmm/bus.h"
#include "vmm/pvpanic.h"
#include "vmm/stop.h"

static uint64_t last_offset, last_value;
static unsigned int last_len, accesses;

static uint64_t dev_read(void *dev, uint64_t offset, unsigned int len)
{
	(void)dev;
	last_offset = offset;
	last_len = len;
	accesses++;
	return UINT64_C(0x1122334455667788);
}

static void dev_write(void *dev, uint64_t offset, unsigned int len,
		      uint64_t value)
{
	(void)dev;
	last_offset = offset;
	last_len = len;
	last_value = value;
	accesses++;
}

static const struct mmio_ops dev_ops = { dev_read, dev_write };

START_TEST(bus_dispatch)
{
	struct log_limit limit = { 0 };
	struct bus bus = { .nobody = &limit };
	uint8_t data[8] = { 0 };

	ck_assert_int_eq(bus_add(&bus, 0x1000, 0x100, &dev_ops, NULL), 0);
	accesses = 0;
	bus_access(&bus, 0x10fe, data, 2, false);
	ck_assert_uint_eq(last_offset, 0xfe);
	ck_assert_uint_eq(last_len, 2);
	ck_assert_uint_eq(data[0], 0x88);
	ck_assert_uint_eq(data[2], 0);
	memset(data, 0xff, sizeof(data));
	bus_access(&bus, 0x1000, data, 1, true);
	ck_assert_uint_eq(last_value, 0xff);
	ck_assert_uint_eq(accesses, 2);
}
END_TEST

START_TEST(bus_nobody)
{
	static const uint64_t addr[] = { 0, 0xfff, 0x1100, UINT64_MAX };
	struct log_limit limit = { 0 };
	struct bus bus = { .nobody = &limit };
	uint8_t data[8];

	ck_assert_int_eq(bus_add(&bus, 0x1000, 0x100, &dev_ops, NULL), 0);
	accesses = 0;
	for (size_t i = 0; i < 4; i++) {
		memset(data, 0xff, sizeof(data));
		bus_access(&bus, addr[i], data, 8, false);
		ck_assert_uint_eq(data[0] | data[7], 0);
	}
	bus_access(&bus, 0x1000, data, 3, false);
	bus_access(&bus, 0x1000, data, 0, true);
	ck_assert_uint_eq(accesses, 0);
}
END_TEST

START_TEST(bus_refuses_overlap_and_excess)
{
	struct log_limit limit = { 0 };
	struct bus bus = { .nobody = &limit };
	int i;

	ck_assert_int_eq(bus_add(&bus, 0x1000, 0x100, &dev_ops, NULL), 0);
	ck_assert_int_eq(bus_add(&bus, 0x10ff, 1, &dev_ops, NULL), -EEXIST);
	ck_assert_int_eq(bus_add(&bus, 0xf00, 0x101, &dev_ops, NULL), -EEXIST);
	for (i = 1; i < BUS_RANGES_MAX; i++)
		ck_assert_int_eq(bus_add(&bus, 0x1000u + 0x100u * (unsigned)i,
					 0x100, &dev_ops, NULL), 0);
	ck_assert_int_eq(bus_add(&bus, 0, 1, &dev_ops, NULL), -ENOSPC);
}
END_TEST

static unsigned int changes;

static void on_change(void *opaque)
{
	(void)opaque;
	changes++;
}

static void rtc_init(struct pl031 *rtc)
{
	fake_reset();
	changes = 0;
	pl031_init(rtc, 3, 35, on_change, NULL);
}

static uint32_t rtc_rd(struct pl031 *rtc, uint64_t reg)
{
	return (uint32_t)pl031_ops.read(rtc, reg, 4);
}

START_TEST(rtc_time)
{
	struct pl031 rtc;
	uint32_t now = (uint32_t)time(NULL);

	rtc_init(&rtc);
	ck_assert_uint_le(rtc_rd(&rtc, 0) - now, 1);
	pl031_ops.write(&rtc, 8, 4, 1000);
	ck_assert_uint_le(rtc_rd(&rtc, 0) - 1000, 1);
	ck_assert_uint_eq(rtc_rd(&rtc, 0x0c), 1);
	ck_assert_uint_eq(pl031_ops.read(&rtc, 0, 2), 0);
	ck_assert_uint_eq(rtc_rd(&rtc, 0xfe0), 0x31);
	ck_assert_uint_eq(pl031_ops.read(&rtc, 0xffc, 1), 0xb1);
	ck_assert_uint_eq(rtc_rd(&rtc, 0x100), 0);
}
END_TEST

START_TEST(rtc_alarm)
{
	struct pl031 rtc;

	rtc_init(&rtc);
	ck_assert_int_eq(pl031_poll(&rtc), -1);
	pl031_ops.write(&rtc, 8, 4, 1000);
	pl031_ops.write(&rtc, 4, 4, 1100);
	ck_assert_uint_eq(changes, 2);
	ck_assert_int_gt(pl031_poll(&rtc), 90000);
	pl031_ops.write(&rtc, 4, 4, 1000);
	ck_assert_int_eq(pl031_poll(&rtc), -1);
	ck_assert_uint_eq(rtc_rd(&rtc, 0x14), 1);
	ck_assert(!rtc.irq.level);		/* masked */
	pl031_ops.write(&rtc, 0x10, 4, 1);
	ck_assert(rtc.irq.level);
	ck_assert_uint_eq(rtc_rd(&rtc, 0x18), 1);
	pl031_ops.write(&rtc, 0x1c, 4, 1);
	ck_assert(!rtc.irq.level);
}
END_TEST

START_TEST(rtc_far_alarm_does_not_overflow)
{
	struct pl031 rtc;

	rtc_init(&rtc);
	pl031_ops.write(&rtc, 8, 4, 0);
	pl031_ops.write(&rtc, 4, 4, 0x7fffff00);
	ck_assert_int_eq(pl031_poll(&rtc), INT_MAX);
}
END_TEST

START_TEST(pvpanic_events)
{
	struct pvpanic pv = { on_change, NULL };

	changes = 0;
	ck_assert_uint_eq(pvpanic_ops.read(&pv, 0, 1), 3);
	ck_assert_uint_eq(pvpanic_ops.read(&pv, 1, 1), 0);
	pvpanic_ops.write(&pv, 0, 1, PVPANIC_CRASH_LOADED);
	pvpanic_ops.write(&pv, 1, 1, PVPANIC_PANICKED);
	ck_assert_uint_eq(changes, 0);
	pvpanic_ops.write(&pv, 0, 1, PVPANIC_PANICKED);
	ck_assert_uint_eq(changes, 1);
}
END_TEST

/* A person who ends the VM must not find it started again. */
START_TEST(signal_comes_before_reset)
{
	struct stop stop;
	int fd = eventfd(0, EFD_NONBLOCK);

	stop_init(&stop, fd);
	stop_post(&stop, OUTCOME_RESET);
	ck_assert(!stop_was_wanted(&stop));
	stop_post_signal(&stop, 15);
	ck_assert(stop_was_wanted(&stop));
	ck_assert_int_eq(stop_outcome(&stop), OUTCOME_SIGNAL);
	ck_assert_int_eq(stop.signal, 15);
	stop_init(&stop, fd);
	stop_post(&stop, OUTCOME_PANIC);
	stop_post_signal(&stop, 15);
	ck_assert_int_eq(stop_outcome(&stop), OUTCOME_PANIC);
	close(fd);
}
END_TEST

START_TEST(first_stop_counts)
{
	struct stop stop;
	struct err e;
	uint64_t woken;
	int fd = eventfd(0, EFD_NONBLOCK);

	stop_init(&stop, fd);
	ck_assert_int_eq(stop_outcome(&stop), OUTCOME_NONE);
	err_fault(&e, 0, "first");
	stop_post_err(&stop, &e);
	stop_post(&stop, OUTCOME_POWEROFF);
	stop_post_signal(&stop, 15);
	ck_assert_int_eq(stop_outcome(&stop), OUTCOME_FAILED);
	ck_assert_str_eq(stop.err.text, "first");
	ck_assert_int_eq(stop.signal, 0);
	ck_assert_int_eq(read(fd, &woken, sizeof(woken)), sizeof(woken));
	ck_assert_uint_eq(woken, 3);
	close(fd);
}
END_TEST

T_MAIN("devices", bus_dispatch, bus_nobody, bus_refuses_overlap_and_excess,
       rtc_time, rtc_alarm, rtc_far_alarm_does_not_overflow, pvpanic_events,
       first_stop_counts, signal_comes_before_reset)
