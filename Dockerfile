# The image of Headgate: controller, API and runners are the same program.
#   docker build -t registry.example.com/headgate:0.1.0 .
# test/cluster/image-contents.ts lays out the same files without Docker; test/image.test.ts compares them with what is here.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS modules
WORKDIR /app
COPY package.json package-lock.json ./
COPY charts/image/slim.sh /usr/local/bin/slim.sh
# Without scripts: the only one among these packages would fetch a second Node.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && sh /usr/local/bin/slim.sh node_modules

FROM node:${NODE_VERSION}-bookworm-slim
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Headgate" \
      org.opencontainers.image.description="A GitOps controller for data pipelines" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:${NODE_VERSION}-bookworm-slim"
# git and ssh read repositories; ssh wants its user to have a name. Nothing is installed later, so no package manager of Node stays.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git openssh-client tini \
 && rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn-* \
 && groupadd --gid 65532 headgate \
 && useradd --uid 65532 --gid 65532 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin headgate \
 && install -d -o 65532 -g 65532 -m 0700 /data
WORKDIR /app
COPY --from=modules /app/node_modules ./node_modules
COPY package.json package-lock.json LICENSE ./
COPY foundation ./foundation
COPY crds ./crds
COPY store ./store
COPY runner ./runner
COPY controller ./controller
COPY api ./api
COPY cli ./cli
COPY charts/image/compile.sh charts/image/compile.ts ./charts/image/
RUN sh charts/image/compile.sh
ENV NODE_ENV=production HOME=/tmp HEADGATE_DATA=/data NODE_COMPILE_CACHE=/app/.compiled NODE_COMPILE_CACHE_PORTABLE=1
USER 65532:65532
VOLUME /data
EXPOSE 8080
# tini passes signals on, and collects the helpers that git leaves behind. The flags: docs/decisions/0010-heap-flags.md.
ENTRYPOINT ["tini", "--", "node", "--max-semi-space-size=8", "--heap-growing-percent=60", "cli/main.ts"]
CMD ["serve", "--listen", "0.0.0.0:8080"]
