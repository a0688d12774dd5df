//! Answers the AWS port: finds the action, runs it, and gives every answer a request id.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use model::RequestId;
use wire::{Answer, Body, BodyError, Peer};

use crate::authorize;
use crate::backing::Backing;
use crate::bodies::Bodies;
use crate::browsers;
use crate::call::Call;
use crate::dialect::Dialect;
use crate::error::AwsError;
use crate::find::{self, Found, Run};
use crate::protocol::MOST_BYTES;

/// The AWS APIs of one server.
pub struct FrontDoor {
    backing: Backing,
    random: RefCell<fastrand::Rng>,
    bodies: Bodies,
}

impl FrontDoor {
    pub fn new(backing: Backing, seed: u64) -> Self {
        let random = RefCell::new(fastrand::Rng::with_seed(seed));
        Self { backing, random, bodies: Bodies::default() }
    }

    /// Learns on the way how errors have to look.
    async fn act(
        &self,
        head: &Parts,
        body: Body,
        request_id: &RequestId,
        dialect: &mut Dialect,
    ) -> Result<Response<Body>, AwsError> {
        browsers::refuse_scripts(head)?;
        let (found, body, signed) = match dialect {
            Dialect::Json { namespace } => {
                let found = find::by_target(head)?;
                *namespace = found.service.errors;
                (found, body, None)
            }
            Dialect::Query { namespace } => {
                let form = body.read(MOST_BYTES).await.map_err(|error| unread(&error))?;
                let found = find::by_form(head, &form)?;
                *namespace = found.service.query.as_ref().map_or("", |voice| voice.namespace);
                (found, Body::empty(), Some(form))
            }
            Dialect::Rest => (find::by_path(head)?, body, None),
        };
        let (service, operation) = (found.service, found.operation);
        let acted = self.run(head, body, signed, found, request_id).await;
        let code = acted.as_ref().err().map(AwsError::code);
        self.backing.tally.count(service, operation, code);
        acted
    }

    async fn run(
        &self,
        head: &Parts,
        body: Body,
        signed: Option<Bytes>,
        found: Found,
        request_id: &RequestId,
    ) -> Result<Response<Body>, AwsError> {
        let service = found.service;
        if !found.operation.is_open {
            browsers::refuse_pages(head, self.backing.access_keys.is_empty())?;
        }
        if found.operation.most_bytes() > MOST_BYTES {
            authorize::check_head(&self.backing, service, head)?;
        }
        let (body, _turn) =
            self.bodies.read(body, found.operation).await.map_err(|error| match error {
                BodyError::TooLarge { .. } => too_large(&found),
                error => unread(&error),
            })?;
        let is_signed = !found.operation.is_open || head.headers.contains_key(AUTHORIZATION);
        let key = if is_signed {
            authorize::authorize(&self.backing, service, head, signed.as_ref().unwrap_or(&body))?
        } else {
            None
        };
        let (backing, random) = (&self.backing, &self.random);
        let call = Call { backing, service, head, request_id, key, random };
        match found.run {
            Run::Json(run) => run(&call, body).await,
            Run::Query(run, voice, members) => run(&call, voice, &members).await,
            Run::Rest(run, members) => run(&call, &members, body).await,
        }
    }
}

impl Answer for FrontDoor {
    async fn answer(&self, request: Request<Body>, _peer: &Rc<Peer>) -> Response<Body> {
        let request_id = RequestId::from_random(self.random.borrow_mut().u128(..));
        let (head, body) = request.into_parts();
        let mut dialect = Dialect::of(&head);
        let acted = self.act(&head, body, &request_id, &mut dialect).await;
        let mut response = acted.unwrap_or_else(|error| dialect.refuse(&error, &head, &request_id));
        let id = HeaderValue::try_from(request_id.as_str()).expect("a UUID is ASCII");
        response.headers_mut().insert("x-amzn-requestid", id);
        response
    }
}

fn too_large(found: &Found) -> AwsError {
    match &found.operation.bound {
        Some(bound) => (bound.refuse)(bound.bytes, found.operation.name),
        None => (found.service.too_large)(),
    }
}

fn unread(error: &BodyError) -> AwsError {
    let message = format!("the request's body could not be read: {error}");
    AwsError::user(error.status(), "InvalidRequestContentException", message)
}
