# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# console-virtio: hvc0 and the random numbers, in a Linux guest.
# needs: small-kernel
# hosts: new-gicv3
# long-hosts: 6.12-gicv3 6.12-gicv2
# timeout: 600

log=/tmp/$CASE.log

# On both transports: not a byte of 500 lines is lost, in or out.
lines() {
	awk 'BEGIN { for (i = 0; i < 500; i++)
		printf "line %03d of what was typed before the guest was up\n", i
	}' >"$log.want"
	{ cat "$log.want"; echo quit; } >"$log.in"
	timeout "$(limit 180)" tallyvm run /guests/small.Image -i /guests/linux.cpio \
		-m 256M -p "quiet tallyvm.test=cat" --console virtio \
		--virtio-transport "$1" <"$log.in" >"$log" 2>"$log.err"
	VM_STATUS=$?
	expect "hvc0-$1" 0 "$log" 'GUEST DONE'
	# before that the terminal itself echoes what it gets
	tr -d '\r' <"$log" | sed '1,/CAT READY/d' | grep '^line ' >"$log.back"
	if cmp -s "$log.want" "$log.back"; then
		pass "hvc0-complete-$1"
	else
		fail "hvc0-complete-$1" "$(wc -l <"$log.back") of 500 lines"
	fi
}

# The terminal grows while the guest runs.
size() {
	VM_UNDER=/guests/pty start_vm "$log" /guests/small.Image \
		-i /guests/linux.cpio -m 256M -p "quiet tallyvm.test=size" \
		--console virtio --virtio-transport "$1"
	if wait_count "$log" 'SIZE 80x24' 1 "$(limit 180)"; then
		pass "first-size-$1"
	else
		fail "first-size-$1" "$(last_words "$log")"
	fi
	kill -USR1 "$VM_PID"
	wait_vm "$(limit 60)"
	expect "resize-$1" 0 "$log" 'SIZE 132x50'
}

random() {
	run_vm -t "$(limit 180)" "$log" /guests/small.Image -i /guests/linux.cpio \
		-m 256M -p "quiet tallyvm.test=rng" --rng \
		--virtio-transport "$1"
	expect "rng-$1" 0 "$log" 'PASS rng 4096 bytes'
}

# interrupts NAME KIND PATTERN: how a device on PCI interrupts the guest
interrupts() {
	run_vm -t "$(limit 180)" "$log" /guests/small.Image -i /guests/linux.cpio \
		-m 256M -p "quiet tallyvm.test=rng" --rng --irqchip "$2"
	expect "interrupts-$1" 0 "$log" 'PASS rng 4096 bytes'
	grep -q "^IRQ.*$3" "$log" ||
		fail "interrupts-$1-kind" "$(grep ^IRQ "$log" | tr '\n' '|')"
}

case $RIG_GIC in
3)	interrupts its gicv3-its 'ITS-.*virtio0-input'
	interrupts pin gicv3 'GICv3  *3[6-9] Level *virtio0' ;;
2)	interrupts v2m gicv2m 'GICv2m-.*virtio0-input'
	interrupts pin gicv2 'GIC-0  *3[6-9] Level *virtio0' ;;
esac

for transport in pci mmio; do
	lines "$transport"
	size "$transport"
	random "$transport"
done
