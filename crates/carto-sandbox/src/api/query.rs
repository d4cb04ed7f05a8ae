//! `/v3/sql/{connection}/query`: the same demo rows, whatever the question.

use serde_json::json;

use super::bearer::{self, Caller};
use super::connections::CONNECTIONS;
use crate::world::World;
use crate::{Answer, Recorded};

/// `GET` and `POST /v3/sql/{connection}/query`
pub(crate) fn query(world: &World, request: &Recorded) -> Answer {
    let caller = match bearer::any_caller(world, request) {
        Ok(caller) => caller,
        Err(refusal) => return refusal,
    };
    let connection = request.path.rsplit('/').nth(1).unwrap_or_default();
    if let Caller::Token(token) = caller {
        if !token.allows("sql", connection) {
            return bearer::forbidden();
        }
        if !token.accepts_referer(request.header("referer")) {
            return Answer::api_error(403, "Unauthorized referer");
        }
    }
    if !CONNECTIONS.iter().any(|(name, _)| *name == connection) && connection != "carto-dw" {
        return Answer::api_error(404, &format!("Connection not found: {connection}"));
    }
    if request.parameter("q").is_none_or(|q| q.trim().is_empty()) {
        return Answer::api_error(400, "Missing required parameter: q");
    }
    let place = |id: u32, name: &str, longitude: f64, latitude: f64| {
        let geometry = json!({"type": "Point", "coordinates": [longitude, latitude]});
        json!({"id": id, "name": name, "geom": geometry})
    };
    let rows = [
        place(1, "Madrid", -3.7038, 40.4168),
        place(2, "New York", -74.006, 40.7128),
        place(3, "Tokyo", 139.6917, 35.6895),
    ];
    Answer::json(
        200,
        &json!({
            "rows": rows,
            "schema": [
                {"name": "id", "type": "number"},
                {"name": "name", "type": "string"},
                {"name": "geom", "type": "geometry"},
            ],
            "meta": {"cacheHit": false, "location": "sandbox", "totalBytesProcessed": "0"},
        }),
    )
}
