# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# privilege: when the guest runs, no thread has a capability or can get one.
# hosts: 6.12-gicv3 6.1-gicv3 new-gicv3

log=/tmp/$CASE.log

start_vm "$log" /guests/spin.bin -c 2 --pmu
wait_count "$log" SPINNING 1 30
threads=0
bad=''
for t in /proc/"$VM_PID"/task/*; do
	threads=$((threads + 1))
	for cap in CapEff CapPrm CapInh CapAmb; do
		grep -qE "^$cap:[[:space:]]*0+\$" "$t/status" ||
			bad="$bad $(cat "$t/comm"):$(grep "^$cap" "$t/status")"
	done
	grep -qE '^NoNewPrivs:[[:space:]]*1$' "$t/status" ||
		bad="$bad $(cat "$t/comm"):no NoNewPrivs"
done
end_vm TERM 20
expect stopped 143 "$log" SPINNING
if [ "$threads" -ge 3 ] && [ -z "$bad" ]; then
	pass dropped
else
	fail dropped "$threads threads, $bad"
fi

# Without any privilege from the start: the device file is all it takes.
mkdir -p /etc
echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
echo 'nogroup:x:65534:' >>/etc/group
chmod 666 /dev/kvm
su nobody -c 'exec tallyvm run /guests/pmu.bin -c 2 --pmu' >"$log" 2>&1 \
	</dev/null
VM_STATUS=$?
expect_guest unprivileged 0 "$log"
chmod 600 /dev/kvm
su nobody -c 'exec tallyvm run /guests/off.bin' >"$log" 2>&1 </dev/null
VM_STATUS=$?
expect no-permission 77 "$log" '/dev/kvm.*group'
