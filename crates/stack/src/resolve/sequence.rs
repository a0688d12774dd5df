//! Sequences: every expression leads to something that is there when its turn comes.

use model::expression::{self, Piece, ROOTS, Reference, Source, SourceProblem};
use model::sequence::{FailureAnswer, Probe, Sequence, SequenceAnswer, Step};
use model::{Integration, UpstreamName};

use super::Scope;
use super::reference::Defined;
use crate::manifest::sequence::{self as written, JsonText};
use crate::manifest::{self, HeaderName, RouteKey};
use crate::problem::{Code, Problem};
use crate::shape::{Map, Spanned, did_you_mean, listed};
use crate::source::Span;

/// What expressions of one text may refer to.
pub(super) struct Names<'a> {
    /// In order, those of the whole sequence.
    steps: &'a [&'a str],
    /// How many of them have run.
    ran: usize,
    route: &'a RouteKey,
}

impl<'a> Names<'a> {
    /// The request alone: no step has run.
    pub(super) fn of_request(route: &'a RouteKey) -> Self {
        Self { steps: &[], ran: 0, route }
    }
}

impl Scope<'_> {
    pub(super) fn sequence(
        &mut self,
        route: &RouteKey,
        written: &manifest::Route,
    ) -> Option<Integration> {
        let steps = &written.sequence.as_ref()?.0;
        let names: Vec<&str> = steps.iter().map(|step| step.name.value.0.as_str()).collect();
        let mut resolved = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            self.check_name(&names[..index], &step.name);
            let names = Names { steps: &names, ran: index, route };
            resolved.push(self.step(step, &names));
        }
        let all = Names { steps: &names, ran: names.len(), route };
        let answer = written.answer.as_ref().map(|answer| SequenceAnswer {
            status: answer.status.as_ref().and_then(|it| u16::try_from(it.value.0).ok()),
            headers: self.templates(answer.headers.as_ref(), &all),
            body: answer.body.as_ref().map(|body| {
                self.check_json(body, &all, Raw::Refused);
                body.value.clone()
            }),
        });
        let failures = self.failures(written.failures.as_ref());
        Some(Integration::Sequence(Sequence { steps: resolved, answer, failures }))
    }

    fn step(&mut self, step: &written::Step, names: &Names<'_>) -> Step {
        let upstream = self.called(&step.upstream);
        self.check_text(&step.path.value.0, step.path.span, names, Raw::Refused);
        let headers = self.templates(step.headers.as_ref(), names);
        self.check_step_headers(step.headers.as_ref());
        if let Some(body) = &step.body {
            self.check_json(body, names, Raw::Alone);
            if matches!(step.method.0, http::Method::GET | http::Method::DELETE) {
                let message = format!("a step with the method {} sends no body", step.method.0);
                let problem = Problem::new(Code::Conflict, message).at(body.span, "");
                self.problems.push(problem.help("remove it, or name another `method`"));
            }
        }
        Step {
            name: step.name.value.0.to_string(),
            upstream,
            method: step.method.0.clone(),
            path: step.path.value.0.clone(),
            headers,
            body: step.body.as_ref().map(|body| body.value.clone()),
            timeout: step.timeout.map(|timeout| timeout.0),
            failures: self.failures(step.failures.as_ref()),
        }
    }

    /// The gateway says these of every request that it sends.
    fn check_step_headers(&mut self, headers: Option<&Map<HeaderName, Spanned<String>>>) {
        for (name, _) in headers.iter().flat_map(|headers| headers.readable()) {
            let header = &*name.key.0;
            if header == "host" || header == "forwarded" || header.starts_with("x-forwarded-") {
                let message = format!("the header `{}` is the gateway's own to set", name.text);
                let problem = Problem::new(Code::Header, message).at(name.span, "");
                self.problems.push(problem.help("remove it, or give it another name"));
            }
        }
    }

    fn called(&mut self, upstream: &Spanned<manifest::Name<UpstreamName>>) -> UpstreamName {
        self.refer(Defined::Upstream, upstream.value.0.as_str(), upstream.span);
        upstream.value.0.clone()
    }

    fn check_name(&mut self, before: &[&str], name: &Spanned<manifest::Name<model::ApiName>>) {
        let text = name.value.0.as_str();
        let message = if before.contains(&text) {
            format!("two steps are called `{text}`")
        } else if ROOTS.contains(&text) {
            format!("`{text}` stands for a part of the request")
        } else {
            return;
        };
        let problem = Problem::new(Code::Step, message).at(name.span, "");
        self.problems.push(problem.help("call this step something else"));
    }

    fn templates(
        &mut self,
        headers: Option<&Map<HeaderName, Spanned<String>>>,
        names: &Names<'_>,
    ) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (name, value) in headers.iter().flat_map(|headers| headers.readable()) {
            self.check_header(name, value);
            self.check_text(&value.value, value.span, names, Raw::Refused);
            all.push((name.key.0.clone(), value.value.clone()));
        }
        all
    }

    fn failures(&mut self, written: Option<&written::Failures>) -> Vec<FailureAnswer> {
        let mut all = Vec::new();
        for (cause, answer) in written.iter().flat_map(|failures| failures.readable()) {
            for text in answer.body.iter().flat_map(|body| &body.texts) {
                self.check_fixed(text);
            }
            let mut headers = Vec::new();
            for (name, value) in answer.headers.iter().flat_map(|headers| headers.readable()) {
                self.check_header(name, value);
                headers.push((name.key.0.clone(), value.value.clone()));
            }
            all.push(FailureAnswer {
                cause: cause.key.0,
                status: u16::try_from(answer.status.value.0).unwrap_or(500),
                headers,
                body: answer.body.as_ref().map(|body| body.value.clone()),
            });
        }
        all
    }

    /// The answer to a failure is the same for every request.
    fn check_fixed(&mut self, text: &Spanned<String>) {
        let is_fixed = expression::parse(&text.value)
            .is_ok_and(|pieces| pieces.iter().all(|piece| matches!(piece, Piece::Text(_))));
        if !is_fixed {
            let message = "the answer to a failure cannot hold expressions";
            let problem = Problem::new(Code::Expression, message).at(text.span, "");
            self.problems.push(problem.help("write a fixed text; `{{` and `}}` are braces"));
        }
    }

    pub(super) fn check_json(&mut self, body: &JsonText, names: &Names<'_>, raw: Raw) {
        let is_whole = body.value.is_string();
        let raw = if is_whole { raw } else { Raw::Refused };
        for text in &body.texts {
            self.check_text(&text.value, text.span, names, raw);
        }
    }

    pub(super) fn check_text(&mut self, text: &str, span: Span, names: &Names<'_>, raw: Raw) {
        let pieces = match expression::parse(text) {
            Ok(pieces) => pieces,
            Err(problem) => {
                let problem = Problem::new(Code::Expression, format!("this {problem}"));
                let help = "write `{body.NAME}` or `{STEP.body.NAME}`; `{{` and `}}` are braces";
                self.problems.push(problem.at(span, "").help(help));
                return;
            }
        };
        let is_alone = pieces.len() == 1;
        for piece in &pieces {
            let Piece::Value(reference) = piece else { continue };
            let problem = match reference.source(&names.steps[..names.ran]) {
                Ok(Source::Raw) if raw == Raw::Refused || !is_alone => {
                    Problem::new(Code::Expression, "`{raw}` can only be a whole body")
                        .help("`{body}` is the request's JSON")
                }
                Ok(Source::PathParameter(name)) => match unknown_parameter(&name, names.route) {
                    Some(problem) => problem,
                    None => continue,
                },
                Ok(_) => continue,
                Err(problem) => describe(reference, &problem, names),
            };
            self.problems.push(problem.at(span, ""));
        }
    }

    pub(super) fn health(&mut self, written: &manifest::Route) -> Option<Integration> {
        let probes = &written.health.as_ref()?.0;
        let mut resolved = Vec::new();
        for probe in probes {
            let upstream = self.called(&probe.upstream);
            let name = probe.name.as_ref().map(|name| name.0.to_string());
            resolved.push(Probe {
                name: name.unwrap_or_else(|| upstream.to_string()),
                upstream,
                path: probe.path.value.0.clone(),
            });
        }
        Some(Integration::Health(resolved))
    }
}

/// Whether `{raw}` may stand here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Raw {
    Alone,
    Refused,
}

fn unknown_parameter(name: &str, route: &RouteKey) -> Option<Problem> {
    if route.parameters().any(|parameter| parameter == name) {
        return None;
    }
    let message = format!("the route's path has no parameter `{name}`");
    let near = did_you_mean(name, route.parameters());
    Some(Problem::new(Code::Placeholder, message).maybe_help(near))
}

fn describe(reference: &Reference, problem: &SourceProblem, names: &Names<'_>) -> Problem {
    match problem {
        SourceProblem::Shape(shape) => {
            Problem::new(Code::Expression, format!("`{reference}` is not whole"))
                .help(format!("write {shape}"))
        }
        SourceProblem::Unknown(name) if names.steps.contains(&name.as_str()) => {
            let message = format!("the step `{name}` has not run yet here");
            Problem::new(Code::Step, message).help("move it before this one")
        }
        SourceProblem::Unknown(name) => {
            let known: Vec<&str> =
                ROOTS.into_iter().chain(names.steps[..names.ran].iter().copied()).collect();
            let near = did_you_mean(name, known.iter().copied());
            let all = format!("an expression begins with {}", listed(known, "or"));
            Problem::new(Code::Step, format!("no step is called `{name}`"))
                .help(near.unwrap_or(all))
        }
    }
}
