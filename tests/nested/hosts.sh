# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# hosts.sh - what run.sh and kernel.sh share: from the console of an emulated
# host to lines of results.  Sourced after scripts/lib.sh, never run; boot and
# case_files, each with a configuration, and LOGS and FOUND are the caller's.

# translate PART CONFIGURATION: results get the name of their configuration; a
# case that never ended, because the host died or none could be built, is a
# failure.
translate() {
	local line ended=' ' file name

	while IFS= read -r line; do
		case $line in
		"PASS "*|"FAIL "*|"SKIP "*)
			say "${line%% *} $1/$2/${line#* }" ;;
		"DONE "*)
			name=${line#DONE }
			ended+="${name%% *} " ;;
		esac
	done
	while read -r file; do
		name=$(basename "$file" .sh)
		[[ "$ended" == *" $name "* ]] ||
			say "FAIL $1/$2/$name: the host died:" \
				"$(tail -n 3 "$LOGS/$1-$2.log" | tr '\n' '|')"
	done < <(case_files "$2")
}

# run_host PART CONFIGURATION
run_host() {
	local start=$SECONDS

	say "== $1/$2: an emulated host boots =="
	{ boot "$2" || :; } | translate "$1" "$2" | tee -a "$FOUND"
	say "== $1/$2: done after $((SECONDS - start)) s =="
}
