//! `samconfig.toml` beside a template: what `sam deploy` is told of it, as far as it means something here.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>

mod overrides;
mod toml;

use std::path::Path;

use crate::discover::SourceKind;
use crate::foreign::file;
use crate::problem::{Code, Problem, Problems};
use crate::shape::listed;
use crate::source::Source;
use crate::yaml::{self, Entry, Key, Node, Tags};

/// Names that SAM looks for, in its order.
const NAMES: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];

/// The environment when nobody names one.
const DEFAULT: &str = "default";

/// Sections whose settings hold for a deployment, the later over the earlier.
const SECTIONS: [&str; 2] = ["global", "deploy"];
/// Where a template is named that `sam build` would read. What else it says is about builds by SAM.
const BUILD: &str = "build";
const TEMPLATES: [&str; 3] = ["template", "template_file", "template-file"];

/// What the file says of a template's stack.
#[derive(Debug, Default)]
pub struct SamConfig {
    /// Values of parameters.
    pub set: Vec<(String, String)>,
    pub stack_name: Option<String>,
    /// What is in it that means nothing here.
    pub notes: Option<Problems>,
}

/// The settings of an environment. Nothing where the manifest is no template, or no such file is beside it.
pub fn samconfig(manifest: &Path, environment: Option<&str>) -> Result<SamConfig, Problems> {
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let found = NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    let Some(path) = found.filter(|_| is_template(manifest)) else {
        return Ok(SamConfig::default());
    };
    let name = path.display().to_string();
    let text = file::text(&path, &name);
    let text = text.map_err(|problem| {
        Problems::new(Source { name: name.clone(), text: String::new() }, vec![*problem])
    })?;
    read(Source { name, text: text.unwrap_or_default() }, environment)
}

fn is_template(manifest: &Path) -> bool {
    let text = || std::fs::read_to_string(manifest).unwrap_or_default();
    manifest.is_file() && SourceKind::of(manifest, &text()) == SourceKind::Template
}

fn read(source: Source, environment: Option<&str>) -> Result<SamConfig, Problems> {
    let mut problems = Vec::new();
    let tree = match source.name.ends_with(".toml") {
        true => toml::parse(&source, &mut problems),
        false => yaml::parse(&source, Tags::Refused, &mut problems),
    };
    let mut config = SamConfig::default();
    let mut ignored = Vec::new();
    // Unlike with SAM, an environment need not be in it.
    let named = environment.and_then(|name| tree.as_ref()?.get(name));
    let section = named.or_else(|| tree.as_ref()?.get(DEFAULT));
    for settings in SECTIONS.iter().filter_map(|name| section?.get(name)?.get("parameters")) {
        for Entry { key, value } in settings.entries() {
            match &*key.text {
                "parameter_overrides" => overrides::read(value, &mut config.set, &mut problems),
                "stack_name" => {
                    config.stack_name = text(key, value, &mut problems).map(str::to_owned);
                }
                _ => ignored.push(key),
            }
        }
    }
    let build = section.and_then(|section| section.get(BUILD)?.get("parameters"));
    let build = build.map(Node::entries).unwrap_or_default();
    ignored.extend(build.iter().map(|it| &it.key).filter(|key| TEMPLATES.contains(&&*key.text)));
    if !problems.is_empty() {
        return Err(Problems::new(source, problems));
    }
    if let Some(first) = ignored.first() {
        let names = listed(ignored.iter().map(|key| &*key.text), "and");
        let has = if ignored.len() == 1 { "has" } else { "have" };
        let note = Problem::new(Code::Noted, format!("{names} {has} no meaning here"));
        config.notes = Some(Problems::new(source, vec![note.at(first.span, "")]));
    }
    Ok(config)
}

/// What has to be a text.
fn text<'n>(key: &Key, node: &'n Node, problems: &mut Vec<Problem>) -> Option<&'n str> {
    if node.as_text().is_none() {
        let message = format!("`{}` takes a text, not {}", key.text, node.kind());
        problems.push(Problem::new(Code::WrongType, message).at(node.span, ""));
    }
    node.as_text()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOML: &str = r#"
version = 0.1
[default.global.parameters]
stack_name = "shop"
[default.deploy.parameters]
region = "eu-west-1"
parameter_overrides = 'ParameterKey=Stage,ParameterValue="live one" Size=3 Motto="it\"s"'
capabilities = "CAPABILITY_IAM"
[staging.deploy.parameters]
parameter_overrides = ["Stage=staging", "Url=http://a/?b=c d"]
"#;

    fn of(name: &str, text: &str, environment: Option<&str>) -> Result<SamConfig, Problems> {
        read(Source { name: name.to_owned(), text: text.to_owned() }, environment)
    }

    fn set(config: &SamConfig) -> Vec<(&str, &str)> {
        config.set.iter().map(|(name, value)| (&**name, &**value)).collect()
    }

    #[test]
    fn parameters_and_the_name_are_taken_and_the_rest_is_named() {
        let config = of("samconfig.toml", TOML, None).expect("read");
        assert_eq!(set(&config), [("Stage", "live one"), ("Size", "3"), ("Motto", "it\"s")]);
        assert_eq!(config.stack_name.as_deref(), Some("shop"));
        let notes = config.notes.expect("notes").lines();
        assert!(notes.starts_with("samconfig.toml:6:1: "), "{notes}");
        assert!(notes.contains("`region` and `capabilities` have no meaning here"), "{notes}");
    }

    #[test]
    fn an_environment_has_settings_of_its_own() {
        let config = of("samconfig.toml", TOML, Some("staging")).expect("read");
        assert_eq!(set(&config), [("Stage", "staging"), ("Url", "http://a/?b=c d")]);
        assert_eq!(config.stack_name, None);
        let other = of("samconfig.toml", TOML, Some("unknown")).expect("read");
        assert_eq!(set(&other).len(), 3, "those of everybody else");
    }

    #[test]
    fn another_template_is_told_to_be_ignored() {
        let text = "[default.build.parameters]\ncached = true\ntemplate_file = \"other.yaml\"\n";
        let notes = of("samconfig.toml", text, None).expect("read").notes.expect("notes").lines();
        assert!(notes.contains("samconfig.toml:3:1: "), "{notes}");
        assert!(notes.contains("`template_file` has no meaning here"), "{notes}");
    }

    #[test]
    fn it_may_be_yaml() {
        let text = "default:\n  deploy:\n    parameters:\n      parameter_overrides:\n        - A=1\n        - { B: 2 }\n";
        let config = of("samconfig.yaml", text, None).expect("read");
        assert_eq!(set(&config), [("A", "1"), ("B", "2")]);
    }

    #[test]
    fn what_is_wrong_with_it_is_told_with_its_place() {
        let wrong = of("samconfig.toml", "[default\n", None).expect_err("no TOML");
        assert!(wrong.lines().starts_with("samconfig.toml:1:"), "{}", wrong.lines());
        let text = "[default.deploy.parameters]\nparameter_overrides = \"Stage\"\n";
        let wrong = of("samconfig.toml", text, None).expect_err("no value");
        assert!(wrong.lines().contains("`Stage` is not `Name=value`"), "{}", wrong.lines());
        let text = "[default.deploy.parameters]\nstack_name = []\nparameter_overrides = \"A='1\"\n";
        let wrong = of("samconfig.toml", text, None).expect_err("two problems").lines();
        assert!(wrong.contains("`stack_name` takes a text, not"), "{wrong}");
        assert!(wrong.contains("a quote in it is not closed"), "{wrong}");
    }
}
