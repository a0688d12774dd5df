//! Function URLs: each is an API of its own, with one route, found by the first label of the host.

use std::collections::HashMap;
use std::time::Duration;

use model::api::PayloadFormat;
use model::function::{URL_LABEL, UrlCors};
use model::{
    Account, Api, ApiName, ByteSize, Cors, FunctionUrl, Integration, InvokeMode, MethodMatch,
    PathPattern, Priority, Protocol, Route, UrlAuth,
};

use super::{FunctionTarget, UrlTarget};

/// Lambda's bound on what a request and an answer that is not streamed may have.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(crate) const MOST_BYTES: u64 = 6 << 20;

/// The function's own timeout is what counts.
const LONGEST: Duration = Duration::from_mins(16);

/// What is served beside a stack's APIs.
#[derive(Debug, Clone, Default)]
pub struct FunctionUrls {
    pub account: Account,
    pub urls: Vec<FunctionUrl>,
}

impl FunctionUrls {
    /// Each with the API that stands for it.
    pub(super) fn apis(&self) -> impl Iterator<Item = (Api, FunctionTarget)> {
        self.urls.iter().filter_map(|url| Some((self.api(url)?, target(url))))
    }

    fn api(&self, url: &FunctionUrl) -> Option<Api> {
        let function = url.function.clone();
        let route = Route {
            method: MethodMatch::Any,
            path: PathPattern::Default,
            integration: Integration::Function { function, payload: PayloadFormat::V2 },
            limits: Vec::new(),
            api_limits: true,
            priority: Priority::Normal,
            api_key_required: false,
            validation: None,
            timeout: LONGEST,
        };
        Some(Api {
            name: ApiName::parse(&url.id(&self.account)).ok()?,
            id: None,
            protocol: Protocol::Http,
            stage: "$default".to_owned(),
            hosts: vec![url.host(&self.account)],
            cors: url.cors.as_ref().map(cors),
            limits: Vec::new(),
            limit_headers: Default::default(),
            refusals: Default::default(),
            max_body: ByteSize(MOST_BYTES),
            access_log: Default::default(),
            binary_media_types: Vec::new(),
            limits_path: None,
            models: Default::default(),
            routes: vec![route],
        })
    }
}

fn target(url: &FunctionUrl) -> FunctionTarget {
    FunctionTarget {
        function: url.function.clone(),
        qualifier: url.qualifier.clone(),
        payload: PayloadFormat::V2,
        url: Some(UrlTarget {
            is_signed: url.auth == UrlAuth::Iam,
            is_buffered: url.mode == InvokeMode::Buffered,
        }),
    }
}

fn cors(cors: &UrlCors) -> Cors {
    let all = |texts: &Option<Vec<String>>| texts.clone().unwrap_or_default();
    Cors {
        origins: all(&cors.allow_origins),
        methods: all(&cors.allow_methods),
        headers: all(&cors.allow_headers).iter().map(|name| name.to_ascii_lowercase()).collect(),
        expose: all(&cors.expose_headers),
        max_age: cors.max_age.map(|seconds| Duration::from_secs(seconds.into())),
        credentials: cors.allow_credentials.unwrap_or_default(),
    }
}

/// Where each URL's API stands in the plan.
#[derive(Debug, Default)]
pub(super) struct Doors(HashMap<Box<str>, usize, foldhash::fast::RandomState>);

/// Whose a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Some API's of the stack.
    Stack,
    Url(usize),
    /// A function URL's that there is not.
    Nobody,
}

impl Doors {
    pub(super) fn add(&mut self, id: &str, api: usize) {
        self.0.insert(id.into(), api);
    }

    pub(super) fn find(&self, host: &str) -> Door {
        if self.0.is_empty() {
            return Door::Stack;
        }
        let Some((id, rest)) = host.split_once('.') else { return Door::Stack };
        let label = rest.split('.').next().unwrap_or_default();
        if !label.eq_ignore_ascii_case(URL_LABEL) {
            return Door::Stack;
        }
        let found = self.0.get(id).or_else(|| self.0.get(&*id.to_ascii_lowercase()));
        found.map_or(Door::Nobody, |api| Door::Url(*api))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_label_names_the_function_whatever_the_domain() {
        let mut doors = Doors::default();
        assert_eq!(doors.find("abc.lambda-url.us-east-1.localhost"), Door::Stack);
        doors.add("abc", 3);
        assert_eq!(doors.find("abc.lambda-url.us-east-1.localhost"), Door::Url(3));
        assert_eq!(doors.find("ABC.Lambda-URL.eu-west-1.example.com"), Door::Url(3));
        assert_eq!(doors.find("other.lambda-url.us-east-1.localhost"), Door::Nobody);
        assert_eq!(doors.find("abc.example.com"), Door::Stack);
        assert_eq!(doors.find("localhost"), Door::Stack);
    }
}
