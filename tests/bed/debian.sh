# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# shellcheck shell=sh
# What the bed's scripts share: the cache, and Debian packages that are unpacked
# there and never installed. To be sourced.

bed_cache=${VPRIM_BED_CACHE:-${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/virtprim-bed}

# For make: of binutils nm and ar, for each object of a module, read all plugins there
# are, LLVM's among them, a sixth of a second each time; gcc's give them one.
bed_makeflags="-j$(nproc) AR=gcc-ar NM=gcc-nm"

# One at a time, for the time of a command; several beds may share the cache.
bed_locked() { # NAME COMMAND...
	mkdir -p "$bed_cache" || return 1
	bed_lock=$bed_cache/$1.lock
	shift
	(flock 9 && "$@") 9> "$bed_lock"
}

# A package index may be missing although every package is installed.
bed_index() { # PACKAGE
	apt-cache show "$1" > /dev/null 2>&1 && return
	if [ "$(id -u)" = 0 ]; then
		apt-get update -qq > /dev/null 2>&1
	elif command -v sudo > /dev/null; then
		sudo apt-get update -qq > /dev/null 2>&1
	fi
	apt-cache show "$1" > /dev/null 2>&1
}

# Unpack packages into a folder that appears whole or not at all.
bed_unpack() { # FOLDER PACKAGE...
	bed_folder=$1
	shift
	[ ! -e "$bed_folder/.whole" ] || return 0
	rm -rf "$bed_folder" "$bed_folder.part"
	mkdir -p "$bed_folder.part" && (
		cd "$bed_folder.part" || exit 1
		apt-get download -qq "$@" > .log 2>&1 || { cat .log >&2; exit 1; }
		for deb in ./*.deb; do
			dpkg-deb -x "$deb" . && rm -f "$deb" || exit 1
		done
		rm -f .log
	) && touch "$bed_folder.part/.whole" && mv "$bed_folder.part" "$bed_folder"
}

# Likewise a source package as its authors made it. The system may know of none, so
# the lists are another place's.
bed_unpack_source() { # FOLDER PACKAGE
	[ ! -e "$1/.whole" ] || return 0
	bed_index "$2" || return 1
	bed_folder=$1
	rm -rf "$bed_folder" "$bed_folder.apt"
	mkdir -p "$bed_folder" "$bed_folder.apt/lists/partial" "$bed_folder.apt/archives/partial" && (
		cd "$bed_folder.apt" || exit 1
		apt-get indextargets --format 'deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' \
			'Created-By: Packages' 'Origin: Debian' | sort -u > list
		cat > conf <<-END
			Dir::Etc::sourcelist "$PWD/list";
			Dir::Etc::sourceparts "/dev/null";
			Dir::State::Lists "$PWD/lists";
			Dir::Cache "$PWD";
			Acquire::Languages "none";
		END
		export APT_CONFIG="$PWD/conf"
		apt-get -qq update && apt-get -qq source --download-only "$2" &&
			tar -C "$bed_folder" --strip-components=1 -xf ./*.orig.tar.*
	) && touch "$bed_folder/.whole" && rm -rf "$bed_folder.apt"
}

# Linux's source, Debian's of 6.12, without most of what no kernel here is built of.
# Several build from it, so nobody writes there.
bed_linux=$bed_cache/linux-source-6.12/linux
bed_unpack_linux() {
	[ ! -e "$bed_linux/.whole" ] || return 0
	bed_index linux-source-6.12 || { echo "no package linux-source-6.12" >&2; return 1; }
	bed_unpack "${bed_linux%/*}" linux-source-6.12 || return 1
	rm -rf "$bed_linux" && mkdir "$bed_linux" &&
		tar -C "$bed_linux" --strip-components=1 --exclude='*/Documentation/*/*' \
			--exclude='*/arch/[!x]*/*.[chS]' --exclude='*.dts*' \
			--exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/media/*.[ch]' \
			--exclude='*/drivers/net/*.[ch]' --exclude='*/drivers/s[ct]*/*.[ch]' \
			--exclude='linux-source-6.12/net/*.[ch]' --exclude='*/sound/*.[ch]' \
			--exclude='*/tools/testing' --exclude='*/tools/perf' \
			-xf "${bed_linux%/*}/usr/src/linux-source-6.12.tar.xz" &&
		touch "$bed_linux/.whole" && rm -rf "${bed_linux%/*}/usr"
}

# Release of the packaged kernel of a series, 6.12 unless another is asked for: from
# the package index, or the newest one in the cache; for 6.12 what VPRIM_BED_RELEASE
# says.
bed_release() { # [SERIES]
	bed_series=${1:-6.12} bed_found=''
	if [ $bed_series = 6.12 ] && [ -n "${VPRIM_BED_RELEASE-}" ]; then
		echo "$VPRIM_BED_RELEASE"
		return
	fi
	for meta in linux-image-$bed_series-amd64 linux-image-amd64; do
		bed_index $meta || continue
		bed_found=$(apt-cache depends $meta |
			sed -n 's/.*Depends: linux-image-\(.*-amd64\).*/\1/p' |
			grep "^$bed_series\." | head -n 1)
		[ -z "$bed_found" ] || break
	done
	[ -n "$bed_found" ] ||
		bed_found=$(find "$bed_cache" -path "*/image-$bed_series.*/.whole" 2> /dev/null |
			sed 's|.*/image-\(.*\)/.whole|\1|' | sort -V | tail -n 1)
	[ -n "$bed_found" ] || return 1
	echo "$bed_found"
}
