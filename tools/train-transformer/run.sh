#!/bin/sh
# sh run.sh SECONDS DATA OUT: trains the transformer within SECONDS.
# SMOKE=1 does all of it in 25 seconds with small batches.
set -eu
BEGUN=$(date +%s); export BEGUN
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$3"
seconds=$1
if [ "${SMOKE:-}" = 1 ]; then seconds=25; SCALE=${SCALE:-0.25}; export SCALE; fi
exec "${PYTHON:-python3}" "$here/train.py" "$seconds" "$2" "$3" 2>&1 | tee -a "$3/model.log"
