#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# l1.sh - run inside the emulated host: every case in turn, each in a shell of
# its own with a time limit.  A case must say something, must end, and must
# leave no warning in the host kernel's log.

CASE_TIMEOUT=240

# shellcheck source=/dev/null
. /tests/env
export RIG_KERNEL RIG_GIC RIG_TOPO RIG_SAMPLE RIG_LONG RIG_SLOW RIG_STOCK

complaints() {
	dmesg | grep -cE 'WARNING: |BUG: |Oops|Internal error|Call trace:'
}

limit_of() {
	limit=$(sed -n 's/^# timeout: *\([0-9]*\).*/\1/p' "$1" | head -n 1)
	limit "${limit:-$CASE_TIMEOUT}"
}

# judge FILE STATUS: what is wrong with a case beyond what it says itself.
judge() {
	limit=$(limit_of "$1")
	if [ -e /tmp/case.timeout ]; then
		fail "$CASE" "not done after $limit s"
	elif [ "$2" != 0 ]; then
		fail "$CASE" "the case itself failed, exit status $2"
	elif ! grep -qE '^(PASS|FAIL|SKIP) ' /tmp/case.out; then
		fail "$CASE" "said nothing"
	fi
}

run_case() {
	CASE=$(basename "$1" .sh)
	export CASE
	rm -f /tmp/case.timeout
	before=$(complaints)
	start=$(date +%s)
	# Everything of the case is in one session, to be killed as one.
	# shellcheck disable=SC2016 # for the inner shell
	setsid sh -c '. /tests/lib.sh; . "$1"' sh "$1" \
		>/tmp/case.fifo 2>&1 &
	pid=$!
	tee /tmp/case.out </tmp/case.fifo &
	shown=$!
	kill_later "-$pid" "$(limit_of "$1")" /tmp/case.timeout &
	dog=$!
	wait "$pid"
	status=$?
	kill "$dog" 2>/dev/null
	kill -KILL "-$pid" 2>/dev/null
	wait "$shown"
	judge "$1" "$status"
	if [ "$(complaints)" -gt "$before" ]; then
		fail "$CASE-dmesg" "the host kernel complained: $(dmesg |
			grep -E 'WARNING: |BUG: |Oops|Internal error' |
			tail -n 1)"
	fi
	echo "DONE $CASE $(($(date +%s) - start)) s"
}

# shellcheck source=/dev/null
. /tests/lib.sh
mkfifo /tmp/case.fifo
for file in /tests/cases/*.sh; do
	[ -f "$file" ] && run_case "$file"
done
exit 0
