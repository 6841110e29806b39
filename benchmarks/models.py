"""Time generation and prefill of the torch models against transformers and CTranslate2, in turns.

How it is measured
  * Each contestant runs in a process of its own with the same number of threads, and in every
    round all take turns. Figures are medians of wall time over the rounds; the machine has to be
    quiet, for the threads of a product wait for one another. On one that is not, `--threads 1
    --clock cpu` counts the seconds that each process had, and ratios mean something still.
  * The models have random weights that half precision holds exactly, so that `fp16` and `bf16`
    differ by their arithmetic alone. `ids` is how many new ids are those of transformers in
    float32; random weights make near ties, so real text fares better.
  * Generation is 64 new ids, greedy, behind 64 in a model of the shape of Pythia 70M; `--layers`
    and `--hidden` make another. Prefill is one pass over 2048 ids.
  * A peer that is not installed is left out, and named.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import os
import select
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from report import machine

FAMILIES = ("gpt_neox", "gpt_neox_japanese", "gptj")
REFERENCE = "transformers float32"
CONTESTANTS = (
    REFERENCE, "transformers bfloat16", "transformers float16",
    "neox-text float32", "neox-text bfloat16", "neox-text fp16", "neox-text int8", "neox-text int4",
    "ctranslate2 float32", "ctranslate2 int8",
)  # fmt: skip
GROUPS = {"generate": CONTESTANTS, "prefill": (REFERENCE, "neox-text float32")}
PATIENCE = 600  # seconds for one answer


# What a process does that holds one contestant


def transformers_runner(how: str, folder: str, device: str, ids: list[int], new: int) -> Any:
    """`generate`, or one pass where nothing new is asked for."""
    import torch
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=how).to(device)
    prompt = torch.tensor([ids], device=device)
    options: dict[str, Any] = {"max_new_tokens": new, "do_sample": False, "pad_token_id": 0}
    mask = torch.ones_like(prompt)

    def run() -> Any:
        if not new:
            return model(prompt).logits[0, -1:].argmax(-1).tolist()
        return model.generate(prompt, attention_mask=mask, **options)[0, len(ids) :].tolist()

    return run


def neox_text_runner(how: str, folder: str, device: str, ids: list[int], new: int) -> Any:
    """The same by this project."""
    import torch
    from neox_text.models import GPT, generate

    told: dict[str, Any] = (
        {"dtype": how} if how.startswith(("float", "bfloat")) else {"quantize": how}
    )
    model = GPT.from_pretrained(folder, device=device, **told)
    prompt = torch.tensor([ids], device=device)

    def run() -> Any:
        if not new:
            return model(prompt).logits[0, -1:].argmax(-1).tolist()
        return generate(model, prompt, max_new_tokens=new)[0, len(ids) :].tolist()

    return run


def ctranslate2_runner(how: str, folder: str, device: str, ids: list[int], new: int) -> Any:
    """The same by CTranslate2, which needs a file of its own and words for ids."""
    import ctranslate2  # type: ignore[import-untyped,import-not-found,unused-ignore]
    import transformers
    from ctranslate2.converters.transformers import (  # type: ignore[import-untyped,import-not-found,unused-ignore]
        GPTNeoXLoader,
    )

    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    model.embed_out = model.lm_head  # as transformers 4 had the names
    model.config.rotary_pct = model.config.rope_parameters["partial_rotary_factor"]
    spec = GPTNeoXLoader().get_model_spec(model)
    spec.register_vocabulary([str(id) for id in range(model.config.vocab_size)])
    spec.config.bos_token = spec.config.eos_token = spec.config.unk_token = "0"
    spec.validate()
    with tempfile.TemporaryDirectory() as target:
        spec.save(target)
        generator = ctranslate2.Generator(
            target, device=device, compute_type=how, intra_threads=int(os.environ["THREADS"])
        )
    options = {"max_length": new, "min_length": new, "include_prompt_in_result": False}
    prompt = [[str(id) for id in ids]]
    return lambda: list(map(int, generator.generate_batch(prompt, **options)[0].sequences_ids[0]))


RUNNERS: dict[str, Callable[..., Any]] = {
    "transformers": transformers_runner,
    "neox-text": neox_text_runner,
    "ctranslate2": ctranslate2_runner,
}


def serve(name: str, arguments: str) -> None:
    """Answer each line of standard input with the seconds of a run and what it gave."""
    import torch

    torch.set_num_threads(int(os.environ["THREADS"]))
    torch.set_grad_enabled(False)
    library, how = name.split()
    out, sys.stdout = sys.stdout, sys.stderr
    run = RUNNERS[library](how, **json.loads(arguments))
    clock = {"wall": time.perf_counter, "cpu": time.process_time}[os.environ["CLOCK"]]
    for _ in sys.stdin:
        start = clock()
        found = run()
        out.write(json.dumps([clock() - start, found]) + "\n")
        out.flush()


# What the process does that measures


class Worker:
    """A process that holds one contestant."""

    def __init__(self, name: str, arguments: dict[str, Any], env: dict[str, str]) -> None:
        command = [sys.executable, "-W", "ignore", __file__]
        self.process = subprocess.Popen(
            [*command, "--serve", name, json.dumps(arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **env},
        )

    def run(self) -> tuple[float, list[int]]:
        """Seconds and what was given; RuntimeError with the last line it said if it has died."""
        stdin, stdout, stderr = self.process.stdin, self.process.stdout, self.process.stderr
        if stdin is None or stdout is None or stderr is None:
            raise RuntimeError("no pipes")
        line = b""
        with contextlib.suppress(BrokenPipeError):
            stdin.write(b"\n")
            stdin.flush()
            line = stdout.readline() if select.select([stdout], [], [], PATIENCE)[0] else b""
        if not line:
            self.process.kill()
            said = stderr.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError(said[-1] if said else "it took too long")
        seconds, found = json.loads(line)
        return seconds, found

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.communicate()


def take_turns(
    names: list[str], arguments: dict[str, Any], args: argparse.Namespace
) -> tuple[dict[str, tuple[float, list[int]]], dict[str, str]]:
    """Median seconds of each after a round that does not count, what it gave; why others failed."""
    threads = str(args.threads)
    env = {"THREADS": threads, "OMP_NUM_THREADS": threads, "CLOCK": args.clock}
    workers = {name: Worker(name, arguments, env) for name in names}
    times: dict[str, list[float]] = {name: [] for name in names}
    found: dict[str, list[int]] = {}
    failed: dict[str, str] = {}
    try:
        for number in range(args.rounds + 1):
            for name, worker in workers.items():
                if name in failed:
                    continue
                try:
                    seconds, found[name] = worker.run()
                except RuntimeError as error:
                    failed[name] = str(error)
                    continue
                if number:
                    times[name].append(seconds)
    finally:
        for worker in workers.values():
            worker.close()
    done = [name for name in names if name not in failed]
    return {name: (statistics.median(times[name]), found[name]) for name in done}, failed


def make(family: str, folder: str, **sizes: int) -> None:
    """Write a model of random weights that float16 and bfloat16 hold exactly."""
    import torch
    from neox_text.models import GPT, GPTConfig

    d = sizes["hidden_size"]
    more = {"gpt_neox": {"intermediate_size": 4 * d}, "gptj": {"rotary_dim": 32}}
    ends = {"bos_token_id": None, "eos_token_id": None, "tie_word_embeddings": False}
    torch.manual_seed(0)
    model = GPT(GPTConfig(family, **{**sizes, **more.get(family, {}), **ends}))
    with torch.no_grad():
        for parameter in model.parameters():
            drawn = torch.randn_like(parameter) * 0.05 + (parameter == 1)
            parameter.copy_(drawn.bfloat16())
    model.save_pretrained(folder)


def generation(args: argparse.Namespace, names: list[str]) -> dict[str, Any]:
    """The table of tokens a second."""
    sizes = {"hidden_size": args.hidden, "num_hidden_layers": args.layers, "vocab_size": 50304}
    with tempfile.TemporaryDirectory() as folder:
        make("gpt_neox", folder, **sizes, num_attention_heads=max(1, args.hidden // 64))
        ids = [(37 * i * i + 11 * i) % 50304 for i in range(64)]
        given = {"folder": folder, "device": args.device, "ids": ids, "new": 64}
        done, failed = take_turns(names, given, args)
    table: dict[str, Any] = {name: {"failed": told} for name, told in failed.items()}
    base, right = done.get(REFERENCE, (0.0, []))
    print("| | tokens a second | x transformers float32 | ids equal of 64 |\n|---|---|---|---|")
    for name, (seconds, found) in done.items():
        same = sum(a == b for a, b in zip(found, right, strict=False))
        table[name] = {"tokens_per_second": 64 / seconds, "ratio": base / seconds, "equal": same}
        print(f"| {name} | {64 / seconds:.0f} | {base / seconds:.2f} | {same} |")
    for name, told in failed.items():
        print(f"| {name} | failed: {told[:120]} | | |")
    return table


def prefill(args: argparse.Namespace, names: list[str]) -> dict[str, Any]:
    """The table of passes over 2048 ids."""
    sizes = {"hidden_size": 512, "num_hidden_layers": 6, "num_attention_heads": 8}
    table: dict[str, Any] = {}
    print("| prefill of 2048 | transformers, s | neox-text, s | ratio |\n|---|---|---|---|")
    for family in FAMILIES:
        with tempfile.TemporaryDirectory() as folder:
            make(family, folder, **sizes, vocab_size=1024)
            ids = [i % 1024 for i in range(2048)]
            given = {"folder": folder, "device": args.device, "ids": ids, "new": 0}
            done, failed = take_turns(names, given, args)
        table[family] = {name: seconds for name, (seconds, _) in done.items()} | failed
        if not failed:
            theirs, mine = (done[name][0] for name in names)
            print(f"| {family} | {theirs:.3f} | {mine:.3f} | {theirs / mine:.2f} |")
    return table


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=GROUPS, help="one table alone")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="seconds of what")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, metavar="NAME")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.serve[0], args.serve[1])
        return
    packages = ("torch", "transformers", "ctranslate2", "neox-text")
    modules = {name: name.replace("-", "_") for name in packages}
    here = {name for name in packages if importlib.util.find_spec(modules[name])}
    versions = {name: version(name) for name in packages if name in here}
    print(json.dumps({**machine(), "threads": args.threads, "clock": args.clock, **versions}))
    for name in {*packages} - here:
        print(f"{name} is not installed: its columns are left out")
    tables = {}
    for group, all_names in GROUPS.items():
        chosen = [name for name in all_names if name in (args.contestants or all_names)]
        chosen = [name for name in chosen if name.split()[0] in here]
        if args.only in (None, group) and chosen:
            tables[group] = (generation if group == "generate" else prefill)(args, chosen)
    if args.json:
        args.json.write_text(json.dumps({"machine": machine(), **versions, **tables}, indent=2))


def version(name: str) -> str:
    """The version of an installed package, or that it is used from its sources."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "from sources"


if __name__ == "__main__":
    main()
