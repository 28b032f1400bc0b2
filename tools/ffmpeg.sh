#!/usr/bin/env bash
# Fetches ffmpeg for the tests of asr/audio and of voice messages, where the
# machine has none: the npm package of a static build for linux/amd64, pinned by
# version and content, into bin/cache/ffmpeg, which git ignores. It is never
# installed or committed.
#
# Where it cannot be had (another system, no npm, no network) this says so and
# succeeds: what needs ffmpeg is then not tested. Other content is an error.
set -euo pipefail

package=@ffmpeg-installer/linux-x64@4.1.0
sum=b836abe532912ae6c3388dbe713952af293a3d005fc9e4d34d52f14da99dda71

tools=$(cd "$(dirname "$0")" && pwd)
cache=$tools/../bin/cache
out=$cache/ffmpeg

missing() {
	echo "ffmpeg: $1; sounds that need it are not tested" >&2
	exit 0
}

if command -v ffmpeg >/dev/null || [ -x "$out/ffmpeg" ]; then
	exit 0
fi
[ "$(uname -sm)" = "Linux x86_64" ] || missing "it is fetched for Linux on x86_64 alone; install it"
for tool in npm sha256sum tar timeout; do
	command -v "$tool" >/dev/null || missing "there is no $tool here to fetch it with"
done

mkdir -p "$cache"
work=$(mktemp -d "$cache/ffmpeg.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
timeout 120 npm pack --silent --ignore-scripts "$package" >log 2>&1 || {
	tail -n 3 log >&2
	missing "npm cannot fetch $package"
}
echo "$sum  $(ls ./*.tgz)" | sha256sum --check --strict --quiet
tar xzf ./*.tgz package/ffmpeg
mv package "$out" # last: whoever sees it sees all
