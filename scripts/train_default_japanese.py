"""Train the default Japanese tokenizer: 32,000 entries in the manner of Japanese BPEEncoder V2.

    python scripts/train_default_japanese.py CORPORA [-o FOLDER]

CORPORA is the folder of the texts that COPIES names. The files depend neither on the machine nor
on the number of threads. The last tenth of each text is never read, so that it can be measured
there.

Half of the characters are literature a hundred years old. The default is for the Japanese of
today, so the other texts count as several copies: the encyclopedia, which is the smallest and has
the most words and names, as six, sentences of everyday life and the translated manual as two.
What one place of one text holds is chance, even in six copies, so an n-gram must occur oftener.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import neox_text

VOCAB_SIZE = 32_000
MIN_FREQUENCY = 7
ASSETS = Path(__file__).parent.parent / "python" / "neox_text" / "assets" / "japanese"

COPIES = {
    "japanese_literature.txt": 1,
    "japanese_tanaka.txt": 2,
    "japanese_technical.md": 2,
    "japanese_wikipedia.txt": 6,
}
# A little less than nine tenths, so that no way of rounding reaches into the last.
READ_PERCENT = 89


def beginning(corpora: Path, name: str) -> str:
    """The lines of a text that may be trained on."""
    text = (corpora / name).read_bytes().decode("utf-8")
    text = text[: text.rfind("\n", 0, len(text) * READ_PERCENT // 100) + 1]
    # A mark of the data set between the title of an article and its text.
    return text.replace(" [SEP] ", "\n")


def texts(corpora: Path) -> Iterator[str]:
    """Every text as often as it counts."""
    for name, copies in COPIES.items():
        yield from [beginning(corpora, name)] * copies


def main() -> None:
    """Train, and write the tokenizer."""
    parser = argparse.ArgumentParser(description="Train the default Japanese tokenizer.")
    parser.add_argument("corpora", type=Path, help="the folder of the texts")
    parser.add_argument("-o", "--output", type=Path, default=ASSETS, help="the folder to write to")
    given = parser.parse_args()
    trained, report = neox_text.train_japanese(
        texts(given.corpora), VOCAB_SIZE, min_frequency=MIN_FREQUENCY
    )
    trained.save_pretrained(given.output)
    size = (given.output / "vocab.txt").stat().st_size
    print(f"{given.output}: {len(trained):,} entries, {size:,} bytes")
    print(report)


if __name__ == "__main__":
    main()
