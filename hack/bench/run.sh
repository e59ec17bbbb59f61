#!/bin/sh
# Measure reconciler against `docker stack deploy`, side by side on one private engine: hack/bench/run.sh [SERVICES] [ROUNDS]
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"
hack/venv dev
trap 'hack/engine down bench' EXIT
trap 'exit 130' INT TERM
DOCKER_HOST=$(hack/engine up bench)
export DOCKER_HOST
unset PYTHONDONTWRITEBYTECODE # as its users run it
hack/images test
.venv/bin/python hack/bench/side_by_side.py "${1:-50}" "${2:-5}" | tee hack/bench/RESULTS.md
