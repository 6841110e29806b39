"""Write the characters of the Japanese standards that the trainer reserves.

    python scripts/build_jis.py [-o FILE]

The source is the codecs of CPython: `euc_jp` and `cp932` for JIS X 0208 (where their mappings
differ, both characters are taken) and the row of NEC, `euc_jis_2004` for what JIS X 0213 adds
outside kanji. Sequences, combining marks, spaces and ASCII are left out.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections.abc import Iterator
from pathlib import Path

TABLE = "rust/neox-text/src/japanese/train/jis.rs"
PATH = Path(__file__).parent.parent / TABLE
WIDTH = 46

HEAD = """\
//! Written by `scripts/build_jis.py`: do not edit.
//!
//! Source: the codecs `euc_jp`, `cp932` and `euc_jis_2004` of `CPython`.
"""


def cells(codec: str, rows: range) -> Iterator[str]:
    """The characters of some rows of 94 cells, in order."""
    for row in rows:
        for cell in range(94):
            code = [row + 0xA0, cell + 0xA1]
            if codec == "cp932":  # two rows share a first byte, and 0x7F is no second one
                second = cell + (0 if row % 2 else 94)
                code = [(row - 1) // 2 + 0x81, second + (0x40 if second < 63 else 0x41)]
            try:
                text = bytes(code).decode(codec)
            except UnicodeDecodeError:
                continue
            # The em dash and the minus sign are read as a long vowel, and never looked up.
            wanted = len(text) == 1 and text > "\x7f" and text not in "\u2014\u2212"
            if wanted and unicodedata.category(text)[0] not in "MZC":
                yield text


def is_wide_ascii(c: str) -> bool:
    """Whether a range names it anyway."""
    return "\uff01" <= c <= "\uff5e"


def escaped(c: str) -> str:
    """A character as source code has it: one that NFC would change is not safe there."""
    return c if unicodedata.is_normalized("NFC", c) else f"\\u{{{ord(c):x}}}"


def table() -> str:
    """The source text."""
    first = [*cells("euc_jp", range(1, 3)), *cells("cp932", range(1, 3))]
    rest = [*cells("euc_jp", range(4, 9)), *cells("cp932", range(4, 9))]
    rest += [*cells("cp932", range(13, 14)), *cells("euc_jis_2004", range(1, 14))]
    kana = [chr(c) for c in range(0x3041, 0x3100) if unicodedata.category(chr(c))[0] in "LS"]
    parts = {
        "SYMBOLS": ("Rows 1 and 2 of JIS X 0208: punctuation and symbols.", first),
        "KANA": ("Hiragana and katakana, of Unicode.", kana),
        "LEVEL_1": ("Level 1: kanji in common use, by reading.", cells("euc_jp", range(16, 48))),
        "LEVEL_2": ("Level 2: other kanji, by radical.", cells("euc_jp", range(48, 85))),
        "OTHERS": ("Other alphabets and symbols; row 13; what JIS X 0213 adds.", rest),
    }
    seen: set[str] = set()
    text = HEAD
    for name, (comment, characters) in parts.items():
        new = [c for c in dict.fromkeys(characters) if c not in seen and not is_wide_ascii(c)]
        seen.update(new)
        lines = ["".join(new[at : at + WIDTH]) for at in range(0, len(new), WIDTH)]
        lines = ["".join(map(escaped, line)) for line in lines]
        text += f'\n/// {comment}\npub(super) const {name}: &str = "\\\n'
        text += "".join(f"{line}\\\n" for line in lines).removesuffix("\\\n") + '";\n'
    return text


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description="Write the characters of the JIS standards.")
    parser.add_argument("-o", "--output", type=Path, default=PATH, help="the file to write")
    given = parser.parse_args()
    given.output.write_text(table(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
