# The hub's image: one static binary and nothing else. It runs as 65532, writes
# to /data only, and is stopped by SIGTERM. docs/containers.md says how to use it.
#
#   docker build -t amalgam --build-arg VERSION="$(git describe --tags --always)" .
#
# Of a binary that is there already (make build), and without base images:
#
#   bash demo/deploy/rootfs.sh bin/amalgam .build/rootfs
#   docker build -t amalgam --target prebuilt .

FROM scratch AS empty
ARG VERSION=dev
LABEL org.opencontainers.image.title="Amalgam" \
      org.opencontainers.image.description="A hub compatible with the Mercure protocol, and its browser SDK" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
ENV SERVER_NAME=":80" AMALGAM_DATA="/data"
EXPOSE 80 443 443/udp
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 CMD ["/amalgam", "health"]
ENTRYPOINT ["/amalgam"]
CMD ["run"]

# A new volume takes its owner from the folder that it is mounted on.
FROM empty AS prebuilt
COPY .build/rootfs/image/ /
COPY --chown=65532:65532 .build/rootfs/volumes/ /
VOLUME /data

FROM node:22-bookworm-slim AS node

FROM golang:1.26-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && \
    ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
WORKDIR /src
# What is downloaded stays in the cache until it changes.
COPY go.mod go.sum ./
RUN go mod download
COPY Makefile ./
COPY jsdist/package.json jsdist/package-lock.json jsdist/
RUN make jsdist/node_modules/.installed
COPY . .
ARG VERSION=dev
RUN make build VERSION="$VERSION" && bash demo/deploy/rootfs.sh bin/amalgam .build/rootfs

FROM empty
COPY --from=build /src/.build/rootfs/image/ /
COPY --from=build --chown=65532:65532 /src/.build/rootfs/volumes/ /
VOLUME /data
