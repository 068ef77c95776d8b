# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# shellcheck shell=bash
# What the parts that compare answers share. To be sourced.

# shellcheck disable=SC2034
seed=${VPRIM_BED_SEED:-1}

# That a person gave a kernel that has what is asked; else the part is skipped.
given_kernel() { # PATH-IN-THE-GUEST BOOT-OPTION...
	local path=$1 status=0
	shift
	[ -n "${VPRIM_BED_KERNEL-}" ] ||
		{ echo "VPRIM_BED_KERNEL names no kernel"; exit 77; }
	"$BED_BOOT" -K "$VPRIM_BED_KERNEL" "$@" -- test -e "$path" || status=$?
	[ $status -ne 1 ] || { echo "VPRIM_BED_KERNEL has no $path"; exit 77; }
	[ $status -eq 0 ] || exit $status
}

# Every difference that a program counts has its row in the page.
known_differences() { # OUTPUT
	local name
	for name in $(sed -n 's/.*differences: //p' "$1" |
			sed 's/,* *others 0.*//' | tr ' ' '\n' | grep '[a-z]' | sort -u); do
		grep -q "^| \`$name\` |" doc/releases.md || {
			echo "doc/releases.md does not know $name"
			return 1
		}
	done
}

# The summary: the counts of all the runs.
sum_differences() { # OUTPUT
	awk '/ operations .*differences:/ {
		runs++
		for (i = 1; i < NF; i++) {
			if ($(i + 1) ~ /^operations/) operations += $i
			if ($(i + 1) ~ /^fresh/) fresh += $i
			if ($(i + 1) ~ /^withheld/) withheld += $i
		}
		sub(/.*differences: /, "")
		sub(/,? ?others 0/, "")
		n = split($0, word, " ")
		for (i = 1; i < n; i += 2) {
			if (!(word[i] in count)) order[++kinds] = word[i]
			count[word[i]] += word[i + 1]
		}
	} END {
		printf "%d operations in %d runs, %d fresh", operations, runs, fresh
		if (withheld) printf ", %d withheld", withheld
		for (i = 1; i <= kinds; i++)
			if (count[order[i]])
				printf ", %s %d", order[i], count[order[i]]
		print ", others 0"
	}' "$1"
}
