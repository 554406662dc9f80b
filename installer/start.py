"""What both frozen programs begin with: `econtract` (console) and `econtractw` (window) hold the same code and go by their name."""

import sys
from pathlib import Path

from econtract_desktop.__main__ import console, window

if __name__ == "__main__":
    sys.exit(window() if Path(sys.executable).stem.endswith("w") else console())
