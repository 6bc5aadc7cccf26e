"""`python -m cli`, the same as `.venv/bin/aarogya`."""

from cli.main import main

main()
