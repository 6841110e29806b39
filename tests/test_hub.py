"""Directories and repositories: read as transformers reads them, written so that it reads them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import transformers
from conftest import END, PAD
from kinds import WORDS, spec
from neox_text import NeoxTextError, Tokenizer
from neox_text._hub import resolve
from neox_text._hub_config import UNLIMITED, read_config

TEXTS = [" ".join(WORDS[:9]), f"a  b{END}c <new> d<more> e\u0301", " lead", "<sep>x y<sep>"]
NAMES = ("bos_token", "eos_token", "unk_token", "pad_token")
GENERIC = {"tokenizer_class": "PreTrainedTokenizerFast"}
NEW = {"content": "<new>", "lstrip": True, "rstrip": False, "normalized": False}
SEP = {"__type": "AddedToken", "content": "<sep>", "lstrip": False, "rstrip": True,
       "normalized": False, "single_word": False}  # fmt: skip


def directory(
    folder: Path, config: Any, older: Any = None, legacy: Any = None, kind: str = "plain"
) -> Path:
    folder.mkdir(exist_ok=True)
    files = {
        "tokenizer.json": spec(kind),
        "tokenizer_config.json": config,
        "special_tokens_map.json": older,
        "added_tokens.json": legacy,
    }
    for name, value in files.items():
        if value is not None:
            (folder / name).write_text(json.dumps(value), encoding="utf-8")
    return folder


CONFIGS: dict[str, dict[str, Any]] = {
    "nothing told": {"config": GENERIC},
    "names": {"config": GENERIC | {"bos_token": END, "eos_token": END, "pad_token": PAD}},
    "names as objects": {"config": GENERIC | {"bos_token": SEP, "unk_token": None}},
    "names that are not there": {
        "config": GENERIC | {"pad_token": "<new>", "bos_token": "<more>", "sep_token": "<sep>"},
    },
    "a name that is an entry": {"config": GENERIC | {"pad_token": "the"}},
    "sides and length": {
        "config": GENERIC
        | {"padding_side": "left", "truncation_side": "left", "model_max_length": 2048},
    },
    "a length of 1e30": {"config": GENERIC | {"model_max_length": 1e30}},
    "no length": {"config": GENERIC | {"model_max_length": None}},
    "max_len": {"config": GENERIC | {"max_len": 77}},
    "added_tokens_decoder": {
        "config": GENERIC
        | {
            "pad_token": "<more>",
            "added_tokens_decoder": {
                "0": {"content": END, "special": True, "lstrip": True, "normalized": False},
                "700": {"content": "<more>", "special": True, "normalized": False},
                "699": {"content": "<new>", "special": False, "rstrip": True, "normalized": True},
            },
        },
        "older": {"eos_token": END},
    },
    "special_tokens_map": {
        "config": GENERIC | {"pad_token": END, "eos_token": END},
        "older": {"pad_token": NEW | {"single_word": False}, "bos_token": END},
    },
    "added_tokens.json": {
        "config": GENERIC | {"pad_token": "<more>"},
        "legacy": {"<more>": 701, "<new>": 700},
    },
    "more special tokens": {"config": GENERIC | {"additional_special_tokens": ["<new>", "<more>"]}},
    "more, by the newer key": {"config": GENERIC | {"extra_special_tokens": ["<more>", PAD]}},
    "more, by name": {"config": GENERIC | {"extra_special_tokens": {"image_token": "<new>"}}},
    "a token of another name": {"config": GENERIC | {"image_token": "<new>"}},
    "the class of GPT-NeoX": {"config": {"tokenizer_class": "GPTNeoXTokenizer"}},
    "the class, fast": {"config": {"tokenizer_class": "GPTNeoXTokenizerFast", "pad_token": END}},
    "the class with a space in front": {
        "config": {"tokenizer_class": "GPTNeoXTokenizer", "add_prefix_space": True},
    },
    "the class without a space in front": {
        "config": {"tokenizer_class": "GPTNeoXTokenizer"},
        "kind": "prefix",
    },
    "a space in front that has no effect": {"config": GENERIC | {"add_prefix_space": True}},
    "a space in front, of the file": {"config": GENERIC, "kind": "prefix"},
    "the class of GPT-2": {"config": {"tokenizer_class": "GPT2Tokenizer"}, "kind": "gpt2"},
    "GPT-2 with a space in front": {
        "config": {"tokenizer_class": "GPT2Tokenizer", "add_prefix_space": True},
        "kind": "gpt2",
    },
}


def same(tok: Tokenizer, peer: Any) -> None:
    """Names, ids, settings and the ids of texts are the same."""
    for name in NAMES:
        assert getattr(tok, name) == getattr(peer, name), name
        assert getattr(tok, f"{name}_id") == getattr(peer, f"{name}_id"), name
    for name in ("padding_side", "truncation_side", "model_max_length"):
        assert getattr(tok, name) == getattr(peer, name), name
    assert len(tok) == len(peer)
    assert tok.get_vocab() == peer.get_vocab()
    for text in TEXTS:
        assert tok(text)["input_ids"] == peer(text)["input_ids"], text
    ids = peer(TEXTS[1])["input_ids"]
    for skip in (True, False):
        assert tok.decode(ids, skip_special_tokens=skip) == peer.decode(
            ids, skip_special_tokens=skip
        )


@pytest.mark.parametrize("name", CONFIGS)
def test_directories_as_transformers_reads_them(name: str, tmp_path: Path) -> None:
    folder = directory(tmp_path / "made", **CONFIGS[name])
    tok = Tokenizer.from_pretrained(folder)
    same(tok, transformers.AutoTokenizer.from_pretrained(folder))
    saved = tmp_path / "a" / "saved"
    tok.save_pretrained(saved)
    assert sorted(path.name for path in saved.iterdir()) == [
        "tokenizer.json",
        "tokenizer_config.json",
    ]
    same(tok, transformers.AutoTokenizer.from_pretrained(saved))
    again = Tokenizer.from_pretrained(str(saved))
    assert again == tok
    same(again, transformers.AutoTokenizer.from_pretrained(saved))


def test_saving_over_older_files_is_not_mixed_with_them(tmp_path: Path) -> None:
    folder = directory(tmp_path / "made", GENERIC, older={"pad_token": "<old>"})
    tok = Tokenizer.from_file(folder / "tokenizer.json", pad_token=PAD)
    tok.save_pretrained(folder)
    same(tok, transformers.AutoTokenizer.from_pretrained(folder))
    assert Tokenizer.from_pretrained(folder).pad_token == PAD


def test_a_tokenizer_json_alone(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps(spec()), encoding="utf-8")
    tok = Tokenizer.from_pretrained(tmp_path)
    assert [getattr(tok, name) for name in NAMES] == [None] * 4
    assert tok.model_max_length == UNLIMITED
    assert tok == Tokenizer.from_file(tmp_path / "tokenizer.json")


def test_names_beside_a_file(tmp_path: Path) -> None:
    """A file read alone has the names told beside it that it can have, and its own ids."""
    config = GENERIC | {"pad_token": PAD, "eos_token": "<new>", "model_max_length": 5}
    path = directory(tmp_path, config | {"bos_token": END}) / "tokenizer.json"
    tok = Tokenizer.from_file(path)
    assert [getattr(tok, name) for name in NAMES] == [END, None, None, PAD]
    assert len(tok) == len(Tokenizer.from_str(path.read_text(encoding="utf-8")))
    assert tok.model_max_length == UNLIMITED
    assert Tokenizer.from_file(path, pad_token=END).pad_token == END


@pytest.mark.parametrize(
    ("kind", "name"), [("plain", "GPTNeoXTokenizer"), ("gpt2", "GPT2Tokenizer"), ("plain", None)]
)
def test_vocab_and_merges_files(kind: str, name: str | None, tmp_path: Path) -> None:
    model = spec(kind)["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    (tmp_path / "merges.txt").write_text(
        "\n".join(["#version: 0.2", *merges, ""]), encoding="utf-8"
    )
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": name}))
    tok = Tokenizer.from_pretrained(tmp_path)
    if name:
        peer = transformers.AutoTokenizer.from_pretrained(tmp_path)
        texts = [*TEXTS, "e\u0301"]
        assert [tok(text).input_ids for text in texts] == [peer(text).input_ids for text in texts]
        assert tok.get_vocab() == peer.get_vocab()
        assert tok.eos_token_id == peer.eos_token_id
    else:
        files = Tokenizer.from_files(tmp_path / "vocab.json", tmp_path / "merges.txt")
        assert tok.encode("e\u0301").ids == files.encode("e\u0301").ids


def test_a_template_by_flag_needs_a_tokenizer_json(tmp_path: Path) -> None:
    model = spec()["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    (tmp_path / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    config = {"tokenizer_class": "GPTNeoXTokenizer", "add_bos_token": True}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(NeoxTextError, match="add_bos_token") as found:
        Tokenizer.from_pretrained(tmp_path)
    assert found.value.where == "add_bos_token"


MALFORMED: dict[str, tuple[str, str, str | None]] = {
    "not JSON": ("tokenizer_config.json", '{"pad_token":\n "<x>"', "line 2 column 7"),
    "not UTF-8": ("tokenizer_config.json", '{"pad_token": "\udce9"}', "byte 15"),
    "a list": ("tokenizer_config.json", "[]", None),
    "too deep": ("tokenizer_config.json", "[" * 200_000, None),
    "a side": ("tokenizer_config.json", '{"padding_side": "up"}', "padding_side"),
    "a length": ("tokenizer_config.json", '{"model_max_length": "512"}', "model_max_length"),
    "a length below 0": ("tokenizer_config.json", '{"model_max_length": -1}', "model_max_length"),
    "an infinite length": (
        "tokenizer_config.json", '{"model_max_length": Infinity}', "model_max_length",
    ),
    "a class": ("tokenizer_config.json", '{"tokenizer_class": 5}', "tokenizer_class"),
    "a flag": ("tokenizer_config.json", '{"add_prefix_space": "yes"}', "add_prefix_space"),
    "a name": ("tokenizer_config.json", '{"pad_token": 5}', "pad_token"),
    "a name without content": ("tokenizer_config.json", '{"pad_token": {}}', "pad_token.content"),
    "a flag of a name": (
        "tokenizer_config.json", '{"pad_token": {"content": "x", "lstrip": 1}}', "pad_token.lstrip",
    ),
    "a decoder": ("tokenizer_config.json", '{"added_tokens_decoder": []}', "added_tokens_decoder"),
    "an id of the decoder": (
        "tokenizer_config.json", '{"added_tokens_decoder": {"x": {}}}', "added_tokens_decoder.x",
    ),
    "a token of the decoder": (
        "tokenizer_config.json", '{"added_tokens_decoder": {"5": 6}}', "added_tokens_decoder.5",
    ),
    "more special tokens": (
        "tokenizer_config.json", '{"extra_special_tokens": [7]}', "extra_special_tokens[0]",
    ),
    "more, of a wrong kind": (
        "tokenizer_config.json", '{"extra_special_tokens": 7}', "extra_special_tokens",
    ),
    "the older file": ("special_tokens_map.json", '{"pad_token": ["<x>"]}', "pad_token"),
    "the oldest file": ("added_tokens.json", '{"<x>": "7"}', "<x>"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_files_name_the_place(name: str, tmp_path: Path) -> None:
    file, content, where = MALFORMED[name]
    directory(tmp_path, {})
    path = tmp_path / file
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(NeoxTextError) as found:
        Tokenizer.from_pretrained(tmp_path)
    assert found.value.path == str(path)
    assert found.value.where == where
    assert str(path) in str(found.value)
    assert where is None or where in str(found.value)


def test_a_malformed_tokenizer_json_keeps_its_path(tmp_path: Path) -> None:
    """Also where add_prefix_space was patched, so that the file was not read by the library."""
    config = {"tokenizer_class": "GPTNeoXTokenizer", "add_prefix_space": True}
    broken = spec() | {"normalizer": {"type": "Fancy"}}
    directory(tmp_path, config)
    (tmp_path / "tokenizer.json").write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(NeoxTextError, match="normalizer") as found:
        Tokenizer.from_pretrained(tmp_path)
    assert found.value.path == str(tmp_path / "tokenizer.json")


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"tokenizer\.json.*merges\.txt"):
        Tokenizer.from_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(NotADirectoryError, match="from_file"):
        Tokenizer.from_pretrained(tmp_path / "tokenizer.json")


@pytest.mark.parametrize(
    "missing",
    ["./folder", "/no/such/folder", "a/b/c", "folder/", "tokenizer.json", Path("owner/n")],
)
def test_missing_local_paths_are_not_looked_for_elsewhere(
    missing: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(FileNotFoundError, match="no such directory") as found:
        resolve(missing)
    assert str(missing) in str(found.value)


def test_without_huggingface_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"huggingface_hub.*pip install neox-text\[hub\]"):
        Tokenizer.from_pretrained("owner/name")


class TestRepositories:
    """With a stand-in for the download, which is all that is asked of huggingface_hub."""

    @pytest.fixture
    def hub(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
        import huggingface_hub

        asked: list[tuple[Any, ...]] = []

        def snapshot_download(repo: str, *, revision: str | None, allow_patterns: list[str]) -> str:
            asked.append((repo, revision, allow_patterns))
            return str(tmp_path)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
        return asked

    def test_only_what_is_needed(self, hub: list[tuple[Any, ...]], tmp_path: Path) -> None:
        directory(tmp_path, GENERIC | {"pad_token": PAD})
        tok = Tokenizer.from_pretrained("owner/name", revision="v1")
        assert tok.pad_token == PAD
        [(repo, revision, patterns)] = hub
        assert (repo, revision) == ("owner/name", "v1")
        assert "tokenizer.json" in patterns
        assert "tokenizer_config.json" in patterns
        assert "vocab.json" not in patterns

    def test_vocab_and_merges(self, hub: list[tuple[Any, ...]]) -> None:
        with pytest.raises(FileNotFoundError, match=r"vocab\.json"):
            Tokenizer.from_pretrained("gpt2")
        assert hub[1] == ("gpt2", None, ["vocab.json", "merges.txt"])
        assert len(hub) == 2

    @pytest.mark.parametrize("kind", ["LocalEntryNotFoundError", "RepositoryNotFoundError"])
    def test_not_found(self, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
        import huggingface_hub

        error = getattr(huggingface_hub.errors, kind)
        told = error.__new__(error)
        OSError.__init__(told, "no trace of it")

        def snapshot_download(*_: Any, **__: Any) -> str:
            raise told

        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
        with pytest.raises(FileNotFoundError, match=r"owner/name.*no trace of it"):
            Tokenizer.from_pretrained("owner/name")


def test_config_without_files(tmp_path: Path) -> None:
    assert read_config(tmp_path)["added_tokens"] == []
