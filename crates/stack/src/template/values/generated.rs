//! Resources that the Serverless Application Model makes of others, as far as templates refer to them.
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>

use super::Values;
use crate::problem::Told;
use crate::template::document::Resource;
use crate::template::kind::Kind;

/// The API of `Api` events that name none, and that of `HttpApi` events.
pub(in crate::template) const REST_API: &str = "ServerlessRestApi";
pub(in crate::template) const HTTP_API: &str = "ServerlessHttpApi";

/// The stage of the first.
pub(in crate::template) const REST_STAGE: &str = "Prod";

impl Values<'_> {
    /// What a generated resource, or an attribute of it, stands for.
    pub(super) fn generated(&self, name: &str, attribute: Option<&str>) -> Option<String> {
        if !self.document.is_serverless {
            return None;
        }
        match (name, attribute) {
            ("ServerlessRestApiProdStage", _) => return Some(REST_STAGE.to_owned()),
            ("ServerlessHttpApiApiGatewayDefaultStage", _) => return Some("$default".to_owned()),
            _ => {}
        }
        let (owner, rest) = self.owner(name)?;
        match (Kind::of(owner.kind)?, rest) {
            (Kind::Function, "Role") => {
                let role = self.name_of(name, "");
                let account = &self.inputs.account.id;
                let arn = attribute == Some("Arn");
                Some(if arn { format!("arn:aws:iam::{account}:role/{role}") } else { role })
            }
            (Kind::Function, "Url") if attribute == Some("FunctionUrl") => {
                Some(format!("${{function:{}.url}}", self.name(owner)))
            }
            (Kind::Function, "Url") if owner.property("FunctionUrlConfig").is_some() => {
                Some(format!("${{function:{}.arn}}", self.name(owner)))
            }
            (Kind::Function, rest) if rest.starts_with("Alias") || rest.starts_with("Version") => {
                Some(format!("${{function:{}.arn}}", self.name(owner)))
            }
            (Kind::Api, rest) if rest.ends_with("Stage") => Some(self.stage(owner)),
            _ => None,
        }
    }

    /// The resource that a generated one begins with the id of, and the rest of its id.
    fn owner<'n>(&self, name: &'n str) -> Option<(&Resource<'_>, &'n str)> {
        let owners = self.document.resources.iter();
        let owners = owners.filter(|it| it.kind.starts_with("AWS::Serverless::"));
        let named = owners.filter_map(|it| Some((it, name.strip_prefix(it.id())?)));
        named.max_by_key(|(it, _)| it.id().len())
    }

    /// Whether a template may refer to a name that it does not declare.
    pub(in crate::template) fn is_generated(&self, name: &str) -> bool {
        self.generated(name, None).is_some()
    }

    /// The stage of an API of the Serverless Application Model.
    pub(in crate::template) fn stage(&self, api: &Resource<'_>) -> String {
        let written = api.property("StageName");
        let written = written.and_then(|node| self.text(node, &mut Told::default()));
        let default = if api.kind.ends_with("HttpApi") { "$default" } else { REST_STAGE };
        written.unwrap_or_else(|| default.to_owned())
    }
}
