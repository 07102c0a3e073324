//! The person's own editor for a text: a private file that it is given, read back and removed.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};

use tempfile::TempDir;

/// Bytes of a text that are taken back at the most: more was not typed.
const LARGEST: u64 = 16 << 20;
/// Exit codes of a shell that could not start a program.
const NO_PROGRAM: [i32; 2] = [126, 127];

/// A text on its way through another program.
#[derive(Debug)]
pub struct Outside {
    /// Ours alone, with what the program puts beside the file; it goes when this does.
    folder: TempDir,
    /// The program and its options, as a shell reads them.
    program: String,
}

/// `$VISUAL`, else `$EDITOR`, else `vi`.
#[must_use]
pub fn program() -> String {
    let set = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| env::var(name).ok());
    set.map(|text| text.trim().to_owned()).find(|text| !text.is_empty()).unwrap_or_else(|| "vi".to_owned())
}

impl Outside {
    /// Writes the text where nobody else reads it.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn new(text: &str, program: String) -> io::Result<Self> {
        let private = fs::Permissions::from_mode(0o700);
        let outside = Self {
            folder: tempfile::Builder::new().prefix("saldo-").permissions(private).tempdir()?,
            program,
        };
        let mut file = fs::File::create_new(outside.path())?;
        file.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            file.write_all(b"\n")?;
        }
        Ok(outside)
    }

    /// The file; its ending tells an editor its colours.
    fn path(&self) -> PathBuf {
        self.folder.path().join("statement.sql")
    }

    /// Starts the program on the terminal.
    ///
    /// # Errors
    /// When there is no shell.
    pub fn start(&self) -> io::Result<Child> {
        let script = format!("{} \"$1\"", self.program);
        Command::new("sh").args(["-c", &script, "sh"]).arg(self.path()).spawn()
    }

    /// The text that the program left.
    ///
    /// # Errors
    /// In a sentence, when the program failed or left no text: what was there before stays.
    pub fn take_back(self, ended: ExitStatus) -> Result<String, String> {
        let stays = "the text stays as it was";
        match ended.code() {
            Some(0) => {}
            Some(code) if NO_PROGRAM.contains(&code) => {
                return Err(format!(
                    "{} could not be started: set $VISUAL or $EDITOR; {stays}",
                    self.program
                ));
            }
            Some(code) => return Err(format!("{} ended with code {code}; {stays}", self.program)),
            None => return Err(format!("{} was stopped by a signal; {stays}", self.program)),
        }
        let path = self.path();
        let cannot = |why: &dyn std::fmt::Display| {
            format!("what {} left cannot be read ({why}); {stays}", self.program)
        };
        let size = fs::metadata(&path).map_err(|error| cannot(&error))?.len();
        if size > LARGEST {
            return Err(cannot(&"it has more than 16 MiB"));
        }
        fs::read_to_string(&path).map_err(|error| cannot(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, program: &str) -> Result<String, String> {
        let outside = Outside::new(text, program.to_owned()).unwrap();
        let folder = outside.folder.path().to_owned();
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o077;
        assert_eq!(mode(&folder), 0, "nobody else reads it");
        let ended = outside.start().unwrap().wait().unwrap();
        let text = outside.take_back(ended);
        assert!(!folder.exists(), "it is removed");
        text
    }

    #[test]
    fn a_text_goes_through_the_program_and_stays_when_that_fails() {
        assert_eq!(edited("SELECT 1", "sed -i s/1/2/").as_deref(), Ok("SELECT 2\n"));
        for (program, wanted) in [
            ("false", "false ended with code 1"),
            ("no-such-editor", "no-such-editor could not be started: set $VISUAL"),
            ("kill -9 $$; :", "was stopped by a signal"),
            ("rm", "cannot be read"),
            ("printf '\\377' >", "cannot be read"),
            ("truncate -s 20M", "more than 16 MiB"),
        ] {
            let why = edited("SELECT 1", program).unwrap_err();
            assert!(why.contains(wanted) && why.contains("stays as it was"), "{program}: {why}");
        }
    }
}
