"""Text from models: streams, stop strings, what is kept between prompts, perplexity, pictures."""

from __future__ import annotations

import codecs
import copy
import random
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from hypothesis import given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from models_reference import Fields, Pair, slow_perplexity, slow_stop  # noqa: E402
from models_speakers import PROMPT, pieces_of, speak  # noqa: E402
from neox_text._stops import Tail  # noqa: E402
from neox_text.models import (  # noqa: E402
    AttentionMask,
    Generation,
    TextGenerator,
    generate,
    perplexity,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module", params=["bpe", "japanese"])
def speaker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_file: Path
) -> tuple[Pair, Any]:
    """A random model and its tokenizer: byte-level BPE, or Japanese."""
    return speak(request.param, tiny_file, tmp_path_factory.mktemp(request.param))


@pytest.fixture
def pair(speaker: tuple[Pair, Any]) -> Pair:
    return speaker[0]


@pytest.fixture
def write(speaker: tuple[Pair, Any]) -> TextGenerator:
    return TextGenerator(speaker[0].ours, speaker[1])


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


def test_a_character_leaves_when_it_is_complete(write: TextGenerator) -> None:
    """The streamed text is all that the bytes so far make, but for a character begun."""
    tok, broken = write.tokenizer, 0
    for seed in range(8):
        options: Fields = {"max_new_tokens": 60, "do_sample": True, "top_k": 0, "seed": seed}
        (one,) = write(PROMPT, **options)
        assert one.text == tok.decode(one.ids, skip_special_tokens=True)
        special, due, sums = {*tok.all_special_ids}, "", {""}
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for id in one.ids:
            if id not in special:
                due += decoder.decode(tok.decode_bytes([id]))
            sums.add(due)
        broken += "\ufffd" in due
        text = ""
        for piece in write.stream(PROMPT, **options):
            text += piece
            sums.discard(text)
        assert not sums - {"", text}
    assert broken


def test_stop_strings(write: TextGenerator, rng: random.Random) -> None:
    for seed in range(12):
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


def test_what_is_kept_is_of_the_model_as_it_is(write: TextGenerator, pair: Pair) -> None:
    """Other weights, another type, a hook, another model: nothing of what was before counts."""
    model = copy.deepcopy(pair.ours)

    def same() -> None:
        (mine,) = changing(PROMPT * 2, max_new_tokens=4, return_logprobs=1)
        fresh = TextGenerator(changing.model, write.tokenizer)
        assert [mine] == fresh(PROMPT * 2, max_new_tokens=4, return_logprobs=1)

    changing = TextGenerator(model, write.tokenizer)
    same()
    with torch.no_grad():
        for weight in model.blocks.parameters():
            weight.mul_(0.5)
    same()
    hook = model.blocks[0].up.register_forward_hook(lambda _, __, out: out * 2)
    same()
    hook.remove()
    same()
    model.double()
    same()
    changing.model = pair.ours
    same()


def test_a_stream_is_one_text(write: TextGenerator) -> None:
    due = write(PROMPT, max_new_tokens=3)
    with pytest.raises(ValueError, match="num_return_sequences"):
        [*write.stream(PROMPT, max_new_tokens=2, do_sample=True, num_return_sequences=2)]
    assert write(PROMPT, max_new_tokens=3) == due


def test_prompts_of_all_forms(write: TextGenerator) -> None:
    np = pytest.importorskip("numpy")
    ids = write.tokenizer(PROMPT)["input_ids"]
    due = write(ids, max_new_tokens=3)
    for one in (PROMPT, tuple(ids), np.array(ids), [*np.array(ids)], torch.tensor(ids)):
        assert write(one, max_new_tokens=3) == due, type(one)
        assert "".join(write.stream(one, max_new_tokens=3)) == due[0].text
    for several in ([PROMPT, ids], np.array([ids, ids]), torch.tensor([ids, ids])):
        assert write(several, max_new_tokens=3) == [*due, *due], type(several)
    for wrong in (b"abc", None, 5, [True, False], [1.5], [None], {"input_ids": ids}):
        for call in (write, write.stream):
            with pytest.raises(TypeError, match="prompt"):
                [*call(wrong, max_new_tokens=3)]
    assert write(PROMPT, stop=None, max_new_tokens=3) == due


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


@pytest.mark.parametrize(
    "wrong",
    [{"stride": -3}, {"stride": 0}, {"window": 0}, {"window": 1}, {"window": 4, "stride": 4}],
)
def test_perplexity_refused(write: TextGenerator, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)) + "|stride"):
        perplexity(write.model, [1, 2, 3, 4], **wrong)
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        perplexity(write.model, torch.ones(2, 2, dtype=torch.long))


def test_attention_picture() -> None:
    tokens = ["<b>", "吾輩", "は", "猫"]
    for mask in (None, [0, 1, 1, 1], torch.tensor([0, 1, 1, 0])):
        shown = AttentionMask(tokens, mask)
        keep = [1] * 4 if mask is None else [int(each) for each in mask]
        assert shown.matrix == [[j <= i and bool(keep[j]) for j in range(4)] for i in range(4)]
        lines = str(shown).splitlines()
        assert [line.split()[-1] for line in lines] == tokens
        assert [line.count("■") for line in lines] == [sum(row) for row in shown.matrix]
        html = shown._repr_html_()
        assert html.count("<td") == 16
        assert html.count("<td class=y>") == sum(map(sum, shown.matrix))
        assert html.count("<th class=n>") == 2 * keep.count(0)
        assert "&lt;b&gt;" in html
        assert "<b>" not in html
    # A token that would break the lines is shown as in a string.
    assert str(AttentionMask(["a\nb", "\u2028"])).splitlines() == ["■· a\\nb", "■■ \\u2028"]
    assert str(AttentionMask([])) == ""
    with pytest.raises(ValueError, match="3"):
        AttentionMask(tokens, [1, 1, 1])
