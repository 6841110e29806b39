"""Japanese files that are broken or harmful: an error that names the place, never a crash."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from japanese_texts import TAGS, emoji_table, small, texts, vocab_text
from neox_text import JapaneseTokenizer, NeoxTextError
from reference.japanese import Twin

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
GOOD, EMOJI = vocab_text().encode(), json.dumps(emoji_table()).encode()
LINES = GOOD.split(b"\n")


def load(
    folder: Path, vocab: bytes = GOOD, emoji: bytes = EMOJI, **options: Any
) -> JapaneseTokenizer:
    (folder / "vocab.txt").write_bytes(vocab)
    (folder / "emoji.json").write_bytes(emoji)
    return JapaneseTokenizer.from_files(folder / "vocab.txt", folder / "emoji.json", **options)


def table(emoji: object, **more: object) -> bytes:
    return json.dumps({**emoji_table(), "emoji": emoji, **more}).encode()


VOCABULARIES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "empty": (b"", ("empty",)),
    "a newline": (b"\n", ()),
    "a byte-order mark": (b"\xef\xbb\xbf" + GOOD, ("line 1",)),
    "binary": (bytes(range(256)) * 50, ("line",)),
    "not UTF-8": (b"a\nb\nc\xff\n" + GOOD, ("line 3", "UTF-8")),
    "cut in a character": (GOOD + b"\n\xe3\x81", (f"line {len(LINES) + 1}",)),
    "UTF-16": (GOOD.decode().encode("utf-16"), ("line 1",)),
    "the emoji file": (EMOJI, ()),
    "404": (b"404: Not Found", ()),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", ("lfs",)),
    "a long surface": (b"a" * 70_000 + b"\n" + GOOD, ("line 1",)),
    "a surface across a tag": ("<SP>あ\n".encode() + GOOD, ("line 1",)),
    "a tag inside": ("あ<\n".encode() + GOOD, ("line 1",)),
    "many lines": (b"a\n" * 1_100_000 + GOOD, ("lines",)),
    **{
        f"no {tag}": (b"\n".join(line for line in LINES if line != tag.encode()), (tag,))
        for tag in (*TAGS, "<|byte0|>", "<|byte200|>", "<|emoji7|>")
    },
}


@pytest.mark.parametrize("name", VOCABULARIES)
def test_vocabulary(name: str, tmp_path: Path) -> None:
    data, words = VOCABULARIES[name]
    with pytest.raises(NeoxTextError) as caught:
        load(tmp_path, data)
    message = str(caught.value).lower()
    assert [word for word in ("vocab.txt", *words) if word.lower() not in message] == []
    assert caught.value.path == str(tmp_path / "vocab.txt")


TABLES: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "empty": (b"", ()),
    "not JSON": (b'{\n"emoji": {oops', ("line 2",)),
    "null": (b"null", ("object",)),
    "a list": (b"[]", ("object",)),
    "no table": (b"{}", ("emoji",)),
    "deep": (b"[" * 100_000, ()),
    "deeper": (b'{"emoji":' * 100_000, ()),
    "a table that is a list": (table([]), ("emoji",)),
    "an empty key": (table({"": "<|emoji1|>"}), ("empty",)),
    "a number for a tag": (table({"☆彡": 3}), ("☆彡",)),
    "no such class": (table({"☆彡": "<|emoji13|>"}), ("☆彡",)),
    "another tag": (table({"☆彡": "<SP>"}), ("☆彡",)),
    "no inverse": (b'{"emoji": {}}', ("emoji_inv",)),
    "a class without display": (table({"x": "<|emoji1|>"}, emoji_inv={}), ("<|emoji1|>",)),
    "the vocabulary": (GOOD, ("line 1",)),
    "not UTF-8": (b'{"emoji": {"\xff": 1}}', ()),
    "a lone surrogate": (b'{"emoji": {"\\ud800": "<|emoji1|>"}, "emoji_inv": {}}', ()),
}


@pytest.mark.parametrize("name", TABLES)
def test_table(name: str, tmp_path: Path) -> None:
    data, words = TABLES[name]
    with pytest.raises(NeoxTextError) as caught:
        load(tmp_path, emoji=data)
    message = str(caught.value).lower()
    assert [word for word in ("emoji.json", *words) if word.lower() not in message] == []
    assert caught.value.path == str(tmp_path / "emoji.json")


@pytest.mark.parametrize("which", ["vocab", "emoji"])
def test_mutations(which: str, rng: random.Random, tmp_path: Path) -> None:
    """Read, or refused with the name of the file; what is read encodes."""
    good = GOOD if which == "vocab" else EMOJI
    name = "vocab.txt" if which == "vocab" else "emoji.json"
    refused = unnamed = 0
    for _ in range(5000 if LONG else 150):
        data = bytearray(good)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice([0, 1, 1, 40, 400])] = rng.randbytes(rng.randrange(3))
        try:
            tok = load(tmp_path, **{which: bytes(data)})
        except NeoxTextError as error:
            refused += name in str(error)
            unnamed += name not in str(error)
            continue
        for text in texts(rng, 3):
            tok.decode(tok.encode(text).ids)
    assert refused > 10
    assert not unnamed


def test_what_is_read_all_the_same(tmp_path: Path) -> None:
    due = small().encode("慶應 a🐯\r\n").ids
    for data in (GOOD + b"\n", GOOD.replace(b"\n", b"\r\n"), GOOD.replace(b"\n", b"\r") + b"\r"):
        tok = load(tmp_path, data)
        assert tok.encode("慶應 a🐯\r\n").ids == due
        assert len(tok) == len(small())
    # Other ends of lines end none.
    odd = load(tmp_path, GOOD + "\nあ\u2028い\nう\x0bえ\x0c\x85".encode())
    assert odd.get_vocab_size() == small().get_vocab_size() + 2
    assert odd.token_to_id("あ\u2028い") == len(LINES)
    # Empty lines and surfaces are entries that nothing gives.
    empty = load(tmp_path, b"\n" + GOOD + b"\n,,x1,\n")
    assert [empty.id_to_token(0), empty.token_to_id("x1")] == ["", len(LINES) + 1]
    assert empty.encode("x1").tokens == ["x", "1"]


def test_missing_files(tmp_path: Path) -> None:
    load(tmp_path)
    for vocab, emoji in (("none.txt", "emoji.json"), ("vocab.txt", "none.json")):
        with pytest.raises(FileNotFoundError, match="none"):
            JapaneseTokenizer.from_files(tmp_path / vocab, str(tmp_path / emoji))
    with pytest.raises(IsADirectoryError):
        JapaneseTokenizer.from_files(tmp_path, tmp_path / "emoji.json")


ONE, TWO = "<|emoji1|>", "<|emoji2|>"
HONEST: list[dict[str, str]] = [
    {"甲": ONE, "乙甲": TWO}, {"aa": ONE, "a": TWO, "aaa": ONE}, {"bc": ONE, "ab": TWO,
    "c": ONE}, {},
    {"—": ONE, "ー": TWO}, {"ー": ONE, "—": TWO}, {" ": ONE, "\u3000a": TWO, "\n": ONE},
    {"円": ONE, "1円": TWO},
]  # fmt: skip


def test_tables_of_ones_own(rng: random.Random, tmp_path: Path) -> None:
    """A table means what one replacement after the other makes of it, or is refused."""
    odd = [
        {"甲": "乙"}, {"甲": ""}, {"🐯": "<|emoji4|>", "|>あ": ONE}, {">": ONE}, {"<": ONE},
        {"<SP>": ONE}, {"emoji": ONE},
        {"a": TWO, "emoji2": ONE}, {"S": ONE}, {"1": TWO, "a": ONE}, {"<|": ONE}, {"BR": ONE},
    ]  # fmt: skip

    def draw(most: int) -> str:
        return "".join(rng.choices("ab甲<|>1ーS", k=rng.randint(1, most)))

    drawn = [{draw(3): f"<|emoji{rng.randint(1, 12)}|>" for _ in range(5)} for _ in range(60)]
    refused = 0
    for emoji in [*HONEST, *odd, *drawn]:
        try:
            tok = load(tmp_path, emoji=table(emoji))
        except NeoxTextError:
            assert emoji not in HONEST, emoji
            refused += 1
            continue
        slow = Twin(vocab_text(), {**emoji_table(), "emoji": emoji})
        cases = [
            *(draw(9) for _ in range(30)),
            *emoji,
            "甲乙甲 🐯あ—ー aaaaa abcab\n<|emoji2|>",
            "1円",
        ]
        for case in cases:
            assert tok.encode(case).ids == slow.encode(case), (emoji, case)
    assert 10 < refused < 65


def test_odd_vocabularies(rng: random.Random, tmp_path: Path) -> None:
    """Surfaces that meet rewrites, tags and each other."""
    refused: list[str] = []
    letters = [*"ab<>|ー— \u3000円1", "あ", "𠮷", "\U000e0100", "🐯", "\x00"]
    for _ in range(40):
        more = []
        for _ in range(rng.randint(1, 12)):
            drawn = ("".join(rng.choices(letters, k=rng.randint(1, 5))) for _ in range(3))
            more.append(",".join(list(drawn)[: rng.randint(1, 3)]))
        lines = vocab_text().split("\n")
        for line in more:
            lines.insert(rng.choice((0, len(lines), rng.randrange(len(lines)))), line)
        vocab = "\n".join(lines)
        for profile in ("hf", "original"):
            try:
                tok = load(tmp_path, vocab.encode(), profile=profile)
            except NeoxTextError as error:
                refused.append(str(error))
                break
            slow = Twin(vocab, emoji_table(), profile)
            pool = [*letters, *(s for line in more for s in line.split(","))]
            for _ in range(40):
                case = "".join(rng.choices(pool, k=rng.randint(1, 8)))
                assert tok.encode(case).ids == slow.encode(case), (more, case)
    # What is refused holds the beginning of a tag where none may be.
    assert [message for message in refused if "<" not in message] == []
    assert len(refused) < 40


def test_a_long_tag(tmp_path: Path) -> None:
    """The reference looks for tags of any length."""
    tag = "<|" + "x" * 100 + "|>"
    for profile in ("hf", "original"):
        tok = load(tmp_path, GOOD + f"\n{tag}".encode(), profile=profile)
        assert tok.encode(f"あ{tag}あ").tokens == ["あ", tag, "あ"]
