//! Which files of its folder are a function's code.

use std::path::Path;

use model::{Build, FilePatterns, FunctionCode, Language, Runtime};

use crate::manifest;
use crate::problem::{Code, Problem};
use crate::resolve::Scope;
use crate::shape::Placed;

impl Scope<'_> {
    pub(super) fn files(
        &mut self,
        written: &manifest::Function,
        code: Option<&FunctionCode>,
        build: Option<&Build>,
    ) -> FilePatterns {
        let Some(files) = &written.files else { return FilePatterns::default() };
        let (whole, help) = match (code, build) {
            (_, Some(Build::Cargo { .. })) => ("the program that `build: cargo` makes", ""),
            (Some(FunctionCode::Inline(_)), _) => ("code that is inline", ""),
            (Some(FunctionCode::At(path)), _) if !path.is_dir() => {
                ("an archive", ", or name the folder that it was made of")
            }
            _ => {
                return FilePatterns::new(files.iter().map(|file| file.value.clone()).collect());
            }
        };
        let message = format!("`files` chooses files of a folder, and {whole} is taken as it is");
        let span = written.record().key("files");
        let problem = Problem::new(Code::Conflict, message);
        let problem = problem.at(span.unwrap_or(written.record().span), "");
        self.problems.push(problem.help(format!("remove `files`{help}")));
        FilePatterns::default()
    }

    /// What `provided` runs has to be there.
    pub(super) fn check_program(
        &mut self,
        written: &manifest::Function,
        runtime: &Runtime,
        files: &FilePatterns,
    ) {
        let is_run = runtime.language() == Language::Native && written.build.is_none();
        if is_run && !files.includes(Path::new("bootstrap")) {
            self.leaves_out(written, "bootstrap");
        }
    }

    /// Points at the last pattern that could have taken the file in.
    pub(in crate::resolve) fn leaves_out(&mut self, written: &manifest::Function, file: &str) {
        let patterns = written.files.iter().flatten();
        let last = patterns.rev().find(|pattern| {
            let alone = FilePatterns::new(vec![pattern.value.clone()]);
            !alone.includes(Path::new(file))
        });
        let span = last.map_or(written.record().span, |pattern| pattern.span);
        let message = format!("`{file}` is what runs, and the patterns of files leave it out");
        let problem = Problem::new(Code::FilePattern, message).at(span, "");
        self.problems.push(problem.help(format!("take it in again behind this: `{file}`")));
    }
}
