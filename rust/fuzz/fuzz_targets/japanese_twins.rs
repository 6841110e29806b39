//! The slow twin and drawn vocabularies of the tests, of which each target needs a part.
#![allow(dead_code)]

#[path = "../../neox-text/tests/japanese/made.rs"]
pub mod made;
#[path = "../../neox-text/tests/japanese/patterns.rs"]
pub mod patterns;
#[path = "../../neox-text/tests/japanese/twin.rs"]
pub mod twin;
