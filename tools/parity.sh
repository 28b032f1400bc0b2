#!/usr/bin/env bash
# Fetches what the parity tests compare with, pinned by version and content,
# into bin/cache/parity, which git ignores. Nothing of it is installed or
# committed, and no script of a package runs.
#
# The npm packages of tools/parity.sha256 go to node_modules/<name>, the Debian
# packages of tools/parity-debian.sha256 (a trainer of vocabularies) to debian/.
#
# Where something cannot be had (another system, no npm, no network) this says
# so and succeeds: the tests that need it are then skipped. Other content is an
# error.
set -euo pipefail

tools=$(cd "$(dirname "$0")" && pwd)
cache=$tools/../bin/cache
out=$cache/parity

missing() {
	echo "parity: $1; what is compared with it is not tested" >&2
}

has() {
	for tool in "$@"; do
		command -v "$tool" >/dev/null || { missing "there is no $tool here"; return 1; }
	done
}

# fetch_npm PACKAGE@VERSION SHA256 [PATTERN...] unpacks a package without the
# files that fit a pattern.
fetch_npm() {
	local package=$1 sum=$2 name=${1%@*} pin="$*" into packed without=()
	into=$out/node_modules/$name
	[ "$(cat "$into/.pin" 2>/dev/null)" != "$pin" ] || return 0
	has npm sha256sum tar timeout || return 0
	for pattern in "${@:3}"; do
		without+=("--exclude=$pattern")
	done
	mkdir "$work/${name//\//_}"
	cd "$work/${name//\//_}"
	packed=$cache/npm/$package.tgz
	if [ ! -s "$packed" ]; then
		if ! timeout 600 npm pack --silent --ignore-scripts "$package" >log 2>&1; then
			tail -n 3 log >&2
			missing "npm cannot fetch $package"
			return 0
		fi
		packed=$(ls "$PWD"/*.tgz)
	fi
	echo "$sum  $packed" | sha256sum --check --strict --quiet
	mkdir unpacked
	tar xzf "$packed" --no-same-owner --strip-components=1 -C unpacked ${without[@]+"${without[@]}"}
	echo "$pin" >unpacked/.pin
	case $name in
	onnxruntime-node) # large, and tools/onnxruntime.sh wants it too
		mkdir -p "$cache/npm"
		[ "$packed" = "$cache/npm/$package.tgz" ] || mv "$packed" "$cache/npm/$package.tgz"
		;;
	esac
	mkdir -p "$(dirname "$into")"
	rm -rf "$into"
	mv unpacked "$into" # last: whoever sees it sees all
	cd "$work"
	rm -rf "${work:?}/${name//\//_}"
}

fetch_debian() {
	local pins=$tools/parity-debian.sha256 packages=() name version
	! cmp -s "$pins" "$out/debian/pins" || return 0
	has apt-get dpkg-deb sha256sum timeout || return 0
	while read -r _ file; do
		IFS=_ read -r name version _ <<<"$file"
		packages+=("$name=$version")
	done <"$pins"
	mkdir "$work/debian"
	cd "$work/debian"
	# The sandbox user of apt cannot write here when root asks.
	download() {
		timeout 120 apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Acquire::http::Timeout=20 \
			-o Acquire::Retries=1 download "${packages[@]}"
	}
	if ! download 2>log; then
		# A new machine may have no lists of packages yet.
		if [ "$(id -u)" = 0 ]; then
			timeout 120 apt-get -qq update >>log 2>&1 || true
		fi
		if ! download 2>>log; then
			tail -n 3 log >&2
			missing "apt-get cannot fetch the packages of tools/parity-debian.sha256"
			return 0
		fi
	fi
	sha256sum --check --strict --quiet "$pins"
	mkdir unpacked
	for file in *.deb; do
		dpkg-deb -x "$file" unpacked
	done
	cp "$pins" unpacked/pins
	rm -rf "$out/debian"
	mv unpacked "$out/debian"
	cd "$work"
}

mkdir -p "$out"
work=$(mktemp -d "$cache/parity.XXXXXX")
trap 'rm -rf "$work"' EXIT

if command -v node >/dev/null; then
	while read -r package sum without; do
		case $package in "" | "#"*) continue ;; esac
		read -ra patterns <<<"$without"
		fetch_npm "$package" "$sum" ${patterns[@]+"${patterns[@]}"} </dev/null
	done <"$tools/parity.sha256"
else
	missing "there is no node here to run the npm packages with"
fi
# transformers.js imports a library for pictures, which nothing here uses.
sharp=$out/node_modules/sharp
if [ -d "$out/node_modules/@huggingface/transformers" ] && [ ! -e "$sharp/index.js" ]; then
	mkdir -p "$sharp"
	echo '{"name": "sharp", "version": "0.0.0", "main": "index.js"}' >"$sharp/package.json"
	echo 'module.exports = () => { throw new Error("there are no pictures here") }' >"$sharp/index.js"
fi
fetch_debian
