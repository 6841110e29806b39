"""Train the default tokenizer: 32k entries of English, code, Japanese and the world's languages.

    python scripts/train_default.py CORPORA [-o FILE]

CORPORA is the folder of the texts that COPIES names. The tokenizer is in the manner of GPT-NeoX:
NFC, the tokens `<|endoftext|>` (0) and `<|padding|>` (1), runs of 2 to 24 spaces. The file depends
neither on the machine nor on the number of threads.

The corpora are small, so what they say of text in general is stretched:

* They are weighed against each other in whole copies. The Declaration of Human Rights says the same
  in 400 languages, so it counts least; the few modern Japanese articles count most.
* Other people's files have tabs and carriage returns; so have some of the copies.
* Words occur as titles, in capitals and inside identifiers more often than in these corpora, so the
  words of the English texts are given once more in each of those shapes.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import neox_text

VOCAB_SIZE = 32_768
SPECIAL_TOKENS = ("<|endoftext|>", "<|padding|>")
SPACE_RUNS = 24
ASSET = Path(__file__).parent.parent / "python" / "neox_text" / "assets" / "default.json"

COPIES = {
    "english.txt": 18,
    "code_python.txt": 14,
    "japanese_literature.txt": 5,
    "japanese_tanaka.txt": 6,
    "japanese_technical.md": 5,
    "japanese_wikipedia.txt": 15,
    "multilingual_udhr.txt": 1,
}
COPIES_WITH_CARRIAGE_RETURNS = 3
COPIES_WITH_TABS = 5


def texts(corpora: Path) -> Iterator[str]:
    """Give every text as often as it counts."""
    found = {name: (corpora / name).read_bytes().decode("utf-8") for name in COPIES}
    for name, copies in COPIES.items():
        yield from [found[name]] * copies
    english, code = found["english.txt"], found["code_python.txt"]
    yield from [english.replace("\n", "\r\n")] * COPIES_WITH_CARRIAGE_RETURNS
    tabs = re.sub("(?m)^(?:    )+", lambda indent: "\t" * (len(indent[0]) // 4), code)
    yield from [tabs] * COPIES_WITH_TABS
    words = re.findall("[A-Za-z]+", english)
    after_space, alone = " ".join(words), "\n".join(words)
    yield from (alone.lower(), alone.lower(), alone.title(), alone.upper())
    yield from (after_space.title(), after_space.upper())


def main() -> None:
    """Train, and write the file."""
    parser = argparse.ArgumentParser(description="Train the default tokenizer.")
    parser.add_argument("corpora", type=Path, help="the folder of the texts")
    parser.add_argument("-o", "--output", type=Path, default=ASSET, help="the file to write")
    given = parser.parse_args()
    trained = neox_text.train_bpe(
        texts(given.corpora), VOCAB_SIZE, special_tokens=SPECIAL_TOKENS, space_runs=SPACE_RUNS
    )
    made = json.loads(trained.to_str())
    pairs = made["model"]["merges"]
    made["model"]["merges"] = [p if isinstance(p, str) else " ".join(p) for p in pairs]
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n"
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(text, encoding="utf-8", newline="\n")
    print(f"{given.output}: {len(trained):,} entries, {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
