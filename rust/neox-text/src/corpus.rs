//! Files that a trainer reads, and what it tells on its way.

use crate::{Error, Result};
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

/// Bytes of a file that are read at once.
const BLOCK: usize = 8 << 20;

/// Bytes of text for which another thread is worth its start.
const THREAD_SHARE: usize = 1 << 16;

/// More would only wait for each other.
const MOST_THREADS: usize = 64;

/// Told `(done, total, stage)`; `Break` ends the training with an error.
///
/// `done` never exceeds `total` and never goes back within a stage: `"count"` is in bytes of the
/// files, `"merge"` (byte-level BPE) in entries of the vocabulary, `"learn"` (Japanese) in rounds
/// of the search.
pub type Progress<'a> = dyn FnMut(u64, u64, &'static str) -> ControlFlow<()> + 'a;

/// Neighbouring texts for each of at most `threads` threads, of about as many bytes each; at least
/// one share.
pub fn shares<T: AsRef<str>>(texts: &[T], threads: usize) -> Vec<&[T]> {
    let total: usize = texts.iter().map(|text| text.as_ref().len()).sum();
    let threads = threads.min(total / THREAD_SHARE).clamp(1, MOST_THREADS);
    let (mut rest, mut given, mut shares) = (texts, 0, Vec::with_capacity(threads));
    for i in 1..threads {
        let mut size = 0;
        while size < rest.len() && given < total / threads * i {
            given += rest[size].as_ref().len();
            size += 1;
        }
        let (share, after) = rest.split_at(size);
        shares.push(share);
        rest = after;
    }
    shares.push(rest);
    shares
}

/// Gives whole lines of files, many at once, in little memory beyond the longest line.
///
/// Errors: a file that cannot be read, invalid UTF-8 (with its byte offset), or a `Break` of
/// `progress`, which is told the bytes read, `"count"`.
pub fn read_files<P: AsRef<Path>>(
    paths: &[P],
    mut block: impl FnMut(&str),
    progress: &mut Progress,
) -> Result<()> {
    let mut total = 0;
    for path in paths {
        let path = path.as_ref();
        total += std::fs::metadata(path).map_err(|error| Error::io(path, &error))?.len();
    }
    let mut done = 0;
    told(progress, done, total, "count")?;
    for path in paths {
        let mut tell = |bytes: usize| {
            done += bytes as u64;
            told(progress, done, total, "count")
        };
        read_blocks(path.as_ref(), &mut block, &mut tell)?;
    }
    Ok(())
}

/// Tells the progress; a `Break` becomes an error. A file may have grown since it was measured.
pub fn told(progress: &mut Progress, done: u64, total: u64, stage: &'static str) -> Result<()> {
    match progress(done, total.max(done), stage) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::argument("training was stopped by its progress")),
    }
}

/// Gives whole lines of a file, many at once, each block followed by a call of `tell`.
fn read_blocks(
    path: &Path,
    block: &mut dyn FnMut(&str),
    tell: &mut dyn FnMut(usize) -> Result<()>,
) -> Result<()> {
    let failed = |error: std::io::Error| Error::io(path, &error);
    let mut file = File::open(path).map_err(failed)?;
    let (mut buffer, mut offset) = (Vec::new(), 0);
    loop {
        let old = buffer.len();
        let read = (&mut file).take(BLOCK as u64).read_to_end(&mut buffer).map_err(failed)?;
        let newline = buffer[old..].iter().rposition(|&byte| byte == b'\n');
        let end = match newline {
            Some(at) if read > 0 => old + at + 1,
            None if read > 0 => continue,
            _ => buffer.len(),
        };
        let lines = std::str::from_utf8(&buffer[..end])
            .map_err(|error| Error::utf8(offset + error.valid_up_to()).with_path(path))?;
        block(lines);
        tell(end)?;
        if read == 0 {
            return Ok(());
        }
        buffer.drain(..end);
        offset += end;
    }
}
