//! What functions reserve of the account's concurrency has to be there.

use model::function::LEAST_UNRESERVED;
use model::{ChangeRefused, ReservedConcurrency, Snapshot};

/// Functions that reserve nothing have to be able to run, too.
pub(super) fn check(all: &Snapshot, account: u32) -> Result<(), ChangeRefused> {
    let reserved = all.all::<ReservedConcurrency>().map(|it| u64::from(it.invocations));
    let reserved: u64 = reserved.sum();
    let most = account.saturating_sub(LEAST_UNRESERVED);
    if reserved <= u64::from(most) {
        return Ok(());
    }
    Err(ChangeRefused::Refused(format!(
        "functions reserve {reserved} invocations at once, and of the account's {account} \
         ({LEAST_UNRESERVED} stay unreserved) they can have {most}; reserve fewer, or raise \
         `--account-concurrency`"
    )))
}

#[cfg(test)]
mod tests {
    use model::{FunctionName, Resource};

    use super::*;

    fn checked(account: u32, reserved: &[u32]) -> bool {
        let all: Snapshot = reserved
            .iter()
            .enumerate()
            .map(|(number, invocations)| {
                let function = FunctionName::parse(&format!("f{number}")).expect("a name");
                Resource::from(ReservedConcurrency { function, invocations: *invocations })
            })
            .collect();
        check(&all, account).is_ok()
    }

    #[test]
    fn a_hundred_stay_unreserved() {
        assert!(checked(1_000, &[]));
        assert!(checked(1_000, &[400, 500]));
        assert!(!checked(1_000, &[400, 501]));
        assert!(checked(50, &[0]), "a function can be stopped in any account");
        assert!(!checked(50, &[1]));
    }
}
