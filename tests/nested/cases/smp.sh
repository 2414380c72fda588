# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# smp: 1, 2 and 8 vCPUs come up and go down.

log=/tmp/$CASE.log

for n in 1 2 8; do
	run_vm "$log" /guests/smp.bin -c "$n" -p "cpus=$n"
	expect_guest "smp-$n" 0 "$log"
done

if [ "$RIG_GIC" = 2 ]; then
	run_vm "$log" /guests/smp.bin -c 9 --irqchip=gicv2
	expect smp-9-gicv2 35 "$log" '8'
	run_vm "$log" /guests/smp.bin -c 9
	expect smp-9-auto 77 "$log" '8 vCPUs'
else
	run_vm "$log" /guests/smp.bin -c 20 -p cpus=20
	expect_guest smp-20 0 "$log"
fi

run_vm "$log" /guests/smp.bin -c 0
expect smp-0 35 "$log" 'cpus'
