//! A function's address of its own.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html>

use sha2::{Digest, Sha256};

use crate::{Account, Arn, Declared, FunctionName, Qualifier};

/// Requests to its host are the function's events.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FunctionUrl {
    pub function: FunctionName,
    /// `$LATEST` or an alias.
    pub qualifier: Qualifier,
    pub auth: UrlAuth,
    pub mode: InvokeMode,
    pub cors: Option<UrlCors>,
}

/// Whose requests are answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum UrlAuth {
    /// Everybody's.
    #[default]
    #[serde(rename = "NONE")]
    None,
    /// Those that are signed.
    #[serde(rename = "AWS_IAM")]
    Iam,
}

/// When a streamed answer begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvokeMode {
    /// Once it is complete.
    #[default]
    Buffered,
    /// With its first bytes.
    ResponseStream,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub struct UrlCors {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_origins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
}

/// The second label of every function URL's host.
pub const URL_LABEL: &str = "lambda-url";

/// As many letters and digits as AWS has.
const ID_LENGTH: usize = 32;

impl FunctionUrl {
    /// The first label of its host: the same for the same function, alias and account, so that an
    /// address outlives the server and the setting.
    pub fn id(&self, account: &Account) -> String {
        const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let Account { id, region } = account;
        let digest = Sha256::digest(format!("{id} {region} {}", self.name()));
        let digits = digest.iter().take(ID_LENGTH).map(|byte| DIGITS[usize::from(byte % 32)]);
        digits.map(char::from).collect()
    }

    /// `<id>.lambda-url.<region>.localhost`, which leads to this machine.
    pub fn host(&self, account: &Account) -> String {
        format!("{}.{URL_LABEL}.{}.localhost", self.id(account), account.region)
    }

    /// The function, with the alias if it is one's.
    pub fn arn(&self, account: &Account) -> Arn {
        match &self.qualifier {
            latest if *latest == Qualifier::LATEST => {
                account.arn("lambda", format_args!("function:{}", self.function))
            }
            alias => account.arn("lambda", format_args!("function:{}:{alias}", self.function)),
        }
    }
}

impl Declared for FunctionUrl {
    fn name(&self) -> String {
        super::qualified(&self.function, &self.qualifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(function: &str) -> FunctionUrl {
        FunctionUrl {
            function: FunctionName::parse(function).expect("a name"),
            qualifier: Qualifier::LATEST,
            auth: UrlAuth::None,
            mode: InvokeMode::Buffered,
            cors: None,
        }
    }

    #[test]
    fn an_address_is_the_function_s_own_and_stays() {
        let account = Account::default();
        let (one, other) = (url("one").id(&account), url("other").id(&account));
        assert_ne!(one, other);
        assert_eq!(one, url("one").id(&account));
        assert_eq!(one.len(), ID_LENGTH);
        assert!(one.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
        assert_eq!(url("one").host(&account), format!("{one}.lambda-url.us-east-1.localhost"));
    }
}
