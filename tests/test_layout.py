"""The house of floors: a module uses what lies below it, nothing above, and no two use each other in a circle."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import remoteready

PACKAGE = Path(remoteready.__file__).parent
FLOORS = [
    {"__main__"},
    {"cli"},
    {"report"},
    {"fleet"},
    {"check", "plan"},
    {"measure", "workload", "files"},
    {"problems"},
    {"formulas", "exits", "language", "places", "spelling"},
]
FLOOR = {part: number for number, parts in enumerate(FLOORS) for part in parts}


def name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name(path): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
INSIDE = sorted(MODULES.keys() - {"remoteready"})


def imports(module: str) -> set[str]:
    """Every module that is imported anywhere in this one: also inside functions and for the type checker."""
    found: set[str] = set()
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {one if one in MODULES else node.module for one in whole}
    return found - {module, "remoteready"}


@pytest.mark.parametrize("module", INSIDE)
def test_a_module_uses_only_its_own_part_and_the_floors_below(module):
    part, outside = module.split(".")[1], {used.split(".")[0] for used in imports(module)} - {"remoteready"}
    for used in imports(module) & MODULES.keys():
        assert used.split(".")[1] == part or FLOOR[used.split(".")[1]] > FLOOR[part], f"{module} uses {used}"
    assert "click" not in outside, "Typer vendors Click: use typer.*"
    if FLOOR[part] == FLOOR["formulas"]:
        assert outside <= sys.stdlib_module_names


def test_no_modules_use_each_other_in_a_circle():
    sorter = TopologicalSorter({module: imports(module) & MODULES.keys() for module in MODULES})
    assert set(sorter.static_order()) == MODULES.keys()
