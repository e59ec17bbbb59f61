"""``python -m reconciler``."""

from reconciler.cli.start import main

main()
