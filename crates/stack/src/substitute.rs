//! Puts values in the place of `${param:name}`, `${env:NAME}` and `${env:NAME, default}`, and marks where
//! `${cache:name.url}` and the like will stand.

mod reference;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use model::{ParameterName, Reference};

use reference::References;

use crate::manifest::{Name, Parameter};
use crate::problem::{Code, Problem};
use crate::shape::{Map, Named, Placed, Shape, Slot, did_you_mean, listed};
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

/// Stands on both sides of a parameter's name where [`with_parameters`] leaves it.
pub(crate) const PARAMETER_EDGE: char = '\u{1}';

/// As [`substitute`], but with marks where parameters stand, for those who read texts. Whatever else cannot be
/// read then has been read before.
pub(crate) fn with_parameters(tree: &Node, inputs: &Inputs) -> Node {
    let mut tree = tree.clone();
    let mut set = Vec::new();
    let declared = match &mut tree.value {
        Value::Mapping(entries) => entries.iter_mut().find(|it| it.key.text == "parameters"),
        _ => None,
    };
    if let Some(Value::Mapping(parameters)) = declared.map(|it| &mut it.value.value) {
        for parameter in parameters {
            let name = &parameter.key.text;
            set.push((name.clone(), format!("{PARAMETER_EDGE}{name}{PARAMETER_EDGE}")));
            if let Value::Mapping(settings) = &mut parameter.value.value {
                settings.retain(|it| it.key.text != "type");
            }
        }
    }
    let inputs = Inputs { set, ..inputs.clone() };
    substitute(&mut tree, &inputs, &mut Vec::new(), &mut Vec::new());
    tree
}

/// The value of each declared parameter, `None` for one whose lack of a value has been reported.
type Values = BTreeMap<String, Option<String>>;

fn values(
    declared: &Map<Name<ParameterName>, Parameter>,
    inputs: &Inputs,
    problems: &mut Vec<Problem>,
) -> Values {
    for (name, _) in &inputs.set {
        if !declared.names().any(|known| known == name) {
            let help = did_you_mean(name, declared.names()).or_else(|| {
                let all = listed(declared.names(), "and");
                (!all.is_empty()).then(|| format!("the manifest declares {all}"))
            });
            let message = format!("`--set {name}` names a parameter that is not declared");
            let help = help.unwrap_or_else(|| "the manifest declares no parameters".to_owned());
            problems.push(Problem::new(Code::UnknownParameter, message).help(help));
        }
    }
    let mut values = Values::new();
    for parameter in &declared.entries {
        values.insert(parameter.text.clone(), value(parameter, inputs, problems));
    }
    values
}

fn value(
    parameter: &Named<Name<ParameterName>, Parameter>,
    inputs: &Inputs,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let name = &parameter.text;
    let declared = parameter.value.as_ref()?;
    if let Some(default) = &declared.default
        && let Err(refused) = declared.kind.check(&default.value)
    {
        let message = format!("the default of `{name}` {}", refused.why);
        problems.push(Problem::new(refused.code, message).at(default.span, ""));
    }
    if let Some((_, set)) = inputs.set.iter().rev().find(|(set, _)| set == name) {
        if let Err(refused) = declared.kind.check(set) {
            let message = format!("the value of `--set {name}` {}", refused.why);
            problems.push(Problem::new(refused.code, message).at(parameter.span, "declared here"));
            return None;
        }
        return Some(set.clone());
    }
    match &declared.default {
        Some(default) => Some(default.value.clone()),
        // A default that is written but could not be read has been reported.
        None if declared_default(declared) => None,
        None => {
            let message = format!("the parameter `{name}` has no value");
            let problem = Problem::new(Code::MissingParameter, message)
                .at(parameter.span, "")
                .help(match &declared.description {
                    Some(purpose) => format!("start with `--set {name}=...`: {purpose}"),
                    None => format!("start with `--set {name}=...`, or give it a `default`"),
                });
            problems.push(problem);
            None
        }
    }
}

fn declared_default(parameter: &Parameter) -> bool {
    parameter.record().key("default").is_some()
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
