//! Finds what source code imports, without understanding more of it than that.

/// A module or package by the name it is imported under, and the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) name: String,
    pub(super) line: usize,
}

/// Top-level modules of `import a.b, c`, `from a.b import c`, `import_module("a.b")` and `__import__("a")`.
pub(super) fn of_python(source: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    for (number, line) in source.lines().enumerate() {
        let code = line.trim_start();
        let mut add = |module: &str| {
            let name: String = module.chars().take_while(|c| is_word(*c)).collect();
            if !name.is_empty() {
                imports.push(Import { name, line: number + 1 });
            }
        };
        if let Some(modules) = code.strip_prefix("import ") {
            modules.split(',').for_each(|module| add(module.trim_start()));
        } else if let Some(module) = code.strip_prefix("from ") {
            add(module.trim_start());
        } else {
            for call in ["import_module(", "__import__("] {
                let arguments = code.split(call).skip(1);
                arguments.for_each(|it| add(it.trim_start().trim_start_matches(['"', '\''])));
            }
        }
    }
    imports
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Packages of AWS's SDK in `require("..")`, `from ".."`, `import ".."` and `import("..")`.
pub(super) fn of_node(source: &str) -> Vec<Import> {
    const SCOPE: &str = "@aws-sdk/";
    let mut imports = Vec::new();
    for (number, line) in source.lines().enumerate() {
        for quote in ['"', '\'', '`'] {
            let mut parts = line.split(quote);
            let Some(mut before) = parts.next() else { continue };
            for text in parts {
                let introduced = before.trim_end();
                let introduced = introduced.strip_suffix('(').unwrap_or(introduced).trim_end();
                let is_import = ["require", "from", "import", "require.resolve"]
                    .iter()
                    .any(|word| introduced.ends_with(word));
                before = text;
                if !is_import {
                    continue;
                }
                let package = match text.strip_prefix(SCOPE) {
                    Some(rest) => rest.split('/').next().map(|name| format!("{SCOPE}{name}")),
                    None if text == "aws-sdk" || text.starts_with("aws-sdk/") => {
                        Some("aws-sdk".to_owned())
                    }
                    None => None,
                };
                let is_name = |it: &String| {
                    let name = it.strip_prefix(SCOPE).unwrap_or(it);
                    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
                    !name.is_empty() && name.chars().all(fits)
                };
                let named = package.filter(is_name);
                imports.extend(named.map(|name| Import { name, line: number + 1 }));
            }
        }
    }
    imports
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_python_are_found() {
        let check = |source: &str, expected: &[&str]| {
            let found = of_python(source);
            let names: Vec<&str> = found.iter().map(|it| &*it.name).collect();
            assert_eq!(names, expected, "{source}");
        };
        check("import boto3", &["boto3"]);
        check("import os, boto3 as aws, json.decoder", &["os", "boto3", "json"]);
        check("    from botocore.config import Config", &["botocore"]);
        check("from . import boto3", &[]);
        check("SQS = __import__('boto3').client('sqs')", &["boto3"]);
        check("x = importlib.import_module(\"botocore.session\")", &["botocore"]);
        check("# importing boto3\nboto3 = 1\nimported = 'import boto3'", &[]);
        assert_eq!(of_python("\n\nimport boto3")[0].line, 3);
    }

    #[test]
    fn imports_of_the_sdk_for_javascript_are_found() {
        let check = |source: &str, expected: &[&str]| {
            let found = of_node(source);
            let names: Vec<&str> = found.iter().map(|it| &*it.name).collect();
            assert_eq!(names, expected, "{source}");
        };
        check("const { SQS } = require('@aws-sdk/client-sqs');", &["@aws-sdk/client-sqs"]);
        check("import {\n  S3,\n} from \"@aws-sdk/client-s3\"", &["@aws-sdk/client-s3"]);
        check("import'@aws-sdk/client-s3'", &["@aws-sdk/client-s3"]);
        check("await import(`@aws-sdk/lib-dynamodb/dist-cjs`)", &["@aws-sdk/lib-dynamodb"]);
        check(
            "var a=require(\"@aws-sdk/a\"),b=require(\"@aws-sdk/b\")",
            &["@aws-sdk/a", "@aws-sdk/b"],
        );
        check("const AWS = require('aws-sdk/clients/s3')", &["aws-sdk"]);
        check("{ name: \"@aws-sdk/client-sqs\" } // '@aws-sdk/x'", &[]);
        check("import x from '@aws-sdk/${name}'; import y from 'aws-sdk-mock'", &[]);
    }
}
