"""The command line of the product, except that every use case is committed by itself: what group commit is worth."""

import sys

from contactcenter.cli import main
from contactcenter.storage import groups

if __name__ == "__main__":
    groups.GROUP_LIMIT = 1
    sys.exit(main())
