//! Code that is written in a manifest: the file that Lambda would make of it, and the module that it puts
//! beside.

use std::fs;
use std::path::Path;

use model::InlineCode;

use super::{StageError, digest};

/// What inline code may import without bringing it: where that lies, and what it is.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html>
fn module(file: &str) -> (&'static str, &'static str) {
    if file.ends_with(".py") {
        ("cfnresponse.py", include_str!("inline/cfnresponse.py"))
    } else {
        ("node_modules/cfn-response.js", include_str!("inline/cfn-response.js"))
    }
}

/// Of everything that [`write`] writes.
pub(super) fn digest(code: &InlineCode) -> String {
    let (_, module) = module(&code.file);
    digest::of_texts([&*code.file, &*code.text, module])
}

pub(super) fn write(code: &InlineCode, into: &Path) -> Result<(), StageError> {
    for (file, text) in [(&*code.file, &*code.text), module(&code.file)] {
        let path = into.join(file);
        let folder = path.parent().unwrap_or(into);
        fs::create_dir_all(folder).map_err(StageError::io(folder))?;
        fs::write(&path, text).map_err(StageError::io(&path))?;
    }
    Ok(())
}
