"""Added tokens of the Japanese tokenizer: what they may be, and what they leave alone."""

from __future__ import annotations

import pytest
from neox_text import AddedToken, JapaneseTokenizer, NeoxTextError

DEFAULT = JapaneseTokenizer.default()


@pytest.mark.parametrize("name", ["bos_token", "eos_token", "unk_token", "pad_token"])
def test_a_named_token_is_not_empty(name: str) -> None:
    with pytest.raises(NeoxTextError, match=name):
        DEFAULT.with_options(**{name: ""})  # type: ignore[arg-type]


def test_limits() -> None:
    long = "東" * 20_000
    tok = DEFAULT.with_added_tokens([long])
    assert tok.encode(f"京{long}京").ids == [
        *DEFAULT.encode("京").ids,
        len(DEFAULT),
        *DEFAULT.encode("京").ids,
    ]
    for wrong in "", "東" * 30_000:
        with pytest.raises(NeoxTextError):
            DEFAULT.with_added_tokens([wrong])


@pytest.mark.parametrize("text", ["<", "<b", "a<b", "<a", "<<", "<SP>", "<<SP>"])
def test_a_special_token_that_begins_tags_loses_nothing(text: str) -> None:
    tok = DEFAULT.with_added_tokens([AddedToken("<", special=True)])
    encoding = tok.encode(text, special="text")
    assert tok.decode(encoding.ids) == text
    spans = encoding.spans().tolist()
    assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
    assert spans[-1][1] == len(text)
    assert tok.decode(tok.encode_ordinary(text)) == text


def test_flags_of_tokens() -> None:
    ids = DEFAULT.encode("猫").ids
    left = AddedToken("<|startoftext|>", lstrip=True, special=True)
    tok = DEFAULT.with_added_tokens([left])
    assert tok.encode("猫  <|startoftext|>").ids == [*ids, tok.bos_token_id]
    assert tok.encode("猫  <|startoftext|>").tokens == ["猫", "<|startoftext|>"]
    alone = DEFAULT.with_added_tokens([AddedToken("neko", single_word=True)])
    assert len(DEFAULT) in alone.encode("猫 neko 猫").ids
    assert len(DEFAULT) not in alone.encode("nekoneko").ids
