"""README.md is executed: its Python, its commands, and the paths it names.

In a `python` block, `expression  # -> text` at the end of a statement means that its `repr` is the
text, and `# raises Name` that it raises that exception or a kind of it. Blocks run in order and
share one namespace, in a folder that holds `corpus.txt`. In a `console` block, lines that begin
with `$ neox-text` are run; lines below a command, if any, are what it prints.
"""

from __future__ import annotations

import ast
import builtins
import io
import os
import re
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SENTENCES

README = ROOT / "README.md"
DOCUMENTS = [
    ROOT / name for name in ("README.md", "DESIGN.md", "CONTRIBUTING.md", "CHANGELOG.md", "NOTICE")
]
COMMAND = re.compile(r"^\$ (neox-text .*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
TARGET = re.compile(r"^([a-z][\w-]*):", re.MULTILINE)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPECTED = re.compile(r"#\s*(->|raises)\s+(.*)")


def blocks(language: str) -> list[tuple[int, str]]:
    """Line number and content of each block of README.md in this language."""
    text = README.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start(2)) + 1, found[2])
        for found in FENCE.finditer(text)
        if found[1] == language
    ]


def expectations(source: str) -> dict[int, tuple[str, str]]:
    """What a comment expects of the statement that ends on its line, by line."""
    found = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and (match := EXPECTED.fullmatch(token.string)):
            found[token.start[0]] = (match[1], match[2].split("  (")[0].strip())
    return found


def run_block(source: str, line: int, names: dict[str, Any]) -> int:
    """Run a block; the number of expectations held. A failure names the line of README.md."""
    expected = expectations(source)
    held = 0
    for statement in ast.parse(source).body:
        kind, due = expected.pop(statement.end_lineno or 0, ("", ""))
        where = f"README.md:{line + statement.lineno - 1}"
        code = compile(ast.Module([statement], []), where, "exec")
        if kind == "raises":
            error = names.get(due) or getattr(builtins, due)
            with pytest.raises(error):
                exec(code, names)
        elif kind:
            assert isinstance(statement, ast.Expr), f"{where}: only an expression has a value"
            value = eval(compile(ast.Expression(statement.value), where, "eval"), names)
            assert repr(value) == due, where
        else:
            exec(code, names)
        held += bool(kind)
    assert not expected, f"README.md: a comment expects something of no statement: {expected}"
    return held


@pytest.mark.parametrize(
    "source",
    [
        "1 + 1  # -> 3\n",
        "'a'  # -> a\n",
        "int('7')  # raises ValueError\n",
        "int('x')\n",
        "x = 1  # -> 1\n",
        "f(\n    1,  # -> 1\n)\n",
    ],
)
def test_a_wrong_block_fails(source: str) -> None:
    with pytest.raises((AssertionError, ValueError, NameError, pytest.fail.Exception)):
        run_block(source, 1, {})


def test_a_right_block_holds() -> None:
    source = "x = [1]\nx + [2]  # -> [1, 2]\nint('x')  # raises ValueError\nlen(x)  # -> 1  (one)\n"
    assert run_block(source, 1, {}) == 3


def test_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corpus.txt").write_bytes(SENTENCES.read_bytes())
    monkeypatch.chdir(tmp_path)
    import neox_text

    names: dict[str, Any] = {"NeoxTextError": neox_text.NeoxTextError}
    held = sum(run_block(source, line, names) for line, source in blocks("python"))
    assert held >= 20, f"only {held} expectations were found"


def test_commands(tmp_path: Path) -> None:
    (tmp_path / "corpus.txt").write_bytes(SENTENCES.read_bytes())
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    ran = 0
    for line, block in blocks("console"):
        for command, due in COMMAND.findall(block):
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=tmp_path,
                env={**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"},
                capture_output=True,
                encoding="utf-8",
                timeout=60,
                check=False,
            )
            where = f"README.md:{line}: {command}"
            assert done.returncode == 0, f"{where}: {done.stderr}"
            if due:
                assert done.stdout == due, where
            ran += 1
    assert ran >= 5, f"only {ran} commands were found"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_paths(document: Path) -> None:
    """Every file, folder and make target that a document names is there."""
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", text)
    tops = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir())
    named = re.findall(rf"`((?:{tops})/[\w./-]+)`", text)
    missing = [name for name in {*links, *named} if not (ROOT / name).exists()]
    assert not missing, f"{document.name} names what is not there: {missing}"
    targets = TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    unknown = {*re.findall(r"`make ([a-z-]+)", text)} - {*targets}
    assert not unknown, f"{document.name} names targets that are not there: {unknown}"
