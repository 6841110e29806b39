"""Configurations: what `config.json` of the three families says, under the names it has there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from neox_text._fields import check
from neox_text._repository import find

# Of each family fields with defaults, other names of fields, names of weights on disk; of fields
# the kind; of each type of rope what it cannot do without; of each head what its class is called.
TABLES = json.loads(Path(__file__).with_name("families.json").read_bytes())
FAMILIES, FIELDS, ROPES, HEADS = TABLES.values()


class GPTConfig:
    """The fields of a configuration as attributes; those it does not know are kept as they are.

    Names are those of the family in transformers, version 4 or 5. Raises ValueError for what no
    model can be built from, by the name of the field.
    """

    def __init__(self, model_type: str = "gpt_neox", **fields: Any) -> None:
        if model_type not in [*FAMILIES]:
            raise ValueError(f"model_type {model_type!r} is none of {', '.join(FAMILIES)}")
        family = FAMILIES[model_type]
        named = {family["aliases"].get(name, name): value for name, value in fields.items()}
        self.__dict__.update({"model_type": model_type} | family["defaults"] | named)
        check(self.__dict__, FIELDS)
        self.__dict__.setdefault("num_labels", len(named.get("id2label") or ("no", "yes")))
        d, heads, rope = self.hidden_size, self.num_attention_heads, self.rope
        kind, size = rope["rope_type"], rope["size"]
        if d % heads:
            raise ValueError(f"hidden_size {d} is no multiple of num_attention_heads {heads}")
        if kind not in ROPES:
            raise ValueError(f"rope type {kind!r} is none of {', '.join(ROPES)}")
        if size % 2 or not (2 if kind == "dynamic" else 0) < size <= d // heads:
            raise ValueError(f"{size} of the {d // heads} numbers of a head cannot turn in pairs")
        for name in ROPES[kind]:
            count = len(rope[name]) if isinstance(rope.get(name), list) else rope.get(name)
            if count is None or (kind == "longrope" and count != size // 2):
                raise ValueError(f"rope type {kind} needs {name} for each of {size // 2} pairs")

    def __getattr__(self, name: str) -> Any:
        aliases = FAMILIES.get(self.__dict__.get("model_type"), {}).get("aliases", {})
        if name not in aliases:
            raise AttributeError(f"this configuration has no {name!r}")
        return self.__dict__[aliases[name]]

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[FAMILIES[self.model_type]["aliases"].get(name, name)] = value

    @property
    def rope(self) -> dict[str, Any]:
        """The rotation in the names of transformers 5; `size` numbers of a head turn."""
        own = self.__dict__
        if self.model_type == "gptj":
            return {"rope_type": "default", "rope_theta": 10000, "size": self.rotary_dim}
        told = dict(own.get("rope_scaling") or own.get("rope_parameters") or {})
        part = own.get("rotary_pct", 0.25 if self.model_type == "gpt_neox" else 1.0)
        size = self.hidden_size // self.num_attention_heads
        original = told.get("original_max_position_embeddings") or self.max_position_embeddings
        return told | {
            "rope_type": told.get("rope_type") or told.get("type") or "default",
            "rope_theta": told.get("rope_theta") or own.get("rotary_emb_base") or 10000,
            "size": int(size * told.get("partial_rotary_factor", part)),
            "original": own.get("original_max_position_embeddings") or original,
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> GPTConfig:
        """Make the configuration that `config.json` as a dict describes."""
        return cls(**{"model_type": None, **fields})

    @classmethod
    def from_pretrained(cls, path: str | os.PathLike[str]) -> GPTConfig:
        """Read `config.json` of a directory or a repository; FileNotFoundError where none is."""
        file = find(path, ["config.json"]) / "config.json"
        try:
            return cls.from_dict(json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"{file}: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """Give all fields by the names that `config.json` has."""
        return dict(self.__dict__)

    def save_pretrained(self, directory: str | os.PathLike[str]) -> None:
        """Write `config.json` into the directory, which is made where it is not there."""
        Path(directory).mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=2, sort_keys=True, ensure_ascii=False)
        Path(directory, "config.json").write_text(f"{text}\n", encoding="utf-8")
