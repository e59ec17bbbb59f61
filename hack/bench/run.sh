#!/bin/sh
# Measure reconciler against `docker stack deploy` and Ansible, side by side on one private engine, into RESULTS.md:
# hack/bench/run.sh. BENCH=quick takes few rounds and prints only.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"
hack/venv dev
peer=.engine/cache/ansible
if [ ! -e "$peer/done" ]; then
    echo 'bench: installing Ansible' >&2
    mkdir -p .engine/cache
    python3 -m venv "$peer"
    "$peer/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement hack/bench/ansible.lock
    touch "$peer/done"
fi
hack/images keep
trap 'hack/engine down bench' EXIT
trap 'exit 130' INT TERM
DOCKER_HOST=$(hack/engine up bench)
export DOCKER_HOST
unset PYTHONDONTWRITEBYTECODE # as its users run it
hack/images test desired
if [ "${BENCH:-}" = quick ]; then
    .venv/bin/python -m hack.bench "$root/$peer/bin/python"
    exit
fi
.venv/bin/python -m hack.bench "$root/$peer/bin/python" >hack/bench/RESULTS.md.new
mv hack/bench/RESULTS.md.new hack/bench/RESULTS.md
cat hack/bench/RESULTS.md
