# docker build -t llm-internals-explorer . && docker run --rm -p 7860:7860 llm-internals-explorer
# It listens on 0.0.0.0 and is therefore public: visitors get the shelf only. With -p 127.0.0.1:7860:7860 and
# -e EXPLORER_PUBLIC=0 it is yours, and opens any model that the container can read.
FROM python:3.11-slim

RUN useradd --create-home explorer
WORKDIR /app
RUN chown explorer /app
USER explorer
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=7860

RUN python -m venv .venv
# --build-arg TORCH_INDEX=URL takes torch from another index, such as the one of its CPU builds: a tenth of the size.
ARG TORCH_INDEX=
RUN pip install --no-cache-dir "torch>=2.9,<2.14" ${TORCH_INDEX:+--index-url "$TORCH_INDEX"}
COPY --chown=explorer pyproject.toml setup.py constraints.txt README.md LICENSE ./
COPY --chown=explorer explorer ./explorer
COPY --chown=explorer models ./models
RUN pip install --no-cache-dir --constraint constraints.txt --editable . && python -m explorer fetch smollm2-135m
COPY --chown=explorer assets ./assets
COPY --chown=explorer app.py ./

EXPOSE 7860
CMD ["python", "app.py"]
