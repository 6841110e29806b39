"""Slow oracles written from the definitions, hard texts, and the comparison with `tokenizers`."""
