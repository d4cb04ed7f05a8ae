//! One attempt at a time, and what it brings held in memory.
//!
//! Whoever comes while an attempt is under way waits for it, looks again, and otherwise gets the error of
//! the attempt it waited for: fifty callers make one request, or open one browser tab, and all know why it
//! failed. Whoever goes away lets the next one go. What was rejected while it was on its way is not held.
//!
//! What is tried and what is held are the caller's: there is no runtime, no request and no file in here, so that
//! `make shuttle` runs this very file in thousands of orders, with others in the place of [`super::sync`].

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};

use super::sync::{ArcSwapOption, Guard, Mutex, MutexGuard};

/// How far an attempt may go to get a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effort {
    /// It renews, and asks a person at most through a browser that opens by itself.
    Renewal,
    /// It asks a person in any way there is, once no token lives any more.
    Use,
    /// It asks a person in any way there is.
    SignIn,
    /// It asks a person even if somebody is signed in.
    AnotherPerson,
}

/// Lets one attempt run at a time; `E` is what one fails with.
#[derive(Debug)]
pub(super) struct Flight<E> {
    gate: Gate,
    ended: Mutex<Ended<E>>,
}

/// What is known of attempts that have ended.
#[derive(Debug)]
struct Ended<E> {
    count: u64,
    failure: Option<(Effort, E)>,
}

impl<E> Default for Flight<E> {
    fn default() -> Self {
        Self { gate: Gate::default(), ended: Mutex::new(Ended { count: 0, failure: None }) }
    }
}

impl<E: Clone> Flight<E> {
    /// Waits for whoever is under way, looks, and goes if there is still a need to. Whoever has something that will
    /// do `meanwhile` does not wait.
    pub(super) async fn attempt<T, F: Future<Output = Result<T, E>>>(
        &self,
        effort: Effort,
        meanwhile: impl Fn() -> Option<T>,
        look: impl Fn() -> Option<T>,
        go: impl FnOnce() -> F,
    ) -> Result<T, E> {
        let before = self.ended().count;
        let _turn = match self.gate.try_enter() {
            Some(turn) => turn,
            None => match meanwhile() {
                Some(found) => return Ok(found),
                None => self.gate.enter().await,
            },
        };
        if let Some(found) = look() {
            return Ok(found);
        }
        if let Some(error) = self.failure_since(before, effort) {
            return Err(error);
        }
        let result = go().await;
        let mut ended = self.ended();
        ended.count += 1;
        ended.failure = result.as_ref().err().map(|error| (effort, error.clone()));
        drop(ended);
        result
    }

    /// The error of an attempt that ended while we waited and went at least as far as we would.
    fn failure_since(&self, before: u64, effort: Effort) -> Option<E> {
        let ended = self.ended();
        let (went, error) = ended.failure.as_ref()?;
        (ended.count > before && *went >= effort).then(|| error.clone())
    }

    fn ended(&self) -> MutexGuard<'_, Ended<E>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is held in memory. It is read without a lock; whoever holds another takes turns with whoever gives it up, so that
/// nothing is held again that was rejected in between.
#[derive(Debug)]
pub(super) struct Current<H> {
    held: ArcSwapOption<H>,
    turn: Mutex<()>,
}

impl<H> Default for Current<H> {
    fn default() -> Self {
        Self { held: ArcSwapOption::empty(), turn: Mutex::new(()) }
    }
}

impl<H> Current<H> {
    pub(super) fn load(&self) -> Guard<Option<Arc<H>>> {
        self.held.load()
    }

    /// Holds this from now on, if it still may be held.
    pub(super) fn hold(&self, held: H, may_be_held: impl FnOnce(&H) -> bool) {
        self.change(|_| may_be_held(&held).then(|| Some(Arc::new(held))));
    }

    /// Holds nothing any more, if a look at what is held says so.
    pub(super) fn give_up(&self, is_given_up: impl FnOnce(Option<&H>) -> bool) {
        self.change(|held| is_given_up(held).then_some(None));
    }

    /// Holds what was learnt about the same in its place.
    pub(super) fn learn(&self, learnt: impl FnOnce(&H) -> Option<H>) {
        self.change(|held| held.and_then(learnt).map(|learnt| Some(Arc::new(learnt))));
    }

    fn change(&self, change: impl FnOnce(Option<&H>) -> Option<Option<Arc<H>>>) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let held = self.held.load();
        if let Some(changed) = change(held.as_deref()) {
            self.held.store(changed);
        }
    }
}

/// Admits one at a time, in the order in which they came.
#[derive(Debug, Default)]
struct Gate(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    is_taken: bool,
    came: u64,
    waiting: VecDeque<(u64, Waker)>,
}

/// The right to go, until it is dropped.
struct Turn<'a>(&'a Gate);

/// A place in the queue, which is left when it is dropped.
struct Place<'a> {
    gate: &'a Gate,
    number: u64,
}

impl Gate {
    fn try_enter(&self) -> Option<Turn<'_>> {
        let mut queue = self.queue();
        let is_free = !queue.is_taken && queue.waiting.is_empty();
        queue.is_taken |= is_free;
        is_free.then(|| Turn(self))
    }

    fn enter(&self) -> Place<'_> {
        let mut queue = self.queue();
        queue.came += 1;
        let number = queue.came;
        queue.waiting.push_back((number, Waker::noop().clone()));
        Place { gate: self, number }
    }

    /// Changes the queue and wakes whoever can go then. No waker is run or dropped under the lock: it may do anything.
    fn leave<T>(&self, leave: impl FnOnce(&mut Queue) -> T) {
        let mut queue = self.queue();
        let _left = leave(&mut queue);
        let next = queue.waiting.front().filter(|_| !queue.is_taken).map(|(_, waker)| waker.clone());
        drop(queue);
        if let Some(next) = next {
            next.wake();
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn at(&self, number: u64) -> Option<usize> {
        self.waiting.iter().position(|(other, _)| *other == number)
    }
}

impl<'a> Future for Place<'a> {
    type Output = Turn<'a>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Turn<'a>> {
        let mut waker = context.waker().clone();
        let mut queue = self.gate.queue();
        match queue.at(self.number) {
            Some(0) if !queue.is_taken => {
                queue.is_taken = true;
                let left = queue.waiting.pop_front();
                drop(queue);
                drop(left);
                Poll::Ready(Turn(self.gate))
            }
            Some(at) => {
                std::mem::swap(&mut queue.waiting[at].1, &mut waker);
                drop(queue);
                Poll::Pending
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.leave(|queue| queue.at(self.number).and_then(|at| queue.waiting.remove(at)));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.leave(|queue| queue.is_taken = false);
    }
}
