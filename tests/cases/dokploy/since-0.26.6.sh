#!/bin/sh
# What Dokploy's public installer asks of the engine since its version 0.26.6 (Redis: until July 2026), and Traefik as
# the service that it names as the other way.
set -eu
docker network create --driver overlay --attachable dokploy-network
echo kept | docker secret create dokploy_postgres_password -
echo kept | docker secret create dokploy_auth_secret -
docker service create --detach --name dokploy-postgres \
    --constraint 'node.role==manager' --network dokploy-network \
    --env POSTGRES_USER=dokploy --env POSTGRES_DB=dokploy \
    --secret source=dokploy_postgres_password,target=/run/secrets/postgres_password \
    --env POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password \
    --mount type=volume,source=dokploy-postgres,target=/var/lib/postgresql/data \
    postgres:16
docker service create --detach --name dokploy-redis \
    --constraint 'node.role==manager' --network dokploy-network \
    --mount type=volume,source=dokploy-redis,target=/data \
    redis:7
docker service create --detach --name dokploy --replicas 1 --network dokploy-network \
    --mount type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock \
    --mount type=bind,source=/etc/dokploy,target=/etc/dokploy \
    --mount type=volume,source=dokploy,target=/root/.docker \
    --secret source=dokploy_postgres_password,target=/run/secrets/postgres_password \
    --secret source=dokploy_auth_secret,target=/run/secrets/dokploy_auth_secret \
    --publish published=3000,target=3000,mode=host \
    --update-parallelism 1 --update-order stop-first --constraint 'node.role == manager' \
    --env RELEASE_TAG=latest \
    --env POSTGRES_PASSWORD_FILE=/run/secrets/postgres_password \
    --env BETTER_AUTH_SECRET_FILE=/run/secrets/dokploy_auth_secret \
    dokploy/dokploy:latest
docker service create --detach --name dokploy-traefik \
    --constraint 'node.role==manager' --network dokploy-network \
    --mount type=bind,source=/etc/dokploy/traefik/traefik.yml,target=/etc/traefik/traefik.yml \
    --mount type=bind,source=/etc/dokploy/traefik/dynamic,target=/etc/dokploy/traefik/dynamic \
    --mount type=bind,source=/var/run/docker.sock,target=/var/run/docker.sock \
    --publish mode=host,published=443,target=443 \
    --publish mode=host,published=80,target=80 \
    --publish mode=host,published=443,target=443,protocol=udp \
    traefik:v3.6.7
