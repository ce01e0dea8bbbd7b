"""How gunicorn serves the web process; run it as ``gunicorn scrum.wsgi`` in the project's root."""

import os
import sys
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from scrum import environment
from scrum.local.ports import require_free_port

try:
    # Workers print tracebacks of what stops them: a refused environment stops the master here.
    import scrum.settings  # noqa: F401

    port = environment.web_port()
    bind = f"{environment.bind_address()}:{port}"
    # Threads wait for the database; two processes use two cores. SQLite gains nothing from more.
    workers = environment.whole_number("WEB_CONCURRENCY", default=2, minimum=1, maximum=64)
    threads = environment.whole_number("WEB_THREADS", default=4, minimum=1, maximum=64)
    # Scheme headers count only when they come from these.
    forwarded_allow_ips = ",".join(str(network) for network in environment.trusted_proxies())
except environment.EnvironmentRefused as error:
    sys.exit(str(error))

worker_class = "gthread"
# Browsers send a dozen headers; the longest are a cookie and a ticket's address.
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
# honcho kills what has not stopped after 5 seconds.
graceful_timeout = 4
# Its default path is one per user, and two stacks of one user would fight for it.
control_socket_disable = True


class PathLogger(Logger):
    """Logs the path as it was sent, still escaped, and never the query string (tickets, tokens)."""

    def atoms(self, resp: Any, req: Any, environ: Any, request_time: Any) -> Any:
        atoms = super().atoms(resp, req, environ, request_time)
        atoms["U"] = environ["RAW_URI"].partition("?")[0]
        return atoms


logger_class = PathLogger
accesslog = "-"
access_log_format = "%(h)s %(m)s %(U)s %(s)s %(B)sB %(M)sms"


def on_starting(server: Arbiter) -> None:
    """Name a taken port in one sentence; gunicorn would try five times first."""
    inherits_socket = server.master_pid or os.environ.get("LISTEN_FDS")
    if inherits_socket:
        return
    try:
        require_free_port(environment.bind_address(), port, variable="PORT")
    except environment.EnvironmentRefused as error:
        sys.exit(str(error))
