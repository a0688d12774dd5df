//! Builds the tree from the parser's events.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::offsets::Offsets;
use super::{Entry, Key, Node, Scalar, Style, Value, shorten, syntax};
use crate::problem::{Code, Problem};
use crate::source::{Source, Span};

/// Deeper than any manifest nests.
const MAX_DEPTH: usize = 64;

/// Bounds what aliases can multiply a small file into.
const MAX_NODES: usize = 200_000;

/// What a word such as `!Sub` before a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tags {
    Refused,
    /// The short form of a function: `!Sub text` is read as `Fn::Sub: text`.
    Functions,
}

/// Reads the one document of `source`. `None` when its text ends the reading; problems that leave
/// a tree are reported beside it.
pub(crate) fn parse(source: &Source, tags: Tags, problems: &mut Vec<Problem>) -> Option<Node> {
    let mut builder = Builder {
        tags,
        parser: Parser::new_from_str(&source.text),
        offsets: Offsets::of(&source.text),
        source,
        anchors: BTreeMap::new(),
        nodes: 0,
        problems,
    };
    match builder.document() {
        Ok(node) => Some(node),
        Err(problem) => {
            problems.push(*problem);
            None
        }
    }
}

type Step<T> = Result<T, Box<Problem>>;

struct Builder<'a> {
    tags: Tags,
    parser: Parser<'a, StrInput<'a>>,
    offsets: Offsets,
    source: &'a Source,
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Step<Node> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    let problem = Problem::new(Code::UnsupportedYaml, "a manifest is one document")
                        .at(span, "a second one starts here")
                        .help("remove this line and what follows it");
                    return Err(problem.into());
                }
                Event::DocumentStart(_) => {
                    let (event, span) = self.next()?;
                    root = Some(self.node(event, span, 0)?);
                }
                _ => {}
            }
        }
        let is_empty = |node: &Node| matches!(&node.value, Value::Scalar(s) if s.is_null());
        match root {
            Some(node) if !is_empty(&node) => Ok(node),
            _ => Err(Problem::new(Code::Empty, "the manifest is empty")
                .help("start with `name:` and `functions:`, or run `tidegate init`")
                .into()),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Step<Node> {
        self.count(1, span)?;
        if depth > MAX_DEPTH {
            return Err(Problem::new(Code::TooComplex, "the manifest nests too deep")
                .at(span, format!("below {MAX_DEPTH} levels"))
                .into());
        }
        let counted_before = self.nodes;
        let (anchor, node) = match event {
            Event::Alias(id) => return self.alias(id, span),
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    _ => Style::Quoted,
                };
                let scalar = Scalar { text: text.into_owned(), style, written: None };
                (anchor, self.tagged(tag, span, Node { span, value: Value::Scalar(scalar) }))
            }
            Event::SequenceStart(anchor, tag) => {
                let sequence = self.sequence(span, depth)?;
                (anchor, self.tagged(tag, span, sequence))
            }
            Event::MappingStart(anchor, tag) => {
                let mapping = self.mapping(span, depth)?;
                (anchor, self.tagged(tag, span, mapping))
            }
            _ => {
                return Err(Problem::new(Code::Syntax, "a value is missing").at(span, "").into());
            }
        };
        if anchor != 0 {
            let size = self.nodes - counted_before + 1;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(node)
    }

    fn sequence(&mut self, start: Span, depth: usize) -> Step<Node> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => break,
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
        let span = items.first().map_or(start, |item| item.span);
        Ok(Node { span, value: Value::Sequence(items) })
    }

    fn mapping(&mut self, start: Span, depth: usize) -> Step<Node> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.key(event, span)?;
            let (event, span) = self.next()?;
            let mut value = self.node(event, span, depth + 1)?;
            let is_null = matches!(&value.value, Value::Scalar(scalar) if scalar.text.is_empty());
            if is_null || !matches!(value.value, Value::Scalar(_)) {
                value.span = key.span;
            }
            match seen.get(&key.text) {
                Some(first) => self.problems.push(duplicate(&key, *first)),
                None => {
                    seen.insert(key.text.clone(), key.span);
                    entries.push(Entry { key, value });
                }
            }
        }
        let span = entries.first().map_or(start, |entry| entry.key.span);
        Ok(Node { span, value: Value::Mapping(entries) })
    }

    fn key(&mut self, event: Event<'a>, span: Span) -> Step<Key> {
        self.count(1, span)?;
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<" => {
                Err(Problem::new(Code::UnsupportedYaml, "merge keys are not part of YAML 1.2")
                    .at(span, "")
                    .help("repeat the keys, or give whole values an anchor")
                    .into())
            }
            Event::Scalar(text, _, _, tag) => {
                if tag.is_some() {
                    self.refuse_tag(span);
                }
                Ok(Key { text: text.into_owned(), span })
            }
            _ => Err(Problem::new(Code::UnsupportedYaml, "a key is text")
                .at(
                    Span { end: span.end.max(span.start + 1), ..span },
                    "this key is a collection or an alias",
                )
                .help("put text that contains `{`, `[` or `*` between quotes")
                .into()),
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Step<Node> {
        let Some((node, size)) = self.anchors.get(&id) else {
            return Err(Problem::new(
                Code::UnsupportedYaml,
                "an alias stands inside its own anchor",
            )
            .at(span, "")
            .help("write the value again in its place")
            .into());
        };
        let (node, size) = (node.clone(), *size);
        self.count(size, span)?;
        Ok(node)
    }

    fn count(&mut self, nodes: usize, span: Span) -> Step<()> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            let message = format!("the manifest has more than {MAX_NODES} values");
            return Err(Problem::new(Code::TooComplex, message)
                .at(span, "counted up to here, aliases included")
                .into());
        }
        Ok(())
    }

    /// The value with its function written out.
    fn tagged(&mut self, tag: Option<Cow<'a, Tag>>, span: Span, node: Node) -> Node {
        let Some(tag) = tag else { return node };
        if self.tags == Tags::Refused || tag.handle != "!" {
            self.refuse_tag(span);
            return node;
        }
        let text = match &*tag.suffix {
            own @ ("Ref" | "Condition") => own.to_owned(),
            name => format!("Fn::{name}"),
        };
        let span = node.span;
        Node { span, value: Value::Mapping(vec![Entry { key: Key { text, span }, value: node }]) }
    }

    fn refuse_tag(&mut self, span: Span) {
        let problem = Problem::new(Code::UnsupportedYaml, "a manifest has no tags")
            .at(span, "this value has a tag")
            .help("remove the word that starts with `!`; put text between quotes");
        self.problems.push(problem);
    }

    fn next(&mut self) -> Step<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.offsets.span(span))),
            Some(Err(error)) => Err(self.syntax(&error).into()),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax(&self, error: &ScanError) -> Problem {
        let text = &self.source.text;
        let last = text.trim_end().char_indices().next_back().map_or(0, |(last, _)| last);
        // What is missing at the end is shown where the text ends, not below it.
        let start = self.offsets.byte(error.marker().index()).min(last);
        syntax::explain(text, start, error.info())
    }
}

fn duplicate(key: &Key, first: Span) -> Problem {
    Problem::new(Code::DuplicateKey, format!("the key `{}` appears twice", shorten(&key.text)))
        .at(key.span, "again here")
        .related(first, "first here")
        .help("remove one of them")
}
