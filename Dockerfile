# The sources run as they are: Node strips their types, so there is nothing to build.
FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production

COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

COPY src ./src
COPY routes ./routes
COPY db ./db
COPY ops ./ops

# The volume is mounted over this folder, and takes its owner from it the first time.
RUN mkdir /data && chown node:node /data
USER node

# fly deploy --build-arg COMMIT_SHA=$(git rev-parse HEAD) shows the commit in /health.
ARG COMMIT_SHA=unknown
ENV COMMIT_SHA=$COMMIT_SHA

EXPOSE 8080
CMD ["node", "src/server.ts"]
