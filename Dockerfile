# One static binary in an otherwise empty image. The web app in ui/dist is
# committed, so no Node.js is needed here.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
ENV CGO_ENABLED=0
RUN go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/weir ./cmd/weir \
 && mkdir -p /out/data /out/tmp && chmod 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/weir /usr/local/bin/weir
# Both belong to the user that runs: a fresh volume can be written, and SQLite
# puts large sorts into /tmp.
COPY --from=build --chown=65532:65532 /out/data /var/lib/weir
COPY --from=build --chown=65532:65532 /out/tmp /tmp
USER 65532:65532
VOLUME ["/var/lib/weir"]
EXPOSE 8080
ENV WEIR_DATA=/var/lib/weir
ENTRYPOINT ["/usr/local/bin/weir"]
# weir listens on loopback until there is a key (docs/access.md): run the
# container on the host's network, behind a proxy in the same pod (with
# WEIR_ALLOWED_HOSTS, when it passes its own name on), or make a key and set
# WEIR_LISTEN.
CMD ["serve"]
