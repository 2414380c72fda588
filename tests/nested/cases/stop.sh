# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# stop: a signal is never lost, whenever it comes.
# timeout: 300
# hosts: 6.12-gicv3 6.1-gicv3 new-gicv2

ROUNDS=50
log=/tmp/$CASE.log

# Before start-up has blocked anything the signal simply kills: 143 too.
round=0
bad=''
while [ "$round" -lt "$ROUNDS" ]; do
	start_vm "$log" /guests/spin.bin -c 2
	usleep $((round * 8000))
	end_vm TERM 20
	[ "$VM_STATUS" = 143 ] || bad="$bad $round:$VM_STATUS"
	round=$((round + 1))
done
if [ -z "$bad" ]; then
	pass "stop-$ROUNDS-times"
else
	fail "stop-$ROUNDS-times" "round:status$bad, $(last_words "$log")"
fi
if pidof tallyvm >/dev/null; then
	fail stop-leftovers "tallyvm still runs"
else
	pass stop-leftovers
fi
