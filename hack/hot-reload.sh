#!/bin/sh
# A forced pass of the loop in a container, without a restart: by `reconciler reload` there, else by SIGHUP, else by a
# touch of its trigger file. Says which worked, waits for what comes of it, and exits by that: 0, 1 failed or degraded,
# 65 bad desired state, 69 no loop, or no engine, reached. It needs nothing but the docker client.
#
#   hack/hot-reload.sh [CONTAINER]
#
# Without CONTAINER: the one that runs of our image, by its label. HOT_RELOAD_TIMEOUT is how long to wait, 600 s else.
set -eu

label=org.opencontainers.image.title
timeout=${HOT_RELOAD_TIMEOUT:-600}
# Seconds within which a loop begins a forced pass, where no other one is under way.
begins=6

say() { printf 'hot-reload: %s\n' "$*" >&2; }

unreached() {
    say "$*"
    exit 69
}

the_one_that_runs() {
    found=$(docker ps --filter "label=$label=reconciler" --format '{{.Names}}') || unreached 'no engine can be asked'
    case $found in
    '') unreached "no container with the label $label=reconciler runs: name yours, $0 CONTAINER" ;;
    *[[:space:]]*) unreached "several run, name one of them:" "$(printf '%s' "$found" | tr '\n' ' ')" ;;
    esac
    say "found $found"
    printf '%s\n' "$found"
}

inspect() { docker inspect --type container --format "$1" "$container" 2>/dev/null; }

variable() { inspect '{{range .Config.Env}}{{println .}}{{end}}' | sed -n "s/^$1=//p"; }

# The loop's state file has a line for each key. docker cp wraps it into a tar archive, whose header is no such line.
look() {
    state=$(docker exec "$container" cat "$file" 2>/dev/null) ||
        state=$(docker cp "$container:$file" - 2>/dev/null | tr -d '\000') || state=
}

# A key of it, and a key of what is said by that.
key() { printf '%s\n' "$state" | sed -n "s/^\"$1\": \"\{0,1\}\([^\",]*\)\"\{0,1\},\{0,1\}\$/\1/p"; }
word() { printf '%s\n' "$state" | sed -n "s/^\"$1\": {.*\"$2\": \"\{0,1\}\([^\",}]*\).*/\1/p"; }

# What was asked for by $1, until it is settled: exits by it. Fails where no forced pass begins.
await() {
    began=$(date +%s) told='' patience=$begins
    [ "$under_way" != true ] || patience=$((begins + $(printf '%.0f' "$longest")))
    while
        look
        seconds=$(($(date +%s) - began))
        what=reload
        # A loop that was started meanwhile has read everything anew.
        [ "$(key process)" = "$process" ] || what=last passes=0
        number=$(word $what number)
        if [ "${number:-0}" -gt "$passes" ]; then
            told=$what
            [ "$(word $what settled)" != true ] || break
        elif [ "$(key forced)" != true ] || [ "$(key passes)" -le "$passes" ]; then
            [ "$seconds" -le "$patience" ] || return 1
        fi
        [ "$seconds" -lt "$timeout" ]
    do sleep 1; done
    [ -n "$told" ] || unreached "no pass was over within $timeout s, though one was asked for by $1"
    [ "$(word $told settled)" = true ] || say "not settled within $timeout s"
    recap=
    for count in ok changed failed waiting; do recap="$recap $count=$(word $told $count)"; done
    echo "reloaded by $1  recap:$recap  verdict: $(word $told verdict)"
    exit "$(word $told exit)"
}

container=${1:-}
[ -n "$container" ] || container=$(the_one_that_runs)
status=$(inspect '{{.State.Status}}') || unreached "there is no container $container; docker ps shows those there are"
[ "$status" = running ] || unreached "container $container isn't running ($status); docker start starts it"
owner=$(variable RECONCILER_OWNER) folder=$(variable RECONCILER_RUN_DIR)
file=${folder:-/run/reconciler}/${owner:-reconciler}.json
look
[ "$(inspect "{{index .Config.Labels \"$label\"}}")" = reconciler ] || [ -n "$(key process)" ] ||
    unreached "$container is no reconciler: its image has no label $label=reconciler, and it holds no $file"

code=0
docker exec "$container" reconciler reload --timeout "$timeout" || code=$?
case $code in
126 | 127) say "no command: \`reconciler reload\` can't be run in $container" ;;
*) exit "$code" ;;
esac
[ -n "$(key process)" ] || unreached "$file in $container can't be read, so that nothing can be waited for"
process=$(key process) passes=$(key passes) under_way=$(key under_way) longest=$(key pass_timeout) trigger=$(key trigger)
docker kill --signal HUP "$container" >/dev/null && await SIGHUP
say 'SIGHUP: no forced pass began'
docker exec "$container" touch "$trigger" && await 'trigger file'
unreached "trigger file: no forced pass began by a touch of $trigger"
