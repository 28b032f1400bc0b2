#!/usr/bin/env bash
# Fetches what the tests of voice speak, hear and play with, where the machine has
# not all of it: flite, espeak-ng, festival, pocketsphinx with its English model,
# and PulseAudio; as Debian packages, pinned in voice-debian.sha256 by version and
# content, into bin/cache/voice, which git ignores. Nothing is installed, and
# nothing of the system is changed. bin/cache/voice/bin holds a start for each
# program, for $PATH; package asr/asrtest finds them.
#
# Where something cannot be had (no Debian, no network, no such version), or does
# not run on this system, this says so and succeeds: what needs it is then not
# tested. Other content is an error. VOICE_FETCH=1 fetches what is installed, too.
set -euo pipefail

programs=(flite espeak-ng festival text2wave pocketsphinx_continuous pulseaudio pactl pacat paplay parecord)

tools=$(cd "$(dirname "$0")" && pwd)
pins=$tools/voice-debian.sha256
cache=$tools/../bin/cache
out=$cache/voice

missing() {
	echo "voice: $1" >&2
	exit 0
}

installed() {
	[ ! "${VOICE_FETCH-}" ] && [ -d /usr/share/pocketsphinx/model/en-us ] || return 1
	local program
	for program in "${programs[@]}"; do
		command -v "$program" >/dev/null || return 1
	done
}
how=$(cat "$pins" "$0" | sha256sum 2>/dev/null) || how=
if installed || { [ "$how" ] && [ "$how" = "$(cat "$out/STAMP" 2>/dev/null)" ]; }; then
	exit 0
fi
[ "$(uname -sm)" = "Linux x86_64" ] || missing "they are fetched for Linux on x86_64 alone; what needs them is not tested"
for tool in apt-get dpkg-deb sha256sum timeout ldd; do
	command -v $tool >/dev/null || missing "there is no $tool here to fetch Debian packages with; what needs them is not tested"
done

packages=()
while read -r _ file; do
	IFS=_ read -r name version _ <<<"$file"
	packages+=("$name=${version//%3a/:}")
done <"$pins"

mkdir -p "$cache"
work=$(mktemp -d "$cache/voice.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"
echo "voice: fetching ${#packages[@]} Debian packages (60 MB, once)" >&2

# The sandbox user of apt cannot write here when root asks.
apt=(apt-get -qq -o APT::Sandbox::User="$(id -un)" -o Acquire::http::Timeout=20 -o Acquire::Retries=1)
if ! timeout 300 "${apt[@]}" download "${packages[@]}" >log 2>&1; then
	# There may be no lists of packages, or old ones; these are only ours.
	mkdir -p state/lists/partial cache/archives/partial
	apt+=(-o Dir::State="$work/state" -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$work/cache")
	timeout 120 "${apt[@]}" update >>log 2>&1 || true
	if ! timeout 300 "${apt[@]}" download "${packages[@]}" >>log 2>&1; then
		# A library that has a newer version by now is most often on the system as well.
		for package in "${packages[@]}"; do
			timeout 60 "${apt[@]}" download "$package" >>log 2>&1 || echo "voice: apt-get cannot fetch $package" >&2
		done
	fi
fi
ls ./*.deb >/dev/null 2>&1 || {
	tail -n 3 log >&2
	missing "apt-get cannot fetch the packages of tools/voice-debian.sha256; what needs them is not tested"
}
sha256sum --check --strict --quiet --ignore-missing "$pins"

mkdir -p new/bin
for file in *.deb; do
	dpkg-deb -x "$file" new
done
rm -rf new/usr/share/{doc,man,locale,bug,lintian} new/etc

cat >new/bin/start <<'START'
#!/usr/bin/env bash
# Starts the program by whose name it is called, from the packages beside it.
set -eu
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
name=$(basename "$0")
lib=$root/usr/lib/x86_64-linux-gnu
modules=$(echo "$root"/usr/lib/pulse-*/modules)
export LD_LIBRARY_PATH=$lib:$root/lib/x86_64-linux-gnu:$lib/pulseaudio:$modules:$lib/blas:$lib/lapack${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
more=()
case $name in
espeak-ng) export ESPEAK_DATA_PATH=$lib ;;
festival) export FESTDATADIR=$root/usr/share/festival ;;
text2wave)
	# A script does not hear of FESTDATADIR by itself.
	export FESTDATADIR=$root/usr/share/festival TEXT2WAVE=$root/usr/bin/text2wave
	exec -a "$name" "$root/usr/bin/festival" --script "$root/bin/text2wave.scm" "$@"
	;;
pulseaudio) more=(-p "$modules") ;;
pocketsphinx_continuous)
	# What it would take itself if it were installed.
	model=$root/usr/share/pocketsphinx/model/en-us
	case " $* " in *" -hmm "*) ;; *) more+=(-hmm "$model/en-us") ;; esac
	case " $* " in *" -dict "*) ;; *) more+=(-dict "$model/cmudict-en-us.dict") ;; esac
	case " $* " in *" -lm "* | *" -jsgf "* | *" -fsg "* | *" -kws "* | *" -keyphrase "* | *" -allphone "* | *" -lmctl "*) ;;
	*) more+=(-lm "$model/en-us.lm.bin") ;; esac
	;;
esac
exec -a "$name" "$root/usr/bin/$name" ${more[@]+"${more[@]}"} "$@"
START
chmod +x new/bin/start
printf '%s\n' '(set! datadir (getenv "FESTDATADIR"))' '(load (getenv "TEXT2WAVE"))' >new/bin/text2wave.scm

# What lacks a library here is left out.
lib=new/usr/lib/x86_64-linux-gnu
for program in "${programs[@]}"; do
	file=new/usr/bin/$program
	[ -e "$file" ] || continue
	case $program in
	text2wave) file=new/usr/bin/festival ;;
	pulseaudio) file="$file $(echo new/usr/lib/pulse-*/modules/{libprotocol-native,module-null-sink,module-pipe-source}.so)" ;;
	esac
	if lacks=$(LD_LIBRARY_PATH=$lib:new/lib/x86_64-linux-gnu:$lib/pulseaudio:$lib/blas:$lib/lapack ldd $file 2>&1 | grep -m1 'not found'); then
		echo "voice: $program does not run here:$lacks; what needs it is not tested" >&2
	else
		ln -s start "new/bin/$program"
	fi
done
echo "$how" >new/STAMP
rm -rf "$out"
mv new "$out" # last: whoever sees it sees all
