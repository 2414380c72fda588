# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# results.sh - what "make test" and "make test-long" share: parts that add lines
# "PASS name", "FAIL name: why" or "SKIP name: why" to the file RESULTS, and the
# table of them.  Sourced after lib.sh, never run.

heading() { printf '\n== %s (after %d min) ==\n' "$*" $((SECONDS / 60)); }

# part NAME COMMAND...: the part's own results are in RESULTS, whatever its exit
# status; one that leaves none has failed.
part() {
	local name=$1 before

	shift
	before=$(wc -l <"$RESULTS")
	"$@" || :
	[ "$(wc -l <"$RESULTS")" -gt "$before" ] ||
		say "FAIL $name: did not run" >>"$RESULTS"
}

# table FILE: what did not pass, and a line of counts for each part; what runs
# in emulated hosts has one for each host.
table() {
	grep -v '^PASS ' "$1" || :
	awk '{
		n = split($2, name, "/")
		part = name[1]
		if (n > 2 && (part == "nested" || part == "kernel"))
			part = part "/" name[2]
		sub(/:$/, "", part)
		count[part, $1]++
		if (!(part in seen)) {
			seen[part] = 1
			parts[++nr] = part
		}
	}
	END {
		printf "\n%-26s%8s%8s%8s\n", "", "passed", "failed", "skipped"
		for (i = 1; i <= nr; i++)
			printf "%-26s%8d%8d%8d\n", parts[i],
				count[parts[i], "PASS"],
				count[parts[i], "FAIL"], count[parts[i], "SKIP"]
	}' "$1"
}
