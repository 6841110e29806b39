"""What all tests share: the seed, the folder of shared data, and small tokenizers made here.

`tests/data/sentences.txt` was written for this project. `NEOX_TEXT_SHARED` names a folder with
`tokenizers/` and `corpora/` that is not part of the project; without it, `../shared` is looked
for, and tests that need it are skipped with a line that says so.
"""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path
from typing import Any

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
SENTENCES = ROOT / "tests" / "data" / "sentences.txt"
END, PAD = "<|endoftext|>", "<|padding|>"

hypothesis.settings.register_profile("neox-text", deadline=None, print_blob=True)
hypothesis.settings.register_profile("long", deadline=None, print_blob=True, max_examples=20_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "neox-text"))


def _shared() -> Path | None:
    named = os.environ.get("NEOX_TEXT_SHARED")
    folder = Path(named) if named else ROOT.parent / "shared"
    if (folder / "tokenizers").is_dir():
        return folder.resolve()
    if named:
        raise pytest.UsageError(f"NEOX_TEXT_SHARED={named} has no folder `tokenizers`")
    return None


def pytest_configure() -> None:
    """Let what tests start be interrupted: a job in the background hands down that it is not."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--seed",
        type=int,
        default=int(os.environ.get("NEOX_TEXT_SEED", "0")),
        help="seed of everything random, hypothesis too (default: NEOX_TEXT_SEED, or 0)",
    )


def pytest_report_header(config: pytest.Config) -> list[str]:
    shared = _shared()
    where = (
        "found" if shared else "NOT THERE: tests of published tokenizers and corpora are skipped"
    )
    return [f"--seed={config.getoption('seed')}", f"shared data: {where}"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("hypothesis_seed", None) is not None:
        return
    for item in items:
        if isinstance(item, pytest.Function) and item.get_closest_marker("hypothesis"):
            hypothesis.seed(config.getoption("seed"))(item.obj)


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """The number given as `--seed`."""
    return int(pytestconfig.getoption("seed"))


@pytest.fixture
def rng(request: pytest.FixtureRequest, seed: int) -> random.Random:
    """A source of random numbers of this test's own, the same on each run with the same seed."""
    return random.Random(f"{seed}/{request.node.nodeid}")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data; the test is skipped where there is none."""
    folder = _shared()
    if folder is None:
        pytest.skip("needs ../shared, or the folder that NEOX_TEXT_SHARED names")
    return folder


@pytest.fixture(scope="session")
def neox_file(shared: Path) -> Path:
    """The published GPT-NeoX-20B `tokenizer.json`."""
    return shared / "tokenizers" / "gpt-neox-20b.json"


@pytest.fixture(scope="session")
def gpt2_file(shared: Path) -> Path:
    """The published GPT-2 `tokenizer.json`."""
    return shared / "tokenizers" / "gpt2.json"


@pytest.fixture(scope="session")
def sentences() -> list[str]:
    """Lines of text in many scripts, with code, emoji and decomposed marks."""
    return SENTENCES.read_text(encoding="utf-8").splitlines(keepends=True)


def trained(lines: list[str], *, neox: bool, vocab_size: int = 900) -> dict[str, Any]:
    """A `tokenizer.json` as a value, trained by `tokenizers` and shaped as the published ones.

    `neox` gives NFC, two special tokens before the vocabulary and the runs of 2..24 spaces after
    it, as GPT-NeoX-20B has them; else no normalizer and one special token at the end, as GPT-2.
    """
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors
    from tokenizers.pre_tokenizers import ByteLevel
    from tokenizers.trainers import BpeTrainer

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.post_processor = processors.ByteLevel(trim_offsets=True)
    if neox:
        made.normalizer = normalizers.NFC()
    trainer = BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[END, PAD] if neox else [],
        initial_alphabet=sorted(ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator(lines, trainer)
    if neox:
        made.add_tokens([AddedToken(" " * n, normalized=True) for n in range(24, 1, -1)])
    else:
        made.add_special_tokens([END])
    value: dict[str, Any] = json.loads(made.to_str())
    return value


@pytest.fixture(scope="session")
def tiny_file(sentences: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small `tokenizer.json` of the shape of GPT-NeoX-20B, trained on `sentences`."""
    path = tmp_path_factory.mktemp("tiny") / "tokenizer.json"
    path.write_text(json.dumps(trained(sentences, neox=True)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_gpt2_file(sentences: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small `tokenizer.json` of the shape of GPT-2, trained on `sentences`."""
    path = tmp_path_factory.mktemp("tiny-gpt2") / "tokenizer.json"
    path.write_text(json.dumps(trained(sentences, neox=False)), encoding="utf-8")
    return path
