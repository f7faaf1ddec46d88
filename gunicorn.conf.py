"""How gunicorn serves the product; it finds this file by its name. Everything comes from the environment."""

import os
from pathlib import Path
from typing import Any

from mcu.logs import WithoutSecrets

_host = os.environ.get("HOST", "127.0.0.1")
bind = f"{f'[{_host}]' if ':' in _host else _host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 4  # ``manage.py up`` must be down within 10 seconds
keepalive = 5
limit_request_line = 8190  # a search of 200 Cyrillic letters is 1,200 bytes of an address, and a link may carry more
max_requests = 20_000
max_requests_jitter = 2_000
# A heartbeat file on a slow disk makes gunicorn think that a worker hangs.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Lines of gunicorn, of a request that failed and of every request if they are asked for, name no secret address."""
    for log in (server.log.error_log, server.log.access_log):
        log.addFilter(WithoutSecrets())
