# docker build -t llm-internals-explorer . && docker run --rm -p 7860:7860 llm-internals-explorer
#
# It listens on 0.0.0.0 and is therefore public: visitors get the shelf only, within the bounds of docs/guides/operators.md. With
# -p 127.0.0.1:7860:7860 and -e EXPLORER_PUBLIC=0 it is yours, and opens any model that the container can read.
# It writes nowhere but in /tmp, so it runs with --read-only --tmpfs /tmp (compose.yaml does, and drops what it can).
FROM python:3.11-slim AS app

# Of this number are the users of hosted Spaces too.
RUN useradd --create-home --uid 1000 explorer
WORKDIR /app
RUN mkdir /cache && chown explorer /app /cache
USER 1000
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=7860

RUN python -m venv .venv
# --build-arg TORCH_INDEX=URL takes torch from another index, such as the one of its CPU builds: a tenth of the size.
ARG TORCH_INDEX=
RUN pip install --no-cache-dir "torch>=2.9,<2.14" ${TORCH_INDEX:+--index-url "$TORCH_INDEX"}
COPY --chown=explorer pyproject.toml setup.py constraints.txt README.md LICENSE ./
COPY --chown=explorer explorer ./explorer
COPY --chown=explorer models ./models
ENV EXPLORER_CACHE=/cache
# Which weights lie in the image, beside those in models/. With --build-arg WEIGHTS= none do: then mount a cache folder
# (-v explorer-cache:/cache) that `python -m explorer fetch` has filled; a writable one also keeps long measurements.
ARG WEIGHTS="smollm2-135m"
RUN pip install --no-cache-dir --constraint constraints.txt --editable . \
 && for name in $WEIGHTS; do python -m explorer fetch "$name" || exit 1; done

# The page as browsers load it: bundles of its own scripts and stylesheets, and of those of the Gradio that is installed.
FROM node:22-slim AS page
WORKDIR /page
COPY package.json .npmrc ./
RUN npm install
COPY --from=app /app/.venv/lib/python3.11/site-packages/gradio/package.json ./gradio/
COPY --from=app /app/.venv/lib/python3.11/site-packages/gradio/templates ./gradio/templates
COPY bundle.js ./
COPY assets ./assets
RUN node bundle.js bundles gradio

# What the page serves at /explorer/docs/.
FROM app AS docs
RUN pip install --no-cache-dir --constraint constraints.txt --editable ".[docs]"
COPY --chown=explorer assets ./assets
COPY --chown=explorer docs ./docs
COPY --chown=explorer CHANGELOG.md ./
RUN sphinx-build --quiet -d /tmp/doctrees docs build/docs

FROM app
COPY --chown=explorer assets ./assets
COPY --chown=explorer --from=page /page/bundles ./bundles
COPY --chown=explorer --from=docs /app/build/docs ./build/docs
COPY --chown=explorer app.py ./
RUN python -m compileall -q explorer

# Compiled loops and what libraries keep for a while; a home that cannot be written is none.
ENV HOME=/tmp TMPDIR=/tmp NUMBA_CACHE_DIR=/tmp/numba PYTHONDONTWRITEBYTECODE=1 HF_HUB_OFFLINE=1 EXPLORER_LOGS=json
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=5 \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/readyz', timeout=9)"]
CMD ["python", "app.py"]
