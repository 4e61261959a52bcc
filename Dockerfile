# The Node that the tests run on (devDependencies of package.json).
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# What these two make is the same for every architecture: JavaScript and WebAssembly. So they run on the builder's own.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package has to run anything to compile with it.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json nest-cli.json ./
COPY src ./src
COPY scripts/bundle.mjs scripts/write-initial-database.mjs ./scripts/
RUN npm run build && rm dist/.tsbuildinfo

FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Optional ones too: they are TypeScript, for a plug-in of @nestjs/swagger at build time, and a driver for other clouds.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Clankerbot" org.opencontainers.image.licenses="MIT"
RUN groupmod --new-name clankerbot node \
  && usermod --login clankerbot --home /home/clankerbot --move-home node \
  && install -d -o clankerbot -g clankerbot /data
# For `helm test`, and for whoever asks a pod from inside. The base image's Debian says which version.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates curl \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data/db LOG_JSON=true
COPY package.json ./
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER 1000:1000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--liftoff-only", "dist/bundle/main.js"]
