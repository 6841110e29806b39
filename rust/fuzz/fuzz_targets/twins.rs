//! The slow twins and hard vocabularies of the tests.

#[path = "../../neox-text/tests/hard/mod.rs"]
pub mod hard;
#[path = "../../neox-text/tests/reference/mod.rs"]
pub mod reference;
