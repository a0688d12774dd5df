//! Which layers of isolation this machine offers.

use model::SandboxMode;
use sandbox::{Launcher, LayerStatus};

use super::{Finding, Status};

const TOPIC: &str = "sandbox";

pub(crate) fn look() -> Vec<Finding> {
    let capabilities = std::env::current_exe()
        .map_err(|error| error.to_string())
        .and_then(|program| {
            Launcher::start(&program, &[crate::LAUNCHER]).map_err(|error| error.to_string())
        })
        .map(|launcher| launcher.capabilities());
    let capabilities = match capabilities {
        Ok(capabilities) => capabilities,
        Err(reason) => {
            let help = "functions cannot run; is this program complete and executable?";
            return vec![Finding::ok(TOPIC, "launcher", reason).not_ok(Status::Broken, help)];
        }
    };
    let mut findings: Vec<Finding> = capabilities
        .layers()
        .map(|(layer, status)| {
            let (detail, health) = match status {
                LayerStatus::Applied(how) if how.is_empty() => ("available", None),
                LayerStatus::Applied(how) => (how.as_str(), None),
                LayerStatus::Weaker(why) => (why.as_str(), Some(Status::Weak)),
                LayerStatus::Unavailable(why) => (why.as_str(), Some(Status::Broken)),
            };
            let finding = Finding::ok(TOPIC, layer.to_string(), detail);
            match health {
                None => finding,
                Some(status) => finding.not_ok(status, layer.remedy()),
            }
        })
        .collect();
    findings.push(verdict(capabilities.check(SandboxMode::Required).is_ok()));
    findings
}

fn verdict(complete: bool) -> Finding {
    let name = "sandbox: required";
    if complete {
        return Finding::ok(TOPIC, name, "functions run isolated by default");
    }
    Finding::ok(TOPIC, name, "refused on this machine").not_ok(
        Status::Broken,
        "add what is missing, or set `sandbox: best-effort` in tidegate.yaml",
    )
}
