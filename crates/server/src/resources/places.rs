//! Where code lies: in memory a place on this machine, in the store one in whatever folder the store is in,
//! so that the folder can be moved and a backup be restored elsewhere.

use std::path::{Path, PathBuf};

use functions::artifacts::below_state;
use model::{Function, Kept, MadeFunction, PublishedVersion, Resource};
use store::KeptChange;

use super::Change;

/// As it is kept.
pub(super) fn portable(mut changes: Vec<Change>, state: &Path) -> Vec<Change> {
    for (change, _) in &mut changes {
        let KeptChange::Keep(kept) = change else { continue };
        each_path(&mut kept.resource, |path| {
            if let Ok(below) = path.strip_prefix(state) {
                *path = below.to_owned();
            }
        });
    }
    changes
}

/// As it is used. Also of rows that name a place in a folder which the store was in before: what lies there
/// is not this server's.
pub(super) fn placed(mut kept: Kept, state: &Path) -> Kept {
    each_path(&mut kept.resource, |path| {
        let below = if path.is_relative() { Some(&**path) } else { below_state(path) };
        if let Some(below) = below {
            *path = state.join(below);
        }
    });
    kept
}

fn each_path(resource: &mut Resource, change: impl Fn(&mut PathBuf)) {
    let function: &mut Function = match resource {
        Resource::Function(MadeFunction { function, .. }) => function,
        Resource::FunctionVersion(PublishedVersion { function, .. }) => function,
        _ => return,
    };
    function.code.path_mut().into_iter().chain(&mut function.layers).for_each(change);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{
        ByteSize, FilePatterns, FunctionDetails, FunctionName, Origin, Runtime, SandboxMode,
        Timestamp,
    };
    use store::AuditLine;

    use super::*;

    fn function(code: &str, layer: &str) -> Function {
        Function {
            name: FunctionName::parse("f").expect("a name"),
            runtime: Runtime::Python { minor: 11 },
            code: PathBuf::from(code).into(),
            files: FilePatterns::default(),
            handler: "index.handler".to_owned(),
            build: None,
            layers: vec![layer.into()],
            environment: [].into(),
            timeout: Duration::from_secs(3),
            memory: ByteSize::mib(128),
            concurrency: 1,
            queue_wait: Duration::ZERO,
            data: false,
            runtime_libraries: true,
            sandbox: SandboxMode::default(),
        }
    }

    fn kept(code: &str, layer: &str) -> Kept {
        let version = PublishedVersion {
            number: 1,
            function: Box::new(function(code, layer)),
            details: FunctionDetails::default(),
            digest: String::new(),
            source: None,
        };
        let (origin, revision, at) = (Origin::Operator, 1, Timestamp(7));
        Kept { resource: version.into(), origin, revision, created: at, updated: at }
    }

    #[test]
    fn code_is_kept_without_the_folder_that_it_lies_in() {
        let check = |used: [&str; 2], stored: [&str; 2]| {
            let line = AuditLine {
                at: Timestamp(7),
                actor: String::new(),
                action: String::new(),
                subject: String::new(),
                detail: String::new(),
            };
            let change = KeptChange::Keep(Box::new(kept(used[0], used[1])));
            let stored = kept(stored[0], stored[1]);
            let portable = portable(vec![(change, line)], Path::new("/state"));
            assert_eq!(portable[0].0, KeptChange::Keep(Box::new(stored)));
        };
        check(["/state/code/a.zip", "/elsewhere/b"], ["code/a.zip", "/elsewhere/b"]);
        check(["/state/stage/zip/a", "/state/build/npm/b"], ["stage/zip/a", "build/npm/b"]);
    }

    #[test]
    fn it_is_used_where_the_store_is() {
        let check = |stored: [&str; 2], used: [&str; 2]| {
            let placed = placed(kept(stored[0], stored[1]), Path::new("/state"));
            assert_eq!(placed, kept(used[0], used[1]));
        };
        check(["code/a.zip", "stage/zip/a"], ["/state/code/a.zip", "/state/stage/zip/a"]);
        // As older versions kept them.
        check(["/state/code/a.zip", "/a/b"], ["/state/code/a.zip", "/a/b"]);
        check(
            ["/old/code/.tidegate/code/a.zip", "/old/stage/frozen/a"],
            ["/state/code/a.zip", "/state/stage/frozen/a"],
        );
    }
}
