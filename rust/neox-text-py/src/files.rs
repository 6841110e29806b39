//! Files in and out.

use neox_text::{Error, Result};
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// The bytes of a file, which has a greatest size.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let io = |error| Error::io(path, &error);
    let limit = neox_text::bpe::MAX_FILE;
    let file = std::fs::File::open(path).map_err(io)?;
    let size = file.metadata().map_err(io)?.len().min(limit) as usize;
    let mut bytes = Vec::with_capacity(size + 1);
    // A pipe does not tell how long it is.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit {
        let message = format!("more than {limit} bytes, which is the limit");
        return Err(Error::format("", message).with_path(path));
    }
    Ok(bytes)
}

/// Write a whole file, or leave what was there.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let io = |error| Error::io(path, &error);
    // A link stays a link; a pipe or a device is written to as it is.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let known = std::fs::metadata(&target).ok();
    if known.as_ref().is_some_and(|known| !known.is_file()) {
        return std::fs::write(&target, bytes).map_err(io);
    }
    // Never half a file: written beside, then renamed.
    let mut name = target.file_name().unwrap_or_default().to_owned();
    let turn = WRITTEN.fetch_add(1, Ordering::Relaxed);
    name.push(format!(".{}.{turn}.part", std::process::id()));
    let part = target.with_file_name(name);
    let keep_mode =
        || known.map_or(Ok(()), |known| std::fs::set_permissions(&part, known.permissions()));
    std::fs::write(&part, bytes)
        .and_then(|()| keep_mode())
        .and_then(|()| std::fs::rename(&part, &target))
        .map_err(|error| {
            let _ = std::fs::remove_file(&part);
            io(error)
        })
}
