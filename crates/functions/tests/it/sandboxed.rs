//! Functions inside the sandbox, as they run by default.

use std::path::Path;
use std::time::Duration;

use model::invoke::FunctionErrorKind;
use model::{ByteSize, Function, SandboxMode};
use rustix::thread::CpuSet;
use sandbox::Launcher;
use serde_json::json;

use crate::platform::{TestPlatform, function};

/// Best effort: a machine that cannot confine runs the same tests unconfined.
fn platform() -> TestPlatform {
    let executable = Path::new(env!("CARGO_BIN_EXE_tidegate-functions-launcher"));
    let launcher = Launcher::start(executable, &[]).expect("a launcher");
    TestPlatform::with(|settings| settings.launcher = Some(launcher))
}

fn sandboxed(platform: &TestPlatform, runtime: &str, file: &str, code: &str) -> Function {
    let mut function = function(runtime, &platform.code(&[(file, code)]));
    function.sandbox = SandboxMode::BestEffort;
    function
}

#[tokio::test]
async fn every_runtime_works_within_the_least_memory() {
    let platform = platform();
    let layer = platform.code(&[("python/layered.py", "word = 'from a layer'")]);
    let code = "import layered, os\ndef handler(e, c): return [e, layered.word, os.getcwd()]";
    let mut python = sandboxed(&platform, "python3.11", "index.py", code);
    python.layers = vec![layer];
    let node = sandboxed(
        &platform,
        "nodejs20.x",
        "index.js",
        "exports.handler = async (e) => [e, process.cwd()]",
    );
    let mut java = function("java17", crate::java::classes::app());
    java.handler = "app.Layered::run".to_owned();
    java.layers = vec![crate::java::classes::layer(&platform)];
    java.sandbox = SandboxMode::BestEffort;
    for mut function in [python, node, java] {
        function.memory = ByteSize::mib(128);
        platform.install(&[function.clone()]).await;
        let answer = platform.ok("1").await;
        assert_eq!(answer[0], json!(1), "{}", function.runtime);
        assert_eq!(platform.ok("2").await[0], json!(2));
    }
    platform.functions.drain(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn no_file_of_the_server_is_open_inside() {
    let platform = platform();
    let code = "import os\ndef handler(e, c): return sorted(os.listdir('/proc/self/fd'))";
    let function = sandboxed(&platform, "python3.11", "index.py", code);
    platform.install(&[function]).await;
    // The standard three, the channel, and the folder being listed.
    assert_eq!(platform.ok("1").await, json!(["0", "1", "2", "3", "4"]));
}

#[tokio::test]
async fn data_folders_last_and_the_code_is_read_only() {
    let platform = platform();
    let code = r#"
import os
def handler(event, context):
    file = os.path.join(os.environ["TIDEGATE_DATA"], "count")
    count = int(open(file).read()) + 1 if os.path.exists(file) else 1
    open(file, "w").write(str(count))
    open("/tmp/scratch", "w").write("x")
    try: open("new.py", "w"); wrote = True
    except OSError: wrote = False
    if event == "exit": os._exit(1)
    return [count, wrote]
"#;
    let mut function = sandboxed(&platform, "python3.11", "index.py", code);
    function.data = true;
    platform.install(&[function]).await;
    platform.error("\"exit\"").await;
    let answer = platform.ok("1").await;
    assert_eq!(answer[0], json!(2));
    platform.functions.drain(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn too_much_memory_ends_the_environment_and_says_so() {
    let platform = platform();
    let code = "def handler(e, c): return len(bytearray(e << 20))";
    let mut function = sandboxed(&platform, "python3.11", "index.py", code);
    function.memory = ByteSize::mib(128);
    platform.install(&[function]).await;
    platform.ok("16").await;
    let launcher_limits_memory = {
        let executable = Path::new(env!("CARGO_BIN_EXE_tidegate-functions-launcher"));
        let launcher = Launcher::start(executable, &[]).expect("a launcher");
        launcher.capabilities().has(sandbox::Layer::MemoryLimit)
    };
    if launcher_limits_memory {
        let (error, document) = platform.error("400").await;
        let kind = document["errorType"].as_str().expect("text");
        match error.kind {
            FunctionErrorKind::Crashed => assert_eq!(kind, "Runtime.OutOfMemory"),
            // Where only an address-space limit stands in, Python notices by itself.
            _ => assert_eq!(kind, "MemoryError"),
        }
    }
    assert_eq!(platform.ok("1").await, json!(1 << 20));
    platform.functions.drain(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_quick_function_runs_beside_its_caller_until_it_takes_long() {
    let platform = platform();
    let code = "import os, time\ndef handler(e, c):\n    time.sleep(e)\n    return sorted(os.sched_getaffinity(0))";
    let function = sandboxed(&platform, "python3.11", "index.py", code);
    platform.install(&[function]).await;
    // Only now, so that the launcher is not bound as well.
    let all = rustix::thread::sched_getaffinity(None).expect("readable");
    let all: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|number| all.is_set(*number)).collect();
    let mut own = CpuSet::new();
    own.set(all[0]);
    rustix::thread::sched_setaffinity(None, &own).expect("allowed");

    for (event, processors) in [("0", vec![all[0]]), ("0.2", all)] {
        platform.ok(event).await;
        // The launcher is told, and not waited for.
        let mut attempts = 0;
        while platform.ok("0").await != json!(processors) {
            attempts += 1;
            assert!(attempts < 50_000, "it never ran on {processors:?}");
        }
    }
    platform.functions.drain(Duration::from_secs(5)).await;
}
