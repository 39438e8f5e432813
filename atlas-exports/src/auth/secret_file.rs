//! Reads a secret from a file, as containers mount them.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use secrecy::{SecretString, zeroize::Zeroizing};

use crate::Error;

/// More than any secret has, and little enough to read.
const MOST: usize = 64 * 1024;

/// Returns the content of a file.
pub(super) fn read(path: &Path, setting: &'static str) -> Result<SecretString, Error> {
    let cannot = |problem: String| Error::configuration(setting, format!("the file {} {problem}", path.display()));
    let content =
        content(path).map_err(|error| cannot(format!("cannot be read ({error}): check its path and its rights")))?;
    if content.len() > MOST {
        return Err(cannot("is too long for a secret".to_owned()));
    }
    let encoding =
        if content.starts_with(&[0xFF, 0xFE]) || content.starts_with(&[0xFE, 0xFF]) { "UTF-16, " } else { "" };
    let text = std::str::from_utf8(&content).map_err(|_| cannot(format!("is {encoding}not UTF-8")))?;
    Ok(text.into())
}

fn content(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut content = Zeroizing::new(Vec::new());
    let limit = u64::try_from(MOST).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read_of(content: &[u8]) -> Result<SecretString, Error> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), content).unwrap();
        read(file.path(), "THE_SETTING")
    }

    #[test]
    fn what_cannot_be_a_secret_is_refused_without_showing_it() {
        for (content, reason) in [
            (vec![0xff, b's'], "is not UTF-8"),
            (vec![0xff, 0xfe, b's', 0], "is UTF-16, not UTF-8"),
            (vec![b's'; MOST + 1], "too long"),
        ] {
            let error = read_of(&content).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains("THE_SETTING") && !error.contains("sss"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read(Path::new("/no/such/secret"), "THE_SETTING").unwrap_err();
        assert!(error.to_string().contains("/no/such/secret"), "{error}");
    }
}
