#!/usr/bin/env bash
# Fetches the library of ONNX Runtime for this machine into
# bin/cache/onnxruntime/<goos>-<goarch>, which git ignores and where frontdesk
# looks for it: out of Microsoft's npm package for node, pinned by version and
# content, of which only the library is kept. It is never committed. Nothing of
# the package is run.
#
# Where it cannot be had (another system, no npm, no network) this fails and says
# why; with --try it says so and succeeds: what needs the library is then not
# tested. Other content is always an error.
#
# Windows (amd64, arm64): put package/bin/napi-v6/win32/{x64,arm64}/onnxruntime.dll
# of the same package beside frontdesk.exe, or name it in onnxruntime.library.
# Its newer version must not be left to the system's search: Windows has an old
# onnxruntime.dll of its own. dxil.dll, dxcompiler.dll and DirectML.dll are for
# graphics processors and not needed.
#
# The package computes on the processor (and with CoreML on macOS). What CUDA
# needs besides is not in it: libonnxruntime_providers_shared.so and
# libonnxruntime_providers_cuda.so, which must lie beside a libonnxruntime.so of
# just their version (Microsoft's releases named onnxruntime-linux-x64-gpu),
# with CUDA and cuDNN installed; name that library in onnxruntime.library.
# macOS on Intel processors has no package of this version.
set -euo pipefail

version=1.30.0
package=onnxruntime-node@$version
sum=6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75

try=
case ${1-} in
"") ;;
--try) try=1 ;;
*)
	echo "usage: tools/onnxruntime.sh [--try]" >&2
	exit 2
	;;
esac

tools=$(cd "$(dirname "$0")" && pwd)
cache=$tools/../bin/cache/onnxruntime

missing() {
	if [ "$try" ]; then
		echo "onnxruntime: $1; what needs it is not tested" >&2
		exit 0
	fi
	echo "onnxruntime: $1" >&2
	exit 1
}

case $(uname -sm) in
"Linux x86_64") platform=linux-amd64 library=linux/x64/libonnxruntime.so.1 ;;
"Linux aarch64") platform=linux-arm64 library=linux/arm64/libonnxruntime.so.1 ;;
"Darwin arm64") platform=darwin-arm64 library=darwin/arm64/libonnxruntime.$version.dylib ;;
*) missing "there is none to fetch for $(uname -sm); install ONNX Runtime and name its library in onnxruntime.library" ;;
esac
out=$cache/$platform
# An older version is fetched anew.
if [ "$(cat "$out/VERSION" 2>/dev/null)" = "$version" ] && [ -s "$out/$(basename "$library")" ]; then
	exit 0
fi
for tool in npm tar; do
	command -v $tool >/dev/null || missing "there is no $tool here to fetch it with"
done
if command -v sha256sum >/dev/null; then
	check=(sha256sum --check --strict --quiet)
else
	command -v shasum >/dev/null || missing "there is neither sha256sum nor shasum here to check it with"
	check=(shasum -a 256 --check)
fi
limit=()
if command -v timeout >/dev/null; then # macOS has none
	limit=(timeout 600)
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
packed=$cache/../npm/$package.tgz # where tools/parity.sh leaves it, which wants the whole
if [ ! -s "$packed" ]; then
	echo "onnxruntime: fetching $package (113 MB, once)" >&2
	${limit[@]+"${limit[@]}"} npm pack --silent --ignore-scripts "$package" >log 2>&1 || {
		tail -n 3 log >&2
		missing "npm cannot fetch $package"
	}
	packed=$(ls "$PWD"/*.tgz)
fi
echo "$sum  $packed" | "${check[@]}"
tar xzf "$packed" "package/bin/napi-v6/$library"
mkdir "$platform"
mv "package/bin/napi-v6/$library" "$platform/"
echo "$version" >"$platform/VERSION"
rm -rf "$out"
mv "$platform" "$out" # last: whoever sees it sees all
