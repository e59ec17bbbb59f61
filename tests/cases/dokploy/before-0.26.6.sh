#!/bin/sh
# The same before 0.26.6: the password in the open, and Traefik as a plain container.
set -eu
docker network create --driver overlay --attachable dokploy-network
docker service create --detach --name dokploy-postgres \
    --constraint 'node.role==manager' --network dokploy-network \
    --env POSTGRES_USER=dokploy --env POSTGRES_DB=dokploy --env POSTGRES_PASSWORD=amukds4wi9001583845717ad2 \
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
    --publish published=3000,target=3000,mode=host \
    --update-parallelism 1 --update-order stop-first --constraint 'node.role == manager' \
    --env ADVERTISE_ADDR=10.0.0.1 \
    dokploy/dokploy:latest
docker run --detach --name dokploy-traefik --restart always --network dokploy-network \
    --volume /etc/dokploy/traefik/traefik.yml:/etc/traefik/traefik.yml \
    --volume /etc/dokploy/traefik/dynamic:/etc/dokploy/traefik/dynamic \
    --volume /var/run/docker.sock:/var/run/docker.sock:ro \
    --publish 80:80/tcp --publish 443:443/tcp --publish 443:443/udp \
    traefik:v3.6.7
