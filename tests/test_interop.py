"""Other libraries take our tokenizers and models: transformers, peft, lm-eval."""

from __future__ import annotations

import copy
import importlib.util
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

import transformers  # noqa: E402
from models_reference import Fields, Pair  # noqa: E402
from models_speakers import CONTEXT, JAPANESE_PROMPT, PROMPT, speak  # noqa: E402
from neox_text import AddedToken, JapaneseTokenizer, Tokenizer  # noqa: E402
from neox_text.interop import for_lm_eval, for_transformers, lm_evaluation  # noqa: E402
from neox_text.models import GPT, TextGenerator, generate  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module", params=["bpe", "japanese"])
def speaker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tiny_file: Path
) -> tuple[Pair, TextGenerator, str]:
    """A model, its generator, and a prompt in its language."""
    pair, tok = speak(request.param, tiny_file, tmp_path_factory.mktemp(request.param))
    prompt = PROMPT if request.param == "bpe" else JAPANESE_PROMPT
    return pair, TextGenerator(pair.ours, tok), prompt


# transformers


def test_a_pipeline_takes_a_tokenizer_as_it_is(speaker: tuple[Pair, TextGenerator, str]) -> None:
    pair, write, prompt = speaker
    prompts = [prompt, prompt * 2, prompt[:5]]
    few: Fields = {"max_new_tokens": 6, "do_sample": False}
    due = [each + write(each, **few)[0].text for each in prompts]
    wrapped = for_transformers(write.tokenizer)
    for tok in (write.tokenizer, wrapped, pickle.loads(pickle.dumps(wrapped))):
        pipe = transformers.pipeline("text-generation", model=pair.theirs, tokenizer=tok)
        (one,) = pipe(prompt, **few)
        # transformers leaves out what is special when it decodes, and so do we when we generate.
        assert one["generated_text"] == due[0]
        assert [each["generated_text"] for (each,) in pipe(prompts, **few)] == due
    assert tok.padding_side == "left"


def test_pipelines_fill_batches_on_the_left(tiny_file: Path, tmp_path: Path) -> None:
    pair, _ = speak("bpe", tiny_file, tmp_path)
    tok = Tokenizer.from_file(tiny_file, eos_token="<|endoftext|>", pad_token="<|padding|>")
    pipe = transformers.pipeline("text-generation", model=pair.theirs, tokenizer=tok)
    few: Fields = {"max_new_tokens": 6, "do_sample": False}
    alone = [pipe(text, **few) for text in (PROMPT, PROMPT[:4])]
    assert pipe([PROMPT, PROMPT[:4]], batch_size=2, **few) == alone


def test_generate_and_streamers_of_transformers(
    speaker: tuple[Pair, TextGenerator, str], capsys: pytest.CaptureFixture[str]
) -> None:
    pair, write, prompt = speaker
    for tok in (write.tokenizer, for_transformers(write.tokenizer)):
        streamer = transformers.TextStreamer(tok, skip_prompt=True, skip_special_tokens=True)
        given = tok(prompt, return_tensors="pt")
        ids = pair.theirs.generate(
            **given, max_new_tokens=6, do_sample=False, streamer=streamer, pad_token_id=0
        )
        new = ids[0, given["input_ids"].shape[1] :]
        assert tok.decode(new, skip_special_tokens=True) in capsys.readouterr().out
        assert tok.batch_decode(new[None], skip_special_tokens=True)[0] == tok.decode(
            new, skip_special_tokens=True
        )


def test_stop_strings_of_transformers(speaker: tuple[Pair, TextGenerator, str]) -> None:
    pair, write, prompt = speaker
    wrapped = for_transformers(write.tokenizer)
    text = write(prompt, max_new_tokens=8)[0].text
    given = wrapped(prompt, return_tensors="pt")
    stopped = pair.theirs.generate(
        **given, max_new_tokens=8, do_sample=False, pad_token_id=0,
        stop_strings=[text[2:4]], tokenizer=wrapped,
    )  # fmt: skip
    whole = pair.theirs.generate(**given, max_new_tokens=8, do_sample=False, pad_token_id=0)
    assert given["input_ids"].shape[1] < stopped.shape[1] <= whole.shape[1]
    assert torch.equal(whole[:, : stopped.shape[1]], stopped)


CALLS: dict[str, Fields] = {
    "plain": {},
    "padded": {"padding": True},
    "padded left": {"padding": True, "padding_side": "left"},
    "cut": {"truncation": True, "max_length": 2},
    "a length": {"padding": "max_length", "max_length": 30, "truncation": True},
    "multiples": {"padding": True, "pad_to_multiple_of": 8},
    "tensors": {"padding": True, "return_tensors": "pt"},
    "offsets": {"return_offsets_mapping": True, "return_special_tokens_mask": True},
    "no special tokens": {"add_special_tokens": False},
}


@pytest.mark.parametrize("case", CALLS)
@pytest.mark.parametrize("kind", [Tokenizer, JapaneseTokenizer])
def test_the_wrapper_calls_ours(kind: type[Any], case: str) -> None:
    tok, texts = kind.default(), [PROMPT, "a b", JAPANESE_PROMPT]
    wrapped = for_transformers(tok)
    assert isinstance(wrapped, transformers.PreTrainedTokenizerBase)
    due, found = tok(texts, **CALLS[case]), wrapped(texts, **CALLS[case])
    assert isinstance(found, transformers.BatchEncoding)
    assert {*found} == {*due}
    for name, values in due.items():
        same = torch.equal if torch.is_tensor(values) else list.__eq__
        assert same(found[name], values), name


@pytest.mark.parametrize("kind", [Tokenizer, JapaneseTokenizer])
def test_the_wrapper_answers_as_ours(kind: type[Any], tmp_path: Path) -> None:
    tok = kind.default()
    wrapped = for_transformers(tok)
    for text in (PROMPT, JAPANESE_PROMPT):
        ids, tokens = tok.encode(text).ids, tok.encode(text).tokens
        assert wrapped.encode(text) == ids
        assert wrapped.tokenize(text) == tokens
        assert wrapped.decode(ids) == tok.decode(ids)
        assert wrapped.batch_decode([ids, ids[:2]]) == tok.decode_batch([ids, ids[:2]])
        assert wrapped.convert_tokens_to_ids(wrapped.convert_ids_to_tokens(ids)) == ids
        assert wrapped.convert_tokens_to_string(tokens) == tok.decode(ids)
        assert wrapped.convert_ids_to_tokens(ids[0]) == tok.id_to_token(ids[0])
    assert wrapped.get_vocab() == tok.get_vocab()
    assert len(wrapped) == len(tok)
    assert wrapped.num_special_tokens_to_add() == 0
    for name in ("bos", "eos", "unk", "pad"):
        assert getattr(wrapped, f"{name}_token_id") == getattr(tok, f"{name}_token_id")
    end = wrapped.eos_token
    assert wrapped.decode([tok.eos_token_id, *ids], skip_special_tokens=True) == tok.decode(ids)
    assert wrapped(end)["input_ids"] == [tok.eos_token_id]
    assert tok.eos_token_id not in wrapped(end, split_special_tokens=True)["input_ids"]
    saved = wrapped.save_pretrained(tmp_path)
    assert all(Path(file).is_file() for file in saved)
    assert kind.from_pretrained(tmp_path) == tok


@pytest.mark.parametrize("kind", [Tokenizer, JapaneseTokenizer])
def test_the_wrapper_can_be_changed(kind: type[Any], tmp_path: Path) -> None:
    """As users of transformers do; the tokenizer inside is another then, and ours stays."""
    tok = kind.default()
    wrapped = for_transformers(tok)
    wrapped.pad_token, wrapped.padding_side = wrapped.eos_token, "left"
    found = wrapped(["a", "a b c"], padding=True)
    assert found["input_ids"][0][0] == tok.eos_token_id
    assert found["attention_mask"][0] == [0] * (len(found["input_ids"][1]) - 1) + [1]
    for other in (pickle.loads(pickle.dumps(wrapped)), copy.deepcopy(wrapped)):
        assert (other.pad_token, other.padding_side) == (wrapped.eos_token, "left")
        assert other(["a", "a b c"], padding=True) == found
    wrapped.save_pretrained(tmp_path)
    read = kind.from_pretrained(tmp_path)
    assert (read.pad_token, read.padding_side) == (wrapped.eos_token, "left")
    collate = transformers.DataCollatorForLanguageModeling(wrapped, mlm=False)
    rows = collate([wrapped("a"), wrapped("a b c")])
    assert rows["input_ids"].tolist() == found["input_ids"]
    assert rows["labels"][0, 0] == -100
    assert wrapped.add_tokens(["xyzzy", transformers.AddedToken("<q>", lstrip=True), "a"]) == 2
    assert wrapped.add_special_tokens({"additional_special_tokens": ["<s1>"]}) == 1
    due = tok.with_added_tokens(
        ["xyzzy", AddedToken("<q>", lstrip=True), AddedToken("<s1>", special=True)]
    )
    text = "a xyzzy  <q> b<s1>c"
    assert wrapped(text)["input_ids"] == due.encode(text).ids
    assert len(wrapped) == len(due) == len(tok) + 3
    assert tok == kind.default()


# peft


@pytest.mark.parametrize("family", ["gpt_neox", "gpt_neox_japanese", "gptj"])
def test_lora(tiny_file: Path, tmp_path: Path, family: str) -> None:
    """LoRA finds the products by plain names, trains them, and generation uses and saves them."""
    peft = pytest.importorskip("peft", reason="peft is not installed")
    pair, _ = speak("bpe", tiny_file, tmp_path, family=family, tie_word_embeddings=False)
    names = {
        name.split(".")[-1]
        for name, module in pair.ours.named_modules()
        if isinstance(module, torch.nn.Linear)
    }
    config = peft.LoraConfig(r=4, target_modules=sorted(names), task_type="CAUSAL_LM")
    model = peft.get_peft_model(copy.deepcopy(pair.ours), config)
    ids = torch.arange(40)[None]
    assert torch.equal(model(input_ids=ids).logits, pair.ours(ids).logits)
    before = generate(model, ids[:, :5], max_new_tokens=9)
    assert torch.equal(before, generate(pair.ours, ids[:, :5], max_new_tokens=9))
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.02)
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        losses.append(model(input_ids=ids, labels=ids).loss)
        losses[-1].backward()
        optimizer.step()
    assert float(losses[-1].detach()) < 0.7 * float(losses[0].detach())
    after = generate(model, ids[:, :5], max_new_tokens=9)
    assert not torch.equal(before, after)
    merged = model.eval().merge_and_unload()
    assert type(merged) is GPT
    merged.save_pretrained(tmp_path / "merged")
    read = GPT.from_pretrained(tmp_path / "merged")
    torch.testing.assert_close(read(ids).logits, merged(ids).logits)
    assert torch.equal(generate(read, ids[:, :5], max_new_tokens=9), after)


# lm-eval


def request(*arguments: Any) -> Any:
    return types.SimpleNamespace(args=arguments)


def windows(ids: list[int], first: int, limit: int, context_len: int) -> Any:
    """Parts of at most `limit` ids, each behind what stands before it as far as `limit` goes."""
    assert context_len == 1
    ids = [first, *ids]
    for start in range(1, len(ids), limit):
        end = min(start + limit, len(ids))
        yield ids[max(0, end - 1 - limit) : start], ids[start:end]


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The adapter over lm-eval, or over a stand-in where that is not installed."""
    if importlib.util.find_spec("lm_eval") is None:
        for name in ("lm_eval", "lm_eval.api", "lm_eval.api.model", "lm_eval.utils"):
            monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
        sys.modules["lm_eval.api.model"].TemplateLM = object  # type: ignore[attr-defined]
        utilities: Any = sys.modules["lm_eval.utils"]
        utilities.get_rolling_token_windows = windows
        utilities.make_disjoint_window = lambda pair: pair
    lm_evaluation._kind.cache_clear()
    yield for_lm_eval
    lm_evaluation._kind.cache_clear()


def score(model: GPT, context: list[int], more: list[int]) -> float:
    """The log-probability of ids behind others, from whole logits."""
    ids = [*context, *more]
    rows = model(torch.tensor([ids])).logits[0].detach().log_softmax(-1)
    return sum(float(rows[at - 1, ids[at]]) for at in range(len(context), len(ids)))


def test_lm_eval(speaker: tuple[Pair, TextGenerator, str], evaluated: Any) -> None:
    _, write, prompt = speaker
    tok, model = write.tokenizer, evaluated(write)
    ids, more = tok.encode_ordinary(prompt), tok.encode_ordinary(prompt[::-1])
    assert model.tok_encode(prompt) == model.tok_encode(prompt, add_special_tokens=False) == ids
    assert model.eot_token_id == tok.eos_token_id
    best = write(prompt, max_new_tokens=3)[0].ids
    far = ids * 30
    cases = [(None, ids, more), (None, ids, best), (None, far, more)]
    found = model._loglikelihood_tokens(cases)
    kept = (far + more)[-CONTEXT - 1 :][: -len(more)]
    due = [score(write.model, ids, more), score(write.model, ids, best)]
    due.append(score(write.model, kept, more))
    assert [each for each, _ in found] == pytest.approx(due, rel=1e-4)
    assert [greedy for _, greedy in found] == [False, True, False]
    with pytest.raises(ValueError, match="128"):
        model._loglikelihood_tokens([(None, ids, far * 9)])

    texts = [prompt, prompt * 40]
    assert len(tok.encode_ordinary(texts[1])) > CONTEXT
    first = model.prefix_token_id
    totals = [
        sum(
            score(write.model, *each) for each in windows(tok.encode_ordinary(t), first, CONTEXT, 1)
        )
        for t in texts
    ]
    found = model.loglikelihood_rolling([request(text) for text in texts])
    assert found == pytest.approx(totals, rel=1e-4)

    told: Fields = {"until": ["\0"], "max_gen_toks": 5}
    made = model.generate_until([request(text, told) for text in texts])
    last = tok.encode_ordinary(texts[1])[-(CONTEXT - 5) :]
    assert made == [write(given, max_new_tokens=5)[0].text for given in (prompt, last)]
    drawn = told | {"do_sample": True, "temperature": 0.7, "seed": 1}
    (text,) = model.generate_until([request(prompt, drawn)])
    due_text = write(prompt, max_new_tokens=5, do_sample=True, temperature=0.7, seed=1)[0].text
    assert text == due_text
    stop = made[0][1:3]
    (text,) = model.generate_until([request(prompt, told | {"until": stop})])
    assert text == made[0][: made[0].index(stop)]
    with pytest.raises(ValueError, match="room"):
        model.generate_until([request(prompt, {"max_gen_toks": CONTEXT})])


@pytest.mark.parametrize("speaker", ["bpe"], indirect=True)
def test_lm_eval_scores_as_its_own_model(speaker: tuple[Pair, TextGenerator, str]) -> None:
    """Its own takes no tokenizer but those that transformers has read."""
    pytest.importorskip("lm_eval", reason="lm-eval is not installed")
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    pair, write, prompt = speaker
    tok = transformers.AutoTokenizer.from_pretrained(pair.folder)
    ours, theirs = for_lm_eval(write), HFLM(pretrained=pair.theirs, tokenizer=tok, batch_size=1)
    asked: dict[str, list[tuple[Any, ...]]] = {
        "loglikelihood": [
            ("The cat", " sat"),
            ("", " Hello"),
            (prompt * 40, " c"),
            ("x ", "y" * 9),
        ],
        "loglikelihood_rolling": [("short",), (prompt * 40,), ("é" * 99,)],
        "generate_until": [
            (prompt, {"until": ["\0"], "max_gen_toks": 12}),
            (prompt * 40, {"until": "\0", "max_gen_toks": 9, "temperature": 0.0}),
        ],
    }
    for kind, cases in asked.items():
        given = [Instance(kind, {}, arguments, 0) for arguments in cases]
        found, due = getattr(ours, kind)(given), getattr(theirs, kind)(given)
        for one, other in zip(found, due, strict=True):
            assert one == (other if isinstance(other, str) else pytest.approx(other, rel=1e-4))
