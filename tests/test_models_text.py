"""Text from models: streams, stop strings, what is kept between prompts, perplexity, commands."""

from __future__ import annotations

import importlib.util
import io
import json
import random
import sys
import types
from pathlib import Path
from typing import Any

import models_reference as reference
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from models_reference import Fields, Pair, slow_perplexity, slow_stop
from neox_text import Tokenizer
from neox_text._stops import Tail
from neox_text.cli import main
from neox_text.models import AttentionMask, Generation, TextGenerator, generate, perplexity

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
PROMPT = "Das Wetter ist heute"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, tiny_file: Path) -> Pair:
    """A random model that speaks a tiny byte-level tokenizer, broken characters included."""
    tok = Tokenizer.from_file(tiny_file)
    rng = random.Random("speaker")
    size: Fields = {
        "hidden_size": 32,
        "num_attention_heads": 2,
        "max_position_embeddings": 128,
    }
    config = reference.draw("gpt_neox", rng, vocab_size=len(tok), **size)
    made = Pair(config, tmp_path_factory.mktemp("speaker"), spread=0.35)
    tok.save_pretrained(made.folder)
    return made


@pytest.fixture
def write(pair: Pair) -> TextGenerator:
    return TextGenerator(pair.ours, Tokenizer.from_pretrained(pair.folder))


def pieces_of(tok: Any, ids: list[int]) -> list[str]:
    stream = tok.decode_stream(skip_special_tokens=True)
    return [*(stream.step(id) for id in ids), stream.finish()]


def test_text_and_ids(write: TextGenerator) -> None:
    tok, ids = write.tokenizer, write.tokenizer.encode(PROMPT).ids
    drawn: Fields = {"do_sample": True, "seed": 3, "top_k": 0, "temperature": 1.5}
    for options in ({}, drawn):
        (one,) = write(PROMPT, max_new_tokens=20, **options)
        due = generate(write.model, torch.tensor([ids]), max_new_tokens=20, **options)[
            0, len(ids) :
        ]
        assert one == Generation(
            "".join(pieces_of(tok, due.tolist())), due.tolist(), None, "length"
        )
        assert write(ids, max_new_tokens=20, **options) == [one]
    (told,) = write(PROMPT, max_new_tokens=4, return_logprobs=2)
    assert told.logprobs is not None
    assert all(id in row for id, row in zip(told.ids, told.logprobs, strict=True))


def test_several_prompts(write: TextGenerator) -> None:
    prompts = [PROMPT, PROMPT[:5], PROMPT * 3]
    together = write(prompts, max_new_tokens=12)
    assert together == [write(each, max_new_tokens=12)[0] for each in prompts]
    several = write(prompts, max_new_tokens=6, do_sample=True, seed=1, num_return_sequences=2)
    assert len(several) == 6
    assert write([]) == []
    assert write([*map(write.tokenizer.encode_ordinary, prompts)], max_new_tokens=12) == together


def test_end(write: TextGenerator) -> None:
    ids = write(PROMPT, max_new_tokens=12)[0].ids
    end = ids[3]
    (ended,) = write(PROMPT, max_new_tokens=12, eos_token_id=end)
    assert (ended.ids, ended.finish_reason) == (ids[: ids.index(end) + 1], "eos")
    (none,) = write(PROMPT, max_new_tokens=0)
    assert none == Generation("", [], None, "length")


def test_stream_holds_nothing_back(write: TextGenerator) -> None:
    for seed in range(8):
        options: Fields = {
            "max_new_tokens": 40,
            "do_sample": True,
            "top_k": 0,
            "seed": seed,
        }
        (one,) = write(PROMPT, **options)
        due = [piece for piece in pieces_of(write.tokenizer, one.ids) if piece]
        assert [*write.stream(PROMPT, **options)] == due
        assert "".join(due) == one.text


def test_stop_strings(write: TextGenerator, rng: random.Random) -> None:
    for seed in range(25):
        options: Fields = {
            "max_new_tokens": 24,
            "do_sample": True,
            "top_k": 0,
            "seed": seed,
        }
        pieces = pieces_of(write.tokenizer, write(PROMPT, **options)[0].ids)
        full = "".join(pieces)
        stops = ["\0never"]
        for _ in range(rng.choice([1, 1, 2])):
            at = rng.randrange(len(full) - 1)
            stops.append(full[at : at + rng.randrange(1, 5)])
        for include in (False, True):
            text, count, reason = slow_stop(pieces, stops, include=include)
            (one,) = write(PROMPT, stop=stops, include_stop=include, **options)
            assert (one.text, one.finish_reason) == (text, reason)
            assert len(one.ids) == min(count, 24)
            assert (
                "".join(write.stream(PROMPT, stop=stops, include_stop=include, **options)) == text
            )
    with pytest.raises(ValueError, match="stop"):
        write(PROMPT, stop="")


class Pieces:
    """A tokenizer whose ids are places in a list of pieces."""

    def __init__(self, pieces: list[str]) -> None:
        self.pieces = pieces

    def decode(self, ids: list[int], **_: Any) -> str:
        return "".join(self.pieces[id] for id in ids)


@given(
    st.lists(st.text("ab", max_size=4), max_size=12),
    st.lists(st.text("ab", min_size=1, max_size=4), max_size=4),
    st.booleans(),
)
def test_rows_stop_as_the_definition_says(
    pieces: list[str], stops: list[str], include: bool
) -> None:
    tail, gave = Tail(Pieces(pieces), stops, include=include), []
    for id in range(len(pieces)):
        gave.append(tail.add(id))
        if tail.reason:
            break
        free = "".join(pieces[: id + 1])
        kept = len(free) - len("".join(gave))
        assert not kept or any(stop.startswith(free[-kept:]) for stop in stops)
    count = len(gave)
    gave.append(tail.end("length"))
    assert tail.text == "".join(gave)
    text, due, reason = slow_stop(pieces, stops, include=include)
    assert (tail.text, tail.reason) == (text, reason)
    assert count == due


def test_what_is_kept_changes_nothing(write: TextGenerator, pair: Pair) -> None:
    prompts = [PROMPT * 4, PROMPT * 4 + "abc", PROMPT * 2, PROMPT * 4, "x", PROMPT, PROMPT]
    for prompt in prompts:
        fresh = TextGenerator(pair.ours, write.tokenizer)(prompt, max_new_tokens=8)
        assert write(prompt, max_new_tokens=8) == fresh
    stream: Any = write.stream(PROMPT * 3, max_new_tokens=30)
    next(stream)
    stream.close()
    fixed: Fields = {"rope_len": 90}
    for options in ({}, fixed):
        fresh = TextGenerator(pair.ours, write.tokenizer)(PROMPT * 3, max_new_tokens=8, **options)
        assert write(PROMPT * 3, max_new_tokens=8, **options) == fresh


def test_what_is_kept_is_not_computed_again(write: TextGenerator) -> None:
    lengths: list[int] = []
    hook = write.model.embed.register_forward_hook(
        lambda _, args, __: lengths.append(args[0].numel())
    )
    write(PROMPT * 4, max_new_tokens=1)
    write(PROMPT * 4 + "!?", max_new_tokens=1)
    hook.remove()
    assert lengths[0] > 20
    assert lengths[1] < 6


def test_prompts_refused(write: TextGenerator) -> None:
    with pytest.raises(ValueError, match="128"):
        write(PROMPT * 60)
    with pytest.raises(ValueError, match="no ids"):
        write(["a", ""])
    with pytest.raises(ValueError, match="no ids"):
        [*write.stream("")]


class Letters:
    """A tokenizer of another kind: a letter is an id; two ids make a letter of two bytes."""

    def __call__(self, text: str, **_: Any) -> dict[str, list[int]]:
        return {"input_ids": [*text.encode("utf-8")]}

    def decode(self, ids: list[int], **_: Any) -> str:
        return bytes(id % 256 for id in ids).decode("utf-8", errors="replace")


def test_a_tokenizer_of_another_kind(pair: Pair) -> None:
    write = TextGenerator(pair.ours, Letters())
    for seed in range(6):
        options: Fields = {
            "max_new_tokens": 24,
            "do_sample": True,
            "top_k": 0,
            "seed": seed,
        }
        (one,) = write("añb", **options)
        assert one.text == Letters().decode(one.ids)
        assert "".join(write.stream("añb", **options)) == one.text


def test_perplexity(write: TextGenerator, rng: random.Random) -> None:
    ids = [rng.randrange(300) for _ in range(70)]
    for window, stride in ((128, 64), (20, 19), (20, 7), (16, 8)):
        mine = perplexity(write.model, ids, window=window, stride=stride)
        assert mine == pytest.approx(slow_perplexity(write.model, ids, window, stride), rel=1e-4)
    assert perplexity(write.model, torch.tensor(ids)) == pytest.approx(
        slow_perplexity(write.model, ids, 128, 64), rel=1e-4
    )
    text = perplexity(write.model, PROMPT, tokenizer=write.tokenizer)
    due = slow_perplexity(write.model, write.tokenizer.encode(PROMPT).ids, 128, 64)
    assert text == pytest.approx(due, rel=1e-4)
    for bad, word in (([5], "1 ids"), (PROMPT, "tokenizer"), ([5, 10**6], "1000000")):
        with pytest.raises(ValueError, match=word):
            perplexity(write.model, bad)
    with pytest.raises(ValueError, match="stride"):
        perplexity(write.model, ids, window=20, stride=20)


def test_generate_command(
    write: TextGenerator, pair: Pair, capsysbinary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str, stdin: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        assert main(["generate", str(pair.folder), "--max-new-tokens", "12", *words]) == 0
        return str(capsysbinary.readouterr().out.decode())

    greedy = write(PROMPT, max_new_tokens=12)[0].text
    assert run("-p", PROMPT) == f"{greedy}\n"
    assert run(stdin=f"{PROMPT}\n") == f"{greedy}\n"
    assert (
        run("-p", PROMPT, "--stop", greedy[4:6], "--device", "cpu")
        == greedy[: greedy.index(greedy[4:6])] + "\n"
    )
    options: Fields = {"do_sample": True, "temperature": 0.8, "top_p": 0.9, "seed": 5}
    words = ["--temperature", "0.8", "--top-p", "0.9", "--seed", "5", "-p", PROMPT]
    due = write(PROMPT, max_new_tokens=12, **options)[0].text
    assert run(*words) == run(*words, "--stream") == f"{due}\n"
    for bad in (["-p", "a", "--quantize", "int3"], ["-p", ""], ["-p", "a", "--dtype", "int8"]):
        assert main(["generate", str(pair.folder), *bad]) == 1
        assert capsysbinary.readouterr().err.count(b"\n") == 1
    assert main(["generate", str(pair.folder / "absent"), "-p", "a"]) == 1


def test_perplexity_command(
    write: TextGenerator, pair: Pair, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "text.txt"
    file.write_text(f"{PROMPT}\n{PROMPT}\n", encoding="utf-8")
    assert main(["perplexity", str(pair.folder), str(file), "--window", "20", "--stride", "7"]) == 0
    text = file.read_text(encoding="utf-8")
    due = perplexity(write.model, text, tokenizer=write.tokenizer, window=20, stride=7)
    assert float(capsys.readouterr().out) == pytest.approx(due, rel=1e-4)


def test_attention_picture() -> None:
    tokens = ["<b>", "吾輩", "は", "猫"]
    for mask in (None, [0, 1, 1, 1]):
        shown = AttentionMask(tokens, mask)
        keep = mask or [1] * 4
        assert shown.matrix == [[j <= i and bool(keep[j]) for j in range(4)] for i in range(4)]
        lines = str(shown).splitlines()
        assert [line.split()[-1] for line in lines] == tokens
        assert [line.count("■") for line in lines] == [sum(row) for row in shown.matrix]
        html = shown._repr_html_()
        assert "&lt;b&gt;" in html
        assert "<b>" not in html
    with pytest.raises(ValueError, match="3"):
        AttentionMask(tokens, [1, 1, 1])


def test_other_libraries(write: TextGenerator, pair: Pair, tmp_path: Path) -> None:
    """A pipeline of transformers takes our tokenizer as it is, and in the class it knows."""
    import pickle

    import transformers
    from neox_text.interop import for_transformers

    wrapped = for_transformers(write.tokenizer)
    due = PROMPT + write(PROMPT, max_new_tokens=6)[0].text
    for tok in (write.tokenizer, wrapped, pickle.loads(pickle.dumps(wrapped))):
        pipe = transformers.pipeline("text-generation", model=pair.theirs, tokenizer=tok)
        (one,) = pipe(PROMPT, max_new_tokens=6, do_sample=False)
        assert one["generated_text"] == due
    texts, tok = [PROMPT, "a b"], write.tokenizer
    for options in (
        {},
        {"padding": True, "padding_side": "left"},
        {"truncation": True, "max_length": 2},
    ):
        assert dict(wrapped(texts, **options)) == dict(tok(texts, **options))
    assert wrapped.encode(PROMPT) == tok.encode(PROMPT).ids
    assert wrapped.tokenize(PROMPT) == tok.encode(PROMPT).tokens
    assert wrapped.decode(tok.encode(PROMPT).ids) == PROMPT
    assert wrapped.batch_decode([tok.encode(each).ids for each in texts]) == texts
    assert wrapped.convert_ids_to_tokens(
        wrapped.convert_tokens_to_ids(wrapped.tokenize(PROMPT))
    ) == wrapped.tokenize(PROMPT)
    assert wrapped.convert_tokens_to_string(wrapped.tokenize(PROMPT)) == PROMPT
    assert len(wrapped) == len(tok)
    wrapped.save_pretrained(tmp_path)
    assert Tokenizer.from_pretrained(tmp_path) == tok


def test_lora(pair: Pair) -> None:
    """LoRA of peft: it finds the products by plain names, trains them, and generation uses them."""
    import copy

    peft = pytest.importorskip("peft", reason="peft is not installed")
    model = copy.deepcopy(pair.ours)
    config = peft.LoraConfig(
        r=4, target_modules=["qkv", "out", "up", "down"], task_type="CAUSAL_LM"
    )
    model = peft.get_peft_model(model, config)
    ids = torch.arange(40)[None]
    assert torch.equal(model(input_ids=ids).logits, pair.ours(ids).logits)
    before = generate(model, ids[:, :5], max_new_tokens=9)
    assert torch.equal(before, generate(pair.ours, ids[:, :5], max_new_tokens=9))
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.02)
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        losses.append(model(input_ids=ids, labels=ids).loss)
        losses[-1].backward()
        optimizer.step()
    assert float(losses[-1].detach()) < 0.7 * float(losses[0].detach())
    assert not torch.equal(before, generate(model, ids[:, :5], max_new_tokens=9))


def test_lm_eval(write: TextGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapter over the base class of lm-eval 0.4, or over one with the same surface."""
    from neox_text.interop import for_lm_eval, lm_evaluation

    if importlib.util.find_spec("lm_eval") is None:
        for name in ("lm_eval", "lm_eval.api", "lm_eval.api.model"):
            monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        sys.modules["lm_eval.api.model"].TemplateLM = object  # type: ignore[attr-defined]
    lm_evaluation._kind.cache_clear()
    write.model.config.eos_token_id = 0
    model = for_lm_eval(write)
    context, more = model.tok_encode(PROMPT), model.tok_encode(" schön")
    ((score, greedy),) = model._loglikelihood_tokens([(None, context, more)])
    with torch.no_grad():
        scores = write.model(torch.tensor([context + more])).logits[0].log_softmax(-1)
    places = range(len(context) - 1, len(context) + len(more) - 1)
    due = sum(float(scores[at, id]) for at, id in zip(places, more, strict=True))
    assert score == pytest.approx(due, rel=1e-4)
    assert not greedy
    best = write(PROMPT, max_new_tokens=3)[0].ids
    assert model._loglikelihood_tokens([(None, context, best)])[0][1]

    def request(*args: Any) -> Any:
        return types.SimpleNamespace(args=args)

    (rolled,) = model.loglikelihood_rolling([request(PROMPT)])
    ((whole, _),) = model._loglikelihood_tokens([(None, [0], context)])
    assert rolled == pytest.approx(whole, rel=1e-4)
    (text,) = model.generate_until([request(PROMPT, {"until": ["\0"], "max_gen_toks": 5})])
    assert text == write(PROMPT, max_new_tokens=5)[0].text


def test_config_of_the_saved_model(pair: Pair) -> None:
    assert json.loads((pair.folder / "config.json").read_text())["model_type"] == "gpt_neox"
