"""Japanese ids against the slow way, and each habit of the references by its name."""

from __future__ import annotations

import functools
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from japanese_texts import EMOJI, NGRAMS, emoji_table, small, texts, vocab_text
from neox_text import JapaneseTokenizer
from reference.japanese import Twin

PROFILES = ("hf", "original")
PUBLISHED = ("ja-swe32k", "ja-swe32kfix")


@functools.cache
def twin(profile: str = "hf", **options: Any) -> Twin:
    return Twin(vocab_text(), emoji_table(), profile, **options)


def ids_of(*surfaces: str, profile: str = "hf") -> list[int]:
    return [twin(profile).ids[surface] for surface in surfaces]


def ids(text: str, profile: str = "hf", **options: Any) -> list[int]:
    return small(profile, **options).encode(text).ids


@pytest.fixture(scope="module", params=PUBLISHED)
def published(request: pytest.FixtureRequest, shared: Path) -> tuple[str, str, dict[str, Any]]:
    """A published vocabulary: its name, its text and the table of emoji."""
    folder = shared / "tokenizers"
    vocab = (folder / f"{request.param}.txt").read_text(encoding="utf-8")
    return request.param, vocab, json.loads((folder / "emoji.json").read_text(encoding="utf-8"))


def published_tokenizer(shared: Path, name: str, **options: Any) -> JapaneseTokenizer:
    folder = shared / "tokenizers"
    return JapaneseTokenizer.from_files(folder / f"{name}.txt", folder / "emoji.json", **options)


# Against the slow way


@pytest.mark.parametrize("clean", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_drawn_texts(rng: random.Random, profile: str, clean: bool) -> None:
    tok, slow = small(profile, do_clean_text=clean), twin(profile, clean=clean)
    cases = list(texts(rng, 3000, list(slow.ids)))
    found = tok.encode_batch(cases).to_lists()
    for case, row in zip(cases, found, strict=True):
        tokens = slow.tokens(case)
        assert row == [token.id for token in tokens], ascii(case)
        assert tok.encode(case).tokens == [token.surface for token in tokens], ascii(case)


@pytest.mark.parametrize("price", ["hf", "hf-py310", "original"])
def test_prices(rng: random.Random, price: str) -> None:
    tok: JapaneseTokenizer = small(do_clean_text=True, price=price)
    slow = twin(clean=True, price=price)
    parts = [
        *"0123456789,,億万千円",
        "ドル",
        "ユーロ",
        "千円",
        "万円",
        "(税込)",
        "(税抜)",
        "+tax",
        "５",
        "1,234",
    ]
    for _ in range(3000):
        case = "".join(rng.choices(parts, k=rng.randint(1, 12)))
        assert tok.encode(case).ids == slow.encode(case), (price, case)


@pytest.mark.parametrize("profile", PROFILES)
def test_published(
    rng: random.Random, shared: Path, published: tuple[str, str, Any], profile: str
) -> None:
    name, vocab, emoji = published
    surfaces = [s for line in vocab.split("\n")[::7] for s in line.split(",")]
    for clean in (False, True):
        tok = published_tokenizer(shared, name, profile=profile, do_clean_text=clean)
        slow = Twin(vocab, emoji, profile, clean=clean)
        for case in texts(rng, 150, surfaces, list(emoji["emoji"])):
            assert tok.encode(case).ids == slow.encode(case), ascii(case)


def test_golden(shared: Path) -> None:
    golden = json.loads((shared / "spec" / "japanese-golden.json").read_text(encoding="utf-8"))
    checked = 0
    for file, cases in golden["vocab"].items():
        for profile, key in (("original", "orig"), ("hf", "hf")):
            for clean in (False, True):
                tok = published_tokenizer(
                    shared, Path(file).stem, profile=profile, do_clean_text=clean
                )
                field = "_clean" if clean else ""
                for case in (case for case in cases if key + field in case):
                    due = case[key + field]
                    due = case["orig" + field] if due == "same" else due
                    assert tok.encode(case["text"]).ids == due, case["text"]
                    if not clean:
                        assert tok.decode(due) == case[key + "_decode"], case["text"]
                    checked += 1
    assert checked > 500


def test_documented_ids(shared: Path) -> None:
    tok = published_tokenizer(shared, "ja-swe32k")
    due = [30014, 26883, 26638, 27228, 25, 26650, 31732, 31679, 27809, 26638, 17749, 31592, 17749]
    assert tok.encode("吾輩は猫である🐯。実は慶応(慶應)大学出身").ids == [*due, 31593, 321, 1281]


@pytest.mark.parametrize("profile", PROFILES)
def test_every_character(profile: str) -> None:
    """Each before a kanji and behind it; a whole text and a batch of lines give the same."""
    tok, slow = small(profile), twin(profile)
    assert not [surface for surface in slow.ids if "葛" in surface and surface != "葛"]
    middle, newline = slow.ids["葛"], slow.ids["<BR>"]

    byte = np.array([slow.ids.get(f"<|byte{b}|>", -1) for b in range(256)])
    known = {c for c in (*slow.ids, *slow.emoji) if len(c) == 1}
    low = [chr(c) for c in range(0x10000) if not 0xD800 <= c < 0xE000 and chr(c) not in "\r\n"]

    def check(chars: list[str], due: np.ndarray[Any, Any]) -> None:
        text = "\n".join(f"{c}葛{c}" for c in chars)
        assert np.array_equal(tok.encode_to_numpy(text), due[:-1]), hex(ord(chars[0]))
        batch = tok.encode_batch(text.split("\n"))
        rows = np.insert(batch.flat_ids, batch.row_offsets[1:-1], newline)
        assert np.array_equal(rows, due[:-1]), hex(ord(chars[0]))

    some = [*low, *(c for c in known if c > "\uffff")]
    alone = [slow.encode(c) for c in some]
    check(some, np.array([i for row in alone for i in (*row, middle, *row, newline)]))
    for start in range(0x10000, 0x110000, 1 << 18):
        chars = [c for c in map(chr, range(start, start + (1 << 18))) if c not in known]
        each = byte[np.frombuffer("".join(chars).encode(), np.uint8)].reshape(-1, 4)
        ends = np.full((len(chars), 1), 1)
        check(chars, np.hstack([each, ends * middle, each, ends * newline]).ravel())


# All ways to ask


def test_ways_to_ask(rng: random.Random) -> None:
    cases = list(texts(rng, 500))
    for tok in (small(), small("original", do_clean_text=True), small("modern")):
        rows = [tok.encode(case).ids for case in cases]
        for threads in (1, 2, None):
            batch = tok.encode_batch(cases, threads=threads)
            assert batch.to_lists() == rows
            assert [encoding.ids for encoding in batch] == rows
            assert np.diff(batch.row_offsets).tolist() == [len(row) for row in rows]
        assert tok.count(cases) == [len(row) for row in rows]
        for case, row in zip(cases, rows, strict=True):
            array = tok.encode_to_numpy(case)
            assert array.dtype == np.uint16
            assert array.tolist() == row
            assert tok.encode_bytes(case.encode()).ids == row
            assert tok.encode_to_numpy(case.encode()).tolist() == row
            assert tok.encode([case, "カード"], is_split_into_words=True).ids == row + ids_of(
                "カード"
            )
            assert tok.encode(case, "カード").ids == row + ids_of("カード")


def test_decode(rng: random.Random) -> None:
    for profile in PROFILES:
        tok, slow = small(profile), twin(profile)
        byte = [
            slow.ids[f"<|byte{b}|>"] for b in (0x41, 0xC3, 0xA9, 0xE3, 0x81, 0x82, 0xF0, 0xED, 0xA0)
        ]
        white = [slow.ids[tag] for tag in ("<SP>", "<BR>", "<TAB>")]
        lists = []
        for _ in range(2000):
            pools = (range(len(slow.rows)), byte, white)
            runs = [
                rng.choices(rng.choice(pools), k=rng.randint(1, 6))
                for _ in range(rng.randint(0, 4))
            ]
            lists.append([i for run in runs for i in run])
        due = [slow.decode(row) for row in lists]
        assert tok.decode_batch(lists) == due
        assert tok.batch_decode(lists) == due
        assert [tok.decode(np.array(row, np.int64)) for row in lists] == due
        for row, text in zip(lists, due, strict=True):
            stream = tok.decode_stream()
            joined = "".join([*(stream.step(i) for i in row), stream.finish()])
            assert (joined.strip() if profile == "hf" else joined) == text
            raw = tok.decode_bytes(row).decode("utf-8", "replace")
            assert raw.replace("\ufffd", "").strip() == text.replace("\ufffd", "").strip() or (
                profile == "hf" and "\ufffd" in text
            )
        for bad in (len(slow.rows), 2**31, -1):
            with pytest.raises(ValueError, match=str(bad)):
                tok.decode([0, bad])


def test_a_stream_gives_each_character_when_it_is_whole() -> None:
    stream = small("original").decode_stream()
    steps = [stream.step(i) for i in ids("あ𓀀🐯 é", "original")]
    assert steps == ["あ", "", "", "", "𓀀", "🐯", " ", "", "é"]


# The habits of the references, numbered


def test_q1_the_smallest_id_wins() -> None:
    assert ids("ている") == ids_of("てい", "る")
    assert ids("カード") == ids_of("カード")
    assert ids("カーa") == ids_of("カー", "a")
    assert ids("ました") == ids_of("まし", "た")


def test_q2_no_surface_of_four_is_found() -> None:
    made = Twin(vocab_text().replace("カード\n", "カードあ\n", 1), emoji_table())
    assert made.encode("カードあ") == [made.ids[s] for s in ("カー", "ド", "あ")]
    tok = custom(vocab_text().replace("カード\n", "カードあ\n", 1))
    assert tok.encode("カードあ").ids == made.encode("カードあ")


def test_q3_of_one_id_the_longest_wins() -> None:
    assert small().encode("弁\U000e0100").tokens == ["弁\U000e0100"]
    assert small().encode("弁\U000e0101").tokens[0] == "弁"
    assert small("original").encode("弁\U000e0100").ids == ids_of("弁")


def test_q4_the_later_line_wins() -> None:
    lines = vocab_text().split("\n")
    assert lines.count("きぃ") == 2
    assert ids("きぃ") == [len(lines) - 1 - lines[::-1].index("きぃ")]
    # ケ has a line, but a later one has it as an alternate; ヶ has a line behind both.
    assert lines.index("ケ") < lines.index("箇,ケ,ヶ") < len(lines) - 1 - lines[::-1].index("ヶ")
    assert ids("ケ") == ids("箇") == [lines.index("箇,ケ,ヶ")]
    assert ids("ヶ") == [len(lines) - 1 - lines[::-1].index("ヶ")]


def test_q5_emoji_in_the_order_of_the_file() -> None:
    hand, fire = ids_of("<|emoji8|>"), ids_of("<|emoji11|>")
    tone = [f"<|byte{byte}|>" for byte in "🏻".encode()]
    assert ids("👋🏻") == [*hand, *ids_of(*tone)]
    assert ids("🏴‍☠️")[0] == ids_of("<|emoji5|>")[0]
    # Fire has its turn before the heart on fire, which is of another class.
    assert ids("❤️‍🔥") == [*ids_of("<|emoji9|>"), ids_of("<U2000U2BFF>")[0], *fire]
    assert ids("❤️") == ids_of("<|emoji9|>")


def test_q6_faces_with_spaces_are_never_found() -> None:
    assert "m(_ _)m" in EMOJI
    assert ids("m(_ _)m") == ids_of(*"m(_", "<SP>", *"_)m")
    assert ids("(^_^)(^^)") == ids_of("<|emoji12|>", "<|emoji12|>")


def test_q7_tags_in_the_text_are_tags() -> None:
    for tag in (
        "<SP>",
        "<BR>",
        "<URL>",
        "<|byte65|>",
        "<|emoji4|>",
        "<|startoftext|>",
        "<|endoftext|>",
    ):
        assert ids(f"a{tag}b") == ids_of("a", tag, "b")
    assert ids("<|byte255|>") == ids_of("<", "|", *"byte255", "|", ">")


def test_q8_dashes_are_long_vowels() -> None:
    for dash in "ー—−":
        assert ids(f"カ{dash}ド") == ids_of("カード")
    for other in "―–‐－":
        assert ids(other) != ids_of("ー")


def test_q9_spaces_and_ends_of_lines() -> None:
    assert ids(" \u3000") == ids_of("<SP>", "<SP>")
    assert ids("\n\r\r\n\n\r") == ids_of(*["<BR>"] * 5)
    assert ids("\t") == ids_of("<TAB>")
    assert ids("\xa0") == ids_of("<|byte194|>", "<|byte160|>")


def test_q10_signs_and_symbols_collapse() -> None:
    for symbol in "“”’℃№Ⅳ⑩≥―\u2000\u2bff":
        assert ids(symbol) == ids_of("<U2000U2BFF>")
    for sign in "\xa1\xbf\u01c0\u01c3\u02b9\u02ff\u0300\u0362":
        assert ids(sign) == ids_of("<KIGOU>")
    for other in "\xa0\xc0\u01bf\u01c4\u02b8\u0363\u1fff\u2c00":
        assert len(ids(other)) == len(other.encode())
    for own in "§¶†…→○★♪":
        assert ids(own) == ids_of(own)


def test_q11_emoji_take_signs_of_the_vocabulary() -> None:
    for sign in "©®♂♨㊙":
        assert sign in twin().ids
        assert ids(sign) == ids_of(EMOJI_TAG[sign])
    assert ids("♀☆") == ids_of("♀", "☆")


def test_q12_prices_of_each_version() -> None:
    known = {
        "1,234,567円": ("<PRICE>", "1,<PRICE>", "1,<PRICE>"),
        "100,000,000円(税込)": ("<PRICE>", "100,<PRICE>", "100,<PRICE>"),
        "５００円": ("５００<PRICE>", "<PRICE>", "<PRICE>"),
        "3千億円": ("3千<PRICE>", "3千<PRICE>", "<PRICE>"),
        "千万千万円": ("千<PRICE>", "千<PRICE>", "<PRICE>"),
    }
    for text, dues in known.items():
        for price, due in zip(("original", "hf", "hf-py310"), dues, strict=True):
            assert ids(text, do_clean_text=True, price=price) == ids(due), (text, price)
        # A profile has its own.
        assert ids(text, do_clean_text=True) == ids(dues[1])
        assert ids(text, "original", do_clean_text=True) == ids(dues[0], "original")


def test_q13_dates_of_eras_are_dead() -> None:
    assert ids("令和2年3月4日", do_clean_text=True) == ids("令和2年<DATE>")
    assert ids("㋿2年12月10日", do_clean_text=True) == ids("㋿2年<DATE>日")


def test_q14_what_cleaning_takes_for_something() -> None:
    known = {
        "@user": "<EMAIL>", "A1-B": "A<DATE>B", "1234567": "<TEL>", "123456789012": "<TEL>",
        "円": "<PRICE>",
        "12月10日": "<DATE>日", "1月2日3時": "<DATE>時", "─━│": "<BLOCK>",
        "─<BLOCK>─": "<BLOCK>", "■": "■",
    }  # fmt: skip
    for text, due in known.items():
        for profile in PROFILES:
            assert ids(text, profile, do_clean_text=True) == ids(due, profile), text


def test_q15_the_comma() -> None:
    line = vocab_text().split("\n").index(",")
    assert ids("a,b") == ids_of("a", "<|byte44|>", "b")
    assert small().decode([line]) == ""
    assert small().id_to_token(line) == ""
    assert ids("a,b", "original") == [*ids_of("a"), line, *ids_of("b")]
    # As the last line, without a newline behind it, it is a comma to both.
    lines = vocab_text().split("\n")
    lines.remove(",")
    last = custom("\n".join([*lines, ","]))
    assert last.encode(",").ids == [len(lines)]
    assert custom("\n".join([*lines, ",", ""])).encode(",").ids == [lines.index("<|byte44|>")]


def test_q16_bytes_one_by_one_and_white_space() -> None:
    row = ids(" é𓀀a\n")
    assert small().decode(row) == "\ufffd" * 6 + "a"
    assert small("original").decode(row) == " é𓀀a\n"


def test_q17_decoding_gives_the_canonical_surface() -> None:
    for text, due in {
        "慶應": "慶応",
        "辯護": "弁護",
        "西瓜": "西爪",
        "龍": "竜",
        "ヴゔ": "ヴう",
    }.items():
        assert small().decode(ids(text)) == due
    assert small().encode("慶應").tokens == ["慶應"]
    assert small().id_to_token(ids_of("慶應")[0]) == "慶応"


EMOJI_TAG = {key: f"<|emoji{i}|>" for key, i in EMOJI.items()}


def custom(vocab: str, **options: Any) -> JapaneseTokenizer:
    """A tokenizer of another vocabulary."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocab.txt"
        path.write_bytes(vocab.encode())
        emoji = Path(folder) / "emoji.json"
        emoji.write_text(json.dumps(emoji_table()), encoding="utf-8")
        return JapaneseTokenizer.from_files(path, emoji, **options)


def test_ngrams_that_a_prefix_beats_are_dead() -> None:
    dead = {s for line in NGRAMS for s in line.split(",")[:1] if len(ids(s)) > 1}
    assert {"ている", "ました", "である"} - dead == {"である"} - dead
    assert "カード" not in dead
    assert not [s for s in dead if len(ids(s, match="longest")) > 1]
