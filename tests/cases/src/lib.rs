//! Reads the `.case` files whose input is raw bytes: the input, `---`, what is expected.

use std::fs;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct Case {
    pub path: PathBuf,
    /// As it stands in the file.
    pub input: String,
    pub expected: String,
}

/// Every case of a folder, by name.
///
/// # Panics
/// When the folder cannot be read, or one of its files is no case.
pub fn of_folder(folder: impl AsRef<Path>) -> Vec<Case> {
    let entries = fs::read_dir(folder).expect("a folder of cases");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(Case::read).collect()
}

impl Case {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).expect("a case is text");
        let parts = text.split_once("\n---\n");
        let (input, expected) =
            parts.unwrap_or_else(|| panic!("{}: input, dashes, expected", path.display()));
        Self { input: input.to_owned(), expected: expected.to_owned(), path }
    }

    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The expected statuses, where a case is about requests: `200 400 close`.
    pub fn statuses(&self) -> Vec<u16> {
        self.expected.split_whitespace().filter_map(|word| word.parse().ok()).collect()
    }

    /// Whether the connection is expected to be closed then.
    pub fn closes(&self) -> bool {
        self.expected.split_whitespace().any(|word| word == "close")
    }
}

/// The bytes that a text stands for: its line breaks are not part of them, its escapes are.
///
/// # Panics
/// At an escape that is none.
pub fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.chars().filter(|c| *c != '\n');
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match rest.next().expect("an escape") {
            'r' => bytes.push(b'\r'),
            'n' => bytes.push(b'\n'),
            't' => bytes.push(b'\t'),
            '\\' => bytes.push(b'\\'),
            'x' => {
                let digits: String = rest.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two hexadecimal digits"));
            }
            other => panic!("unknown escape `\\{other}`"),
        }
    }
    bytes
}
