//! Projects for Java, which are built by their own tools.

use std::path::Path;

use crate::problem::{Code, Problem};

pub(super) const WAY_OUT: &str = "remove `build`, run `mvn package` or `gradle shadowJar`, and name the jar with all that \
                                  the code needs as its `code`";

/// The files of a project, what makes a jar of it with all that it needs, and where that comes to lie.
const PROJECTS: [(&str, &str, &str); 3] = [
    ("pom.xml", "`mvn package` with the `maven-shade-plugin`", "target"),
    ("build.gradle", "`gradle shadowJar`", "build/libs"),
    ("build.gradle.kts", "`gradle shadowJar`", "build/libs"),
];

/// Jars that are no function's code.
const ASIDE: [&str; 3] = ["-sources.jar", "-javadoc.jar", "-plain.jar"];

/// The folder of a project has sources, and no class in it would be found.
pub(super) fn unbuilt(written: &str, folder: &Path) -> Option<Problem> {
    let (file, command, made) = PROJECTS.iter().find(|(file, ..)| folder.join(file).is_file())?;
    let message = format!("`{written}` has a `{file}`, and is not built here");
    let found = jar(&folder.join(made));
    let path = Path::new(written).join(made).join(found.as_deref().unwrap_or("NAME.jar"));
    let path = path.display();
    let help = match found {
        Some(_) => format!("name the jar that was built in place of the folder: `{path}`"),
        None => format!(
            "run {command}, and name the jar in place of the folder: `{path}`; or run `sam build`, and serve `.aws-sam/build`"
        ),
    };
    Some(Problem::new(Code::Path, message).help(help))
}

/// The jar that has most in it: what others' tools leave beside the one with everything is a part of it.
fn jar(folder: &Path) -> Option<String> {
    let jars = std::fs::read_dir(folder).ok()?.filter_map(|entry| {
        let entry = entry.ok()?;
        let name = entry.file_name().into_string().ok()?;
        let is_code = name.ends_with(".jar")
            && !name.starts_with("original-")
            && !ASIDE.iter().any(|end| name.ends_with(end));
        is_code.then_some((entry.metadata().ok()?.len(), name))
    });
    jars.max().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_jar_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        assert_eq!(unbuilt("hello/", folder.path()), None);
        write("pom.xml", "<project/>");
        let help = || unbuilt("hello/", folder.path()).and_then(|it| it.help).expect("help");
        assert!(help().contains("`hello/target/NAME.jar`; or run `sam build`"), "{}", help());
        write("target/original-hello-1.0.jar", "the smaller part of it");
        write("target/hello-1.0-sources.jar", "the sources of it and much more");
        write("target/hello-1.0.jar", "all");
        assert!(help().ends_with("`hello/target/hello-1.0.jar`"), "{}", help());
    }
}
