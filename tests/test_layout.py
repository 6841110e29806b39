"""The layout of DESIGN.md holds: which part may use which, where `unsafe` is, what import loads."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

LIBRARY = ROOT / "rust" / "neox-text"
PACKAGE = ROOT / "python" / "neox_text"
WINGS = ("bpe", "japanese")
HEAVY = {"numpy", "torch", "transformers", "huggingface_hub", "tokenizers", "regex"}


def rust_files(folder: Path) -> list[Path]:
    found = sorted(folder.rglob("*.rs"))
    assert found, f"no sources in {folder}"
    return found


def code(path: Path) -> str:
    """A Rust file with comments and the insides of strings and characters blanked, lines kept."""
    text = path.read_text(encoding="utf-8")
    pattern = (
        r"""//[^\n]*|/\*.*?\*/|\bb?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\[^\n]+?|[^\\'\n])'"""
    )
    return re.sub(pattern, lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)


def test_blanking(tmp_path: Path) -> None:
    """The tests below see code, and neither comments nor strings."""
    path = tmp_path / "a.rs"
    path.write_text(
        '// unsafe 1\nlet a = "unsafe \\" 2"; /* unsafe\n3 */ let b = r#"unsafe " 4"#;\n'
        "let c = '\"'; fn f<'a>(x: &'a str) { unsafe { g('\\'') } }\n"
    )
    assert code(path).count("unsafe") == 1
    assert code(path).count("\n") == 4


def uses(path: Path) -> set[str]:
    """Modules of the crate that a library file names, as paths from the crate's root.

    `crate::a::b`, `super::b` and `{a, b::c}` lists are followed, in `use` and in expressions.
    """
    parts = path.relative_to(LIBRARY / "src").with_suffix("").parts
    own = parts[:-1] if parts[-1] in ("mod", "lib") else parts
    text = re.sub(r"\s*(::|[{},])\s*", r"\1", code(path))
    found: set[str] = set()
    for match in re.finditer(r"(?<![\w:])(crate|self|(?:super::)*super)::", text):
        base = match[1]
        if base == "crate":
            prefix: tuple[str, ...] = ()
        elif base == "self":
            prefix = own
        else:
            prefix = own[: len(own) - base.count("super")]
        found.update("::".join((*prefix, *tail)) for tail in tree(text, match.end()))
    return found


def tree(text: str, at: int) -> Iterator[tuple[str, ...]]:
    """The paths of a use tree that begins here: `a::{b,c::d}` gives a::b and a::c::d."""
    word = re.compile(r"\w+|\*").match(text, at)
    if word:
        if text.startswith("::", word.end()):
            yield from ((word[0], *tail) for tail in tree(text, word.end() + 2))
        else:
            yield (word[0],)
    elif text.startswith("{", at):
        depth, start = 0, at + 1
        for place in range(at, len(text)):
            depth += {"{": 1, "}": -1}.get(text[place], 0)
            if (text[place] == "," and depth == 1) or depth == 0:
                yield from tree(text, start)
                start = place + 1
            if depth == 0:
                return


def test_use_trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of `use` sees lists, parents and paths inside expressions."""
    monkeypatch.setattr("test_layout.LIBRARY", tmp_path)
    path = tmp_path / "src" / "bpe" / "merge.rs"
    path.parent.mkdir(parents=True)
    path.write_text(
        "use crate::{error::{Error, Result}, encoding};\nuse super::vocab::Vocab;\n"
        "fn f() { return crate::bpe::words::look(super::super::batch::run()); }\n"
    )
    assert uses(path) == {
        "error::Error",
        "error::Result",
        "encoding",
        "bpe::vocab::Vocab",
        "bpe::words::look",
        "batch::run",
    }


def test_library_knows_no_python() -> None:
    manifest = (LIBRARY / "Cargo.toml").read_text(encoding="utf-8")
    assert "pyo3" not in manifest
    assert "numpy" not in manifest
    for path in rust_files(LIBRARY):
        assert not re.search(r"\bpyo3\b|\bprintln!|\beprintln!|\bprint!|\bdbg!", code(path)), path


def test_wings_never_use_each_other() -> None:
    seen = 0
    for path in rust_files(LIBRARY / "src"):
        wing = path.relative_to(LIBRARY / "src").parts[0]
        if wing in WINGS:
            others = tuple(f"{other}::" for other in WINGS if other != wing)
            wrong = [name for name in uses(path) if f"{name}::".startswith(others)]
            assert not wrong, f"{path}: {wrong}"
            seen += 1
    assert seen


def test_stages_never_use_the_tokenizer() -> None:
    """`tokenizer` uses the stages; of its wing, only the contents page names it."""
    seen = 0
    for wing in WINGS:
        for path in sorted((LIBRARY / "src" / wing).rglob("*.rs")):
            inside = path.relative_to(LIBRARY / "src" / wing).parts[0]
            if inside in ("mod.rs", "tokenizer.rs", "tokenizer"):
                continue
            wrong = [
                name
                for name in uses(path)
                if name.split("::")[:2] == [wing, "tokenizer"] or name == f"{wing}::Tokenizer"
            ]
            assert not wrong, f"{path}: {wrong}"
            seen += 1
    assert seen


def test_shared_rooms_use_no_wing() -> None:
    for path in [LIBRARY / "src" / name for name in ("error.rs", "encoding.rs")]:
        wrong = [name for name in uses(path) if name.split("::")[0] in WINGS]
        assert not wrong, f"{path}: {wrong}"


def test_unsafe_is_in_its_named_modules_alone() -> None:
    named = LIBRARY / "src" / "simd", ROOT / "rust" / "neox-text-py" / "src" / "pystr.rs"
    for path in rust_files(ROOT / "rust"):
        if any(path.is_relative_to(place) for place in named):
            continue
        lines = enumerate(code(path).splitlines(), 1)
        found = [number for number, line in lines if re.search(r"\bunsafe\b", line)]
        assert not found, f"{path}: unsafe in lines {found}"


def test_every_unsafe_says_why() -> None:
    for path in rust_files(ROOT / "rust"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(code(path).splitlines()):
            if not re.search(r"\bunsafe\b", line):
                continue
            above = number - 1
            while above >= 0 and re.match(r"\s*(//|#\[)", lines[above]):
                above -= 1
            said = "\n".join(lines[above + 1 : number + 1])
            due = "# Safety" if re.search(r"\bunsafe\s+(extern\s+\S+\s+)?fn\b", line) else "SAFETY:"
            assert due in said or "SAFETY:" in said, f"{path}:{number + 1} has no {due} comment"


def test_import_is_light() -> None:
    """`import neox_text` loads nothing but the standard library and ourselves."""
    script = "import sys, neox_text; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "neox_text" in loaded
    assert not loaded & HEAVY


def python_imports(path: Path) -> Iterator[tuple[str, int]]:
    """Modules that a Python file imports anywhere in it, and the lines."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield module, node.lineno
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def test_python_arrows() -> None:
    """Only the top of the package names `_core`; models name neither it nor data.

    Tokenizers of others are named in `interop` alone.
    """
    files = sorted(PACKAGE.rglob("*.py"))
    assert files
    for path in files:
        inside = path.relative_to(PACKAGE)
        for name, line in python_imports(path):
            words = re.split(r"\.+", name)
            where = f"{path}:{line}: {name}"
            if len(inside.parts) > 1:
                assert "_core" not in words, where
            if inside.parts[0] == "models":
                assert not {"data", "japanese", "cli"} & set(words), where
            if inside.parts[0] != "interop":
                assert words[0] not in ("tokenizers", "transformers", "tiktoken"), where


def project_files() -> list[Path]:
    """The files of the project, by git where there is git."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode == 0 and listed.stdout:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        tops = ("rust", "python", "tests", "benchmarks", "scripts")
        paths = [path for top in tops for path in (ROOT / top).rglob("*")]
        paths += list(ROOT.glob("*.*"))
    return [path for path in paths if path.is_file()]


def test_no_paths_of_a_machine() -> None:
    """No file holds a home directory, or the place where this copy of the project lies."""
    homes = r"/(?:home|Users)/\w+"
    here = "|".join(re.escape(f"{path}/") for path in (Path.home(), ROOT) if len(path.parts) > 1)
    pattern = re.compile(f"{homes}|(?<![\\w.])(?:{here})".encode())
    files = project_files()
    assert len(files) > 20
    for path in files:
        data = path.read_bytes()
        if b"\0" not in data[:1000]:
            assert not pattern.findall(data), path
