"""The type stub is the reference page: every public name in it has a docstring.

That the stub agrees with the compiled module is checked by stubtest, in `make lint`: it is a pass
of mypy over both, and stands with the other type checks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from conftest import ROOT

STUB = ROOT / "python" / "neox_text" / "_core.pyi"


def undocumented(body: list[ast.stmt], owner: str = "") -> Iterator[str]:
    """Public classes, functions, methods and properties without a docstring."""
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
        if "overload" in decorators or "typing.overload" in decorators:
            continue
        if not ast.get_docstring(node):
            yield owner + node.name
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node.body, f"{node.name}.")


def test_every_name_has_a_docstring() -> None:
    body = ast.parse(STUB.read_text(encoding="utf-8")).body
    assert any(isinstance(node, ast.ClassDef) for node in body), "the stub holds no class"
    assert not list(undocumented(body))


def test_public_names() -> None:
    """All that the package says it exports is there, once, and has a docstring."""
    import neox_text

    names = neox_text.__all__
    assert len(names) == len(set(names))
    bare = [name for name in names if not getattr(neox_text, name).__doc__]
    assert not bare
