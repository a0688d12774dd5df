//! What one action of an AWS API is, and how it stands in its service's table.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::Response;
use serde::{Deserialize, Serialize};
use wire::Body;

use crate::call::Call;
use crate::error::AwsError;
use crate::protocol::{MOST_BYTES, Node, Route, json, query, rest};

/// An action: AWS's name for it, what it takes and answers, and what it does. Member names are
/// AWS's (`#[serde(rename_all = "PascalCase")]`). A name that only the Query protocol uses is an
/// `alias`; a member that is absent is an `Option` which is not serialized.
pub(crate) trait Action: 'static {
    const NAME: &'static str;
    /// What may be borrowed is borrowed from the request's body.
    type Input<'a>: Deserialize<'a>;
    /// A unit struct has no result element in XML, a struct without fields an empty one.
    type Output: Serialize;

    fn run(
        input: Self::Input<'_>,
        call: &Call<'_>,
    ) -> impl Future<Output = Result<Self::Output, AwsError>>;
}

/// An action of a REST API: a method, a path with `{Member}`s, and what success is called.
pub(crate) trait RestAction: Action {
    const ROUTE: Route;
    const STATUS: u16 = 200;
}

/// An action of a REST API whose body or answer is not a JSON document of members.
pub(crate) trait RawAction: 'static {
    const NAME: &'static str;
    const ROUTE: Route;

    /// `path` has the path's members, and the query's.
    fn run(
        path: &Node,
        body: Bytes,
        call: &Call<'_>,
    ) -> impl Future<Output = Result<Response<Body>, AwsError>>;
}

pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<Response<Body>, AwsError>> + 'a>>;

/// An action in its service's table: by which protocols it is reached.
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) json: Option<JsonRun>,
    pub(crate) query: Option<QueryRun>,
    pub(crate) rest: Option<(Route, RestRun)>,
    /// Whether a request is good without a signature: what it carries proves enough.
    pub(crate) is_open: bool,
    /// How large a request may be, where it is not as its service has it.
    pub(crate) bound: Option<RequestBound>,
    /// The members of the input, unless the action reads its request itself.
    #[cfg(test)]
    pub(crate) members: Option<fn() -> Vec<String>>,
}

/// The most bytes of an action's request, and what is said of a larger one.
pub(crate) struct RequestBound {
    pub(crate) bytes: u64,
    pub(crate) refuse: fn(bytes: u64, action: &str) -> AwsError,
}

pub(crate) type JsonRun = for<'a> fn(&'a Call<'a>, Bytes) -> Running<'a>;
pub(crate) type QueryRun = for<'a> fn(&'a Call<'a>, &'a query::Voice, &'a Node) -> Running<'a>;
pub(crate) type RestRun = for<'a> fn(&'a Call<'a>, &'a Node, Bytes) -> Running<'a>;

impl Operation {
    const fn of(name: &'static str) -> Self {
        Self {
            name,
            json: None,
            query: None,
            rest: None,
            is_open: false,
            bound: None,
            #[cfg(test)]
            members: None,
        }
    }

    const fn with_input<A: Action>() -> Self {
        Self {
            #[cfg(test)]
            members: Some(crate::service::members::of::<A::Input<'static>>),
            ..Self::of(A::NAME)
        }
    }

    /// awsJson 1.0 and 1.1.
    pub(crate) const fn json<A: Action>() -> Self {
        Self { json: Some(json::run::<A>), ..Self::with_input::<A>() }
    }

    /// awsQuery.
    pub(crate) const fn query<A: Action>() -> Self {
        Self { query: Some(query::run::<A>), ..Self::with_input::<A>() }
    }

    /// awsJson, and awsQuery for older clients.
    pub(crate) const fn json_and_query<A: Action>() -> Self {
        Self { query: Some(query::run::<A>), ..Self::json::<A>() }
    }

    /// restJson.
    pub(crate) const fn rest<A: RestAction>() -> Self {
        Self { rest: Some((A::ROUTE, rest::run::<A>)), ..Self::with_input::<A>() }
    }

    /// For links that people follow and files that programs fetch.
    pub(crate) const fn open(self) -> Self {
        Self { is_open: true, ..self }
    }

    /// For requests of other sizes than the service's others.
    pub(crate) const fn within(
        self,
        bytes: u64,
        refuse: fn(bytes: u64, action: &str) -> AwsError,
    ) -> Self {
        Self { bound: Some(RequestBound { bytes, refuse }), ..self }
    }

    /// The most bytes of a request.
    pub(crate) fn most_bytes(&self) -> u64 {
        self.bound.as_ref().map_or(MOST_BYTES, |bound| bound.bytes)
    }

    /// restJson, with the body as it is.
    pub(crate) const fn raw<A: RawAction>() -> Self {
        Self { rest: Some((A::ROUTE, rest::run_raw::<A>)), ..Self::of(A::NAME) }
    }
}
