//! The key that seals the server's own keys: from the operator, or a file beside the database made at
//! the first start. Never in the database.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use crate::chance::Chance;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyFault {
    #[error("the master key must be 64 hexadecimal digits or 32 bytes in base64")]
    Malformed,
    #[error("the master key file {path} cannot be used")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the master key file {path} can be read by others: run chmod 600 on it")]
    Open { path: PathBuf },
}

/// The operator's key where one is given, else that of `file`, which is made where it is missing.
///
/// # Errors
/// [`MasterKeyFault`] where the text is no key or the file cannot be used safely.
pub(crate) fn master_key(
    given: Option<&SecretString>,
    file: &Path,
    chance: &Chance,
) -> Result<[u8; 32], MasterKeyFault> {
    if let Some(text) = given {
        return parse(text.expose_secret());
    }
    match std::fs::read_to_string(file) {
        Ok(text) => {
            refuse_readable_by_others(file)?;
            parse(&text)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = chance.bytes();
            create(file, &key).map_err(|source| fault(file, source))?;
            Ok(key)
        }
        Err(source) => Err(fault(file, source)),
    }
}

fn parse(text: &str) -> Result<[u8; 32], MasterKeyFault> {
    let text = text.trim();
    let bytes = hex::decode(text).or_else(|_| STANDARD.decode(text));
    bytes
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(MasterKeyFault::Malformed)
}

/// On disk before it seals anything: a key that is lost loses every secret.
fn create(file: &Path, key: &[u8; 32]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file)?;
    out.write_all(format!("{}\n", hex::encode(key)).as_bytes())?;
    out.sync_all()?;
    match file.parent() {
        Some(directory) => std::fs::File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(unix)]
fn refuse_readable_by_others(file: &Path) -> Result<(), MasterKeyFault> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(file)
        .map_err(|source| fault(file, source))?
        .permissions()
        .mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(MasterKeyFault::Open {
        path: file.to_owned(),
    })
}

#[cfg(not(unix))]
fn refuse_readable_by_others(_file: &Path) -> Result<(), MasterKeyFault> {
    Ok(())
}

fn fault(file: &Path, source: std::io::Error) -> MasterKeyFault {
    MasterKeyFault::File {
        path: file.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::{MasterKeyFault, master_key};
    use crate::chance::Chance;
    use rand::{SeedableRng, rngs::StdRng};
    use secrecy::SecretString;

    #[test]
    fn the_key_is_made_once_and_read_again_and_the_operators_goes_first() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("master.key");
        let chance = Chance::new(Box::new(StdRng::seed_from_u64(1)));
        let made = master_key(None, &file, &chance).expect("made");
        assert_eq!(master_key(None, &file, &chance).expect("read"), made);
        let given = SecretString::from("ab".repeat(32));
        assert_eq!(
            master_key(Some(&given), &file, &chance).expect("given"),
            [0xab; 32]
        );
        let short = SecretString::from("abcd");
        assert!(matches!(
            master_key(Some(&short), &file, &chance),
            Err(MasterKeyFault::Malformed)
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("master.key");
        let chance = Chance::new(Box::new(StdRng::seed_from_u64(1)));
        master_key(None, &file, &chance).expect("made");
        let mode = std::fs::metadata(&file)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("chmod");
        assert!(matches!(
            master_key(None, &file, &chance),
            Err(MasterKeyFault::Open { .. })
        ));
    }
}
