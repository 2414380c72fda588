#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Put the parts of the manual pages that come from the option table in place.
# usage: man/update.sh build/x86_64/tallyvm
set -eu

if [ $# -ne 1 ] || [ ! -x "$1" ]; then
	echo "usage: man/update.sh TALLYVM, a tallyvm that runs here" >&2
	exit 1
fi
tallyvm=$1
dir=$(dirname "$0")

# replace PAGE NAME OPTION: what stands between NAME's two marker comments
replace()
{
	part=$(mktemp)
	"$tallyvm" help "$3" > "$part"
	awk -v name="$2" -v part="$part" '
		$0 == ".\\\" END " name { skip = 0; found++ }
		!skip { print }
		$0 == ".\\\" BEGIN " name {
			while ((getline line < part) > 0)
				print line
			skip = 1
			found++
		}
		END { exit found != 2 }
	' "$dir/$1" > "$dir/$1.new" || {
		rm -f "$part" "$dir/$1.new"
		echo "man/update.sh: $1 lacks the markers of $2" >&2
		exit 1
	}
	mv "$dir/$1.new" "$dir/$1"
	rm -f "$part"
}

replace tallyvm-run.1 options --mdoc
replace tallyvm-run.1 lkvm --mdoc=lkvm
replace tallyvm.toml.5 keys --mdoc=keys
