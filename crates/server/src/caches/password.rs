//! The password of a cache: made once, known to its stack alone.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::rand::{GetRandomFlags, getrandom};

/// The password that the file holds; a file that is not there gets a new one.
pub(super) fn of(file: &Path) -> io::Result<String> {
    match std::fs::read_to_string(file) {
        Ok(password) if password.len() == 2 * BYTES => return Ok(password),
        Ok(_) => std::fs::remove_file(file)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let password = random()?;
    let mut fresh = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    fresh.write_all(password.as_bytes())?;
    Ok(password)
}

const BYTES: usize = 24;

/// Letters and digits, which mean themselves in a URL and in the server's settings.
fn random() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    let filled = getrandom(&mut bytes, GetRandomFlags::empty())?;
    if filled < BYTES {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_password_stays_and_is_read_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let password = of(&file).unwrap();
        assert_eq!(password.len(), 48);
        assert_eq!(of(&file).unwrap(), password);
        assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
        // As a crash between the two writes would leave it.
        std::fs::write(&file, "").unwrap();
        assert_ne!(of(&file).unwrap(), password);
    }
}
