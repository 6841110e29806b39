"""Train the default tokenizer: 32k entries of English, code, Japanese and the world's languages.

    python scripts/train_default.py CORPORA [-o FILE]

CORPORA is the folder of texts named in MIX. The tokenizer is in the manner of GPT-NeoX: NFC, the tokens
`<|endoftext|>` (0) and `<|padding|>` (1), runs of 2 to 24 spaces. The file does not depend on the number
of threads or the machine.

The corpora are small, so what they say of text in general is stretched:

* MIX weighs them against each other, as whole copies. The Declaration of Human Rights says the same thing
  in 400 languages, so it counts least; the few modern Japanese articles count most.
* Words occur in texts with the capitals of titles, shouting and identifiers more often than in these
  corpora, so the words of the English texts are given once more in each of those shapes.
* Other people's files have tabs and carriage returns; a part of the copies has them too.
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

# Copies of each text.
MIX = {
    "english.txt": 18,
    "code_python.txt": 14,
    "japanese_literature.txt": 5,
    "japanese_tanaka.txt": 6,
    "japanese_technical.md": 5,
    "japanese_wikipedia.txt": 15,
    "multilingual_udhr.txt": 1,
}
CARRIAGE_RETURNS = {"english.txt": 3}
TABS = {"code_python.txt": 5}
WORDS = "english.txt"


def texts(corpora: Path) -> Iterator[str]:
    """Every text as often as it counts."""
    found = {name: (corpora / name).read_bytes().decode("utf-8") for name in MIX}
    for name, copies in MIX.items():
        yield from [found[name]] * copies
    for name, copies in CARRIAGE_RETURNS.items():
        yield from [found[name].replace("\n", "\r\n")] * copies
    for name, copies in TABS.items():
        yield from [re.sub("(?m)^(?:    )+", lambda run: "\t" * (len(run[0]) // 4), found[name])] * copies
    words = " ".join(re.findall("[A-Za-z]+", found[WORDS]))
    lines = words.replace(" ", "\n")
    yield from [lines.lower(), lines.lower(), lines.title(), lines.upper(), words.title(), words.upper()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the default tokenizer.")
    parser.add_argument("corpora", type=Path, help="the folder of the texts")
    parser.add_argument("-o", "--output", type=Path, default=ASSET, help="the file to write")
    given = parser.parse_args()
    trained = neox_text.train_bpe(
        texts(given.corpora), VOCAB_SIZE, special_tokens=SPECIAL_TOKENS, space_runs=SPACE_RUNS
    )
    made = json.loads(trained.to_str())
    merges = made["model"]["merges"]
    made["model"]["merges"] = [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]
    text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"{given.output}: {len(trained)} entries, {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
