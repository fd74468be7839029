# The service's image: one stage installs, the other runs what was installed, as nobody in
# particular. The same image serves, works and migrates: the command says which.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /srv/commonweal
WORKDIR /src
# The packages first: they change more seldom than the code, and this layer is kept until they do.
COPY constraints.txt ./
RUN /srv/commonweal/bin/pip install --require-hashes -r constraints.txt
COPY . ./
RUN /srv/commonweal/bin/pip install --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --home-dir /var/lib/commonweal --create-home commonweal
COPY --from=build /srv/commonweal /srv/commonweal
ENV PATH=/srv/commonweal/bin:$PATH PYTHONUNBUFFERED=1
USER commonweal
WORKDIR /var/lib/commonweal
# made here, so that a volume mounted on it belongs to the user
RUN mkdir -m 700 keys && mkdir files
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["commonweal"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
