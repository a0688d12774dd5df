//! What is set about functions beside their code: addresses, concurrency, what becomes of asynchronous events.

use model::function::{FunctionSettings, UrlAuth, UrlCors};
use model::{
    Arn, DeadLetters, EventInvokeConfig, FunctionUrl, InvokeMode, ProvisionedConcurrency,
    ReservedConcurrency,
};

use crate::export::Export;
use crate::export::block::{self, Block};
use crate::source::Span;
use crate::yaml::Node;

/// Provisioned concurrency belongs to an alias there.
const ALIAS: &str = "live";

impl Export<'_> {
    pub(in crate::export) fn url(&mut self, url: &FunctionUrl) {
        let FunctionUrl { function, qualifier: _, auth, mode, cors } = url;
        let mut config = Block::new();
        config.text("AuthType", if *auth == UrlAuth::None { "NONE" } else { "AWS_IAM" });
        if *mode == InvokeMode::ResponseStream {
            config.text("InvokeMode", "RESPONSE_STREAM");
        }
        if let Some(cors) = cors {
            config.put("Cors", of_url(cors));
        }
        self.set(function, "FunctionUrlConfig", config.node());
    }

    pub(in crate::export) fn reserved(&mut self, reserved: &ReservedConcurrency) {
        let number = Node::plain(Span::default(), reserved.invocations.to_string());
        self.set(&reserved.function, "ReservedConcurrentExecutions", number);
    }

    pub(in crate::export) fn provisioned(&mut self, provisioned: &ProvisionedConcurrency) {
        let function = &provisioned.function;
        let mut config = Block::new();
        config.plain("ProvisionedConcurrentExecutions", provisioned.environments);
        self.set(function, "AutoPublishAlias", block::text(ALIAS));
        self.set(function, "ProvisionedConcurrencyConfig", config.node());
        let message = format!("on AWS the environments of the alias `{ALIAS}` are kept ready");
        self.note(message, &["functions", function.as_str(), "provisioned_concurrency"]);
    }

    pub(in crate::export) fn asynchronous(&mut self, config: &EventInvokeConfig) {
        let EventInvokeConfig { function, qualifier: _, retries, most_age, on_success, on_failure } =
            config;
        let mut block = Block::new();
        if let Some(retries) = retries {
            block.plain("MaximumRetryAttempts", retries);
        }
        if let Some(age) = most_age {
            block.plain("MaximumEventAgeInSeconds", age.as_secs());
        }
        let mut destinations = Block::new();
        for (key, arn) in [("OnSuccess", on_success), ("OnFailure", on_failure)] {
            if let Some(arn) = arn {
                destinations.put(key, self.destination(arn));
            }
        }
        if !destinations.is_empty() {
            block.put("DestinationConfig", destinations.node());
        }
        self.set(function, "EventInvokeConfig", block.node());
    }

    fn destination(&mut self, arn: &Arn) -> Node {
        let mut destination = Block::new();
        let kind = match arn.service() {
            "sqs" => "SQS",
            "sns" => "SNS",
            "events" => "EventBridge",
            _ => "Lambda",
        };
        destination.text("Type", kind);
        destination.put("Destination", self.text(arn.as_str(), &[]));
        destination.node()
    }

    pub(in crate::export) fn dead_letters(&mut self, dead: &DeadLetters) {
        let DeadLetters { function, to } = dead;
        let mut queue = Block::new();
        queue.text("Type", if to.service() == "sns" { "SNS" } else { "SQS" });
        queue.put("TargetArn", self.text(to.as_str(), &[]));
        self.set(function, "DeadLetterQueue", queue.node());
    }

    pub(in crate::export) fn settings(&mut self, settings: &FunctionSettings) {
        let FunctionSettings { function, dead_letters, tags, published: _ } = settings;
        if let Some(to) = dead_letters {
            self.dead_letters(&DeadLetters { function: function.clone(), to: to.clone() });
        }
        if !tags.is_empty() {
            let mut block = Block::new();
            tags.iter().for_each(|(key, value)| block.text(key, value));
            self.set(function, "Tags", block.node());
        }
    }
}

fn of_url(cors: &UrlCors) -> Node {
    let UrlCors {
        allow_credentials,
        allow_headers,
        allow_methods,
        allow_origins,
        expose_headers,
        max_age,
    } = cors;
    let mut block = Block::new();
    if let Some(credentials) = allow_credentials {
        block.plain("AllowCredentials", credentials);
    }
    for (key, texts) in [
        ("AllowHeaders", allow_headers),
        ("AllowMethods", allow_methods),
        ("AllowOrigins", allow_origins),
        ("ExposeHeaders", expose_headers),
    ] {
        block.some(key, texts.as_ref().map(block::texts));
    }
    if let Some(age) = max_age {
        block.plain("MaxAge", age);
    }
    block.node()
}
