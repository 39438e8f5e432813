//! Keeps a token in a file, so that programs that live shortly share it.
//!
//! The file is replaced, never written to, so that a reader sees the old content or the new one. It belongs to its
//! owner alone (0600), holds no secret, and whoever cannot use it goes on without it. One process at a time gets a token:
//! it holds a lock meanwhile, and those who waited for that find the token in the file.

mod document;
mod lock;

use std::{
    fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use secrecy::zeroize::Zeroizing;

use self::lock::NoLock;
pub(super) use self::{
    document::{Kept, Owner},
    lock::Lock,
};
use super::Token;

/// The cache file of a client.
#[derive(Debug)]
pub(super) struct Cache {
    path: Arc<Path>,
    warned: AtomicBool,
}

/// What came of the wish for the lock.
#[derive(Debug)]
pub(super) enum Locked {
    /// It is held until it is dropped.
    Held { _lock: Lock },
    /// Another process holds it.
    Busy,
    /// One goes without, as there are no locks at this place.
    Without,
}

impl Cache {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path: path.into(), warned: AtomicBool::new(false) }
    }

    pub(super) async fn lock(&self, timeout: Duration) -> Locked {
        match lock::lock(&self.path, timeout).await {
            Ok(lock) => Locked::Held { _lock: lock },
            Err(NoLock::Busy) => Locked::Busy,
            Err(NoLock::Impossible(error)) => {
                self.warn("the token cache cannot be locked", &error);
                Locked::Without
            }
        }
    }

    /// What the file tells its owner; nothing when it cannot be read.
    pub(super) async fn read(&self, owner: &Owner) -> Kept {
        match self.blocking(content).await {
            Ok(Some(content)) => document::decode(&content, owner),
            Ok(None) => Kept::default(),
            Err(error) => {
                self.warn("the token cache cannot be read", &error);
                Kept::default()
            }
        }
    }

    /// Replaces the file.
    pub(super) async fn write(&self, owner: &Owner, token: Option<&Token>, hold: Option<Duration>) {
        let Some(content) = document::encode(owner, token, hold) else { return };
        if let Err(error) = self.blocking(move |path| replace(path, &content)).await {
            self.warn("the token cache cannot be written", &error);
        }
    }

    /// Removes the file, when it holds this token.
    pub(super) async fn forget(&self, owner: &Owner, token: &Token) {
        let holds_it = self.read(owner).await.token.is_some_and(|kept| kept.is_same(token));
        if holds_it && let Err(error) = self.blocking(|path| fs::remove_file(path)).await {
            self.warn("the token cache cannot be removed", &error);
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || work(&path)).await.map_err(io::Error::other).flatten()
    }

    /// Once: a place that is no good stays so.
    fn warn(&self, what: &'static str, error: &io::Error) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(path = %self.path.display(), %error, "{what}; tokens are got without it");
        }
    }
}

/// The content of the file, where there is one that can be trusted.
fn content(path: &Path) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    // Opening a pipe would wait for its other end.
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    if is_open_to_others(&metadata) {
        return Err(io::Error::other("others than its owner have rights on it, so what it holds is not used"));
    }
    let mut content = Zeroizing::new(Vec::new());
    let limit = u64::try_from(document::LONGEST).unwrap_or(u64::MAX).saturating_add(1);
    fs::File::open(path)?.take(limit).read_to_end(&mut content)?;
    Ok((content.len() <= document::LONGEST).then_some(content))
}

#[cfg(unix)]
fn is_open_to_others(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open_to_others(_: &fs::Metadata) -> bool {
    false
}

/// Puts a new file, which its owner alone can read, in the place of the old one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    lock::make_directory(path)?;
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // 0600 from its first moment on.
    let mut file = tempfile::Builder::new().prefix(".token-").tempfile_in(directory)?;
    file.write_all(content)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner { service: "https://cloud.mongodb.com".into(), client_id: "mdb_sa_id_1".into() }
    }

    fn token(text: &str) -> Token {
        Token::new(text.into(), Duration::from_secs(3600)).unwrap()
    }

    async fn text(cache: &Cache) -> Option<String> {
        cache.read(&owner()).await.token.map(|token| token.text().to_owned())
    }

    fn in_directory() -> (tempfile::TempDir, PathBuf, Cache) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/token.json");
        let cache = Cache::new(path.clone());
        (directory, path, cache)
    }

    #[tokio::test]
    async fn what_one_writes_another_reads_until_it_is_forgotten() {
        let (_directory, path, cache) = in_directory();
        assert_eq!(text(&cache).await, None);
        cache.write(&owner(), Some(&token("abc")), None).await;
        assert_eq!(text(&Cache::new(path.clone())).await.as_deref(), Some("abc"));
        cache.forget(&owner(), &token("other")).await;
        assert_eq!(text(&cache).await.as_deref(), Some("abc"));
        cache.forget(&owner(), &token("abc")).await;
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_is_no_cache_is_ignored_and_replaced() {
        let (_directory, path, cache) = in_directory();
        cache.write(&owner(), Some(&token("abc")), None).await;
        for wrong in [&b"{\"format\":1,\"serv"[..], b"", &[0xff; 100], &vec![b'['; document::LONGEST + 1]] {
            fs::write(&path, wrong).unwrap();
            assert_eq!(text(&cache).await, None);
        }
        cache.write(&owner(), Some(&token("abc")), None).await;
        assert_eq!(text(&cache).await.as_deref(), Some("abc"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_is_its_owners_alone_and_what_others_could_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let (_directory, path, cache) = in_directory();
        cache.write(&owner(), Some(&token("abc")), None).await;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(text(&cache).await, None);
        cache.write(&owner(), Some(&token("def")), None).await;
        assert_eq!((mode(&path), text(&cache).await.as_deref()), (0o600, Some("def")));
    }

    #[tokio::test]
    async fn a_place_that_is_no_good_does_no_harm() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::new(directory.path().into());
        cache.write(&owner(), Some(&token("abc")), None).await;
        assert_eq!(text(&cache).await, None);
        let below_a_file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache::new(below_a_file.path().join("token"));
        assert!(matches!(cache.lock(Duration::ZERO).await, Locked::Without));
        cache.write(&owner(), Some(&token("abc")), None).await;
        assert_eq!(text(&cache).await, None);
    }
}
