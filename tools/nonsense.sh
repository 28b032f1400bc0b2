#!/usr/bin/env bash
# Fetches the texts that retrieval/nonsense_test.go draws from: Debian packages
# with sayings in many languages and an English word list. They are third-party
# text, so they are unpacked into bin/cache/nonsense, which git ignores, and
# never installed or committed.
#
# nonsense.sha256 pins each by version and content. Where they cannot be had (no
# Debian, no network, no such version) this says so and succeeds: the test then
# leaves out what needs them. A package with other content is an error.
set -euo pipefail

tools=$(cd "$(dirname "$0")" && pwd)
pins=$tools/nonsense.sha256
cache=$tools/../bin/cache
out=$cache/nonsense

missing() {
	echo "nonsense: $1; its test leaves out the other languages and the random words" >&2
	exit 0
}

if cmp -s "$pins" "$out/pins"; then
	exit 0
fi
for tool in apt-get dpkg-deb sha256sum timeout; do
	command -v "$tool" >/dev/null || missing "there is no $tool here to fetch Debian packages with"
done

packages=()
while read -r _ file; do
	IFS=_ read -r name version _ <<<"$file"
	packages+=("$name=$version")
done <"$pins"

mkdir -p "$cache"
work=$(mktemp -d "$cache/nonsense.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

# The sandbox user of apt cannot write here when root asks.
fetch() {
	timeout 120 apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Acquire::http::Timeout=20 -o Acquire::Retries=1 \
		download "${packages[@]}"
}
if ! fetch 2>log; then
	# A new machine may have no lists of packages yet.
	if [ "$(id -u)" = 0 ]; then
		timeout 120 apt-get -qq update >>log 2>&1 || true
	fi
	if ! fetch 2>>log; then
		tail -n 3 log >&2
		missing "apt-get cannot fetch the packages of tools/nonsense.sha256"
	fi
fi
sha256sum --check --strict --quiet "$pins"

mkdir unpacked
for file in *.deb; do
	dpkg-deb -x "$file" "unpacked/${file%%_*}"
done
cp "$pins" unpacked/pins # last: whoever sees it sees all
rm -rf "$out"
mv unpacked "$out"
