"""The type stub is the reference page: every public name has a docstring, and its examples hold.

That the stub agrees with the compiled module is checked by stubtest, in `make lint`: it is a pass
of mypy over both, and stands with the other type checks.
"""

from __future__ import annotations

import ast
import doctest
from collections.abc import Iterator

import neox_text
import pytest
from conftest import ROOT

STUB = ROOT / "python" / "neox_text" / "_core.pyi"


def undocumented(body: list[ast.stmt], owner: str = "") -> Iterator[str]:
    """Public classes, functions, methods and properties without a docstring."""
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
        # The property that a setter belongs to has the docstring of both.
        if any(one.endswith(("overload", ".setter")) for one in decorators):
            continue
        if not ast.get_docstring(node):
            yield owner + node.name
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node.body, f"{node.name}.")


def test_every_name_has_a_docstring() -> None:
    body = ast.parse(STUB.read_text(encoding="utf-8")).body
    assert any(isinstance(node, ast.ClassDef) for node in body), "the stub holds no class"
    assert not list(undocumented(body))


def examples() -> list[doctest.DocTest]:
    """The examples of all docstrings, by the name and line of what they explain."""
    parser, found = doctest.DocTestParser(), []
    for node in ast.walk(ast.parse(STUB.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            names = {name: getattr(neox_text, name) for name in neox_text.__all__}
            found.append(parser.get_doctest(text, names, node.name, STUB.name, node.lineno))
    return [example for example in found if example.examples]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_examples_hold(example: doctest.DocTest) -> None:
    told: list[str] = []
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    doctest.DocTestRunner(verbose=False, optionflags=flags).run(example, out=told.append)
    assert not told, "".join(told)


def test_public_names() -> None:
    """All that the package says it exports is there, once, and has a docstring."""
    names = neox_text.__all__
    assert len(names) == len(set(names))
    bare = [name for name in names if not getattr(neox_text, name).__doc__]
    assert not bare
