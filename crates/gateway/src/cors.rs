//! Cross-origin answers, compiled from one setting of an API. The gateway speaks for the API:
//! preflights never reach an integration, and an integration's own CORS headers are replaced.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html>

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, ORIGIN, VARY,
};
use http::{HeaderValue, Method, Response, StatusCode};
use model::{Cors, MethodMatch, Route};
use wire::Body;

use crate::call::Call;

/// What an API says to other origins.
#[derive(Debug)]
pub(crate) struct CorsPlan {
    origins: Origins,
    methods: HeaderValue,
    headers: Headers,
    expose: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    credentials: bool,
}

#[derive(Debug)]
enum Origins {
    All,
    Listed(Vec<HeaderValue>),
}

#[derive(Debug)]
enum Headers {
    None,
    /// Whatever the browser asks for.
    Asked,
    Listed(HeaderValue),
}

const EVERY_METHOD: &str = "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS";

/// The answer to a browser that asks before it sends the request itself.
pub(crate) fn preflight(call: &Call) -> Option<Response<Body>> {
    let cors = call.api()?.cors.as_ref()?;
    if !is_preflight(call) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if cors.allowed_origin(call).is_some() {
        cors.permit(call, response.headers_mut());
    }
    Some(response)
}

/// Goes onto every response of an API that has the setting, refusals included.
pub(crate) fn apply(call: &Call, headers: &mut HeaderMap) {
    let Some(cors) = call.api().and_then(|api| api.cors.as_ref()) else {
        return;
    };
    if !is_preflight(call) {
        cors.silence(headers);
    }
    cors.speak(call, headers);
}

fn is_preflight(call: &Call) -> bool {
    call.method() == Method::OPTIONS
        && call.header(&ORIGIN).is_some()
        && call.header(&ACCESS_CONTROL_REQUEST_METHOD).is_some()
}

impl CorsPlan {
    /// An error is the text that does not fit in a header.
    pub(crate) fn compile(cors: &Cors, routes: &[Route]) -> Result<Self, String> {
        let value = |text: String| HeaderValue::from_str(&text).map_err(|_| text);
        let list = |texts: &[String]| match texts.is_empty() {
            true => Ok(None),
            false => value(texts.join(",")).map(Some),
        };
        let star = |texts: &[String]| texts.iter().any(|text| text == "*");
        let origins = if star(&cors.origins) {
            Origins::All
        } else {
            let listed = cors.origins.iter().map(|origin| value(origin.clone()));
            Origins::Listed(listed.collect::<Result<_, _>>()?)
        };
        let methods = match cors.methods.as_slice() {
            [] => value(routed_methods(routes))?,
            listed if star(listed) => HeaderValue::from_static(EVERY_METHOD),
            listed => value(listed.join(",").to_uppercase())?,
        };
        let headers = match cors.headers.as_slice() {
            [] => Headers::None,
            listed if star(listed) => Headers::Asked,
            listed => Headers::Listed(value(listed.join(","))?),
        };
        let max_age = cors.max_age.map(|age| HeaderValue::from(age.as_secs()));
        let expose = list(&cors.expose)?;
        Ok(Self { origins, methods, headers, expose, max_age, credentials: cors.credentials })
    }

    fn permit(&self, call: &Call, answer: &mut HeaderMap) {
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
        let asked = call.header(&ACCESS_CONTROL_REQUEST_HEADERS);
        match (&self.headers, asked) {
            (Headers::Listed(listed), _) => {
                answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, listed.clone());
            }
            (Headers::Asked, Some(asked)) => {
                answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
                answer.append(VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
            }
            (Headers::Asked, None) | (Headers::None, _) => {}
        }
        if let Some(age) = &self.max_age {
            answer.insert(ACCESS_CONTROL_MAX_AGE, age.clone());
        }
    }

    /// Takes back what the integration said on its own.
    fn silence(&self, headers: &mut HeaderMap) {
        for name in [
            ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_ALLOW_CREDENTIALS,
            ACCESS_CONTROL_EXPOSE_HEADERS,
            ACCESS_CONTROL_MAX_AGE,
        ] {
            headers.remove(name);
        }
    }

    fn speak(&self, call: &Call, headers: &mut HeaderMap) {
        if self.varies() {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = self.allowed_origin(call) else {
            return;
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if self.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        if let Some(expose) = &self.expose {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, expose.clone());
        }
    }

    /// Whether another origin would be answered otherwise; caches must know.
    fn varies(&self) -> bool {
        matches!(self.origins, Origins::Listed(_))
    }

    /// `null` stands for any sandboxed page and is never allowed by name.
    fn allowed_origin(&self, call: &Call) -> Option<HeaderValue> {
        let origin = call.header(&ORIGIN)?;
        match &self.origins {
            Origins::All => Some(HeaderValue::from_static("*")),
            Origins::Listed(listed) => {
                listed.iter().find(|one| *one == origin && *one != "null").cloned()
            }
        }
    }
}

fn routed_methods(routes: &[Route]) -> String {
    if routes.iter().any(|route| route.method == MethodMatch::Any) {
        return EVERY_METHOD.to_owned();
    }
    let mut methods: Vec<String> = routes.iter().map(|route| route.method.to_string()).collect();
    methods.push("OPTIONS".to_owned());
    methods.sort();
    methods.dedup();
    methods.join(",")
}
