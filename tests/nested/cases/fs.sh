# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# fs: a folder of the host in a Linux guest, by both programs named virtiofsd.
# timeout: 1500
# needs: tools small-kernel
# hosts: 6.12-gicv3
# long-hosts: new-gicv3

log=/tmp/$CASE.log
share=/tmp/$CASE.share
theirs=/tmp/$CASE.theirs
LIMIT=200

# prepare: the folder, as each test wants it.
prepare() {
	rm -rf "$share"
	mkdir -p "$share"
	head -c 3000000 /dev/urandom >"$share/big"
	sum=$(sha1sum <"$share/big" | cut -d' ' -f1)
}

# guest SCRIPT ARGUMENT...: what the guest is started with.
guest() {
	script=$1
	shift
	set -- "$LINUX" -i /guests/busybox.cpio -m 256M \
		-p "quiet panic=-1 tallyvm.run=$script" "$@"
	run_vm -t "$LIMIT" "$log" "$@"
}

# use rust|c: which virtiofsd is found in PATH.
use() {
	mkdir -p "/tmp/$CASE.$1"
	name=virtiofsd
	[ "$1" = rust ] || name=virtiofsd.bookworm
	ln -sf "/usr/bin/$name" "/tmp/$CASE.$1/virtiofsd"
	PATH=/tmp/$CASE.$1:$path
}

# gone NAME: no virtiofsd is left.
gone() {
	tries=50
	while pidof virtiofsd virtiofsd.bookworm >/dev/null; do
		tries=$((tries - 1))
		if [ "$tries" = 0 ]; then
			fail "$1" "left: $(pidof virtiofsd virtiofsd.bookworm)"
			return
		fi
		usleep 100000
	done
	pass "$1"
}

read_write() {
	prepare
	guest fs --fs "$share,share" --virtio-transport "$2"
	expect "write-$1-$2" 0 "$log" "^WRITTEN"
	if ! grep -q "SUM $sum" "$log"; then
		fail "sum-$1-$2" "not $sum: $(last_words "$log")"
	elif cmp -s "$share/big" "$share/dir/copy" &&
	     [ "$(cat "$share/dir/moved")" = written ]; then
		pass "sum-$1-$2"
	else
		fail "sum-$1-$2" "the guest wrote something else"
	fi
	gone "end-$1-$2"
}

read_only() {
	prepare
	guest fs --fs "$share,share,ro"
	expect "ro-$1" 0 "$log" "^REFUSED.*Read-only file system"
	[ "$(ls "$share")" = big ] || fail "ro-$1-host" "$(ls "$share")"
}

resets() {
	prepare
	guest fs-reset --fs "$share,share"
	expect "reset-$1" 0 "$log" 'GUEST DONE'
	[ "$(grep -c "SUM $sum" "$log")" = 3 ] ||
		fail "reset-$1-sums" "$(grep SUM "$log" | tr '\n' '|')"
}

# Where virtiofsd was killed the guest sees errors and does not hang; mounted
# again, all is there.
lost() {
	prepare
	start_vm "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-p "quiet panic=-1 tallyvm.run=fs-lost" --fs "$share,share"
	wait_count "$log" READING 1 "$LIMIT"
	# shellcheck disable=SC2046 # one word for each process
	kill -KILL $(pidof virtiofsd virtiofsd.bookworm)
	wait_vm "$LIMIT"
	expect "lost-$1-said" 0 "$log" 'virtiofsd (was killed by|has ended with)'
	expect "lost-$1-again" 0 "$log" 'fs0: virtiofsd is back'
	expect "lost-$1-error" 0 "$log" '^ERROR .*[a-z]'
	expect "lost-$1-sum" 0 "$log" "^SUM $sum"
	gone "lost-$1-end"
}

# virtiofsd does not outlive the VM, however that ends.
killed() {
	prepare
	start_vm "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-p "quiet tallyvm.run=fs-lost" --fs "$share,share"
	wait_count "$log" READING 1 "$LIMIT"
	end_vm KILL 30
	gone "killed-$1"
}

# all KIND: what has to be the same with both programs.
all() {
	use "$1"
	read_write "$1" pci
	read_only "$1"
	resets "$1"
	lost "$1"
	killed "$1"
}

# their_virtiofsd: by nobody, and only nobody may connect.
their_virtiofsd() {
	su nobody -c "exec virtiofsd --socket-path=$theirs/socket \
		--shared-dir $share --sandbox none" >/dev/null 2>&1 &
	tries=100
	until [ -S "$theirs/socket" ] || [ "$tries" = 0 ]; do
		tries=$((tries - 1))
		usleep 100000
	done
}

# One that another user runs is found again when it is, though tallyvm has no
# rights any more by which it could connect.
elsewhere() {
	use rust
	prepare
	mkdir -p "$theirs"
	chown 65534:65534 "$theirs"
	chmod 700 "$theirs"
	their_virtiofsd
	start_vm "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-p "quiet panic=-1 tallyvm.run=fs-lost" \
		--fs "socket=$theirs/socket,tag=share"
	wait_count "$log" READING 1 "$LIMIT" ||
		fail elsewhere "$(last_words "$log")"
	kill -KILL "$(pidof virtiofsd)"
	rm -f "$theirs/socket"
	their_virtiofsd
	wait_vm "$LIMIT"
	expect elsewhere-again 0 "$log" 'fs0: virtiofsd is back'
	expect elsewhere-error 0 "$log" '^ERROR .*[a-z]'
	expect elsewhere-sum 0 "$log" "^SUM $sum"
	gone elsewhere-end
}

refusals() {
	guest fs --fs /nowhere,share
	expect no-folder 35 "$log" '/nowhere: cannot be shared: No such file'
	PATH=/bin
	guest fs --fs "/tmp,share"
	expect no-virtiofsd 77 "$log" 'install the package virtiofsd'
}

path=$PATH
case $RIG_KERNEL in
6.12)
	all rust
	read_write rust mmio
	all c
	elsewhere
	refusals
	;;
*)
	use rust
	read_write rust pci
	;;
esac
