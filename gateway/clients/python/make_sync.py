"""Makes src/vecraft_client/_sync.py out of _async.py; --check only says if it is up to date."""

import pathlib
import re
import sys

SOURCE = pathlib.Path(__file__).parent / "src/vecraft_client/_async.py"
TARGET = SOURCE.with_name("_sync.py")

REPLACEMENTS = [
    (
        r'^""".*?"""',
        '"""The synchronous client. Made of _async.py by make_sync.py: change that file."""',
    ),
    (r"\bimport asyncio\b", "import time"),
    (r"\bawait asyncio\.sleep\b", "time.sleep"),
    (r"import AsyncIterator, Iterable", "import Iterable, Iterator"),
    (r"\bAsyncBaseTransport\b", "BaseTransport"),
    (r"\bAsync([A-Z])", r"\1"),
    (r"\b__a(enter|exit)__\b", r"__\1__"),
    (r"\baclose\b", "close"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"many tasks", "many threads"),
]


def synchronous(source: str) -> str:
    for pattern, replacement in REPLACEMENTS:
        source = re.sub(pattern, replacement, source, flags=re.MULTILINE)
    lines = source.splitlines()
    # The standard library's imports stay in their order.
    if "import time" in lines:
        lines.remove("import time")
        lines.insert(lines.index("from __future__ import annotations") + 2, "import time")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    made = synchronous(SOURCE.read_text())
    if "--check" in sys.argv:
        sys.exit(0 if TARGET.read_text() == made else f"{TARGET} is not up to date: run {__file__}")
    TARGET.write_text(made)
