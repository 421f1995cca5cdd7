"""Runs one script to its end."""

import atexit
import io
import linecache
import os
import random
import sys
import traceback
import types
from dataclasses import dataclass

# Bytes that a script may write to each of its two streams: what it returns is kept with the run.
STREAM_BYTES_MAX = 1024 * 1024

# What tracebacks call the script.
NAME = "script.py"


@dataclass
class Ended:
    """What a script left behind."""

    code: int
    stdout: str
    stderr: str
    # The stream to which it wrote more than is kept, if it did.
    too_much: str | None = None
    limit: int = STREAM_BYTES_MAX


class TooMuch(BaseException):
    """Ends a script that writes more than is kept; no `except Exception` of it stops this."""


class Output(io.RawIOBase):
    """One of the two streams."""

    def __init__(self, name: str):
        self._name, self._parts, self._size = name, [], 0
        self.is_full = False

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        data = bytes(data)
        self._size += len(data)
        if self.is_full or self._size > STREAM_BYTES_MAX:
            self.is_full = True
            raise TooMuch(self._name)
        self._parts.append(data)
        return len(data)

    def text(self) -> str:
        """What was written, as a shell hands it on: without the line breaks at the end."""
        return b"".join(self._parts).decode("utf-8", "replace").rstrip("\r\n")


def run(code: str, arguments=(), environment=None, stdin: str = "") -> Ended:
    """Runs a script. One that raises has the traceback on stderr and code 1."""
    out, err = Output("stdout"), Output("stderr")
    kept = sys.stdin, sys.stdout, sys.stderr, sys.argv, sys.modules.get("__main__"), dict(os.environ)
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin.encode("utf-8", "surrogatepass")), "utf-8", "replace")
    sys.stdout, sys.stderr = _writer(out), _writer(err)
    sys.argv = [NAME, *arguments]
    _set_environment(environment or {})
    # The generator was seeded when the component was built; now the run's randomness seeds it.
    random.seed()
    try:
        ended = _execute(code)
    except TooMuch:
        ended = 1
    finally:
        sys.stdin, sys.stdout, sys.stderr, sys.argv = kept[:4]
        sys.modules["__main__"] = kept[4]
        _set_environment(kept[5])
    full = [name for name, stream in (("stdout", out), ("stderr", err)) if stream.is_full]
    return Ended(ended, out.text(), err.text(), full[0] if full else None)


def _writer(stream: Output) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, "utf-8", "replace", newline="\n", write_through=True)


def _set_environment(values: dict) -> None:
    os.environ.clear()
    os.environ.update(values)


def _execute(code: str) -> int:
    linecache.cache[NAME] = (len(code), None, code.splitlines(True), NAME)
    main = types.ModuleType("__main__")
    main.__file__ = NAME
    sys.modules["__main__"] = main
    status = _guarded(lambda: exec(compile(code, NAME, "exec", dont_inherit=True), main.__dict__))
    last = _guarded(atexit._run_exitfuncs)
    atexit._clear()
    return status or last


def _guarded(act) -> int:
    """The exit code of what is done, as the interpreter itself gives it."""
    try:
        act()
        return 0
    except SystemExit as end:
        return _exit_code(end.code)
    except TooMuch:
        raise
    except BaseException as error:
        _show(error)
        return 1


def _exit_code(code) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _show(error: BaseException) -> None:
    """The traceback, from the script's own frames on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != NAME:
        trace = trace.tb_next
    traceback.print_exception(type(error), error, trace)
