//! The machine as a Python program finds it.

use std::path::Path;
use std::sync::Arc;

use carto_auth::Platform;
use carto_auth::platform::{Owner, Place, Prompt, Terminal, is_databricks};
use pyo3::prelude::*;

use crate::desk::{Desk, NotebookPrompt, ScriptPrompt};
use crate::modules::loaded;

/// The platform of a handle whose notes go to this desk. Python is asked only where there are signs of a notebook.
pub(crate) fn platform(py: Python<'_>, desk: &Arc<Desk>) -> PyResult<Platform> {
    let mut platform = Platform::system();
    platform.program = program(py)?;
    let mut is_kernel = false;
    if shows_signs_of_a_notebook(py, &platform)? {
        let seen = py.import("carto_auth._place")?.call_method0("look")?;
        is_kernel = seen.getattr("kernel")?.extract()?;
        if is_kernel {
            platform.place = Place::of_kernel(&platform.variables, seen.getattr("remote")?.extract()?);
            "a notebook".clone_into(&mut platform.program);
        }
        match seen.getattr("person")?.extract()? {
            Some(person) => platform.owner = Owner::Person(person),
            None if seen.getattr("shared")?.extract()? => platform.owner = Owner::Unknown,
            None => {}
        }
    }
    let desk = Arc::clone(desk);
    platform.prompt = if is_kernel {
        Arc::new(NotebookPrompt { desk })
    } else {
        Arc::new(ScriptPrompt { desk, terminal: Terminal::new() }) as Arc<dyn Prompt>
    };
    Ok(platform)
}

fn shows_signs_of_a_notebook(py: Python<'_>, platform: &Platform) -> PyResult<bool> {
    if is_databricks(&platform.variables) {
        return Ok(true);
    }
    let modules = loaded(py)?;
    Ok(modules.contains("IPython")? || modules.contains("google.colab")?)
}

/// What other processes are told of this one: the script, or Python.
fn program(py: Python<'_>) -> PyResult<String> {
    let sys = loaded(py)?.get_item("sys")?;
    let argv = sys.and_then(|sys| sys.getattr("argv").ok());
    let first = argv.and_then(|argv| argv.get_item(0).ok()?.extract::<String>().ok()).unwrap_or_default();
    let name = Path::new(&first).file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(name.filter(|name| !name.starts_with('-')).unwrap_or_else(|| "Python".to_owned()))
}
