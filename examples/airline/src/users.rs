//! The user service: who may fly.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::field::Fields;
use crate::serve::{self, created, found};
use crate::{Refusal, decode, document, field};

/// A user, without the password: nothing here checks one, so none is kept.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: Uuid,
    username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Users(Arc<Mutex<Vec<User>>>);

impl Users {
    fn all(&self) -> MutexGuard<'_, Vec<User>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, is_it: impl Fn(&User) -> bool) -> Result<Response, Refusal> {
        match self.all().iter().find(|user| is_it(user)) {
            Some(user) => Ok(found(&json!(user))),
            None => Err(Refusal::NotFound("User not found")),
        }
    }
}

pub fn routes() -> Router {
    let own = Router::new()
        .route("/api/v1/users", get(list).post(create))
        .route("/api/v1/users/{username}", get(by_username))
        .route("/api/v1/users/by-id/{user_id}", get(by_id))
        .route("/api/v1/user-by-username", post(by_any_username));
    serve::routes(own, document::users).with_state(Users::default())
}

async fn list(State(users): State<Users>) -> Response {
    found(&json!(*users.all()))
}

async fn by_username(
    State(users): State<Users>,
    Path(username): Path<String>,
) -> Result<Response, Refusal> {
    users.find(|user| user.username == username)
}

/// Of names that mean something else in a path, too: `..` or `a/b`.
async fn by_any_username(
    State(users): State<Users>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let members = decode::object(&headers, &body)?;
    let mut fields = Fields::of_body(&members);
    let username = fields.filled("username");
    let username = fields.finish(|| username)?;
    users.find(|user| user.username == username)
}

async fn by_id(State(users): State<Users>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let id = field::id("user_id", &id)?;
    users.find(|user| user.id == id)
}

async fn create(
    State(users): State<Users>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let members = decode::object(&headers, &body)?;
    let mut fields = Fields::of_body(&members);
    let username = fields.filled("username");
    let password = fields.text("password");
    let name = fields.optional_text("name");
    let last_name = fields.optional_text("lastName");
    let user = fields.finish(|| {
        password?;
        Some(User { id: Uuid::new_v4(), username: username?, name, last_name })
    })?;
    let mut all = users.all();
    if all.iter().any(|known| known.username == user.username) {
        return Err(Refusal::Conflict("User already exists"));
    }
    all.push(user.clone());
    Ok(created(format!("/api/v1/users/by-id/{}", user.id), &json!(user)))
}
