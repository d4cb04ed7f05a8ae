//! Accepts connections, takes requests in, and lets planned faults happen to them.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

use crate::delivery::Delivery;
use crate::wire::{Ending, Wire};
use crate::world::World;
use crate::{Answer, Fault, Recorded, Route, control, service};

/// Serves until the world says that it is stopping.
pub(crate) async fn run(world: Arc<World>, listener: TcpListener) {
    let mut stopping = world.stopping.subscribe();
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(connection(Arc::clone(&world), stream))),
                // Out of file descriptors, or gone before it was accepted: let others finish first.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    tokio::select! {
        () = accept => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
}

/// The service's way to say: no answer at all.
#[derive(Debug)]
struct NoAnswer;

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a planned fault: no answer")
    }
}

impl std::error::Error for NoAnswer {}

async fn connection(world: Arc<World>, stream: TcpStream) {
    let ending = Ending::default();
    // A small answer must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let wire = TokioIo::new(Wire::new(stream, ending.clone()));
    let stop = Arc::new(AtomicBool::new(false));
    let service = service_fn(|request| {
        let (world, ending, stop) = (Arc::clone(&world), ending.clone(), Arc::clone(&stop));
        async move {
            let request = take_in(&world, request).await;
            if control::is_stop(&world, &request) {
                stop.store(true, Ordering::Relaxed);
            }
            let choice = world.plan().take(request.route);
            let fault = choice.map_or(Fault::None, |choose| choose(&request));
            deliver(&world, &request, fault, &ending).await
        }
    });
    // How a connection ended is the client's affair; the ledger has what was asked.
    let _ = http1::Builder::new().serve_connection(wire, service).await;
    // Only now has the answer to the stop reached the client.
    if stop.load(Ordering::Relaxed) {
        world.stopping.send_replace(true);
    }
}

/// Reads a request whole, and notes it.
async fn take_in(world: &World, request: Request<Incoming>) -> Recorded {
    let (head, body) = request.into_parts();
    let (body, failure) = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => (body.to_bytes().to_vec(), None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let (method, path) = (head.method.as_str(), head.uri.path());
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let recorded = Recorded {
        route: Route::of(method, path, &world.settings.api_path),
        method: method.to_owned(),
        path: path.to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
    };
    let mut ledger = world.ledger();
    ledger.enter(recorded.clone());
    if let Some(error) = failure {
        ledger.object(format!("{method} {path}: the body did not arrive: {error}"));
    }
    recorded
}

async fn deliver(
    world: &World,
    request: &Recorded,
    fault: Fault,
    ending: &Ending,
) -> Result<Response<Delivery>, NoAnswer> {
    match fault {
        Fault::None => Ok(respond(world, service::serve(world, request).await, Delivery::whole)),
        Fault::Answer(answer) => Ok(respond(world, answer, Delivery::whole)),
        Fault::After { delay, then } => {
            tokio::time::sleep(delay).await;
            Box::pin(deliver(world, request, *then, ending)).await
        }
        Fault::Hang => match std::future::pending::<Infallible>().await {},
        Fault::Reset => {
            ending.reset();
            Err(NoAnswer)
        }
        Fault::LoseAnswer => {
            service::serve(world, request).await;
            ending.reset();
            Err(NoAnswer)
        }
        Fault::Truncate => Ok(respond(world, service::serve(world, request).await, Delivery::half)),
        Fault::SlowBody { pause } => {
            Ok(respond(world, service::serve(world, request).await, |body| Delivery::slow(body, pause)))
        }
        Fault::Raw(bytes) => {
            ending.raw(bytes);
            Err(NoAnswer)
        }
    }
}

fn respond(world: &World, answer: Answer, delivery: impl FnOnce(Vec<u8>) -> Delivery) -> Response<Delivery> {
    let mut response = Response::builder()
        .status(answer.status)
        .header("server", "carto-sandbox (this is not CARTO)")
        .header("sandbox-instance", &world.instance);
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    response.body(delivery(answer.body)).unwrap_or_else(|error| {
        let why = format!("the planned answer is no HTTP: {error}\n");
        Response::new(Delivery::whole(why.into_bytes()))
    })
}

const BODY_LIMIT: usize = 1 << 20;
