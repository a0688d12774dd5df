//! Runs one of the functions behind the Lambda Runtime API.

use std::sync::{Mutex, PoisonError};

use lambda_runtime::{Error, LambdaEvent, service_fn};

use crate::answer::Answer;
use crate::event::Event;
use crate::refusal::Refusal;
use crate::store::{Place, ScheduleStore};

type Respond = fn(&mut dyn ScheduleStore, &Event) -> Result<Answer, Refusal>;

/// Opens the store once and answers events until the platform stops the process.
pub async fn serve(respond: Respond) -> Result<(), Error> {
    let place = Place::from_environment(|name| std::env::var(name).ok());
    let place = place.ok_or(
        "nowhere to keep schedules; give the function `data: true`, or set GAPFIND_DATABASE to a \
         file or REDIS_URL to a server",
    )?;
    let store = Mutex::new(place.open()?);
    let store = &store;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        Ok::<_, Error>(answer(respond, store.as_mut(), &event.payload))
    }))
    .await
}

fn answer(respond: Respond, store: &mut dyn ScheduleStore, event: &Event) -> Answer {
    respond(store, event).unwrap_or_else(|refusal| {
        if let Refusal::Store(error) = &refusal {
            // The cause stays on this side: the client reads only what failed.
            eprintln!("{error}: {:?}", std::error::Error::source(error));
        }
        Answer::from(refusal)
    })
}
