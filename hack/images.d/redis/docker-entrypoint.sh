#!/bin/sh
# As the official image does: options alone mean the server; it runs as redis, and answers other hosts.
set -eu
[ "${1#-}" = "$1" ] || set -- redis-server "$@"
if [ "$1" = redis-server ]; then
    set -- "$@" --protected-mode no
    if [ "$(id -u)" = 0 ]; then
        chown -R redis .
        exec setpriv --reuid redis --regid redis --clear-groups "$@"
    fi
fi
exec "$@"
