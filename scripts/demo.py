"""`make demo`: the default tokenizers on real text, without network.

Colours are used on a terminal, or where FORCE_COLOR is set, and never where NO_COLOR is.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from pathlib import Path

import neox_text
from neox_text import AnyTokenizer, Encoding, JapaneseTokenizer, Tokenizer, japanese
from neox_text._commands.color import view

SAMPLES = {
    "English": "It's 7:45, and the train hasn't left yet; we'll walk.",
    "code": (
        "def area(radius):\n    if radius < 0:\n        raise ValueError(radius)\n"
        "    return 3.14159 * radius**2\n"
    ),
    "Japanese": "吾輩のとなりに住む人は、毎朝七時に犬を連れて散歩に出かける。",
    "emoji": "👍🏽 means yes, 👨‍👩‍👧 is a family, 🇯🇵 a flag 🙂",
    "decomposed marks": "Cafe\u0301, A\u030angstro\u0308m and か\u3099 are composed first (NFC).",
    "a special token": "one text<|endoftext|>another text",
}
JAPANESE = {
    "Japanese": SAMPLES["Japanese"],
    "two ways to write a word": "慶應と慶応、桜と櫻は、それぞれ同じトークンになる。",
    "emoji, and what is not in the vocabulary": "今日は🐯と👋🏽で楽しい(^_^) 한국어とไทย",
}
COLOUR = "NO_COLOR" not in os.environ and (sys.stdout.isatty() or "FORCE_COLOR" in os.environ)


def cells(tok: AnyTokenizer, text: str, encoding: Encoding) -> str:
    """The text cut into its tokens: coloured, or with bars where there are no colours."""
    if COLOUR:
        return view(tok, encoding, text)
    spans = encoding.spans().tolist()
    return "|".join(text[start:end].replace("\n", "⏎\n") or "·" for start, end in spans)


def show(tok: AnyTokenizer, name: str, text: str, encoding: Encoding) -> None:
    """The text cut into its tokens, with ids and offsets of the first ones."""
    print(f"\n{name}: {len(text)} characters, {len(text.encode())} bytes, {len(encoding)} tokens")
    print(cells(tok, text, encoding))
    print(f"  ids      {' '.join(map(str, encoding.ids[:12]))}{' ...' * (len(encoding) > 12)}")
    print(f"  offsets  {' '.join(f'{a}-{b}' for a, b in encoding.offsets[:12])}")


def real_text(size: int = 8_000_000) -> list[str]:
    """Source files of this Python's standard library: real text that is on every machine."""
    folder = Path(sysconfig.get_path("stdlib"))
    found, total = [], 0
    for path in sorted(folder.glob("**/*.py")):
        if "site-packages" in path.parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found.append(text)
        total += len(text)
        if total > size:
            break
    return found


def speed(tok: AnyTokenizer) -> None:
    """Tokens a second on this machine, now."""
    texts = real_text()
    size = sum(len(text.encode()) for text in texts)
    for label, threads in (("one thread", 1), ("all cores", None)):
        best, ids = float("inf"), 0
        for _ in range(3):
            start = time.perf_counter()
            batch = tok.encode_batch(texts, threads=threads)
            best = min(best, time.perf_counter() - start)
            ids = len(batch.flat_ids)
        print(
            f"  {label:11} {ids / best / 1e6:6.1f} million tokens/s, {size / best / 1e6:6.0f} MB/s"
        )
    print(f"  ({len(texts)} files of Python's standard library, {size / 1e6:.1f} MB; best of 3)")


def load(kind: type[Tokenizer | JapaneseTokenizer], name: str) -> AnyTokenizer:
    """The default tokenizer of a kind, with the time that it takes."""
    start = time.perf_counter()
    tok = kind.default()
    passed = (time.perf_counter() - start) * 1e3
    print(f"{name}: {len(tok)} entries, loaded in {passed:.1f} ms")
    return tok


def samples(tok: AnyTokenizer, texts: dict[str, str]) -> list[str]:
    """Show each text; the names of those that do not come back."""
    wrong = []
    for name, text in texts.items():
        encoding = tok.encode(text)
        show(tok, name, text, encoding)
        back = tok.decode(encoding.ids)
        if back == text:
            print("  decode   gives the text back")
        elif tok.encode(back).ids == encoding.ids:
            print(f"  decode   gives {back!r}, which has the same ids")
        else:
            wrong.append(name)
            print(f"  decode   gives {back!r}, which has OTHER ids")
    return wrong


def main() -> int:
    """Show everything; 1 if a text does not come back."""
    print(f"neox-text {neox_text.__version__}")
    tok = load(Tokenizer, "default tokenizer, byte-level BPE")
    wrong = samples(tok, SAMPLES)
    print()
    wrong += samples(load(JapaneseTokenizer, "default Japanese tokenizer"), JAPANESE)
    text = "お問い合わせは令和6年5月1日までに a@b.jp か 03-1234-5678 へ。参加費は１，２００円。"
    print(f"\ncleaned: {text}\n      -> {japanese.clean_text(text, profile='modern')}")
    print("\nspeed of the byte-level BPE, measured now")
    speed(tok)
    if wrong:
        print(f"\ndid not come back: {', '.join(wrong)}", file=sys.stderr)
    else:
        print("\nNext: make demo-generate, where a tiny model writes Japanese (it installs torch);")
        print("      .venv/bin/neox-text --help, README.md, make test")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
