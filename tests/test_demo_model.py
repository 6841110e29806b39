"""The tiny Japanese model that is shipped, `TextGenerator.demo()`, and the script behind it."""

from __future__ import annotations

import importlib
import re
import socket
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

import transformers  # noqa: E402
from conftest import ROOT  # noqa: E402
from neox_text import JapaneseTokenizer  # noqa: E402
from neox_text.models import GPT, GPTConfig, TextGenerator, perplexity  # noqa: E402

FOLDER = ROOT / "python" / "neox_text" / "assets" / "demo"
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff々ー、。「」]")
TEXT = (
    "私は毎朝七時に起きて、家の近くの公園まで犬を連れて散歩に出かける。"
    "春になると桜の花が咲いて、多くの人が見に来る。私はこの町が好きである。"
)


@pytest.fixture(scope="module")
def write() -> TextGenerator:
    torch.set_num_threads(1)
    return TextGenerator.demo()


def script(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A script of the repository as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    return importlib.import_module(name)


def test_it_needs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    write = TextGenerator.demo()
    assert write.tokenizer == JapaneseTokenizer.default()
    assert write.model.config.vocab_size == len(write.tokenizer)
    assert write.model.embed.weight.dtype == torch.float32
    assert not write.model.training


def test_it_is_small() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert names == {"config.json", "model.safetensors"}
    assert (FOLDER / "model.safetensors").stat().st_size <= 8_000_000
    assert GPT.from_pretrained(FOLDER).embed.weight.dtype == torch.float16


def test_it_streams_japanese(write: TextGenerator) -> None:
    texts = ""
    for prompt, seed in product(("吾輩は", "日本の", "「"), range(3)):
        drawn: dict[str, Any] = {"max_new_tokens": 60, "do_sample": True, "seed": seed}
        pieces = [*write.stream(prompt, **drawn)]
        text = "".join(pieces)
        assert text == write(prompt, **drawn)[0].text
        assert len(pieces) > 30
        assert "\ufffd" not in text
        texts += "".join(text.split())
    # The rest is of the technical manual among its texts: code, and marks of its format.
    assert len(JAPANESE.findall(texts)) > 0.8 * len(texts)


def test_it_learned_something(write: TextGenerator) -> None:
    """It is far less surprised by Japanese than by the same ids in another order."""
    ids = write.tokenizer.encode_ordinary(TEXT)
    mixed = torch.tensor(ids)[torch.randperm(len(ids), generator=torch.Generator().manual_seed(0))]
    figure = perplexity(write.model, ids)
    assert figure < 0.01 * len(write.tokenizer)
    assert perplexity(write.model, mixed) > 4 * figure


def test_it_generalizes(write: TextGenerator, shared: Path) -> None:
    """What it never saw surprises it little more than what it was trained on."""
    for name in ("japanese_literature.txt", "japanese_tanaka.txt", "japanese_wikipedia.txt"):
        text = (shared / "corpora" / name).read_bytes().decode("utf-8")
        end, middle = text[-4000:], text[len(text) // 2 :][:4000]
        new, old = (perplexity(write.model, t, tokenizer=write.tokenizer) for t in (end, middle))
        assert new < 0.05 * len(write.tokenizer), name
        assert new < 2 * old, name


def test_transformers_reads_it(write: TextGenerator) -> None:
    theirs = transformers.GPTNeoXJapaneseForCausalLM.from_pretrained(FOLDER, dtype=torch.float32)
    ids = torch.tensor([write.tokenizer.encode_ordinary(TEXT)])
    with torch.no_grad():
        torch.testing.assert_close(write.model(ids).logits, theirs(ids).logits)


def test_chunks_learn_what_the_whole_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script's step has the loss and the gradients of `model(batch, labels=batch)`."""
    train_demo_model = script("train_demo_model", monkeypatch)
    monkeypatch.setattr(train_demo_model, "CHUNK", 7)
    config = GPTConfig(
        "gpt_neox_japanese", vocab_size=50, hidden_size=16, num_hidden_layers=2,
        num_attention_heads=2, attention_dropout=0.0,
    )  # fmt: skip
    torch.manual_seed(0)
    model = GPT(config).train()
    batch = torch.randint(0, 50, (3, 12))
    due = model(batch, labels=batch).loss
    due.backward()
    gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    assert train_demo_model.learn(model, batch) == pytest.approx(due.item(), rel=1e-5)
    found = [p.grad for p in model.parameters() if p.grad is not None]
    assert len(found) == len(gradients) > 10
    for one, other in zip(found, gradients, strict=True):
        torch.testing.assert_close(one, other)


def test_the_script_trains(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it on a few lines; the end of a text is measured, and never read to train."""
    train_demo_model = script("train_demo_model", monkeypatch)
    for name in train_demo_model.COPIES:
        (tmp_path / name).write_text(f"{TEXT}\n" * 60 + "憂鬱" * 200, encoding="utf-8")
    tok = JapaneseTokenizer.default()
    ids = train_demo_model.stream(tmp_path, tok)
    assert not {*tok.encode_ordinary("憂鬱")} & {*ids.tolist()}
    shape = train_demo_model.configuration(tok).to_dict() | {
        "hidden_size": 24,
        "num_hidden_layers": 1,
    }
    monkeypatch.setattr(train_demo_model, "configuration", lambda _: GPTConfig.from_dict(shape))
    words = ["train", str(tmp_path), "-o", str(tmp_path / "made"), "--steps", "3"]
    monkeypatch.setattr(sys, "argv", words)
    train_demo_model.main()
    assert "perplexity of japanese_tanaka.txt" in capsys.readouterr().out
    made = GPT.from_pretrained(tmp_path / "made")
    assert made.embed.weight.dtype == torch.float16


def test_the_rate_rises_and_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    module = script("train_demo_model", monkeypatch)
    rates = [module.rate(step, 1000) for step in range(1000)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(module.RATE)
    assert 0 < rates[-1] < 0.02 * module.RATE


def test_the_demonstration(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    demo_generate = script("demo_generate", monkeypatch)
    monkeypatch.setattr(demo_generate, "NEW_IDS", 5)
    monkeypatch.setattr(sys, "argv", ["demo", "雨の日", "--seed", "3"])
    demo_generate.main()
    shown = capsys.readouterr().out
    write = TextGenerator.demo()
    (due,) = write("雨の日", max_new_tokens=5, do_sample=True, temperature=0.8, top_p=0.95, seed=3)
    assert f"雨の日|{due.text}\n" in shown
    figures = [float(each.replace(",", "")) for each in re.findall(r"perplexity ([\d,]+)", shown)]
    assert figures[0] < figures[1] / 3
