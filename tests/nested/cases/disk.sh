# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# disk: a Linux guest with a disk and a network, on both transports; and what
# is left on the disk of a guest that was killed.
# needs: tools
# timeout: 1500
# needs: tools
# hosts: 6.12-gicv3 new-gicv3

log=/tmp/$CASE.log
dir=/tmp/$CASE
LIMIT=200

prepare() {
	mkdir -p "$dir/tree" "$dir/mnt"
	head -c 3000000 /dev/urandom >"$dir/tree/big"
	sum=$(sha1sum <"$dir/tree/big" | cut -d' ' -f1)
	modprobe tun
	tunctl -t tap78 >/dev/null
	ip addr add 10.78.0.1/24 dev tap78
	ip link set tap78 up
	# in front, so that it ends with this case
	httpd -f -p 10.78.0.1:80 -h "$dir/tree" &
}

# image: a new disk with the big file.
image() {
	rm -f "$dir/disk"
	/usr/bin/mke2fs -q -t ext4 -d "$dir/tree" "$dir/disk" 32M
}

# arguments TRANSPORT
arguments() {
	echo "/boot/Image -i /guests/busybox.cpio -m 256M -d $dir/disk \
		-n mode=tap,tapif=tap78 --virtio-transport $1"
}

# clean NAME: nothing that e2fsck would ask about, and nothing the second time.
clean() {
	e2fsck -p -f "$dir/disk" >"$log.fsck" 2>&1
	if [ $? -gt 1 ] || ! e2fsck -n -f "$dir/disk" >"$log.fsck" 2>&1; then
		fail "$1" "$(last_words "$log.fsck")"
	else
		pass "$1"
	fi
}

copies() {
	image
	# shellcheck disable=SC2046 # one word for each
	run_vm -t "$LIMIT" "$log" $(arguments "$1") \
		-p "quiet panic=-1 tallyvm.run=disk"
	expect "ends-$1" 0 "$log" "^GUEST DONE"
	for what in disk copy net; do
		if tr -d '\r' <"$log" | grep -q "^SUM $what $sum"; then
			pass "$what-$1"
		else
			fail "$what-$1" "not $sum: $(last_words "$log")"
		fi
	done
	clean "fsck-$1"
}

# there: every file the guest knew to be on the disk is, as it was.
there() {
	mount -t ext4 -o loop,ro "$dir/disk" "$dir/mnt"
	tr -d '\r' <"$log" | sed -n \
		"s,^WROTE \([0-9a-f]*  \)/mnt/\([0-9]*\)$,\1$dir/mnt/\2,p" \
		>"$log.sums"
	if sha1sum -c "$log.sums" >"$log.check" 2>&1; then
		pass "$1"
	else
		fail "$1" "$(last_words "$log.check")"
	fi
	umount "$dir/mnt"
}

killed() {
	image
	# shellcheck disable=SC2046 # one word for each
	start_vm "$log" $(arguments "$1") \
		-p "quiet panic=-1 tallyvm.run=disk-kill"
	wait_count "$log" '^WROTE ' 20 "$LIMIT" ||
		fail "writes-$1" "$(last_words "$log")"
	kill -KILL "$VM_PID"
	wait "$VM_PID"
	clean "fsck-killed-$1"
	there "there-$1"
}

prepare
copies pci
copies mmio
killed pci
