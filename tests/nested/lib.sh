# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
#
# lib.sh - for the test cases that run inside the emulated host
#
# A case is a file in cases/, run by busybox sh with this file already read.
# It runs VMs and says what it found with pass, fail and skip, once for each
# thing it proves.  It finds:
#	/bin/tallyvm		the VMM, static
#	/guests/		what tests/guest builds
#	/boot/Image		a stock kernel for Linux guests, the host's own
#	/guests/small.Image	a small one with all drivers built in, if the case
#				needs it (below)
#	$LINUX			one of them: the small one, which boots in a tenth
#				of the time, or the host's own in "make test-long"
#	/guests/busybox.cpio	an initramfs for both: a script of guest/ runs
#				(tallyvm.run=NAME); if the case needs tools, as do
#				the programs and modules of scripts/l1-tools
#	$RIG_KERNEL		6.1, 6.12 or new: the host's kernel
#	$RIG_GIC		2 or 3: the host's interrupt controller
#	$RIG_TOPO		symmetric, or biglittle (0-1 A53, 2-3 A72)
#	$RIG_SAMPLE		not empty: the host's clock is QEMU's -icount, and
#				this is a fair period for it to sample
#	$RIG_LONG		not empty: "make test-long" (see turns)
#	$RIG_SLOW		not empty: it takes longer here (see limit)
#	$CASE			its own name, for files in /tmp
# A line "# needs: small-kernel tools" in a case asks for what takes long to make.
# A case that takes longer than CASE_TIMEOUT is killed and counts as a failure;
# a line "# timeout: SECONDS" in it sets another limit.  A line "# hosts: NAME..."
# (6.12-gicv3, 6.12-biglittle) keeps it to these, for what is the same on all.

LINUX=/guests/small.Image
[ -z "${RIG_STOCK:-}" ] || LINUX=/boot/Image

# Names are the case's own: two cases may use the same.
pass() { echo "PASS $CASE/$1"; }
fail() { echo "FAIL $CASE/$1: $2"; }
skip() { echo "SKIP $CASE/$1: $2"; }

# turns N LONG: how often to do something, LONG in "make test-long"
turns() { if [ -n "${RIG_LONG:-}" ]; then echo "$2"; else echo "$1"; fi; }

# limit SECONDS: ten times as many on slow kernels, and for many turns
limit() { if [ -n "${RIG_SLOW:-}" ]; then echo "$1"0; else echo "$1"; fi; }

# fact COLUMN: what kernels.table says of this host's kernel.
fact() {
	awk -v kernel="$RIG_KERNEL" -v name="$1" -v release="$(uname -r)" '
		function since(text,  want, have) {
			split(text, want, ".")
			split(release, have, ".")
			return have[1] + 0 > want[1] + 0 ||
				(have[1] + 0 == want[1] + 0 &&
				 have[2] + 0 >= want[2] + 0)
		}
		/^#/ { next }
		!column {
			for (i = 1; i <= NF; i++)
				if ($i == name)
					column = i
			next
		}
		$1 == kernel && sub(/^since-/, "", $column) {
			$column = since($column) ? "true" : "false"
		}
		$1 == kernel { print $column }
	' /tests/kernels.table
}

# lent NAME: what the host's PMUs count of events in the way of guests, where
# they are partitioned: moved, squeezed
lent() {
	cat /sys/bus/event_source/devices/*/lent/"$1" |
		awk '{ n += $1 } END { print n }'
}

# run_vm [-t SECONDS] LOG ARGUMENT...: "tallyvm run ARGUMENT..." with console
# and messages in LOG; its exit status is in $VM_STATUS, "timeout" if it had
# to be killed.
run_vm() {
	vm_limit=$(limit 60)
	if [ "$1" = -t ]; then
		vm_limit=$2
		shift 2
	fi
	vm_log=$1
	shift
	rm -f "$vm_log.timeout"
	tallyvm run "$@" >"$vm_log" 2>&1 </dev/null &
	vm_pid=$!
	kill_later "$vm_pid" "$vm_limit" "$vm_log.timeout" &
	vm_dog=$!
	wait "$vm_pid"
	VM_STATUS=$?
	kill "$vm_dog" 2>/dev/null
	wait "$vm_dog" 2>/dev/null
	[ ! -e "$vm_log.timeout" ] || VM_STATUS=timeout
}

# kill_later PID SECONDS FLAG: what the watchdog of run_vm does.  It sleeps in
# short steps, so that being killed leaves no long sleep behind.
kill_later() {
	left=$2
	while [ "$left" -gt 0 ]; do
		sleep 1
		kill -0 "$1" 2>/dev/null || return 0
		left=$((left - 1))
	done
	: >"$3"
	kill "$1" 2>/dev/null
	sleep 5
	kill -KILL "$1" 2>/dev/null
}

# expect NAME STATUS LOG PATTERN: the last VM ended with STATUS, and said
# something that matches the extended regular expression PATTERN.
expect() {
	if [ "$VM_STATUS" != "$2" ]; then
		fail "$1" "exit status $VM_STATUS, not $2: $(last_words "$3")"
	elif ! tr -d '\r' <"$3" | grep -qE -- "$4"; then
		fail "$1" "no '$4' in: $(last_words "$3")"
	else
		pass "$1"
	fi
}

# last_words LOG: the end of a log, on one line.
last_words() {
	tr -d '\r' <"$1" | grep . | tail -n 4 | cut -c1-160 | tr '\n' '|'
}

# expect_guest NAME STATUS LOG: the same for a bare-metal guest, which must
# have said "GUEST DONE" and no FAIL.
expect_guest() {
	if grep -q '^FAIL' "$3"; then
		fail "$1" "in the guest: $(grep '^FAIL' "$3" | head -n 1)"
	else
		expect "$1" "$2" "$3" '^GUEST DONE'
	fi
}

# start_vm LOG ARGUMENT...: "tallyvm run ARGUMENT..." in the background, its
# process in $VM_PID; to be ended by end_vm or wait_vm.  $VM_UNDER is put
# before it: /guests/pty gives it a terminal, and SIGINT, which a shell makes
# its background jobs ignore.
start_vm() {
	vm_log=$1
	shift
	: >"$vm_log"	# now, or wait_count might see what the last VM said
	${VM_UNDER:-} tallyvm run "$@" >"$vm_log" 2>&1 </dev/null &
	VM_PID=$!
}

# wait_count LOG PATTERN N SECONDS: until N lines match, or the time is over.  A
# look takes two processes, which is much on an emulated machine: after a second
# there are two looks a second only.  The limit is to find what hangs, so it is
# twice as long as it says.
wait_count() {
	tenths=$(($4 * 20)) step=1
	while [ "$tenths" -gt 0 ]; do
		[ "$(grep -cE -- "$2" "$1" 2>/dev/null)" -lt "$3" ] || return 0
		[ "$tenths" -gt $(($4 * 20 - 10)) ] || step=5
		usleep "${step}00000"
		tenths=$((tenths - step))
	done
	return 1
}

# wait_vm SECONDS: until the VM of start_vm ends; its exit status is in
# $VM_STATUS, "timeout" if it had to be killed.
wait_vm() {
	rm -f "$vm_log.timeout"
	kill_later "$VM_PID" "$1" "$vm_log.timeout" &
	vm_dog=$!
	wait "$VM_PID"
	VM_STATUS=$?
	kill "$vm_dog" 2>/dev/null
	wait "$vm_dog" 2>/dev/null
	[ ! -e "$vm_log.timeout" ] || VM_STATUS=timeout
}

# end_vm SIGNAL SECONDS: end it by a signal.
end_vm() {
	kill "-$1" "$VM_PID" 2>/dev/null
	wait_vm "$2"
}

# public_host ADDRESS GATEWAY: an interface out0 with a default route, as passt
# wants a host to have.
public_host() {
	modprobe tun
	tunctl -t out0 >/dev/null
	ip addr add "$1" dev out0
	ip link set out0 up
	ip route add default via "$2"
}

# ext4_at DIR LOOP MIB: a new file system, on a file; tmpfs has no direct I/O
# before Linux 6.6, and nothing to wait for.
ext4_at() {
	modprobe -a loop ext4 2>/dev/null
	mkdir -p "$1"
	truncate -s "$3M" "$1.ext4"
	/usr/bin/mke2fs -q -F -t ext4 "$1.ext4"
	losetup "$2" "$1.ext4"
	mount -t ext4 "$2" "$1" || fail ext4 "cannot be mounted on $1"
}

# ext4_end DIR LOOP
ext4_end() {
	umount "$1"
	losetup -d "$2"
	rm -f "$1.ext4"
}
