//! `Auth` of APIs and of events: who may call.

use super::Guard;
use crate::source::Span;
use crate::template::bag::Bag;
use crate::template::lowering::{Lowering, trigger};
use crate::template::native::{ApiDraft, Draft};
use crate::yaml::{Entry, Node};

impl Lowering<'_> {
    pub(super) fn auth(&mut self, id: &str, written: &Node, api: &mut ApiDraft) {
        let mut bag = Bag::of("Auth", written);
        if let Some(required) = bag.take("ApiKeyRequired") {
            let required = self.plain_of(Some(required), "").map(trigger::lower);
            api.settings.put_some("api_key_required", required);
        }
        if let Some(default) = bag.take("DefaultAuthorizer")
            && self.evaluated(Some(default)).is_some_and(|name| name != "NONE")
        {
            api.guard = Some(default.span);
        }
        let preflight = self.evaluated(bag.take("AddDefaultAuthorizerToCorsPreflight"));
        api.guards_preflight = preflight.is_none_or(|text| !text.eq_ignore_ascii_case("false"));
        if let Some(plan) = bag.take("UsagePlan") {
            self.plan_of(id, plan);
        }
        // Authorizers guard nothing before a route asks for one.
        bag.accept(&["Authorizers", "AddApiKeyRequiredToCorsPreflight"]);
        bag.note(&["InvokeRole", "EnableIamAuthorizer", "ResourcePolicy"], self.told);
        bag.finish(self.told);
    }

    /// Who may call the route of an event.
    pub(in crate::template::lowering) fn event_auth(
        &mut self,
        written: Option<&Node>,
        route: &mut Draft,
    ) -> Guard {
        let Some(written) = written else { return Guard::OfApi };
        let mut bag = Bag::of("Auth", written);
        if let Some(required) = bag.take("ApiKeyRequired")
            && let Some(text) = self.evaluated(Some(required))
        {
            route.put("api_key_required", Node::plain(required.span, text.to_ascii_lowercase()));
        }
        let authorizer = bag.take("Authorizer");
        bag.accept(&["AuthorizationScopes"]);
        bag.note(&["InvokeRole", "OverrideApiAuth", "ResourcePolicy"], self.told);
        bag.finish(self.told);
        match authorizer {
            None => Guard::OfApi,
            Some(_) if self.is_guarded(authorizer) => Guard::Guarded,
            Some(_) => Guard::Open,
        }
    }

    /// A usage plan with a key, of the API alone or of all that share one.
    fn plan_of(&mut self, api: &str, written: &Node) {
        let span = written.span;
        let mut bag = Bag::of("UsagePlan", written);
        let kind = bag.take("CreateUsagePlan");
        let (plan, key) = match self.evaluated(kind).as_deref() {
            Some("SHARED") => ("ServerlessUsagePlan".to_owned(), "ServerlessApiKey".to_owned()),
            Some("PER_API") => (format!("{api}UsagePlan"), format!("{api}ApiKey")),
            Some("NONE") => return,
            _ => {
                let message = "`CreateUsagePlan` is `PER_API`, `SHARED` or `NONE`";
                return self.refuse(message, kind.map_or(span, |it| it.span));
            }
        };
        let mut draft = Draft::new(span);
        let name = Node::text(span, api);
        let is_new = !self.native.push("usage_plans", &plan, "apis", name.clone());
        draft.put("apis", Node::list(span, vec![name]));
        self.allowance(&mut bag, &mut draft);
        bag.accept(&["Description", "Tags", "UsagePlanName"]);
        bag.finish(self.told);
        if is_new {
            self.native.add("usage_plans", &plan, span, draft.node(), self.told);
            let plans = Node::list(span, vec![Node::text(span, plan)]);
            let value = Node::mapping(span, vec![Entry::new("plans", span, plans)]);
            self.native.add("keys", &key, span, value, self.told);
        }
    }

    /// Whether a route asks for an authorizer, which has been reported.
    pub(in crate::template::lowering) fn is_guarded(&mut self, kind: Option<&Node>) -> bool {
        let Some(kind) = kind else { return false };
        let is_open = self.evaluated(Some(kind)).as_deref() == Some("NONE");
        if !is_open {
            self.guarded(kind.span);
        }
        !is_open
    }

    pub(super) fn guarded(&mut self, span: Span) {
        self.told.guarded(span);
    }
}
