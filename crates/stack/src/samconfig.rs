//! `samconfig.toml` beside a template: what `sam deploy` is told of it, as far as it means something here.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html>

mod overrides;
mod template;
mod toml;

use std::path::{Path, PathBuf};

pub(crate) use template::{project, template};

use crate::discover::SourceKind;
use crate::foreign::file;
use crate::problem::{Code, Problem, Problems};
use crate::shape::listed;
use crate::source::Source;
use crate::yaml::{self, Entry, Key, Node, Tags};

/// Names that SAM looks for, in its order.
pub(crate) const NAMES: [&str; 3] = ["samconfig.toml", "samconfig.yaml", "samconfig.yml"];

/// The environment when nobody names one.
const DEFAULT: &str = "default";

/// Sections whose settings hold for a deployment, the later over the earlier.
const SECTIONS: [&str; 2] = ["global", "deploy"];
/// Sections about runs on this machine, of which the first that has some says which variables functions have.
const LOCAL: [&str; 3] = ["local_start_api", "local_start_lambda", "local_invoke"];
/// What else of these would matter to whoever runs a stack here.
const OF_RUNS: [&str; 4] = ["parameter_overrides", "port", "host", "debug_port"];

/// What the file says of a template's stack.
#[derive(Debug, Default)]
pub struct SamConfig {
    /// Values of parameters.
    pub set: Vec<(String, String)>,
    pub stack_name: Option<String>,
    /// A file with values for functions' variables, for runs on this machine.
    pub env_vars: Option<PathBuf>,
    /// What is in it that means nothing here.
    pub notes: Option<Problems>,
}

/// The settings of an environment. Nothing where the manifest is no template, or no such file is beside it.
pub fn samconfig(manifest: &Path, environment: Option<&str>) -> Result<SamConfig, Problems> {
    let beside = manifest.parent().unwrap_or(Path::new(""));
    let found = in_folder(beside).or_else(|| in_folder(project(manifest)?));
    let Some(path) = found.filter(|_| is_template(manifest)) else {
        return Ok(SamConfig::default());
    };
    let name = path.display().to_string();
    let text = file::text(&path, &name);
    let text = text.map_err(|problem| {
        Problems::new(Source { name: name.clone(), text: String::new() }, vec![*problem])
    })?;
    read(Source { name, text: text.unwrap_or_default() }, manifest, environment)
}

fn in_folder(folder: &Path) -> Option<PathBuf> {
    NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

fn parse(source: &Source, problems: &mut Vec<Problem>) -> Option<Node> {
    match source.name.ends_with(".toml") {
        true => toml::parse(source, problems),
        false => yaml::parse(source, Tags::Refused, problems),
    }
}

fn is_template(manifest: &Path) -> bool {
    let text = || std::fs::read_to_string(manifest).unwrap_or_default();
    manifest.is_file() && SourceKind::of(manifest, &text()) == SourceKind::Template
}

fn read(source: Source, manifest: &Path, environment: Option<&str>) -> Result<SamConfig, Problems> {
    let mut problems = Vec::new();
    let tree = parse(&source, &mut problems);
    let folder = Path::new(&source.name).parent().unwrap_or(Path::new(""));
    let is_manifest = |node: &Node| node.as_text().is_some_and(|it| folder.join(it) == manifest);
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
                name if template::KEYS.contains(&name) && is_manifest(value) => {}
                _ => ignored.push(key),
            }
        }
    }
    let settings = |name: &str| {
        let settings = section.and_then(|section| section.get(name)?.get("parameters"));
        settings.map(Node::entries).unwrap_or_default()
    };
    let templates = settings("build").iter().filter(|it| !is_manifest(&it.value));
    let templates = templates.map(|it| &it.key);
    ignored.extend(templates.filter(|key| template::KEYS.contains(&&*key.text)));
    for Entry { key, value } in LOCAL.iter().flat_map(|name| settings(name)) {
        match &*key.text {
            "env_vars" if config.env_vars.is_none() => {
                config.env_vars = text(key, value, &mut problems).map(|file| folder.join(file));
            }
            name if OF_RUNS.contains(&name) => ignored.push(key),
            _ => {}
        }
    }
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
        let source = Source { name: name.to_owned(), text: text.to_owned() };
        read(source, Path::new("template.yaml"), environment)
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
    fn another_template_than_the_one_that_is_read_is_told_to_be_ignored() {
        let text = "[default.build.parameters]\ncached = true\ntemplate_file = \"other.yaml\"\n";
        let notes = of("samconfig.toml", text, None).expect("read").notes.expect("notes").lines();
        assert!(notes.contains("samconfig.toml:3:1: "), "{notes}");
        assert!(notes.contains("`template_file` has no meaning here"), "{notes}");
        let text = text.replace("other.yaml", "template.yaml");
        assert!(of("samconfig.toml", &text, None).expect("read").notes.is_none());
    }

    #[test]
    fn variables_of_local_runs_come_from_a_file_and_ports_are_told_to_be_ignored() {
        let text = "[default.local_start_api.parameters]\nenv_vars = \"env.json\"\nport = 8080\n";
        let config = of("a/samconfig.toml", text, None).expect("read");
        assert_eq!(config.env_vars.as_deref(), Some(Path::new("a/env.json")));
        let notes = config.notes.expect("notes").lines();
        assert!(notes.contains("a/samconfig.toml:3:1: "), "{notes}");
        assert!(notes.contains("`port` has no meaning here"), "{notes}");
    }

    #[test]
    fn a_template_elsewhere_is_found_with_the_folder_that_it_belongs_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let infra = folder.path().join("infra");
        std::fs::create_dir(&infra).expect("a folder");
        std::fs::write(infra.join("app.yaml"), "Resources: {}\n").expect("written");
        let settings = |template: &str| {
            let built =
                "[default.deploy.parameters]\ntemplate = \".aws-sam/build/template.yaml\"\n";
            let text =
                format!("{built}[default.build.parameters]\ntemplate_file = \"{template}\"\n");
            std::fs::write(folder.path().join("samconfig.toml"), text).expect("written");
        };
        settings("infra/app.yaml");
        let found = crate::in_folder(folder.path()).expect("found");
        assert_eq!(found, infra.join("app.yaml"));
        assert_eq!(crate::folder_of(&found), folder.path());
        std::fs::write(folder.path().join("template.yaml"), "Resources: {}\n").expect("written");
        assert_eq!(crate::in_folder(folder.path()).expect("still the one that is named"), found);
        settings("infra/gone.yaml");
        let error = crate::in_folder(folder.path()).expect_err("it is not there").to_string();
        assert!(
            error.ends_with("names the template `infra/gone.yaml`, which is not there"),
            "{error}"
        );
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
