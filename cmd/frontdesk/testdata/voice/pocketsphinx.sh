#!/bin/sh
# pocketsphinx.sh RECORDING.wav [GRAMMAR.jsgf]
#
# Prints what Debian's pocketsphinx 0.8 hears in a recording (16 kHz, mono, 16 bits), freely
# or as one of the sentences of a grammar, for speech: exec: command: and guided:.
#
# pocketsphinx_batch takes the mean of the whole recording, where pocketsphinx_continuous has
# to guess it, and gives a score: the log-likelihood of the path in units of 1024 ln 1.0001.
# Per second of sound and in hundreds, the scores of both readings can be held against each
# other. A grammar is charged with 30 nats a second, which is what its sentences are spared
# of the price that English has by the language model.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$1" "$dir/clip.wav"
echo clip >"$dir/ctl"
bytes=$(wc -c <"$dir/clip.wav")
if [ $# -gt 1 ]; then
	charge=30
	set -- -jsgf "$2" -beam 1e-80 -wbeam 1e-60 -pbeam 1e-80
else
	charge=0
	set -- -maxhmmpf 3000 -maxwpf 10
fi
pocketsphinx_batch -adcin yes -cepdir "$dir" -cepext .wav -ctl "$dir/ctl" -hyp "$dir/hyp" -logfn /dev/null "$@" >/dev/null
# "turn on the light (clip -8000)"
awk -v bytes="$bytes" -v charge="$charge" '{
	score = $NF + 0; NF -= 2
	gsub(/[^a-z\x27. ]/, "")
	if ($0 == "" || bytes <= 44) exit
	p = (score * 0.1024 / ((bytes - 44) / 32000) - charge) / 100
	printf "{\"text\": \"%s\", \"confidence\": 0.8, \"log_probability\": %.4f}\n", $0, (p < 0 ? p : -0.0001)
}' "$dir/hyp"
