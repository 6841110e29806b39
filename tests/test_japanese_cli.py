"""The command `neox-text` with Japanese tokenizers, and `neox-text clean`."""

from __future__ import annotations

import difflib
import json
import os
import pty
import random
import re
import subprocess
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neox_text import JapaneseTokenizer, Tokenizer, japanese
from neox_text._commands import diff
from neox_text._commands.diff import Diff
from test_cli import RUN, fails, rows, run

LINES = ["吾輩は猫である🐯", "慶應 大学\u3000(^_^)", "", "é\u2028a,b", "<SP><|endoftext|>"]
TAGS = ("BR", "SP", "TAB", "URL", "EMAIL", "TEL", "DATE", "PRICE", "BLOCK", "KIGOU", "U2000U2BFF")
WORDS = ["である", "慶応,慶應", "大学,大學", "吾輩", *"吾輩は猫であ慶応大学終わ,", "a", "b", ","]


def vocab(words: list[str]) -> str:
    entries = [*words, *(f"<{tag}>" for tag in TAGS)]
    entries += [f"<|emoji{i}|>" for i in range(1, 13)] + [f"<|byte{i}|>" for i in range(256)]
    return "\n".join([*entries, "<|startoftext|>", "<|endoftext|>"])


def emoji() -> str:
    shown = dict(
        zip((f"<|emoji{i}|>" for i in range(1, 13)), "😀🤕⚽🐯🎌🍙🥁🤚❤🟥🌏☺", strict=True)
    )
    return json.dumps({"emoji": {"🐯": "<|emoji4|>", "(^_^)": "<|emoji12|>"}, "emoji_inv": shown})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small tokenizer as `transformers` would write it, without a configuration."""
    path = tmp_path_factory.mktemp("ja")
    (path / "vocab.txt").write_text(vocab(WORDS), encoding="utf-8")
    (path / "emoji.json").write_text(emoji(), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tok(folder: Path) -> JapaneseTokenizer:
    return JapaneseTokenizer.from_pretrained(folder)


# encode, decode, count


@pytest.mark.parametrize("last", ["", "\n"])
def test_a_line_is_a_document(
    folder: Path, tok: JapaneseTokenizer, tmp_path: Path, last: str
) -> None:
    text = "\n".join(LINES) + last
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    due = [tok.encode(line).ids for line in LINES]
    done = run("encode", "--kind", "japanese", "--tokenizer", folder, path)
    assert (done.code, rows(done.out), done.error) == (0, due, "")
    assert done == run("encode", "--tokenizer", folder, data=text)
    as_json = run("encode", "--tokenizer", folder, "--format", "jsonl", data=text)
    assert [json.loads(line) for line in as_json.out.splitlines()] == [{"ids": row} for row in due]
    for ids in (done.out, as_json.out):
        back = run("decode", "--tokenizer", folder, data=ids)
        assert back.out == "".join(f"{tok.decode(row)}\n" for row in due)
    counted = run("count", "--tokenizer", folder, path)
    assert counted.out == f"{sum(map(len, due))}\t{path}\n"


@pytest.mark.parametrize("profile", ["hf", "original", "modern"])
def test_arrays(tok: JapaneseTokenizer, tmp_path: Path, profile: Any) -> None:
    tok = tok.with_options(profile=profile)
    tok.save_pretrained(tmp_path / "ja")
    text, out = "\n".join([" é", *LINES, " "]), tmp_path / "ids.npy"
    named = ("--tokenizer", tmp_path / "ja")
    assert run("encode", *named, "--format", "npy", "-o", out, data=text).code == 0
    ids = [id for line in text.split("\n") for id in tok.encode(line).ids]
    assert np.load(out).tolist() == ids
    for skip in (False, True):
        option = ["--skip-special-tokens"] * skip
        back = run("decode", *named, *option, out)
        assert back.out == tok.decode(ids, skip_special_tokens=skip) + "\n"
    np.save(out, np.array([0, 99999]))
    assert "id 99999 at index 1" in fails("decode", *named, out)
    np.save(out, np.array([], dtype=np.uint16))
    assert run("decode", *named, out).out == "\n"


def test_ids_beyond_the_length(tmp_path: Path) -> None:
    """In the profile "hf", a line that stands twice counts once, and ids go on behind `len`."""
    (tmp_path / "vocab.txt").write_text(vocab(["猫", "犬", "猫", "犬"]), encoding="utf-8")
    (tmp_path / "emoji.json").write_text(emoji(), encoding="utf-8")
    tok = JapaneseTokenizer.from_pretrained(tmp_path)
    ids = tok.encode("猫<|endoftext|>").ids
    assert max(ids) >= len(tok)
    for form in ("ids", "jsonl", "npy"):
        done = subprocess.run(
            [*RUN, "encode", "--tokenizer", str(tmp_path), "--format", form],
            input="猫<|endoftext|>".encode(), capture_output=True, check=True,
        )  # fmt: skip
        back = subprocess.run(
            [*RUN, "decode", "--tokenizer", str(tmp_path)],
            input=done.stdout, capture_output=True, check=True,
        )  # fmt: skip
        assert back.stdout.decode() == "猫<|endoftext|>\n"


def test_special_and_color(folder: Path, tok: JapaneseTokenizer) -> None:
    done = run("encode", "--tokenizer", folder, "--special", "text", data="<SP>")
    assert rows(done.out) == [tok.encode_ordinary("<SP>")]
    told = fails("encode", "--tokenizer", folder, "--special", "error", data="猫\n猫<SP>")
    assert "<stdin>:2: " in told
    assert "<SP>" in told
    shown = run("encode", "--tokenizer", folder, "--color", "--ids", data="慶應 é🐯").out
    ids = tok.encode("慶應 é🐯").ids
    assert re.findall(r"\x1b\[2m (\d+)\x1b", shown) == [str(id) for id in ids]
    for piece in ("慶應", "·", "🐯"):
        assert piece in shown


# Which tokenizer is meant


def test_a_tokenizer_tells_its_kind(folder: Path, tok: JapaneseTokenizer, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    tok.save(saved)
    due = [tok.encode("慶應").ids]
    for path in (folder, folder / "vocab.txt", saved):
        for kind in ((), ("--kind", "japanese")):
            done = run("encode", "--tokenizer", path, *kind, data="慶應")
            assert rows(done.out) == due, done
        told = fails("encode", "--tokenizer", path, "--kind", "bpe", data="慶應")
        assert str(path) in told
        assert "tokenizer.json" in told


def test_bpe_is_no_japanese_tokenizer(tmp_path: Path) -> None:
    Tokenizer.default().save_pretrained(tmp_path)
    for path in (tmp_path, tmp_path / "tokenizer.json"):
        bare = run("encode", "--tokenizer", path, data="a")
        assert bare == run("encode", "--tokenizer", path, "--kind", "bpe", data="a")
        assert rows(bare.out) == [Tokenizer.default().encode("a").ids]
        told = fails("encode", "--tokenizer", path, "--kind", "japanese", data="a")
        assert str(path) in told
        assert "vocab.txt" in told


def test_a_directory_of_both_kinds(tok: JapaneseTokenizer, tmp_path: Path) -> None:
    Tokenizer.default().save(tmp_path / "tokenizer.json")
    tok.save_pretrained(tmp_path)
    assert "--kind" in fails("encode", "--tokenizer", tmp_path, data="慶應")
    chosen = run("encode", "--tokenizer", tmp_path, "--kind", "japanese", data="慶應")
    assert rows(chosen.out) == [tok.encode("慶應").ids]
    (tmp_path / "tokenizer_config.json").unlink()
    chosen = run("encode", "--tokenizer", tmp_path, "--kind", "bpe", data="慶應")
    assert rows(chosen.out) == [Tokenizer.default().encode("慶應").ids]


def test_the_default_tokenizer() -> None:
    done = run("encode", "--kind", "japanese", data="吾輩は猫である🐯")
    assert rows(done.out) == [JapaneseTokenizer.default().encode("吾輩は猫である🐯").ids]


def test_missing_files_and_kinds(folder: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    for command in ("encode", "decode", "count", "info"):
        told = fails(command, "--kind", "japanese", "--tokenizer", missing)
        assert f"{missing}: No such file or directory" in told
        assert run(command, "--kind", "klingon").code == 2
    (tmp_path / "vocab.txt").write_bytes((folder / "vocab.txt").read_bytes())
    assert "emoji.json" in fails("encode", "--tokenizer", tmp_path / "vocab.txt")
    assert "emoji.json" in fails("encode", "--kind", "japanese", "--tokenizer", tmp_path)


def test_info(folder: Path, tok: JapaneseTokenizer, tmp_path: Path) -> None:
    found = json.loads(run("info", "--tokenizer", folder, "--json").out)
    assert (found["kind"], found["profile"], found["entries"]) == ("japanese", "hf", len(tok))
    assert found["surfaces"] == len(tok.get_vocab())
    assert found["special_tokens"] == ["<|startoftext|>", "<|endoftext|>"]
    assert found["fingerprint"] == tok.fingerprint
    assert found["options"]["match"] == "smallest"
    tok.with_options(match="longest", do_clean_text=True).save_pretrained(tmp_path)
    shown = run("info", "--tokenizer", tmp_path).out
    for word in ("japanese", "match=longest", "do_clean_text=True", "<|endoftext|>"):
        assert word in shown


# train


def test_train(sentences: list[str], tmp_path: Path) -> None:
    text, objects = tmp_path / "a.txt", tmp_path / "b.jsonl"
    text.write_text("".join(sentences) * 2, encoding="utf-8")
    objects.write_text("".join(json.dumps({"text": line[:-1]}) + "\n" for line in sentences * 2))
    options = ("--kind", "japanese", "--vocab-size", 16_000, "--threads", 1)
    done = run("train", *options, "-o", tmp_path / "ja", text)
    assert (done.code, done.out) == (0, ""), done
    made = JapaneseTokenizer.from_pretrained(tmp_path / "ja")
    told = dict(re.findall(r"^(\S.*?) {2,}(\S+)$", done.error, re.MULTILINE))
    assert (told["ids"], told["dead ids"]) == (str(len(made)), "0")
    assert float(told["characters per token"]) > 1
    assert re.fullmatch(r"\d+\.\d\d%", told["lines that survive a round trip"])
    assert run("encode", "--tokenizer", tmp_path / "ja", data="日本語").code == 0
    for given, data in ((objects,), b""), ((), text.read_bytes()):
        again = run("train", *options, "-o", tmp_path / "again", *given, data=data)
        assert again == done
        assert JapaneseTokenizer.from_pretrained(tmp_path / "again") == made
    assert run("train", *options, "--max-kanji", 1, "-o", tmp_path / "again", text).code == 0
    short = JapaneseTokenizer.from_pretrained(tmp_path / "again")
    assert not [token for token in short.get_vocab() if re.fullmatch("[一-鿿]{2,}", token)]


def test_train_errors(tmp_path: Path) -> None:
    out, text = tmp_path / "out", tmp_path / "a.txt"
    text.write_text("日本語\n")
    options = ("--kind", "japanese", "-o", out, text)
    fails("train", *options, "--vocab-size", 10)
    told = fails("train", *options[:-1], tmp_path / "none", "--vocab-size", 16_000)
    assert f"{tmp_path / 'none'}: No such file or directory" in told
    assert not out.exists()
    out.write_text("a file")
    assert f"{out}: Not a directory" in fails("train", *options, "--vocab-size", 16_000)
    assert out.read_text() == "a file"


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("japanese", ("--special-token", "<x>")),
        ("japanese", ("--min-frequency", "0")),
        ("japanese", ("--space-runs", "2")),
        ("japanese", ("--normalizer", "nfc")),
        ("bpe", ("--max-kanji", "2")),
        ("bpe", ("--max-katakana", "2")),
        ("bpe", ("--max-hiragana", "2")),
        ("japanese", ("--max-kanji", "0")),
    ],
)
def test_options_of_the_other_kind(kind: str, option: tuple[str, str]) -> None:
    done = run("train", "--kind", kind, "--vocab-size", 300, "-o", "x", *option)
    assert done.code == 2
    assert option[0] in done.error
    assert not Path("x").exists()


# clean

DIRTY = "連絡は a@b.jp か 03-1234-5678、https://x.jp/ と https://y.jp/ で1,200円 慶應"
CLEANED = "連絡は <EMAIL> か <TEL>、<URL> と <URL> で<PRICE> 慶應"


def counts(error: str) -> dict[str, int]:
    found = re.findall(r"^(\S+) +(\d+)$", error, re.MULTILINE)
    assert len(found) == len(error.splitlines()) == 6, error
    return {name: int(count) for name, count in found}


def test_clean(tmp_path: Path) -> None:
    path, out = tmp_path / "a.txt", tmp_path / "out"
    path.write_text(DIRTY, encoding="utf-8")
    done = run("clean", data=DIRTY)
    assert (done.code, done.out) == (0, CLEANED)
    due = {"URL": 2, "e-mail": 1, "telephone": 1, "date": 0, "price": 1, "block": 0}
    assert counts(done.error) == due
    assert run("clean", "--kind", "japanese", path) == done
    written = run("clean", path, "-o", out)
    assert (written.out, written.error) == ("", done.error)
    assert out.read_text(encoding="utf-8") == CLEANED
    both = run("clean", path, path)
    assert both.out == CLEANED * 2
    assert counts(both.error) == {name: 2 * count for name, count in due.items()}


@pytest.mark.parametrize(
    "text", ["", "\n", "a", "猫\r\n\n1円\r\n", "\n\n1円", "a\u2028b\x0c1円\x85\n", "\r1円\r\r\n"]
)
def test_clean_keeps_line_ends(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    for done in (run("clean", path), run("clean", data=text)):
        assert done.out.encode() == japanese.clean_text(text).encode()
        assert re.sub(r"<\w+>", "1円", done.out) == text


def test_clean_counts_what_became_tags() -> None:
    text = "<URL> <BLOCK><BLOCK>\n─│<BLOCK>█ ─ <BLOCK>\n<PRICE>1円<DATE>"
    done = run("clean", data=text)
    assert done.out == japanese.clean_text(text)
    due = {"URL": 0, "e-mail": 0, "telephone": 0, "date": 0, "price": 1, "block": 2}
    assert counts(done.error) == due


@pytest.mark.parametrize("profile", ["hf", "original", "modern"])
def test_clean_profiles(profile: Any) -> None:
    text = "1,234,567円 令和2年3月4日 ５００円 @user"
    done = run("clean", "--profile", profile, data=text)
    assert done.out == japanese.clean_text(text, profile=profile)
    assert run("clean", "--profile", "no-such", data=text).code == 2
    assert run("clean", "--kind", "bpe", data=text).code == 2


def test_clean_jsonl(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text":  "猫\\n", "n": 1.50}\n'
        '{"id": [1, "1円"], "text": "1円\\n2円"}\n'
        '{"text": "\\u732b1\\u5186", "x": "\\ud83d"}\n',
        encoding="utf-8",
    )
    done = run("clean", path)
    assert done.out.splitlines() == [
        '{"text":  "猫\\n", "n": 1.50}',
        '{"id": [1, "1円"], "text": "<PRICE>\\n<PRICE>"}',
        '{"text": "\\u732b<PRICE>", "x": "\\ud83d"}',
    ]
    assert counts(done.error)["price"] == 3
    as_text = run("clean", "--input-format", "text", path)
    assert counts(as_text.error)["price"] == 3
    path.write_text('{"text": "a"}\n{"text": "b\\ud83d"}')
    assert "a.jsonl:2:" in fails("clean", path)
    path.write_text('{"text": "a"}\n{"txt": "b"}')
    assert "a.jsonl:2:" in fails("clean", path)


def test_clean_errors(tmp_path: Path) -> None:
    told = fails("clean", data=b"a\n\xff")
    assert "<stdin>:2:" in told
    assert (
        run("clean", "--errors", "replace", data=b"a\n\xff1\xe5\x86\x86").out == "a\n\ufffd<PRICE>"
    )
    fails("clean", "-o", tmp_path / "out", data=b"\xff")
    assert not list(tmp_path.iterdir())


# clean --diff


def patched(text: str, told: str) -> str:
    """The text with a diff applied, of which every line must hold."""
    old, at, bare = text.split("\n"), 0, False
    new: list[str] = []
    lines = told.split("\n")
    assert lines.pop() == ""
    for line in lines[2:]:
        if place := re.fullmatch(r"@@ -(\d+),(\d+) \+\1,\2 @@", line):
            new += old[at : int(place[1]) - 1]
            at = int(place[1]) - 1
        elif line == "\\ No newline at end of file":
            bare = True
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert line[1:] == old[at]
            new += [old[at]] if line[0] == " " else []
            at += 1
    assert bare == (at == len(old))
    return "\n".join(new + old[at:])


def test_diff(tmp_path: Path) -> None:
    path, out = tmp_path / "a.txt", tmp_path / "out"
    path.write_text("一\n二\n三\n四\n五 1円\n六 a@b.jp\n七\n", encoding="utf-8")
    done = run("clean", "--diff", path)
    assert done.out == (
        f"--- {path}\n+++ {path} (cleaned)\n@@ -2,6 +2,6 @@\n 二\n 三\n 四\n"
        "-五 1円\n-六 a@b.jp\n+五 <PRICE>\n+六 <EMAIL>\n 七\n"
    )
    assert counts(done.error)["price"] == counts(done.error)["e-mail"] == 1
    assert run("clean", "--diff", path, "-o", out).out == ""
    assert out.read_text(encoding="utf-8") == done.out
    both = run("clean", "--diff", path, path)
    assert both.out == done.out * 2
    path.write_text("nothing\nhere", encoding="utf-8")
    assert run("clean", "--diff", path).out == ""


@pytest.mark.parametrize("limit", [10_000, 3])
def test_diff_is_a_unified_diff(
    rng: random.Random, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """Applied it gives the cleaned text; hunks are those of difflib."""
    monkeypatch.setattr(diff, "LIMIT", limit)
    for _ in range(300):
        share = rng.choice((0.02, 0.1, 0.5, 1.0))
        old = [f"{number}" + "円" * (rng.random() < share) for number in range(rng.randrange(60))]
        new = [line.replace("円", "<PRICE>") for line in old]
        end = rng.choice(("\n", ""))
        found = Diff("a")
        told = "".join(
            found.add(one, other, "\n" if place < len(old) else end)
            for place, (one, other) in enumerate(zip(old, new, strict=True), 1)
        )
        told += found.close()
        before, after = ("\n".join(lines) + end * bool(lines) for lines in (old, new))
        assert patched(before, told) == after if told else before == after
        if limit > len(old):
            due = difflib.unified_diff(old, new, "a", "a (cleaned)", lineterm="")
            hunks = [re.sub(r"(@@ -\d+) (\+\d+) @@", r"\1,1 \2,1 @@", line) for line in due]
            assert [line for line in told.split("\n")[:-1] if line[0] != "\\"] == hunks


def test_diff_on_a_terminal(tmp_path: Path) -> None:
    """In colours, with what would control the terminal made visible; never in a pipe."""
    path = tmp_path / "a.txt"
    path.write_text("1円\x1b[2J\u3000\n猫\n", encoding="utf-8")
    main, side = pty.openpty()
    shown: list[bytes] = []

    def collect() -> None:
        try:
            while data := os.read(main, 4096):
                shown.append(data)
        except OSError:  # the terminal has no writer any more
            pass

    reader = threading.Thread(target=collect)
    reader.start()
    subprocess.run([*RUN, "clean", "--diff", str(path)], stdout=side, check=True)
    os.close(side)
    reader.join(10)
    os.close(main)
    drawn = b"".join(shown).decode().replace("\r\n", "\n")
    assert "\x1b[31m-1円\\x1b[2J\u3000\x1b[0m\n" in drawn
    assert "\x1b[32m+<PRICE>\\x1b[2J\u3000\x1b[0m\n" in drawn
    assert "\n 猫\n" in drawn
    assert "\x1b[3" not in run("clean", "--diff", path).out
