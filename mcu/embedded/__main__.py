"""``python -m mcu.embedded COMMAND …``: run a command beside the servers of ``MCU_VAR``, started for it if they do not run.

For a moment's work with ``manage.py`` while the program is stopped, and for checks that need a database.
"""

import os
import subprocess
import sys
from pathlib import Path

from mcu.embedded import EmbeddedError, running


def main(argv: list[str]) -> int:
    """The exit code of the command; 1 with words when the servers cannot be started."""
    try:
        with running(Path(os.environ.get("MCU_VAR", "var")).expanduser()):
            return subprocess.run(argv, check=False).returncode
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
