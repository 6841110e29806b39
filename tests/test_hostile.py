"""Files that are broken or meant to harm: an error that names the place, never a crash."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neox_text
import pytest
from conftest import END
from kinds import spec
from neox_text import NeoxTextError, Tokenizer
from reference.pipeline import CHARACTERS

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


def small() -> dict[str, Any]:
    """A whole file with all bytes, three merges and a special token."""
    vocab = {c: i for i, c in enumerate(CHARACTERS.values())}
    vocab |= {"ab": 256, "abc": 257, "\u0120a": 258}
    merges = ["a b", "ab c", "\u0120 a"]
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    base = spec("gpt2")
    return {
        **base,
        "normalizer": {"type": "NFC"},
        "added_tokens": [{"id": 259, "content": END, **flags, "special": True}],
        "model": {**base["model"], "vocab": vocab, "merges": merges},
    }


def changed(*path: str | int, to: object) -> dict[str, Any]:
    """The small file with another value at a place."""
    made = copy.deepcopy(small())
    holder: Any = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = to
    return made


def more_merges(*merges: object) -> dict[str, Any]:
    return changed("model", "merges", to=[*small()["model"]["merges"], *merges])


def with_entry(entry: str, number: object) -> dict[str, Any]:
    return changed("model", "vocab", to={**small()["model"]["vocab"], entry: number})


def token(**flags: object) -> dict[str, Any]:
    return changed("added_tokens", to=[{**small()["added_tokens"][0], **flags}])


TEXT = json.dumps(small())
BYTE_LEVEL = spec("gpt2")["pre_tokenizer"]


def regexes() -> Iterator[tuple[str, object, tuple[str, ...]]]:
    for pattern in ("(", "(a+)+$", "[a-"):
        split = {"type": "Split", "pattern": {"Regex": pattern}, "invert": False}
        split["behavior"] = "Isolated"
        chain: Any = {"type": "Sequence", "pretokenizers": [split, BYTE_LEVEL]}
        yield f"regex {pattern}", changed("pre_tokenizer", to=chain), ("pre_tokenizer", "Split")
        replace = {"type": "Replace", "pattern": {"Regex": pattern}, "content": ""}
        yield f"replace {pattern}", changed("normalizer", to=replace), ("normalizer", "Replace")


def cases() -> Iterator[tuple[str, object, tuple[str, ...]]]:
    """Name, content (a value is written as JSON), words that message or place must hold."""
    yield "truncated", TEXT[: len(TEXT) // 2], ("truncated",)
    yield "truncated in the middle of a character", TEXT.encode()[:40] + b"\xe3\x81", ("UTF-8",)
    yield "404", "404: Not Found", ("404",)
    yield "HTML", "<!DOCTYPE html>\n<html><body>404</body></html>", ("HTML",)
    yield "Entry not found", "Entry not found", ("404",)
    lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 2113710\n"
    yield "a Git-LFS pointer", lfs, ("LFS",)
    yield "merges.txt", "#version: 0.2\na b\n", ("merges.txt",)
    yield "vocab.json", small()["model"]["vocab"], ("vocab.json", "from_files")
    yield "null", "null", ()
    yield "a number", "7", ()
    yield "a list", "[1]", ()
    yield "a string", '"tokenizer"', ()
    yield "empty", "", ("empty",)
    yield "blank", " \n\t", ("empty",)
    yield "UTF-16", TEXT.encode("utf-16"), ("UTF-16",)
    yield "gzip", b"\x1f\x8b\x08\0\0\0\0\0", ("compressed",)
    yield "two values", TEXT + TEXT, ()
    yield "NaN", TEXT.replace('"dropout": null', '"dropout": NaN'), ()
    for unit in ("[", '{"a":', '{"model":', '{"model":{"vocab":{"a":', '{"normalizer":[', "[{}"):
        yield f"deep {unit}", unit * 100_000, ()
    deep = "[" * 200 + "]" * 200
    yield "200 deep", TEXT.replace('"dropout": null', f'"dropout": {deep}'), ()
    yield "no model", {k: v for k, v in small().items() if k != "model"}, ("model",)
    yield "model is a list", changed("model", to=[]), ("model",)
    yield "no vocab", changed("model", to={"type": "BPE", "merges": []}), ("model.vocab",)
    yield "no merges", changed("model", to={"vocab": small()["model"]["vocab"]}), ("model.merges",)
    yield "WordPiece", changed("model", "type", to="WordPiece"), ("model.type", "WordPiece")
    yield "key twice", TEXT.replace('"normalizer"', '"decoder"'), ("decoder", "twice")
    yield "unknown part", more_merges("a zz"), ("model.merges[3]", "zz")
    yield "unknown product", more_merges("a c"), ("model.merges[3]", "ac")
    yield "merge of three", more_merges("a b c"), ("model.merges[3]",)
    yield "list of three", more_merges(["a", "b", "c"]), ("model.merges[3]",)
    yield "no separator", more_merges("ab"), ("model.merges[3]",)
    yield "only a separator", more_merges(" "), ("model.merges[3]",)
    yield "empty part", more_merges(["", "ab"]), ("model.merges[3]",)
    yield "numbers", more_merges([1, 2]), ("model.merges[3]",)
    yield "merge null", more_merges(None), ("model.merges[3]",)
    yield "duplicate merge", more_merges("a b"), ("model.merges[3]", "twice")
    yield "merges object", changed("model", "merges", to={"a": "b"}), ("model.merges",)
    ids: tuple[Any, ...] = (4_294_967_295, 2**33, 2**24 + 1, -1, 1.5, "7", None, True, [], {})
    for wrong in ids:
        yield f"id {wrong}", with_entry("abc", wrong), ("model.vocab", "abc")
    yield "duplicate id", with_entry("abc", 5), ("model.vocab", "abc")
    twice = TEXT.replace('"ab": 256', '"ab": 256, "ab": 300')
    yield "duplicate entry", twice, ("model.vocab", "twice")
    nothing = {**small()["model"], "vocab": {}, "merges": []}
    yield "empty vocab", changed("model", to=nothing), ("model.vocab", "empty")
    yield "vocab list", changed("model", "vocab", to=["a"]), ("model.vocab",)
    vocab = {k: v for k, v in small()["model"]["vocab"].items() if k not in ("q", "ab", "abc")}
    model = {**small()["model"], "vocab": vocab, "merges": []}
    yield "a byte is missing", changed("model", to=model), ("model.vocab", "0x71")
    yield "a long entry", with_entry("b" * 65_537, 259), ("model.vocab", "65536")
    yield "id of another entry", token(id=5), ("added_tokens[0].id",)
    yield "other id than its entry", token(content="abc"), ("added_tokens[0].id", "257")
    yield "a gap", token(id=400), ("added_tokens[0].id", "259")
    yield "empty token", token(content=""), ("added_tokens[0].content",)
    yield "huge id of a token", token(id=2**33), ("added_tokens[0].id",)
    yield "negative id of a token", token(id=-1), ("added_tokens[0].id",)
    yield "wrong flag", token(lstrip="yes"), ("added_tokens[0].lstrip",)
    yield "unknown flag", token(fancy=True), ("added_tokens[0].fancy",)
    missing = [{k: v for k, v in small()["added_tokens"][0].items() if k != "special"}]
    yield "missing flag", changed("added_tokens", to=missing), ("added_tokens[0].special",)
    yield "long token", token(content="b" * 65_537), ("added_tokens[0].content", "65536")
    both = [small()["added_tokens"][0], {**small()["added_tokens"][0], "id": 260}]
    yield "token twice", changed("added_tokens", to=both), ("added_tokens[1]", "twice")
    # Two texts that are one in NFC.
    flags = {**small()["added_tokens"][0], "normalized": True, "special": False}
    same = [{**flags, "content": "\u00e9"}, {**flags, "id": 260, "content": "e\u0301"}]
    yield "same normal form", changed("added_tokens", to=same), ("added_tokens",)
    yield "tokens object", changed("added_tokens", to={}), ("added_tokens",)
    yield from regexes()
    for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        yield f"unknown {part}", changed(part, to={"type": "Fancy"}), (part, "Fancy")
        yield f"{part} is a number", changed(part, to=7), (part,)
        yield f"{part} has no type", changed(part, to={}), (part,)
        kind = {**BYTE_LEVEL, "surprise": 1}
        yield f"{part} with a key", changed(part, to=kind if part != "normalizer" else {
            "type": "NFC", "surprise": 1}), (part, "surprise")  # fmt: skip
    yield "pre_tokenizer null", changed("pre_tokenizer", to=None), ("pre_tokenizer",)
    plain = {**BYTE_LEVEL, "use_regex": False}
    yield "use_regex", changed("pre_tokenizer", to=plain), ("pre_tokenizer", "use_regex")
    yield "decoder null", changed("decoder", to=None), ("decoder",)
    for other in ("NFKC", "NFD", "Lowercase", "Strip", "Prepend"):
        yield other, changed("normalizer", to={"type": other}), ("normalizer", other)
        chain = {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": other}]}
        yield f"{other} inside", changed("normalizer", to=chain), ("normalizers[1]", other)
    sequence = {"Sequence": {"id": "A", "type_id": 0}}
    single = [{"SpecialToken": {"id": "<s>", "type_id": 0}}, sequence]
    template = {"type": "TemplateProcessing", "single": single, "pair": single}
    lacking = {**template, "special_tokens": {}}
    yield "template", changed("post_processor", to=lacking), ("post_processor", "<s>")
    cut = {"direction": "Right", "max_length": 2, "strategy": "LongestFirst", "stride": 2}
    yield "stride", changed("truncation", to=cut), ("truncation",)
    fill = {"strategy": {"Fixed": 2_000_000_000}, "direction": "Right", "pad_id": 0}
    fill |= {"pad_to_multiple_of": None, "pad_type_id": 0, "pad_token": END}
    yield "padding", changed("padding", to=fill), ("padding",)
    yield "unknown key", changed("surprise", to=[1]), ("surprise",)
    yield "unknown key of the model", changed("model", "surprise", to=1), ("model.surprise",)
    yield "version", changed("version", to="2.0"), ("version", "2.0")
    for rate in (2.0, 0.1, "a", True):
        yield f"dropout {rate}", changed("model", "dropout", to=rate), ("model.dropout",)
    for key in ("continuing_subword_prefix", "end_of_word_suffix"):
        yield key, changed("model", key, to="##"), (f"model.{key}",)
    yield "ignore_merges", changed("model", "ignore_merges", to=True), ("model.ignore_merges",)
    yield "unk_token", changed("model", "unk_token", to=3), ("model.unk_token",)


CASES = list(cases())


def written(content: object) -> bytes:
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


def test_the_base_is_whole() -> None:
    assert Tokenizer.from_str(TEXT).encode("abc ab").ids == [257, CHARACTERS_ID[" "], 256]


CHARACTERS_ID = {chr(byte): i for i, byte in enumerate(CHARACTERS)}


@pytest.mark.parametrize(("name", "content", "words"), CASES, ids=[case[0][:40] for case in CASES])
def test_refused_by_name(
    name: str, content: object, words: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(written(content))
    with pytest.raises(NeoxTextError) as error:
        Tokenizer.from_file(path)
    said = str(error.value)
    assert error.value.path == str(path)
    assert error.value.where
    assert said.startswith(f"{path}: {error.value.where}: ")
    for word in words:
        assert word in said.removeprefix(str(path)), said
    assert len(said) < 600
    with pytest.raises(NeoxTextError):
        Tokenizer.from_buffer(written(content))


def test_large_files_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate((256 << 20) + 1)
    for read in (Tokenizer.from_file, Tokenizer.from_cache):
        with pytest.raises(NeoxTextError, match="268435456"):
            read(path)


def test_a_byte_order_mark_and_trailing_space() -> None:
    assert Tokenizer.from_str(TEXT + " \n\t ") == Tokenizer.from_str(TEXT)
    with pytest.raises(NeoxTextError):
        Tokenizer.from_str("\ufeff" + TEXT)


# vocab.json and merges.txt


def test_vocab_and_merges(tmp_path: Path) -> None:
    vocab, merges = tmp_path / "vocab.json", tmp_path / "merges.txt"
    entries = json.dumps(small()["model"]["vocab"])
    vocab.write_text(entries, encoding="utf-8")
    lines = "#version: 0.2\na b\nab c\n"
    merges.write_text(lines, encoding="utf-8")
    assert Tokenizer.from_files(vocab, merges).encode("abc").ids == [257]
    for line in ("a zz", "abc", "a b c", "a c", " a", "a ", "a b"):
        merges.write_text(f"{lines}{line}\n", encoding="utf-8")
        with pytest.raises(NeoxTextError) as error:
            Tokenizer.from_files(vocab, merges)
        assert error.value.path == str(merges), line
        assert "4" in str(error.value.where) or "[2]" in str(error.value.where), line
    merges.write_text(lines, encoding="utf-8")
    for content in ("", "{}", "[]", "null", '{"a": "b"}', "404: Not Found", entries[:99]):
        vocab.write_text(content, encoding="utf-8")
        with pytest.raises(NeoxTextError) as error:
            Tokenizer.from_files(vocab, merges)
        assert error.value.path == str(vocab), content
    vocab.write_text(entries, encoding="utf-8")
    for data in (b"<html>", b"a b\n\xff\xfe", b"404: Not Found", b"{}"):
        merges.write_bytes(data)
        with pytest.raises(NeoxTextError) as error:
            Tokenizer.from_files(vocab, merges)
        assert error.value.path == str(merges)


# Mutations

ODD: list[object] = [
    None, True, -1, 0, 1, 1.5, 2**24, 2**24 + 1, 2**33, 1e308, "", " ", "x", "a b", "a b c",
    "\u00e9" * 9, "\0", [], {}, [[]], ["a", "b"], {"type": "NFC"}, {"type": "ByteLevel"},
    {"type": "Sequence", "processors": []}, {"type": "Sequence", "normalizers": []},
]  # fmt: skip
BYTES = (b"", b"{", b"}", b'"', b"\\", b"\\u", b"\\ud800", b"9", b"-", b"\xff", b"[[", b"null",
         b",", b":", b"1e999", b"\xed\xa0\x80", b"\0")  # fmt: skip


def spots(value: Any, source: random.Random, path: tuple[Any, ...] = ()) -> Iterator[Any]:
    if path:
        yield path
    keys = list(value) if isinstance(value, dict) else []
    keys = list(range(len(value))) if isinstance(value, list) else keys
    if path == ("model", "vocab"):
        keys = source.sample(keys, min(len(keys), 12))
    for key in keys:
        yield from spots(value[key], source, (*path, key))


def gentle(source: random.Random) -> bytes:
    """Another file that may well be whole."""
    value = small()
    vocab, merges = value["model"]["vocab"], value["model"]["merges"]
    for _ in range(source.randint(1, 4)):
        kind = source.randrange(4)
        if kind == 0:
            a, b = source.sample(list(vocab), 2)
            vocab[a], vocab[b] = vocab[b], vocab[a]
        elif kind == 1 and merges:
            merges.insert(source.randrange(len(merges)), merges.pop())
        elif kind == 2 and merges:
            merges.pop(source.randrange(len(merges)))
        else:
            flag = source.choice(("single_word", "lstrip", "rstrip", "normalized", "special"))
            value["added_tokens"][0][flag] ^= True
    return json.dumps(value).encode()


def mutated(source: random.Random) -> bytes:
    if source.random() < 0.2:
        return gentle(source)
    if source.random() < 0.35:
        data = bytearray(TEXT.encode())
        for _ in range(source.randint(1, 4)):
            at, cut = source.randrange(len(data)), source.choice((0, 1, 1, 2, 40, 2000))
            data[at : at + cut] = source.choice(BYTES)
        return bytes(data)
    value: Any = small()
    for _ in range(source.randint(1, 3)):
        path = source.choice(list(spots(value, source)))
        holder = value
        for key in path[:-1]:
            holder = holder[key]
        kind = source.randrange(4)
        if kind == 0:
            del holder[path[-1]]
        elif kind == 1 and isinstance(holder, list):
            holder.insert(path[-1], copy.deepcopy(source.choice(holder)))
        elif kind == 2 and isinstance(holder, dict):
            holder[source.choice(("", "a", "ids", "surprise", "\u0120b"))] = source.choice(ODD)
        else:
            holder[path[-1]] = copy.deepcopy(source.choice(ODD))
    return json.dumps(value).encode()


def use(tok: Tokenizer) -> None:
    text = f"abcabc {END}  e\u0301 \u3042 q{END} " + "ab" * 30
    for special in ("parse", "text"):
        encoding = tok.encode(text, special=special)
        assert len(encoding.offsets) == len(encoding.ids)
        tok.decode(encoding.ids)
    tok.encode(text, "b")
    assert Tokenizer.from_str(tok.to_str()) == tok


@pytest.mark.parametrize("part", range(20))
def test_mutations(part: int, seed: int) -> None:
    """2,000 of them, 100,000 under the long profile; any other exception fails the test."""
    loaded = 0
    for number in range(5000 if LONG else 100):
        data = mutated(random.Random(f"{seed}/{part}/{number}"))
        refused, tok = None, None
        try:
            tok = Tokenizer.from_buffer(data)
        except NeoxTextError as error:
            refused = error
        if tok is None:
            assert refused is not None
            assert refused.where, f"{seed}/{part}/{number}: {refused}"
        else:
            loaded += 1
            use(tok)
    assert loaded, "every mutation is refused: none reached the inside"


# Compiled files


def test_compiled(tmp_path: Path, rng: random.Random) -> None:
    path = tmp_path / "compiled"
    tok = Tokenizer.from_str(TEXT)
    tok.compile(path)
    whole = path.read_bytes()
    assert Tokenizer.from_cache(path) == tok
    broken = [b"", b"x", TEXT.encode(), whole + b"\0", whole * 2]
    broken += [whole[: rng.randrange(len(whole))] for _ in range(60)]
    for at in [*range(60), *rng.sample(range(len(whole)), 300)]:
        broken.append(whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :])
    for data in broken:
        path.write_bytes(data)
        with pytest.raises(NeoxTextError) as error:
            Tokenizer.from_cache(path)
        assert error.value.path == str(path)


SIGNED = """
import hashlib, random, resource, sys
import neox_text
from neox_text._core import _restore

resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
whole = open(sys.argv[1], "rb").read()
seed, count = int(sys.argv[2]), int(sys.argv[3])
for number in range(count):
    source = random.Random(f"{seed}/{number}")
    data = bytearray(whole)
    for _ in range(source.randint(1, 3)):
        at = source.choice([source.randrange(48, len(data)), source.randrange(48, 700)])
        put = source.choice([bytes([source.randrange(256)]), b"\\xff" * 4, b"\\0" * 8, b"9" * 10])
        data[at : at + source.choice([len(put), len(put), 0, 5])] = put
    data[16:48] = hashlib.sha256(data[48:]).digest()
    print(number, flush=True)
    try:
        tok = _restore(bytes(data))
        tok.encode("abcabc <|endoftext|>  e\\u0301 \\u3042").offsets
        tok.decode([1, 2, 3])
    except ValueError:
        pass
"""


def test_compiled_and_signed_again(tmp_path: Path, seed: int) -> None:
    """With a right checksum, as an attacker would write it: still no crash, no panic."""
    path = tmp_path / "compiled"
    Tokenizer.from_str(TEXT).compile(path)
    whole = path.read_bytes()
    assert whole[16:48] == hashlib.sha256(whole[48:]).digest()
    count = 20_000 if LONG else 1500
    done = subprocess.run(
        [sys.executable, "-c", SIGNED, str(path), str(seed), str(count)],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    last = (done.stdout.strip().splitlines() or ["none"])[-1]
    assert done.returncode == 0, f"case {seed}/{last}: {done.returncode}: {done.stderr[-600:]}"


def test_internal_error_is_never_the_users() -> None:
    assert issubclass(neox_text.InternalError, RuntimeError)
    assert not issubclass(neox_text.InternalError, ValueError)
