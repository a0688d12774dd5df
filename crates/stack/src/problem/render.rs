//! Problems as text for people and as JSON for programs.

use std::fmt::{self, Write as _};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity,
};
use serde_json::{Value, json};

use super::{Label, Problem, Problems};
use crate::source::Source;

/// How problems are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// ASCII, no colour, no line breaks inside a message: for files and pipes.
    Plain,
    /// Unicode lines and colours, wrapped at this many columns: for a terminal.
    Graphical { width: usize },
}

impl Problems {
    /// Draws every problem, one after the other.
    pub fn render(&self, look: Look) -> String {
        let painter = match look {
            Look::Plain => GraphicalReportHandler::new_themed(GraphicalTheme::none())
                .with_wrap_lines(false)
                .with_width(usize::MAX),
            Look::Graphical { width } => {
                GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(width)
            }
        }
        .with_links(false);
        let text = NamedSource::new(&self.source.name, self.source.text.clone());
        let mut drawn = String::new();
        for problem in &self.all {
            let report = Report { problem, text: &text };
            if painter.render_report(&mut drawn, &report).is_err() {
                // Only a span outside the text can fail, and the message still says what is wrong.
                drawn.push_str(&problem.message);
            }
            drawn.truncate(drawn.trim_end().len());
            drawn.push_str("\n\n");
        }
        drawn.truncate(drawn.trim_end().len());
        drawn.push('\n');
        if self.omitted > 0 {
            let _ = writeln!(drawn, "\nand {} more problems", self.omitted);
        }
        drawn
    }

    /// A line for each, with its place: for what needs no picture.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        for problem in &self.all {
            let at = problem.place.as_ref().map(|label| self.source.place(label.span.start));
            let at = at.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
            let _ =
                writeln!(lines, "{}{at}: {}: {}", self.source.name, problem.code, problem.message);
        }
        lines
    }

    /// The same fields as [`Problems::render`] draws, one object for each problem.
    pub fn to_json(&self) -> Vec<Value> {
        self.all.iter().map(|problem| self.problem_json(problem)).collect()
    }

    fn problem_json(&self, problem: &Problem) -> Value {
        let mut object = json!({
            "code": problem.code.to_string(),
            "message": problem.message,
            "file": self.source.name,
        });
        if let Some(label) = &problem.place {
            place_json(&mut object, &self.source, label);
        }
        if let Some(label) = &problem.related {
            object["related"] = json!({});
            place_json(&mut object["related"], &self.source, label);
        }
        if let Some(help) = &problem.help {
            object["help"] = json!(help);
        }
        object
    }
}

fn place_json(object: &mut Value, source: &Source, label: &Label) {
    let (start, end) = (source.place(label.span.start), source.place(label.span.end));
    object["line"] = json!(start.line);
    object["column"] = json!(start.column);
    object["endLine"] = json!(end.line);
    object["endColumn"] = json!(end.column);
    if !label.text.is_empty() {
        object["label"] = json!(label.text);
    }
}

/// A problem next to the text it is about, as miette wants it.
#[derive(Debug)]
struct Report<'a> {
    problem: &'a Problem,
    text: &'a NamedSource<String>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.message)
    }
}

impl std::error::Error for Report<'_> {}

impl Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.problem.code {
            code if code.is_note() => Severity::Advice,
            code if code.is_warning() => Severity::Warning,
            _ => Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.problem.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.problem.place.as_ref()?;
        Some(self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.problem.place.as_ref()?;
        let spoken = |label: &Label| (!label.text.is_empty()).then(|| label.text.clone());
        let primary = LabeledSpan::new_primary_with_span(spoken(place), place.span.range());
        let related = self.problem.related.as_ref();
        let related =
            related.map(|label| LabeledSpan::new_with_span(spoken(label), label.span.range()));
        Some(Box::new(std::iter::once(primary).chain(related)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;
    use crate::source::Span;

    fn problems() -> Problems {
        let source = Source { name: "tidegate.yaml".into(), text: "name: a\nname: b\n".into() };
        let problem = Problem::new(Code::DuplicateKey, "the key `name` appears twice")
            .at(Span { start: 8, end: 12 }, "again here")
            .related(Span { start: 0, end: 4 }, "first here")
            .help("remove one of them");
        Problems::new(source, vec![problem])
    }

    #[test]
    fn json_has_what_the_drawing_has() {
        let expected = json!([{
            "code": "E0106",
            "message": "the key `name` appears twice",
            "file": "tidegate.yaml",
            "line": 2, "column": 1, "endLine": 2, "endColumn": 5,
            "label": "again here",
            "related": {
                "line": 1, "column": 1, "endLine": 1, "endColumn": 5, "label": "first here",
            },
            "help": "remove one of them",
        }]);
        assert_eq!(Value::Array(problems().to_json()), expected);
    }

    #[test]
    fn a_terminal_gets_colours_and_a_pipe_gets_none() {
        assert!(problems().render(Look::Graphical { width: 80 }).contains('\u{1b}'));
        let plain = problems().to_string();
        assert!(plain.is_ascii(), "{plain}");
        assert!(!plain.contains('\u{1b}'));
    }
}
