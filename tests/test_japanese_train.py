"""Training a Japanese tokenizer, and the one that is shipped."""

from __future__ import annotations

import importlib.util
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import transformers
from conftest import ROOT
from neox_text import JapaneseTokenizer, NeoxTextError, japanese, train_japanese

PHRASES = (
    """
    東京の桜は三月の終わりに咲き始める。|毎朝、駅前のパン屋でコーヒーを買ってから会社へ行きます。
    図書館で借りた本を、電車の中で読んでいる。|「もう少し待ってください」と、彼女は静かに言った。
    プログラムを書いて、テストを走らせ、結果を確かめる。|価格は1,280円(税込)で、2024年12月25日までです。
    慶應義塾と慶応大学、どちらの書き方も使われています。|ﾌﾟﾛｸﾞﾗﾐﾝｸﾞとプログラミング、か\u3099とが。
    雨が降ったので、試合は来週の日曜に延期された。😀|Rust で書かれた部品を Python から使う(^_^)
    島の子供たちは、海へ行くのが大好きだった。|一ヶ月前から、西瓜の値段が少しずつ上がっている。
""".strip()
    .replace("\n    ", "|")
    .split("|")
)
TAG = re.compile("<[A-Z0-9]+>|<[|].+[|]>")
SCRIPTS = {"hiragana": "[ぁ-ゖ]", "katakana": "[ァ-ヵヷ-ヺ]", "kanji": "[一-鿿]"}
MOST_BYTES = 700_000  # of the vocabulary that is shipped


@pytest.fixture
def lines(rng: random.Random) -> list[str]:
    """Lines of phrases and parts of phrases."""
    made = []
    for _ in range(3000):
        parts = [rng.choice(PHRASES) for _ in range(rng.randint(1, 4))]
        made.append("".join(part[rng.randrange(len(part)) :] for part in parts))
    return made


def script_of(name: str) -> ModuleType:
    """A script of the repository, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def dead(tok: JapaneseTokenizer) -> list[str | None]:
    """Entries whose text does not become their id."""
    entries = [(i, tok.id_to_token(i)) for i in range(len(tok))]
    plain = [(i, text) for i, text in entries if text is not None and not TAG.fullmatch(text)]
    assert len(plain) == len(tok) - 283
    return [text for i, text in plain if tok.encode_ordinary(text) != [i]]


def test_the_report_is_true(lines: list[str]) -> None:
    tok, report = train_japanese(iter(lines), 6000)
    assert (tok.profile, len(tok), dead(tok)) == ("modern", 6000, [])
    assert report.dead_ids == []
    filled = [line for line in lines if line]
    assert report.lines == len(filled)
    assert report.characters == sum(map(len, filled))
    assert report.tokens == sum(tok.count(filled))
    assert report.chars_per_token == report.characters / report.tokens
    assert report.ngrams + report.single_characters + 283 == len(tok)
    # So few different lines are measured all.
    fold = japanese.normalize
    different = sorted(set(filled))
    assert len(different) < 8192
    same = sum(fold(line) == fold(tok.decode(tok.encode(line).ids)) for line in different)
    assert report.round_trip_rate == same / len(different)
    assert "chars_per_token" in repr(report)


def test_transformers_reads_it(lines: list[str], tmp_path: Path) -> None:
    """With the smallest id it finds what we find with the longest entry; it lacks the comma."""
    tok, _ = train_japanese(iter(lines), 3000)
    tok.save_pretrained(tmp_path)
    assert JapaneseTokenizer.from_pretrained(tmp_path) == tok
    other = transformers.GPTNeoXJapaneseTokenizer.from_pretrained(tmp_path)
    assert other.eos_token_id == tok.eos_token_id == len(tok) - 1
    plain = [line for line in lines if not re.search("[,😀(\u3099ﾟﾞ]", line)]
    assert len(plain) > 1000
    for line in plain[:1000]:
        assert other(line)["input_ids"] == tok.encode(line).ids, line


def test_files_texts_and_threads_do_not_matter(lines: list[str], tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.txt" for i in range(3)]
    for i, path in enumerate(paths):
        path.write_bytes("\r\n".join(lines[i::3]).encode())
    whole = "\n\n".join(lines)
    made = [
        train_japanese(paths, 4000, threads=1)[0],
        train_japanese([str(path) for path in paths], 4000, threads=3)[0],
        train_japanese(tuple(paths), 4000)[0],
        train_japanese(iter(lines), 4000, threads=2)[0],
        train_japanese(iter([whole]), 4000)[0],
    ]
    assert len({tok.fingerprint for tok in made}) == 1


@pytest.mark.parametrize(
    "limits", [{}, {"hiragana": 4, "katakana": 5, "kanji": 3}, {"hiragana": 1, "kanji": 1}]
)
def test_entries_keep_to_their_script(lines: list[str], limits: dict[str, int]) -> None:
    tok, _ = train_japanese(iter(lines), 6000, max_length=limits)
    longer = [text for text in tok.get_vocab() if len(text) > 1 and not TAG.fullmatch(text)]
    for text in longer:
        assert sum(bool(re.search(script, text)) for script in SCRIPTS.values()) <= 1, text
    for (name, script), most in zip(SCRIPTS.items(), (3, 3, 2), strict=True):
        pure = [len(text) for text in longer if re.fullmatch(f"{script}+", text)]
        assert max(pure, default=1) == limits.get(name, most)


def test_other_forms(lines: list[str]) -> None:
    tok, _ = train_japanese(iter(lines), 9000)
    assert len(tok.encode("慶應").ids) == 1
    for form, other in ("慶応", "慶應"), ("応", "應"), ("プログラム", "ﾌﾟﾛｸﾞﾗﾑ"), ("が", "か\u3099"):
        assert tok.encode(other).ids == tok.encode(form).ids
    plain, _ = train_japanese(iter(lines), 9000, heterographs=[])
    assert plain.encode("慶應").ids != plain.encode("慶応").ids
    assert plain.decode(plain.encode("慶應").ids) == "慶應"


def test_progress(lines: list[str], tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    for source in [path], iter(lines):
        told: list[tuple[int, int, str]] = []
        train_japanese(source, 3000, progress=lambda *step, told=told: told.append(step))
        assert list(dict.fromkeys(stage for _, _, stage in told)) == ["count", "learn"]
        for stage in "count", "learn":
            done = [done for done, _, of in told if of == stage]
            assert done == sorted(done)
        assert all(0 <= done <= total for done, total, _ in told)


class Stop(Exception):
    pass


def test_exceptions_come_through(lines: list[str], tmp_path: Path) -> None:
    def broken() -> Iterator[str]:
        yield "猫"
        raise Stop("in the iterator")

    with pytest.raises(Stop, match="iterator"):
        train_japanese(broken(), 3000)
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    for unwanted in "count", "learn":

        def refuse(done: int, total: int, stage: str, unwanted: str = unwanted) -> None:
            if stage == unwanted:
                raise Stop(f"while {stage}")

        for source in [path], iter(lines):
            with pytest.raises(Stop, match=unwanted):
                train_japanese(source, 3000, progress=refuse)


def test_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        train_japanese([tmp_path / "missing.txt"], 3000)
    broken = tmp_path / "broken.txt"
    broken.write_bytes("猫\n".encode() + b"bad \xff byte\n")
    with pytest.raises(NeoxTextError) as invalid:
        train_japanese([broken], 3000)
    assert (invalid.value.path, invalid.value.where) == (str(broken), "byte 8")
    for corpus in "猫", 5, None:
        with pytest.raises(TypeError):
            train_japanese(corpus, 3000)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        train_japanese(iter([b"bytes"]), 3000)  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        train_japanese(iter(["猫\ud800"]), 3000)
    with pytest.raises(ValueError, match=r"vocab_size is 100: at least \d+ are needed"):
        train_japanese(iter(["猫"]), 100)
    with pytest.raises(ValueError, match="vocab_size"):
        train_japanese(iter(["猫"]), 2**20 + 1)
    for limits in {"kanji": 0}, {"kanji": 17}, {"hangul": 2}:
        with pytest.raises(ValueError, match=next(iter(limits))):
            train_japanese(iter(["猫"]), 3000, max_length=limits)
    with pytest.raises(ValueError, match="threads"):
        train_japanese(iter(["猫"]), 3000, threads=0)
    with pytest.raises(ValueError, match="no such layer"):
        train_japanese(iter(["猫"]), 3000, heterographs=["no such layer"])


def test_nothing_to_train_on() -> None:
    for corpus in [], [""], ["猫"]:
        tok, report = train_japanese(iter(corpus), 3000)
        assert (len(tok), report.ngrams, report.dead_ids) == (3000, 0, [])
        assert tok.decode(tok.encode("猫と한국、é𓀀").ids) == "猫と한국、é𓀀"


def test_the_table_of_characters_is_what_its_script_writes(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "build_jis.py"
    made = tmp_path / "jis.rs"
    subprocess.run([sys.executable, str(script), "-o", str(made)], check=True)
    kept = ROOT / "rust" / "neox-text" / "src" / "japanese" / "train" / "jis.rs"
    assert made.read_bytes() == kept.read_bytes()


# The tokenizer that is shipped


def test_the_default_has_no_dead_id() -> None:
    tok = JapaneseTokenizer.default()
    assert (tok.profile, len(tok), dead(tok)) == ("modern", 32_000, [])
    assert all(tok.token_to_id(f"<|byte{byte}|>") == 31_740 + byte for byte in range(256))
    assert (tok.bos_token_id, tok.eos_token_id) == (31_996, 31_999)
    folder = ROOT / "python" / "neox_text" / "assets" / "japanese"
    assert (folder / "vocab.txt").stat().st_size <= MOST_BYTES


def test_the_default_is_what_its_script_trains(shared: Path, tmp_path: Path) -> None:
    script = ROOT / "scripts" / "train_default_japanese.py"
    command = [sys.executable, str(script), str(shared / "corpora"), "-o", str(tmp_path)]
    subprocess.run(command, check=True)
    folder = ROOT / "python" / "neox_text" / "assets" / "japanese"
    for name in "vocab.txt", "emoji.json", "tokenizer_config.json":
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_last_tenths_are_kept_out(shared: Path) -> None:
    script = script_of("train_default_japanese")
    for name in script.COPIES:
        text = (shared / "corpora" / name).read_bytes().decode()
        read = script.beginning(shared / "corpora", name)
        assert text[: len(text) - len(text) // 10].replace(" [SEP] ", "\n").startswith(read)
        assert len(read) > len(text) * 0.85


def is_japanese(line: str) -> bool:
    """Whether at least half of a line is Japanese."""
    return 2 * len(re.findall("[ぁ-ヿ一-鿿]", line)) >= len(line)


def test_the_default_on_texts_kept_out(shared: Path) -> None:
    """No more tokens than the best published vocabulary, and nearly every line comes back."""
    tok = JapaneseTokenizer.default()
    files = [shared / "tokenizers" / name for name in ("ja-swe32kfix.txt", "emoji.json")]
    published = JapaneseTokenizer.from_files(*files, profile="original")
    every = lost = 0
    for path in sorted((shared / "corpora").glob("japanese_*")):
        text = path.read_text(encoding="utf-8")
        kept = text[-len(text) // 10 :].split("\n")
        kept = [line for line in kept if line and is_japanese(line)]
        assert sum(tok.count(kept)) <= sum(published.count(kept)), path.name
        wide = [line.replace("\u3000", " ") for line in kept]
        back = tok.decode_batch(tok.encode_batch(kept))
        every += len(kept)
        fold = japanese.normalize
        lost += sum(fold(line) != fold(other) for line, other in zip(wide, back, strict=True))
    assert every > 5000
    assert lost <= every / 1000
