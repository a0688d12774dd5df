//! Function URLs of a running server: served by the gateway, with signatures of the AWS port's keys.

use std::sync::Arc;

use aws::sigv4::{AccessKeys, Scope, claimed, verify};
use gateway::{FunctionUrls, Gateway};
use model::{Account, Clock, FindSigner, FunctionUrl, SignedRequest, Signer, Snapshot};

use crate::resources::{Install, Installing};

/// What a signature must be scoped to.
const SERVICE: &str = "lambda";

pub(crate) struct Owner {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) account: Account,
}

impl Install for Owner {
    fn install<'a>(&'a self, all: &'a Snapshot) -> Installing<'a, ()> {
        let urls = all.all::<FunctionUrl>().cloned().collect();
        let urls = FunctionUrls { account: self.account.clone(), urls };
        let installed = self.gateway.install_urls(urls).map_err(|error| error.to_string());
        Box::pin(std::future::ready(installed))
    }
}

/// Without keys, a signature has to be there and nobody can tell whether it is right, as on the AWS
/// port.
pub(crate) struct Signers {
    pub(crate) keys: Arc<AccessKeys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) account: Account,
}

impl FindSigner for Signers {
    fn signer(&self, request: &SignedRequest<'_>) -> Option<Signer> {
        let access_key = if self.keys.is_empty() {
            claimed(request).ok()?
        } else {
            let scope = Scope { region: &self.account.region, service: SERVICE };
            verify(request, scope, &self.keys, self.clock.timestamp()).ok()?.id.clone()
        };
        let account = self.account.id.to_string();
        Some(Signer { access_key, arn: format!("arn:aws:iam::{account}:root"), account })
    }
}
