//! Who may call the AWS port: keys in a file of AWS's own format, and one for this server's functions.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use aws::sigv4::{AccessKey, AccessKeys};
use rustix::rand::{GetRandomFlags, getrandom};

use crate::start::StartError;
use crate::trouble::Trouble;

/// The keys that are accepted, and the one that functions are given.
pub(crate) struct Keys {
    pub(crate) accepted: AccessKeys,
    pub(crate) functions: AccessKey,
}

/// Without a file everybody may call who reaches the port, and functions have credentials that need
/// not be right.
pub(crate) fn open(file: Option<&Path>) -> Result<Keys, StartError> {
    let Some(file) = file else {
        let word = || "tidegate".to_owned();
        let functions = AccessKey { id: word(), secret: word(), session_token: Some(word()) };
        return Ok(Keys { accepted: AccessKeys::default(), functions });
    };
    let trouble = |problem: String| {
        StartError::Trouble(Trouble::from(format!("credentials {}: {problem}", file.display())))
    };
    let mut keys = read(file).map_err(trouble)?;
    let random = random().map_err(StartError::machine("random numbers"))?;
    let [id, secret, token] =
        random.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    let functions = AccessKey { id: format!("ASIA{id}"), secret, session_token: Some(token) };
    keys.push(functions.clone());
    Ok(Keys { accepted: keys.into_iter().collect(), functions })
}

fn random() -> std::io::Result<[[u8; 16]; 3]> {
    let mut bytes = [[0; 16]; 3];
    for part in &mut bytes {
        getrandom(part, GetRandomFlags::empty())?;
    }
    Ok(bytes)
}

fn read(file: &Path) -> Result<Vec<AccessKey>, String> {
    let metadata = fs::metadata(file).map_err(|error| error.to_string())?;
    let mode = metadata.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(format!(
            "others may read it (mode {:03o}); take that away with chmod 600",
            mode & 0o777
        ));
    }
    parse(&fs::read_to_string(file).map_err(|error| error.to_string())?)
}

/// Sections with names, each with an id, a secret and perhaps a token. What else AWS's tools keep in
/// such a file is an error here: it would do nothing.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html>
fn parse(text: &str) -> Result<Vec<AccessKey>, String> {
    let mut keys: Vec<AccessKey> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let at = |problem: &str| format!("line {}: {problem}", number + 1);
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if line.starts_with('[') && line.ends_with(']') {
            let (id, secret) = (String::new(), String::new());
            keys.push(AccessKey { id, secret, session_token: None });
            continue;
        }
        let (name, value) = line.split_once('=').ok_or_else(|| at("it is not NAME = VALUE"))?;
        let key = keys.last_mut().ok_or_else(|| at("it stands before the first [section]"))?;
        let value = value.trim().to_owned();
        match name.trim() {
            "aws_access_key_id" => key.id = value,
            "aws_secret_access_key" => key.secret = value,
            "aws_session_token" => key.session_token = Some(value),
            _ => {
                return Err(at("only aws_access_key_id, aws_secret_access_key and \
                               aws_session_token are known here"));
            }
        }
    }
    if keys.is_empty() {
        return Err("it has no key; a key is a [section] with aws_access_key_id and \
                    aws_secret_access_key"
            .to_owned());
    }
    match keys.iter().position(|key| key.id.is_empty() || key.secret.is_empty()) {
        Some(at) => Err(format!("section {} lacks an id or a secret", at + 1)),
        None => Ok(keys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_aws_writes_them() {
        let text = "# mine\n[default]\naws_access_key_id = AKIA1\naws_secret_access_key=a/b=\n\n\
                    [ci]\naws_access_key_id=ASIA2\naws_secret_access_key=c\naws_session_token=t\n";
        let key = |id: &str, secret: &str, token: Option<&str>| AccessKey {
            id: id.to_owned(),
            secret: secret.to_owned(),
            session_token: token.map(str::to_owned),
        };
        assert_eq!(parse(text), Ok(vec![key("AKIA1", "a/b=", None), key("ASIA2", "c", Some("t"))]));
    }

    #[test]
    fn what_would_let_nobody_in_is_an_error() {
        let check = |text: &str, expected: &str| {
            let problem = parse(text).expect_err(text);
            assert!(problem.contains(expected), "{problem}");
        };
        check("", "no key");
        check("[default]\n", "section 1 lacks an id or a secret");
        check("[default]\naws_access_key_id = a\n", "section 1 lacks");
        check("aws_access_key_id = a\n", "line 1: it stands before the first [section]");
        check("[default]\nregion = eu-west-1\n", "line 2: only aws_access_key_id");
        check("[default]\nsecret\n", "line 2: it is not NAME = VALUE");
    }
}
