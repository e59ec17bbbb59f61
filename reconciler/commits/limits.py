"""Limits of a question about git's data, which may come from anybody who can push."""

PROCESSOR = 1.5
"""Seconds of processor time for one question."""
PATIENCE = 10.0
"""Seconds for one question in all, for waits that need no processor, such as a disk that hangs."""
MEMORY = 200 * 1024**2
"""Bytes of memory. Packs don't count: they are mapped, not read."""
MOST_WRITTEN = 64 * 1024**2
"""Bytes of all files of a commit that are written out together."""
MOST_NAME = 4096
"""Bytes of a file's path, as many as the kernel allows (``PATH_MAX``); a tree of git's may hold any name."""
MOST_FAULTS = 100
"""How many unusable files of a commit are reported one by one."""
