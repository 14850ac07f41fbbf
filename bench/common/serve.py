"""The command line of the product, as `contactcenter` runs it."""

import sys

from contactcenter.cli import main

if __name__ == "__main__":
    sys.exit(main())
