//! jq behind bounds: steps and produced bytes are counted, only deterministic builtins exist.
