#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh SECONDS [TARGET...] - run the fuzz targets, some at a time
#
# Each begins with the seeds in corpus/TARGET and what earlier runs have found
# of new paths, which is kept in build/fuzz/corpus.  With 0 seconds only these
# inputs are tried.  An input that breaks something is kept in build/fuzz/found,
# and its name is in the line of the result; to try it again:
# build/fuzz/fuzz/TARGET FILE.  Results are as those of scripts/test; with
# RESULTS=FILE they are added there.
set -euo pipefail
. "$(dirname "$0")/../../scripts/lib.sh"

cd "$TOP"
BUILD=build/fuzz
export BUILD
# A slow input is a finding: a guest must not keep a thread busy.
export ONE_INPUT=20
export MEMORY_MB=2048

all_targets() {
	find tests/fuzz -name 'fuzz_*.c' | sed 's|.*/fuzz_\(.*\)\.c$|\1|' | sort
}

# one SECONDS TARGET: its result line.
one() {
	local seconds=$1 target=$2 log=$BUILD/logs/$2.log limit rc=0

	mkdir -p "$BUILD/corpus/$target"
	limit=-max_total_time=$seconds
	[ "$seconds" != 0 ] || limit=-runs=0
	ASAN_OPTIONS=allow_addr2line=1 "$BUILD/fuzz/$target" "$limit" \
		-timeout="$ONE_INPUT" -rss_limit_mb="$MEMORY_MB" \
		-artifact_prefix="$BUILD/found/$target-" -max_len=4096 \
		-print_final_stats=1 "$BUILD/corpus/$target" \
		"tests/fuzz/corpus/$target" >"$log" 2>&1 </dev/null || rc=$?
	if [ "$rc" = 0 ]; then
		echo "PASS fuzz/$target"
	else
		echo "FAIL fuzz/$target: $(what "$log"), see $log"
	fi
}

# what LOG: the finding and the input, in a few words.
what() {
	grep -oE '[^/]*: broken: .*|SUMMARY: .*|Test unit written to .*' "$1" |
		tail -n 3 | cut -c1-120 | paste -sd ';'
}

export -f one what

seconds=${1:?usage: run.sh SECONDS [TARGET...]}
shift
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(all_targets)
mkdir -p "$BUILD"/{logs,found}
LOG=$BUILD/logs/build.log progress "building the fuzz targets" \
	make --no-print-directory -j"$(nproc)" fuzzers
found=$BUILD/logs/results
say "${#targets[@]} targets, $seconds seconds each"
# shellcheck disable=SC2016 # the words are the inner shell's
printf '%s\n' "${targets[@]}" |
	xargs -P "$(nproc)" -I '{}' bash -c 'one "$1" "$2"' one "$seconds" '{}' |
	tee "$found"
[ -z "${RESULTS:-}" ] || cat "$found" >>"$RESULTS"
summary "$found"
