# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# passt: a Linux guest's network without any rights, by rings that passt serves
# and by a socket, as the version at hand can; ports of TCP and UDP; its death,
# and another one.
# timeout: 2400
# needs: tools small-kernel
# hosts: 6.12-gicv2
# long-hosts: 6.12-gicv3 new-gicv3

log=/tmp/$CASE.log
dir=/tmp/$CASE.dir
LIMIT=400
GATEWAY=10.79.0.254		# where the guest finds the host
ports=forward=tcp:8080:80,forward=udp:5353:53

prepare() {
	mkdir -p "$dir/www" "$dir/bin"
	mkfifo "$dir/hold"	# input that never ends
	head -c 1000000 /dev/urandom >"$dir/www/big"
	sum=$(sha1sum <"$dir/www/big" | cut -d' ' -f1)
	public_host 10.79.0.1/24 "$GATEWAY"
	httpd -f -p 0.0.0.0:80 -h "$dir/www" &
}

# start WORDS: a guest with ports, behind $transport.
start() {
	nc -l -p 9000 <>"$dir/hold" >"$dir/back" &
	server=$!
	start_vm "$log" "$LINUX" -i /guests/busybox.cpio -m 256M \
		-n "mode=user,guest_ip=10.79.0.15,host_ip=$GATEWAY,$ports" \
		--virtio-transport "$transport" \
		-p "quiet panic=-1 tallyvm.run=net tallyvm.ip=dhcp \
		tallyvm.host=$GATEWAY $1"
}

said() {
	if tr -d '\r' <"$log" | grep -qE -- "$2"; then
		pass "$1"
	else
		fail "$1" "no '$2' in: $(last_words "$log")"
	fi
}

same() {
	if cmp -s "$2" "$dir/www/big"; then
		pass "$1"
	else
		fail "$1" "$(wc -c <"$2") of 1000000 bytes"
	fi
}

# passts: its processes.
passts() {
	for process in /proc/[0-9]*; do
		if grep -q 'passt.--foreground' "$process/cmdline" 2>/dev/null
		then
			echo "${process#/proc/}"
		fi
	done
}

no_passt() {
	if [ -n "$(passts)" ]; then
		fail "$1" "it still runs, as process $(passts)"
	else
		pass "$1"
	fi
}

# datagrams: to the port of the guest at which nobody is; it counts those.
datagrams() {
	for turn in 1 2 3; do
		echo "$turn" | timeout 10 socat -u - UDP4:127.0.0.1:5353
	done
}

# network rings|socket: fetch, send, a forwarded port; then passt is killed.
network() {
	start tallyvm.stay
	wait_count "$log" '^READY' 1 "$LIMIT" ||
		fail "ready-$1" "$(last_words "$log")"
	said "address-$1" '^IP 10\.79\.0\.15'
	said "fetch-$1" "^SUM fetched $sum"
	kill "$server" 2>/dev/null
	same "send-$1" "$dir/back"
	timeout 120 wget -q -O - http://127.0.0.1:8080/big >"$dir/got"
	same "port-$1" "$dir/got"
	datagrams
	lost "$1"
	wait_vm 60
	expect "killed-$1" 0 "$log" '^CARRIER 0'
	said "udp-$1" '^STRAYS [1-9]'
	said "killed-said-$1" 'net0: passt was killed by signal 9'
}

# Another one takes its place, and the ports work again; killed once more at
# once, it is a dead link.
lost() {
	kill -KILL "$(passts)"
	wait_count "$log" 'net0: passt is back' 1 30
	sleep 3
	timeout 120 wget -q -O - http://127.0.0.1:8080/big >"$dir/got"
	same "port-again-$1" "$dir/got"
	tries=20
	until grep -q '^CARRIER' "$log" || [ "$tries" = 0 ]; do
		tries=$((tries - 1))
		# shellcheck disable=SC2046 # none, perhaps
		kill -KILL $(passts) 2>/dev/null
		usleep 500000
	done
}

# ends NAME: passt goes with the guest, and with a VM that is killed.
ends() {
	start ''
	wait_vm "$LIMIT"
	expect "ends-$1" 0 "$log" '^GUEST DONE'
	kill "$server" 2>/dev/null
	no_passt "gone-$1"
	start tallyvm.stay
	wait_count "$log" '^READY' 1 "$LIMIT"
	kill "$server" 2>/dev/null
	kill -KILL "$VM_PID"
	wait "$VM_PID"
	sleep 1
	no_passt "gone-killed-$1"
}

prepare
transport=pci
network rings
ends rings
ln -s /usr/bin/passt.bookworm "$dir/bin/passt"
PATH=$dir/bin:$PATH
transport=mmio
network socket
ends socket
