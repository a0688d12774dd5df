//! AWS's own clients, unmodified, against the AWS port. The programs are in `tests/sdk`, a folder
//! for each service, and so is what each service must refuse.

mod client;

use std::collections::BTreeSet;

use client::{Client, folder};

/// One module for each service, one test for each of its programs and, for the same client, one of
/// what it must be refused.
macro_rules! services {
    ($($service:ident: $($client:ident)+;)+) => {
        $(mod $service {
            $(#[test]
            fn $client() {
                super::Client::$client().runs(stringify!($service));
            })+

            mod refused {
                $(#[test]
                fn $client() {
                    super::super::Client::$client().is_refused(stringify!($service));
                })+
            }
        })+

        const LISTED: &[(&str, &[&str])] = &[$((stringify!($service), &[$(stringify!($client)),+])),+];
    };
}

services! {
    event_source_mappings: boto3 javascript aws_cli;
    events: boto3 javascript aws_cli;
    scheduler: boto3 javascript aws_cli;
    sns: boto3 javascript aws_cli;
    sqs: boto3 boto3_query javascript aws_cli;
    ssm: boto3 boto3_query javascript aws_cli;
    function_urls: boto3 javascript aws_cli;
    lambda: boto3 javascript aws_cli;
    logs: boto3 javascript aws_cli;
    sts: boto3 boto3_query javascript aws_cli;
}

/// What compares answers with boto3's models tells right ones from wrong ones.
#[test]
fn answers_are_compared() {
    for client in [Client::boto3(), Client::boto3_query()] {
        client.compares("shapes.py");
    }
}

/// Each member that AWS's models have of an input is read or refused, or known to be of no effect.
#[test]
fn no_member_is_passed_over() {
    Client::boto3().compares("members.py");
}

#[test]
fn every_program_is_run() {
    let mut there = BTreeSet::new();
    for service in std::fs::read_dir(folder()).expect("tests/sdk") {
        let path = service.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        for client in Client::all().into_iter().filter(|client| client.program_in(&path)) {
            there.insert((name.clone(), client.name.to_owned()));
        }
    }
    let listed = LISTED.iter().flat_map(|(service, clients)| {
        clients.iter().map(|client| ((*service).to_owned(), (*client).to_owned()))
    });
    assert_eq!(there, listed.collect());
}
