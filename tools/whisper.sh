#!/usr/bin/env bash
# Finds or builds libwhisper, the library of whisper.cpp that asr/whisper needs
# (build tag whisper), for this machine, into bin/cache/whisper/<goos>-<goarch>,
# which git ignores:
#
#   1. with WHISPER_SRC=FOLDER, from the source of whisper.cpp there;
#   2. a library of the system that pkg-config knows (package whisper, 1.9.1 or
#      newer; on macOS: brew install whisper-cpp), of which nothing is copied;
#   3. else from the source of version 1.9.1 in the npm package below, pinned by
#      version and content, of which nothing is run.
#
# It takes a C++ compiler, make and npm; no cmake. tools/whisper.mk compiles it:
# static, without OpenMP, on linux/amd64 for three sets of instructions among which
# it chooses at run time. On macOS it computes on the processor alone.
#
# Where it cannot be had this fails and says why; with --try it says so and
# succeeds.
#
# --env prints what a shell must export for `go build -tags whisper` to find the
# library: CPATH and LIBRARY_PATH rather than CGO_CFLAGS and CGO_LDFLAGS, with
# which Go would compile its own packages again, for every folder that the
# repository lies in. --with COMMAND runs a command with these and the build tag;
# where there is no library, or the command is to build for another machine or
# without C, it runs it as it is.
set -euo pipefail

version=1.9.1
package=nodejs-whisper@0.3.1
sum=92041caf2b26c74b7f489fedf37bd093f216eebd61df512045ec2d19d0531d37

usage() {
	echo "usage: tools/whisper.sh [--try | --env | --with COMMAND...]" >&2
	exit 2
}
try=''
case ${1-} in
"") ;;
--try) try=1 ;;
--env) [ $# = 1 ] || usage ;;
--with) [ $# -gt 1 ] || usage ;;
*) usage ;;
esac

tools=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$tools")
cache=$root/bin/cache/whisper

missing() {
	if [ "$try" ]; then
		echo "whisper: $1; WITHOUT recognition by whisper.cpp" >&2
		exit 0
	fi
	echo "whisper: $1" >&2
	exit 1
}

case $(uname -s) in
Linux) goos=linux ;;
Darwin) goos=darwin ;;
*) goos='' ;;
esac
case $(uname -m) in
x86_64) goarch=amd64 ;;
aarch64 | arm64) goarch=arm64 ;;
*) goarch='' ;;
esac
platform=$goos-$goarch
out=$cache/$platform

# exports prints what a shell must export. What the system lacks comes last.
exports() {
	printf 'export CGO_ENABLED=1\n'
	printf 'export CPATH=%q${CPATH:+:$CPATH}\n' "$(sed -n 's/^include //p' "$out/STAMP")$out/include"
	printf 'export LIBRARY_PATH=%q${LIBRARY_PATH:+:$LIBRARY_PATH}\n' "$(sed -n 's/^lib //p' "$out/STAMP")$out/lib"
}

case ${1-} in
--env)
	[ -s "$out/STAMP" ] || missing "it is not built yet: make whisper"
	exports
	exit 0
	;;
--with)
	if [ -s "$out/STAMP" ] && [ "${GOOS:-$goos}-${GOARCH:-$goarch}-${CGO_ENABLED:-1}" = "$platform-1" ]; then
		eval "$(exports)"
		export GOFLAGS="${GOFLAGS:+$GOFLAGS }-tags=whisper"
	fi
	exec "${@:2}"
	;;
esac
[ "${CGO_ENABLED:-1}" = 1 ] || missing "CGO_ENABLED=$CGO_ENABLED keeps C out of the program"
[ "$goos" ] && [ "$goarch" ] || missing "it is not built for $(uname -sm)"
if command -v sha256sum >/dev/null; then
	sha256=(sha256sum)
else
	command -v shasum >/dev/null || missing "there is neither sha256sum nor shasum here to check it with"
	sha256=(shasum -a 256)
fi
export CC=${CC:-cc} CXX=${CXX:-c++}
command -v "$CC" >/dev/null && command -v "$CXX" >/dev/null ||
	missing "there is no C++ compiler here (Debian: apt-get install g++)"
for tool in make ar ld; do
	command -v $tool >/dev/null || missing "there is no $tool here to build it with"
done

version_of() { sed -n 's/^project("whisper.cpp" VERSION \([0-9.]*\)).*/\1/p' "$1/CMakeLists.txt" 2>/dev/null || true; }

# at_least says whether the second version is the first one or newer.
at_least() {
	awk -v want="$1" -v got="$2" 'BEGIN {
		n = split(want, w, "."); split(got, g, ".")
		for (i = 1; i <= n; i++) if (g[i] + 0 != w[i] + 0) exit g[i] + 0 < w[i] + 0
	}'
}

# How it is made; a library that was made otherwise is made anew.
how="1 $(cat "$tools/whisper.mk" "$tools/whisper-cpu.c" | "${sha256[@]}" | cut -c 1-64) $sum"
pkgconfig=${PKG_CONFIG:-pkg-config}
if [ "${WHISPER_SRC-}" ]; then
	src=$(cd "$WHISPER_SRC" 2>/dev/null && pwd) || missing "there is no folder WHISPER_SRC=$WHISPER_SRC"
	[ -s "$src/include/whisper.h" ] || missing "WHISPER_SRC=$src does not hold the source of whisper.cpp: no include/whisper.h"
	found=$(version_of "$src")
	at_least "$version" "$found" ||
		missing "WHISPER_SRC=$src holds whisper.cpp ${found:-of no known version}; it takes $version or newer"
	from="source $src $(cd "$src" && find include src ggml/include ggml/src -type f | LC_ALL=C sort |
		tr '\n' '\0' | xargs -0 "${sha256[@]}" | "${sha256[@]}" | cut -c 1-64)"
elif "$pkgconfig" --atleast-version="$version" whisper 2>/dev/null; then
	src='' from="system $("$pkgconfig" --modversion whisper) $("$pkgconfig" --cflags --libs whisper)"
else
	src='' from="npm $package"
fi
has() { [ "$(head -n 1 "$out/STAMP" 2>/dev/null)" = "$from $how" ]; }
if has; then
	exit 0
fi

mkdir -p "$cache"
if command -v flock >/dev/null; then # not on macOS
	exec 9>"$cache/lock"
	flock 9
	if has; then # another run has built it meanwhile
		exit 0
	fi
fi
work=$(mktemp -d "$cache/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p "new/include" "new/lib" build

# The binding names libraries that are in libwhisper.a or not needed; these say so.
# In front of the system's, an empty libgomp makes a program that needs none.
stand_in() {
	[ -s empty.o ] || echo 'static int none __attribute__((unused));' | "$CC" -x c -c - -o empty.o
	for name in "$@"; do
		ar rcs "new/lib/lib$name.a" empty.o
	done
}

includes='' libs=''
case $from in
system*)
	# The lists of folders are written with a colon behind each.
	includes=$("$pkgconfig" --cflags-only-I whisper | tr ' ' '\n' | sed -n 's/^-I\(.*\)/\1:/p' | tr -d '\n')
	libs=$("$pkgconfig" --libs-only-L whisper | tr ' ' '\n' | sed -n 's/^-L\(.*\)/\1:/p' | tr -d '\n')
	# links says whether a program links that names these libraries.
	links() {
		printf '#include <whisper.h>\nint main() { return whisper_print_system_info() == 0; }\n' >main.cpp
		CPATH=$includes LIBRARY_PATH=$libs$work/new/lib "$CXX" main.cpp -o main -lwhisper "$@" >log 2>&1
	}
	for name in ggml ggml-base ggml-cpu ggml-metal ggml-blas; do
		echo 'int main(void) { return 0; }' |
			LIBRARY_PATH=$libs "$CC" -x c - "-l$name" -o linked 2>/dev/null || stand_in "$name"
	done
	if ! links -lggml -lggml-base -lggml-cpu -lm -lstdc++; then
		echo "whisper: the one of the system that pkg-config knows does not link; $package takes its place" >&2
		from="npm $package" includes='' libs=''
		if has; then
			exit 0
		fi
		rm -f new/lib/*
	fi
	;;
esac
case $from in
system*) ;;
*)
	if [ ! "$src" ]; then
		for tool in npm tar; do
			command -v $tool >/dev/null || missing "there is no $tool here to fetch its source with; or set WHISPER_SRC"
		done
		limit=()
		if command -v timeout >/dev/null; then # macOS has none
			limit=(timeout 300)
		fi
		${limit[@]+"${limit[@]}"} npm pack --silent --ignore-scripts "$package" >log 2>&1 || {
			tail -n 3 log >&2
			missing "npm cannot fetch $package"
		}
		echo "$sum  $(ls ./*.tgz)" | "${sha256[@]}" --check >log || {
			echo "whisper: $package is not what it was: other content than the pinned" >&2
			exit 1
		}
		tar xzf ./*.tgz package/cpp/whisper.cpp
		src=$work/package/cpp/whisper.cpp
	fi
	found=$(version_of "$src")
	echo "whisper: building libwhisper $found, once; it takes a minute or two" >&2
	# Not one of a make that runs this, whose jobs and variables are not ours.
	MAKEFLAGS='' MAKEOVERRIDES='' make -C build -f "$tools/whisper.mk" -j"$(getconf _NPROCESSORS_ONLN)" \
		SRC="$src" VERSION="$found" PLATFORM="$platform" >log 2>&1 || {
		grep -iE 'error|\*\*\*' log | head -n 5 >&2 || tail -n 5 log >&2
		missing "it cannot be compiled here"
	}
	mv build/libwhisper.a new/lib/
	cp "$src"/include/whisper.h "$src"/ggml/include/*.h new/include/
	cp "$src/LICENSE" new/
	stand_in ggml ggml-base ggml-cpu ggml-metal ggml-blas
	if [ $goos = linux ]; then
		stand_in gomp
		# With these in it the program starts where those of C++ are older or missing.
		for name in stdc++=stdc++ gcc_s=gcc_eh; do
			static=$("$CXX" -print-file-name="lib${name#*=}.a")
			if [ -s "$static" ]; then
				cp "$static" "new/lib/lib${name%=*}.a"
			fi
		done
	fi
	;;
esac
printf '%s\ninclude %s\nlib %s\n' "$from $how" "$includes" "$libs" >new/STAMP
rm -rf "$out"
mv new "$out" # last: whoever sees it sees all
