"""The layers of heterographs: the table and its sources, and `normalize` on words and at random."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

import emoji
import pytest
from conftest import ROOT
from neox_text.japanese import normalize

TABLE = ROOT / "rust" / "neox-text" / "src" / "japanese" / "heterographs" / "table.tsv"
SCRIPT = ROOT / "scripts" / "build_heterographs.py"
LAYERS = ("canonical", "ivs", "width", "shinjitai", "koseki", "unihan")
SIZE_BUDGET = 200_000
LONGEST_CHAIN = 8


class Row(NamedTuple):
    alternate: str
    canonical: str
    layer: str
    sources: str
    note: str


def read() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            alternate, canonical, layer, sources, *note = line.split("\t")
            codes = re.findall(r"U\+([0-9A-F]+)", alternate)
            written = "".join(chr(int(code, 16)) for code in codes) or alternate
            yield Row(written, canonical, layer, sources, "".join(note))


ROWS = list(read())
KANJI = [row for row in ROWS if row.layer in ("shinjitai", "koseki", "unihan")]


def carried(name: str) -> dict[str, list[str]]:
    """The sections of a data file of the build script."""
    text = (ROOT / "scripts" / "data" / name).read_text(encoding="utf-8")
    parts = re.split(r"(?m)^\[(.+)\]$", re.sub(r"(?m)^#.*$", "", text))
    return dict(zip(parts[1::2], map(str.split, parts[2::2]), strict=True))


def is_level_1(char: str) -> bool:
    """Whether a kanji is in the rows 16 to 47 of JIS X 0208."""
    try:
        code = char.encode("shift_jis")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and b"\x88\x9f" <= code <= b"\x98\x72"


def test_size_and_form() -> None:
    data = TABLE.read_bytes()
    assert len(data) <= SIZE_BUDGET
    assert b"\r" not in data
    # Tools that normalize text must leave the file as it is.
    assert unicodedata.is_normalized("NFC", data.decode())
    assert len(ROWS) > 4_000
    assert {row.layer for row in ROWS} == {*LAYERS} - {"ivs"}


def test_every_pair_has_a_source() -> None:
    head = re.findall(r"(?m)^# (\w)  .+ \((.+)\)$", TABLE.read_text(encoding="utf-8"))
    licences = dict(head)
    known = {"Unicode-DFS-2016", "PSF-2.0", "Apache-2.0", "MIT", "MIT or Apache-2.0", "CC BY 4.0"}
    assert set(licences.values()) == known
    assert len(licences) == len(head)
    for row in ROWS:
        assert row.sources, row
        assert set(row.sources) <= set(licences), row
    assert {letter for row in ROWS for letter in row.sources} == set(licences)


def test_an_alternate_is_once_in_a_layer() -> None:
    seen = {(row.layer, row.alternate) for row in ROWS}
    assert len(seen) == len(ROWS)
    layers = [layer for layer in LAYERS if layer != "ivs"]
    order = [(layers.index(row.layer), row.alternate) for row in ROWS]
    assert order == sorted(order)


def test_nothing_goes_in_circles() -> None:
    """Whatever layers are chosen: each step is a pair of some layer."""
    steps: dict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        if len(row.alternate) == 1:
            steps[row.alternate].update(row.canonical)
    depth: dict[str, int] = {}

    def walk(char: str, above: frozenset[str]) -> int:
        assert char not in above, f"{char} leads back to itself"
        if char not in depth:
            below = above | {char}
            depth[char] = max((1 + walk(new, below) for new in steps.get(char, ())), default=0)
        return depth[char]

    assert max(walk(char, frozenset()) for char in list(steps)) < LONGEST_CHAIN


def test_guard() -> None:
    """A frequent kanji is nobody's alternate, but for what the official list says."""
    unihan = carried("heterographs.txt")
    joyo, jinmei = set(unihan["unihan-joyo"]), {item[0] for item in unihan["unihan-jinmei"]}
    assert is_level_1("龍")
    assert not is_level_1("應")
    for row in KANJI:
        if row.layer == "shinjitai":
            official = "j" in row.sources
            assert official or not is_level_1(row.alternate), row
            assert (row.note == "text") == is_level_1(row.alternate), row
            assert row.alternate not in joyo, row
        else:
            assert not is_level_1(row.alternate), row
            assert row.alternate not in joyo | jinmei, row
    living = [row.alternate for row in KANJI if is_level_1(row.alternate)]
    assert living == ["曾", "瀧", "燈", "龍"]


def test_review_holds() -> None:
    review, unihan = carried("heterograph_review.txt"), carried("heterographs.txt")
    written = {row.alternate: row.canonical for row in KANJI}
    assert not set(review["apart"]) & set(written)
    for pair in review["not"]:
        assert written.get(pair[0]) != pair[1], pair
    for pair in review["read"]:
        assert normalize(pair[0]) == normalize(pair[1]), pair
    assert len(unihan["unihan-spoofing"]) > 50
    alike = {frozenset(pair) for pair in unihan["unihan-spoofing"]}
    merged = [row.alternate for row in KANJI if frozenset(row.alternate + row.canonical) in alike]
    assert not merged


def test_emoji_stay() -> None:
    """What is an emoji has its class; the table leaves it alone."""
    wrong = [row.alternate for row in ROWS if row.alternate in emoji.EMOJI_DATA]
    assert not wrong
    for char in "㊗㊙Ⓜ🈁🈚🉐":
        assert char in emoji.EMOJI_DATA
        assert normalize(char) == char


def test_table_is_what_the_script_makes() -> None:
    missing = [name for name in ("ja_itaiji", "joyokanji", "opencc") if find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (see requirements-dev.txt)")
    command = [sys.executable, str(SCRIPT), "--check"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-2_000:]


KNOWN = [
    ("canonical", "\uf900神\ufe00、\ufe01", "豈神、"),
    ("ivs", "葛\U000e0100城辻\ufe00", "葛城辻"),
    ("width", "ｶﾞｷﾞか\u3099は゜ＡＢＣ１⾼⻑㍿㈱①㊤～", "ガギがぱABC1高長株式会社(株)1上〜"),
    ("shinjitai", "慶應義塾國學院辯護士鷗", "慶応義塾国学院弁護士鴎"),
    ("koseki", "髙島𠮷野山﨑渡邉", "高島𠮷野山崎渡辺"),
    ("unihan", "畧歷冰", "略歷氷"),
]


@pytest.mark.parametrize(("layer", "text", "asked"), KNOWN)
def test_a_layer_alone(layer: str, text: str, asked: str) -> None:
    assert normalize(text, layers=[layer]) == asked
    assert normalize(text, layers=(layer, layer)) == asked
    assert normalize(text, layers=[other for other in LAYERS if other != layer]) != asked
    assert normalize(text, layers=[]) == text


def test_canonical_is_unicode() -> None:
    """NFC of compatibility ideographs; other characters that NFC changes are no heterographs."""
    for code in (*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20), 0x212B, 0x304B, 0x1100):
        char = chr(code)
        asked = unicodedata.normalize("NFC", char) if code > 0x3400 else char
        assert normalize(char, layers=["canonical"]) == asked


WORDS = """
    西瓜 壬生 戊戌 霞ヶ関 霞ケ関 一ヶ月 一箇月 弁護士 堺市 衣裳 二〇二六 嶋田 花崗岩 鯰 鍼灸
    印旛沼 徳川光圀 匈奴 嚥下 排泄 浚渫 箴言 糺の森 藪の中 籠 檜 堯舜 毌丘倹 趙孟頫 汴京
    ヴ ゔ ゐ ゑ 々 〆 ー — Ⅳ x² ½ 吾輩は猫である 叱る 剥ぐ 頬 填補
"""


@pytest.mark.parametrize("word", WORDS.split())
def test_words_stay(word: str) -> None:
    assert normalize(word) == word


def test_unknown_layer() -> None:
    with pytest.raises(ValueError, match=r"no such layer.*shinjitai"):
        normalize("あ", layers=["no such layer"])
    with pytest.raises(TypeError):
        normalize(5)  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        normalize("あ\ud800")


def test_idempotent(request: pytest.FixtureRequest) -> None:
    """On random texts of characters that some layer knows or that join, by random layers."""
    rng = random.Random(f"heterographs {request.config.getoption('seed')}")
    known = sorted({char for row in ROWS for char in row.alternate + row.canonical})
    joining = "\ufe00\ufe01\ufe0f\U000e0100\u3099\u309a゛゜ﾞﾟかはカｶｳワ"
    for _ in range(20_000):
        text = "".join(
            rng.choice(joining if rng.random() < 0.4 else known) for _ in range(rng.randrange(10))
        )
        layers = rng.sample(LAYERS, rng.randrange(len(LAYERS) + 1))
        once = normalize(text, layers=layers)
        assert normalize(once, layers=layers) == once, (text, layers)
        assert normalize(text, layers=layers[::-1]) == once, (text, layers)
    assert normalize(text) == normalize(text, layers=LAYERS)
