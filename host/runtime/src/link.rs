//! What guests may import, linked once per engine. Which of it a component is let in with
//! is decided before (see [`crate::check`]); what a call may do, in the call.

use wasmtime::Engine;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::cli::WasiCli;
use wasmtime_wasi::filesystem::WasiFilesystem;
use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, io, random, sockets};
use wasmtime_wasi::sockets::WasiSockets;
use wasmtime_wasi_http::WasiHttp;
use wasmtime_wasi_http::p2::bindings::http;

use crate::bindings::{logging, progress};
use crate::log::HasLog;
use crate::state::State;
use crate::world::io::HasIo;
use crate::world::random::HasRandom;

/// Names the resource table to the linker.
struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

/// A linker with all that this host has.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    let l = &mut linker;
    logging::add_to_linker::<_, HasLog>(l, State::log_view)?;
    progress::add_to_linker::<_, HasLog>(l, State::log_view)?;
    world(l)?;
    empty_world(l)?;
    let options = http::types::LinkOptions::default();
    http::types::add_to_linker::<_, WasiHttp>(l, &options, State::http_view)?;
    http::outgoing_handler::add_to_linker::<_, WasiHttp>(l, State::http_view)?;
    Ok(linker)
}

/// Clocks, waiting and randomness: ours, because they are the deterministic world.
fn world(l: &mut Linker<State>) -> wasmtime::Result<()> {
    clocks::wall_clock::add_to_linker::<_, HasIo>(l, State::io_view)?;
    clocks::monotonic_clock::add_to_linker::<_, HasIo>(l, State::io_view)?;
    io::poll::add_to_linker::<_, HasIo>(l, State::io_view)?;
    random::random::add_to_linker::<_, HasRandom>(l, State::random_view)?;
    random::insecure::add_to_linker::<_, HasRandom>(l, State::random_view)?;
    random::insecure_seed::add_to_linker::<_, HasRandom>(l, State::random_view)
}

/// What language runtimes import unused: no files, no network, no arguments.
fn empty_world(l: &mut Linker<State>) -> wasmtime::Result<()> {
    io::error::add_to_linker::<_, HasTable>(l, State::table_view)?;
    io::streams::add_to_linker::<_, HasTable>(l, State::table_view)?;
    cli::environment::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::exit::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::stdin::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::stdout::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::stderr::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::terminal_input::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::terminal_output::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, State::cli_view)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, State::filesystem_view)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(l, State::filesystem_view)?;
    let options = sockets::network::LinkOptions::default();
    sockets::network::add_to_linker::<_, WasiSockets>(l, &options, State::sockets_view)?;
    sockets::instance_network::add_to_linker::<_, WasiSockets>(l, State::sockets_view)?;
    sockets::ip_name_lookup::add_to_linker::<_, WasiSockets>(l, State::sockets_view)?;
    sockets::tcp::add_to_linker::<_, WasiSockets>(l, State::sockets_view)?;
    sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(l, State::sockets_view)?;
    sockets::udp::add_to_linker::<_, WasiSockets>(l, State::sockets_view)?;
    sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(l, State::sockets_view)
}
