"""Build `heterographs/table.tsv` of the Rust library, which characters are written for which.

    pip install ja-itaiji==1.0.2 joyokanji==1.1.0 opencc-python-reimplemented==0.1.7
    python scripts/build_heterographs.py

The rest of what it reads is in `scripts/data`. A layer holds each alternate once. In "koseki" and
"unihan" a kanji of JIS level 1, of the jōyō or of the jinmeiyō list is never an alternate, and a
pair needs two sources, or one and a reader (`heterograph_review.txt`). `--check` writes nothing and
tells whether the table is the one that would be written.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DATA = ROOT / "scripts" / "data"
TARGET = ROOT / "rust" / "neox-text" / "src" / "japanese" / "heterographs" / "table.tsv"
HEAD = """\
# Characters and how the layers write them; made by scripts/build_heterographs.py from:
#
# u  Unicode Character Database, as Python's unicodedata has it (Unicode-DFS-2016)
# z  kZVariant of Unihan 15.0.0 (Unicode-DFS-2016)
# s  kSemanticVariant of Unihan 15.0.0 (Unicode-DFS-2016)
# d  kDefinition of Unihan 15.0.0, where it names another character (Unicode-DFS-2016)
# m  kJinmeiyoKanji of Unihan 15.0.0 (Unicode-DFS-2016)
# e  EquivalentUnifiedIdeograph of Unicode 15.0.0 (Unicode-DFS-2016)
# c  what Python's codecs shift_jis and cp932 make of one byte pair (PSF-2.0)
# j  joyokanji 1.1.0: the jōyō list of 2010, and forms in names (Apache-2.0)
# o  opencc-python-reimplemented 0.1.7: JPVariants of OpenCC (Apache-2.0)
# y  kyujipy 0.6.8 (MIT)
# k  kaiji 0.1.0 (MIT or Apache-2.0)
# i  ja-itaiji 1.0.2 (MIT)
# n  the JIS reduction map of the National Tax Agency of Japan (CC BY 4.0)
#
# Columns: alternate (as U+ where it would not be seen or might be lost), canonical form, layer,
# sources; then the selector that makes the alternate of the canonical form, or "text" where a text
# may be normalized so, but a vocabulary may not write the one for the other.
"""
# Kanji that are emoji: the emoji's place is another.
EMOJI = {"Ⓜ", "㊗", "㊙", *"🈁🈂🈚🈯🈲🈳🈴🈵🈶🈷🈸🈹🈺🉐🉑"}


class Row(NamedTuple):
    """A line of the table."""

    alternate: str
    canonical: str
    layer: str
    sources: str
    note: str = ""


def package_file(package: str, *path: str) -> Path:
    """A data file of an installed package, which is not imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not installed; see the head of {Path(__file__).name}")
    return Path(spec.submodule_search_locations[0], *path)


def sections(path: Path) -> dict[str, list[str]]:
    """The items of each section of a data file."""
    found: dict[str, list[str]] = defaultdict(list)
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line[1:-1]
        elif not line.startswith("#"):
            found[name] += line.split()
    return found


CARRIED = sections(DATA / "heterographs.txt")
REVIEW = sections(DATA / "heterograph_review.txt")
APART = set(REVIEW["apart"])
JOYO = set(CARRIED["unihan-joyo"])
JINMEI = {item[0] for item in CARRIED["unihan-jinmei"]}
ALIKE = {pair for item in CARRIED["unihan-spoofing"] for pair in (item, item[::-1])}


def level(char: str) -> int:
    """1 to 4 for the levels of JIS X 0208 and 0213, 5 for other kanji, 0 for what is no kanji."""
    if not re.match(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U000323af]", char):
        return 0
    for codec, first, second in ("euc_jp", 1, 2), ("euc_jis_2004", 3, 4):
        try:
            code = char.encode(codec)
        except UnicodeEncodeError:
            continue
        if codec == "euc_jis_2004":
            return first if len(code) == 2 else second
        if len(code) == 2:
            return first if code[0] < 0xD0 else second
    return 5


def rank(char: str) -> int:
    """How far a character is from the standard: the lower of a pair is canonical."""
    place = level(char)
    if place in (1, 2) and char in JOYO:
        return 0
    if place in (1, 2) and char in JINMEI:
        return 1
    return place + 1


def is_old(char: str) -> bool:
    """Whether a kanji may be an alternate where the guard holds."""
    return rank(char) > 2 and char not in JINMEI and char not in APART


def is_composed(char: str) -> bool:
    """Whether a text is its own NFC, so that no compatibility ideograph is in it."""
    return unicodedata.is_normalized("NFC", char)


def canonical() -> Iterator[Row]:
    """Compatibility ideographs with their standardized sequences, and those of punctuation."""
    number: dict[str, int] = defaultdict(int)
    for code in (*range(0xF900, 0xFADA), *range(0x2F800, 0x2FA1E)):
        char = chr(code)
        if not is_composed(char):
            base = unicodedata.normalize("NFC", char)
            yield Row(char, base, "canonical", "u", f"{0xFE00 + number[base]:04X}")
            number[base] += 1
    for char in "、。！，．：；？":
        for selector in "\ufe00\ufe01":
            yield Row(char + selector, char, "canonical", "u")


def compatible(char: str) -> tuple[str, str]:
    """Tag and target of a compatibility decomposition, one step of it."""
    tag, *codes = unicodedata.decomposition(char).split() or [""]
    return tag, "".join(chr(int(code, 16)) for code in codes)


def width() -> Iterator[Row]:
    """Half and full width, radicals, circled, squared and parenthesized forms."""
    # U+FFA0 to U+FFDC are Hangul. The wave dash is one character of JIS, read in two ways.
    for code in (*range(0xFF01, 0xFFA0), *range(0xFFE0, 0xFFEF)):
        char = chr(code)
        tag, target = compatible(char)
        if char == b"\x81\x60".decode("cp932"):
            yield Row(char, b"\x81\x60".decode("shift_jis"), "width", "c")
        elif char in "ﾞﾟ":
            yield Row(char, {"ﾞ": "゛", "ﾟ": "゜"}[char], "width", "u")
        elif tag in ("<wide>", "<narrow>"):
            yield Row(char, target, "width", "u", "text" if tag == "<wide>" else "")
    for code in range(0x2F00, 0x2FD6):
        yield Row(chr(code), compatible(chr(code))[1], "width", "u")
    for pair in CARRIED["radicals"]:
        if level(pair[1]) in (1, 2):
            yield Row(pair[0], pair[1], "width", "e")
    for first, last in (0x2460, 0x24FF), (0x3200, 0x33FF), (0x1F100, 0x1F2FF):
        for code in range(first, last + 1):
            char = chr(code)
            tag, target = compatible(char)
            korean = re.search("[\u1100-\u11ff\uac00-\ud7a3]", target)
            if tag in ("<circle>", "<square>", "<compat>") and char not in EMOJI and not korean:
                yield Row(char, target, "width", "u", "text")


def official() -> dict[str, tuple[str, str]]:
    """Old forms of the official list, with canonical form and sources."""
    found: dict[str, tuple[str, str]] = {}
    text = package_file("joyokanji", "config", "kanji.json").read_text(encoding="utf-8")
    for old, new in json.loads(text).items():
        found[old] = new, "j"
    # The list has three old forms of one kanji, and one that the file lacks.
    for old, new in ("辨", "弁"), ("瓣", "弁"), ("辯", "弁"), ("龜", "亀"):
        found[old] = new, "o"
    return found


def opencc() -> dict[str, str]:
    """Japanese forms of traditional ones."""
    path = package_file("opencc", "dictionary", "JPVariants.txt")
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {old: new.split(" ")[0] for old, new in lines}


def simplified() -> set[str]:
    """Characters that China simplified, each before what it is written for."""
    path = package_file("opencc", "dictionary", "STCharacters.txt")
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return {new + old for new, olds in lines for old in olds.split(" ")}


def shinjitai() -> Iterator[Row]:
    """The official list; then jinmeiyō pairs and simplified forms beside the lists.

    Beside the official list an old form that JIS X 0208 has goes to none but a listed new form: of
    檜 and 桧 both are in use.
    """
    listed = official()
    for old, (new, source) in listed.items():
        yield Row(old, new, "shinjitai", source, "text" if level(old) == 1 else "")
    found: dict[tuple[str, str], str] = defaultdict(str)
    for old, new in opencc().items():
        found[old, new] += "o"
    for pair in CARRIED["kyujipy"]:
        found[pair[0], pair[1]] += "y"
    for item in CARRIED["unihan-jinmei"]:
        if len(item) == 2:
            new, old = sorted(item, key=lambda char: (rank(char), level(char)))
            found[old, new] += "m"
    taken: dict[str, str] = {}
    for (old, new), sources in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        living = level(old) == 2 and rank(new) > 1
        if old in listed or old in taken or old in APART | JOYO or not is_composed(old):
            continue
        if level(old) == 1 or level(new) not in (1, 2) or living or old + new in ALIKE:
            continue
        if (rank(old), level(old)) <= (rank(new), level(new)):
            continue
        taken[old] = new
        yield Row(old, new, "shinjitai", sources)


def witnesses() -> dict[str, str]:
    """The sources of each pair, alternate first, whatever order a source has."""
    found: dict[str, str] = defaultdict(str)
    text = package_file("ja_itaiji", "data", "term", "ja-itaiji.json").read_text(encoding="utf-8")
    sources = {
        "z": CARRIED["unihan-z"],
        "s": CARRIED["unihan-semantic"],
        "d": CARRIED["unihan-definition"],
        "j": [old + new for old, (new, _) in official().items()],
        "o": [old + new for old, new in opencc().items()],
        "y": CARRIED["kyujipy"],
        "k": CARRIED["kaiji"],
        "i": [one + other for one, family in json.loads(text).items() for other in family[1:]],
        "n": CARRIED["nta"],
    }
    variants = package_file("joyokanji", "config", "variants.json").read_text(encoding="utf-8")
    sources["j"] += [old + new for old, new in json.loads(variants).items()]
    for letter, pairs in sources.items():
        for pair in pairs:
            if len(pair) == 2 and is_composed(pair):
                new, old = sorted(pair, key=lambda char: (rank(char), char))
                if letter not in found[old + new] and rank(new) < rank(old):
                    found[old + new] += letter
    return found


def kanji(forms: dict[str, str]) -> Iterator[Row]:
    """The layers "koseki" and "unihan"; `forms` is what the layer "shinjitai" writes."""
    read = set(REVIEW["read"])
    never = (ALIKE | simplified()) - read | set(REVIEW["not"])
    candidates: dict[str, dict[str, str]] = defaultdict(dict)
    for pair, sources in witnesses().items():
        old, new = pair[0], pair[1]
        if pair in never or not is_old(old) or old in forms or level(new) not in (1, 2):
            continue
        if len(sources) > 1 or pair in read or sources == "z":
            candidates[old][new] = sources

    def end(char: str, seen: str = "") -> str:
        """The form in which all layers leave a character."""
        if char in forms and level(char) > 1:
            return forms[char]
        known = candidates.get(char, {})
        ends = {best for new in known if new not in seen and (best := end(new, seen + char))}
        return min(ends, key=lambda new: (rank(new), new)) if ends else char

    for old, known in sorted(candidates.items()):
        votes: dict[str, str] = defaultdict(str)
        for new, sources in known.items():
            votes[end(new, old)] += sources
        best = max(len(set(sources)) for sources in votes.values())
        named = [new for new, sources in votes.items() if len(set(sources)) == best]
        if len(named) != 1:
            continue
        sources = "".join(sorted(set(votes[named[0]])))
        of_names = set(sources) & set("jkn") or not set(sources) & set("sz")
        # Who takes the trouble to write a kanji beyond U+FFFF wants it back.
        note = "text" if ord(old) > 0xFFFF else ""
        yield Row(old, named[0], "koseki" if of_names else "unihan", sources, note)


def rows() -> list[Row]:
    """All rows, layer by layer."""
    new = list(shinjitai())
    forms = {row.alternate: row.canonical for row in new}
    rest = sorted(kanji(forms), key=lambda row: row.layer)
    made = [*canonical(), *width(), *new, *rest]
    order = ("canonical", "width", "shinjitai", "koseki", "unihan")
    return sorted(made, key=lambda row: (order.index(row.layer), row.alternate))


def written(char: str) -> str:
    """The alternate as the table has it."""
    if len(char) == 1 and unicodedata.is_normalized("NFKC", char):
        return char
    return " ".join(f"U+{ord(part):04X}" for part in char)


def table() -> str:
    """The file."""
    lines = ("\t".join([written(row.alternate), *row[1:]]).rstrip("\t") for row in rows())
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    made = table()
    if sys.argv[1:] == ["--check"]:
        old = TARGET.read_text(encoding="utf-8").splitlines()
        diff = difflib.unified_diff(old, made.splitlines(), "table.tsv", "as built", lineterm="")
        sys.exit("\n".join(diff) or None)
    TARGET.write_text(made, encoding="utf-8", newline="\n")
    print(f"{len(rows())} pairs, {len(made.encode())} bytes")
