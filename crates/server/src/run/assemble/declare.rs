//! Makes what the stack declares and AWS calls can make as well: queues, topics, triggers.

use std::sync::Arc;

use super::parts::Parts;
use crate::platform::Core;
use crate::resources::{Install, InstallFunctions, Resources, Undeclared};
use crate::run::Start;
use crate::start::StartError;
use crate::trouble::Trouble;
use crate::{queues, topics, triggers, urls};

pub(super) struct Declared {
    pub(super) resources: Arc<Resources>,
    pub(super) triggers: Arc<triggers::Owner>,
    pub(super) notes: Vec<String>,
}

impl Declared {
    /// After the functions, which triggers start.
    pub(super) async fn begin(
        start: &Start,
        parts: &Parts,
        core: &Core,
        undeclared: Undeclared,
    ) -> Result<Self, StartError> {
        let triggers = triggers(start, parts).await?;
        let owners: Vec<Box<dyn Install>> = vec![
            Box::new(queues::Owner(Arc::clone(&parts.queues))),
            Box::new(topics::Owner(Arc::clone(&parts.topics))),
            Box::new(Arc::clone(&triggers)),
            Box::new(InstallFunctions::new(parts.functions.clone(), parts.asynchronous.clone())),
            Box::new(urls::Owner {
                gateway: Arc::clone(&core.gateway),
                account: start.options.inputs.account.clone(),
            }),
        ];
        let account = start.options.inputs.account.clone();
        let store = Arc::clone(&parts.store);
        let resources = Arc::new(Resources::new(
            store,
            start.clock.clone(),
            account,
            start.options.account_concurrency,
            Arc::clone(&parts.sealing) as _,
            owners,
            start.state.root().to_owned(),
        ));
        triggers.remove_from(&resources);
        parts.targets.set_triggers(&triggers.triggers);
        let notes = resources.begin(&start.stack, undeclared).await?;
        // Goes on with what topics have yet to deliver.
        let begun = parts.topics.start(Arc::clone(&parts.targets) as _).await;
        begun.map_err(|error| StartError::Trouble(Trouble::from(error.to_string())))?;
        Ok(Self { resources, triggers, notes })
    }
}

async fn triggers(start: &Start, parts: &Parts) -> Result<Arc<triggers::Owner>, StartError> {
    triggers::Owner::open(triggers::Meets {
        account: start.options.inputs.account.clone(),
        clock: start.clock.clone(),
        store: parts.store.clone(),
        deliver: parts.targets.clone(),
        invoke: parts.functions.clone(),
        queues: Arc::clone(&parts.queues),
        reporter: Arc::clone(&start.reporter),
    })
    .await
}
