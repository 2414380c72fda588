# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
# pmu-doctor: what is missing for a partition is named with its remedy, and the
# exit status says the same.
# hosts: 6.12-gicv3 6.12-biglittle 6.1-gicv3 new-gicv3
# long-hosts: 6.12-gicv2 6.1-gicv2

log=/tmp/$CASE.log

tallyvm pmu doctor >"$log" 2>&1
VM_STATUS=$?
if [ "$(fact partition)" = true ]; then
	expect text "$(fact doctor)" "$log" '^met +a kernel interface'
else
	expect text "$(fact doctor)" "$log" '^missing +a kernel interface'
fi
expect kvm "$VM_STATUS" "$log" '^met +KVM for arm64'
expect guest-pmu "$VM_STATUS" "$log" '^met +a PMU for guests'
expect vhe "$VM_STATUS" "$log" '^met +KVM in VHE mode'
expect room "$VM_STATUS" "$log" '^met +a counter left for the host'

tallyvm pmu doctor --counters=6 >"$log" 2>&1
VM_STATUS=$?
[ "$(fact partition)" = true ] ||
	expect no-room 77 "$log" '^missing +a counter left for the host'

tallyvm pmu doctor --json >"$log" 2>&1
VM_STATUS=$?
expect json "$(fact doctor)" "$log" '^  "max": 6,$'

tallyvm pmu doctor --dev=/dev/null >"$log" 2>&1
VM_STATUS=$?
expect no-kvm 77 "$log" '^missing +KVM for arm64'
tallyvm pmu doctor --counters=32 >"$log" 2>&1
VM_STATUS=$?
expect bad-option 35 "$log" '0 to 31'
