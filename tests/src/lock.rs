//! Locks that survive a panicking test.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a panic of another holder is that test's failure already and must not become a second one here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
