//! `ListTopics`: the ARNs of all topics, a hundred at a time.
//! <https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html>

use model::Topic;
use serde::{Deserialize, Serialize};

use super::errors;
use crate::action::Action;
use crate::call::Call;
use crate::error::AwsError;
use crate::page::page;

/// Of topics and of subscriptions.
pub(super) const MOST: usize = 100;

pub(super) struct ListTopics;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    topics: Vec<Listed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    topic_arn: String,
}

impl Action for ListTopics {
    const NAME: &'static str = "ListTopics";
    type Input<'a> = Input;
    type Output = Output;

    async fn run(input: Self::Input<'_>, call: &Call<'_>) -> Result<Output, AwsError> {
        let seen = call.backing.control.resources();
        let token = input.next_token.as_deref();
        let page = page(seen.all::<Topic>(), |topic| topic.name.as_str(), token, MOST)
            .map_err(|_| errors::invalid("NextToken"))?;
        let arn = |topic: &Topic| topic.arn(&call.backing.account).to_string();
        let topics = page.items.into_iter().map(|topic| Listed { topic_arn: arn(topic) });
        Ok(Output { topics: topics.collect(), next_token: page.next })
    }
}
