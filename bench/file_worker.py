"""``python -m bench.file_worker SLUG FILE``: a file judged and put in, what it took as JSON. Its own process, so that its
memory is that of the import alone; settings come by the environment of the bench.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

if __name__ == "__main__":
    import_module("django").setup()
    print(json.dumps(import_module("bench.filing").run(sys.argv[1], sys.argv[2])))
