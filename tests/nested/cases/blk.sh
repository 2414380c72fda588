# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# blk: disks of a Linux guest: content, engines, flushes, doorbells, a full host,
# one with bad blocks, resets, kill -9, and images that are not to be used.
# needs: tools small-kernel
# timeout: 1500
# hosts: 6.12-gicv2
# long-hosts: 6.12-gicv3 new-gicv3

log=/tmp/$CASE.log
dir=/tmp/$CASE.d
LIMIT=300

# image NAME: 32 MiB, not allocated.
image() { truncate -s 32M "$dir/$1"; }

# guest SCRIPT ARGUMENT...
guest() {
	script=$1
	shift
	run_vm -t "$LIMIT" "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-c 2 -p "quiet panic=-1 tallyvm.run=$script" "$@"
}

# said WORD DISK FIELD: what the guest has printed of a disk.
said() {
	tr -d '\r' <"$log" | awk -v word="$1" -v disk="$2" -v field="$3" \
		'$1 == word && $2 == disk { print $field }'
}

# is NAME GOT WANTED
is() {
	if [ -n "$2" ] && [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" "'$2', not '$3': $(last_words "$log")"
	fi
}

# content DISK TEST: the guest read what it wrote, and so does the host.
content() {
	want=$(said WANT "$1" 3)
	want=${want:-no sum}
	is "$2-read" "$(said SUM "$1" 3) $(said SUM "$1" 4)" "$want $want"
	is "$2-image" "$(head -c 2097152 "$dir/$1" | sha1sum | cut -d' ' -f1)" \
		"$want"
	is "$2-hole" "$(said HOLE "$1" 3)" 0
}

disks='rw-auto rw-direct rw-uring rw-sync rw-device'

# every TRANSPORT: all engines, a disk to read, and one that cannot grow.
every() {
	mkdir -p "$dir/small"
	mount -t tmpfs -o size=2m tmpfs "$dir/small"
	truncate -s 32M "$dir/small/full"
	head -c 8388608 /dev/urandom >"$dir/ro"
	for disk in $disks; do
		head -c 8388608 /dev/urandom >"$dir/$disk"
	done
	losetup /dev/loop0 "$dir/rw-device"
	guest blk --virtio-transport "$1" \
		--disk "$dir/rw-auto,serial=rw-auto" \
		--disk "$dir/rw-direct,serial=rw-direct,direct,io=uring" \
		--disk "$dir/rw-uring,serial=rw-uring,io=uring,packed=off" \
		--disk "$dir/rw-sync,serial=rw-sync,io=sync,queues=2" \
		--disk "/dev/loop0,serial=rw-device" \
		--disk "$dir/ro,serial=ro,ro" \
		--disk "$dir/small/full,serial=full"
	losetup -d /dev/loop0
	expect "$1" 0 "$log" '^GUEST DONE'
	for disk in $disks; do
		content "$disk" "$1-${disk#rw-}"
	done
	is "$1-size" "$(said SIZE rw-sync 3) $(said SIZE rw-sync 4)" '16384 2'
	is "$1-ro" "$(said RO 1 3)" "$(head -c 2097152 "$dir/ro" | sha1sum |
		cut -d' ' -f1)"
	expect "$1-full" 0 "$log" '^FULL and readable'
	expect "$1-full-log" 0 "$log" 'disk6: write .* No space left on device'
	! grep '^FAIL' "$log" || fail "$1-guest" "$(grep '^FAIL' "$log")"
	umount "$dir/small"
}

# Where io_uring is not allowed there is another way, and who asks for it is told.
not_allowed() {
	knob=/proc/sys/kernel/io_uring_disabled
	if [ ! -e "$knob" ]; then
		skip no-uring "this host's kernel cannot forbid io_uring"
		return
	fi
	echo 2 >"$knob"
	head -c 8388608 /dev/urandom >"$dir/rw-auto"
	guest blk --disk "$dir/rw-auto,serial=rw-auto,direct"
	expect no-uring 0 "$log" '^GUEST DONE'
	content rw-auto no-uring
	run_vm "$log" /guests/off.bin --disk "$dir/rw-auto,io=uring"
	expect no-uring-said 77 "$log" 'io_uring is not possible here'
	echo 0 >"$knob"
}

# flushes DEVICE: how many it has completed (Documentation/block/stat.rst).
flushes() { awk '{ print $16 }' "/sys/block/${1#/dev/}/stat"; }

# What a guest has synchronised is sent through to the device, by each engine.
flushed() {
	for engine in io=uring io=uring,direct io=sync; do
		image flush
		losetup /dev/loop0 "$dir/flush"
		before=$(flushes /dev/loop0)
		guest blk-flush --disk "/dev/loop0,$engine"
		nr=$(($(flushes /dev/loop0) - before))
		losetup -d /dev/loop0
		expect "flush-$engine" 0 "$log" '^FLUSHES 5'
		[ "$nr" -ge 5 ] ||
			fail "flush-$engine" "$nr for 5 of the guest's"
	done
}

# bad_device NAME: a disk in memory that cannot read or write 4 KiB at 2 MiB, in
# $device; before Linux 6.2 it has a name that the kernel chooses.
bad_device() {
	mkdir "/sys/kernel/config/nullb/$1"
	cd "/sys/kernel/config/nullb/$1" || return
	echo 8 >size
	echo 1 >memory_backed
	echo +4096-4103 >badblocks
	echo 1 >power
	device=/dev/$1
	[ -b "$device" ] || device=/dev/nullb$(cat index)
	cd / || return
}

# Host's faults are the guest's I/O errors, said in the log; what could not be
# written once is not called written later.
bad_blocks() {
	modprobe null_blk nr_devices=0
	mount -t configfs configfs /sys/kernel/config 2>/dev/null
	set --
	for engine in uring,io=uring direct,io=uring,direct sync,io=sync; do
		bad_device "bad-${engine%%,*}"
		set -- "$@" --disk "$device,serial=$engine"
	done
	guest blk-bad "$@"
	expect bad 0 "$log" '^GUEST DONE'
	is bad-uring "$(said BAD uring 3)" read=1,other=0,write=1,later=1
	is bad-direct "$(said BAD direct 3)" read=1,other=0,write=1,later=0
	is bad-sync "$(said BAD sync 3)" read=1,other=0,write=1,later=1
	for disk in disk0 disk1 disk2; do
		expect "bad-$disk-log" 0 "$log" \
			"$disk: (read|write|flush) .* failed: Input/output error"
	done
	rmdir /sys/kernel/config/nullb/bad-*
}

# exits: of the guest's vCPU to tallyvm, so far.
exits() {
	tallyvm stat --json --once |
		sed -n 's/.*"mmio_exit_user": *\([0-9]*\).*/\1/p' | head -n 1
}

# doorbells TRANSPORT MOST: 1000 reads, one after the other, are that many exits to
# tallyvm at most: a doorbell is none.  And each queue has one thread, and nothing
# else has one.
doorbells() {
	image bell
	image go
	start_vm "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-p "quiet panic=-1 tallyvm.run=blk-bell" --rng \
		--virtio-transport "$1" --disk "$dir/bell,serial=bell,queues=2" \
		--disk "$dir/go,serial=go,io=sync"
	wait_count "$log" '^READY' 1 "$LIMIT" || fail "bell-$1" "not ready"
	before=$(exits)
	echo go | dd of="$dir/go" conv=notrunc 2>/dev/null
	wait_count "$log" '^READ 1000' 1 "$LIMIT" || fail "bell-$1" "not read"
	after=$(exits)
	is "bell-$1-threads" "$(cat "/proc/$VM_PID/task"/*/comm | sort |
		tr '\n' ' ')" 'disk0 disk0.1 disk1 rng0 tallyvm vcpu0 '
	end_vm TERM 30
	if [ $((after - before)) -le "$2" ]; then
		pass "bell-$1"
	else
		fail "bell-$1" "$((after - before)) exits, $2 at most"
	fi
}

resets() {
	image reset
	guest blk-reset --disk "$dir/reset,direct,io=uring"
	expect reset 0 "$log" '^TURN 3'
	is reset-turns "$(grep -c '^TURN' "$log")" 4
}

# What was said to be written is in the image, whatever became of the VMM.
killed() {
	image kill
	start_vm "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-p "quiet panic=-1 tallyvm.run=blk-kill" --disk "$dir/kill"
	wait_count "$log" '^WRITTEN' 20 "$LIMIT" || fail kill "nothing written"
	end_vm KILL 30
	i=$(grep -c '^WRITTEN' "$log")
	is kill-last "$(dd if="$dir/kill" bs=4096 skip="$i" count=1 2>/dev/null |
		tr -d '\0')" "block $i"
}

# Images that are refused, before anything of the VM is made.
refused() {
	image two
	start_vm "$log.first" /guests/spin.bin --disk "$dir/two"
	wait_count "$log.first" SPINNING 1 "$LIMIT"
	run_vm "$log" /guests/off.bin --disk "$dir/two"
	expect two-writers 35 "$log" 'two: in use'
	run_vm "$log" /guests/off.bin --disk "$dir/two,ro"
	expect reader-of-written 35 "$log" 'two: in use'
	kill -KILL "$VM_PID"
	wait "$VM_PID"
	run_vm "$log" /guests/off.bin --disk "$dir/two"
	expect lock-ends 0 "$log" ''
	image qcow2
	printf 'QFI\373' | dd of="$dir/qcow2" conv=notrunc 2>/dev/null
	run_vm "$log" /guests/off.bin --disk "$dir/qcow2"
	expect qcow2 35 "$log" 'qcow2: looks like a qcow2 image.*convert'
	run_vm "$log" /guests/off.bin --disk "$dir/qcow2,raw"
	expect raw 0 "$log" ''
}

# A block device that the host has mounted.
mounted() {
	image mounted
	/usr/bin/mke2fs -q -F "$dir/mounted"
	losetup /dev/loop0 "$dir/mounted"
	mkdir -p "$dir/mnt"
	mount -t ext4 /dev/loop0 "$dir/mnt"
	run_vm "$log" /guests/off.bin --disk /dev/loop0
	expect mounted 35 "$log" 'the host uses this device'
	umount "$dir/mnt"
	run_vm "$log" /guests/off.bin --disk /dev/loop0
	expect not-mounted 0 "$log" ''
	losetup -d /dev/loop0
}

ext4_at "$dir" /dev/loop1 256
every pci
[ "$RIG_KERNEL" != 6.12 ] || every mmio
doorbells pci 500
# there an interrupt is an exit to see why it came, and one to take it back
doorbells mmio 2500
not_allowed
flushed
bad_blocks
resets
killed
refused
mounted
ext4_end "$dir" /dev/loop1
