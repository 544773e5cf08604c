"""Takes the source as text; gives faults where it breaks the house rules of rooms, sizes and names. Runs none of it."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
PACKAGE = REPO / "src" / "cracklens"
MODULES = sorted(PACKAGE.rglob("*.py"))

ROOMS = (
    "faces", "errors", "visible", "files", "tables", "values", "artefacts", "figures", "drawn",
    "photo.pixels", "photo.damage", "photo.exif", "photo",
    "scale", "models", "network", "measuring", "tracing", "by_hand", "inspection", "detector", "kept", "health",
    "report.words", "report.letters", "report.cracks", "report.pictures", "report.material",
    "report.data", "report.html", "report.pdf", "report", "survey", "compare",
    "evaluation", "labels", "labels.masks", "published",
    "training.features", "training.nets", "training", "training.finetune", "training.crackmap", "training.export",
    "training.site", "assessment", "projects.records", "projects.versions", "projects", "projects.views",
    "projects.accounts", "projects.exchange", "projects.dates", "projects.teaching",
    "web.answers", "web.access", "web.incoming", "web.work", "web", "cli",
)  # fmt: skip
"""A room imports only rooms before it: the flow has one direction, and no import runs back up. A room of rooms stands
behind those that it is made of, and before those that are made with it."""

FACES_ONLY = {"cli", "web.answers", "web.access", "web.incoming", "web.work", "web"}
"""Rooms that take names from `cracklens` itself and from the rooms' faces."""

LOADED_AT_ONCE = {"values", "measuring", "tracing", "compare", "projects.records", "projects.versions"}
"""Rooms whose faces are plain imports."""

MOST_MODULES = 12
SAME_LINES = 9
"""So many lines that stand twice are a fault."""

PACKAGE_OF = {
    "PIL": "pillow",
    "pi_heif": "pi-heif",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "cv2": "opencv-python-headless",
    "argon2": "argon2-cffi",
}
"""What a package is called where it is installed from, if not as in the import."""

WITHOUT_TORCH = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "nncf"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
"""

NO_NAMES = {"utils", "helpers", "common", "misc", "manager", "engine"}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path) for path in MODULES}
PACKAGES = sorted(name for name in NAMES if (PACKAGE.parent / name.replace(".", "/") / "__init__.py").is_file())
FACES = [name for name in PACKAGES if name != "cracklens.cli"]
LAZY_FACES = [name for name in FACES if name.removeprefix("cracklens.") not in LOADED_AT_ONCE]


def room_of(name: str) -> str:
    """Give the room of a module: the innermost of the rooms that it lies in."""
    inside = name.removeprefix("cracklens").removeprefix(".") or "public"
    within = [room for room in ROOMS if f"{inside}.".startswith(f"{room}.")]
    return max(within, key=len, default=inside.split(".")[0])


def all_imports(path: Path) -> list[tuple[int, str, str]]:
    """Give line, module and name of every import in a file, wherever it stands."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: import by full name"
            found += [(node.lineno, node.module or "", alias.name) for alias in node.names]
    return found


def imports(path: Path) -> list[tuple[int, str, str]]:
    """Give the imports of cracklens in a file; its version is no room."""
    return [entry for entry in all_imports(path) if entry[1].split(".")[0] == "cracklens" and entry[2] != "__version__"]


def outside_imports(path: Path) -> set[str]:
    """Give what a file imports that is neither cracklens nor part of Python."""
    return {entry[1].split(".")[0] for entry in all_imports(path)} - sys.stdlib_module_names - {"cracklens"}


def target(module: str, name: str) -> str:
    """Give the room an import reaches; `from cracklens import photo` reaches the room, not a public name."""
    whole = f"{module}.{name}"
    return room_of(whole if whole in NAMES else module)


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def n_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def at(path: Path) -> str:
    return str(path.relative_to(REPO))


def modules(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=at)


@modules([path for path in MODULES if path != PACKAGE / "__init__.py"])
def test_module_imports_only_rooms_before_its_own(path: Path) -> None:
    room = room_of(module_name(path))
    assert room in ROOMS, f"{at(path)}: room {room!r} has no place in ROOMS; say where it stands"
    allowed = {*ROOMS[: ROOMS.index(room) + 1], *(("public",) if room in FACES_ONLY else ())}
    faults = [
        f"{at(path)}:{line}: {room} imports {target(module, name)}"
        for line, module, name in imports(path)
        if target(module, name) not in allowed
    ]
    assert not faults, f"{'; '.join(faults)}. {room} may import {sorted(allowed)}"


@pytest.mark.parametrize("face", FACES)
def test_a_room_says_what_it_gives(face: str) -> None:
    room = import_module(face)
    assert room.__doc__
    assert room.__all__ == sorted(room.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    for name in room.__all__:
        assert hasattr(room, name)
        assert f"{face}.{name}" not in NAMES, f"{name} hides the module of its name"


@pytest.mark.parametrize("face", LAZY_FACES)
def test_what_a_face_loads_is_what_type_checkers_read_and_what_it_lists(face: str) -> None:
    tree = ast.parse((PACKAGE.parent / face.replace(".", "/") / "__init__.py").read_text(encoding="utf-8"))
    (branch,) = (node for node in tree.body if isinstance(node, ast.If))
    read = {node.module: {name.name for name in node.names} for node in branch.body if isinstance(node, ast.ImportFrom)}
    (call,) = (node for node in ast.walk(ast.Module(branch.orelse, [])) if isinstance(node, ast.Call))
    assert ast.unparse(call.func) == "lazily"
    homes = {f"{face}.{module}": set(names) for module, names in ast.literal_eval(call.args[1]).items()}
    assert homes == read
    assert sorted(import_module(face).__all__) == sorted(name for names in homes.values() for name in names)


def test_cli_and_web_take_only_what_faces_list() -> None:
    faults = [
        f"{at(path)}:{line}: {name or 'the whole'} of {module}"
        for path in MODULES
        if room_of(module_name(path)) in FACES_ONLY
        for line, module, name in imports(path)
        if room_of(module) not in FACES_ONLY and not is_on_a_face(module, name)
    ]
    assert not faults, f"take names that `cracklens` or a room lists in __all__: {faults}"


def is_on_a_face(module: str, name: str) -> bool:
    """Tell whether a name is one of a room: listed by its package, or not private in a room of one module."""
    if module in FACES:
        return name in import_module(module).__all__
    return module == f"cracklens.{room_of(module)}" and not name.startswith("_")


def test_public_names_are_few_and_all_there() -> None:
    import cracklens

    assert len(cracklens.__all__) <= 20
    missing = [name for name in cracklens.__all__ if not hasattr(cracklens, name)]
    assert not missing
    twice = {f"cracklens.{name}" for name in cracklens.__all__} & NAMES
    assert not twice, f"{twice}: once the module is imported it hides the public name; rename the module"


def test_public_names_load_without_torch() -> None:
    subprocess.run([sys.executable, "-c", f"{WITHOUT_TORCH}\nfrom cracklens import *"], check=True)


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for name, of in project["optional-dependencies"].items() if name != "dev" for line in of]
    lines = [*project["dependencies"], *extras]
    declared = {re.split(r"[<>=\[ ]", line)[0] for line in lines}
    imported = {PACKAGE_OF.get(name, name) for path in MODULES for name in outside_imports(path)}
    assert imported <= declared


@pytest.mark.parametrize(
    "module", ["cracklens", "cracklens.cli.main", ", ".join(LAZY_FACES)], ids=["it", "cli", "faces"]
)
def test_import_is_light(module: str) -> None:
    heavy = {"torch", "torchvision", "openvino", "nncf", "scipy", "sklearn", "skimage", "cv2", "reportlab"}
    code = f"import sys, {module}; print(*sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == []


@modules(MODULES)
def test_module_opens_with_one_line_that_says_what_it_takes_and_gives(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{at(path)}: open the module with one line: what it takes, gives, and knows nothing of"
    first, *rest = docstring.splitlines()
    assert first.endswith(".")
    assert not rest or not rest[0], f"{at(path)}: the first line stands alone"
    if path.name != "__init__.py":
        assert re.match(r"Takes? .*\bgives? ", first), f"{at(path)}: expected 'Takes …; gives …'; got {first!r}"


@modules(MODULES)
def test_module_is_short_and_well_named(path: Path) -> None:
    n = len(path.read_text(encoding="utf-8").splitlines())
    assert n <= 300, f"{at(path)} has {n} lines; a module has at most 300. Split it by what it gives."
    assert path.stem.lower() not in NO_NAMES, f"{at(path)}: name the module after what it gives"
    assert len(module_name(path.parent / "__init__.py").split(".")) <= 3, f"{at(path)}: packages are at most three deep"


@pytest.mark.parametrize("package", [name for name in PACKAGES if name not in ("cracklens", "cracklens.cli")])
def test_a_room_has_few_modules(package: str) -> None:
    inside = [name for name in NAMES - set(PACKAGES) if name.rpartition(".")[0] == package]
    told = f"{package} has {len(inside)} modules; a room has at most {MOST_MODULES}. Give it rooms."
    assert len(inside) <= MOST_MODULES, told


def test_rooms_are_few() -> None:
    assert len([name for name in PACKAGES if name.count(".") == 1]) <= 20
    lost = {room_of(name) for name in NAMES} - {*ROOMS, "public"}
    assert not lost, f"{lost} have no place in ROOMS"


def code_lines(path: Path) -> list[tuple[int, str]]:
    """Give the lines that do something, with numbers: no imports, docstrings, signatures, comments or brackets."""
    lines = path.read_text(encoding="utf-8").splitlines()
    passed: set[int] = set()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.Import | ast.ImportFrom) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            passed |= {*range(node.lineno, (node.end_lineno or 0) + 1)}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            passed |= {*range(node.lineno, max(node.lineno + 1, node.body[0].lineno))}
    whole = [(number, line.strip()) for number, line in enumerate(lines, 1) if number not in passed]
    return [(number, line) for number, line in whole if re.search(r"\w", line) and not line.startswith("#")]


def test_nothing_is_written_twice() -> None:
    seen: dict[tuple[str, ...], str] = {}
    faults = []
    for path in [*MODULES, *(REPO / "makers").rglob("*.py"), *(REPO / "benchmarks").rglob("*.py")]:
        lines = code_lines(path)
        for first in range(len(lines) - SAME_LINES + 1):
            window = tuple(line for _, line in lines[first : first + SAME_LINES])
            where = f"{at(path)}:{lines[first][0]}"
            if seen.setdefault(window, where) != where:
                faults.append(f"{where} says what {seen[window]} says")
    assert not faults, f"{faults}: give it one place"


def test_functions_are_short() -> None:
    lengths = {f"{at(path)}:{f.lineno} {f.name}": n_lines(f) for path in MODULES for f in functions(path)}
    long = {where: n for where, n in lengths.items() if n > 50}
    assert not long, f"no function has more than 50 lines, docstring included: {long}"


def test_functions_without_their_docstring_are_tiny() -> None:
    def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
        first = node.body[0]
        has_docstring = ast.get_docstring(node) is not None
        return n_lines(node) - ((first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0)

    lengths = [code_lines(f) for path in MODULES for f in functions(path)]
    assert statistics.median(lengths) <= 8
    assert statistics.quantiles(lengths, n=10)[-1] <= 25


def test_no_file_names_a_place_on_one_machine() -> None:
    place = re.compile(r"(?<![\w.~/-])/(?:home|root|Users|mnt|opt|private|srv|work|workspace)/[\w.]")
    files = [*MODULES, *REPO.glob("*.md"), *REPO.glob("*.toml"), REPO / "Makefile", REPO / ".ci" / "run"]
    files += [*(REPO / "tests").rglob("*.py"), *(REPO / "benchmarks").rglob("*.py"), *(REPO / "docs").rglob("*.md")]
    files += [*(REPO / "docs").rglob("*.json"), *(REPO / "benchmarks").glob("*.json"), *PACKAGE.rglob("*.json")]
    faults = [
        f"{at(path)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if place.search(line)
    ]
    assert not faults
