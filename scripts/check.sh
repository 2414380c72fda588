#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# check.sh BUILD_DIR - run every unit test of a build and count
#
# One line for each test program; what a failed program said is shown whole, and
# what was skipped, with the reason (T_SKIP() of tests/unit/t.h).  The last line
# counts single tests.  With RESULTS=FILE a PASS, FAIL or SKIP line for each test
# is added there, in the form scripts/test collects.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

build=${1:?usage: check.sh BUILD_DIR}
suite=unit
case $build in
*-san)	# Check's forks and the sanitizers are in each other's way.
	export CK_FORK=no
	suite=unit-san ;;
esac
export CK_VERBOSITY=verbose

# results NAME LOG: from Check's "file.c:34:P:case:test:0: Passed", and from
# "skipped: test: why" somewhere before it.  What failed did not only skip.
results() {
	awk -F: -v at="$suite/$1" '
		# what stands behind the first N colons
		function rest(n,   line) {
			for (line = $0; n; n--)
				sub(/^[^:]*:/, "", line)
			sub(/^ /, "", line)
			return line
		}
		/^skipped: [a-z0-9_]+: / {
			if (!(substr($2, 2) in why))
				why[substr($2, 2)] = rest(2)
		}
		/^[^:]+:[0-9]+:P:[^:]*:[^:]*:[0-9]+: / {
			if ($5 in why)
				print "SKIP " at "/" $5 ": " why[$5]
			else
				print "PASS " at "/" $5
		}
		/^[^:]+:[0-9]+:[FE]:[^:]*:[^:]*:[0-9]+: / {
			print "FAIL " at "/" $5 ": " $1 ":" $2 ": " rest(6)
		}' "$2"
}

# A program that failed without a failed test, or ran none, is one failure.
one() {
	local program=$1 name log rc=0 verdict=ok skipped

	name=${program##*/test_}
	log=$build/logs/check-$name.log
	timeout -k 5 120 "$program" >"$log" 2>&1 </dev/null || rc=$?
	results "$name" "$log" >"$log.results"
	if ! grep -q '^FAIL ' "$log.results" &&
	   { [ "$rc" != 0 ] || [ ! -s "$log.results" ]; }; then
		say "FAIL $suite/$name: exit status $rc, see $log" \
			>>"$log.results"
	fi
	! grep -q '^FAIL ' "$log.results" || verdict=FAILED
	skipped=$(grep -c '^SKIP ' "$log.results") || :
	printf '  %-8s%-24s%5d tests%s\n' "$verdict" "$name" \
		"$(wc -l <"$log.results")" \
		"$([ "$skipped" = 0 ] || echo ", $skipped skipped")"
	[ "$verdict" = ok ] || grep -v ':P:' "$log" || :
	grep '^SKIP ' "$log.results" || :
	cat "$log.results" >>"$all"
}

mkdir -p "$build/logs"
all=$build/logs/check.results
: >"$all"
for program in "$build"/unit/test_*; do
	case $program in *.*) continue ;; esac
	[ ! -x "$program" ] || one "$program"
done
[ -z "${RESULTS:-}" ] || cat "$all" >>"$RESULTS"
summary "$all"
