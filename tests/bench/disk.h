/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_DISK_H
#define BENCH_DISK_H

/** disk_measure() - in the guest: print lines "disk.NAME INSTRUCTIONS" */
void disk_measure(void);

#endif /* BENCH_DISK_H */
