# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# linux: a stock Debian kernel, the host's own, as guest.  Boots take long
# under emulation, so each host does those that only it can show.
# timeout: 1500

log=/tmp/$CASE.log
LIMIT=600	# a boot takes one to two minutes on a busy machine

# linux NAME STATUS PATTERN WORD ARGUMENT...: WORD is tallyvm.test=
linux() {
	name=$1 status=$2 pattern=$3 word=$4
	shift 4
	run_vm -t "$LIMIT" "$log" /boot/Image -i /guests/linux.cpio -m 256M \
		-p "quiet panic=-1 tallyvm.test=$word $more" "$@"
	expect "$name" "$status" "$log" "$pattern"
}

# On every host: boot, PMU found by the guest's kernel, counting on each CPU.
more=''
linux pmu 0 'GUEST DONE' pmu -c 2 --pmu
for cpu in 0 1; do
	grep -q "PASS cpu$cpu perf" "$log" ||
		fail "perf-cpu$cpu" "no cycles counted: $(last_words "$log")"
done
grep -qE 'INFO dmesg=.*hw perfevents.*counters available' "$log" ||
	fail perfevents "no 'hw perfevents' line"

case $RIG_KERNEL-gic$RIG_GIC-$RIG_TOPO in
6.12-gic3-symmetric)
	more='loglevel=7 ignore_loglevel earlycon'
	linux full-log-8-vcpus 0 'smp: Brought up 1 node, 8 CPUs' off -c 8
	more=''
	linux reboot-exit 32 'GUEST DONE' reboot --on-reset=exit
	;;
6.12-gic2-symmetric)
	linux panic 34 'sysrq triggered crash' panic \
		--panic-text 'Kernel panic - not syncing'
	;;
6.1-gic3-symmetric)
	i=0
	while [ "$i" -lt 200 ]; do
		echo "line $i of what was typed before the guest was up"
		i=$((i + 1))
	done >"$log.in"
	echo quit >>"$log.in"
	timeout "$LIMIT" tallyvm run /boot/Image -i /guests/linux.cpio -m 256M \
		-p "quiet tallyvm.test=cat" <"$log.in" >"$log" 2>&1
	VM_STATUS=$?
	expect cat 0 "$log" 'GUEST DONE'
	# before that the terminal itself echoes what it gets
	tr -d '\r' <"$log" | sed '1,/CAT READY/d' | grep '^line ' >"$log.back"
	if grep '^line ' "$log.in" | cmp -s - "$log.back"; then
		pass cat-complete
	else
		fail cat-complete "$(wc -l <"$log.back") of 200 lines"
	fi
	;;
new-gic3-symmetric)
	start_vm "$log" /boot/Image -i /guests/linux.cpio -m 256M \
		-p "quiet tallyvm.test=reboot"
	wait_count "$log" 'INFO test=reboot' 2 "$LIMIT"
	end_vm TERM 30
	expect reboot-restart 143 "$log" 'GUEST DONE'
	[ "$(grep -c 'INFO test=reboot' "$log")" -ge 2 ] ||
		fail reboot-twice "only one boot"
	;;
esac
