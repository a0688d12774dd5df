//! What a route calls.

mod fixed;
mod function;
mod handover;
mod health;
mod sequence;
mod signed;
mod upstream;

use http::Response;
use wire::Body;

use crate::plan::{ApiPlan, RoutePlan, Target};
use crate::refusal::Refusal;
use crate::worker::{Tracked, Worker};

pub(crate) async fn send(
    worker: &Worker,
    api: &ApiPlan,
    route: &RoutePlan,
    tracked: &mut Tracked,
    body: Body,
) -> Result<Response<Body>, Refusal> {
    match &route.target {
        Target::Function(target) => {
            function::Run { worker, api, route, target }.send(tracked, body).await
        }
        Target::Upstream(target) => upstream::send(worker, api, route, target, tracked, body).await,
        Target::Sequence(sequence) => {
            sequence::Run { worker, api, route, sequence }.send(tracked, body).await
        }
        Target::Handover(handover) => {
            handover::Run { worker, api, route, handover }.send(tracked, body).await
        }
        Target::Health(probes) => health::send(worker, route, probes, tracked).await,
        Target::Mock(answer) => Ok(fixed::mock(answer)),
        Target::Redirect { status, location } => fixed::redirect(*status, location, &tracked.call),
    }
}
