"""The commands `generate`, `perplexity` and `convert`."""

from __future__ import annotations

import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from models_reference import Fields, Pair  # noqa: E402
from models_speakers import JAPANESE_PROMPT, PROMPT, speak  # noqa: E402
from neox_text.cli import main  # noqa: E402
from neox_text.models import GPT, TextGenerator, perplexity  # noqa: E402


class Done(NamedTuple):
    code: int
    out: str
    error: str


Run = Callable[..., Done]


@pytest.fixture
def run(capfdbinary: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process: torch takes seconds to start in another."""

    def run(*words: object, stdin: str | bytes = b"") -> Done:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        try:
            code = main([*map(str, words)])
        except SystemExit as ended:
            code = int(ended.code or 0)
        out, error = capfdbinary.readouterr()
        return Done(code, out.decode(), error.decode())

    return run


@pytest.fixture(scope="module", params=["bpe", "japanese"])
def speaker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_file: Path
) -> tuple[Pair, TextGenerator, str]:
    """A model, its generator, and a prompt in its language."""
    pair, tok = speak(request.param, tiny_file, tmp_path_factory.mktemp(request.param))
    prompt = PROMPT if request.param == "bpe" else JAPANESE_PROMPT
    return pair, TextGenerator(pair.ours, tok), prompt


def test_generate(run: Run, speaker: tuple[Pair, TextGenerator, str]) -> None:
    pair, write, prompt = speaker
    few = ("generate", pair.folder, "--max-new-tokens", 12)
    greedy = write(prompt, max_new_tokens=12)[0].text
    assert len(greedy) > 4
    assert run(*few, "-p", prompt) == Done(0, f"{greedy}\n", "")
    assert run(*few, stdin=f"{prompt}\n").out == f"{greedy}\n"
    assert run(*few, "--seed", 3, "--device", "cpu", "--stream", stdin=prompt).out == f"{greedy}\n"
    # All of standard input is one prompt; only its last line end is none of it.
    lines = f"{prompt}\n{prompt}\n"
    due = write(lines, max_new_tokens=12)[0].text
    assert run(*few, stdin=f"{lines}\n").out == f"{due}\n"


def test_generate_draws(run: Run, speaker: tuple[Pair, TextGenerator, str]) -> None:
    pair, write, prompt = speaker
    few = ("generate", pair.folder, "--max-new-tokens", 12, "-p", prompt, "--seed", 5)
    drawn = ("--temperature", 0.8), ("--top-p", 0.9), ("--temperature", 1.3, "--top-p", 0.5)
    told: tuple[Fields, ...] = (
        {"temperature": 0.8}, {"top_p": 0.9}, {"temperature": 1.3, "top_p": 0.5},
    )  # fmt: skip
    for words, options in zip(drawn, told, strict=True):
        due = write(prompt, max_new_tokens=12, do_sample=True, seed=5, **options)[0].text
        assert run(*few, *words).out == f"{due}\n"
        assert run(*few, *words, "--stream").out == f"{due}\n"


def test_generate_stops(run: Run, speaker: tuple[Pair, TextGenerator, str]) -> None:
    pair, write, prompt = speaker
    few = ("generate", pair.folder, "--max-new-tokens", 12, "-p", prompt)
    greedy = write(prompt, max_new_tokens=12)[0].text
    stop, late = greedy[4:6], greedy[7:9]
    due = greedy[: min(greedy.index(stop), greedy.index(late))]
    for more in ((), ("--stream",)):
        assert run(*few, "--stop", late, "--stop", stop, *more).out == f"{due}\n"


def test_generate_in_other_forms(run: Run, speaker: tuple[Pair, TextGenerator, str]) -> None:
    pair, write, prompt = speaker
    few = ("generate", pair.folder, "--max-new-tokens", 3, "-p", prompt)
    for words, options in (
        (("--dtype", "bfloat16"), {"dtype": torch.bfloat16}),
        (("--quantize", "int8"), {"quantize": "int8"}),
    ):
        model = GPT.from_pretrained(pair.folder, **options)
        due = TextGenerator(model, write.tokenizer)(prompt, max_new_tokens=3)[0].text
        assert run(*few, *words).out == f"{due}\n"


def test_the_tokenizer_elsewhere(
    run: Run, speaker: tuple[Pair, TextGenerator, str], tmp_path: Path
) -> None:
    pair, write, prompt = speaker
    for name in ("config.json", "model.safetensors"):
        shutil.copyfile(pair.folder / name, tmp_path / name)
    few = ("generate", tmp_path, "--max-new-tokens", 3, "-p", prompt)
    due = write(prompt, max_new_tokens=3)[0].text
    assert run(*few, "--tokenizer", pair.folder).out == f"{due}\n"
    alone = run(*few)
    assert (alone.code, alone.out) == (1, "")
    assert "tokenizer" in alone.error


BAD: dict[str, tuple[list[object], int, str]] = {
    "no model": ([], 2, "MODEL"),
    "a model that is not there": (["/absent/model", "-p", "a"], 1, "/absent/model"),
    "a form unknown": (["MODEL", "-p", "a", "--quantize", "int3"], 2, "int3"),
    "a type of numbers unknown": (["MODEL", "-p", "a", "--dtype", "int8"], 2, "int8"),
    "a device unknown": (["MODEL", "-p", "a", "--device", "abacus"], 1, "abacus"),
    "no prompt": (["MODEL", "-p", ""], 1, "no ids"),
    "a prompt too long": (["MODEL", "-p", "abc " * 200], 1, "128"),
    "a stop without text": (["MODEL", "-p", "a", "--stop", ""], 1, "stop"),
    "less than no ids": (["MODEL", "-p", "a", "--max-new-tokens", -1], 2, "-1"),
    "no temperature": (["MODEL", "-p", "a", "--temperature", 0], 2, "--temperature"),
    "a temperature that is none": (["MODEL", "-p", "a", "--temperature", "nan"], 2, "nan"),
    "a share above one": (["MODEL", "-p", "a", "--top-p", 1.5], 2, "1.5"),
    "a tokenizer that is not there": (["MODEL", "-p", "a", "--tokenizer", "/absent"], 1, "/absent"),
}


@pytest.mark.parametrize("case", BAD)
def test_generate_refuses(run: Run, speaker: tuple[Pair, TextGenerator, str], case: str) -> None:
    words, code, told = BAD[case]
    given = [speaker[0].folder if word == "MODEL" else word for word in words]
    done = run("generate", *given)
    assert (done.code, done.out) == (code, ""), done
    last = done.error.splitlines()[-1]
    assert last.startswith("neox-text generate: ")
    assert told in last
    assert code == 2 or done.error.count("\n") == 1


def test_not_text(run: Run, speaker: tuple[Pair, TextGenerator, str], tmp_path: Path) -> None:
    folder, file = speaker[0].folder, tmp_path / "text"
    file.write_bytes(b"abc\xff")
    for done in (
        run("generate", folder, stdin=b"abc\xff"),
        run("perplexity", folder, stdin=b"abc\xff"),
        run("perplexity", folder, file),
    ):
        assert done.code == 1
        assert "byte 3" in done.error


def test_perplexity(run: Run, speaker: tuple[Pair, TextGenerator, str], tmp_path: Path) -> None:
    pair, write, prompt = speaker
    text, file = f"{prompt}\n{prompt}\n" * 3, tmp_path / "text.txt"
    file.write_text(text, encoding="utf-8")
    sizes = {"window": 20, "stride": 7}
    words = [x for name, value in sizes.items() for x in (f"--{name}", value)]
    for options, more in (({}, []), (sizes, words)):
        due = perplexity(write.model, text, tokenizer=write.tokenizer, **options)
        for done in (
            run("perplexity", pair.folder, file, *more),
            run("perplexity", pair.folder, *more, stdin=text),
            run("perplexity", pair.folder, "-", *more, stdin=text),
        ):
            assert (done.code, done.error) == (0, "")
            assert float(done.out) == pytest.approx(due, rel=1e-4)
    for bad, told in (((tmp_path / "absent",), "absent"), (("--stride", "0"), "0"), ((), "0 ids")):
        done = run("perplexity", pair.folder, *bad)
        assert done.code in (1, 2)
        assert told in done.error


def started(*words: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "neox_text", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # what is tiny is faster so
    )  # fmt: skip


@pytest.mark.parametrize("speaker", ["japanese"], indirect=True)
def test_a_stream_leaves_at_once(speaker: tuple[Pair, TextGenerator, str]) -> None:
    """In a pipe too: some text is there long before the last."""
    pair, write, prompt = speaker
    few = ("--max-new-tokens", 150)
    with started("generate", pair.folder, "-p", prompt, *few, "--stream") as process:
        assert process.stdout is not None
        first = os.read(process.stdout.fileno(), 1 << 16)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert 0 < len(first) < len(rest)
    due = write(prompt, max_new_tokens=150)[0].text
    assert (first + rest).decode() == f"{due}\n"


@pytest.mark.parametrize("speaker", ["japanese"], indirect=True)
def test_interrupted(speaker: tuple[Pair, TextGenerator, str]) -> None:
    pair, _, prompt = speaker
    few = ("--max-new-tokens", 100_000)
    with started("generate", pair.folder, "-p", prompt, *few, "--stream") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert os.read(process.stdout.fileno(), 100)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.stderr.read() == b""
    assert process.returncode == 130


# convert


def as_bin(pair: Pair, folder: Path, *, parts: int = 1) -> None:
    """What transformers 4 wrote: weights in pickles, with tensors that none needs any more."""
    for path in pair.folder.iterdir():
        if path.suffix != ".safetensors":
            shutil.copyfile(path, folder / path.name)
    weights = dict(pair.theirs.state_dict())
    weights = {name.replace("lm_head.", "embed_out."): each for name, each in weights.items()}
    prefix = pair.theirs.base_model_prefix
    weights[f"{prefix}.layers.0.attention.bias"] = torch.ones(1, 1, 8, 8).bool()
    weights[f"{prefix}.layers.0.attention.masked_bias"] = torch.tensor(-1e9)
    if parts == 1:
        torch.save(weights, folder / "pytorch_model.bin")
        return
    places: dict[str, str] = {}
    for part in range(parts):
        file = f"pytorch_model-{part + 1:05}-of-{parts:05}.bin"
        held = dict([*weights.items()][part::parts])
        torch.save(held, folder / file)
        places |= dict.fromkeys(held, file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("parts", [1, 3])
def test_convert(
    run: Run, speaker: tuple[Pair, TextGenerator, str], tmp_path: Path, parts: int
) -> None:
    pair, write, prompt = speaker
    source, target = tmp_path / "old", tmp_path / "new"
    source.mkdir()
    as_bin(pair, source, parts=parts)
    with pytest.raises(ValueError, match="convert"):
        GPT.from_pretrained(source)
    assert run("convert", source, target, "--max-shard-size", "100KB") == Done(0, "", "")
    assert not [*target.glob("*.bin*")]
    assert len([*target.glob("*.safetensors")]) > 1
    due = write(prompt, max_new_tokens=5)[0].text
    few = ("-p", prompt, "--max-new-tokens", 5)
    assert run("generate", target, *few).out == f"{due}\n"
    assert run("convert", source, source).code == 0  # in its place
    assert run("generate", source, *few).out == f"{due}\n"
    theirs = type(pair.theirs).from_pretrained(target)
    for name, weight in pair.theirs.state_dict().items():
        assert torch.equal(theirs.state_dict()[name], weight)


class Evil:
    """A pickle that would write a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.write_text, (self.path, "it ran")


def test_convert_runs_nothing(
    run: Run, speaker: tuple[Pair, TextGenerator, str], tmp_path: Path
) -> None:
    config, ran = speaker[0].folder / "config.json", tmp_path / "ran"
    contents: dict[str, Callable[[Path], Any]] = {
        "a call": lambda path: torch.save({"weight": Evil(ran)}, path),
        "a plain pickle": lambda path: path.write_bytes(pickle.dumps(Evil(ran))),
        "no pickle": lambda path: path.write_bytes(b"no weights"),
        "nothing": lambda path: path.write_bytes(b""),
        "half": lambda path: path.write_bytes(whole[: len(whole) // 2]),
        "a list": lambda path: torch.save([torch.ones(2)], path),
        "text": lambda path: torch.save({"weight": "a"}, path),
    }
    torch.save({"weight": torch.ones(99)}, tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    for name, write in contents.items():
        source = tmp_path / name
        source.mkdir()
        shutil.copyfile(config, source / "config.json")
        write(source / "pytorch_model.bin")
        done = run("convert", source, tmp_path / "new")
        assert done.code == 1, name
        assert "pytorch_model.bin" in done.error
        assert done.error.count("\n") == 1, name
    assert not ran.exists()
    assert not (tmp_path / "new").exists()


def test_convert_refuses(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    for words, code, told in (
        ((), 2, "FROM"),
        ((tmp_path / "absent", "x"), 1, "absent"),
        ((tmp_path, tmp_path / "new"), 1, "pytorch_model.bin"),
    ):
        done = run("convert", *words)
        assert done.code == code
        assert told in done.error


def test_without_torch(tmp_path: Path) -> None:
    """A command that needs torch says how to get it; all others do without."""
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('no', name='torch')")
    there = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    for words in (["generate", "x", "-p", "a"], ["perplexity", "x"], ["convert", "x", "y"]):
        done = subprocess.run(
            [sys.executable, "-m", "neox_text", *words],
            input=b"a", capture_output=True, check=False, env=there,
        )  # fmt: skip
        assert done.returncode == 1
        assert b"pip install neox-text[torch]" in done.stderr
        assert done.stderr.count(b"\n") == 1
    done = subprocess.run(
        [sys.executable, "-m", "neox_text", "count"],
        input=b"a", capture_output=True, check=True, env=there,
    )  # fmt: skip
    assert done.stdout == b"1\n"
