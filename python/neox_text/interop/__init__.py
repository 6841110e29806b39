"""Our tokenizers and models in the shapes that other libraries ask for; each is imported lazily.

    from neox_text.interop import for_lm_eval, for_transformers

Most of transformers takes a tokenizer of ours as it is: pipelines, `generate`, streamers. What
checks for `PreTrainedTokenizerBase` takes `for_transformers(tok)`.
"""

from neox_text.interop.lm_evaluation import for_lm_eval
from neox_text.interop.pretrained import for_transformers

__all__ = ["for_lm_eval", "for_transformers"]
