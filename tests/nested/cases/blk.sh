# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# blk: disks of a Linux guest: content, engines, a full host, resets, kill -9,
# and images that are not to be used.
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

# Everything but the image that cannot grow is on ext4: tmpfs has no direct I/O
# before Linux 6.6, and nothing to wait for.
set_up() {
	modprobe -a loop ext4 2>/dev/null
	mkdir -p "$dir"
	truncate -s 192M "$dir.ext4"
	/usr/bin/mke2fs -q -F -t ext4 "$dir.ext4"
	losetup /dev/loop1 "$dir.ext4"
	mount -t ext4 /dev/loop1 "$dir" || fail set-up "no ext4 on /dev/loop1"
}

tear_down() {
	umount "$dir"
	losetup -d /dev/loop1
	rm -f "$dir.ext4"
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

set_up
every pci
[ "$RIG_KERNEL" != 6.12 ] || every mmio
resets
killed
refused
mounted
tear_down
