//! The stacks that a daemon serves: each kept as revisions of its source, read again as any manifest is,
//! and composed with the others into the one stack that runs.

mod compose;
mod deploy;
mod destroy;
mod difference;
mod exports;
mod folders;
mod given;
mod made;
mod outputs;
mod progress;
mod read;
mod retry;
mod template;
mod tidy;
mod trouble;
mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use model::{Account, FunctionConfiguration, Listener, ResourceId, Stack};
use store::{Deployment, Store};

use crate::seal::Sealing;
use crate::trouble::Trouble;

pub(crate) use deploy::Wanted;
pub(crate) use folders::Folders;
pub(crate) use given::Given;
pub(crate) use outputs::outputs;
pub(crate) use progress::{Progress, Said};
pub(crate) use retry::keep_trying;
pub(crate) use template::Unsaid;
use tidy::OnTheirWay;
use turn::Turns;

/// The stacks that this server was given, as they are kept and as they are served.
pub(crate) struct Deployments {
    store: Arc<dyn Store>,
    sealing: Arc<Sealing>,
    pub(crate) folders: Folders,
    /// What every stack may refer to.
    inputs: stack::Inputs,
    /// The server's own, beside which stacks may say more.
    listener: Listener,
    now: ArcSwap<Vec<Arc<Deployed>>>,
    turns: Turns,
    on_their_way: OnTheirWay,
}

/// A stack of this server.
#[derive(Debug, Clone)]
pub(crate) struct Deployed {
    pub(crate) kept: Deployment,
    pub(crate) stack: Stack,
    /// What its manifest's reader found odd.
    pub(crate) warnings: Vec<String>,
    /// What it imports of other stacks, as it was when this was read.
    pub(crate) imported: BTreeMap<String, String>,
    /// Why nothing of it is served: its stack is empty then.
    pub(crate) trouble: Option<Trouble>,
}

/// What [`Deployments::open`] needs of the server.
pub(crate) struct Needs {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) sealing: Arc<Sealing>,
    pub(crate) state: PathBuf,
    pub(crate) account: Account,
    pub(crate) aws_url: String,
    pub(crate) listener: Listener,
}

impl Deployments {
    /// Reads the latest revision of every stack. One that cannot be read is set aside, so that the others
    /// are served.
    pub(crate) async fn open(needs: Needs) -> Result<Arc<Self>, Trouble> {
        let Needs { store, sealing, state, account, aws_url, listener } = needs;
        let folders = Folders::open(&state).map_err(|error| unusable(&error))?;
        let inputs = stack::Inputs { account, aws_url: Some(aws_url), ..stack::Inputs::default() };
        let (now, turns, on_their_way) = Default::default();
        let opened = Self { store, sealing, folders, inputs, listener, now, turns, on_their_way };
        let mut all: Vec<Arc<Deployed>> = Vec::new();
        for kept in opened.kept().await? {
            // Latest first.
            if all.last().is_none_or(|latest| latest.kept.name != kept.name) {
                let read = opened.read_kept(kept, &all);
                all.push(Arc::new(read));
            }
        }
        opened.now.store(Arc::new(all));
        opened.import_anew();
        Ok(Arc::new(opened))
    }

    /// What is served, by name.
    pub(crate) fn all(&self) -> Arc<Vec<Arc<Deployed>>> {
        self.now.load_full()
    }

    pub(crate) fn find(&self, name: &str) -> Option<Arc<Deployed>> {
        self.now.load().iter().find(|deployed| deployed.kept.name == name).cloned()
    }

    /// Every kept revision, by name and then latest first.
    pub(crate) async fn kept(&self) -> Result<Vec<Deployment>, Trouble> {
        self.store.deployments().await.map_err(|error| Trouble::from(error.to_string()))
    }

    /// The stack that is to run.
    pub(crate) fn composed(&self) -> Result<Stack, Trouble> {
        self.compose(&self.all())
    }

    fn compose(&self, all: &[Arc<Deployed>]) -> Result<Stack, Trouble> {
        let member =
            |deployed: &'_ Arc<Deployed>| (deployed.kept.name.clone(), Arc::clone(deployed));
        let all: Vec<_> = all.iter().map(member).collect();
        let members =
            all.iter().map(|(name, deployed)| compose::Member { name, stack: &deployed.stack });
        compose::compose(&members.collect::<Vec<_>>(), &self.listener)
    }

    /// All that are served, with `next` in the place of the one of its name.
    fn with(&self, next: &Arc<Deployed>) -> Vec<Arc<Deployed>> {
        let mut all = self.without(&next.kept.name);
        let at = all.partition_point(|other| other.kept.name < next.kept.name);
        all.insert(at, Arc::clone(next));
        all
    }

    fn without(&self, name: &str) -> Vec<Arc<Deployed>> {
        self.all().iter().filter(|other| other.kept.name != name).cloned().collect()
    }
}

/// What AWS calls can change of a stack: its resources, and how its functions run.
fn changeable(stack: &Stack) -> BTreeSet<ResourceId> {
    let functions = stack.functions.keys().map(ResourceId::of::<FunctionConfiguration>);
    stack.resources.keys().cloned().chain(functions).collect()
}

fn unusable(error: &std::io::Error) -> Trouble {
    Trouble::from(format!("the sources of deployments cannot be used: {error}"))
}
