# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# hosts: reserved
# reserved: of six counters, four are for guests only. Guests with as many leave
# the host's events alone, larger ones and emulated ones work as ever.

log=/tmp/$CASE.log
guest="n=4 turns=$(turns 20000 100000) slow=20"

before="$(lent moved) $(lent squeezed)"
timeout "$(limit 200)" /guests/hostperf -p 2 tallyvm run /guests/pmukeep.bin \
	-c 2 --pmu-partition=4 -p "$guest" >"$log" 2>&1 </dev/null
VM_STATUS=$?
expect_guest guest 0 "$log"
expect host-undisturbed 0 "$log" 'pinned, counting 100%'
if [ "$(lent moved) $(lent squeezed)" = "$before" ]; then
	pass host-not-moved
else
	fail host-not-moved "$before, now $(lent moved) $(lent squeezed)"
fi

timeout "$(limit 60)" /guests/hostperf -p 3 sleep 1 >"$log" 2>&1
VM_STATUS=$?
expect host-has-two 99 "$log" 'a pinned event on CPU 0 is lost'

timeout "$(limit 200)" /guests/hostperf -e 2 tallyvm run /guests/pmukeep.bin \
	-c 2 --pmu-partition=6 -p "${guest#n=4 }" >"$log" 2>&1 </dev/null
VM_STATUS=$?
expect_guest larger 0 "$log"
run_vm "$log" /guests/pmu.bin -c 2 --pmu -p n=6
expect_guest emulated 0 "$log"
