# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# irqchip: each kind where the host has it, and a refusal that a CI can take
# for a skip where it has not.  The timer guest takes PPIs, uart an SPI.

log=/tmp/$CASE.log

works() {
	run_vm "$log" /guests/timer.bin -c 2 --irqchip "$1"
	expect_guest "$1-ppi" 0 "$log"
	grep -q "INFO gic=$2" "$log" || fail "$1-kind" "guest saw another GIC"
	run_vm "$log" /guests/uart.bin -p "lines=1" --irqchip="$1"
	expect_guest "$1-spi" 0 "$log"
}

refused() {
	run_vm "$log" /guests/off.bin --irqchip="$1"
	expect "$1-refused" 77 "$log" "$1|GICv"
}

if [ "$RIG_GIC" = 2 ]; then
	works gicv2 2
	works gicv2m 2
	works auto 2
	refused gicv3
	refused gicv3-its
else
	works gicv3 3
	works gicv3-its 3
	works auto 3
	refused gicv2
fi

# The runner of kvm-unit-tests skips a test by what the host cannot do, and
# asks with a kernel that does not exist.
if [ "$RIG_GIC" = 3 ]; then
	run_vm "$log" --kernel _NO_FILE_4Uhere_ --irqchip=gicv2
	expect host-before-kernel 77 "$log" 'gicv2|GICv2'
fi
