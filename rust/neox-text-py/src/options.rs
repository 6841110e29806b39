//! The options of `JapaneseTokenizer` by their names in Python.

use crate::convert::NeoxTextError;
use neox_text::japanese::clean::Price;
use neox_text::japanese::emoji::Matching;
use neox_text::japanese::{Match, Options, Profile};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

type Choices<T> = [(&'static str, T)];

const PROFILES: [(&str, Profile); 3] =
    [("hf", Profile::Hf), ("original", Profile::Original), ("modern", Profile::Modern)];
const PRICES: [(&str, Price); 3] =
    [("hf", Price::Hf), ("hf-py310", Price::HfPy310), ("original", Price::Original)];
const EMOJI: [(&str, Matching); 2] = [("rank", Matching::Rank), ("grapheme", Matching::Grapheme)];
const MATCH: [(&str, Match); 2] = [("smallest", Match::Smallest), ("longest", Match::Longest)];
const CLEANING: [(&str, bool); 2] = [("reference", false), ("better", true)];
const IVS: [(&str, bool); 2] = [("keep", false), ("strip", true)];
const HETEROGRAPHS: [(&str, bool); 2] = [("vocab", false), ("layers", true)];

const KNOWN: [&str; 19] = [
    "profile",
    "do_clean_text",
    "price",
    "comma",
    "lossless",
    "strip",
    "distinct_ids",
    "emoji",
    "match",
    "cleaning",
    "compose",
    "ivs",
    "heterographs",
    "dropout",
    "seed",
    "unk_token",
    "pad_token",
    "bos_token",
    "eos_token",
];

/// What a name stands for; the error names the choices.
fn chosen<T: Copy>(what: &str, name: &str, choices: &Choices<T>) -> PyResult<T> {
    let found = choices.iter().find(|(choice, _)| *choice == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<String> = choices.iter().map(|(choice, _)| format!("{choice:?}")).collect();
        let known = known.join(", ");
        NeoxTextError::new_err(format!("{what}={name:?} is unknown: it must be one of {known}"))
    })
}

fn wrong(what: &str, due: &str, value: &Bound<'_, PyAny>) -> PyErr {
    match value.get_type().name() {
        Ok(kind) => PyTypeError::new_err(format!("{what} must be {due}, not {kind}")),
        Err(error) => error,
    }
}

fn string(what: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let text = value.cast::<PyString>().map_err(|_| wrong(what, "a str", value))?;
    Ok(text.to_str()?.to_owned())
}

fn choice<T: Copy>(what: &str, value: &Bound<'_, PyAny>, choices: &Choices<T>) -> PyResult<T> {
    chosen(what, &string(what, value)?, choices)
}

fn flag(what: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(value.cast::<PyBool>().map_err(|_| wrong(what, "True or False", value))?.is_true())
}

fn rate(what: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_instance_of::<PyFloat>() || value.is_instance_of::<PyInt>() {
        return value.extract();
    }
    Err(wrong(what, "a number", value))
}

fn seed(what: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    let number = value.cast::<PyInt>().map_err(|_| wrong(what, "an int", value))?;
    number.extract().map_err(|_| {
        NeoxTextError::new_err(format!("{what}={number} is out of range: it must be 0 to 2**64-1"))
    })
}

/// The name of a value.
fn name_of<T: Copy + PartialEq>(value: T, choices: &Choices<T>) -> &'static str {
    choices.iter().find(|(_, choice)| *choice == value).map_or("", |(name, _)| name)
}

pub fn profile_named(name: &str) -> PyResult<Profile> {
    chosen("profile", name, &PROFILES)
}

pub fn profile_name(profile: Profile) -> &'static str {
    name_of(profile, &PROFILES)
}

/// What is asked for, on top of `base` or of what the profile has. With a profile, only what no
/// profile decides stays of `base`.
pub fn read(base: Option<&Options>, asked: Option<&Bound<'_, PyDict>>) -> PyResult<Options> {
    let profile = match asked.map(|asked| asked.get_item("profile")).transpose()?.flatten() {
        Some(name) if !name.is_none() => Some(choice("profile", &name, &PROFILES)?),
        _ => None,
    };
    let mut options = match (base.cloned(), profile) {
        (Some(base), None) => base,
        (None, profile) => Options::of(profile.unwrap_or_default()),
        (Some(base), Some(profile)) => Options {
            clean: base.clean,
            dropout: base.dropout,
            seed: base.seed,
            unk_token: base.unk_token,
            pad_token: base.pad_token,
            bos_token: base.bos_token,
            eos_token: base.eos_token,
            ..Options::of(profile)
        },
    };
    for (what, value) in asked.into_iter().flatten() {
        set(&mut options, &what.extract::<String>()?, &value)?;
    }
    Ok(options)
}

/// Set an option; None leaves it as it is, but for names of tokens, where it means that there is
/// none.
fn set(options: &mut Options, what: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Some(name) = name_mut(options, what) {
        *name = if value.is_none() { None } else { Some(string(what, value)?) };
        return Ok(());
    }
    if value.is_none() && KNOWN.contains(&what) {
        return Ok(());
    }
    match what {
        "profile" => {} // read before all others
        "do_clean_text" => options.clean = flag(what, value)?,
        "price" => options.price = choice(what, value, &PRICES)?,
        "comma" => options.comma = flag(what, value)?,
        "lossless" => options.lossless = flag(what, value)?,
        "strip" => options.strip = flag(what, value)?,
        "distinct_ids" => options.distinct_ids = flag(what, value)?,
        "emoji" => options.emoji = choice(what, value, &EMOJI)?,
        "match" => options.matching = choice(what, value, &MATCH)?,
        "cleaning" => options.better_cleaning = choice(what, value, &CLEANING)?,
        "compose" => options.compose = flag(what, value)?,
        "ivs" => options.strip_ivs = choice(what, value, &IVS)?,
        "heterographs" => options.layers = choice(what, value, &HETEROGRAPHS)?,
        "dropout" => options.dropout = rate(what, value)?,
        "seed" => options.seed = seed(what, value)?,
        _ => {
            let known = KNOWN.join(", ");
            let message = format!("there is no option {what:?}; there are {known}");
            return Err(PyTypeError::new_err(message));
        }
    }
    Ok(())
}

fn name_mut<'o>(options: &'o mut Options, what: &str) -> Option<&'o mut Option<String>> {
    match what {
        "unk_token" => Some(&mut options.unk_token),
        "pad_token" => Some(&mut options.pad_token),
        "bos_token" => Some(&mut options.bos_token),
        "eos_token" => Some(&mut options.eos_token),
        _ => None,
    }
}

/// All options by name, as [`read`] takes them.
pub fn show<'py>(py: Python<'py>, options: &Options) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    all.set_item("profile", profile_name(options.profile))?;
    all.set_item("do_clean_text", options.clean)?;
    all.set_item("price", name_of(options.price, &PRICES))?;
    all.set_item("comma", options.comma)?;
    all.set_item("lossless", options.lossless)?;
    all.set_item("strip", options.strip)?;
    all.set_item("distinct_ids", options.distinct_ids)?;
    all.set_item("emoji", name_of(options.emoji, &EMOJI))?;
    all.set_item("match", name_of(options.matching, &MATCH))?;
    all.set_item("cleaning", name_of(options.better_cleaning, &CLEANING))?;
    all.set_item("compose", options.compose)?;
    all.set_item("ivs", name_of(options.strip_ivs, &IVS))?;
    all.set_item("heterographs", name_of(options.layers, &HETEROGRAPHS))?;
    all.set_item("dropout", options.dropout)?;
    all.set_item("seed", options.seed)?;
    all.set_item("unk_token", &options.unk_token)?;
    all.set_item("pad_token", &options.pad_token)?;
    all.set_item("bos_token", &options.bos_token)?;
    all.set_item("eos_token", &options.eos_token)?;
    Ok(all)
}
