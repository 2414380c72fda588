# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# lib.sh - what every script here shares: messages, progress, the cache
# directory, and the machine's own package sources under another suite name.
# Sourced, never run.

# shellcheck disable=SC2034 # for those who source this
TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck disable=SC2034
CACHE=${TALLYVM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tallyvm}

say() { printf '%s\n' "$*"; }

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# What Debian calls this release ("bookworm"), or nothing elsewhere.
codename() {
	# shellcheck source=/dev/null
	( . /etc/os-release && printf '%s' "${VERSION_CODENAME:-}" )
}

# The machine in the Makefile's words: x86_64 or arm64.
host_arch() { uname -m | sed s/aarch64/arm64/; }

# watch_pid PID TEXT [DIR]: until PID ends, show that something goes on:
# seconds, and how much DIR holds; a terminal gets one changing line.
watch_pid() {
	local pid=$1 text=$2 dir=${3:-} start=$SECONDS size=""

	[ -t 1 ] || printf '%s ' "$text"
	while kill -0 "$pid" 2>/dev/null; do
		if [ -t 1 ]; then
			[ -z "$dir" ] || size=", $(dir_mib "$dir") MiB"
			printf '\r%s ... %d s%s ' "$text" \
				$((SECONDS - start)) "$size"
		elif (( (SECONDS - start) % 2 )); then
			printf .
		fi
		sleep 0.9
	done
	[ ! -t 1 ] || printf '\r%s ...' "$text"
}

dir_mib() { du -sm "$1" 2>/dev/null | cut -f1; }

# progress TEXT [-d DIR] COMMAND...: run quietly but not silently; what the
# command says is shown only if it fails, and kept in the file LOG if set.
# Interrupting it ends the command.
progress() {
	local text=$1 dir="" log=${LOG:-} rc=0 start=$SECONDS pid

	shift
	if [ "$1" = -d ]; then
		dir=$2
		shift 2
	fi
	[ -n "$log" ] || log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	trap 'kill "$pid" 2>/dev/null; exit 130' INT TERM
	watch_pid "$pid" "$text" "$dir"
	wait "$pid" || rc=$?
	trap - INT TERM
	if [ "$rc" = 0 ]; then
		printf ' done, %d s\n' $((SECONDS - start))
	else
		printf ' FAILED\n'
		tail -n 25 "$log" >&2
	fi
	[ -n "${LOG:-}" ] || rm -f "$log"
	return "$rc"
}

# machine_source SUITE...: the machine's own entry for the Debian archive,
# with these suites instead of its own, as one deb822 stanza on stdout.  Both
# formats of sources are read; mirror and keys stay the machine's.
machine_source() {
	local release found
	local -a deb822=() oneline=()

	release=$(codename)
	shopt -s nullglob
	deb822=(/etc/apt/sources.list.d/*.sources)
	oneline=(/etc/apt/sources.list /etc/apt/sources.list.d/*.list)
	shopt -u nullglob
	found=$(deb822_source "$release" "$*" "${deb822[@]}")
	[ -n "$found" ] ||
		found=$(oneline_source "$release" "$*" "${oneline[@]}")
	[ -n "$found" ] || die "no entry for Debian '$release main' in" \
		"/etc/apt/sources.list or sources.list.d: add the machine's" \
		"Debian mirror there"
	printf '%s\n' "$found"
}

# deb822_source RELEASE SUITES [FILE...]: the first stanza that serves
# RELEASE, its suites replaced and its limits to one architecture dropped.
deb822_source() {
	local release=$1 suites=$2 f

	shift 2
	[ $# -gt 0 ] || return 0
	# A blank line after each file, lest two stanzas become one.
	for f; do cat "$f"; echo; done | awk -v release="$release" -v suites="$suites" '
	function field(name,   i) {
		for (i = 1; i <= NF; i++)
			if (tolower($i) ~ "^" name ":")
				return " " substr($i, length(name) + 2) " "
		return ""
	}
	BEGIN { RS = ""; FS = "\n" }
	field("enabled") ~ / no / || field("types") !~ /[ \t]deb[ \t]/ ||
	field("components") !~ /[ \t]main[ \t]/ { next }
	field("suites") !~ "[ \t](" release "|stable|oldstable)[ \t]" { next }
	{
		print "Types: deb\nSuites: " suites
		for (i = 1; i <= NF; i++)
			if (tolower($i) !~ /^(#|types:|suites:|architectures:)/)
				print $i
		exit
	}'
}

# oneline_source RELEASE SUITES [FILE...]: the same from "deb ..." lines.
oneline_source() {
	local release=$1 suites=$2

	shift 2
	cat "$@" 2>/dev/null | awk -v release="$release" -v suites="$suites" '
	function option(name,   m) {
		if (match(opts, name "=[^ ]*"))
			return substr(opts, RSTART + length(name) + 1,
				RLENGTH - length(name) - 1)
		return ""
	}
	$1 != "deb" { next }
	{
		opts = ""
		if (match($0, /\[[^]]*\]/)) {
			opts = substr($0, RSTART + 1, RLENGTH - 2)
			$0 = substr($0, 1, RSTART - 1) \
				substr($0, RSTART + RLENGTH)
		}
	}
	$3 ~ "^(" release "|stable|oldstable)$" && $0 ~ / main( |$)/ {
		print "Types: deb\nURIs: " $2 "\nSuites: " suites
		print "Components: main"
		if (option("signed-by") != "")
			print "Signed-By: " option("signed-by")
		if (option("trusted") != "")
			print "Trusted: " option("trusted")
		exit
	}'
}

# summary FILE: the last line of a test run, from its PASS, FAIL and SKIP
# lines.  Fails if any failed, and also if none passed.
summary() {
	local passed failed skipped

	passed=$(grep -c '^PASS ' "$1") || :
	failed=$(grep -c '^FAIL ' "$1") || :
	skipped=$(grep -c '^SKIP ' "$1") || :
	say "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
