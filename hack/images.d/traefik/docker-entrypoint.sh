#!/bin/sh
# As the official image does: options alone mean traefik.
set -eu
[ "${1#-}" = "$1" ] || set -- traefik "$@"
exec "$@"
