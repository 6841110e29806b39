"""`neox-text info`: what a tokenizer is."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from neox_text._commands.common import Command, add_tokenizer
from neox_text._commands.kinds import load_tokenizer

if TYPE_CHECKING:
    from neox_text import AnyTokenizer, Tokenizer


def _add_info(parser: argparse.ArgumentParser) -> None:
    add_tokenizer(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object")


def _info(options: argparse.Namespace) -> None:
    from neox_text import Tokenizer

    tok = load_tokenizer(options)
    found = {
        **(_bpe(tok) if isinstance(tok, Tokenizer) else _japanese(tok)),
        **{
            name: getattr(tok, name)
            for name in ("bos_token", "eos_token", "unk_token", "pad_token")
        },
        "fingerprint": tok.fingerprint,
    }
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    for name, value in found.items():
        sys.stdout.write(f"{name.replace('_', ' '):15} {_shown(value)}\n")


def _bpe(tok: Tokenizer) -> dict[str, Any]:
    spec = json.loads(tok.to_str())
    added = tok.added_tokens.values()
    return {
        "kind": "bpe",
        "entries": len(tok),
        "vocabulary": tok.get_vocab_size(with_added_tokens=False),
        "merges": len(spec["model"]["merges"]),
        "added_tokens": len(added),
        "special_tokens": [token.content for token in added if token.special],
        "normalizer": _kind(spec["normalizer"]),
        "post_processor": _kind(spec["post_processor"]),
    }


def _japanese(tok: AnyTokenizer) -> dict[str, Any]:
    made: dict[str, Any] = getattr(tok, "options", {})
    return {
        "kind": "japanese",
        "profile": made.get("profile"),
        "entries": len(tok),
        "vocabulary": tok.get_vocab_size(with_added_tokens=False),
        "surfaces": len(tok.get_vocab(with_added_tokens=False)),
        "added_tokens": len(tok.added_tokens),
        "special_tokens": [tok.id_to_token(id) for id in tok.all_special_ids],
        "options": {
            name: value
            for name, value in made.items()
            if name != "profile" and not name.endswith("_token")
        },
    }


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={setting}" for name, setting in value.items())
    shown = " ".join(value) if isinstance(value, list) else value
    return "none" if shown in (None, "") else str(shown)


def _kind(part: dict[str, Any] | None) -> str | None:
    """The type of a part of tokenizer.json, of a sequence the types it has."""
    if part is None:
        return None
    if part["type"] != "Sequence":
        return str(part["type"])
    members = next(value for value in part.values() if isinstance(value, list))
    return " ".join(member["type"] for member in members) or None


COMMAND = Command(
    "info",
    "what a tokenizer is",
    "Show what a tokenizer is: its sizes, parts, special tokens, and its fingerprint, the\n"
    "sha256 of what decides ids.",
    "  neox-text info\n"
    "  neox-text info --tokenizer gpt-neox-20b/ --json\n"
    "  neox-text info --kind japanese",
    _add_info,
    _info,
)
