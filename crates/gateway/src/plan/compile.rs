//! A stack becomes a plan: every lookup that a request does not decide happens here.

use std::hash::{BuildHasher, Hasher};

use http::header::HeaderName;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, StatusCode};
use model::sequence::Probe;
use model::{AccessLog, Api, Integration, PathPattern, PathSegment, Qualifier, Route, Stack};

use super::url::{self, FunctionUrls};
use super::{
    ApiPlan, Door, FixedAnswer, FunctionTarget, MediaTypes, Plan, ProbePlan, RoutePlan, Target,
    UpstreamTarget,
};
use crate::access_log;
use crate::cors::CorsPlan;
use crate::gateway::InstallError;
use crate::handover::HandoverPlan;
use crate::limit::RouteLimits;
use crate::metrics::Metrics;
use crate::route::Routes;
use crate::sequence::{CompileError, SequencePlan};
use crate::template::Template;
use crate::upstream::Fleet;
use crate::usage::Plans;
use crate::validation::ValidationPlan;

impl Plan {
    /// Finds nothing.
    pub(crate) fn empty(metrics: &Metrics) -> Self {
        Self {
            apis: Vec::new(),
            doors: Vec::new(),
            urls: url::Doors::default(),
            trusted: model::TrustedProxies::default(),
            overload: None,
            unmatched: metrics.route("", ""),
            fleet: Fleet::new([], None),
            usage_plans: Plans::default(),
        }
    }

    /// Upstream addresses that the plan before had keep their health.
    pub(crate) fn compile(
        stack: &Stack,
        urls: &FunctionUrls,
        metrics: &Metrics,
        before: Option<&Plan>,
    ) -> Result<Self, InstallError> {
        let fleet = Fleet::new(stack.upstreams.values(), before.map(|plan| &*plan.fleet));
        let usage_plans = Plans::compile(stack, metrics)?;
        let whole = Whole { stack, fleet: &fleet, plans: &usage_plans, metrics };
        let mut apis = Vec::with_capacity(stack.apis.len());
        for api in &stack.apis {
            apis.push(compile_api(api, &whole)?);
        }
        let mut url_doors = url::Doors::default();
        for (api, target) in urls.apis() {
            let mut compiled = compile_api(&api, &whole)?;
            compiled.routes[0].target = Target::Function(target);
            url_doors.add(api.name.as_str(), apis.len());
            apis.push(compiled);
        }
        let mut doors: Vec<Door> = stack.apis.iter().enumerate().map(door).collect();
        doors.sort_by_key(|door| (door.hosts.is_empty(), door.prefix.is_empty()));
        Ok(Self {
            apis,
            doors,
            urls: url_doors,
            trusted: stack.listener.trusted_proxies.clone(),
            overload: stack.listener.overload,
            unmatched: metrics.route("", ""),
            fleet,
            usage_plans,
        })
    }
}

fn door((index, api): (usize, &Api)) -> Door {
    let prefix = match api.stage.as_str() {
        "$default" => String::new(),
        stage => format!("/{stage}"),
    };
    let hosts = api.hosts.iter().map(|host| host.as_str().into()).collect();
    Door { hosts, prefix: prefix.into(), api: index }
}

/// What every part of a stack may refer to.
struct Whole<'a> {
    stack: &'a Stack,
    fleet: &'a Fleet,
    plans: &'a Plans,
    metrics: &'a Metrics,
}

fn compile_api(api: &Api, whole: &Whole<'_>) -> Result<ApiPlan, InstallError> {
    let mut router = Routes::new(api.protocol);
    let mut routes = Vec::with_capacity(api.routes.len());
    for (index, route) in api.routes.iter().enumerate() {
        router.add(&route.method, &route.path, index);
        routes.push(compile_route(route, api, whole)?);
    }
    let cors = api.cors.as_ref().map(|cors| {
        let problem = |text| InstallError::Cors { api: api.name.clone(), text };
        CorsPlan::compile(cors, &api.routes).map_err(problem)
    });
    Ok(ApiPlan {
        name: api.name.clone(),
        id: api.id().as_str().into(),
        protocol: api.protocol,
        refusals: api.refusals,
        stage: api.stage.as_str().into(),
        log: match api.access_log {
            AccessLog::Json => Some(access_log::of_api(api.id().as_str(), &api.stage)),
            AccessLog::Off => None,
        },
        cors: cors.transpose()?,
        max_body: api.max_body.0,
        limits_path: api.limits_path.as_deref().map(Into::into),
        usage: whole.plans.of_api(whole.stack, api),
        binary: MediaTypes::new(&api.binary_media_types),
        router,
        routes,
        unmatched: whole.metrics.route(api.name.as_str(), ""),
    })
}

fn compile_route(route: &Route, api: &Api, whole: &Whole<'_>) -> Result<RoutePlan, InstallError> {
    let Whole { stack, fleet, plans, metrics } = *whole;
    let template = route.path.to_string();
    let parameters = parameters(&route.path);
    Ok(RoutePlan {
        log: access_log::of_route(&route.key(), &template),
        key: route.key().into(),
        resource_id: resource_id(&template).into(),
        is_default: route.path == PathPattern::Default,
        target: compile_target(route, api, &parameters, fleet, metrics)?,
        timeout: route.timeout,
        priority: route.priority,
        usage: plans.of_route(stack, api, route),
        limits: RouteLimits::compile(route, api, &parameters, metrics)?,
        validation: compile_validation(route, api)?,
        metrics: metrics.route(api.name.as_str(), &template),
        template: template.into(),
        parameters,
    })
}

fn compile_validation(route: &Route, api: &Api) -> Result<Option<ValidationPlan>, InstallError> {
    let Some(validation) = &route.validation else { return Ok(None) };
    let compiled = ValidationPlan::compile(validation, &api.models);
    let problem = |problem| {
        let (api, route) = (api.name.clone(), route.key());
        InstallError::Validation { api, route, problem }
    };
    compiled.map(Some).map_err(problem)
}

fn parameters(path: &PathPattern) -> Box<[Box<str>]> {
    let PathPattern::Path { segments, .. } = path else {
        return Box::default();
    };
    let names = segments.iter().filter_map(|segment| match segment {
        PathSegment::Parameter(name) | PathSegment::Greedy(name) => Some(name.as_str().into()),
        PathSegment::Literal(_) => None,
    });
    names.collect()
}

/// Six characters as API Gateway's, the same for the same path in every process.
fn resource_id(template: &str) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut hasher = foldhash::fast::FixedState::default().build_hasher();
    hasher.write(template.as_bytes());
    let mut rest = hasher.finish();
    let mut id = String::with_capacity(6);
    for _ in 0..6 {
        id.push(char::from(DIGITS[usize::try_from(rest % 36).unwrap_or(0)]));
        rest /= 36;
    }
    id
}

fn compile_target(
    route: &Route,
    api: &Api,
    parameters: &[Box<str>],
    fleet: &Fleet,
    metrics: &Metrics,
) -> Result<Target, InstallError> {
    Ok(match &route.integration {
        Integration::Function { function, payload } => {
            let (function, payload) = (function.clone(), *payload);
            let qualifier = Qualifier::LATEST;
            Target::Function(FunctionTarget { function, qualifier, payload, url: None })
        }
        Integration::Upstream { upstream: name, path, preserve_host } => {
            let id = fleet.find(name).ok_or_else(|| InstallError::Upstream {
                api: api.name.clone(),
                route: route.key(),
                upstream: name.to_string(),
            })?;
            Target::Upstream(UpstreamTarget {
                id,
                path: path.as_ref().map(|path| Template::compile(path, parameters)),
                preserve_host: *preserve_host,
                metrics: metrics.upstream(name.as_str()),
            })
        }
        Integration::Sequence(sequence) => {
            let compiled = SequencePlan::compile(sequence, fleet, metrics);
            Target::Sequence(compiled.map_err(|problem| unfit(api, route, &problem))?)
        }
        Integration::Handover(handover) => {
            let compiled = HandoverPlan::compile(handover);
            Target::Handover(compiled.map_err(|problem| unfit(api, route, &problem))?)
        }
        Integration::Health(probes) => {
            let compiled = probes.iter().map(|probe| compile_probe(probe, route, api, fleet));
            Target::Health(compiled.collect::<Result<_, _>>()?)
        }
        Integration::Mock(reply) => {
            let mut headers = HeaderMap::with_capacity(reply.headers.len());
            for (name, value) in &reply.headers {
                let pair = HeaderName::from_bytes(name.as_bytes())
                    .ok()
                    .zip(HeaderValue::from_str(value).ok());
                let (name, value) =
                    pair.ok_or_else(|| header(api, route, &format!("{name}: {value}")))?;
                headers.append(name, value);
            }
            let body = bytes::Bytes::from(reply.body.clone());
            Target::Mock(FixedAnswer { status: status(reply.status, api, route)?, headers, body })
        }
        Integration::Redirect { status: code, location } => Target::Redirect {
            status: status(*code, api, route)?,
            location: Template::compile(location, parameters),
        },
    })
}

fn compile_probe(
    probe: &Probe,
    route: &Route,
    api: &Api,
    fleet: &Fleet,
) -> Result<ProbePlan, InstallError> {
    let path = PathAndQuery::try_from(probe.path.as_str());
    Ok(ProbePlan {
        name: probe.name.as_str().into(),
        id: fleet.find(&probe.upstream).ok_or_else(|| InstallError::Upstream {
            api: api.name.clone(),
            route: route.key(),
            upstream: probe.upstream.to_string(),
        })?,
        path: path.map_err(|_| header(api, route, &probe.path))?,
    })
}

fn status(code: u16, api: &Api, route: &Route) -> Result<StatusCode, InstallError> {
    let problem =
        || InstallError::Status { api: api.name.clone(), route: route.key(), status: code };
    match code {
        200..=599 => StatusCode::from_u16(code).map_err(|_| problem()),
        _ => Err(problem()),
    }
}

fn unfit(api: &Api, route: &Route, problem: &CompileError) -> InstallError {
    let (api, route) = (api.name.clone(), route.key());
    InstallError::Sequence { api, route, problem: problem.to_string() }
}

fn header(api: &Api, route: &Route, text: &str) -> InstallError {
    InstallError::Header { api: api.name.clone(), route: route.key(), text: text.to_owned() }
}
