//! Runs one program in a sandbox and collects what it printed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{PipeReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use model::{ByteSize, SandboxMode};
use sandbox::{
    Bind, Exit, ExitReason, Filesystem, Launcher, Layer, LayerStatus, Process, Spec, TARGET_TASK,
};

pub(crate) const HOSTILE: &str = env!("CARGO_BIN_EXE_tidegate-sandbox-hostile");

/// Who runs the launcher. A test run by root proves both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum User {
    Current,
    Ordinary,
}

pub(crate) fn users() -> Vec<User> {
    if rustix::process::geteuid().is_root() {
        vec![User::Current, User::Ordinary]
    } else {
        vec![User::Current]
    }
}

pub(crate) fn launcher(user: User) -> Launcher {
    let (program, arguments) = command(user, "launcher");
    Launcher::start(&program, &arguments.iter().map(String::as_str).collect::<Vec<_>>()).unwrap()
}

/// The hostile program, run by this user.
pub(crate) fn command(user: User, argument: &str) -> (PathBuf, Vec<String>) {
    match user {
        User::Current => (PathBuf::from(HOSTILE), vec![argument.to_owned()]),
        User::Ordinary => {
            let program = code_folder().join("hostile");
            let identity = ["--reuid", "1000", "--regid", "1000", "--clear-groups"];
            let arguments = identity.into_iter().chain([program.to_str().unwrap(), argument]);
            (PathBuf::from("/usr/bin/setpriv"), arguments.map(str::to_owned).collect())
        }
    }
}

/// Whether a cgroup counts memory; says so when none does.
pub(crate) fn counts_memory(launcher: &Launcher) -> bool {
    let capabilities = launcher.capabilities();
    let status = capabilities.layers().find(|(layer, _)| *layer == Layer::MemoryLimit);
    match status.unwrap().1 {
        LayerStatus::Applied(_) => true,
        LayerStatus::Weaker(reason) => {
            eprintln!("not tried: {reason}");
            false
        }
        LayerStatus::Unavailable(reason) => panic!("nothing stands in for a cgroup: {reason}"),
    }
}

/// A folder that everyone may read, with the hostile program in it.
pub(crate) fn code_folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::copy(HOSTILE, folder.path().join("hostile")).unwrap();
        folder
    });
    folder.path()
}

/// A specification that runs the hostile program with these arguments.
pub(crate) fn hostile(launcher: &Launcher, arguments: &[&str]) -> Spec {
    let mode = SandboxMode::BestEffort;
    let inside = match launcher.capabilities().filesystem(mode) {
        Filesystem::Private => PathBuf::from(TARGET_TASK),
        Filesystem::Host => code_folder().to_owned(),
    };
    let mut spec = Spec::new(inside.join("hostile"), mode);
    spec.arguments = arguments.iter().map(OsString::from).collect();
    spec.binds = vec![Bind::read_only(code_folder(), TARGET_TASK)];
    spec.limits.memory = Some(ByteSize::mib(256));
    spec
}

/// What a program printed, standard error included.
pub(crate) struct Output {
    reader: PipeReader,
}

impl Output {
    /// Everything until all ends of the pipe are closed.
    pub(crate) async fn rest(mut self) -> String {
        let read = move || {
            let mut text = Vec::new();
            self.reader.read_to_end(&mut text).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }

    /// The first so many bytes.
    pub(crate) async fn first(mut self, count: usize) -> (String, Self) {
        let read = move || {
            let mut text = vec![0; count];
            self.reader.read_exact(&mut text).unwrap();
            (String::from_utf8_lossy(&text).into_owned(), self)
        };
        tokio::task::spawn_blocking(read).await.unwrap()
    }
}

pub(crate) async fn start(launcher: &Launcher, mut spec: Spec) -> (Process, Output) {
    let (reader, writer) = std::io::pipe().unwrap();
    spec.stderr = Some(OwnedFd::from(writer.try_clone().unwrap()));
    spec.stdout = Some(OwnedFd::from(writer));
    (launcher.spawn(spec).await.unwrap(), Output { reader })
}

pub(crate) async fn run(launcher: &Launcher, spec: Spec) -> (Exit, String) {
    let (process, output) = start(launcher, spec).await;
    let text = output.rest().await;
    (process.exited().await, text)
}

/// The attempt fails the way it should, whoever runs the launcher.
pub(crate) async fn check_refused(arguments: &[&str]) {
    for user in users() {
        check_refused_as(user, arguments).await;
    }
}

pub(crate) async fn check_refused_as(user: User, arguments: &[&str]) {
    let launcher = launcher(user);
    let (exit, text) = run(&launcher, hostile(&launcher, arguments)).await;
    assert_eq!(exit.reason, ExitReason::Code(0), "{user:?} {arguments:?}: {text}");
    assert!(text.starts_with("refused: "), "{user:?} {arguments:?}: {text}");
}

/// A file that holds a secret everyone on the host may read.
pub(crate) fn secret_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "the host's secret").unwrap();
    (folder, file)
}

/// All processes below this one, as far as they exist at the moment.
pub(crate) fn descendants(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let children = children.unwrap_or_default();
    let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    children.flat_map(|child| [vec![child], descendants(child)].concat()).collect()
}

pub(crate) fn is_alive(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

pub(crate) fn null() -> OwnedFd {
    OwnedFd::from(File::open("/dev/null").unwrap())
}
