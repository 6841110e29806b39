"""Japanese tokenizers in directories, files and pickles; directories as transformers has them."""

from __future__ import annotations

import json
import pickle
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
from conftest import END
from japanese_small import draw_text, files, lines
from neox_text import AddedToken, JapaneseTokenizer, NeoxTextError

PROFILES: Any = ["hf", "original", "modern"]
NAMES = ("bos_token", "eos_token", "unk_token", "pad_token")
SAVED = ["emoji.json", "tokenizer_config.json", "vocab.txt"]
SEPARATOR = "<|separator|>"
LAST = len(lines())  # the id behind the last line

SETTINGS: dict[str, dict[str, Any]] = {
    "nothing told": {},
    "cleaning": {"do_clean_text": True},
    "names": {"eos_token": SEPARATOR, "pad_token": "<|nottoken|>"},
    "no names": {"bos_token": None, "unk_token": None, "pad_token": None, "eos_token": None},
    "a name as an object": {"pad_token": transformers.AddedToken(SEPARATOR, special=True)},
    "sides and length": {
        "padding_side": "left", "truncation_side": "left", "model_max_length": 2048,
    },
    "more special tokens": {"extra_special_tokens": [SEPARATOR]},
}  # fmt: skip


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small `vocab.txt` and `emoji.json`."""
    return files(tmp_path_factory.mktemp("small"))


@pytest.fixture
def texts(rng: random.Random) -> list[str]:
    """Texts that are hard for the vocabulary."""
    return [draw_text(rng) for _ in range(60)]


def directory(small: tuple[Path, Path], folder: Path, config: Any = None) -> Path:
    """Both files, and a configuration where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in small:
        (folder / path.name).write_bytes(path.read_bytes())
    if config is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def same(tok: JapaneseTokenizer, peer: Any, texts: list[str]) -> None:
    """Names, ids, settings, and ids, tokens and decoding of texts are the same."""
    for name in NAMES:
        assert getattr(tok, name) == getattr(peer, name), name
        assert getattr(tok, f"{name}_id") == getattr(peer, f"{name}_id"), name
    for name in ("padding_side", "truncation_side", "model_max_length"):
        assert getattr(tok, name) == getattr(peer, name), name
    assert len(tok) == len(peer)
    assert tok.vocab_size == peer.vocab_size
    assert tok.all_special_ids == sorted(set(peer.all_special_ids))
    added = peer.added_tokens_decoder
    assert {id: str(token) for id, token in tok.added_tokens.items()} == {
        id: token.content for id, token in added.items()
    }
    for text in texts:
        ids = peer(text)["input_ids"]
        assert tok.encode(text).ids == ids, text
        assert tok.encode(text).tokens == peer.tokenize(text), text
        for skip in (False, True):
            decoded = tok.decode(ids, skip_special_tokens=skip)
            assert decoded == peer.decode(ids, skip_special_tokens=skip), text


@pytest.mark.parametrize("name", SETTINGS)
def test_directories_as_transformers_writes_and_reads_them(
    name: str, small: tuple[Path, Path], texts: list[str], tmp_path: Path
) -> None:
    vocab, emoji = small
    peer = transformers.GPTNeoXJapaneseTokenizer(
        vocab_file=str(vocab), emoji_file=str(emoji), **SETTINGS[name]
    )
    theirs, ours = tmp_path / "theirs", tmp_path / "a" / "ours"
    peer.save_pretrained(theirs)
    tok = JapaneseTokenizer.from_pretrained(theirs)
    assert tok.profile == "hf"
    same(tok, peer, texts)
    tok.save_pretrained(ours)
    assert sorted(path.name for path in ours.iterdir()) == SAVED
    assert JapaneseTokenizer.from_pretrained(str(ours)) == tok
    same(tok, transformers.AutoTokenizer.from_pretrained(ours), texts)


BARE = {"tokenizer_class": "GPTNeoXJapaneseTokenizer"}
OBJECT = {"__type": "AddedToken", "content": SEPARATOR, "lstrip": False, "rstrip": False,
          "normalized": True, "single_word": False}  # fmt: skip
OLDER: dict[str, tuple[Any, Any]] = {
    "no configuration but the class": (BARE, None),
    "names as objects": (BARE | {"eos_token": OBJECT, "pad_token": OBJECT}, None),
    "names beside": (BARE | {"do_clean_text": True}, {"eos_token": SEPARATOR, "unk_token": OBJECT}),
    "names that are null": (BARE | {"bos_token": None, "pad_token": None}, None),
    "names beside, which do not count": (
        BARE | {"added_tokens_decoder": {str(LAST - 3): OBJECT}}, {"eos_token": SEPARATOR},
    ),
    "a key of another version": (BARE | {"special_tokens_map_file": None, "errors": "x"}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", OLDER)
def test_directories_of_other_versions(
    name: str, small: tuple[Path, Path], texts: list[str], tmp_path: Path
) -> None:
    config, older = OLDER[name]
    directory(small, tmp_path, config)
    if older is not None:
        (tmp_path / "special_tokens_map.json").write_text(json.dumps(older), encoding="utf-8")
    same(
        JapaneseTokenizer.from_pretrained(tmp_path),
        transformers.AutoTokenizer.from_pretrained(tmp_path),
        texts,
    )


def test_a_directory_without_a_configuration(small: tuple[Path, Path], tmp_path: Path) -> None:
    tok = JapaneseTokenizer.from_pretrained(directory(small, tmp_path))
    assert tok == JapaneseTokenizer.from_files(*small)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_saved_is_what_is_read(
    profile: Any, small: tuple[Path, Path], texts: list[str], tmp_path: Path
) -> None:
    """A directory, a file and a pickle keep profile, options, names and added tokens."""
    vocab, emoji = small
    tok = JapaneseTokenizer.from_files(
        vocab,
        emoji,
        profile=profile,
        price="hf-py310",
        distinct_ids=True,
        match="longest",
        dropout=0.25,
        seed=2**64 - 1,
        eos_token=SEPARATOR,
        unk_token=None,
    )
    tok = tok.with_added_tokens(["東京都", AddedToken("<user>", special=True, lstrip=True)])
    assert [tok.token_to_id(token) for token in ("東京都", "<user>")] == [LAST, LAST + 1]
    tok.save_pretrained(tmp_path / "saved")
    assert (tmp_path / "saved" / "vocab.txt").read_bytes() == vocab.read_bytes()
    assert (tmp_path / "saved" / "emoji.json").read_bytes() == emoji.read_bytes()
    tok.save(tmp_path / "one.json")
    for again in (
        JapaneseTokenizer.from_pretrained(tmp_path / "saved"),
        JapaneseTokenizer.from_file(tmp_path / "one.json"),
        pickle.loads(pickle.dumps(tok)),
    ):
        assert again == tok
        assert hash(again) == hash(tok)
        assert again.fingerprint == tok.fingerprint
        assert (again.profile, again.options) == (profile, tok.options)
        assert again.added_tokens == tok.added_tokens
        assert [again.encode(t).ids for t in texts] == [tok.encode(t).ids for t in texts]
        ids = [tok.encode(text).ids for text in texts]
        assert again.decode_batch(ids) == tok.decode_batch(ids)
    for other in (tok.with_options(seed=1), tok.with_options(unk_token=END)):
        assert other != tok
    assert tok.with_options(seed=1).with_options(seed=2**64 - 1) == tok


def test_settings_are_kept(small: tuple[Path, Path], tmp_path: Path) -> None:
    config = {"padding_side": "left", "truncation_side": "left", "model_max_length": 7}
    tok = JapaneseTokenizer.from_pretrained(directory(small, tmp_path / "read", config))
    tok.save(tmp_path / "one.json")
    for again in (
        JapaneseTokenizer.from_file(tmp_path / "one.json"),
        pickle.loads(pickle.dumps(tok)),
        tok.with_options(do_clean_text=True),
        tok.with_options(distinct_ids=True).with_added_tokens(["東京都"]),
    ):
        assert {name: getattr(again, name) for name in config} == config
    assert JapaneseTokenizer.from_files(*small) != tok


def test_line_ends_are_saved_as_they_were(small: tuple[Path, Path], tmp_path: Path) -> None:
    vocab, emoji = small
    crlf = tmp_path / "crlf.txt"
    crlf.write_bytes(vocab.read_bytes().replace(b"\n", b"\r\n") + b"\r\n")
    tok = JapaneseTokenizer.from_files(crlf, emoji)
    assert tok.get_vocab() == JapaneseTokenizer.from_files(vocab, emoji).get_vocab()
    tok.save_pretrained(tmp_path / "saved")
    assert (tmp_path / "saved" / "vocab.txt").read_bytes() == crlf.read_bytes()
    tok.save(tmp_path / "one.json")
    JapaneseTokenizer.from_file(tmp_path / "one.json").save_pretrained(tmp_path / "again")
    assert (tmp_path / "again" / "vocab.txt").read_bytes() == crlf.read_bytes()


def test_transformers_keeps_our_options(small: tuple[Path, Path], tmp_path: Path) -> None:
    """A directory that passed through transformers still tells its profile."""
    tok = JapaneseTokenizer.from_files(*small, profile="modern", do_clean_text=True)
    tok.save_pretrained(tmp_path / "ours")
    peer = transformers.AutoTokenizer.from_pretrained(tmp_path / "ours")
    assert peer.do_clean_text
    peer.save_pretrained(tmp_path / "theirs")
    again = JapaneseTokenizer.from_pretrained(tmp_path / "theirs")
    assert again.options == tok.options


def test_all_files_appear_or_none(small: tuple[Path, Path], tmp_path: Path) -> None:
    tok = JapaneseTokenizer.from_files(*small)
    (tmp_path / "tokenizer_config.json").mkdir()
    with pytest.raises(IsADirectoryError):
        tok.save_pretrained(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["tokenizer_config.json"]
    with pytest.raises(FileNotFoundError):
        tok.save(tmp_path / "no" / "folder.json")


def test_a_token_whose_id_is_another_s_is_refused(small: tuple[Path, Path], tmp_path: Path) -> None:
    """There transformers gives a new token the id of `<|endoftext|>`."""
    vocab, emoji = small
    peer = transformers.GPTNeoXJapaneseTokenizer(vocab_file=str(vocab), emoji_file=str(emoji))
    peer.add_tokens(["東京都"])
    assert peer.convert_tokens_to_ids("東京都") == peer.convert_tokens_to_ids(END)
    peer.save_pretrained(tmp_path / "theirs")
    with pytest.raises(NeoxTextError, match="distinct_ids") as found:
        JapaneseTokenizer.from_pretrained(tmp_path / "theirs")
    assert found.value.where == "added_tokens_decoder"
    assert found.value.path == str(tmp_path / "theirs" / "tokenizer_config.json")
    tok = JapaneseTokenizer.from_files(vocab, emoji)
    colliding: list[Callable[[], object]] = [
        lambda: tok.with_added_tokens(["東京都"]),
        lambda: JapaneseTokenizer.from_files(vocab, emoji, pad_token="<pad>"),
        lambda: tok.with_options(pad_token="<pad>"),
    ]
    for call in colliding:
        with pytest.raises(NeoxTextError, match=r"endoftext.*distinct_ids"):
            call()
    assert tok.with_options(distinct_ids=True, pad_token="<pad>").pad_token_id == LAST
    more = tok.with_options(distinct_ids=True).with_added_tokens(["東京都"])
    with pytest.raises(NeoxTextError, match="distinct_ids"):
        more.with_options(distinct_ids=False)


def test_options_by_name(small: tuple[Path, Path]) -> None:
    """`options` is what `from_files` takes, None is the profile's own, and a profile resets."""
    for profile in PROFILES:
        tok = JapaneseTokenizer.from_files(*small, profile=profile)
        assert JapaneseTokenizer.from_files(*small, **tok.options) == tok
        unset = tok.options.keys() - {"profile", *NAMES}
        nothing: dict[str, Any] = dict.fromkeys(unset)
        assert JapaneseTokenizer.from_files(*small, profile=profile, **nothing) == tok
        assert tok.with_options(**nothing) == tok
        assert tok.with_options(**tok.options) == tok
        changed = tok.with_options(lossless=not tok.options["lossless"], do_clean_text=True, seed=3)
        assert changed.options["lossless"] != tok.options["lossless"]
        back = changed.with_options(profile=profile)
        assert back.options == tok.options | {"do_clean_text": True, "seed": 3}
        assert tok.with_options(profile="hf", strip=False).options["strip"] is False
        assert tok.with_options(bos_token=None).bos_token is None


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "no such option": ({"no_such": 1}, TypeError, "no_such.*do_clean_text"),
    "no such option, None": ({"no_such": None}, TypeError, "no_such"),
    "no such profile": ({"profile": "new"}, ValueError, "profile.*hf.*original.*modern"),
    "no such price": ({"price": "old"}, ValueError, "price.*hf-py310"),
    "no such match": ({"match": "best"}, ValueError, "match.*smallest.*longest"),
    "no such emoji": ({"emoji": "all"}, ValueError, "emoji.*rank.*grapheme"),
    "no such cleaning": ({"cleaning": ""}, ValueError, "cleaning.*reference.*better"),
    "no such ivs": ({"ivs": "x"}, ValueError, "ivs.*keep.*strip"),
    "no such heterographs": ({"heterographs": "x"}, ValueError, "heterographs.*vocab.*layers"),
    "a flag that is a number": ({"comma": 1}, TypeError, "comma.*True or False"),
    "a choice that is a flag": ({"match": True}, TypeError, "match.*str"),
    "a name that is a number": ({"pad_token": 3}, TypeError, "pad_token.*str"),
    "a rate that is a string": ({"dropout": "1"}, TypeError, "dropout.*number"),
    "a rate over 1": ({"dropout": 1.5}, ValueError, "dropout"),
    "a rate below 0": ({"dropout": -0.1}, ValueError, "dropout"),
    "a rate that is none": ({"dropout": float("nan")}, ValueError, "dropout"),
    "a seed that is a float": ({"seed": 1.0}, TypeError, "seed.*int"),
    "a seed below 0": ({"seed": -1}, ValueError, "seed"),
    "a seed too great": ({"seed": 2**64}, ValueError, "seed"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_options_say_what_is_due(name: str, small: tuple[Path, Path]) -> None:
    options, kind, words = WRONG[name]
    tok = JapaneseTokenizer.from_files(*small)
    with pytest.raises(kind, match=words):
        tok.with_options(**options)
    with pytest.raises(kind, match=words):
        JapaneseTokenizer.from_files(*small, **options)


CONFIGS: dict[str, tuple[str, str | None]] = {
    "not JSON": ('{"neox_text":\n {', "line 2 column 3"),
    "not UTF-8": ('{"pad_token": "\udce9"}', "byte 15"),
    "a list": ("[]", None),
    "too deep": ("[" * 200_000, None),
    "cleaning": ('{"do_clean_text": "yes"}', "do_clean_text"),
    "a name": ('{"pad_token": 5}', "pad_token"),
    "a name that collides": ('{"pad_token": "<pad>"}', "pad_token"),
    "a side": ('{"padding_side": "up"}', "padding_side"),
    "a length": ('{"model_max_length": -1}', "model_max_length"),
    "our key": ('{"neox_text": []}', "neox_text"),
    "no such option": ('{"neox_text": {"no_such": 1}}', "neox_text"),
    "no such value": ('{"neox_text": {"match": "best"}}', "neox_text"),
    "a value of another type": ('{"neox_text": {"comma": 1}}', "neox_text"),
    "a rate": ('{"neox_text": {"dropout": 2}}', "neox_text"),
    "a name in our key": ('{"neox_text": {"eos_token": "<SP>"}}', "neox_text.eos_token"),
    "cleaning in our key": ('{"neox_text": {"do_clean_text": true}}', "neox_text.do_clean_text"),
    "a decoder": ('{"added_tokens_decoder": []}', "added_tokens_decoder"),
    "an id of the decoder": ('{"added_tokens_decoder": {"x": {}}}', "added_tokens_decoder.x"),
    "another id": (
        '{"added_tokens_decoder": {"7": {"content": "<SP>"}}}', "added_tokens_decoder.7",
    ),
    "an id that collides": (
        f'{{"added_tokens_decoder": {{"{LAST}": {{"content": "<new>"}}}}}}',
        "added_tokens_decoder",
    ),
    "an id with a gap": (
        json.dumps(
            {
                "neox_text": {"distinct_ids": True},
                "added_tokens_decoder": {LAST + 5: {"content": "<new>"}},
            }
        ),
        f"added_tokens_decoder.{LAST + 5}",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIGS)
def test_malformed_configurations_name_the_place(
    name: str, small: tuple[Path, Path], tmp_path: Path
) -> None:
    content, where = CONFIGS[name]
    path = directory(small, tmp_path) / "tokenizer_config.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(NeoxTextError) as found:
        JapaneseTokenizer.from_pretrained(tmp_path)
    assert (found.value.path, found.value.where) == (str(path), where)
    assert str(path) in str(found.value)
    assert where is None or where in str(found.value)


def test_a_malformed_file_is_named(
    small: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory(small, tmp_path, {})
    monkeypatch.chdir(tmp_path)  # so that the path is the bare name
    for name, content, where in (
        ("vocab.txt", b"a\nb\xff\n", "line 2"),
        ("emoji.json", b'{\n"emoji": oops', "line 2"),
    ):
        good = Path(name).read_bytes()
        Path(name).write_bytes(content)
        with pytest.raises(NeoxTextError) as found:
            JapaneseTokenizer.from_pretrained(".")
        assert found.value.path == name
        assert where in str(found.value.where)
        Path(name).write_bytes(good)


def one_file(small: tuple[Path, Path], path: Path) -> dict[str, Any]:
    JapaneseTokenizer.from_files(*small, profile="modern").save(path)
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def test_a_file_holds_everything_once(small: tuple[Path, Path], tmp_path: Path) -> None:
    vocab, emoji = small
    value = one_file(small, tmp_path / "one.json")
    assert value["vocab"] == vocab.read_text(encoding="utf-8")
    assert value["emoji"] == emoji.read_text(encoding="utf-8")
    assert value["version"] == 1
    assert value["options"] == JapaneseTokenizer.from_files(*small, profile="modern").options


CHANGES: dict[str, tuple[dict[str, Any], str | None]] = {
    "another format": ({"format": "tokenizer"}, "format"),
    "another version": ({"version": 2}, "version"),
    "no version": ({"version": None}, "version"),
    "no vocabulary": ({"vocab": None}, "vocab"),
    "a vocabulary that is empty": ({"vocab": ""}, "vocab"),
    "a vocabulary with a mark in front": ({"vocab": "\ufeffa\nb"}, "vocab, line 1"),
    "half a character": ({"vocab": "あ\n\ud83d"}, "vocab"),
    "an emoji table that is none": ({"emoji": "[]"}, "emoji, line 1 column 0"),
    "emoji as an object": ({"emoji": {}}, "emoji"),
    "options that are a list": ({"options": []}, "options"),
    "no such option": ({"options": {"no_such": 1}}, "options"),
    "no such profile": ({"options": {"profile": "new"}}, "options"),
    "no such side": ({"settings": {"padding_side": "up"}}, "padding_side"),
    "no settings": ({"settings": None}, "settings"),
    "added tokens as a list": ({"added_tokens": []}, "added_tokens"),
    "an added token without content": ({"added_tokens": {"5": {}}}, "added_tokens.5.content"),
    "an added token of another id": (
        {"added_tokens": {"5": {"content": "<SP>"}}}, "added_tokens.5",
    ),
    "something else": ({"more": 1}, "more"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_is_something_else_is_refused(
    name: str, small: tuple[Path, Path], tmp_path: Path
) -> None:
    change, where = CHANGES[name]
    path = tmp_path / "one.json"
    path.write_text(json.dumps(one_file(small, path) | change), encoding="utf-8")
    with pytest.raises(NeoxTextError) as found:
        JapaneseTokenizer.from_file(path)
    assert (found.value.path, found.value.where) == (str(path), where)
    assert str(path) in str(found.value)


def test_mutations_of_a_file_are_read_or_refused(
    small: tuple[Path, Path], tmp_path: Path, rng: random.Random
) -> None:
    path = tmp_path / "one.json"
    one_file(small, path)
    good, errors = path.read_bytes(), []
    for _ in range(300):
        data = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            data[at : at + rng.choice([0, 1, 1, 40])] = rng.randbytes(rng.randrange(3))
        path.write_bytes(data)
        try:
            JapaneseTokenizer.from_file(path)
        except NeoxTextError as error:
            errors.append(error)
    assert {error.path for error in errors} == {str(path)}
    assert len(errors) > 100


def test_nothing_to_read(small: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"vocab\.txt"):
        JapaneseTokenizer.from_pretrained(tmp_path)
    directory(small, tmp_path)
    (tmp_path / "emoji.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"emoji\.json"):
        JapaneseTokenizer.from_pretrained(tmp_path)
    with pytest.raises(NotADirectoryError, match="from_files"):
        JapaneseTokenizer.from_pretrained(tmp_path / "vocab.txt")
    with pytest.raises(FileNotFoundError, match="none"):
        JapaneseTokenizer.from_file(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError, match="none"):
        JapaneseTokenizer.from_files(tmp_path / "none.txt", tmp_path / "emoji.json")


@pytest.mark.parametrize("missing", ["./folder", "/no/such/folder", "a/b/c", Path("owner/n")])
def test_missing_local_paths_are_not_looked_for_elsewhere(
    missing: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(FileNotFoundError, match=r"vocab\.txt and emoji\.json") as found:
        JapaneseTokenizer.from_pretrained(missing)
    assert str(missing) in str(found.value)


def test_repositories(
    small: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a stand-in for the download, which is all that is asked of huggingface_hub."""
    import huggingface_hub

    asked: list[tuple[Any, ...]] = []

    def snapshot_download(repo: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        asked.append((repo, revision, allow_patterns))
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    directory(small, tmp_path, {"do_clean_text": True})
    tok = JapaneseTokenizer.from_pretrained("owner/name", revision="v1")
    assert tok == JapaneseTokenizer.from_files(*small, do_clean_text=True)
    [(repo, revision, patterns)] = asked
    assert (repo, revision) == ("owner/name", "v1")
    assert {"vocab.txt", "emoji.json", "tokenizer_config.json"} <= set(patterns)
    assert "tokenizer.json" not in patterns
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"pip install neox-text\[hub\]"):
        JapaneseTokenizer.from_pretrained("owner/name")
