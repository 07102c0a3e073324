//! SHA-256: of bytes, of a file, of a stream, and its hexadecimal text.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes of a file that are in memory at a time.
const PIECE: usize = 1 << 18;

/// The checksum of what goes through it.
#[derive(Debug, Clone, Default)]
pub struct Checksum {
    hash: Sha256,
    size: u64,
}

impl Checksum {
    /// Adds what comes next.
    pub fn update(&mut self, bytes: impl AsRef<[u8]>) {
        self.size += bytes.as_ref().len() as u64;
        self.hash.update(bytes);
    }

    /// How many bytes there were so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The checksum of all, in hexadecimal.
    #[must_use]
    pub fn hex(self) -> String {
        hex(&self.hash.finalize())
    }
}

/// Two digits of each byte.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Write for Checksum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The checksum of bytes, in hexadecimal.
#[must_use]
pub fn sha256(bytes: impl AsRef<[u8]>) -> String {
    let mut checksum = Checksum::default();
    checksum.update(bytes);
    checksum.hex()
}

/// The checksum of bytes as it is.
#[must_use]
pub fn digest(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Size and checksum of a file.
///
/// # Errors
/// When it cannot be read.
pub fn of_file(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut checksum = Checksum::default();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok((checksum.size(), checksum.hex())),
            Ok(read) => checksum.update(piece.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_a_file_and_a_stream_of_the_same_have_one_checksum() {
        const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256("abc"), ABC);
        let mut checksum = Checksum::default();
        checksum.write_all(b"a").unwrap();
        checksum.update("bc");
        assert_eq!((checksum.size(), checksum.hex().as_str()), (3, ABC));
        assert_eq!(digest("abc")[..2], [0xba, 0x78]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("abc");
        std::fs::write(&path, "abc").unwrap();
        assert_eq!(of_file(&path).unwrap(), (3, ABC.to_owned()));
        assert!(of_file(folder.path()).is_err());
    }
}
