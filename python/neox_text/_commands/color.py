"""The tokens of a text as coloured cells for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neox_text import AnyTokenizer, Encoding

BACKGROUNDS = (
    153,
    222,
    157,
    218,
    189,
)  # of the 256 colours: light ones, far apart from one another
VISIBLE = {" ": "\u00b7", "\n": "\u23ce\n", "\r": "\u240d", "\t": "\u2192"}
RESET = "\x1b[0m"


def view(tok: AnyTokenizer, encoding: Encoding, text: str, *, ids: bool = False) -> str:
    """The text with one background a token, spaces and line ends made visible.

    A token that begins inside a character, or has no text at all, shows as its bytes or its name.
    """
    cells = []
    spans = encoding.spans().tolist()
    for i, (id, (start, end)) in enumerate(zip(encoding.ids, spans, strict=True)):
        shown = text[start:end] if start < end else _name(tok, id)
        color = f"\x1b[30;48;5;{BACKGROUNDS[i % len(BACKGROUNDS)]}m"
        shown = "".join(map(_visible, shown)).replace("\n", f"{RESET}\n{color}")
        mark = f"\x1b[2m {id}\x1b[22m" if ids else ""
        cells.append(f"{color}{shown}{mark}{RESET}")
    return "".join(cells)


def _name(tok: AnyTokenizer, id: int) -> str:
    """What stands for a token without text: itself if it is added, else its bytes."""
    if id in tok.added_tokens:
        return tok.added_tokens[id].content
    return "".join(f"\\x{byte:02x}" for byte in tok.decode_bytes([id]))


def _visible(character: str) -> str:
    """A character that can be seen and does not control the terminal."""
    if character in VISIBLE:
        return VISIBLE[character]
    return character if character.isprintable() else ascii(character)[1:-1]
