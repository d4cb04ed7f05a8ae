//! The rules of the single flight.

use std::sync::Arc;

use shuttle::future::block_on;
use shuttle::rand::{Rng as _, thread_rng};
use shuttle::thread;

use crate::flight::Effort;
use crate::giving_up::Impatient;
use crate::orders::rules;
use crate::session::{Failure, Session, all, callers};

rules! {
    fn many_callers_cause_one_request_and_get_one_token() {
        let session = Session::new();
        let answers = all(callers(&session, MANY, |session| block_on(session.token())));
        assert_eq!(answers, [Ok(1); MANY as usize]);
        assert_eq!(session.events().requests, 1);
    }

    fn those_who_waited_for_an_attempt_that_failed_get_its_error() {
        let session = Session::new();
        let answers = all(callers(&session, MANY, |session| {
            block_on(session.attempt(Effort::Renewal, || {
                session.wait_until(|events| events.waiting == MANY - 1);
                session.fail()
            }))
        }));
        assert_eq!(answers, [Err(Failure(1)); MANY as usize]);
        assert_eq!(session.events().requests, 1);
    }

    fn nobody_gets_an_error_that_was_told_before_they_came() {
        let session = Session::new();
        all(callers(&session, MANY, |session| {
            for _ in 0..2 {
                let before = session.events().told;
                let answer = block_on(session.attempt(Effort::Renewal, || session.fail()));
                let Err(Failure(number)) = answer else { panic!("{answer:?}") };
                assert!(number > before, "{number} after {before}");
                session.note(|events| events.told = events.told.max(number));
            }
        }));
    }

    fn whoever_would_go_further_goes_after_an_attempt_that_failed() {
        let session = Session::new();
        let renewals = callers(&session, 2, |session| {
            block_on(session.attempt(Effort::Renewal, || session.fail()))
        });
        let sign_ins = callers(&session, 1, |session| {
            block_on(session.attempt(Effort::SignIn, || session.obtain()))
        });
        assert!(all(sign_ins)[0].is_ok());
        for answer in all(renewals) {
            assert!(answer.is_err() || answer.ok() == session.remembered());
        }
    }

    fn while_an_old_token_lives_only_one_caller_waits() {
        let session = Session::new();
        let answers = all(callers(&session, MANY, |session| {
            let answer = block_on(session.attempt_with(0, || {
                session.wait_until(|events| events.served == MANY - 1);
                session.obtain()
            }));
            session.note(|events| events.served += 1);
            answer
        }));
        assert_eq!(answers.iter().filter(|answer| **answer == Ok(0)).count(), answers.len() - 1);
        assert_eq!((session.events().requests, session.remembered()), (1, Some(1)));
    }

    fn whoever_gives_up_stops_nobody() {
        let session = Session::new();
        let impatient = callers(&session, 2, |session| {
            block_on(Impatient::new(session.token(), thread_rng().gen_range(0..4)))
        });
        let patient = all(callers(&session, 2, |session| block_on(session.token())));
        all(impatient);
        assert_eq!(patient, [Ok(session.events().requests); 2]);
    }

    fn a_rejection_while_the_same_token_is_found_is_not_lost() {
        let session = Session::new();
        *session.stored.lock().expect("whole") = Some(7);
        let finding = callers(&session, 2, |session| block_on(session.token()));
        all(callers(&session, 1, |session| session.reject(7)));
        all(finding);
        assert_ne!(session.remembered(), Some(7));
        assert_eq!(block_on(session.token()), Ok(8));
    }

    fn what_is_learnt_of_a_token_that_is_rejected_meanwhile_does_not_bring_it_back() {
        let session = Session::with_token(0);
        let learning = callers(&session, 1, Session::learn);
        session.reject(0);
        all(learning);
        assert_eq!(session.remembered(), None);
    }

    fn many_whose_token_was_rejected_cause_one_renewal() {
        let session = Session::with_token(0);
        let answers = all(callers(&session, MANY, |session| {
            session.reject(0);
            block_on(session.token())
        }));
        assert_eq!(answers, [Ok(1); MANY as usize]);
    }

    fn a_rejection_that_comes_late_takes_nothing_from_those_who_have_renewed() {
        let session = Session::with_token(0);
        let late = Arc::clone(&session);
        let late = thread::spawn(move || late.reject(0));
        session.reject(0);
        let won = block_on(session.token());
        late.join().expect("no panic");
        assert_eq!((won, session.remembered()), (Ok(1), Some(1)));
    }
}

const MANY: u64 = 4;
