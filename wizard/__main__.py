"""`python -m wizard` is `mlops-wizard`."""

import sys

from wizard.cli import main

sys.exit(main())
