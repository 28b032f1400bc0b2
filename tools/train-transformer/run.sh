#!/bin/sh
# sh run.sh SECONDS DATA OUT: trains the transformer within SECONDS, everything
# included. SMOKE=1 does all of it in 25 seconds with small batches.
set -eu
BEGUN=$(date +%s)
export BEGUN
seconds=$1
if [ "${SMOKE:-}" = 1 ]; then
	seconds=25 SCALE=${SCALE:-0.25}
	export SCALE
fi
exec "${PYTHON:-python3}" "$(dirname "$0")/train.py" "$seconds" "$2" "$3"
