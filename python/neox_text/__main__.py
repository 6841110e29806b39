"""`python -m neox_text` is the command `neox-text`."""

import sys

from neox_text.cli import main

sys.exit(main())
