"""What a question about git's data may cost. The data may come from anybody who can push."""

PROCESSOR = 1.5
"""Seconds of processor time for one question."""
PATIENCE = 10.0
"""Seconds for one question in all, for what waits without using the processor, such as a disk that hangs."""
MEMORY = 200 * 1024**2
"""Bytes. Packs, which are mapped and not read, don't count."""
MOST_WRITTEN = 64 * 1024**2
"""Bytes of all files of a commit that are laid out together."""
MOST_NAME = 4096
"""Bytes of a file's path, as many as the kernel takes (``PATH_MAX``); a tree of git's may hold any name."""
MOST_FAULTS = 100
"""Files of a commit that are named one by one as unusable."""
