//! What is wrong with a manifest: every problem with its place, a code and a way out.

mod code;
mod render;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

pub use code::Code;
pub use render::Look;

use crate::source::{Source, Span, conceal};

/// One thing to change before the manifest can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: Code,
    pub message: String,
    /// Where the caret goes; `None` for what is not in the manifest's text.
    pub place: Option<Label>,
    /// Another place that explains this one.
    pub related: Option<Label>,
    pub help: Option<String>,
}

/// A span and what to say about it, which may be nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

impl Problem {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None, related: None, help: None }
    }

    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.place = Some(Label { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related = Some(Label { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

/// What a reading has found so far.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Problem>,
    pub(crate) notes: Vec<Problem>,
    /// The exports of other stacks that were imported.
    pub(crate) imported: BTreeSet<String>,
    allow_unsupported: bool,
}

impl Told {
    pub(crate) fn new(inputs: &crate::Inputs) -> Self {
        Self { allow_unsupported: inputs.allow_unsupported, ..Self::default() }
    }

    /// Refuses something of a foreign source, or leaves it out where that is allowed.
    pub(crate) fn unsupported(&mut self, message: impl Into<String>, span: Span) {
        let help = "remove it, or leave it out with `--allow-unsupported`";
        self.unsupported_but(message, span, help);
    }

    /// Refuses a route that asks for an authorizer. Without it the route would be open to everybody, so that it is left
    /// out as a whole where that is allowed.
    pub(crate) fn guarded(&mut self, span: Span) {
        let message = "authorizers are not supported: the route goes with its authorizer";
        let help = "ask for an API key instead (`ApiKeyRequired`, or `api_key_required` of a route), or check callers in the \
                    function and remove it; `--allow-unsupported` leaves the whole route out, since it would be \
                    open to everybody without its authorizer";
        self.unsupported_but(message, span, help);
    }

    /// Refuses a throttle that lets nothing pass. Without it its routes would be open, so that they are left out as a whole
    /// where that is allowed.
    pub(crate) fn closed(&mut self, span: Span) {
        let message = "a throttle of 0 is not supported: its routes go with it";
        let help = "remove the routes that it closes, or leave them out with `--allow-unsupported`; to open them, permit more \
                    than 0";
        self.unsupported_but(message, span, help);
    }

    /// `help` is the way out where it is refused.
    pub(crate) fn unsupported_but(&mut self, message: impl Into<String>, span: Span, help: &str) {
        if self.allow_unsupported {
            self.warnings.push(Problem::new(Code::LeftOut, message).at(span, "left out"));
            return;
        }
        let problem = Problem::new(Code::Unsupported, message).at(span, "not supported");
        self.problems.push(problem.help(help));
    }

    /// Tells that something of a foreign source has no meaning here.
    pub(crate) fn note(&mut self, message: impl Into<String>, span: Span) {
        self.notes.push(Problem::new(Code::Noted, message).at(span, ""));
    }
}

/// More than anybody reads; drawing each costs a walk through the text.
const MOST: usize = 200;

/// All problems of one manifest, in the order of its text. Never empty.
#[derive(Debug, Clone)]
pub struct Problems {
    pub source: Source,
    pub all: Vec<Problem>,
    /// How many more there are than are listed.
    pub omitted: usize,
}

impl Problems {
    /// Hides passwords in all that is told and in the text that is shown beside it.
    pub(crate) fn new(mut source: Source, mut all: Vec<Problem>) -> Self {
        all.sort_by_key(|problem| problem.place.as_ref().map(|label| label.span));
        all.dedup();
        let omitted = all.len().saturating_sub(MOST);
        all.truncate(MOST);
        hide(&mut source.text);
        for problem in &mut all {
            hide(&mut problem.message);
            problem.help.iter_mut().for_each(hide);
        }
        Self { source, all, omitted }
    }

    /// Never 0.
    #[expect(clippy::len_without_is_empty, reason = "there is no empty set of problems")]
    pub fn len(&self) -> usize {
        self.all.len() + self.omitted
    }
}

fn hide(text: &mut String) {
    if let Cow::Owned(concealed) = conceal(text) {
        *text = concealed;
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Look::Plain))
    }
}

impl std::error::Error for Problems {}
