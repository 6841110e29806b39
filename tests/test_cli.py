"""The command `neox-text`, run as a user runs it."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from conftest import END, PAD
from kinds import spec
from neox_text import Tokenizer, cli
from neox_text._commands import documents
from neox_text._commands.progress import Progress

RUN = [sys.executable, "-m", "neox_text"]
LINES = ["Hello  world", "e\u0301 日本語 'll", "", "  tail \r", f"a{END}b", "\u2028 \x0c x", "last"]


class Done(NamedTuple):
    code: int
    out: str
    error: str


def run(*arguments: object, data: str | bytes = b"", **options: Any) -> Done:
    """Run a command; no run may show a traceback."""
    done = subprocess.run(
        [*RUN, *map(str, arguments)],
        input=data.encode() if isinstance(data, str) else data,
        capture_output=True,
        timeout=60,
        check=False,
        **options,
    )
    error = done.stderr.decode()
    assert "Traceback" not in error or "--debug" in arguments, error
    return Done(done.returncode, done.stdout.decode(), error)


def fails(*arguments: object, data: str | bytes = b"", code: int = 1) -> str:
    """The one line that a command that fails writes."""
    done = run(*arguments, data=data)
    assert done.code == code, done
    assert len(done.error.splitlines()) == 1, done.error
    assert done.error.startswith(f"neox-text {arguments[0]}: ")
    return done.error


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    path.write_text(json.dumps(spec()), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tok(file: Path) -> Tokenizer:
    return Tokenizer.from_file(file)


def rows(text: str) -> list[list[int]]:
    return [[int(word) for word in line.split()] for line in text.splitlines()]


# encode and decode


@pytest.mark.parametrize("last", ["", "\n"])
def test_a_line_is_a_document(file: Path, tok: Tokenizer, tmp_path: Path, last: str) -> None:
    """Only a line feed ends a line; no line end is part of a document; the last may lack one."""
    text = "\n".join(LINES) + last
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode())
    due = [tok.encode(line).ids for line in LINES]
    by_name = run("encode", "--tokenizer", file, path)
    assert by_name == run("encode", "--tokenizer", file, data=text)
    assert by_name == run("encode", "--tokenizer", file, "-", data=text)
    assert (by_name.code, rows(by_name.out), by_name.error) == (0, due, "")
    back = run("decode", "--tokenizer", file, data=by_name.out)
    assert back.out == "".join(f"{tok.decode(row)}\n" for row in due)


def test_nothing_in_nothing_out(file: Path) -> None:
    for command in ("encode", "decode"):
        assert run(command, "--tokenizer", file) == Done(0, "", "")
    assert run("encode", "--tokenizer", file, data="\n\n") == Done(0, "\n\n", "")
    assert run("count", "--tokenizer", file) == Done(0, "0\n", "")


def test_jsonl(file: Path, tok: Tokenizer, tmp_path: Path) -> None:
    texts = ["one\ntwo\n", "", "日本\u2028語", "x"]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    due = [tok.encode(text).ids for text in texts]
    for given in ((path,), ("--input-format", "jsonl", "-")):
        done = run(
            "encode", "--tokenizer", file, *given, "--format", "jsonl", data=path.read_bytes()
        )
        assert [json.loads(line) for line in done.out.splitlines()] == [{"ids": row} for row in due]
    back = run("decode", "--tokenizer", file, "--format", "jsonl", data=done.out)
    decoded = [tok.decode(row) for row in due]
    assert [json.loads(line)["text"] for line in back.out.split("\n")[:-1]] == decoded
    assert run("decode", "--tokenizer", file, data=done.out).out == "\n".join([*decoded, ""])
    lists = "".join(f"{row}\n" for row in due)
    assert run("decode", "--tokenizer", file, data=lists).out == "\n".join([*decoded, ""])
    as_text = run("encode", "--tokenizer", file, path, "--input-format", "text")
    assert rows(as_text.out)[0] == tok.encode(json.dumps({"text": texts[0]})).ids


def test_npy(file: Path, tok: Tokenizer, tmp_path: Path) -> None:
    text = "\n".join(LINES)
    due = [i for line in LINES for i in tok.encode(line).ids]
    out = tmp_path / "ids.npy"
    assert run("encode", "--tokenizer", file, "--format", "npy", "-o", out, data=text).code == 0
    array = np.load(out)
    assert array.dtype == np.uint16
    assert array.tolist() == due
    with (tmp_path / "piped.npy").open("wb") as piped:
        command = [*RUN, "encode", "--tokenizer", str(file), "--format", "npy"]
        subprocess.run(command, input=text.encode(), stdout=piped, check=True)
    assert (tmp_path / "piped.npy").read_bytes() == out.read_bytes()
    for given in ((out,), ("-",)):
        back = run("decode", "--tokenizer", file, *given, data=out.read_bytes())
        assert back.out == tok.decode(due) + "\n"
    bare = run("decode", "--tokenizer", file, out, "--skip-special-tokens", "--format", "jsonl")
    assert json.loads(bare.out) == {"text": tok.decode(due, skip_special_tokens=True)}
    for kind in (np.int64, np.uint32):
        np.save(out, np.array(due, dtype=kind))
        assert run("decode", "--tokenizer", file, out).out == back.out


def test_special_tokens(file: Path, tok: Tokenizer) -> None:
    text = f"one\ntwo {END}"
    for special in ("parse", "text"):
        done = run("encode", "--tokenizer", file, "--special", special, data=text)
        assert rows(done.out)[1] == tok.encode(f"two {END}", special=special).ids
        counted = run("count", "--tokenizer", file, "--special", special, data=text)
        assert int(counted.out) == sum(map(len, rows(done.out)))
    for command in ("encode", "count"):
        told = fails(command, "--tokenizer", file, "--special", "error", data=text)
        assert "<stdin>:2: " in told
        assert END in told
    ids = run("encode", "--tokenizer", file, data=text).out
    assert END in run("decode", "--tokenizer", file, data=ids).out
    skipped = run("decode", "--tokenizer", file, "--skip-special-tokens", data=ids)
    assert skipped.out == "one\ntwo \n"


def test_template(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(spec("template")), encoding="utf-8")
    with_them = rows(run("encode", "--tokenizer", path, data="one").out)[0]
    bare = rows(run("encode", "--tokenizer", path, "--no-add-special-tokens", data="one").out)[0]
    assert [with_them[0], *bare, with_them[-1]] == with_them
    assert len(with_them) == len(bare) + 2
    shown = run("encode", "--tokenizer", path, "--color", data="one").out
    assert END in shown
    assert PAD in shown


def test_threads_change_nothing(file: Path) -> None:
    text = "some words\n" * 500
    due = run("encode", "--tokenizer", file, data=text)
    for threads in (1, 2, 7):
        assert run("encode", "--tokenizer", file, "--threads", threads, data=text) == due


def test_a_directory_is_a_tokenizer(file: Path) -> None:
    assert run("encode", "--tokenizer", file.parent, data="a b") == run(
        "encode", "--tokenizer", file, data="a b"
    )


def test_the_default_tokenizer() -> None:
    text = "Hello  world"
    assert rows(run("encode", data=text).out) == [Tokenizer.default().encode(text).ids]


def test_errors_replace(file: Path, tok: Tokenizer) -> None:
    done = run("encode", "--tokenizer", file, "--errors", "replace", data=b"a\n\xff\xe3\x81b\n")
    assert rows(done.out) == [tok.encode("a").ids, tok.encode("\ufffd\ufffdb").ids]


def test_blocks_of_any_size_give_the_same(
    file: Path, tok: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines longer than a block, and blocks that end at every place of a line."""
    lines = [*LINES, "long " * 99, "", "日本語" * 20, "end"]
    path, out = tmp_path / "a.txt", tmp_path / "out"
    path.write_text("\n".join(lines), encoding="utf-8", newline="")
    for size in (1, 2, 3, 7, 64, 1 << 22):
        monkeypatch.setattr(documents, "BLOCK", size)
        assert cli.main(["encode", "--tokenizer", str(file), str(path), "-o", str(out)]) == 0
        assert rows(out.read_text()) == [tok.encode(line).ids for line in lines]
        assert cli.main(["decode", "--tokenizer", str(file), str(out), "-o", str(out)]) == 0
        due = [tok.decode(tok.encode(line).ids) for line in lines]
        assert out.read_bytes().decode() == "\n".join([*due, ""])


# count, info, train


def test_count(file: Path, tok: Tokenizer, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in ("a.txt", "b.jsonl", "c.txt"))
    first.write_text("one two\nthree\n")
    second.write_text(json.dumps({"text": "four\nfive"}) + "\n")
    third.write_text("")
    due = [tok.count("one two") + tok.count("three"), tok.count("four\nfive"), 0]
    done = run("count", "--tokenizer", file, first, second, third, first)
    assert done.out.splitlines() == [
        f"{due[0]}\t{first}",
        f"{due[1]}\t{second}",
        f"0\t{third}",
        f"{due[0]}\t{first}",
        f"{2 * due[0] + due[1]}\ttotal",
    ]
    assert run("count", "--tokenizer", file, first).out == f"{due[0]}\t{first}\n"
    assert run("count", "--tokenizer", file, data="one two\nthree").out == f"{due[0]}\n"


def test_info(file: Path, tok: Tokenizer, tmp_path: Path) -> None:
    found = json.loads(run("info", "--tokenizer", file, "--json").out)
    assert found["kind"] == "bpe"
    assert found["entries"] == len(tok)
    assert found["merges"] == len(spec()["model"]["merges"])
    assert found["special_tokens"] == [END, PAD]
    assert found["normalizer"] == "NFC"
    assert found["fingerprint"] == tok.fingerprint
    shown = run("info", "--tokenizer", file).out
    assert all(str(word) in shown for word in (len(tok), found["merges"], tok.fingerprint, END))
    tok.with_added_tokens(["<x>"]).save_pretrained(tmp_path)
    more = json.loads(run("info", "--tokenizer", tmp_path, "--json").out)
    assert more["entries"] == len(tok) + 1


def test_train(tmp_path: Path) -> None:
    text, rows_file, out = tmp_path / "a.txt", tmp_path / "b.jsonl", tmp_path / "out.json"
    text.write_text("the cat and the hat\nthe bat\n" * 9)
    rows_file.write_text(json.dumps({"text": "the cat and the hat\n"}) + "\n")
    options = ("--vocab-size", 280, "--special-token", END, "--special-token", PAD)
    assert run("train", text, *options, "-o", out) == Done(0, "", "")
    made = Tokenizer.from_file(out)
    assert (made.token_to_id(END), made.token_to_id(PAD)) == (0, 1)
    assert made.decode(made.encode("the cat, e\u0301").ids) == "the cat, é"
    for given, data in (((text,), b""), ((), text.read_bytes())):  # lines as a file has them
        assert run("train", *given, *options, "-o", out, data=data).code == 0
        assert Tokenizer.from_file(out) == made
    plain = ("--normalizer", "none", "--space-runs", 4, "--min-frequency", 3, "--threads", 1)
    assert run("train", text, rows_file, *options, *plain, "-o", out).code == 0
    other = Tokenizer.from_file(out)
    assert other != made
    assert {" " * n for n in (2, 3, 4)} <= {t.content for t in other.added_tokens.values()}
    assert other.decode(other.encode("e\u0301").ids) == "e\u0301"


# The view in colours


def test_color(file: Path, tok: Tokenizer) -> None:
    text = "Hello  world\t日本語 \U0001f468\u200d\U0001f469 e\u0301"
    shown = run("encode", "--tokenizer", file, "--color", data=f"{text}\nx").out
    assert "\x1b[30;48;5;" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert plain.splitlines()[1] == "x"
    for word in ("Hello", "world", "日", "本", "語", "\u00b7", "\u2192", "\\u200d"):
        assert word in plain
    ids = tok.encode(text).ids
    numbered = run("encode", "--tokenizer", file, "--color", "--ids", data=text).out
    assert re.findall(r"\x1b\[2m (\d+)\x1b", numbered) == [str(id) for id in ids]
    assert shown.splitlines()[0].count("\x1b[30;48;5;") == len(ids)


def test_color_shows_line_ends(file: Path) -> None:
    row = json.dumps({"text": "a\nb"})
    shown = run("encode", "--tokenizer", file, "--color", "--input-format", "jsonl", data=row).out
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == "a\u23ce\nb\n"
    for line in shown.splitlines():
        assert line.endswith("\x1b[0m")


# Files that are written


def test_output_is_whole_or_not_there(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fails("encode", "--tokenizer", file, "-o", out, data=b"good\n\xff\n")
    assert not list(tmp_path.iterdir())
    out.write_text("before")
    out.chmod(0o640)
    fails("encode", "--tokenizer", file, "-o", out, "--format", "npy", data=b"good\n\xff\n")
    assert out.read_text() == "before"
    assert run("encode", "--tokenizer", file, "-o", out, data="good").code == 0
    assert rows(out.read_text())
    assert stat.S_IMODE(out.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_output_through_a_link_and_to_a_device(file: Path, tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to(target)
    assert run("encode", "--tokenizer", file, "-o", link, data="a").code == 0
    assert link.is_symlink()
    assert target.read_text()
    assert run("encode", "--tokenizer", file, "-o", "/dev/null", data="a") == Done(0, "", "")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    shown = run("encode", "--tokenizer", file, "-o", "/dev/stdout", "--format", "jsonl", data="a")
    assert "ids" in json.loads(shown.out)


def test_output_in_no_directory(file: Path, tmp_path: Path) -> None:
    told = fails("encode", "--tokenizer", file, "-o", tmp_path / "no" / "out", data="a")
    assert f"{tmp_path / 'no' / 'out'}: No such file" in told


# What is wrong is told in one line, with its place


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bad.jsonl", b'{"text": "a"}\n{"text": \n', ("bad.jsonl:2:", "JSON", "column 10")),
        ("bad.jsonl", b'{"text": "a"}\n\n{"text": "b"}\n', ("bad.jsonl:2:", "empty line")),
        ("bad.jsonl", b'{"text": "a"}\n{"txt": "a"}', ("bad.jsonl:2:", "text")),
        ("bad.jsonl", b'{"text": 5}', ("bad.jsonl:1:", "text")),
        ("bad.jsonl", b'["a"]', ("bad.jsonl:1:",)),
        ("bad.jsonl", b"[" * 100_000, ("bad.jsonl:1:", "deep")),
        ("bad.jsonl", b'{"text": "a"}\n{"text": "b\\ud83d"}', ("bad.jsonl:2:", "surrogate")),
        ("bad.jsonl", b'{"text": "a"}\n"\xff"', ("bad.jsonl:2:", "byte 15", "0xff")),
        ("latin.txt", b"caf\xe9 is not UTF-8\n", ("latin.txt:1:", "byte 3", "0xe9")),
        ("latin.txt", b"a\nb\nc\xe9", ("latin.txt:3:", "byte 5")),
    ],
)
def test_bad_text(
    name: str, content: bytes, words: tuple[str, ...], file: Path, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    told = [fails(command, "--tokenizer", file, path) for command in ("encode", "count")]
    assert all(word in line for word in words for line in told), told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"5 6\n5 99999999\n", ("<stdin>:2:", "99999999")),
        (b"5 -1\n", ("<stdin>:1:", "-1")),
        (b"5\n5 x7 6\n", ("<stdin>:2:", "'x7'")),
        (b"5 1.5\n", ("<stdin>:1:", "'1.5'")),
        (b"5 --5\n", ("<stdin>:1:", "'--5'")),
        (b'{"ids": [5]}\n{"ids": 5}\n', ("<stdin>:2:", "ids")),
        (b'{"ids": ["5"]}\n', ("<stdin>:1:", "ids")),
        (b'{"ids": [true]}\n', ("<stdin>:1:", "ids")),
        (b'[5, "6"]\n', ("<stdin>:1:", "ids")),
        (b"[5, 99999999]\n", ("<stdin>:1:", "99999999")),
        (b'{"text": "a"}\n', ("<stdin>:1:", "ids")),
        (b"[5, \n", ("<stdin>:1:", "JSON")),
        (b"\xff", ("<stdin>:1:", "byte 0")),
    ],
)  # fmt: skip
def test_bad_ids(content: bytes, words: tuple[str, ...], file: Path) -> None:
    told = fails("decode", "--tokenizer", file, data=content)
    assert all(word in told for word in words), told


def test_bad_arrays(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "ids.npy"
    np.save(path, np.array([5, 99999], dtype=np.int64))
    assert "id 99999 at index 1" in fails("decode", "--tokenizer", file, path)
    np.save(path, np.array([5, -1], dtype=np.int64))
    assert "id -1 at index 1" in fails("decode", "--tokenizer", file, path)
    np.save(path, np.array([5.0]))
    assert "float64" in fails("decode", "--tokenizer", file, path)
    np.save(path, np.array([[5, 6], [7, 8]]).T)
    assert "(2, 2)" in fails("decode", "--tokenizer", file, path)
    np.save(path, np.array([5, 6, 7]))
    path.write_bytes(path.read_bytes()[:-4])
    assert "4 bytes before" in fails("decode", "--tokenizer", file, path)
    path.write_bytes(b"\x93NUMPY\x09\x00")
    assert "ids.npy" in fails("decode", "--tokenizer", file, path)


def test_missing_and_wrong_files(file: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    for arguments in (
        ("encode", "--tokenizer", file, missing),
        ("count", "--tokenizer", file, file, missing),
        ("decode", "--tokenizer", file, missing),
        ("encode", "--tokenizer", missing),
        ("info", "--tokenizer", missing),
        ("train", missing, "--vocab-size", 300, "-o", tmp_path / "out"),
    ):
        told = fails(*arguments)
        assert f"{missing}: No such file or directory" in told, told
    assert "Is a directory" in fails("encode", "--tokenizer", file, tmp_path)
    bad = tmp_path / "bad.json"
    bad.write_text("404: Not Found")
    assert str(bad) in fails("encode", "--tokenizer", bad)
    (tmp_path / "empty").mkdir()
    assert "tokenizer.json" in fails("encode", "--tokenizer", tmp_path / "empty")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("no-such-command",),
        ("encode", "--no-such-option"),
        ("encode", "--format", "no-such"),
        ("encode", "--threads", "0"),
        ("encode", "--threads", "two"),
        ("encode", "--color", "--format", "ids"),
        ("encode", "--ids"),
        ("encode", "--kind", "no-such"),
        ("clean", "--diff", "--profile", "no-such"),
        ("train", "-o", "x"),
        ("train", "--vocab-size", "300"),
        ("train", "--vocab-size", "300", "-o", "x", "--min-frequency", "-1"),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.code == 2
    assert "usage: neox-text" in done.error
    assert "error: " in done.error
    assert not Path("x").exists()


@pytest.mark.parametrize("command", [command.name for command in cli.COMMANDS])
def test_help(command: str) -> None:
    done = run(command, "--help")
    assert done.code == 0
    for word in ("usage:", "examples:", "exit codes:", "130", f"neox-text {command}"):
        assert word in done.out
    assert max(map(len, done.out.splitlines())) <= 100


def test_help_of_all() -> None:
    done = run("--help")
    assert all(f"  {command.name} " in done.out for command in cli.COMMANDS)
    assert re.fullmatch(r"neox-text \d+\.\d+\S*\n", run("--version").out)


def test_debug_shows_where(file: Path) -> None:
    done = run("encode", "--tokenizer", file, "--debug", data=b"\xff")
    assert done.code == 1
    assert "Traceback" in done.error


def test_a_defect_is_one_line_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(Tokenizer, "default", broken, raising=False)
    monkeypatch.setattr("neox_text._commands.info.load_tokenizer", broken)
    assert cli.main(["info"]) == 1
    told = capsys.readouterr().err
    assert told == "neox-text info: RuntimeError: two lines (a defect; --debug shows where)\n"


# Pipes, signals, terminals


def test_a_reader_that_goes_away(file: Path, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_text("some words in a line\n" * 300_000)
    command = [*RUN, "encode", "--tokenizer", str(file), str(big)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr  # noqa: PT018
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 0


def test_an_interrupt(file: Path, tmp_path: Path) -> None:
    """Ctrl-C while standard input is waited for: 130, no traceback, no file left."""
    out = tmp_path / "out"
    command = [*RUN, "encode", "--tokenizer", str(file), "-o", str(out)]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, **pipes) as process:
        deadline = time.monotonic() + 30
        while not list(tmp_path.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (130, b"")
    assert not list(tmp_path.iterdir())


def test_progress_on_a_terminal(file: Path, tmp_path: Path) -> None:
    """On standard error that is a terminal, and cleared at the end; never in a pipe."""
    main, side = pty.openpty()
    shown: list[bytes] = []

    def collect() -> None:
        try:
            while data := os.read(main, 4096):
                shown.append(data)
        except OSError:  # the terminal has no writer any more
            pass

    code = (
        "import neox_text._commands.progress as p; p.PATIENCE = p.PAUSE = 0.0\n"
        "import sys; from neox_text.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    big = tmp_path / "big.txt"
    big.write_text("some words in a line\n" * 9000)
    command = [sys.executable, "-c", code, "encode", "--tokenizer", str(file), str(big)]
    reader = threading.Thread(target=collect)
    reader.start()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=side, check=True)
    os.close(side)
    reader.join(10)
    os.close(main)
    drawn = b"".join(shown).decode()
    assert "encode: 100%" in drawn
    assert drawn.endswith("\r\x1b[K")
    assert b"\x1b" not in done.stdout
    assert len(rows(done.stdout.decode())) == 9000


def test_lines_of_progress() -> None:
    progress = Progress(" MB", 1e6)
    progress._stage = "encode"
    half = progress.line(50_000_000, 100_000_000, 10.0)
    assert half == "encode:  50% [###############...............] 5.0 MB/s, 10 s left"
    assert progress.line(50_000_000, 0, 10.0) == "encode: 50.0 MB, 5.0 MB/s"
    assert "100%" in progress.line(3, 2, 1.0)
    assert "  0%" in progress.line(0, 2, 0.0)


def test_starting_is_light(file: Path) -> None:
    code = (
        "import sys; from neox_text.cli import main\n"
        f"assert main(['encode', '--tokenizer', {str(file)!r}, '-o', '/dev/null']) == 0\n"
        "sys.exit(' '.join(sys.modules.keys() & {'numpy', 'torch', 'huggingface_hub'}) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
