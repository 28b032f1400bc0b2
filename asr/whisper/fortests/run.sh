#!/usr/bin/env bash
# Speaks, trains and writes the model, all within so many seconds: run.sh SECONDS OUT
# (SMOKE=1: the same with tiny numbers). Beside it lie pack.tar.xz, texts.tsv and
# tokens.json; README.md says how they are made.
set -euo pipefail
seconds=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
begun=$(date +%s)
deadline=$((begun + seconds))
# Memory for files, where there is enough of it.
room=/tmp
[ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $4}')" -gt 4000000 ] 2>/dev/null && room=/dev/shm
scratch=$(mktemp -d "$room/voice.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$scratch"' EXIT
python=${PYTHON:-python3}
export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=1 PYTHONUNBUFFERED=1
workers=${WORKERS:-13}
[ "${SMOKE:-}" = 1 ] && workers=${WORKERS:-2}
mkdir -p "$scratch/pack" "$scratch/clips" "$scratch/tests"
cp "$here/texts.tsv" "$here/tokens.json" "$scratch/"
tar -xJf "$here/pack.tar.xz" -C "$scratch/pack" 2>/dev/null ||
	"$python" -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$here/pack.tar.xz" "$scratch/pack"
echo "unpacked after $(($(date +%s) - begun)) s" | tee -a "$out/voice.log"
speak() { env -u LD_LIBRARY_PATH OMP_NUM_THREADS=1 "$python" "$here/speak.py" "$scratch/pack" "$scratch/texts.tsv" "$@" >>"$out/speak.log" 2>&1; }
speak "$scratch/clips" "$workers" 1 "$((seconds * 65 / 100))" &
speak "$scratch/tests" 1 2 "$((seconds * 50 / 100))" test-command,test-other &
"$python" "$here/train.py" "$scratch" "$out" "$deadline" 2>&1 | tee -a "$out/voice.out"
cat "$out/speak.log" >>"$out/voice.log" || true
ls -la "$out"
