"""The commands of `neox-text`, a file each; `neox_text.cli` lists them."""
