# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# apt.sh - arm64 packages without the machine's package system, and a cache
#
# Neither root nor the machine's own state of packages is involved: apt runs on
# a private root for each suite, with the machine's mirror and keys.  A thing
# is put together in $TMP/new and renamed, so a half one is never seen.
# Sourced after lib.sh, never run; TMP is a directory the caller made.

# apt_root SUITE: write the private root's configuration and use it.
apt_root() {
	local root=$TMP/apt

	mkdir -p "$root/lists/partial" "$root/cache/archives/partial"
	: >"$root/status"
	machine_source "$1" >"$root/machine.sources"
	cat >"$root/apt.conf" <<-END
	APT::Architecture "arm64";
	APT::Architectures { "arm64"; };
	APT::Sandbox::User "root";
	Dir::State "$root";
	Dir::State::Lists "$root/lists";
	Dir::State::status "$root/status";
	Dir::Cache "$root/cache";
	Dir::Etc::sourcelist "$root/machine.sources";
	Dir::Etc::sourceparts "/dev/null";
	Acquire::Languages "none";
	Acquire::PDiffs "false";
	Acquire::Retries "3";
	Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
	Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
	END
	export APT_CONFIG=$root/apt.conf
	progress "reading the arm64 package list of $1" -d "$root/lists" \
		apt-get update -o APT::Update::Error-Mode=any
}

# download PACKAGE...: into $TMP/debs, with the versions of the apt root.
download() {
	mkdir -p "$TMP/debs"
	progress "downloading $(what "$@")" -d "$TMP/debs" \
		env -C "$TMP/debs" apt-get download "$@"
}

what() {
	if [ $# -gt 1 ]; then say "$# arm64 packages"; else say "$1"; fi
}

# complete NAME CONTENT: the cache has NAME, made of what we want of it now.
complete() {
	[ "$(cat "$CACHE/$1/.complete" 2>/dev/null)" = "$2" ]
}

# keep NAME CONTENT: $TMP/new becomes NAME in the cache.  Whoever comes second,
# having fetched the same at the same time, drops his own.
keep() {
	printf '%s\n' "$2" >"$TMP/new/.complete"
	complete "$1" "$2" || rm -rf "${CACHE:?}/$1"
	mv -T "$TMP/new" "$CACHE/$1" 2>/dev/null || complete "$1" "$2"
}

# newest PATTERN: the highest version among the packages PATTERN names.
newest() {
	apt-cache pkgnames linux- | grep -E "$1" |
		awk '{ v = $0; sub(/^[^0-9]*/, "", v); print v, $0 }' |
		sort -V | tail -n 1 | cut -d' ' -f2
}
