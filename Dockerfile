FROM node:22-slim AS page
WORKDIR /src/api/admin
COPY api/admin/package.json api/admin/package-lock.json api/admin/.npmrc ./
RUN npm ci
COPY schema.graphql /src/schema.graphql
COPY api/admin .
RUN npm run build

FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /opt/distro && /opt/distro/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY . .
COPY --from=page /src/api/distro_api/admin/built api/distro_api/admin/built
RUN /opt/distro/bin/pip install --no-cache-dir "hatchling>=1.27" \
 && /opt/distro/bin/pip install --no-cache-dir --no-deps --no-build-isolation ./sdk .

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 distro && mkdir /data && chown distro /data
COPY --from=build /opt/distro /opt/distro
ENV PATH=/opt/distro/bin:$PATH DISTRO_DATA_DIR=/data DISTRO_HOST=0.0.0.0
USER distro
VOLUME /data
EXPOSE 8080
CMD ["stardust-distro", "serve"]
