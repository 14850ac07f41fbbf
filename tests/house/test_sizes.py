"""How large functions and files are: printed, to be smelled at; a failure only where it stinks."""

import ast
from pathlib import Path
from statistics import median, quantiles

PACKAGE = Path(__file__).parents[2] / "contactcenter"
FUNCTION_LIMIT, FILE_LIMIT = 80, 600
SCHEMA = "storage/migrations/versions"  # what Alembic wrote is a list of columns, however long


def sources() -> dict[str, str]:
    """Our Python files by name."""
    files = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
    return {name: path.read_text(encoding="utf-8") for name, path in files.items() if not name.startswith(SCHEMA)}


def functions() -> dict[str, int]:
    """Lines of every function, signature to end."""
    found = {}
    for name, text in sources().items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found[f"{name}:{node.name}:{node.lineno}"] = (node.end_lineno or node.lineno) - node.lineno + 1
    return found


def told(what: str, sizes: dict[str, int]) -> str:
    largest = max(sizes, key=lambda name: sizes[name])
    nine_tenths = quantiles(sizes.values(), n=10)[8]
    return (
        f"{what}: {len(sizes)}, lines median {median(sizes.values()):.0f}, p90 {nine_tenths:.0f}, "
        f"max {sizes[largest]} ({largest})"
    )


def test_functions_can_be_read_at_a_glance() -> None:
    sizes = functions()
    print(told("functions", sizes))
    assert {name: lines for name, lines in sizes.items() if lines > FUNCTION_LIMIT} == {}


def test_files_can_be_read_in_one_sitting() -> None:
    sizes = {name: text.count("\n") for name, text in sources().items()}
    print(told("files", sizes))
    assert {name: lines for name, lines in sizes.items() if lines > FILE_LIMIT} == {}


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, text in sources().items() if text.strip() and not ast.get_docstring(ast.parse(text))]
    assert silent == []
