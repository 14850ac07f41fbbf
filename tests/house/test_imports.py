"""Imports run one way, and the core is plain synchronous Python."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORE = ("model", "crm", "knowledge", "routing", "figures", "flow", "ports.py", "channels/protocol.py")


def test_the_contracts_of_pyproject_hold() -> None:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([program, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_core_awaits_nothing() -> None:
    found = []
    for part in CORE:
        path = ROOT / "contactcenter" / part
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                match node:
                    case ast.Await() | ast.AsyncFor() | ast.AsyncWith() | ast.ImportFrom(module="asyncio"):
                        found.append(f"{file.name}:{node.lineno}")
                    case ast.Import(names=names) if any(name.name == "asyncio" for name in names):
                        found.append(f"{file.name}:{node.lineno}")
    assert found == []


def test_help_does_not_wait_for_the_whole_program() -> None:
    heavy = "sqlalchemy, aiohttp, psycopg, alembic"
    script = f"import sys, contactcenter.cli; print([n for n in '{heavy}'.split(', ') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
