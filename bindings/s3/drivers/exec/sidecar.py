"""The exec protocol's side of a program in Python: reads operations line by line, answers line by line, ends with its input."""
import ctypes
import json
import signal
import sys

PIECE_BYTES = 1024 * 1024


class Failed(Exception):
    """An operation failed: `error` is what the answer says of it."""

    def __init__(self, **error):
        super().__init__(error.get('message'))
        self.error = {name: value for name, value in error.items() if value is not None}


def _end_with_parent():
    """On Linux the kernel ends this process when its parent is killed, also while it waits for a store."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    except (AttributeError, OSError):
        pass


def _say(answer):
    sys.stdout.write(json.dumps(answer) + '\n')
    sys.stdout.flush()


def take_body(chunks, path, first_byte):
    """Counts a body, and writes it to `path` where there is one."""
    first_byte()
    size = 0
    if path is None:
        for chunk in chunks:
            size += len(chunk)
    else:
        with open(path, 'wb') as file:
            for chunk in chunks:
                size += file.write(chunk)
    return size


def range_header(asked):
    """`bytes=0-9` of {"first": 0, "last": 9}; None where nothing is asked for."""
    return None if asked is None else f"bytes={asked.get('first', '')}-{asked.get('last', '')}"


def size_of(content_range):
    """The whole size that a Content-Range tells."""
    total = (content_range or '').rpartition('/')[2]
    return int(total) if total.isdigit() else None


def serve(open_store):
    """Answers until the input ends. `open_store(settings)` gives the operations: name -> function(request, first_byte) -> answer."""
    _end_with_parent()
    settings = json.loads(sys.stdin.readline())
    try:
        operations = open_store(settings)
    except Failed as failed:
        _say({'error': failed.error})
        return
    _say({'ready': True, 'in_flight': 1, 'operations': sorted(operations)})
    for line in sys.stdin:
        request = json.loads(line)
        ident = request['id']
        try:
            answer = operations[request['op']](request, lambda: _say({'id': ident, 'mark': 'first_byte'}))
            _say({'id': ident, **{name: value for name, value in answer.items() if value is not None}})
        except Failed as failed:
            _say({'id': ident, 'error': failed.error})
