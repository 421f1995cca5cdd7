//! Options -> Service -> Handle: the socket, its connections, and their end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use segue_executor::Host;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::auth::Token;
use crate::limits::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_TIME, HEADERS_MAX};
use crate::router;
use crate::state::ApiState;

/// Where the API listens and who may call it.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// The address; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The secret of callers.
    pub token: Token,
    /// Names this start of the host; `/healthz` repeats it.
    pub instance: String,
}

/// The address cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}: choose another address with --listen, or stop what uses it")]
pub struct BindError {
    /// The address.
    pub address: SocketAddr,
    /// What the system said.
    #[source]
    pub source: std::io::Error,
}

/// The bound API. It answers once it runs.
pub struct ApiService {
    listener: TcpListener,
    address: SocketAddr,
    token: Token,
    instance: String,
    handle: ApiHandle,
}

/// Ends a running service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiHandle {
    closing: watch::Sender<bool>,
}

impl ApiHandle {
    /// Takes no further request, ends event streams and waits early, and lets the requests in
    /// flight finish.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

impl ApiService {
    /// Binds the address. It needs no host yet: what cannot listen should not take up runs.
    pub async fn bind(options: ApiOptions) -> Result<Self, BindError> {
        let refuse = |source| BindError {
            address: options.listen,
            source,
        };
        let listener = TcpListener::bind(options.listen).await.map_err(refuse)?;
        let address = listener.local_addr().map_err(refuse)?;
        let (closing, _) = watch::channel(false);
        Ok(ApiService {
            listener,
            address,
            token: options.token,
            instance: options.instance,
            handle: ApiHandle { closing },
        })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What ends it.
    pub fn handle(&self) -> ApiHandle {
        self.handle.clone()
    }

    /// Answers requests for `host` until the handle closes it; then waits at most `grace` for
    /// those in flight.
    pub async fn run(self, host: Host, grace: Duration) {
        let mut closed = self.handle.closing.subscribe();
        let router = router::router(ApiState {
            host,
            token: self.token,
            instance: self.instance,
            closing: closed.clone(),
        });
        let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = closing(&mut closed) => break,
                Some(_) = connections.join_next() => {}
                accepted = accept(&self.listener, &slots) => {
                    let (stream, slot) = accepted;
                    connections.spawn(serve(stream, router.clone(), closed.clone(), slot));
                }
            }
        }
        drop(self.listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(grace, drained).await.is_err() {
            tracing::warn!(
                grace_s = grace.as_secs(),
                "closing connections that are still busy"
            );
        }
    }
}

/// Completes when the handle closes the service, or is gone.
async fn closing(closed: &mut watch::Receiver<bool>) {
    let _ = closed.wait_for(|closing| *closing).await;
}

/// Waits for a free slot, then for a connection.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        // The semaphore is never closed.
        let Ok(slot) = slots.clone().acquire_owned().await else {
            std::future::pending::<()>().await;
            continue;
        };
        match listener.accept().await {
            Ok((stream, _)) => return (stream, slot),
            Err(error) => {
                // Out of file descriptors, or the peer has gone: neither ends the service.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(
    stream: TcpStream,
    router: Router,
    mut closed: watch::Receiver<bool>,
    _slot: OwnedSemaphorePermit,
) {
    // Answers are small: they must not wait for an acknowledgement (Nagle's algorithm).
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY was not set");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = closing(&mut closed) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended early");
    }
}
