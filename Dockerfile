# The service, from the hash lock. It runs as nobody in particular and writes to its database,
# and signed checkpoints to /checkpoints where it is told to.
FROM python:3.11-slim AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt build-requirements.txt ./
RUN python -m venv --without-pip /opt/lifecycle && \
    python -m pip --python /opt/lifecycle/bin/python install --require-hashes -r requirements.txt && \
    python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r build-requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY lifecycle ./lifecycle
COPY api ./api
COPY scheduler ./scheduler
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels . && \
    python -m pip --python /opt/lifecycle/bin/python install --no-deps /wheels/*.whl

FROM python:3.11-slim
ENV PATH=/opt/lifecycle/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 LIFECYCLE_LOG=json
COPY --from=build /opt/lifecycle /opt/lifecycle
# Nothing in the image installs anything.
RUN python -m pip uninstall --yes --root-user-action=ignore pip setuptools wheel
RUN useradd --system --uid 10001 --no-create-home lifecycle && install --directory --owner=10001 /checkpoints
USER 10001
WORKDIR /
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["lifecycle"]
CMD ["api", "--host", "0.0.0.0"]
