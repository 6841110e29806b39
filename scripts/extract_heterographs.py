"""Write `scripts/data/heterographs.txt`: what `build_heterographs.py` reads and pip cannot install.

    python scripts/extract_heterographs.py UNICODE KYUJIPY KAIJI

UNICODE is the folder /usr/share/unicode of Debian's package unicode-data 15.0.0, KYUJIPY the folder
`kyujipy/data` of the wheel kyujipy 0.6.8, KAIJI the file `src/variants.rs` of the crate kaiji
0.1.0. The map of the National Tax Agency is asked of the package jntajis-python 0.1.0, which must
be installed. Only pairs with a kanji of JIS X 0208 are kept.
"""

from __future__ import annotations

import bz2
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

TARGET = Path(__file__).parent / "data" / "heterographs.txt"
HEAD = """\
# Pairs of characters from sources that pip cannot install, or only with much besides; written by
# scripts/extract_heterographs.py, read by scripts/build_heterographs.py. Two characters are a pair.
#
# unihan-*, radicals: Unicode Character Database 15.0.0, (c) 2022 Unicode, Inc. (Unicode-DFS-2016),
#   from Debian's package unicode-data 15.0.0-1: kZVariant, kSemanticVariant, kSpoofingVariant, the
#   characters that kDefinition calls the same as or a form of another, kJoyoKanji, kJinmeiyoKanji,
#   EquivalentUnifiedIdeograph
# nta: the JIS reduction map of the National Tax Agency of Japan (CC BY 4.0), as the package
#   jntajis-python 0.1.0 has it
# kyujipy: kyujitai_simplified and kyujitai_variants of kyujipy 0.6.8, (c) 2017-2025 Emmanuel Ternon
#   (MIT)
# kaiji: the Japanese variants of the crate kaiji 0.1.0 (MIT or Apache-2.0)
"""
IDEOGRAPH = "[㐀-䶿一-鿿豈-﫿\U00020000-\U000323af]"
SAME = re.compile(
    rf"(?:same as|variant of|form of|interchangeable with)\s+"
    rf"(?:U\+[0-9A-F]+\s*({IDEOGRAPH})|({IDEOGRAPH})|U\+([0-9A-F]{{4,5}}))"
)


def is_jis(char: str) -> bool:
    """Whether JIS X 0208 has the character."""
    try:
        return len(char.encode("euc_jp")) == 2
    except UnicodeEncodeError:
        return False


def unihan(folder: Path, name: str) -> Iterator[tuple[str, str, str]]:
    """Character, field and value of each line of a Unihan file."""
    with bz2.open(folder / f"Unihan_{name}.txt.bz2", "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("U+"):
                code, field, value = line.rstrip("\n").split("\t")
                yield numbered(code), field, value


def numbered(value: str) -> str:
    """The characters written as U+XXXX in a value."""
    return "".join(chr(int(code, 16)) for code in re.findall(r"U\+([0-9A-F]{4,6})", value))


def variants(folder: Path, field: str) -> Iterator[str]:
    """Pairs of a variant field, which has both directions or one."""
    for char, name, value in unihan(folder, "Variants"):
        if name == field:
            yield from ("".join(sorted(char + other)) for other in numbered(value) if other != char)


def defined(folder: Path) -> Iterator[str]:
    """Pairs of characters one of which is defined by the other."""
    for char, field, value in unihan(folder, "Readings"):
        if field == "kDefinition":
            for one, two, code in SAME.findall(value):
                other = one or two or chr(int(code, 16))
                if other != char:
                    yield "".join(sorted(char + other))


def listed(folder: Path, field: str) -> Iterator[str]:
    """Characters of a list, each alone, and with the one it is a form of."""
    for char, name, value in unihan(folder, "OtherMappings"):
        if name == field:
            yield char + numbered(value)


def radicals(folder: Path) -> Iterator[str]:
    """Radicals of the supplement with their ideographs."""
    text = (folder / "EquivalentUnifiedIdeograph.txt").read_text(encoding="utf-8")
    for first, last, code in re.findall(r"(?m)^(2E\w\w)(?:\.\.(\w+))?\s*;\s*(\w+)", text):
        for radical in range(int(first, 16), int(last or first, 16) + 1):
            yield chr(radical) + chr(int(code, 16))


def tax_agency() -> Iterator[str]:
    """Characters beyond JIS X 0208 and what a firm's name has for them."""
    import jntajis  # type: ignore[import-not-found,unused-ignore]

    for code in (*range(0x3400, 0xA000), *range(0xFA0E, 0xFA2A), *range(0x20000, 0x323B0)):
        try:
            target = jntajis.jnta_shrink_translit(chr(code), "\ufffd")
        except jntajis.TransliterationError:
            continue
        if len(target) == 1 and target not in (chr(code), "\ufffd"):
            yield chr(code) + target


def in_quotes(text: str, pattern: str) -> Iterator[str]:
    """The two characters of each match, without compatibility ideographs."""
    for one, other in re.findall(pattern, text):
        if one != other and unicodedata.is_normalized("NFC", one + other):
            yield one + other


def check_sequences(folder: Path) -> None:
    """The builder numbers an ideograph's standardized sequences by its compatibility ideographs."""
    found: dict[str, list[str]] = {}
    for code in (*range(0xF900, 0xFADA), *range(0x2F800, 0x2FA1E)):
        if unicodedata.decomposition(chr(code)):
            found.setdefault(unicodedata.normalize("NFD", chr(code)), []).append(f"{code:04X}")
    ours = {
        (f"{ord(base):04X}", f"FE{number:02X}", code)
        for base, codes in found.items()
        for number, code in enumerate(codes)
    }
    text = (folder / "StandardizedVariants.txt").read_text(encoding="utf-8")
    theirs = re.findall(r"(?m)^(\w+) (\w+); CJK COMPATIBILITY IDEOGRAPH-(\w+)", text)
    if ours != set(theirs):
        raise SystemExit("the sequences are not numbered as their ideographs are")


def section(name: str, items: Iterable[str], every: bool = False) -> str:
    """A section: its items once each, in order, packed in lines."""
    kept = sorted({item for item in items if every or any(map(is_jis, item))})
    lines = [" ".join(kept[at : at + 20]) for at in range(0, len(kept), 20)]
    return "\n".join([f"\n[{name}]", *lines, ""])


def main() -> None:
    """Write the file."""
    folder, kyujipy, kaiji = map(Path, sys.argv[1:])
    check_sequences(folder)
    new_old = r'\["(.)", *"(.)"\]'
    kyujitai = "".join(
        (kyujipy / f"kyujitai_{name}.cson").read_text(encoding="utf-8")
        for name in ("simplified", "variants")
    )
    japanese = kaiji.read_text(encoding="utf-8").partition('feature = "chinese"')[0]
    TARGET.write_text(
        HEAD
        + section("unihan-z", variants(folder, "kZVariant"))
        + section("unihan-semantic", variants(folder, "kSemanticVariant"))
        + section("unihan-spoofing", variants(folder, "kSpoofingVariant"))
        + section("unihan-definition", defined(folder))
        + section("unihan-joyo", (i for i in listed(folder, "kJoyoKanji") if len(i) == 1))
        + section("unihan-jinmei", listed(folder, "kJinmeiyoKanji"), every=True)
        + section("radicals", radicals(folder), every=True)
        + section("nta", tax_agency())
        + section("kyujipy", (pair[::-1] for pair in in_quotes(kyujitai, new_old)))
        + section("kaiji", in_quotes(japanese, r"\('(.)', '(.)'\)")),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
