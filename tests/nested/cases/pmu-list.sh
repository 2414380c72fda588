# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# pmu-list: the host's PMUs and the kernel's abilities are what the rig has and
# kernels.table says; what may not be asked is said to be unknown.
# hosts: 6.12-gicv3 6.12-biglittle 6.1-gicv3 new-gicv3
# long-hosts: 6.12-gicv2 6.1-gicv2

log=/tmp/$CASE.log
json=/tmp/$CASE.json

# has NAME FILE PATTERN: the file has a line that matches
has() {
	if grep -qE -- "$3" "$2"; then
		pass "$1"
	else
		fail "$1" "no '$3' in: $(last_words "$2")"
	fi
}

if tallyvm pmu list >"$log" 2>&1 && tallyvm pmu list --json >"$json"; then
	pass status
else
	fail status "$(last_words "$log")"
fi

for name in set_pmu filter pmcr nr_counters strict partition vhe fgt; do
	has "$name" "$json" "\"$name\": $(fact "$name"),?\$"
done

if [ "$RIG_TOPO" = biglittle ]; then
	has a53 "$log" '^armv8_cortex_a53 +[0-9]+ +0-1 .* 6 +[0-9]+$'
	has a72 "$log" '^armv8_cortex_a72 +[0-9]+ +2-3 .* 6 +[0-9]+$'
else
	has pmu "$log" '^armv8_pmuv3[^ ]* +[0-9]+ +0-3 .* 6 +[0-9]+$'
fi
has events "$json" '"cpu_cycles": 17,?$'
has events-text "$log" 'cpu_cycles=0x11'
has watchdog "$log" 'hard-lockup watchdog: (on|off|not known)'
has interface "$log" "partition interface: .*$(fact interface)\$"

start_vm "/tmp/$CASE-vm.log" /guests/spin.bin -c 2 --pmu
wait_count "/tmp/$CASE-vm.log" SPINNING 1 30
tallyvm pmu list >"$log" 2>&1
has holder "$log" "tallyvm \(pid $VM_PID\): 2 vCPUs"
end_vm TERM 20

# Unprivileged, and without access to KVM.
grep -q '^nobody:' /etc/passwd 2>/dev/null || {
	mkdir -p /etc
	echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
	echo 'nogroup:x:65534:' >>/etc/group
}
chmod 600 /dev/kvm
if su nobody -c 'exec tallyvm pmu list' >"$log" 2>&1 </dev/null; then
	has no-kvm "$log" 'KVM was not asked: cannot open /dev/kvm'
	has unknown "$log" '^  unknown  event filter'
	has hidden "$log" 'could not be looked into'
else
	fail no-kvm "$(last_words "$log")"
fi
