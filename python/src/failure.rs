//! The library's errors as Python's exceptions, which are written in Python (`carto_auth/errors.py`).

use carto_auth::{CredentialsFault, Error, ErrorKind, Problem};
use pyo3::exceptions::{PyKeyboardInterrupt, PyRuntimeError};
use pyo3::prelude::*;

use crate::modules::is_shutting_down;
use crate::words;

/// The exception of an error: its class by what can mend it, its causes as `__cause__`, its hint as a note.
fn exception(py: Python<'_>, error: &Error) -> PyErr {
    if error.kind() == ErrorKind::Interrupted {
        return PyKeyboardInterrupt::new_err(());
    }
    if is_shutting_down(py) {
        // There is no class for it any more.
        return PyRuntimeError::new_err(error.to_string());
    }
    build(py, error).unwrap_or_else(|error| error)
}

/// The value of a result, or its exception.
pub(crate) fn raised<T>(py: Python<'_>, result: carto_auth::Result<T>) -> PyResult<T> {
    result.map_err(|error| exception(py, &error))
}

fn build(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let errors = py.import("carto_auth.errors")?;
    let class = errors.getattr(class(error))?;
    let exception = match CredentialsFault::of(error) {
        // As Python's own `FileNotFoundError`, with the path as the caller has written it.
        Some(CredentialsFault::NotFound { path, .. }) => {
            class.call1((ENOENT, error.to_string(), path.as_os_str()))?
        }
        _ => class.call1((error.to_string(),))?,
    };
    let hint = error.hint_text().map(words::of_python);
    exception.setattr("code", error.oauth_code())?;
    exception.setattr("status", error.http_status())?;
    exception.setattr("retry_after", error.wait().map(|wait| wait.as_secs()))?;
    if let Some(hint) = hint {
        exception.setattr("hint", &hint)?;
        exception.call_method1("add_note", (format!("hint: {hint}"),))?;
    }
    let exception = PyErr::from_value(exception);
    let mut cause = None;
    for text in error.causes().into_iter().rev() {
        let next = PyErr::from_value(errors.getattr("Cause")?.call1((text,))?);
        next.set_cause(py, cause.take());
        cause = Some(next);
    }
    exception.set_cause(py, cause);
    Ok(exception)
}

/// The name of the class in `carto_auth.errors`.
fn class(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::Config => CredentialsFault::of(error).map_or("ConfigError", of_fault),
        ErrorKind::PersonNeeded => "InteractionRequired",
        ErrorKind::Refused => "RefusedError",
        ErrorKind::Network => "NetworkError",
        ErrorKind::UnexpectedAnswer => "UnexpectedAnswerError",
        ErrorKind::Storage => "CacheError",
        ErrorKind::TimedOut => "LoginError",
        ErrorKind::Warehouse => "WarehouseError",
        _ => "CredentialsError",
    }
}

/// A key that is not there is what it was in 0.2.0, an `AttributeError`; everything else a `ValueError`.
fn of_fault(fault: &CredentialsFault) -> &'static str {
    match fault {
        CredentialsFault::NotFound { .. } => "CredentialsFileNotFound",
        CredentialsFault::Unreadable(_) => "CredentialsFileUnreadable",
        CredentialsFault::Attributes(faults) => {
            // 0.2.0 told the first fault of either kind, and that is the one which the message begins with.
            let first = faults.iter().find(|fault| fault.is_absent() || fault.problem == Problem::Empty);
            match first {
                Some(fault) if fault.is_absent() => "MissingAttributeError",
                _ => "CredentialsValueError",
            }
        }
        _ => "CredentialsValueError",
    }
}

/// The number of "no such file or directory", on every system.
const ENOENT: i32 = 2;
