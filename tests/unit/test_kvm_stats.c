// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_kvm_stats - the statistics of a vCPU, and files that only pretend
 */
#include "vmm/kvm_stats.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "fake_stats.h"
#include "t.h"
#include "util.h"

START_TEST(values)
{
	struct kvm_stats s = { .fd = -1 };

	ck_assert_int_eq(kvm_stats_open(fake_stats_fd(NULL), &s), 0);
	/* the histogram is left out */
	ck_assert_uint_eq(s.nr, FAKE_STATS_NR - 1);
	ck_assert_int_eq(kvm_stats_read(&s), 0);
	ck_assert_uint_eq(kvm_stats_find(&s, "exits")->value, 100);
	ck_assert_uint_eq(kvm_stats_find(&s, "mmio_exit_user")->value, 25);
	ck_assert_uint_eq(kvm_stats_find(&s, "signal_exits")->value, 0);
	ck_assert_ptr_null(kvm_stats_find(&s, "halt_wait_hist"));
	kvm_stats_close(&s);
	kvm_stats_close(&s);
	ck_assert_int_eq(s.fd, -1);
}
END_TEST

static const struct fake_stats_fault faults[] = {
	{ .name_size = 65 },
	{ .name_size = UINT32_MAX },
	{ .name_size = 3 },		/* no name ends within it */
	{ .num_desc = 513 },
	{ .num_desc = UINT32_MAX },
	{ .num_desc = 100 },		/* more than the file has */
	{ .desc_offset = UINT32_MAX },
	{ .desc_offset = 4000 },
	{ .cut = 10 },			/* in the header */
	{ .cut = 100 },			/* in the descriptions */
	{ .name = "\033[2J" },		/* not on anybody's terminal */
	{ .name = "Exits" },
	{ .name = "0123456789012345678901234567890123456789012345678" },
};

START_TEST(malformed)
{
	struct kvm_stats s = { .fd = -2 };
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		fd = fake_stats_fd(&faults[i]);
		ck_assert_msg(kvm_stats_open(fd, &s) == -EINVAL, "fault %zu",
			      i);
		ck_assert_int_eq(s.fd, -2);
		/* still ours */
		ck_assert_int_eq(close(fd), 0);
	}
	ck_assert_int_eq(kvm_stats_open(-1, &s), -EBADF);
}
END_TEST

START_TEST(values_out_of_the_file)
{
	const struct fake_stats_fault fault = { .data_offset = UINT32_MAX };
	struct kvm_stats s = { .fd = -1 };

	ck_assert_int_eq(kvm_stats_open(fake_stats_fd(&fault), &s), 0);
	ck_assert_int_eq(kvm_stats_read(&s), -EINVAL);
	kvm_stats_close(&s);
}
END_TEST

T_MAIN("kvm_stats", values, malformed, values_out_of_the_file)
