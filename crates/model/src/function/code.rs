//! Where a function's code comes from.

use std::path::{Path, PathBuf};

use crate::Language;

/// What a function runs, before it is built or unpacked.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum FunctionCode {
    /// A folder or a `.zip`, absolute.
    At(PathBuf),
    Inline(InlineCode),
}

/// Code that is written where its function is: one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InlineCode {
    /// As AWS calls it.
    pub file: String,
    pub text: String,
}

impl FunctionCode {
    /// `None` for code that is no file of its own.
    pub fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::At(path) => Some(path),
            Self::Inline(_) => None,
        }
    }

    pub fn path_mut(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::At(path) => Some(path),
            Self::Inline(_) => None,
        }
    }
}

impl From<PathBuf> for FunctionCode {
    fn from(path: PathBuf) -> Self {
        Self::At(path)
    }
}

impl From<&Path> for FunctionCode {
    fn from(path: &Path) -> Self {
        Self::At(path.to_owned())
    }
}

impl InlineCode {
    /// `None` for a language whose programs are no text of one file.
    pub fn new(language: Language, text: String) -> Option<Self> {
        let file = match language {
            Language::Python => "index.py",
            Language::Node => "index.js",
            Language::Native | Language::Java => return None,
        };
        Some(Self { file: file.to_owned(), text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_before_there_was_inline_code_reads_back() {
        let check = |json: &str, code: FunctionCode| {
            assert_eq!(serde_json::from_str::<FunctionCode>(json).unwrap(), code);
            assert_eq!(serde_json::to_string(&code).unwrap(), json);
        };
        check(r#""/code""#, FunctionCode::At("/code".into()));
        let code = InlineCode::new(Language::Python, "x = 1".to_owned()).unwrap();
        check(r#"{"file":"index.py","text":"x = 1"}"#, FunctionCode::Inline(code));
        assert_eq!(InlineCode::new(Language::Native, String::new()), None);
    }
}
