//! How the Java virtual machine is started for a function: its bounds, and the class path that AWS documents.
//! <https://docs.aws.amazon.com/lambda/latest/dg/java-package.html>

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use model::{Function, Runtime};

use crate::describe::Code;
use crate::variables::Places;

const MAIN: &str = "tidegate.bootstrap.Bootstrap";
/// The least that the machine keeps for itself: classes, compiled code, threads.
const OVERHEAD_MIB: u64 = 48;
/// So much is there from the start, and grows by need. A function that needs little then takes little,
/// and starts without collecting garbage.
const INITIAL_HEAP_MIB: u64 = 64;
/// Where a function's own options are.
const OWN_OPTIONS: [&str; 2] = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"];

/// What is on the class path.
#[derive(Debug)]
pub(super) struct Jars<'a> {
    pub(super) bootstrap: OsString,
    pub(super) code: &'a Code,
    /// Where the function sees them.
    pub(super) places: &'a Places<'a>,
}

/// `version` is the machine's, which may be another one than the runtime's.
pub(super) fn arguments(
    function: &Function,
    version: &str,
    jars: &Jars<'_>,
) -> Result<Vec<OsString>, String> {
    let mut arguments: Vec<OsString> =
        options(function, version).into_iter().map(OsString::from).collect();
    arguments.extend(["-cp".into(), jars.class_path()?, MAIN.into()]);
    Ok(arguments)
}

/// What the function's own options decide is left to them: on the command line, ours would win.
fn options(function: &Function, version: &str) -> Vec<String> {
    let own = OWN_OPTIONS.iter().filter_map(|name| function.environment.get(*name));
    let own: Vec<&str> = own.flat_map(|text| text.split_whitespace()).collect();
    let decides = |marks: &[&str]| own.iter().any(|it| marks.iter().any(|mark| it.contains(mark)));
    let mut options = vec!["-XX:-UsePerfData".to_owned()];
    if !own.iter().any(|it| it.starts_with("-XX:+Use") && it.ends_with("GC")) {
        options.push("-XX:+UseSerialGC".to_owned());
    }
    // Lambda compiles quickly rather than well since its runtime for Java 17.
    let is_quick = matches!(function.runtime, Runtime::Java { major } if major >= 17);
    if is_quick && !decides(&["TieredStopAtLevel", "TieredCompilation"]) {
        options.push("-XX:TieredStopAtLevel=1".to_owned());
    }
    if !decides(&["-Xmx", "-Xms", "HeapSize", "MaxRAM", "RAMPercentage", "RAMFraction"]) {
        let heap = heap_mib(function.memory.0 >> 20);
        options.push(format!("-XX:MaxHeapSize={heap}m"));
        options.push(format!("-XX:InitialHeapSize={}m", heap.min(INITIAL_HEAP_MIB)));
    }
    // Newer machines read and write UTF-8 unless told otherwise.
    if version.parse().is_ok_and(|version: u8| version < 18) && !decides(&["file.encoding"]) {
        options.push("-Dfile.encoding=UTF-8".to_owned());
    }
    options
}

/// As on Lambda, 15 % are for everything but the heap.
fn heap_mib(memory: u64) -> u64 {
    let reserved = (memory * 15).div_ceil(100).max(OVERHEAD_MIB);
    memory.saturating_sub(reserved).max(16)
}

impl Jars<'_> {
    /// The code's classes come before the jars in its `lib`, those before the layers'.
    fn class_path(&self) -> Result<OsString, String> {
        let Self { bootstrap, code, places } = self;
        let mut all = vec![PathBuf::from(bootstrap), places.task.to_owned()];
        all.extend(jars_in(&code.task.join("lib"), &places.task.join("lib")));
        if let (Some(lies), Some(seen)) = (&code.layers, places.layers) {
            all.extend(jars_in(&lies.join("java/lib"), &seen.join("java/lib")));
        }
        std::env::join_paths(&all).map_err(|_| {
            let with_colon = all.iter().find(|path| path.as_os_str().to_string_lossy().contains(':'));
            let path = with_colon.map(|path| path.display().to_string()).unwrap_or_default();
            format!("`{path}` has a `:` in its name, which parts what Java's class path names; rename it")
        })
    }
}

/// By their names, as Lambda has them.
fn jars_in(folder: &Path, seen: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|it| it == "jar"));
    names.sort();
    names.into_iter().map(|name| seen.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{ByteSize, FunctionName, SandboxMode};

    use super::*;

    fn function(runtime: &str, memory: u64, own: &str) -> Function {
        Function {
            name: FunctionName::parse("f").expect("valid"),
            runtime: Runtime::parse(runtime).expect("a runtime"),
            code: PathBuf::from("/code").into(),
            handler: "app.App".into(),
            build: None,
            layers: Vec::new(),
            environment: [("JAVA_TOOL_OPTIONS".to_owned(), own.to_owned())].into(),
            timeout: Duration::from_secs(3),
            memory: ByteSize::mib(memory),
            concurrency: 1,
            queue_wait: Duration::from_secs(1),
            data: false,
            runtime_libraries: true,
            files: model::FilePatterns::default(),
            sandbox: SandboxMode::Off,
        }
    }

    #[test]
    fn a_functions_own_options_win() {
        let check = |runtime, memory, own, version, expected: &str| {
            let options = options(&function(runtime, memory, own), version).join(" ");
            assert_eq!(options.replace("-XX:", ""), expected, "{runtime} {own}");
        };
        check(
            "java21",
            512,
            "",
            "21",
            "-UsePerfData +UseSerialGC TieredStopAtLevel=1 MaxHeapSize=435m InitialHeapSize=64m",
        );
        check(
            "java11",
            128,
            "-Dx=y",
            "17",
            "-UsePerfData +UseSerialGC MaxHeapSize=80m InitialHeapSize=64m -Dfile.encoding=UTF-8",
        );
        let own = "-XX:+UseG1GC -XX:TieredStopAtLevel=4 -Xmx100m -Dfile.encoding=ISO-8859-1";
        check("java17", 512, own, "17", "-UsePerfData");
    }

    #[test]
    fn the_class_path_is_sorted_and_names_what_the_function_sees() {
        let folder = tempfile::tempdir().expect("a folder");
        let (task, layers) = (folder.path().join("task"), folder.path().join("layers"));
        for file in ["task/lib/b.jar", "task/lib/a.jar", "task/lib/c.txt", "layers/java/lib/z.jar"]
        {
            let file = folder.path().join(file);
            std::fs::create_dir_all(file.parent().expect("a parent")).expect("made");
            std::fs::write(file, "").expect("written");
        }
        let code = Code { task: task.clone(), layers: Some(layers), digest: String::new() };
        let places = Places {
            task: Path::new("/var/task"),
            layers: Some(Path::new("/opt")),
            runtime: Path::new("/var/runtime"),
            libraries: None,
            data: None,
        };
        let jars = Jars { bootstrap: "/var/runtime/b.jar".into(), code: &code, places: &places };
        assert_eq!(
            jars.class_path().expect("a class path"),
            "/var/runtime/b.jar:/var/task:/var/task/lib/a.jar:/var/task/lib/b.jar:/opt/java/lib/z.jar"
        );
        std::fs::write(task.join("lib/x:y.jar"), "").expect("written");
        let refused = jars.class_path().expect_err("a colon");
        assert!(refused.starts_with("`/var/task/lib/x:y.jar` has a `:`"), "{refused}");
    }
}
