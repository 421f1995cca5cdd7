//! The async shell: load, step the engine, persist, then perform, feed back.
