"""Takes classes that nobody has decoded yet and many threads; gives faults in what they get of packed values."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cracklens

SOURCE = Path(cracklens.__file__).parent
KINDS = 200

AT_ONCE = f"""
import sys, threading, types

from cracklens.artefacts import from_json, pack, unpack

CLASSES = '''
from __future__ import annotations
from dataclasses import dataclass

@dataclass(frozen=True)
class Inner:
    a: float
    b: tuple[float, ...] = ()
    c: str | None = None

@dataclass(frozen=True)
class Outer:
    x: Inner
    y: tuple[Inner, ...]
    z: dict[str, Inner]
'''

sys.setswitchinterval(1e-6)
wrong = []
for number in range({KINDS}):
    of = sys.modules[f"fresh{{number}}"] = types.ModuleType(f"fresh{{number}}")
    exec(CLASSES, of.__dict__)
    value = of.Outer(of.Inner(1.0), (of.Inner(2.0, (3.0,)),), {{"a": of.Inner(4.0, c="d")}})
    packed, go = pack(value), threading.Barrier(4)

    def take():
        go.wait()
        if unpack(packed, of.Outer) != value or from_json(b'{{"a": 1}}', of.Inner) != of.Inner(1.0):
            wrong.append(number)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(wrong)
"""
"""In a process of its own: msgspec ends it where two threads look at a class for the first time together."""


def test_threads_that_decode_a_kind_for_the_first_time_together_all_get_it() -> None:
    run = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=False, timeout=300)
    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr


def test_nothing_else_decodes_by_type() -> None:
    typed = re.compile(r"msgspec\.(?:json|msgpack)\.(?:Decoder|decode\([^)]*type)|msgspec\.convert")
    found = {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if typed.search(path.read_text("utf-8"))}
    assert found == {"artefacts.py"}
