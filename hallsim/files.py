"""Write files so that nobody ever sees half of one.

In: the path of the file wanted. Out: an open file beside it, which takes its name only when everything
has been written and has reached the disk. Every output of hallsim goes through here.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


@contextmanager
def atomic_write(
    path: str | os.PathLike[str], mode: str = "wb", *, encoding: str | None = None, newline: str | None = None
) -> Iterator[IO[Any]]:
    """Open a new file that replaces `path` when the block ends well, and vanishes when it does not.

    Any error inside the block or in the last flush (an exception, Ctrl-C, a full disk) leaves the old
    file as it was and no temporary file behind. A symbolic link keeps pointing: its target is replaced.

    Parameters
    ----------
    path : the file wanted; its folder must exist
    mode : "wb" or "w"
    encoding, newline : as in `open`, for "w"; the encoding defaults to UTF-8

    Raises
    ------
    OSError
        As `open`, and for whatever goes wrong in writing; it names `path`, not the temporary file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_write(f"{folder}/a.txt", "w") as file:
    ...         _ = file.write("whole")
    ...     print(Path(folder, "a.txt").read_text(encoding="utf-8"), len(os.listdir(folder)))
    whole 1
    """
    if mode not in ("w", "wb"):
        raise ValueError(f"mode {mode!r}: known are 'w' and 'wb'")
    if mode == "w" and encoding is None:
        encoding = "utf-8"
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file() and not target.is_dir():
        # Renaming over a device or a pipe would destroy it (/dev/null, as root): write straight into it.
        with open(target, mode, encoding=encoding, newline=newline) as file:
            yield file
        return
    if target.is_dir():
        raise IsADirectoryError(21, "is a folder, not a file", str(path))
    # Not the tempfile module: its files are private (0600) and would stay so after the rename.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            file = open(temporary, mode.replace("w", "x"), encoding=encoding, newline=newline)  # noqa: SIM115
        except OSError as error:
            error.filename = str(path)
            raise
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
