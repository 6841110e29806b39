"""GPT-NeoX, GPT-NeoX-Japanese and GPT-J in torch: exactly as in transformers, small and fast."""

from neox_text._perplexity import perplexity
from neox_text._picture import AttentionMask
from neox_text.models.config import GPTConfig
from neox_text.models.generate import generate
from neox_text.models.heads import (
    GPT,
    GPTForQuestionAnswering,
    GPTForSequenceClassification,
    GPTForTokenClassification,
)
from neox_text.models.text import Generation, TextGenerator

__all__ = [
    "GPT", "AttentionMask", "GPTConfig", "GPTForQuestionAnswering", "GPTForSequenceClassification",
    "GPTForTokenClassification", "Generation", "TextGenerator", "generate", "perplexity",
]  # fmt: skip
