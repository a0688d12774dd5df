//! Texts in which resources of the stack are meant: by reference, by ARN, or by address.

use model::reference::{self, Reference};
use model::{CachePart, CacheSource, Engine};

use super::Export;
use super::block;
use super::ids::Sort;
use crate::substitute;
use crate::yaml::Node;

/// Where a queue is found until a server says otherwise.
const AWS_URL: &str = "http://127.0.0.1:4566";

/// A piece of a text.
enum Piece {
    Text(String),
    /// What stands in `${..}` of `!Sub`.
    Call(String),
}

impl Export<'_> {
    /// The text at a place of the manifest, where parameters are still told apart, or else `value`.
    pub(super) fn text_at(&mut self, path: &[&str], value: &str) -> Node {
        let mut node = Some(&self.marked);
        for key in path {
            node = node.and_then(|node| node.get(key));
        }
        let written = node.and_then(Node::as_text).map(str::to_owned);
        let written = written.filter(|text| text.contains(substitute::PARAMETER_EDGE));
        self.text(&written.unwrap_or_else(|| value.to_owned()), path)
    }

    /// A text with calls where it means resources. `path` is where it stands.
    pub(super) fn text(&mut self, value: &str, path: &[&str]) -> Node {
        let mut pieces = Vec::new();
        for (at, part) in value.split(substitute::PARAMETER_EDGE).enumerate() {
            match (at % 2, part.strip_prefix(substitute::VARIABLE)) {
                (0, _) => self.referring(part, path, &mut pieces),
                (_, Some(variable)) => pieces.push(Piece::Call(self.variable(variable))),
                (_, None) => pieces.push(Piece::Call(self.parameter(part))),
            }
        }
        written(&pieces)
    }

    /// Splits at marks of references, then at names of resources.
    fn referring(&mut self, value: &str, path: &[&str], pieces: &mut Vec<Piece>) {
        let marks: Vec<Reference> = reference::marked(value).collect();
        let mut marks = marks.into_iter();
        for (at, part) in value.split('\0').enumerate() {
            if at % 2 == 0 {
                self.named(part, pieces);
            } else if let Some(mark) = marks.next() {
                self.marked_reference(&mark, path, pieces);
            }
        }
    }

    /// ARNs and addresses of the stack's own resources become calls.
    fn named(&self, value: &str, pieces: &mut Vec<Piece>) {
        let known = self.names();
        let mut text = String::new();
        let mut rest = value;
        while let Some(first) = rest.chars().next() {
            let found = known.iter().find(|(name, _)| {
                let after = rest.strip_prefix(name.as_str()).and_then(|it| it.chars().next());
                let goes_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
                rest.starts_with(name.as_str()) && !after.is_some_and(goes_on)
            });
            let length = match found {
                Some((name, call)) => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    pieces.push(Piece::Call(call.clone()));
                    name.len()
                }
                None => {
                    text.push(first);
                    first.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        pieces.push(Piece::Text(text));
    }

    /// What stands for a resource of the stack in texts, and what `!Sub` calls it.
    fn names(&self) -> Vec<(String, String)> {
        let account = self.account();
        let address = self.inputs.aws_url.as_deref().unwrap_or(AWS_URL);
        let mut all = Vec::new();
        for name in self.stack.functions.keys() {
            let arn = account.arn("lambda", format_args!("function:{name}"));
            all.push((arn.to_string(), self.id(Sort::Function, name.as_str()) + ".Arn"));
        }
        for id in self.stack.resources.keys() {
            let name = &id.name;
            match id.kind {
                model::ResourceKind::Queue => {
                    let id = self.id(Sort::Queue, name);
                    all.push((format!("{address}/{}/{name}", account.id), id.clone()));
                    all.push((account.arn("sqs", name).to_string(), id + ".Arn"));
                }
                model::ResourceKind::Topic => {
                    all.push((account.arn("sns", name).to_string(), self.id(Sort::Topic, name)));
                }
                _ => {}
            }
        }
        all
    }

    fn marked_reference(&mut self, mark: &Reference, path: &[&str], pieces: &mut Vec<Piece>) {
        match mark {
            // Of a stack that this one imports from.
            Reference::Api(name) if !self.stack.apis.iter().any(|api| api.name == *name) => {
                self.gap(format!("`{mark}` is another stack's"), path);
                pieces.push(Piece::Text(mark.to_string()));
            }
            Reference::Api(name) => {
                let id = self.id(Sort::Api, name.as_str());
                let stage = self.stack.apis.iter().find(|api| api.name == *name);
                let stage = stage.map_or("$default", |api| &api.stage);
                pieces.push(Piece::Text("https://".into()));
                pieces.push(Piece::Call(id));
                pieces.push(Piece::Text(".execute-api.".into()));
                pieces.push(Piece::Call("AWS::Region".into()));
                pieces.push(Piece::Text(".".into()));
                pieces.push(Piece::Call("AWS::URLSuffix".into()));
                if stage != "$default" {
                    pieces.push(Piece::Text(format!("/{stage}")));
                }
            }
            Reference::FunctionUrl(name) => {
                let id = self.id(Sort::Function, name.as_str());
                pieces.push(Piece::Call(format!("{id}Url.FunctionUrl")));
            }
            Reference::Cache(name, part) => {
                let cache = self.stack.caches.get(name).map(|cache| cache.source.clone());
                match cache {
                    Some(CacheSource::Elsewhere(url)) => {
                        let id = self
                            .secret(&format!("{}-url", name.as_str()), "The address of a cache");
                        match part {
                            CachePart::Url => pieces.push(Piece::Call(id)),
                            part if part.is_secret() => {
                                let message = format!("`{mark}` holds a password");
                                self.gap(message, path);
                            }
                            part => pieces.push(Piece::Text(url.part(*part))),
                        }
                    }
                    Some(CacheSource::Managed(cache)) => {
                        self.managed(name.as_str(), cache.engine, *part, pieces);
                    }
                    None => {}
                }
            }
        }
    }

    fn managed(
        &mut self,
        name: &str,
        engine: Option<Engine>,
        part: CachePart,
        pieces: &mut Vec<Piece>,
    ) {
        let id = self.id(Sort::Cache, name);
        let endpoint = match engine {
            Some(Engine::Valkey) => "PrimaryEndPoint",
            Some(Engine::Redis) | None => "RedisEndpoint",
        };
        let host = Piece::Call(format!("{id}.{endpoint}.Address"));
        let port = Piece::Call(format!("{id}.{endpoint}.Port"));
        match part {
            CachePart::Host => pieces.push(host),
            CachePart::Port => pieces.push(port),
            CachePart::Url => {
                let text = |it: &str| Piece::Text(it.to_owned());
                pieces.extend([text("redis://"), host, text(":"), port]);
            }
            // Nobody asks for one there.
            CachePart::Password => {}
        }
    }
}

/// The shortest way to write it.
fn written(pieces: &[Piece]) -> Node {
    let full = |piece: &&Piece| !matches!(piece, Piece::Text(text) if text.is_empty());
    let pieces: Vec<&Piece> = pieces.iter().filter(full).collect();
    match pieces.as_slice() {
        [] => block::text(""),
        [Piece::Text(text)] => block::text(text),
        [Piece::Call(call)] => match call.split_once('.') {
            Some((id, attribute)) => block::attribute(id, attribute),
            None => block::reference(call),
        },
        pieces => {
            let mut template = String::new();
            for piece in pieces {
                match piece {
                    Piece::Text(text) => template.push_str(&text.replace("${", "${!")),
                    Piece::Call(call) => template.push_str(&format!("${{{call}}}")),
                }
            }
            if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
                template = template.replace("${!", "${");
                return block::text(&template);
            }
            block::sub(&template)
        }
    }
}
