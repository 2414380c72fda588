# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# pmu-bench: an access to emulated counters takes one exit, as KVM counts them;
# to counters of the guest's own, none.  The times of an emulated host mean
# nothing.
# hosts: 6.12-gicv3 6.12-biglittle 6.1-gicv3 new-gicv3
# long-hosts: 6.12-gicv2 6.1-gicv2

log=/tmp/$CASE.log

# row NAME ACCESS EMULATED PARTITIONED: exits, as extended regular expressions
row() {
	expect "$1" 0 "$log" "^$2 +[0-9.]+ +$3 +$4\$"
}

tallyvm pmu bench >"$log" 2>&1 </dev/null
VM_STATUS=$?
once='(1\.[01][0-9]|0\.9[0-9])'
if [ "$(fact partition)" = true ]; then
	none='[0-9.]+ +0\.[01][0-9]'
	trapped='[0-9.]+ +[01]\.[0-9]+'
	many='[0-9.]+ +[0-9.]+'
else
	none='- +-' trapped='- +-' many='- +-'
	expect why-not 0 "$log" '^partitioned: .*interface'
fi
row cycles pmccntr-read "$once" "$none"
row counter pmevcntr-read "$once" "$none"
row counter-write pmevcntr-write "$once" "$none"
row type pmevtyper-write "$once" "$trapped"
row enable pmcntenset-write "$once" "$none"
row clear pmovsclr-write "$once" "$trapped"
row swinc pmswinc-write "$once" "$none"
row overflow overflow '[0-9.]+' "$many"

tallyvm pmu bench --json --counters=0 >"$log" 2>&1 </dev/null
VM_STATUS=$?
expect no-counter 35 "$log" 'at least one'
tallyvm pmu bench --all >"$log" 2>&1 </dev/null
VM_STATUS=$?
expect bad-option 35 "$log" '"--all" is not an option'
