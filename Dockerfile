# The service, from the hash lock. It runs as nobody in particular and writes to its database,
# and signed checkpoints to /checkpoints where it is told to.
FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.txt ./
RUN python -m venv /opt/lifecycle && /opt/lifecycle/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY lifecycle ./lifecycle
COPY api ./api
COPY scheduler ./scheduler
RUN /opt/lifecycle/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim
ENV PATH=/opt/lifecycle/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LIFECYCLE_LOG=json
COPY --from=build /opt/lifecycle /opt/lifecycle
RUN useradd --system --uid 10001 --no-create-home lifecycle && install --directory --owner=10001 /checkpoints
USER 10001
WORKDIR /
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["lifecycle"]
CMD ["api", "--host", "0.0.0.0"]
