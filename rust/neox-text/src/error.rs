//! One opaque error; a factory per kind, and every message says where and what to do.

use std::fmt;
use std::path::{Path, PathBuf};

/// What went wrong, for callers that map it to an exception or an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file or a string does not hold what it should.
    Format,
    /// An argument of a call is out of its range or unknown.
    Argument,
    /// Bytes that should be UTF-8 are not.
    Utf8,
    /// The operating system refused to read or write.
    Io(std::io::ErrorKind),
}

/// Why a call could not do its work.
///
/// `place` is a JSON path (`model.merges[2]`), a line (`line 4`) or a byte offset (`byte 17`).
#[derive(Clone, Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    place: Option<String>,
    path: Option<PathBuf>,
    os_code: Option<i32>,
}

/// The longest text that is encoded at once, in bytes.
pub const MAX_TEXT: usize = u32::MAX as usize / 3 - 64; // NFC may make three bytes of one

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    fn new(kind: ErrorKind, place: Option<String>, message: String) -> Self {
        Self { kind, message, place, path: None, os_code: None }
    }

    /// A file does not hold what it should; `place` is a JSON path or a line.
    pub fn format(place: impl Into<String>, message: impl Into<String>) -> Self {
        let place = place.into();
        Self::new(ErrorKind::Format, (!place.is_empty()).then_some(place), message.into())
    }

    /// An argument is wrong.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Argument, None, message.into())
    }

    /// An argument is wrong at a place, say `character 8`.
    pub fn argument_at(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Argument, Some(place.into()), message.into())
    }

    /// Bytes are not UTF-8 from `offset` on.
    pub fn utf8(offset: usize) -> Self {
        Self::new(
            ErrorKind::Utf8,
            Some(format!("byte {offset}")),
            "invalid UTF-8: convert it to UTF-8 first".to_owned(),
        )
    }

    /// The operating system refused.
    pub fn io(path: &Path, error: &std::io::Error) -> Self {
        let mut made = Self::new(ErrorKind::Io(error.kind()), None, error.to_string());
        made.os_code = error.raw_os_error();
        made.with_path(path)
    }

    /// The same error, naming the file it came from.
    #[must_use]
    pub fn with_path(mut self, path: &Path) -> Self {
        if self.kind != ErrorKind::Argument {
            self.path.get_or_insert_with(|| path.to_owned());
        }
        self
    }

    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// JSON path, line or offset, where known.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The file, where known.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The number the operating system gave, where it was the one that refused.
    pub fn os_code(&self) -> Option<i32> {
        self.os_code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
