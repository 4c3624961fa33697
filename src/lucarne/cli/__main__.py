import sys

from lucarne.cli.main import main

sys.exit(main())
