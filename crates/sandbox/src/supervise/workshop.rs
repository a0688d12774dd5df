//! Builds sandboxes in two steps: what is the same for all is prepared ahead; then a request, and what is
//! its own, is handed over.

use std::fs::File;
use std::os::fd::OwnedFd;

use model::SandboxMode;
use rustix::process::{PidfdFlags, pidfd_open};

use super::base::{self, READ_ONLY, READ_WRITE};
use super::cgroup::{Cgroups, Controller};
use super::confine::Identity;
use super::entry::Entry;
use super::failure::{Failure, Step};
use super::filter::Filter;
use super::ground::Ground;
use super::keeper::{self, Ends, Layers, Plan};
use super::namespace::MountNamespace;
use super::paths::{Host, path_of};
use super::prepared::Prepared;
use super::probe;
use super::room::Room;
use super::stock::Order;
use super::sys::{self, Side};
use crate::channel::Channel;
use crate::message::{BindRequest, StartRequest};
use crate::{Access, Capabilities, Layer};

/// Descriptors that must survive the arranging of a program's own are numbered from here.
const CLEAR: i32 = 64;

pub(super) struct Workshop {
    host: Host,
    identity: Identity,
    filter: Option<Filter>,
    cgroups: Cgroups,
    capabilities: Capabilities,
    home: MountNamespace,
}

impl Workshop {
    /// Finds out what can be built here.
    pub(super) fn open(ground: Ground) -> Result<(Self, Capabilities), Failure> {
        let Ground { host, identity, base } = ground;
        let home = MountNamespace::current(&host).step(|| "find its own files".into())?;
        let (filter, filter_status) = match Filter::compile() {
            Ok(filter) => (Some(filter), Ok(())),
            Err(reason) => (None, Err(reason)),
        };
        let cgroups = Cgroups::find(&host);
        let capabilities = probe::probe(
            &probe::Ground {
                host: &host,
                identity,
                base,
                filter: filter_status,
                cgroups: &cgroups,
            },
            filter.as_ref(),
        );
        let known = capabilities.clone();
        Ok((Self { host, identity, filter, cgroups, capabilities, home }, known))
    }

    /// What to apply: everything this machine has, or nothing when switched off.
    pub(super) fn layers(&self, mode: SandboxMode) -> Layers {
        if mode == SandboxMode::Off {
            return Layers::NONE;
        }
        let has = |layer| self.capabilities.has(layer);
        let mount = has(Layer::MountNamespace);
        let pid = has(Layer::PidNamespace);
        Layers {
            user: has(Layer::UserNamespace),
            mount,
            pid,
            proc: mount && pid && has(Layer::Proc),
            ipc: has(Layer::IpcNamespace),
            uts: has(Layer::UtsNamespace),
            no_new_privileges: has(Layer::NoNewPrivileges),
            seccomp: has(Layer::Seccomp),
            landlock: has(Layer::Landlock),
        }
    }

    /// Forks a keeper, which builds the sandbox while the launcher goes on.
    pub(super) fn prepare(&mut self, order: &Order) -> Result<Prepared, Failure> {
        let cgroup = self.cgroups.create(&order.limits)?;
        let room = if order.layers.mount { Some(new_room(order.temporary)?) } else { None };
        let (starting, starting_end) = pipe()?;
        let (status, status_end) = pipe()?;
        let (door, door_end) = Channel::pair().step(|| "make a socket".into())?;
        let plan = Plan {
            host: &self.host,
            identity: self.identity,
            layers: order.layers,
            filter: self.filter.as_ref(),
            cgroup_entrances: cgroup.entrances()?,
            bound_memory: !self.cgroups.limits(Controller::Memory),
            bound_processes: !self.cgroups.limits(Controller::Processes),
        };
        let ends = Ends {
            starting: starting_end,
            status: status_end,
            door: Channel::from_socket(clear_of(door_end)?),
        };
        let (mounts, forked) = if order.layers.mount {
            let mounts = MountNamespace::enter_copy(&self.host)
                .inspect_err(|_| self.home.come_home())
                .step(|| "enter a mount namespace".into())?;
            (Some(mounts), sys::fork_into(order.layers.namespaces()))
        } else {
            (None, sys::fork_into(order.layers.namespaces()))
        };
        if let Ok(Side::Child) = forked {
            keeper::run(plan, ends);
        }
        if mounts.is_some() {
            self.home.come_home();
        }
        let Side::Parent(keeper) = forked.step(|| "fork into new namespaces".into())? else {
            unreachable!("a keeper never returns")
        };
        let ended = match pidfd_open(keeper, PidfdFlags::empty()) {
            Ok(ended) => ended,
            Err(errno) => {
                // Not yet reaped, so the pid is still its own.
                let _ = sys::send_signal(keeper.as_raw_nonzero().get(), libc::SIGKILL);
                let _ = sys::reap(keeper);
                return Err(errno).step(|| "watch its keeper".into());
            }
        };
        let has_pid_namespace = order.layers.pid;
        Ok(Prepared {
            keeper,
            ended,
            starting,
            status,
            door,
            cgroup,
            mounts,
            room,
            has_pid_namespace,
        })
    }

    /// Furnishes a prepared sandbox for one program and lets the program begin. `message` is the request
    /// as it came.
    pub(super) fn hand_over(
        &self,
        mut prepared: Prepared,
        request: &StartRequest<'_>,
        message: &[u8],
        files: &[OwnedFd],
    ) -> Result<Entry, Failure> {
        if let Err(failure) = self.furnish(&mut prepared, request) {
            prepared.discard();
            return Err(failure);
        }
        let files: Vec<_> = files.iter().map(std::os::fd::AsFd::as_fd).collect();
        // One that has failed to get ready says why through `starting`.
        let _ = prepared.door.send(message, &files);
        Ok(prepared.into_entry(request.id))
    }

    fn furnish(&self, prepared: &mut Prepared, request: &StartRequest<'_>) -> Result<(), Failure> {
        prepared.cgroup.apply(&request.limits)?;
        let Some(mounts) = &prepared.mounts else {
            return request.binds.iter().try_for_each(|bind| self.make_writable(bind));
        };
        let room = match prepared.room.take().filter(|room| room.has(request.temporary)) {
            Some(room) => room,
            None => new_room(request.temporary)?,
        };
        let mut trees = Vec::with_capacity(request.binds.len());
        for bind in &request.binds {
            trees.push(self.tree(bind).step(|| show(bind))?);
            self.make_writable(bind)?;
        }
        self.home.visit(mounts, || {
            room.put_in_place().step(|| "mount /tmp".into())?;
            for (tree, bind) in trees.iter().zip(&request.binds) {
                base::attach(tree, bind.target).step(|| show(bind))?;
            }
            Ok(())
        })
    }

    fn tree(&self, bind: &BindRequest<'_>) -> Result<OwnedFd, rustix::io::Errno> {
        base::prepare_target(&self.host, bind.source, path_of(bind.target))?;
        let attributes = match bind.access {
            Access::ReadOnly => READ_ONLY,
            Access::ReadWrite => READ_WRITE,
        };
        base::detached(&self.host, bind.source, attributes)
    }

    /// Hands a folder that may be written to the user that programs run as.
    fn make_writable(&self, bind: &BindRequest<'_>) -> Result<(), Failure> {
        let is_other_user = self.capabilities.has(Layer::UserNamespace);
        let Some(owner) =
            self.identity.outer_uid().filter(|_| is_other_user && bind.access == Access::ReadWrite)
        else {
            return Ok(());
        };
        let source = || bind.source.to_string_lossy();
        let found = self.host.locate(bind.source).step(|| format!("find {}", source()))?;
        let (user, group) = (rustix::fs::Uid::from_raw(owner), rustix::fs::Gid::from_raw(owner));
        rustix::fs::chownat(&found, c"", Some(user), Some(group), rustix::fs::AtFlags::EMPTY_PATH)
            .step(|| format!("hand {} to user {owner}", source()))
    }
}

fn show(bind: &BindRequest<'_>) -> String {
    format!("show {} as {}", bind.source.to_string_lossy(), bind.target.to_string_lossy())
}

fn new_room(size: model::ByteSize) -> Result<Room, Failure> {
    Room::of(size).step(|| "make room for /tmp".into())
}

fn pipe() -> Result<(File, File), Failure> {
    let (read, write) =
        rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).step(|| "make a pipe".into())?;
    Ok((File::from(read), File::from(clear_of(write)?)))
}

/// The same file under a number that no file of a program will have.
fn clear_of(file: impl Into<OwnedFd>) -> Result<OwnedFd, Failure> {
    rustix::io::fcntl_dupfd_cloexec(file.into(), CLEAR).step(|| "number a file".into())
}
