"""``python -m bench.worker SLUG``: the worker that counts reports and says what it took as JSON. Its own process, so that
its memory is that of reports alone; settings come by the environment of the bench.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

if __name__ == "__main__":
    import_module("django").setup()
    print(json.dumps(import_module("bench.reporting").run(sys.argv[1])))
