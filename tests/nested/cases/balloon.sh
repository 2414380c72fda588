# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# balloon: memory goes from a Linux guest to the host, and back.
# needs: small-kernel
# hosts: 6.12-gicv2
# long-hosts: 6.12-gicv3 new-gicv3
# timeout: 600

log=/tmp/$CASE.log
out=/tmp/$CASE.out
export XDG_RUNTIME_DIR="/tmp/$CASE.run"
mkdir -m 700 "$XDG_RUNTIME_DIR"

# What the VM has of the host's memory, in MB.
resident() { awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$VM_PID/status"; }

# truth NAME WHY COMMAND...: it is true, or it failed because of WHY.
truth() {
	truth_name=$1 truth_why=$2
	shift 2
	if "$@"; then pass "$truth_name"; else fail "$truth_name" "$truth_why"; fi
}

# until_holds MB SECONDS: until the balloon holds so much.
until_holds() {
	left=$(($2 * 5))
	while [ "$left" -gt 0 ]; do
		tallyvm balloon -n guest >"$out" 2>&1
		! grep -q "holds $1 MB of 256 MB" "$out" || return 0
		usleep 200000
		left=$((left - 1))
	done
	return 1
}

# column NUMBER: of the row of the table of memory
column() {
	tallyvm stat -m --once -n guest |
		awk -v n="$1" '$1 == "guest" { print int($n) }'
}

# What the guest has freed is given back without being asked for.
reporting() {
	wait_count "$log" 'MEMORY used' 1 "$(limit 180)"
	used=$(resident)
	wait_count "$log" 'MEMORY free' 1 "$(limit 60)"
	left=100
	while [ "$left" -gt 0 ] && [ "$(resident)" -gt $((used - 60)) ]; do
		usleep 200000
		left=$((left - 1))
	done
	truth "reporting-$1" "$used MB in use, then $(resident)" \
		[ "$(resident)" -le $((used - 60)) ]
}

change() {
	tallyvm balloon -n guest --set 64 >"$out"
	truth "inflate-$1" "$(cat "$out")" until_holds 64 60
	tallyvm balloon -n guest -i 16 >"$out"
	truth "more-$1" "$(cat "$out")" until_holds 80 60
	truth "stat-balloon-$1" "$(column 3)" [ "$(column 3)" = 80 ]
	sleep 2
	free=$(column 6)
	tallyvm balloon -n guest -d 48 >"$out"
	truth "deflate-$1" "$(cat "$out")" until_holds 32 60
	sleep 2	# what the guest said before is no answer now
	truth "stat-free-$1" "$free MB free, then $(column 6)" \
		[ "$(column 6)" -ge $((free + 40)) ]
	tallyvm balloon -n guest --set 300 >"$out" 2>&1
	truth "too-much-$1" "$(cat "$out")" \
		grep -q 'the guest has less memory' "$out"
}

one() {
	start_vm "$log" /guests/small.Image -i /guests/linux.cpio -m 256M \
		-p "quiet tallyvm.test=memory" \
		--balloon --name guest --virtio-transport "$1"
	reporting "$1"
	change "$1"
	end_vm TERM 20
	expect "end-$1" 143 "$log" 'MEMORY free'
}

one pci
one mmio

start_vm "$log" /guests/spin.bin --name plain
wait_count "$log" SPINNING 1 30
tallyvm balloon -n plain --set 1 >"$out" 2>&1
truth no-balloon "$(cat "$out")" grep -q 'start it with --balloon' "$out"
end_vm TERM 20
tallyvm balloon -n nobody >"$out" 2>&1
truth nobody "$(cat "$out")" grep -q 'no guest "nobody"' "$out"
