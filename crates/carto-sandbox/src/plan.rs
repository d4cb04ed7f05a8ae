//! The faults that are planned: first the queue of a route, then what always happens to it.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::{Fault, Recorded, Route};

#[derive(Default)]
pub(crate) struct Plan {
    next: HashMap<Route, VecDeque<Choice>>,
    always: HashMap<Route, Always>,
}

/// Decides at the moment of the request.
pub(crate) type Choice = Box<dyn FnOnce(&Recorded) -> Fault + Send>;
/// Decides for every request.
pub(crate) type Always = Arc<dyn Fn(&Recorded) -> Fault + Send + Sync>;

impl Plan {
    pub(crate) fn next(&mut self, route: Route, choice: Choice) {
        self.next.entry(route).or_default().push_back(choice);
    }

    pub(crate) fn always(&mut self, route: Route, always: Always) {
        self.always.insert(route, always);
    }

    pub(crate) fn clear(&mut self, route: Route) {
        self.next.remove(&route);
        self.always.remove(&route);
    }

    pub(crate) fn waiting(&self, route: Route) -> usize {
        self.next.get(&route).map_or(0, VecDeque::len)
    }

    /// What to ask for this request's fault; it is asked without holding the plan.
    pub(crate) fn take(&mut self, route: Route) -> Option<Choice> {
        if let Some(choice) = self.next.get_mut(&route).and_then(VecDeque::pop_front) {
            return Some(choice);
        }
        let always = Arc::clone(self.always.get(&route)?);
        Some(Box::new(move |request| always(request)))
    }
}
