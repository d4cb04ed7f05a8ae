//! The arguments of a call, as Python gives them.
//!
//! One that is not what it has to be is told by its name, in the words of whoever wrote the call.

use std::path::PathBuf;

use carto_auth::{Error, ErrorKind, Secret};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyMapping, PyString};

use crate::failure::raised;
use crate::redacted::Redacted;

/// The arguments by their names; one that is not there is `None`.
pub(crate) struct Arguments<'a, 'py>(pub(crate) &'a Bound<'py, PyDict>);

/// The parts of a mapping, by their names.
pub(crate) type Parts<'py> = Vec<(String, Bound<'py, PyAny>)>;

impl<'py> Arguments<'_, 'py> {
    pub(crate) fn text(&self, name: &str) -> PyResult<Option<String>> {
        self.get(name)?.map(|value| text(name, &value)).transpose()
    }

    pub(crate) fn secret(&self, name: &str) -> PyResult<Option<Secret>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let value = match value.cast::<Redacted>() {
            Ok(hidden) => hidden.get().plain(value.py()),
            Err(_) => value,
        };
        if value.is_none() { Ok(None) } else { text(name, &value).map(|text| Some(Secret::new(text))) }
    }

    pub(crate) fn path(&self, name: &str) -> PyResult<Option<PathBuf>> {
        self.get(name)?.map(|value| path(name, &value)).transpose()
    }

    /// A path that cannot be left out.
    pub(crate) fn needed_path(&self, py: Python<'py>, name: &str) -> PyResult<PathBuf> {
        self.path(name)?.ok_or_else(|| wrong(name, PATH, py.None().bind(py)))
    }

    /// A number that a float can hold. `True` is one in Python, and was never meant as one.
    pub(crate) fn number(&self, name: &str, unit: &str) -> PyResult<Option<f64>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let wanted = format!("a number ({unit})");
        if value.is_instance_of::<PyBool>() {
            return Err(wrong(name, &wanted, &value));
        }
        let number = match value.extract::<f64>() {
            Err(error) if !error.is_instance_of::<PyOverflowError>(value.py()) => {
                return Err(of_type(error, &value, name, &wanted));
            }
            number => number.ok().filter(|number| !number.is_nan()),
        };
        let number = number.ok_or_else(|| {
            Error::new(ErrorKind::Config, format!("{} has to be {wanted}, and this is none", quoted(name)))
                .hint("write a number that a float can hold, or leave it out")
        });
        raised(value.py(), number).map(Some)
    }

    /// Says so where an argument is `None` that cannot be left out.
    pub(crate) fn need(&self, py: Python<'py>, name: &str) -> PyResult<()> {
        let given = self.0.get_item(name)?;
        let is_there = given.is_some_and(|value| match value.cast::<Redacted>() {
            Ok(hidden) => !hidden.get().plain(py).is_none(),
            Err(_) => !value.is_none(),
        });
        if is_there { Ok(()) } else { Err(wrong(name, TEXT, py.None().bind(py))) }
    }

    pub(crate) fn switch(&self, name: &str) -> PyResult<Option<bool>> {
        self.get(name)?.map(|value| switch(name, &value)).transpose()
    }

    pub(crate) fn texts(&self, name: &str) -> PyResult<Option<Vec<String>>> {
        self.get(name)?.map(|value| texts(name, &value)).transpose()
    }

    /// The parts of a mapping, with their names as they are to be told.
    pub(crate) fn parts(&self, name: &str) -> PyResult<Option<Parts<'py>>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let Ok(mapping) = value.cast::<PyMapping>() else {
            return Err(wrong(name, "a mapping (`dict`)", &value));
        };
        let part = |pair: Bound<'py, PyAny>| {
            let (key, value): (Bound<'py, PyAny>, Bound<'py, PyAny>) = pair.extract()?;
            Ok((text(&format!("a key of `{name}`"), &key)?, value))
        };
        mapping.items()?.iter().map(part).collect::<PyResult<_>>().map(Some)
    }

    fn get(&self, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.0.get_item(name)?.filter(|value| !value.is_none()))
    }
}

/// A text.
pub(crate) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else { return Err(wrong(name, TEXT, value)) };
    // Python's own error would show the text, which may be a secret.
    let text = text.to_str().map(str::to_owned).map_err(|_| {
        Error::new(ErrorKind::Config, format!("{} has half a character in it (a surrogate)", quoted(name)))
            .hint("write it anew; it was decoded from bytes that are no text")
    });
    raised(value.py(), text)
}

/// Whether something is to be.
pub(crate) fn switch(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.extract().map_err(|error| of_type(error, value, name, "`True` or `False`"))
}

/// Several texts.
pub(crate) fn texts(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let parts: Vec<Bound<'_, PyAny>> =
        value.extract().map_err(|error| of_type(error, value, name, "a list of texts (`str`)"))?;
    parts.iter().enumerate().map(|(number, part)| text(&format!("`{name}[{number}]`"), part)).collect()
}

/// As Python's own functions take one: text, bytes, or an object that stands for either.
fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<PathBuf> {
    // At the very end of Python nothing can be imported any more, and only bytes need it.
    if let Ok(path) = value.extract() {
        return Ok(path);
    }
    let decoded = value.py().import("os")?.call_method1("fsdecode", (value,));
    decoded.map_err(|error| of_type(error, value, name, PATH))?.extract()
}

fn of_type(error: PyErr, value: &Bound<'_, PyAny>, name: &str, wanted: &str) -> PyErr {
    if error.is_instance_of::<PyTypeError>(value.py()) { wrong(name, wanted, value) } else { error }
}

fn wrong(name: &str, wanted: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let name = quoted(name);
    let given = if value.is_none() {
        "`None`".to_owned()
    } else {
        value.get_type().name().map_or("something else".to_owned(), |kind| format!("`{kind}`"))
    };
    PyTypeError::new_err(format!("{name} has to be {wanted}, not {given}"))
}

fn quoted(name: &str) -> String {
    if name.contains('`') { name.to_owned() } else { format!("`{name}`") }
}

const TEXT: &str = "text (`str`)";
const PATH: &str = "a path (`str`, `bytes` or `os.PathLike`)";
