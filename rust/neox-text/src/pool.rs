//! What threads need while they work, kept between calls.

use std::sync::Mutex;

/// Room to work in, which can let go of what one giant text needed.
pub trait Room: Default {
    fn trim(&mut self);
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
        room.trim();
        if let Ok(mut kept) = self.0.try_lock()
            && kept.len() < Self::KEPT
        {
            kept.push(room);
        }
        done
    }
}
