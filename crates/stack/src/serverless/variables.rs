//! Puts values in the place of `${self:...}`, `${opt:...}`, `${file(...)}` and their like.

mod dotenv;
mod file;
mod source;
mod text;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;

use self::text::{Piece, Term, Text, Variable};
use crate::Inputs;
use crate::problem::{Code, Problem};
use crate::source::Span;
use crate::yaml::{Entry, Node, Scalar, Style, Value, shorten};

/// Bounds what variables that refer to variables can multiply a small file into.
const MOST_LOOKUPS: usize = 20_000;
const MOST_TEXT: usize = 1 << 20;

/// Addresses that lead to addresses.
const MOST_STEPS: usize = 64;

/// What the stage is called when nobody says.
const STAGE: &str = "dev";

/// Everything that a variable can be looked up in.
pub(super) struct Variables<'a> {
    root: &'a Node,
    folder: &'a Path,
    inputs: &'a Inputs,
    /// Of `.env` files.
    dotenv: BTreeMap<String, String>,
    /// The addresses that are being looked up, outermost first.
    trail: RefCell<Vec<String>>,
    lookups: Cell<usize>,
    text: Cell<usize>,
}

/// What a lookup found; `None` lets the next fallback try.
type Found = Result<Option<Node>, Box<Problem>>;

fn refused(code: Code, message: impl Into<String>) -> Box<Problem> {
    Box::new(Problem::new(code, message))
}

impl<'a> Variables<'a> {
    pub(super) fn new(root: &'a Node, folder: &'a Path, inputs: &'a Inputs) -> Self {
        let mut variables = Self {
            root,
            folder,
            inputs,
            dotenv: BTreeMap::new(),
            trail: RefCell::default(),
            lookups: Cell::new(0),
            text: Cell::new(0),
        };
        if root.get("useDotenv").is_some_and(Node::is_true) {
            variables.dotenv = dotenv::read(folder, &variables.stage());
        }
        variables
    }

    pub(super) fn stage(&self) -> String {
        if let Some(stage) = self.option("stage") {
            return stage.to_owned();
        }
        let stage = self.address_in(self.root, "provider.stage").ok().flatten();
        stage.as_ref().and_then(Node::as_text).unwrap_or(STAGE).to_owned()
    }

    /// The last one given counts.
    fn option(&self, name: &str) -> Option<&'a str> {
        let given = self.inputs.set.iter().rev().find(|(given, _)| given == name);
        given.map(|(_, value)| &**value)
    }

    /// The whole tree with its variables resolved; what cannot be is reported.
    pub(super) fn resolve(&self, problems: &mut Vec<Problem>) -> Node {
        self.tree(self.root, problems)
    }

    fn tree(&self, node: &Node, problems: &mut Vec<Problem>) -> Node {
        let value = match &node.value {
            Value::Scalar(scalar) => {
                return self.scalar(scalar, node.span).unwrap_or_else(|problem| {
                    problems.push(problem.at(node.span, ""));
                    let text = scalar.text.clone();
                    let scalar = Scalar { text, style: Style::Unresolved, written: None };
                    Node { span: node.span, value: Value::Scalar(scalar) }
                });
            }
            Value::Sequence(items) => {
                Value::Sequence(items.iter().map(|item| self.tree(item, problems)).collect())
            }
            Value::Mapping(entries) => {
                let entry = |entry: &Entry| Entry {
                    key: entry.key.clone(),
                    value: self.tree(&entry.value, problems),
                };
                Value::Mapping(entries.iter().map(entry).collect())
            }
        };
        Node { span: node.span, value }
    }

    /// As [`Self::tree`], stopping at the first problem: for what another variable looks into.
    fn whole(&self, node: &Node) -> Result<Node, Box<Problem>> {
        let mut problems = Vec::new();
        let resolved = self.tree(node, &mut problems);
        match problems.into_iter().next() {
            Some(problem) => Err(Box::new(Problem { place: None, ..problem })),
            None => Ok(resolved),
        }
    }

    fn scalar(&self, scalar: &Scalar, span: Span) -> Result<Node, Box<Problem>> {
        if !scalar.text.contains("${") {
            return Ok(Node { span, value: Value::Scalar(scalar.clone()) });
        }
        let bad = |why: String| {
            let message = format!("`{}` cannot be read: {why}", shorten(&scalar.text));
            refused(Code::Substitution, message)
        };
        let pieces = text::parse(&scalar.text).map_err(bad)?;
        let (text, is_substituted) = match pieces.as_slice() {
            [Piece::Variable(variable)] => {
                let mut node = self.certain(variable)?;
                node.span = span;
                if let Value::Scalar(found) = &mut node.value
                    && !found.is_null()
                {
                    found.written = Some(scalar.text.clone());
                }
                return Ok(node);
            }
            [Piece::Literal(text)] => (text.clone(), false),
            pieces => (self.joined(pieces)?, true),
        };
        let written = is_substituted.then(|| scalar.text.clone());
        Ok(Node { span, value: Value::Scalar(Scalar { text, style: Style::Quoted, written }) })
    }

    fn certain(&self, variable: &Variable) -> Result<Node, Box<Problem>> {
        self.variable(variable)?.ok_or_else(|| self.missing(variable))
    }

    fn variable(&self, variable: &Variable) -> Found {
        for term in &variable.terms {
            let found = match term {
                Term::Quoted(text) => Some(Node::text(Span::default(), text.clone())),
                // `null` as a fallback says that there is nothing, and means it.
                Term::Plain(text) => return Ok(Some(Node::plain(Span::default(), text.clone()))),
                Term::Nested(nested) => self.variable(nested)?,
                Term::Source { kind, argument, address } => {
                    self.lookups.set(self.lookups.get() + 1);
                    if self.lookups.get() > MOST_LOOKUPS {
                        let message = format!("more than {MOST_LOOKUPS} variables are looked up");
                        return Err(refused(Code::TooComplex, message));
                    }
                    let text = |text: &Option<Text>| match text {
                        Some(text) => self.joined(text).map(Some),
                        None => Ok(None),
                    };
                    self.look_up(kind, text(argument)?.as_deref(), text(address)?.as_deref())?
                }
            };
            if let Some(found) = found.filter(|found| !found.is_null()) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn joined(&self, pieces: &[Piece]) -> Result<String, Box<Problem>> {
        let mut joined = String::new();
        for piece in pieces {
            match piece {
                Piece::Literal(text) => joined.push_str(text),
                Piece::Variable(variable) => {
                    let value = self.certain(variable)?;
                    let Some(scalar) = value.as_scalar() else {
                        let shown = shorten(&variable.written);
                        let kind = value.kind();
                        let message = format!("`{shown}` is {kind} and stands inside a text");
                        return Err(refused(Code::Substitution, message));
                    };
                    joined.push_str(if scalar.is_null() { "" } else { &scalar.text });
                }
            }
        }
        self.text.set(self.text.get() + joined.len());
        if self.text.get() > MOST_TEXT {
            return Err(refused(Code::TooComplex, "variables make more text than a manifest has"));
        }
        Ok(joined)
    }

    fn missing(&self, variable: &Variable) -> Box<Problem> {
        let shown = shorten(&variable.written);
        let (code, help) = match variable.terms.as_slice() {
            [Term::Source { kind, address, .. }] => {
                let address = address.as_ref().and_then(|text| self.joined(text).ok());
                let name = address.unwrap_or_default();
                match &**kind {
                    "env" => (Code::MissingVariable, format!("set `{name}`")),
                    "opt" => (Code::MissingParameter, format!("start with `--set {name}=...`")),
                    "ssm" => {
                        let name = name.split('~').next().unwrap_or_default();
                        (Code::MissingParameter, format!("start with `--set {name}=...`"))
                    }
                    "param" => {
                        let help = format!("start with `--set {name}=...`, or add it to `params`");
                        (Code::MissingParameter, help)
                    }
                    _ => (Code::Substitution, "correct it".to_owned()),
                }
            }
            _ => (Code::Substitution, "correct one of them".to_owned()),
        };
        let help =
            format!("{help}, or add a fallback: `{}, 'value'}}`", shown.trim_end_matches('}'));
        Box::new(Problem::new(code, format!("`{shown}` has no value")).help(help))
    }
}
