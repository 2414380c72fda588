# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# pmu: the guest's PMU is what was promised: present or absent, as many
# counters as asked for, counting, and interrupting, on each GIC.
#
# The emulated host has 6 event counters.  Linux 6.1 cannot change the number
# for a guest; 6.12 can through PMCR_EL0, newer ones by attribute.

HOST_MAX=6
log=/tmp/$CASE.log

run_vm "$log" /guests/nopmu.bin -c 2
expect_guest off 0 "$log"

run_vm "$log" /guests/pmu.bin -c 2 --pmu -p "n=$HOST_MAX"
expect_guest default 0 "$log"

if [ "$RIG_GIC" = 3 ]; then
	run_vm "$log" /guests/pmu.bin --pmu --irqchip=gicv3 -p "n=$HOST_MAX"
	expect_guest gicv3 0 "$log"
fi

for n in 0 1 2 4 "$HOST_MAX"; do
	run_vm "$log" /guests/pmu.bin -c 2 --pmu-counters="$n" -p "n=$n"
	if [ "$RIG_KERNEL" = 6.1 ] && [ "$n" != "$HOST_MAX" ]; then
		expect "counters-$n-refused" 77 "$log" 'counter'
	else
		expect_guest "counters-$n" 0 "$log"
	fi
done

run_vm "$log" /guests/pmu.bin --pmu-counters=$((HOST_MAX + 1))
expect counters-too-many 35 "$log" "$HOST_MAX"
run_vm "$log" /guests/pmu.bin --pmu-counters=32
expect counters-impossible 35 "$log" 'pmu-counters'

# No kernel here can partition: the reason, or the emulated PMU instead.
run_vm "$log" /guests/pmu.bin --pmu-partition=2
expect partition-refused 77 "$log" 'partition'
run_vm "$log" /guests/pmu.bin -c 2 --pmu-partition=2 --pmu-fallback=emulate \
	-p n=2
if [ "$RIG_KERNEL" = 6.1 ]; then
	expect fallback-refused 77 "$log" 'counter'
else
	expect_guest fallback 0 "$log"
	grep -q emulat "$log" || fail fallback-said "nothing said of it"
fi

run_vm "$log" /guests/pmu.bin -c 8 --pmu -p "n=$HOST_MAX"
expect_guest eight-vcpus 0 "$log"
