"""Defects that others had, each by its number: it must not come back here.

Numbers without a project are issues of huggingface/tokenizers.
"""

from __future__ import annotations

import gc
import itertools
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tokenizers
from conftest import END, PAD
from kinds import spec
from neox_text import AddedToken, Tokenizer, train_bpe
from reference.compare import difference
from reference.pipeline import CHARACTERS


@pytest.fixture(scope="module")
def tok() -> Tokenizer:
    return Tokenizer.from_str(json.dumps(spec()))


@pytest.fixture(scope="module")
def oracle() -> tokenizers.Tokenizer:
    return tokenizers.Tokenizer.from_str(json.dumps(spec()))


# Offsets


def test_156_a_character_of_several_tokens_has_one_place(tok: Tokenizer) -> None:
    """All tokens of one character have its offsets, and what follows is not shifted."""
    text = "i \u2b62 j"
    encoding = tok.encode(text)
    assert max(end for _, end in encoding.offsets) == len(text)
    inside = [
        o for o, (a, b) in zip(encoding.offsets, encoding.spans(), strict=True) if o == (2, 3)
    ]
    assert len(inside) >= 2
    assert encoding.offsets[-1] == (4, 5)


def test_843_offsets_of_words_given_one_by_one_are_those_of_the_word() -> None:
    """The space that is put in front of each word has no place in it."""
    made = spec("prefix")
    words = ["Is", " this", "h\u00e9re", "", "now"]
    ours = Tokenizer.from_str(json.dumps(made)).encode(words, is_split_into_words=True)
    due = tokenizers.Tokenizer.from_str(json.dumps(made)).encode(words, is_pretokenized=True)
    assert not difference(ours, due)
    for (start, end), word in zip(ours.offsets, ours.word_ids, strict=True):
        assert word is not None
        assert 0 <= start <= end <= len(words[word])


def test_1201_spans_reach_over_what_was_composed(tok: Tokenizer) -> None:
    """Jamo that NFC joins are all covered, though offsets name the first of them alone."""
    text = "".join(
        chr(c) for c in (0x1106, 0x1161, 0x1109, 0x1175, 0x11AF, 0x1101, 0x1161, 0x1112, 0x1162)
    )
    encoding = tok.encode(text)
    assert encoding.spans()[-1][1] == len(text)
    covered = [i for start, end in encoding.spans() for i in range(start, end)]
    assert covered == list(range(len(text)))
    assert encoding.offsets[-1][1] < len(text)  # as the oracle has it


# Added tokens


def test_817_an_added_token_inside_a_word_is_found_unless_it_must_stand_alone() -> None:
    """`single_word` keeps a token out of longer words; without it, words are cut."""
    plain = Tokenizer.from_str(json.dumps(spec()))
    alone = plain.with_added_tokens([AddedToken("cat", single_word=True)])
    inside = plain.with_added_tokens([AddedToken("cat")])
    new = alone.token_to_id("cat")
    texts = ("cat", "a cat.", "concat", "cats", "_cat", "cat9", "(cat)", "cat\u0301", "\u65e5cat")
    found = [new in alone.encode(text).ids for text in texts]
    assert found == [True, True, False, False, False, False, True, False, False]
    assert all(new in inside.encode(text).ids for text in texts[:-2])


def test_1544_text_behind_an_added_token_is_as_any_other(
    tok: Tokenizer, oracle: tokenizers.Tokenizer
) -> None:
    """No space appears, and none is lost, beside an added token."""
    for text in (f"a{END}b", f"a {END} b", f"{END}b{END}", f"{END}  b", f"{END} {END}"):
        assert tok.encode(text).ids == oracle.encode(text).ids
        assert tok.decode(tok.encode(text).ids) == text


def test_1635_an_added_token_is_found_in_its_normal_form() -> None:
    """A token that is to be normalized is found however the text spells it, and decoded."""
    made = Tokenizer.from_str(json.dumps(spec())).with_added_tokens(
        ["cafe\u0301", AddedToken("n\u00e3o", normalized=False)]
    )
    for text in ("cafe\u0301", "caf\u00e9"):
        assert made.encode(text).ids == [made.token_to_id("cafe\u0301")]
        assert made.decode(made.encode(text).ids) == "caf\u00e9"
    assert made.encode("n\u00e3o").ids == [made.token_to_id("n\u00e3o")]
    assert made.encode("na\u0303o").ids != [made.token_to_id("n\u00e3o")]


# Streams and decoding


def test_1705_a_stream_takes_the_ids_of_any_text(tok: Tokenizer) -> None:
    """A long prompt with markup, token by token, joins to itself."""
    text = "To modify `{{ '{KEY}' | translate }}`:\n \n [View](#)\n[Edit](17.html)\n\n  \U0001f600"
    stream = tok.decode_stream()
    assert "".join(map(stream.step, tok.encode(text).ids)) + stream.finish() == text


def test_vllm_17448_bytes_that_are_no_character_stop_no_stream(tok: Tokenizer) -> None:
    """Bytes in an order that is no UTF-8 are replaced, and what follows is right."""
    byte = {b: tok.token_to_id(c) for b, c in CHARACTERS.items()}
    for wrong in (b"\xec\x84", b"\xf0\x9f", b"\x80\x80", b"\xe1\xec", b"\xf0\x9f\xe1\xba"):
        row = [byte[b] for b in wrong] + tok.encode("\uc12c \u1ea7 ok").ids
        assert None not in row
        stream = tok.decode_stream()
        joined = "".join(stream.step(i) for i in row if i is not None) + stream.finish()
        assert joined == tok.decode([i for i in row if i is not None])
        assert joined.endswith("\uc12c \u1ea7 ok")
        assert joined.startswith("\ufffd")


def test_transformers_25840_the_space_before_an_apostrophe_stays(tok: Tokenizer) -> None:
    """Decoding cleans nothing up."""
    for text in (
        " there is this someone 'you' who has the ability of 'sensing things",
        "y is ?",
        "a , b . c ! n't 'm 's 've 're",
        "do n't",
    ):
        assert tok.decode(tok.encode(text).ids) == text
        assert tok.batch_decode([tok.encode(text).ids]) == [text]


# Memory

GROWTH = """
import resource, sys
import neox_text
tok = neox_text.Tokenizer.from_str(sys.stdin.read())
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
number = 0
def turn(kind):
    global number
    for _ in range(40):
        number += 1
        if kind == "words":
            text = " ".join(f"{number * 7919 + i:x}{i:x}" for i in range(12_000))
        elif kind == "one word":
            text = "".join(chr(97 + (number * 31 + i * i) % 26) for i in range(100_000))
        else:
            text = "".join(chr(0x4E00 + (number * 97 + i * i * 7) % 20000) for i in range(40_000))
        tok.encode(text).offsets
        tok.encode_batch([text[:1000]] * 50, threads=2)
        tok.count(text)
turn(sys.argv[1]); turn(sys.argv[1])
before = peak()
for _ in range(4):
    turn(sys.argv[1])
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is in other units elsewhere")
@pytest.mark.parametrize("kind", ["words", "one word", "ideographs"])
def test_1539_1680_memory_does_not_grow_with_what_was_seen(kind: str) -> None:
    """Caches are bounded: new words for ever, of any length, need no more memory (KiB)."""
    done = subprocess.run(
        [sys.executable, "-c", GROWTH, kind],
        input=json.dumps(spec()), capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert int(done.stdout) < 16 << 10, f"{done.stdout} KiB more"


PEAK = """
import resource, sys
import neox_text
import numpy
tok = neox_text.Tokenizer.from_str(sys.stdin.read())
tok.encode_to_numpy("warm \\u3042\\u0301 " * 1000)
kinds = {"english": "some words, and  others. ", "a": "a", "digits": "0123456789", "spaces": " ",
         "marks": "e\\u0301", "kana": "\\u304b\\u304d"}
text = kinds[sys.argv[1]]
text = text * (24_000_000 // len(text.encode()))
size = len(text.encode()) if text.isascii() else len(text.encode("utf-8"))
text.encode()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
ids = tok.encode_to_numpy(text)
print((peak() - before - ids.nbytes) / size)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is in other units elsewhere")
@pytest.mark.parametrize("kind", ["english", "a", "digits", "spaces", "kana", "marks"])
def test_1847_ids_of_a_long_text_need_little_memory(kind: str) -> None:
    """At most two bytes for each of the text, beside the ids themselves."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, kind],
        input=json.dumps(spec()), capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert float(done.stdout) <= 2.0, f"{kind}: {done.stdout} bytes a byte"


# Training and threads


def test_2066_training_is_a_function_of_the_corpus() -> None:
    """The order in which a hash map gives its words decides nothing: also in other processes."""
    corpus = [" ".join(p) for p in itertools.permutations(("ab", "ba", "cd", "dc", "bd"))]
    code = (
        "import json, sys, neox_text\n"
        "corpus = json.load(sys.stdin)\n"
        "print(neox_text.train_bpe(iter(corpus), 300).fingerprint)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], input=json.dumps(texts), capture_output=True, text=True,
            check=True,
        ).stdout.strip()
        for texts in (corpus, corpus, corpus[::-1])
    ]  # fmt: skip
    assert {*runs} == {train_bpe(iter(corpus), 300).fingerprint}


def test_transformers_47085_threads_share_one_tokenizer(tiny_file: Path) -> None:
    """Calls with other padding and truncation at the same time neither fail nor mix."""
    tok = Tokenizer.from_file(tiny_file, pad_token=PAD)
    lengths = (3, 8, 16, 32)

    def call(i: int) -> tuple[int, int]:
        length = lengths[i % len(lengths)]
        text = f"sample text number {i} " * 5
        cut = tok(text, padding="max_length", truncation=True, max_length=length)
        return len(cut["input_ids"]), len(tok("a fixed suffix")["input_ids"])

    plain = len(tok.encode("a fixed suffix").ids)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(call, range(1200)))
    assert found == [(lengths[i % len(lengths)], plain) for i in range(1200)]
    gc.collect()
