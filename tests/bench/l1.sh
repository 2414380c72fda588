#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# l1.sh - in the emulated host: run every measurement; "measure" prints the
# results as lines "BENCH KEY VALUE"
#
# The same guests, memory and number of vCPUs for both monitors, each as a
# person would start it without devices that are not needed.

MEM=256
NAME=tallyvm	# before the keys of tallyvm

# Both: KIND KEY PARAMS KERNEL [OPTION...]; PARAMS is the kernel's command line
# beside its console, "-" for a guest that is not Linux.
tallyvm() {
	kind=$1 key=$2 params=$3 kernel=$4
	shift 4
	[ "$params" = - ] || set -- --initrd /bench/linux.cpio \
		--params "console=ttyS0 $params" "$@"
	measure "$kind" -k "$NAME.$key" -m $MEM -- /bin/tallyvm run \
		--nodefaults --cpus 1 --mem $MEM --kernel "$kernel" "$@"
}

qemu() {
	kind=$1 key=$2 params=$3 kernel=$4
	shift 4
	[ "$params" = - ] || set -- -initrd /bench/linux.cpio \
		-append "console=ttyAMA0 $params" "$@"
	measure "$kind" -k "qemu.$key" -m $MEM -- /usr/bin/qemu-system-aarch64 \
		-machine virt,accel=kvm,gic-version=3 -cpu host -smp 1 -m $MEM \
		-nodefaults -display none -serial stdio -no-reboot \
		-kernel "$kernel" "$@"
}

# measure, and on failure what was on the guest's console.
measure() {
	/bench/measure "$@" && return
	echo "last words of: $*"
	tail -n 5 /tmp/console
}

# What the guest "exits" printed itself.
exits() {
	"$1" time exits - /bench/guest/exits.bin
	sed -n "s/^\(mmio\|hvc\) \([0-9]*\).*/BENCH $1.\1 \2/p" /tmp/console
}

# Both: FILE OPTIONS, of a raw image; QEMU with what serves it best.
disk_tallyvm() {
	tallyvm time disk "quiet disk=1" /bench/Image --disk "$1$2"
}

disk_qemu() {
	qemu time disk "quiet disk=1" /bench/Image -drive \
		"file=$1,format=raw,if=virtio,cache=none,aio=native"
}

# disk VMM KEY FILE OPTIONS: what the guest measured itself.
disk() {
	dd if=/dev/zero of="$3" bs=1M count=64 2>/dev/null
	"disk_$1" "$3" "$4"
	sed -n "s/^disk\.\([a-z0-9]*\) \([0-9]*\).*/BENCH $1.$2.\1 \2/p" \
		/tmp/console
	rm "$3"
}

# The same where there is something to wait for, and so a ring: past the page cache
# of a file system on a device, which a file in memory is, for a worker of the
# kernel's to serve.
ring() {
	mkdir -p /tmp/ext4
	truncate -s 80M /tmp/device
	losetup /dev/loop0 /tmp/device
	mke2fs -F /dev/loop0 >/dev/null
	mount -t ext4 /dev/loop0 /tmp/ext4
	disk "$1" ring /tmp/ext4/disk.img ,direct,io=uring
	umount /tmp/ext4
	losetup -d /dev/loop0
	rm /tmp/device
}

# Frames on the tap "bench0", which measure makes.
net_tallyvm() {
	tallyvm net "$1" "quiet net=1" /bench/Image \
		--network "tapif=bench0,vhost=$2"
}

net_qemu() {
	qemu net "$1" "quiet net=1" /bench/Image -netdev \
		"tap,id=net,ifname=bench0,script=no,downscript=no,vhost=$2" \
		-device virtio-net-pci,netdev=net,romfile=
}

# Bytes on hvc0, above what a boot with that console takes; QEMU's in a file.
hvc_tallyvm() {
	tallyvm time "$1" "quiet $2 console=hvc0" /bench/Image --console=virtio
}

hvc_qemu() {
	qemu time "$1" "quiet $2 console=hvc0" /bench/Image \
		-device virtio-serial-pci -chardev file,id=hvc,path=/tmp/hvc \
		-device virtconsole,chardev=hvc
}

both() {
	"$1" time off - /bench/guest/off.bin
	"$1" time quiet quiet /bench/Image
	"$1" time log "" /bench/Image
	"$1" time tty "quiet tty=8192" /bench/Image
	"hvc_$1" hvc0 ""
	"hvc_$1" hvc tty=8192
	exits "$1"
	"$1" calls off - /bench/guest/off.bin
	"$1" memory spin - /bench/guest/spin.bin
	disk "$1" disk /tmp/disk.img ''
	ring "$1"
	"$1" split off - /bench/guest/off.bin
	"$1" split quiet quiet /bench/Image
	"net_$1" tap off
	"net_$1" vhost on
}

# On the kernel of kernel/: what a start with a partition costs there.
if [ -e /bench/partition ]; then
	NAME=partition
	tallyvm time off - /bench/guest/off.bin
	tallyvm time part4 - /bench/guest/off.bin --pmu-partition=4
	exit
fi
both tallyvm
tallyvm time pmu - /bench/guest/off.bin --pmu
tallyvm time pmu4 - /bench/guest/off.bin --pmu-counters=4
both qemu
