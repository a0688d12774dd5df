//! Puts values in the place of `${param:name}`, `${env:NAME}` and `${env:NAME, default}`, and marks where
//! `${cache:name.url}` and the like will stand.

mod marked;
mod parameters;
mod reference;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use model::Reference;

pub(crate) use marked::{PARAMETER_EDGE, VARIABLE, with_marks};
use parameters::{Values, values};
use reference::References;

use crate::problem::{Code, Problem};
use crate::shape::{Map, Shape, Slot, did_you_mean};
use crate::yaml::{Node, Scalar, Style, Value, shorten};
use crate::{Environment, Inputs};

const FORMS: &str = "write `${param:name}`, `${env:NAME}`, `${env:NAME, default}`, `${queue:name.url}`, \
                     `${cache:name.url}`, `${api:name.url}` or `${function:name.url}`; `$${` stands for `${` itself";

/// Where the AWS port is until told otherwise.
const AWS_URL: &str = "http://127.0.0.1:4566";
const LATER: &str = "it is known only once the stack runs, so it can stand in the `environment` of a \
                     function or process and in `outputs` only, and a cache in `limits_store`";

/// Substitutes in every value of the tree. Parameters may refer to the environment only.
pub(crate) fn substitute(
    tree: &mut Node,
    inputs: &Inputs,
    problems: &mut Vec<Problem>,
    warnings: &mut Vec<Problem>,
) {
    let aws_url = inputs.aws_url.as_deref().unwrap_or(AWS_URL);
    let mut scope = Scope {
        references: References::of(tree, &inputs.account, aws_url),
        environment: &inputs.environment,
        parameters: None,
        referred_to: RefCell::default(),
    };
    let Value::Mapping(entries) = &mut tree.value else {
        return;
    };
    let declared = entries.iter_mut().find(|entry| entry.key.text == "parameters");
    let declared = declared.map(|entry| {
        scope.walk(&mut entry.value, Place::Elsewhere, problems);
        // Problems of the declarations are reported when the whole manifest is read.
        let slot = Slot { key: "parameters", node: &entry.value };
        Map::read(slot, &mut Vec::new()).unwrap_or_default()
    });
    let declared = declared.unwrap_or_default();
    scope.parameters = Some(values(&declared, inputs, problems));
    for entry in entries.iter_mut().filter(|entry| entry.key.text != "parameters") {
        let place = match &*entry.key.text {
            "functions" | "processes" => Place::Resources,
            "outputs" => Place::Environment,
            // In short or with its `url`.
            "limits_store" => Place::Store,
            _ => Place::Elsewhere,
        };
        scope.walk(&mut entry.value, place, problems);
    }
    let referred_to = scope.referred_to.into_inner();
    for (name, span) in declared.places().filter(|(name, _)| !referred_to.contains(*name)) {
        let warning = Problem::new(
            Code::UnusedParameter,
            format!("nothing refers to the parameter `{name}`"),
        );
        let help = format!("write `${{param:{name}}}` where its value belongs, or remove it");
        warnings.push(warning.at(span, "").help(help));
    }
}

/// Why a substitution cannot be made; `None` when the parameter's declaration has been reported.
type Failure = Option<Box<Problem>>;

fn failed(problem: Problem) -> Failure {
    Some(Box::new(problem))
}

/// Where in the manifest a value stands, as far as it matters to what it may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Functions or processes, by name.
    Resources,
    /// One of them.
    Resource,
    /// Its variables.
    Environment,
    /// Where limits are counted.
    Store,
    Elsewhere,
}

impl Place {
    fn under(self, key: &str) -> Self {
        match self {
            Self::Resources => Self::Resource,
            Self::Resource if key == "environment" => Self::Environment,
            Self::Environment => Self::Environment,
            Self::Store if key == "url" => Self::Store,
            Self::Resource | Self::Store | Self::Elsewhere => Self::Elsewhere,
        }
    }
}

struct Scope<'a> {
    references: References<'a>,
    environment: &'a Environment,
    /// `None` inside `parameters` itself.
    parameters: Option<Values>,
    /// The parameters that a value refers to.
    referred_to: RefCell<BTreeSet<String>>,
}

impl Scope<'_> {
    fn walk(&self, node: &mut Node, place: Place, problems: &mut Vec<Problem>) {
        match &mut node.value {
            Value::Scalar(scalar) if scalar.text.contains("${") => {
                if let Err(failure) = self.fill(scalar, place) {
                    scalar.style = Style::Unresolved;
                    problems.extend(failure.map(|problem| problem.at(node.span, "")));
                }
            }
            Value::Scalar(_) => {}
            Value::Sequence(items) => {
                for item in items {
                    self.walk(item, Place::Elsewhere, problems);
                }
            }
            Value::Mapping(entries) => {
                for entry in entries {
                    self.walk(&mut entry.value, place.under(&entry.key.text), problems);
                }
            }
        }
    }

    fn fill(&self, scalar: &mut Scalar, place: Place) -> Result<(), Failure> {
        let written = scalar.text.clone();
        let mut filled = String::new();

        let mut replaced = false;
        let mut rest = &*written;
        while let Some(start) = rest.find("${") {
            filled.push_str(&rest[..start]);
            if rest[..start].ends_with('$') {
                filled.push('{');
                rest = &rest[start + 2..];
                continue;
            }
            let Some(length) = rest[start..].find('}') else {
                let problem = Problem::new(Code::Substitution, "a substitution has no end");
                return Err(failed(
                    problem.help("close it with `}`, or write `$${` for `${` itself"),
                ));
            };
            let inner = &rest[start + 2..start + length];

            replaced = true;
            filled.push_str(&self.look_up(inner, place)?);
            rest = &rest[start + length + 1..];
        }
        filled.push_str(rest);
        scalar.text = filled;
        if replaced {
            scalar.style = Style::Plain;
            scalar.written = Some(written);
        }
        Ok(())
    }

    fn look_up<'a>(&'a self, inner: &'a str, place: Place) -> Result<Cow<'a, str>, Failure> {
        if let Some(reference) = Reference::parse(inner) {
            let problem = |text: String| Problem::new(Code::Substitution, text);
            let shown = shorten(inner);
            let reference = reference.map_err(|why| {
                failed(problem(format!("`${{{shown}}}` cannot be resolved: {why}")))
            })?;
            let is_store = place == Place::Store && matches!(reference, Reference::Cache(..));
            if place != Place::Environment && !is_store {
                let text = format!("`${{{shown}}}` has no value yet where it stands");
                return Err(failed(problem(text).help(LATER)));
            }
            return Ok(reference.mark().into());
        }
        let (kind, name) = inner.split_once(':').unwrap_or((inner, ""));
        match kind.trim() {
            "param" => self.parameter(name.trim()).map(Cow::Borrowed),
            "env" => {
                let (name, default) = match name.split_once(',') {
                    Some((name, default)) => (name.trim(), Some(default.trim())),
                    None => (name.trim(), None),
                };
                self.variable(name, default).map(Cow::Borrowed)
            }
            kind => {
                if let Some(found) = self.references.look_up(kind, name.trim()) {
                    return found.map(Cow::Owned).map_err(Some);
                }
                let message = format!("`${{{}}}` is not a substitution", shorten(inner));
                Err(failed(Problem::new(Code::Substitution, message).help(FORMS)))
            }
        }
    }

    fn parameter(&self, name: &str) -> Result<&str, Failure> {
        let Some(parameters) = &self.parameters else {
            let problem = Problem::new(Code::Substitution, "a parameter cannot refer to another");
            return Err(failed(problem.help("refer to `${env:NAME}`, or write the value")));
        };
        self.referred_to.borrow_mut().insert(name.to_owned());
        match parameters.get(name) {
            Some(Some(value)) => Ok(value),
            Some(None) => Err(None),
            None => {
                let message = format!("the parameter `{}` is not declared", shorten(name));
                let names = parameters.keys().map(String::as_str);
                let help = did_you_mean(name, names)
                    .unwrap_or_else(|| format!("declare it: `parameters: {{ {name}: {{}} }}`"));
                Err(failed(Problem::new(Code::UnknownParameter, message).help(help)))
            }
        }
    }

    fn variable<'a>(&'a self, name: &str, default: Option<&'a str>) -> Result<&'a str, Failure> {
        if let Some(value) = self.environment.get(name) {
            return Ok(value);
        }
        default.ok_or_else(|| {
            let message = format!("the environment variable `{}` is not set", shorten(name));
            let help = format!("set it, or write `${{env:{name}, default}}`");
            failed(Problem::new(Code::MissingVariable, message).help(help))
        })
    }
}
