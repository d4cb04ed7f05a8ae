//! A fault in JSON.
//!
//! `"none"`, `"hang"`, `"reset"`, `"lose_answer"`, `"truncate"`, or an object with one of `status`
//! (and `headers`, `body`), `delay_ms` (and `then`), `slow_body_ms` or `raw`.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{Answer, Fault};

pub(super) fn fault(wanted: &Value) -> Result<Fault, String> {
    match wanted {
        Value::String(name) => match name.as_str() {
            "none" => Ok(Fault::None),
            "hang" => Ok(Fault::Hang),
            "reset" => Ok(Fault::Reset),
            "lose_answer" => Ok(Fault::LoseAnswer),
            "truncate" => Ok(Fault::Truncate),
            other => Err(format!("no fault is named `{other}`")),
        },
        Value::Object(fields) => with_fields(fields),
        _ => Err("`fault` must be a name or an object".to_owned()),
    }
}

fn with_fields(fields: &Map<String, Value>) -> Result<Fault, String> {
    let (kind, companions): (_, &[&str]) = match fields {
        fields if fields.contains_key("status") => ("status", &["headers", "body"]),
        fields if fields.contains_key("delay_ms") => ("delay_ms", &["then"]),
        fields if fields.contains_key("slow_body_ms") => ("slow_body_ms", &[]),
        fields if fields.contains_key("raw") => ("raw", &[]),
        _ => return Err("`fault` needs one of: status, delay_ms, slow_body_ms, raw".to_owned()),
    };
    if let Some(other) = fields.keys().find(|name| *name != kind && !companions.contains(&name.as_str())) {
        return Err(format!("`{other}` does not go with `{kind}`"));
    }
    let milliseconds = || {
        let number = fields[kind].as_u64().map(Duration::from_millis);
        number.ok_or_else(|| format!("`{kind}` must be a whole number of milliseconds"))
    };
    match kind {
        "status" => answer(fields).map(Fault::Answer),
        "delay_ms" => {
            let then = fields.get("then").map_or(Ok(Fault::None), fault)?;
            Ok(Fault::After { delay: milliseconds()?, then: Box::new(then) })
        }
        "slow_body_ms" => Ok(Fault::SlowBody { pause: milliseconds()? }),
        _ => Ok(Fault::Raw(fields[kind].as_str().ok_or("`raw` must be text")?.into())),
    }
}

/// A body in text is sent as it is, any other as JSON.
fn answer(fields: &Map<String, Value>) -> Result<Answer, String> {
    let status = fields["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status =
        status.filter(|status| (200..600).contains(status)).ok_or("`status` must be from 200 to 599")?;
    let mut answer = match fields.get("body") {
        None => Answer::empty(status),
        Some(Value::String(text)) => Answer { body: text.clone().into(), ..Answer::empty(status) },
        Some(body) => Answer::json(status, body),
    };
    let headers =
        fields.get("headers").map(|headers| headers.as_object().ok_or("`headers` must be an object"));
    for (name, value) in headers.transpose()?.into_iter().flatten() {
        answer = answer.header(name, value.as_str().ok_or("every header must be text")?);
    }
    Ok(answer)
}
