//! What is set about functions beside their code: URLs, concurrency, asynchronous invocations.

use model::function::UrlCors;
use model::{
    Arn, Cors, DeadLetters, EventInvokeConfig, FunctionName, FunctionUrl, ProvisionedConcurrency,
    Qualifier, ReservedConcurrency, Resource,
};

use super::Scope;
use super::reference::Defined;
use crate::manifest::{self, Name};
use crate::problem::{Code, Problem};
use crate::shape::{Map, Spanned};

impl Scope<'_> {
    pub(super) fn function_settings(&mut self) -> Vec<Resource> {
        let mut all = Vec::new();
        for (named, written) in self.manifest.functions.iter().flat_map(Map::readable) {
            let name = &named.key.0;
            if let Some(url) = &written.url {
                self.refer(Defined::Function, name.as_str(), named.span);
                all.push(self.function_url(name, url).into());
            }
            if let Some(invocations) = &written.reserved_concurrency {
                let (function, invocations) = (name.clone(), invocations.as_u32());
                all.push(ReservedConcurrency { function, invocations }.into());
            }
            all.extend(self.provisioned(name, written).map(Resource::from));
            if let Some(asynchronous) = &written.asynchronous {
                all.extend(self.dead_letters_of(name, asynchronous).map(Resource::from));
                let config = self.event_invoke_config(name, asynchronous);
                // What says nothing about outcomes leaves them as they are.
                if config != EventInvokeConfig::new(name.clone(), Qualifier::LATEST) {
                    all.push(config.into());
                }
            }
        }
        all
    }

    fn function_url(
        &mut self,
        name: &FunctionName,
        written: &manifest::FunctionUrl,
    ) -> FunctionUrl {
        FunctionUrl {
            function: name.clone(),
            qualifier: Qualifier::LATEST,
            auth: written.auth,
            mode: written.mode,
            cors: written.cors.as_ref().map(|cors| of_url(self.cors(cors))),
        }
    }

    /// More than run at once cannot be ready at once.
    fn provisioned(
        &mut self,
        name: &FunctionName,
        written: &manifest::Function,
    ) -> Option<ProvisionedConcurrency> {
        let wanted = written.provisioned_concurrency.as_ref()?;
        let environments = wanted.value.as_u32();
        let reserved = written.reserved_concurrency.as_ref().map(|most| most.as_u32());
        let (most, key) = match reserved {
            Some(reserved) => (reserved, "reserved_concurrency"),
            None => (written.concurrency.as_u32(), "concurrency"),
        };
        if environments > most {
            let message =
                format!("{environments} environments cannot be ready where {most} may be");
            let problem = Problem::new(Code::Conflict, message).at(wanted.span, "");
            self.problems.push(problem.help(format!("raise `{key}`, or keep fewer ready")));
        }
        let qualifier = Qualifier::LATEST;
        Some(ProvisionedConcurrency { function: name.clone(), qualifier, environments })
    }

    fn event_invoke_config(
        &mut self,
        name: &FunctionName,
        written: &manifest::Asynchronous,
    ) -> EventInvokeConfig {
        self.not_itself(name, written.on_success.as_ref());
        self.not_itself(name, written.on_failure.as_ref());
        EventInvokeConfig {
            retries: written.retries.as_ref().and_then(|most| u8::try_from(most.as_u32()).ok()),
            most_age: written.max_age.as_ref().map(|age| age.0),
            on_success: self.destination(written.on_success.as_ref()),
            on_failure: self.destination(written.on_failure.as_ref()),
            ..EventInvokeConfig::new(name.clone(), Qualifier::LATEST)
        }
    }

    fn dead_letters_of(
        &mut self,
        name: &FunctionName,
        written: &manifest::Asynchronous,
    ) -> Option<DeadLetters> {
        let written = written.dead_letters.as_ref()?;
        let function = written.function.as_ref().map(|function| function.span);
        if let Some(span) = function.or(written.bus.as_ref().map(|bus| bus.span)) {
            let problem = Problem::new(Code::Conflict, "dead letters go to a queue or a topic");
            let help = "functions and the event bus are told of them as `on_failure`";
            self.problems.push(problem.at(span, "").help(help));
            return None;
        }
        let to = self.destination(Some(written))?;
        Some(DeadLetters { function: name.clone(), to })
    }

    fn destination(&mut self, written: Option<&manifest::Destination>) -> Option<Arn> {
        let written = written?;
        let arn = if let Some(name) = &written.function {
            Some(self.function_arn(name))
        } else if let Some(name) = &written.queue {
            self.standard(name, name.value.0.is_fifo());
            Some(self.queue_arn(name))
        } else if let Some(name) = &written.topic {
            self.standard(name, name.value.0.is_fifo());
            Some(self.topic_arn(name))
        } else {
            written.bus.as_ref().map(|_| self.account.event_bus())
        };
        self.exactly_one(written, "a destination", &["function", "queue", "topic", "bus"])?;
        arn
    }

    /// What fails for itself fails again, for ever.
    fn not_itself(&mut self, name: &FunctionName, written: Option<&manifest::Destination>) {
        let named = written.and_then(|written| written.function.as_ref());
        if let Some(itself) = named.filter(|named| named.value.0 == *name) {
            let message = "a function cannot be told of its own outcomes";
            let problem = Problem::new(Code::Conflict, message).at(itself.span, "");
            self.problems.push(problem.help("name another function, a queue or a topic"));
        }
    }

    fn standard<T>(&mut self, name: &Spanned<Name<T>>, is_fifo: bool) {
        if is_fifo {
            let message = "outcomes go to standard queues and topics only";
            let problem = Problem::new(Code::Conflict, message).at(name.span, "");
            self.problems.push(problem.help("name one that does not end in `.fifo`"));
        }
    }
}

fn of_url(cors: Cors) -> UrlCors {
    let some = |texts: Vec<String>| (!texts.is_empty()).then_some(texts);
    UrlCors {
        allow_credentials: cors.credentials.then_some(true),
        allow_headers: some(cors.headers),
        allow_methods: some(cors.methods),
        allow_origins: some(cors.origins),
        expose_headers: some(cors.expose),
        max_age: cors.max_age.map(|age| u32::try_from(age.as_secs()).unwrap_or(u32::MAX)),
    }
}
