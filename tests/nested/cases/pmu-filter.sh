# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# pmu-filter: denied events count nothing, allowed ones count, whatever the
# order the lists are written in; KVM's own exceptions are said, not hidden.
# hosts: 6.12-gicv3 6.12-biglittle 6.1-gicv3 new-gicv3
# long-hosts: 6.12-gicv2 6.1-gicv2

log=/tmp/$CASE.log

# filtered NAME SPEC CYCLES: the guest counts cycles, or does not
filtered() {
	run_vm "$log" /guests/filter.bin -c 2 --pmu-filter="$2" -p "cycles=$3"
	expect_guest "$1" 0 "$log"
}

filtered allow allow:CPU_CYCLES 1
filtered allow-other allow:INST_RETIRED 0
filtered deny deny:CPU_CYCLES 0
filtered deny-number deny:0x11 0
filtered deny-range deny:0x10-0x1f 0
filtered deny-other deny:INST_RETIRED,0x3c 1
filtered kernel-name deny:cpu_cycles 0
filtered deny-wins 'deny:CPU_CYCLES;allow:0-0x3f' 0
filtered deny-wins-last 'allow:0-0x3f;deny:CPU_CYCLES' 0

run_vm "$log" /guests/filter.bin --pmu -p cycles=1
expect_guest none 0 "$log"

cat >"/tmp/$CASE.toml" <<-END
	kernel = "/guests/filter.bin"
	params = "cycles=0"
	pmu = { filter = "deny:CPU_CYCLES" }
END
run_vm "$log" "/tmp/$CASE.toml"
expect_guest toml 0 "$log"

run_vm "$log" /guests/filter.bin --pmu-filter=deny:SW_INCR
expect sw-incr-refused 35 "$log" 'SW_INCR .* cannot be denied'
run_vm "$log" /guests/filter.bin --pmu-filter=allow:CPU_CYCELS
expect suggestion 35 "$log" '--pmu-filter: .*did you mean CPU_CYCLES'
run_vm "$log" /guests/filter.bin --pmu-filter=CPU_CYCLES
expect grammar 35 "$log" 'allow:EVENT'
run_vm "$log" /guests/filter.bin --pmu-strict
if [ "$(fact strict)" = true ]; then
	expect strict 0 "$log" 'GUEST DONE'
else
	expect strict-refused 77 "$log" 'strict PMU .*7.3'
fi
