# One image for both modes: with the socket of an engine mounted, or with an engine of its own.
#
#   docker build --tag reconciler .
#
# Wheels are taken from build/wheels where there are any (hack/images reconciler puts them there), else from the index
# that pip is set up for: --build-arg PIP_INDEX_URL=… names another. Either way the lock file's hashes are checked.

# Where a registry answers, a digest makes the base the same for ever: --build-arg BASE=debian:trixie-slim@sha256:…
ARG BASE=debian:trixie-slim

FROM $BASE AS build
RUN apt-get update && apt-get install --yes --no-install-recommends python3-pip python3-setuptools \
    && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv --without-pip /opt/reconciler
WORKDIR /src
COPY requirements.lock build/wheel[s] wheels/
ARG PIP_INDEX_URL
RUN if ls wheels/*.whl >/dev/null 2>&1; then set -- --no-index --find-links wheels; fi \
    && pip --python /opt/reconciler/bin/python install --no-cache-dir --no-compile --require-hashes \
        --only-binary :all: --requirement wheels/requirements.lock "$@"
COPY pyproject.toml README.md LICENSE ./
COPY reconciler reconciler
# Bytecode is compiled here, once, for starts are frequent (the health check is one) and files are read-only then. By hash,
# not by time: the same sources make the same bytes.
RUN pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir own . \
    && pip --python /opt/reconciler/bin/python install --no-cache-dir --no-compile --no-index --no-deps own/*.whl \
    && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/reconciler/lib

FROM $BASE
# Debian's engine brings containerd and runc; and a sixth of it is tools that no engine starts.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates docker-cli docker.io iptables python3 tini \
    && rm -f /usr/bin/ctr /usr/bin/containerd-shim /usr/bin/containerd-shim-runc-v1 /usr/bin/dnet /usr/sbin/ovrouter \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/*.log
# The user is for socket mode: --user reconciler --group-add with the number of the socket's group. What is written here is
# the owner's, for root without any capability, and the group's.
RUN useradd --uid 10001 --user-group --home-dir /app --no-create-home --shell /usr/sbin/nologin reconciler \
    && install --directory --group reconciler --mode 0775 /app /app/desired /run/reconciler
COPY --from=build /opt/reconciler /opt/reconciler
ENV PATH=/opt/reconciler/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    RECONCILER_RUN_DIR=/run/reconciler
WORKDIR /app
# Of an engine of its own: images, Swarm and volumes. Name a volume for it, and they outlive the container.
VOLUME /var/lib/docker
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["reconciler", "healthcheck"]
ENTRYPOINT ["tini", "-s", "--", "reconciler", "entrypoint"]

ARG BASE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="reconciler" \
      org.opencontainers.image.description="Keeps a Docker Swarm exactly as the Compose files in /app/desired say" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="$BASE" \
      org.opencontainers.image.licenses="Apache-2.0"
