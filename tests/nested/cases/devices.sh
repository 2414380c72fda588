# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# devices: timer, clock, panic device, and accesses that no driver makes.

log=/tmp/$CASE.log

run_vm "$log" /guests/timer.bin -c 2
expect_guest timer 0 "$log"

run_vm "$log" /guests/rtc.bin -p "now=$(date +%s)"
expect_guest rtc 0 "$log"

run_vm "$log" /guests/rtc.bin --nodefaults
expect nodefaults-no-rtc 0 "$log" 'FAIL cpu0 node: no arm,pl031'

run_vm "$log" /guests/rtc.bin --nodefaults --rtc -p "now=$(date +%s)"
expect_guest nodefaults-rtc 0 "$log"

run_vm "$log" /guests/panic.bin --nodefaults
expect nodefaults-no-pvpanic 0 "$log" 'FAIL cpu0 node: no pvpanic'

run_vm "$log" /guests/panic.bin -p "event=2"
expect pvpanic-crash-loaded 0 "$log" 'INFO survived'

run_vm "$log" /guests/mmio.bin
expect_guest mmio 0 "$log"
