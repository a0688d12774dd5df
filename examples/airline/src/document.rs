//! The services' OpenAPI documents.

use serde_json::{Value, json};

pub(crate) fn users() -> Value {
    let user = json!({ "type": "object", "required": ["id", "username"], "properties": {
        "id": { "type": "string", "format": "uuid" },
        "username": { "type": "string" },
        "name": { "type": "string" },
        "lastName": { "type": "string" },
    } });
    let new_user = json!({ "type": "object", "required": ["username", "password"], "properties": {
        "username": { "type": "string", "minLength": 1 },
        "password": { "type": "string", "format": "password", "writeOnly": true },
        "name": { "type": "string" },
        "lastName": { "type": "string" },
    } });
    let one = || answer("The user", "UserAnswer");
    let paths = json!({
        "/api/v1/users": {
            "get": operation("All users", json!({ "200": answer("All users", "UsersAnswer") })),
            "post": taking("NewUser", operation("Register a user", json!({
                "201": one(), "409": problem("The username is taken"), "422": invalid() }))),
        },
        "/api/v1/users/{username}": {
            "parameters": [parameter("username", json!({ "type": "string" }))],
            "get": operation("A user by username", json!({
                "200": one(), "404": problem("User not found") })),
        },
        "/api/v1/user-by-username": {
            "post": taking("Username", operation("A user by any username", json!({
                "200": one(), "404": problem("User not found"), "422": invalid() }))),
        },
        "/api/v1/users/by-id/{user_id}": {
            "parameters": [parameter("user_id", json!({ "type": "string", "format": "uuid" }))],
            "get": operation("A user by id", json!({
                "200": one(), "404": problem("User not found"), "422": invalid() })),
        },
    });
    let username = json!({ "type": "object", "required": ["username"], "properties": {
        "username": { "type": "string", "minLength": 1 },
    } });
    let schemas = json!({ "User": user, "NewUser": new_user, "Username": username,
        "UserAnswer": data(reference("User")),
        "UsersAnswer": data(json!({ "type": "array", "items": reference("User") })) });
    document("User service", paths, schemas)
}

pub(crate) fn bookings() -> Value {
    let text = || json!({ "type": "string" });
    let passenger = json!({ "type": "object",
        "required": ["fullName", "birthDate", "passportNumber"], "properties": {
            "fullName": text(),
            "birthDate": { "type": "string", "format": "date" },
            "passportNumber": text(),
        } });
    let wish = json!({ "type": "object",
        "required": ["user", "flightNumber", "origin", "destination", "passengers"],
        "properties": {
            "user": { "type": "string", "minLength": 1 },
            "flightNumber": text(), "origin": text(), "destination": text(),
            "passengers": { "type": "array", "items": reference("Passenger") },
        } });
    let booking = json!({ "allOf": [reference("NewBooking"), { "type": "object",
        "required": ["id", "departureTime", "arrivalTime"], "properties": {
            "id": { "type": "string", "format": "uuid" },
            "departureTime": { "type": "string", "format": "date-time" },
            "arrivalTime": { "type": "string", "format": "date-time" },
        } }] });
    let one = || answer("The booking", "BookingAnswer");
    let paths = json!({
        "/api/v1/bookings": {
            "get": operation("All bookings", json!({
                "200": answer("All bookings", "BookingsAnswer") })),
            "post": taking("NewBooking", operation("Book a flight", json!({
                "201": one(), "422": invalid() }))),
        },
        "/api/v1/bookings/check": {
            "post": taking("NewBooking", operation("What would be booked", json!({
                "200": answer("As it would be booked", "WishAnswer"), "422": invalid() }))),
        },
        "/api/v1/bookings/{booking_id}": {
            "parameters": [parameter("booking_id", json!({ "type": "string", "format": "uuid" }))],
            "get": operation("A booking", json!({
                "200": one(), "404": problem("Booking not found"), "422": invalid() })),
        },
    });
    let schemas = json!({ "Passenger": passenger, "NewBooking": wish, "Booking": booking,
        "BookingAnswer": data(reference("Booking")),
        "WishAnswer": data(reference("NewBooking")),
        "BookingsAnswer": data(json!({ "type": "array", "items": reference("Booking") })) });
    document("Booking service", paths, schemas)
}

fn document(title: &str, paths: Value, mut schemas: Value) -> Value {
    schemas["Problem"] = json!({ "type": "object", "required": ["detail"],
        "properties": { "detail": { "type": "string" } } });
    schemas["Invalid"] = json!({ "type": "object", "required": ["detail"], "properties": {
        "detail": { "type": "array", "items": { "type": "object",
            "required": ["loc", "msg", "type"], "properties": {
                "loc": { "type": "array", "items": {} },
                "msg": { "type": "string" },
                "type": { "type": "string" },
            } } } } });
    json!({
        "openapi": "3.0.3",
        "info": { "title": title, "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

fn operation(summary: &str, responses: Value) -> Value {
    json!({ "summary": summary, "responses": responses })
}

fn taking(schema: &str, mut operation: Value) -> Value {
    operation["requestBody"] = json!({ "required": true,
        "content": { "application/json": { "schema": reference(schema) } } });
    operation
}

fn parameter(name: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn answer(description: &str, schema: &str) -> Value {
    json!({ "description": description,
        "content": { "application/json": { "schema": reference(schema) } } })
}

fn problem(description: &str) -> Value {
    answer(description, "Problem")
}

fn invalid() -> Value {
    answer("The request is not valid", "Invalid")
}

fn data(schema: Value) -> Value {
    json!({ "type": "object", "required": ["data"], "properties": { "data": schema } })
}

fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}
