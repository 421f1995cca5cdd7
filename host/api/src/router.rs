//! Which path leads where.

use axum::routing::get;
use axum::{Router, middleware};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::require_token;
use crate::failure::{no_such_method, no_such_route};
use crate::openapi;
use crate::routes::{
    callbacks, events, follow, health, plugins, run, runs, schemas, secrets, workflows,
};
use crate::state::ApiState;

/// Every route, with its guards.
pub(crate) fn router(state: ApiState) -> Router {
    let (api, _) = guarded().split_for_parts();
    let (open, _) = open().split_for_parts();
    let guarded = api
        .route("/v1/openapi.json", get(openapi::document))
        // Also around what is not found: a stranger learns nothing about paths.
        .fallback(no_such_route)
        .method_not_allowed_fallback(no_such_method)
        .layer(middleware::from_fn_with_state(state.clone(), require_token));
    open.method_not_allowed_fallback(no_such_method)
        .merge(guarded)
        .with_state(state)
}

/// What needs the token.
pub(crate) fn guarded() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(workflows::list, workflows::deploy))
        .routes(routes!(workflows::check))
        .routes(routes!(plugins::list, plugins::deploy))
        .routes(routes!(plugins::show))
        .routes(routes!(runs::list, runs::start))
        .routes(routes!(run::show, run::delete))
        .routes(routes!(run::journal))
        .routes(routes!(run::cancel))
        .routes(routes!(run::suspend))
        .routes(routes!(run::resume))
        .routes(routes!(follow::follow))
        .routes(routes!(callbacks::list))
        .routes(routes!(events::send))
        .routes(routes!(events::lifecycle))
        .routes(routes!(secrets::list))
        .routes(routes!(secrets::put, secrets::delete))
        .routes(routes!(schemas::workflow))
}

/// What does not: load balancers and supervisors carry no secrets, and the address of a
/// callback is one itself.
pub(crate) fn open() -> OpenApiRouter<ApiState> {
    OpenApiRouter::default()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(callbacks::show, callbacks::answer))
}
