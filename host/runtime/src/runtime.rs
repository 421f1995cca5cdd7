//! The interface of this crate: a runtime, shared by everybody who runs steps.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use segue_model::limits::COMPONENT_BYTES_MAX;
use segue_model::problem::Kind;
use segue_model::{AttemptReport, Digest, Grants, Invocation, PluginDescriptor, Problem};
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::bindings::StepsPre;
use crate::cache::{Cache, adopt};
use crate::check::Anatomy;
use crate::compile::compile;
use crate::describe::describe;
use crate::egress::{Network, client_config};
use crate::engine::{Class, Engines};
use crate::invoke::{Loaded, attempt, host_fault};
use crate::link::linker;
use crate::observer::Observer;
use crate::options::{Compiler, Options, RuntimeError};
use crate::state::State;

/// Loads components and runs their steps, each attempt in a sandbox of its own. Cheap to
/// clone; clones are the same runtime.
#[derive(Clone)]
pub struct Runtime(Arc<Inner>);

struct Inner {
    engines: Engines,
    small: Linker<State>,
    large: Linker<State>,
    cache: Cache,
    compiler: Compiler,
    network: Network,
    /// A plain lock: it is held for a look-up or an insertion, never over an await.
    loaded: RwLock<HashMap<Digest, Arc<Loaded>>>,
    /// One compilation at a time: each takes every core and a gigabyte.
    compiling: tokio::sync::Mutex<()>,
}

impl Runtime {
    /// Reserves the pools (or falls back, see [`Runtime::pooling`]), checks the cache
    /// directory and links the host functions.
    pub fn new(options: Options) -> Result<Self, RuntimeError> {
        let engines = Engines::new(&options.pool)?;
        let link = |class: &Class| {
            linker(&class.engine).map_err(|e| RuntimeError::Engine {
                detail: format!("{e:#}"),
            })
        };
        Ok(Runtime(Arc::new(Inner {
            small: link(&engines.small)?,
            large: link(&engines.large)?,
            cache: Cache::open(options.cache, options.key, engines.fingerprint())?,
            compiler: options.compiler,
            network: Network {
                resolver: options.resolver,
                tls: client_config(options.extra_roots_pem.as_deref())?,
                secrets: options.secrets,
                tokens: Arc::default(),
            },
            loaded: RwLock::default(),
            compiling: tokio::sync::Mutex::default(),
            engines,
        })))
    }

    /// Whether sandboxes come from a pool. If not, the reservation failed at start or was
    /// not asked for, and every sandbox costs more.
    pub fn pooling(&self) -> bool {
        self.0.engines.pooling
    }

    /// Names engine version, target and settings, and the version of the deterministic
    /// world: pure steps give the same result wherever this is the same.
    pub fn fingerprint(&self) -> String {
        self.0.engines.fingerprint()
    }

    /// Says what a component is. Its world, contract version and imports are checked
    /// against `grants` before any of its code runs; then `describe()` runs in a limited
    /// sandbox. The component is loaded afterwards.
    ///
    /// To learn the name under which its grants are kept, inspect with every capability
    /// denied: such imports link, and every call is refused.
    ///
    /// # Errors
    ///
    /// A problem of the kinds `invalid-component`, `wrong-world`, `wrong-contract-version`,
    /// `import-refused`, `bad-description`, `compile-limit`, or `internal`.
    pub async fn inspect(
        &self,
        component: &[u8],
        grants: &Grants,
    ) -> Result<PluginDescriptor, Problem> {
        let anatomy = self.0.dissect(component)?;
        let admission = anatomy.admit(grants)?;
        let loaded = self.0.load(Digest::of(component), component).await?;
        let size = component.len();
        describe(&loaded, &self.0.network, &anatomy, admission, size).await
    }

    /// Makes a component ready for [`Runtime::invoke`]: from the cache of compiled
    /// components, or by compiling it. Does nothing where it is ready.
    ///
    /// # Errors
    ///
    /// As [`Runtime::inspect`]; `invalid-component` also where the bytes do not have that
    /// digest.
    pub async fn load(&self, digest: Digest, component: &[u8]) -> Result<(), Problem> {
        if self.is_loaded(&digest) {
            return Ok(());
        }
        let found = Digest::of(component);
        if found != digest {
            let detail = format!("the component was expected to be {digest} and is {found}");
            return Err(Problem::new(Kind::InvalidComponent, detail));
        }
        // Grants were decided when it was deployed, and every call is checked again.
        self.0.dissect(component)?.admit(&all_denied())?;
        self.0.load(digest, component).await.map(drop)
    }

    /// Whether the component can be invoked.
    pub fn is_loaded(&self, digest: &Digest) -> bool {
        self.0.ready(digest).is_some()
    }

    /// Forgets a component. Attempts that run go on.
    pub fn unload(&self, digest: &Digest) {
        let mut loaded = self
            .0
            .loaded
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        loaded.remove(digest);
    }

    /// Runs one attempt of one step. Never errs and never panics: whatever happens is in
    /// the report. Waits while all sandboxes are in use. Dropping the future ends the
    /// attempt and frees its sandbox.
    pub async fn invoke(
        &self,
        invocation: &Invocation,
        observer: Arc<dyn Observer>,
    ) -> AttemptReport {
        match self.0.ready(&invocation.component) {
            Some(loaded) => attempt(&loaded, &self.0.network, invocation, observer).await,
            None => {
                let detail = format!("component {} is not loaded", invocation.component);
                host_fault(invocation, detail)
            }
        }
    }
}

fn all_denied() -> Grants {
    Grants {
        deny: vec![segue_model::Capability::Http],
        ..Grants::default()
    }
}

impl Inner {
    fn ready(&self, digest: &Digest) -> Option<Arc<Loaded>> {
        let loaded = self.loaded.read().unwrap_or_else(PoisonError::into_inner);
        loaded.get(digest).cloned()
    }

    fn dissect(&self, component: &[u8]) -> Result<Anatomy, Problem> {
        if component.len() > COMPONENT_BYTES_MAX {
            let detail = format!(
                "the component has {} bytes, and {COMPONENT_BYTES_MAX} are allowed; strip debug information or split it",
                component.len()
            );
            return Err(Problem::new(Kind::InvalidComponent, detail));
        }
        Anatomy::read(component)
    }

    async fn load(
        self: &Arc<Self>,
        digest: Digest,
        component: &[u8],
    ) -> Result<Arc<Loaded>, Problem> {
        let _turn = self.compiling.lock().await;
        if let Some(ready) = self.ready(&digest) {
            return Ok(ready);
        }
        let (component, class) = match self.from_cache(digest).await? {
            Some(found) => found,
            None => self.compiled(digest, component.to_vec()).await?,
        };
        let loaded = Arc::new(self.prepare(digest, &component, class)?);
        let mut all = self.loaded.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(digest, loaded.clone());
        Ok(loaded)
    }

    async fn from_cache(
        self: &Arc<Self>,
        digest: Digest,
    ) -> Result<Option<(Component, Class)>, Problem> {
        let inner = self.clone();
        let read = move || inner.cache.load(&digest, |map| inner.place(map));
        tokio::task::spawn_blocking(read).await.map_err(internal)
    }

    async fn compiled(
        self: &Arc<Self>,
        digest: Digest,
        component: Vec<u8>,
    ) -> Result<(Component, Class), Problem> {
        let artifact = compile(&self.compiler, self.engines.layout, component).await?;
        let inner = self.clone();
        let keep = move || {
            if let Err(error) = inner.cache.store(&digest, &artifact) {
                tracing::warn!(%error, "a compiled component could not be cached");
            }
            let mapped = inner.cache.load(&digest, |map| inner.place(map));
            mapped.map_or_else(|| inner.place(&|engine| adopt(engine, &artifact)), Ok)
        };
        let placed = tokio::task::spawn_blocking(keep).await.map_err(internal)?;
        placed.map_err(|error| {
            let detail = format!("the component does not fit a sandbox: {error:#}");
            Problem::new(Kind::InvalidComponent, detail)
        })
    }

    /// Loads machine code into the engine of the right size.
    fn place(
        &self,
        map: &dyn Fn(&Engine) -> wasmtime::Result<Component>,
    ) -> wasmtime::Result<(Component, Class)> {
        match map(&self.engines.small.engine) {
            Ok(component) if Engines::is_small(&component) => {
                Ok((component, self.engines.small.clone()))
            }
            _ => Ok((map(&self.engines.large.engine)?, self.engines.large.clone())),
        }
    }

    /// Resolves imports and exports once, so that a call only instantiates.
    fn prepare(
        &self,
        digest: Digest,
        component: &Component,
        class: Class,
    ) -> Result<Loaded, Problem> {
        let engine = component.engine();
        let linker = if Engine::same(engine, self.small.engine()) {
            &self.small
        } else {
            &self.large
        };
        let imports_http = component
            .component_type()
            .imports(engine)
            .any(|(name, _)| name.starts_with("wasi:http/"));
        let pre = linker.instantiate_pre(component).map_err(|error| {
            let detail = format!("an import has a form that this host does not have: {error:#}");
            Problem::new(Kind::ImportRefused, detail)
        })?;
        let pre = StepsPre::new(pre).map_err(|error| {
            let detail = format!("the exports are not those of the plugin contract: {error:#}");
            Problem::new(Kind::WrongWorld, detail)
        })?;
        Ok(Loaded {
            digest,
            pre,
            class,
            imports_http,
        })
    }
}

fn internal(error: tokio::task::JoinError) -> Problem {
    Problem::new(
        Kind::Internal,
        format!("loading a component failed: {error}"),
    )
}
