"""Tags and special tokens that stand in a Japanese text: parsed, taken as text, or refused."""

from __future__ import annotations

import random
import re

import pytest
from japanese_texts import TAGS, small, texts
from neox_text import AddedToken, NeoxTextError

PROFILES = ("hf", "original", "modern")
NONE: frozenset[str] = frozenset()
TAG = re.compile(r"<[A-Z0-9]+>|<\|[a-z0-9]+\|>")


def tags() -> list[str]:
    return [surface for surface in small().get_vocab() if TAG.fullmatch(surface)]


@pytest.mark.parametrize("profile", PROFILES)
def test_each_tag(profile: str) -> None:
    tok = small(profile)
    vocab, ids = tok.get_vocab(), {small().get_vocab()[tag] for tag in tags()}
    assert len(ids) == 255 + 12 + len(TAGS) + 4
    for tag in tags():
        text = f"猫{tag}の"
        assert vocab[tag] in tok.encode(text).ids
        plain = tok.encode(text, special="text").ids
        assert not ids & set(plain)
        assert tok.decode(plain) == text
        assert tok.encode_ordinary(text) == plain
        with pytest.raises(ValueError, match=f"character 1.*{re.escape(tag)}"):
            tok.encode(text, special="error")
        # One that is named counts, and no other.
        both = tok.encode(text + "<|nottoken|><TAB>", special={tag}).ids
        assert ids & set(both) == {vocab[tag]} | ids & {vocab[t] for t in {tag} & {"<TAB>"}}


@pytest.mark.parametrize("clean", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_texts_as_text(rng: random.Random, profile: str, clean: bool) -> None:
    """Without literal tags the ids are those of the text; with them none is made of them."""
    tok = small(profile, do_clean_text=clean)
    for text in texts(rng, 800):
        if "<" not in text:
            for special in ("text", "error", NONE):
                assert tok.encode(text, special=special).ids == tok.encode(text).ids, ascii(text)
        marked = text.replace("<", "＜")
        count = len(tok.encode(text, special="text").ids)
        if "<BLOCK>" not in text and not clean:
            # ＜ has no line: it becomes three bytes where < is one token.
            assert count == len(tok.encode(marked).ids) - 2 * text.count("<"), ascii(text)


def test_rewrites_still_make_tags() -> None:
    for profile in PROFILES:
        tok = small(profile, do_clean_text=True)
        vocab = tok.get_vocab()
        due = [vocab[tag] for tag in ("<SP>", "<|emoji4|>", "<BR>", "<URL>", "<BLOCK>")]
        for special in ("text", "error", NONE):
            assert tok.encode(" 🐯\nhttp://a─━", special=special).ids == due
        # A literal tag of blocks joins none where it is text.
        literal = tok.encode("─<BLOCK>─", special="text")
        assert literal.tokens == ["<BLOCK>", "<", "B", "L", "O", "C", "K", ">", "<BLOCK>"]
        assert tok.encode("─<BLOCK>─").tokens == ["<BLOCK>"]


def test_ways_to_ask() -> None:
    tok = small()
    text = "<SP>猫<|endoftext|><|byte65|>"
    plain = tok.encode_ordinary(text)
    assert tok.encode_batch([text, text], special="text").to_lists() == [plain, plain]
    assert tok.encode_to_numpy(text, special="text").tolist() == plain
    assert tok(text, special="text")["input_ids"] == plain
    assert tok.encode(text, special={"<|endoftext|>"}).ids.count(tok.eos_token_id or 0) == 1
    with pytest.raises(ValueError, match=r"text 1, character 1.*<SP>"):
        tok.encode_batch(["あ", "a<SP>"], special="error")
    with pytest.raises(ValueError, match="no such"):
        tok.encode(text, special={"<no such>"})
    with pytest.raises(ValueError, match="sometimes"):
        tok.encode(text, special="sometimes")  # type: ignore[arg-type]


def test_skipping_in_decode() -> None:
    tok = small()
    ids = tok.encode("<|startoftext|>猫<|separator|><|endoftext|>").ids
    assert tok.decode(ids) == "<|startoftext|>猫<|separator|><|endoftext|>"
    assert tok.decode(ids, skip_special_tokens=True) == "猫<|separator|>"


def test_added_tokens() -> None:
    tok = small("modern")
    size = len(tok)
    more = tok.with_added_tokens(["新語", "foo bar", AddedToken("<x>", special=True)])
    assert (len(more), len(tok)) == (size + 3, size)
    assert [more.token_to_id(t) for t in ("新語", "foo bar", "<x>")] == [size, size + 1, size + 2]
    assert more.encode("foo bar新語<x>").ids == [size + 1, size, size + 2]
    assert more.decode([size, size + 1, size + 2]) == "新語foo bar<x>"
    assert more.decode([size, size + 2], skip_special_tokens=True) == "新語"
    # What is no special token is found in every mode.
    assert more.encode_ordinary("新語<x>") == [size, *tok.encode_ordinary("<x>")]
    assert more.encode("a新語🐯 b").offsets == [(0, 1), (1, 3), (3, 4), (4, 5), (5, 6)]
    with pytest.raises(ValueError, match=r"character 3.*<x>"):
        more.encode("新語a<x>", special="error")
    # An entry keeps its id; one that is there is replaced.
    assert tok.with_added_tokens(["猫"]).token_to_id("猫") == tok.token_to_id("猫")
    again = more.with_added_tokens([AddedToken("新語", lstrip=True)])
    assert (len(again), again.encode(" 新語").ids) == (size + 3, [size])
    with pytest.raises(ValueError, match="empty"):
        tok.with_added_tokens([""])


def test_hf_adds_none_whose_id_is_taken() -> None:
    tok = small()
    with pytest.raises(NeoxTextError, match=r"<\|separator\|>.*distinct_ids"):
        tok.with_added_tokens(["新語"])
    mended = tok.with_options(distinct_ids=True).with_added_tokens(["新語"])
    assert mended.token_to_id("新語") == len(tok.with_options(distinct_ids=True))


def test_numbers_of_strings(rng: random.Random) -> None:
    """A text of nothing but the beginnings of tags."""
    for tok in (small(), small("modern")):
        for text in ("<" * 5000, "<|byte" * 2000, "<|" * 3000 + "|>", "<SP" * 2000):
            assert tok.decode(tok.encode(text).ids) == text
            assert tok.encode(text).ids == tok.encode_ordinary(text)
