/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake_stats - a descriptor with KVM statistics of an arm64 vCPU in it
 */
#ifndef TESTS_UNIT_FAKE_STATS_H
#define TESTS_UNIT_FAKE_STATS_H

#include <stdint.h>

/* in the file: exits 100, wfi_exit_stat 40, mmio_exit_user 25,
 * halt_wait_hist (a histogram of 4), signal_exits 0 */
#define FAKE_STATS_NR 5
#define FAKE_STATS_NAME 48	/* KVM_STATS_NAME_SIZE of Linux */

/* What to break in the file; 0 leaves it right. */
struct fake_stats_fault {
	uint32_t name_size, num_desc, desc_offset, data_offset;
	const char *name;	/* of the first statistic */
	uint32_t cut;		/* length of the file */
};

/** fake_stats_fd() - a new descriptor; @fault may be NULL */
int fake_stats_fd(const struct fake_stats_fault *fault);

#endif /* TESTS_UNIT_FAKE_STATS_H */
