# Only for the stage "replicated". 0.3.13 is what was tried with this service; of a later version litestream.yml is to be checked.
FROM litestream/litestream:0.3.13 AS litestream

# The service becomes one file, which starts in a third of the time of the sources.
FROM node:24-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY src ./src
COPY routes ./routes
COPY db ./db
COPY ops ./ops
RUN npm run build

FROM node:24-slim AS service
WORKDIR /app
ENV NODE_ENV=production

COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

# For the operators' commands, which run as sources: npm run doctor, npm run db:check.
COPY src ./src
COPY routes ./routes
COPY db ./db
COPY ops ./ops
COPY --from=build --chown=node:node /build/dist ./dist

# The volume is mounted over this folder, and takes its owner from it the first time.
RUN mkdir /data && chown node:node /data
USER node
# What V8 compiles at a start is kept for the next one, as this user.
RUN node ops/warm-up.ts

# fly deploy --build-arg COMMIT_SHA=$(git rev-parse HEAD) shows the commit in /health.
ARG COMMIT_SHA=unknown
ENV COMMIT_SHA=$COMMIT_SHA

EXPOSE 8080
# Young objects get 4 MB at a time and not 16: hundreds of open model streams stay below 256 MB, and it costs no speed here.
CMD ["node", "--max-semi-space-size=4", "dist/server.cjs"]

# An option, built with --target replicated (build-target in fly.toml): Litestream copies the database to a bucket and runs the
# service, hands SIGTERM on to it, and ends as it ends.
FROM service AS replicated
COPY --from=litestream /usr/local/bin/litestream /usr/local/bin/litestream
COPY litestream.yml /etc/litestream.yml
CMD ["litestream", "replicate", "-exec", "node --max-semi-space-size=4 dist/server.cjs"]

# What is built unless a target is named.
FROM service
