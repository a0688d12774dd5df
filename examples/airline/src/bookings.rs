//! The booking service: who flies where.

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

/// What a client asks for.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    user: String,
    flight_number: String,
    origin: String,
    destination: String,
    passengers: Vec<Passenger>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Passenger {
    full_name: String,
    birth_date: jiff::civil::Date,
    passport_number: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Booking {
    id: Uuid,
    #[serde(flatten)]
    wish: Wish,
    departure_time: jiff::Timestamp,
    arrival_time: jiff::Timestamp,
}

#[derive(Debug, Clone, Default)]
struct Bookings(Arc<Mutex<Vec<Booking>>>);

impl Bookings {
    fn all(&self) -> MutexGuard<'_, Vec<Booking>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn routes() -> Router {
    let own = Router::new()
        .route("/api/v1/bookings", get(list).post(create))
        .route("/api/v1/bookings/check", post(check))
        .route("/api/v1/bookings/{booking_id}", get(by_id));
    serve::routes(own, document::bookings).with_state(Bookings::default())
}

async fn list(State(bookings): State<Bookings>) -> Response {
    found(&json!(*bookings.all()))
}

async fn by_id(
    State(bookings): State<Bookings>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id = field::id("booking_id", &id)?;
    match bookings.all().iter().find(|booking| booking.id == id) {
        Some(booking) => Ok(found(&json!(booking))),
        None => Err(Refusal::NotFound("Booking not found")),
    }
}

/// Says what would be booked, and books nothing.
async fn check(headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    Ok(found(&json!(wish(&headers, &body)?)))
}

async fn create(
    State(bookings): State<Bookings>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let wish = wish(&headers, &body)?;
    let now = jiff::Timestamp::now();
    let booking = Booking { id: Uuid::new_v4(), wish, departure_time: now, arrival_time: now };
    bookings.all().push(booking.clone());
    Ok(created(format!("/api/v1/bookings/{}", booking.id), &json!(booking)))
}

fn wish(headers: &HeaderMap, body: &Bytes) -> Result<Wish, Refusal> {
    let members = decode::object(headers, body)?;
    let mut fields = Fields::of_body(&members);
    let user = fields.filled("user");
    let flight_number = fields.text("flightNumber");
    let origin = fields.text("origin");
    let destination = fields.text("destination");
    let passengers = fields.each("passengers", passenger);
    fields.finish(|| {
        Some(Wish {
            user: user?,
            flight_number: flight_number?,
            origin: origin?,
            destination: destination?,
            passengers: passengers?,
        })
    })
}

fn passenger(fields: &mut Fields<'_>) -> Option<Passenger> {
    let full_name = fields.text("fullName");
    let birth_date = fields.date("birthDate");
    let passport_number = fields.text("passportNumber");
    Some(Passenger {
        full_name: full_name?,
        birth_date: birth_date?,
        passport_number: passport_number?,
    })
}
