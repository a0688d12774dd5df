//! Stacks that become templates and stacks again.
//!
//! What a template cannot say is missing afterwards: `cases/export/*.difference` has it, as a change set from the
//! stack that was exported to the one that its template is. `TIDEGATE_BLESS=1` writes these files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use stack::{Code, Inputs, Look, Problems, change_set};

use super::{option_env, relative, translator::translate};

/// Each stack, and what is in no template.
fn cases() -> [(PathBuf, &'static str); 3] {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    [
        (own.join("../../examples/tour/tidegate.yaml"), "tour"),
        (own.join("../../examples/surveys/tidegate.yaml"), "surveys"),
        (own.join("cases/export/whole/tidegate.yaml"), "whole"),
    ]
}

#[test]
fn what_a_template_can_say_comes_back() {
    let mut failures = String::new();
    for (manifest, name) in cases() {
        let manifest = manifest.canonicalize().expect("a manifest");
        let actual = round_trip(&manifest);
        let known = Path::new(env!("CARGO_MANIFEST_DIR"));
        let known = known.join(format!("cases/export/{name}.difference"));
        let expected = fs::read_to_string(&known).unwrap_or_default();
        if actual == expected {
            continue;
        }
        if option_env("TIDEGATE_BLESS").is_some() {
            fs::write(&known, &actual).expect("a writable case");
        }
        let _ = write!(failures, "== {name}\n-- expected\n{expected}-- actual\n{actual}");
    }
    assert!(failures.is_empty(), "{failures}\nTIDEGATE_BLESS=1 accepts what came out");
}

/// What was told on the way, and what is different afterwards.
fn round_trip(manifest: &Path) -> String {
    let inputs = Inputs { allow_unsupported: true, ..Inputs::default() };
    let folder = manifest.parent().expect("a folder");
    let before = stack::read(manifest, &inputs).expect("a good manifest");
    let exported = stack::export(manifest, folder, &inputs).expect("a template");
    let inputs = Inputs { stack_name: Some(before.name.clone()), ..inputs };
    let template = exported.template.into_bytes();
    let after = stack::read_bytes(&folder.join("template.yaml"), template, &inputs)
        .unwrap_or_else(|problems| panic!("{problems}"));
    let left_out = after.warnings.iter().flat_map(|it| &it.all);
    let left_out: Vec<_> = left_out.filter(|it| it.code == Code::LeftOut).collect();
    assert!(left_out.is_empty(), "our own reader leaves out {left_out:#?}");
    let told = [&exported.left_out, &exported.notes].into_iter().flatten().map(Problems::lines);
    let told: String = told.collect();
    let told = told.replace(&format!("{}/", folder.display()), "");
    assert_eq!(before.outputs, after.stack.outputs);
    let changes = change_set::between(Some(&before), &after.stack).to_string();
    relative(&format!("{told}\n{}", changes.replace(&folder.display().to_string(), ".")))
}

#[test]
fn awss_own_translator_takes_what_is_exported() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut files = BTreeMap::new();
    for (manifest, name) in cases() {
        let inputs = Inputs { allow_unsupported: true, ..Inputs::default() };
        let exported = stack::export(&manifest, folder.path(), &inputs).expect("a template");
        let file = folder.path().join(format!("{name}.yaml"));
        fs::write(&file, exported.template).expect("a writable folder");
        files.insert(file, name);
    }
    let paths: Vec<PathBuf> = files.keys().cloned().collect();
    for (file, said) in translate(paths.iter()) {
        let name = files[&file];
        let resources = said.pointer("/template/Resources").and_then(|it| it.as_object());
        let resources = resources.unwrap_or_else(|| panic!("{name}: {said}"));
        assert!(
            resources.values().any(|it| it["Type"] == "AWS::Lambda::Function"),
            "{name}: {said}"
        );
    }
}

#[test]
fn what_a_template_cannot_say_is_named_with_its_place() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/export/unsaid/tidegate.yaml");
    let inputs = Inputs::default();
    let problems = stack::export(&manifest, manifest.parent().expect("a folder"), &inputs)
        .expect_err("no template");
    let drawn = relative(&problems.render(Look::Plain));
    let drawn = drawn.replace(&format!("{}/", manifest.parent().expect("a folder").display()), "");
    let known = manifest.with_file_name("problems.txt");
    let expected = fs::read_to_string(&known).unwrap_or_default();
    if drawn != expected && option_env("TIDEGATE_BLESS").is_some() {
        fs::write(&known, &drawn).expect("a writable case");
    }
    assert_eq!(drawn, expected, "TIDEGATE_BLESS=1 accepts what came out");
}
