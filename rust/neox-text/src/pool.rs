//! What threads need while they work, kept between calls.

use std::sync::Mutex;

/// Room to work in, which can let go of what one giant text needed.
pub trait Room: Default {
    /// Keep what many texts need, and no more.
    fn trim(&mut self);

    /// Whether trimming would let go of something worth keeping once, in one room of all: new
    /// memory costs as much time as a text needs.
    fn is_large(&self) -> bool {
        false
    }
}

/// Rooms that are not in use. Never waits: a call that finds it taken makes its own.
pub struct Pool<R>(Mutex<Vec<Box<R>>>);

impl<R> Default for Pool<R> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<R: Room> Pool<R> {
    const KEPT: usize = 64;

    /// Do some work in a room.
    pub fn with<T>(&self, work: impl FnOnce(&mut R) -> T) -> T {
        let kept = self.0.try_lock().ok().and_then(|mut kept| kept.pop());
        let mut room = kept.unwrap_or_default();
        let done = work(&mut room);
        let Ok(mut kept) = self.0.try_lock() else { return done };
        if kept.len() < Self::KEPT {
            if !room.is_large() || kept.iter().any(|other| other.is_large()) {
                room.trim();
            }
            kept.push(room);
        }
        done
    }
}
