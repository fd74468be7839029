"""The command line. `commonweal --help` says what there is; each command is a few lines here.

What takes long shows a bar on a terminal and plain lines elsewhere (`shown.py`). A refusal is one
sentence on stderr and exit status 1; a defect is a traceback.
"""

import sys

from commonweal.kernel.errors import UserError

from .commands import app
from .shown import complain


def main() -> None:
    """The `commonweal` command."""
    try:
        app()
    except UserError as error:
        complain(error.message)
        sys.exit(1)
