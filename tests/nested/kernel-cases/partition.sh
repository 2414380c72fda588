# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# hosts: parallel nofgt-parallel biglittle-parallel
# partition: on the patched kernel a guest gets each possible number of event
# counters, an emulated one keeps all, and the limits hold.
#
# "lax" where QEMU does not mask enable bits at MDCR_EL2.HPMN: with fine-grained
# traps, which leave those registers to it.

log=/tmp/$CASE.log
parameter=/sys/module/arm_pmuv3/parameters/reserved_host_counters

for n in 1 2 3 4 5 6; do
	run_vm "$log" /guests/pmu.bin -c 2 --pmu-partition=$n -p "n=$n lax"
	expect_guest "pmu-$n" 0 "$log"
	grep -q "partitioned, $n event" "$log" ||
		fail "pmu-$n-said" "$(grep PMU: "$log" | head -n 1)"
	run_vm "$log" /guests/pmukeep.bin -c 2 --pmu-partition=$n -p "n=$n"
	expect_guest "keep-$n" 0 "$log"
done
run_vm "$log" /guests/pmu.bin -c 2 --pmu -p n=6
expect_guest emulated-beside 0 "$log"

# Its own guest proves every claim about them, on each kind of CPU.
for n in 1 2 3 4 5 6; do
	tallyvm pmu check --all --mode=partitioned --counters=$n >"$log" 2>&1 \
		</dev/null
	VM_STATUS=$?
	expect "check-$n" 0 "$log" '^[1-9][0-9]* passed, 0 failed, '
done

# The parameter is for VMs set up from then on, and has a range.
echo 2 >$parameter
run_vm "$log" /guests/pmukeep.bin --pmu-partition=5
expect reserved-refused 35 "$log" 'asked for 5 event counters'
run_vm "$log" /guests/pmukeep.bin --pmu-partition=4 -p n=4
expect_guest reserved-rest 0 "$log"
run_vm "$log" /guests/pmu.bin --pmu -p n=6
expect_guest reserved-not-for-emulated 0 "$log"
if echo 32 >$parameter 2>/dev/null; then
	fail reserved-range "32 was accepted"
else
	pass reserved-range
fi
echo 0 >$parameter
