#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernel-l1.sh - run inside the emulated host by kernel.sh: everything that is
# measured, for each kind of PMU

# shellcheck source=/dev/null
. /columns

results() { tr -d '\r' | grep -aE '^(COST|SHARE|FAIL) '; }

mount -t debugfs debugfs /sys/kernel/debug
for column in $COLUMNS; do
	echo "# $column"
	if [ "$column" = partitioned ]; then
		pmu=--pmu-partition=4
	else
		pmu="--pmu --pmu-counters=4"
	fi
	# shellcheck disable=SC2086 # options are words
	{
		/guests/loadput "$column"
		tallyvm run /guests/pmubench.bin $pmu 2>&1
		tallyvm run /boot/Image --initrd /boot/sample.cpio --mem 256 \
			--params quiet $pmu 2>&1
		/guests/hostshare tallyvm run /boot/Image --mem 512 \
			--initrd /boot/perf.cpio --params quiet $pmu 2>&1
	} | results
done
