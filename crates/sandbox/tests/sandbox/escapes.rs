//! Nothing of the host is reached from inside.

use std::os::unix::fs::{PermissionsExt, chown};

use sandbox::{Bind, ExitReason};

use crate::support::{
    User, check_refused, check_refused_as, code_folder, hostile, launcher, run, secret_file, start,
    users,
};

macro_rules! refused {
    ($($test:ident: $($argument:literal),+;)+) => {$(
        #[tokio::test]
        async fn $test() {
            check_refused(&[$($argument),+]).await;
        }
    )+};
}

refused! {
    shadow_file: "read-file", "/etc/shadow";
    roots_home: "list-folder", "/root";
    root_of_the_first_process: "list-folder", "/proc/1/root";
    tracing: "ptrace";
    memory_and_environment_of_the_keeper: "read-memory-of-keeper";
    raw_and_packet_sockets: "raw-socket";
    mounting: "mount";
    new_namespaces: "unshare";
    joining_namespaces: "setns";
    bpf: "bpf";
    kernel_keyrings: "keyctl";
    io_uring: "io-uring";
    userfaultfd: "userfaultfd";
    performance_events: "perf-event-open";
    kernel_modules_and_reboot: "kernel-module";
    chroot_breakout: "chroot";
    device_nodes: "mknod";
    opening_by_handle: "open-by-handle";
    becoming_root: "become-root";
    overwriting_own_code: "write-file", "/var/task/hostile";
    adding_to_own_code: "create-file", "/var/task/new";
    removing_own_code: "remove-file", "/var/task/hostile";
    making_own_code_writable: "chmod", "/var/task/hostile";
    changing_system_programs: "create-file", "/usr/bin/new";
    changing_settings: "write-file", "/etc/passwd";
    changing_the_root: "create-file", "/new";
    changing_a_device: "chmod", "/dev/null";
    shared_memory_folder: "create-file", "/dev/shm/fill";
    disks: "read-file", "/dev/vda";
    cgroups: "cgroup";
    kernel_tunables: "tunables";
    typing_into_the_terminal: "terminal";
    gaining_privileges: "status";
    inherited_descriptors: "descriptors";
    other_processes: "visible-processes";
}

#[tokio::test]
async fn state_and_code_of_others() {
    let (_folder, file) = secret_file();
    check_refused(&["read-file", file.to_str().unwrap()]).await;
    let through_host = format!("/.host{}", file.display());
    check_refused(&["read-file", &through_host]).await;
    let through_keeper = format!("/proc/1/root{}", file.display());
    check_refused(&["read-file", &through_keeper]).await;
}

#[tokio::test]
async fn links_swapped_under_a_reader() {
    let (_folder, file) = secret_file();
    check_refused(&["symlink-race", file.to_str().unwrap()]).await;
}

#[tokio::test]
async fn signals_to_the_supervisor() {
    for user in users() {
        let launcher = launcher(user);
        let pid = launcher.pid().to_string();
        let (exit, text) = run(&launcher, hostile(&launcher, &["signal-supervisor", &pid])).await;
        assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}: {text}");
        assert!(text.starts_with("refused"), "{user:?}: {text}");
    }
}

#[tokio::test]
async fn abstract_sockets_of_the_host() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};
    let name = format!("tidegate-test-{}", std::process::id());
    let _listener =
        UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    check_refused(&["abstract-socket", &name]).await;
}

#[tokio::test]
async fn secrets_in_the_environment_of_another_function() {
    for user in users() {
        let launcher = launcher(user);
        let mut victim = hostile(&launcher, &["sleep"]);
        victim.environment = vec![("TOKEN".into(), "s3cr3t-of-another".into())];
        let (_victim, output) = start(&launcher, victim).await;
        let (started, _output) = output.first("started".len()).await;
        assert_eq!(started, "started");
        let (exit, text) =
            run(&launcher, hostile(&launcher, &["environments", "s3cr3t-of-another"])).await;
        assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}: {text}");
    }
}

/// Only root can make the program that root's rights would come from.
#[tokio::test]
async fn set_user_id_programs_run_without_their_rights() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not tried: it takes root to make a set-user-id program of root's");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("set-user-id");
    std::fs::copy(code_folder().join("hostile"), &program).unwrap();
    chown(&program, Some(0), Some(0)).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o6755)).unwrap();
    for user in users() {
        let launcher = launcher(user);
        let mut spec = hostile(&launcher, &["setuid-program", "/opt/set-user-id"]);
        spec.binds.push(Bind::read_only(folder.path(), "/opt"));
        let (exit, text) = run(&launcher, spec).await;
        assert_eq!(exit.reason, ExitReason::Code(0), "{user:?}: {text}");
    }
}

/// A sandbox on this machine is complete, or the tests above prove less than they say.
#[tokio::test]
async fn every_layer_is_applied_for_root() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("not tried: only root is sure to have every layer");
        return;
    }
    let launcher = launcher(User::Current);
    let missing =
        launcher.capabilities().check(model::SandboxMode::Required).map_err(|e| e.to_string());
    assert_eq!(missing, Ok(Vec::new()));
    check_refused_as(User::Current, &["status"]).await;
}
