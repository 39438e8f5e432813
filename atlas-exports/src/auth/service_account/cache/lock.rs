//! The lock that lets one process at a time get a token.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::Instant;

/// Between looks at a lock that another process holds; so much again is added at random.
const LOOK: Duration = Duration::from_millis(20);

/// A lock on the cache file, until it is dropped. The system lets go of it when the process ends.
#[derive(Debug)]
pub(in crate::auth::service_account) struct Lock {
    _file: File,
}

/// How a lock was not had.
#[derive(Debug)]
pub(super) enum NoLock {
    /// Another process holds it for longer than we wait.
    Busy,
    /// There are no locks to be had at this place.
    Impossible(io::Error),
}

/// Waits for the lock on a cache file, without blocking the thread, so that whoever drops the future is free.
pub(super) async fn lock(cache: &Path, timeout: Duration) -> Result<Lock, NoLock> {
    let deadline = Instant::now() + timeout;
    let path = lock_path(cache);
    let opened = tokio::task::spawn_blocking(move || open(&path)).await;
    let file = opened.map_err(io::Error::other).flatten().map_err(NoLock::Impossible)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::Error(error)) => return Err(NoLock::Impossible(error)),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return Err(NoLock::Busy),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOOK.mul_f64(1.0 + fastrand::f64())).await,
        }
    }
}

/// A file beside the cache file, which itself is replaced at each writing.
fn lock_path(cache: &Path) -> PathBuf {
    let mut path = cache.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

fn open(path: &Path) -> io::Result<File> {
    make_directory(path)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the directory of a file, for its owner alone, where it is missing.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_at_a_time_has_the_lock() {
        let directory = tempfile::tempdir().unwrap();
        let cache = directory.path().join("not/yet/there/token.json");
        let first = lock(&cache, Duration::ZERO).await.unwrap();
        assert!(matches!(lock(&cache, Duration::ZERO).await, Err(NoLock::Busy)));
        let second = tokio::spawn({
            let cache = cache.clone();
            async move { lock(&cache, Duration::from_secs(60)).await.is_ok() }
        });
        tokio::task::yield_now().await;
        drop(first);
        assert!(second.await.unwrap());
        assert!(!cache.exists(), "the lock is a file of its own");
    }

    #[tokio::test]
    async fn where_no_lock_can_be_made_that_is_told_at_once() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let below_a_file = file.path().join("token.json");
        assert!(matches!(lock(&below_a_file, Duration::from_secs(60)).await, Err(NoLock::Impossible(_))));
    }
}
