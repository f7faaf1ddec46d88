# One image for web, worker, beat and the migration step. The database and Redis come from docker-compose.yml.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUTF8=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    DJANGO_SETTINGS_MODULE=mcu.settings \
    HOST=0.0.0.0 \
    PORT=8000 \
    MCU_VAR=/var/lib/mcu

WORKDIR /app

COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock

COPY manage.py gunicorn.conf.py pyproject.toml ./
COPY mcu mcu
COPY blocks blocks
COPY messages messages
COPY reports reports
COPY templates templates
COPY static static

# Files of pages are made now, so that the running container needs to write nothing but its data volume. The key is
# only for this step and stays out of the image's environment.
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin mcu \
    && SECRET_KEY=build-only python manage.py collectstatic --noinput -v 0 \
    && mkdir -p /var/lib/mcu/media \
    && chown -R mcu:mcu /var/lib/mcu

USER 10001
EXPOSE 8000

HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]

CMD ["python", "-m", "gunicorn", "mcu.wsgi"]
