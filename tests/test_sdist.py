"""The source distribution holds all that is needed: built, installed as by a user, used."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import pytest
from conftest import ROOT

SMOKE = """
import sys
import neox_text
from neox_text import Tokenizer

assert "site-packages" in neox_text.__file__, neox_text.__file__
assert "numpy" not in sys.modules
tok = Tokenizer.default()
text = "Hello  world, \\u65e5\\u672c\\u8a9e"
ids = tok.encode(text).ids
assert tok.decode(ids) == text
assert tok.encode_to_numpy(text).tolist() == ids
print(neox_text.__version__)
"""


def run(*command: str | Path, cwd: Path, **more: str) -> str:
    """What a command prints; the test fails with its last lines where it fails."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n" + "\n".join(done.stdout.splitlines()[-40:])
    return done.stdout


@pytest.mark.network
def test_sdist(tmp_path: Path) -> None:
    maturin = Path(sys.executable).with_name("maturin")
    # pip keeps the wheel it builds under the path of the sdist: a path that never comes again.
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    run(maturin, "sdist", "--out", folder, cwd=ROOT)
    (sdist,) = folder.glob("neox_text-*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for due in ("LICENSE", "NOTICE", "README.md", "Cargo.lock", "python/neox_text/py.typed"):
        assert due in names, f"{sdist.name} lacks {due}"
    assert not any(name.endswith((".so", ".pyd")) for name in names), "holds a compiled module"

    # At one place on every run: cargo builds the dependencies anew when the interpreter moves.
    built = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "sdist"
    built.mkdir(parents=True, exist_ok=True)
    empty = built / "venv"
    run(sys.executable, "-m", "venv", "--clear", empty, cwd=tmp_path)
    python = empty / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "-q")
    target = {"CARGO_TARGET_DIR": str(built), "VIRTUAL_ENV": str(empty), "PYO3_PYTHON": str(python)}
    run(*pip, sdist, cwd=tmp_path, **target)

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    version = run(python, "-c", SMOKE, cwd=elsewhere).strip()
    assert f"neox_text-{version}.tar.gz" == sdist.name
    (elsewhere / "a.txt").write_text("one two\n", encoding="utf-8")
    counted = run(empty / "bin" / "neox-text", "encode", "a.txt", cwd=elsewhere)
    assert counted.split(), "the command gives no ids"
